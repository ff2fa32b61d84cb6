//! The lists at a destination: what was sent beside what Snapchat itself tells.

use domain::{
    destination::IdentifierKind,
    lists::ListSlot,
    view_sync::{ListView, SyncState},
};
use leptos::prelude::*;

use crate::components::{StatusChip, Time, Tone, grouped};

/// The lists, ours beside theirs.
pub(super) fn lists_table(state: &SyncState, lists: Vec<ListView>) -> AnyView {
    if lists.is_empty() {
        return ().into_any();
    }
    let remarks: Vec<AnyView> = lists
        .iter()
        .flat_map(|list| list.remarks.iter())
        .map(|remark| view! { <p class="callout warning">{remark.clone()}</p> }.into_any())
        .collect();
    let rows: Vec<AnyView> = lists.into_iter().map(row).collect();
    view! {
        <h3>"What Snapchat says"</h3>
        <div class="table-scroll">
            <table class="data cards">
                <caption class="visually-hidden">{format!("Lists at {}", state.name)}</caption>
                <thead>
                    <tr>
                        <th scope="col">"List"</th>
                        <th scope="col" class="number">"Should hold"</th>
                        <th scope="col" class="number">"Size at Snapchat"</th>
                        <th scope="col">"Upload status"</th>
                        <th scope="col">"Targetable status"</th>
                        <th scope="col">"Asked"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {remarks}
    }
    .into_any()
}

fn row(list: ListView) -> AnyView {
    let unknown = || view! { <span class="muted">"Not told yet"</span> }.into_any();
    let (name, unit) = match list.slot {
        ListSlot::All => ("All identifiers", "people"),
        ListSlot::Only(IdentifierKind::Email) => ("E-mail addresses", "addresses"),
        ListSlot::Only(IdentifierKind::Phone) => ("Phone numbers", "numbers"),
        ListSlot::Only(IdentifierKind::MobileAdId) => ("Advertising ids", "ids"),
    };
    let about = match (list.gone, list.chosen) {
        (true, _) => "Deleted in Snapchat",
        (false, true) => "Chosen from the ad account",
        (false, false) => "Made by Switchyard",
    };
    let id = list.id.map(|id| view! { <code>{id}</code> });
    let users = list.users.map_or_else(unknown, |users| format!("about {}", grouped(users)).into_any());
    view! {
        <tr>
            <th scope="row">
                <span class="list-name">{name} <span class="list-about">{about} " " {id}</span></span>
            </th>
            <td class="number" data-label="Should hold">{grouped(list.sent)} " " {unit}</td>
            <td class="number" data-label="Size at Snapchat">{users}</td>
            <td data-label="Upload status">{list.upload_status.map_or_else(unknown, |word| upload_chip(&word))}</td>
            <td data-label="Targetable status">{list.targetable_status.map_or_else(unknown, |word| targetable_chip(&word))}</td>
            <td data-label="Asked">
                {list.polled_at.map_or_else(unknown, |at| view! { <Time at=at/> }.into_any())}
                {list.asking.then(|| view! { " " <span class="muted">"Asking again…"</span> })}
            </td>
        </tr>
    }
    .into_any()
}

fn upload_chip(word: &str) -> AnyView {
    let (tone, label, hint) = match word {
        "COMPLETE" => (Tone::Good, "Complete", "Snapchat has worked through what was sent."),
        "PROCESSING" => {
            (Tone::Info, "Processing", "Snapchat is still matching what was sent; it takes up to 48 hours.")
        }
        "NO_UPLOAD" => (Tone::Neutral, "No upload", "Nothing has been sent to this list yet."),
        other => return view! { <StatusChip tone=Tone::Neutral label=other/> }.into_any(),
    };
    view! { <StatusChip tone=tone label=label hint=hint/> }.into_any()
}

fn targetable_chip(word: &str) -> AnyView {
    let (tone, label, hint) = match word {
        "READY" => (Tone::Good, "Ready", "Ads can be shown to this list."),
        "NOT_READY" => (Tone::Info, "Not ready", "Snapchat has not worked it out yet."),
        "TOO_FEW_USERS" => {
            (Tone::Warning, "Too few users", "Snapchat knows too few of the people in it to show them ads.")
        }
        other => return view! { <StatusChip tone=Tone::Neutral label=other/> }.into_any(),
    };
    view! { <StatusChip tone=tone label=label hint=hint/> }.into_any()
}
