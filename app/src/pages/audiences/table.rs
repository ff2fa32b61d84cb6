//! The table of audiences.

use domain::{
    AudienceId,
    view::{
        audience::AudienceState,
        audience_list::{AudienceMoves, AudienceRow},
    },
    view_sync::SyncState,
};
use leptos::prelude::*;

use crate::components::{StatusChip, Time, Tone, grouped, sync_chip};

/// The table, or why it is empty.
pub(super) fn table(rows: Vec<AudienceRow>) -> AnyView {
    if rows.is_empty() {
        return view! {
            <p class="empty-filter">"No audience is like this. " <a href="/audiences">"Show all"</a></p>
        }
        .into_any();
    }
    let rows: Vec<AnyView> = rows.into_iter().map(row).collect();
    view! {
        <div class="table-scroll">
            <table class="data cards audiences-table">
                <caption class="visually-hidden">"Audiences"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" class="number">"Size"</th>
                        <th scope="col" class="number">"Last 24 hours"</th>
                        <th scope="col">"Destinations"</th>
                        <th scope="col">"Updated"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(audience: AudienceRow) -> AnyView {
    let AudienceRow { id, name, sentence, state, size, moves, progress, updated_at, syncs } = audience;
    let size = match (state, size) {
        (AudienceState::Draft, _) | (AudienceState::Archived, None) => {
            view! { <span class="muted">"Nobody yet"</span> }.into_any()
        }
        (_, None) => view! { <span class="muted">"Not counted yet"</span> }.into_any(),
        (_, Some(size)) => grouped(size).into_any(),
    };
    let updated = match updated_at {
        Some(at) => view! { <Time at=at/> }.into_any(),
        None => view! { <span class="muted">"Not yet"</span> }.into_any(),
    };
    let href = format!("/audiences/{id}");
    view! {
        <tr class="linked">
            <th scope="row">
                <span class="list-name"><a class="row-link" href=href>{name.clone()}</a> <span class="list-about">{sentence}</span></span>
            </th>
            <td data-label="State"><span class="audience-progress">{state_chip(state)} {progress.map(|progress| progress_bar(&name, progress))}</span></td>
            <td class="number" data-label="Size">{size}</td>
            <td class="number" data-label="Last 24 hours">{moved(moves)}</td>
            <td data-label="Destinations">{destinations(id, &name, syncs)}</td>
            <td data-label="Updated">{updated}</td>
        </tr>
    }
    .into_any()
}

fn state_chip(state: AudienceState) -> AnyView {
    let (tone, icon, label, hint) = match state {
        AudienceState::Draft => (Tone::Neutral, "edit", "Draft", "Nobody is in it until it is activated."),
        AudienceState::Active => (Tone::Good, "check", "Active", "It is kept up to date."),
        AudienceState::Archived => (Tone::Neutral, "off", "Archived", "It stands as it was: nobody enters or leaves."),
    };
    view! { <StatusChip tone=tone icon=icon label=label hint=hint/> }.into_any()
}

fn progress_bar(name: &str, (done, all): (u64, u64)) -> AnyView {
    let label = format!("Evaluation of {name}");
    let told = if all == 0 { "Being counted".to_owned() } else { format!("{} of {}", grouped(done), grouped(all)) };
    view! {
        <span class="audience-counting">
            <progress value=done.to_string() max=all.max(1).to_string() aria-label=label></progress>
            <span class="muted">{told}</span>
        </span>
    }
    .into_any()
}

fn moved(moves: AudienceMoves) -> AnyView {
    if moves.joined == 0 && moves.left == 0 {
        return view! { <span class="muted">"No change"</span> }.into_any();
    }
    view! {
        <span class="moves">
            <span>"+" {grouped(moves.joined)} <span class="visually-hidden">" joined, "</span></span>
            <span>"−" {grouped(moves.left)} <span class="visually-hidden">" left"</span></span>
        </span>
    }
    .into_any()
}

fn destinations(audience: AudienceId, name: &str, syncs: Vec<SyncState>) -> AnyView {
    if syncs.is_empty() {
        return view! { <span class="muted">"None"</span> }.into_any();
    }
    let items: Vec<AnyView> = syncs
        .iter()
        .map(|sync| {
            let label = format!("{}: sync of {name}", sync.name);
            view! {
                <li>
                    <a href=format!("/audiences/{audience}/sync") aria-label=label>{sync.name.clone()}</a>
                    {sync_chip(sync)}
                </li>
            }
            .into_any()
        })
        .collect();
    view! { <ul class="plain-list sync-states">{items}</ul> }.into_any()
}
