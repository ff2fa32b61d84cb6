//! One destination of an audience: how it stands, what was sent, and what can be done.

use domain::{
    AudienceId,
    lists::SyncHealth,
    view_sync::{LinkView, SyncCounts, SyncState, SyncStatus},
};
use leptos::prelude::*;

use super::{
    SyncActions,
    lists::lists_table,
    runs::run_list,
    settings::{settings_form, settings_line},
};
use crate::{
    api::audience_sync::ListChoice,
    components::{ConfirmForm, Icon, PostForm, Time, count_of, grouped, sync_chip},
};

/// The section of a destination.
pub(super) fn section(
    (audience, size): (AudienceId, u64),
    link: LinkView,
    open: Option<ListChoice>,
    may_change: bool,
    actions: SyncActions,
) -> AnyView {
    let LinkView { state, linked, adds, removes, settings, counts, refused, lists, runs } = link;
    let title_id = format!("sync-{}", state.destination);
    let labelled_by = title_id.clone();
    let settings = (linked && may_change).then(|| match open {
        Some(choice) => settings_form(audience, &state, &settings, choice, actions),
        None => settings_line(audience, &state, &settings),
    });
    let last_run = runs.first().map(|run| run.ended_at.unwrap_or(run.started_at));
    let controls = (linked && may_change).then(|| controls(audience, &state, counts.wanted, removes, actions));
    let name = state.name.clone();
    view! {
        <section class="panel sync-link" aria-labelledby=labelled_by>
            <header class="section-head">
                <h2 id=title_id>{name}</h2>
                {sync_chip(&state)}
            </header>
            {hindrance(audience, &state, may_change, actions)}
            {linked.then(|| switches(&state, adds, removes))}
            {figures(counts, last_run.map(|at| view! { <Time at=at/> }.into_any()))}
            <p class="muted">{counted(size, counts.skipped)}</p>
            {refusals(refused)}
            {lists_table(&state, lists)}
            {settings}
            {run_list(&state, runs)}
            {controls}
        </section>
    }
    .into_any()
}

/// What keeps it from going on, and what to do about it.
fn hindrance(audience: AudienceId, state: &SyncState, may_change: bool, actions: SyncActions) -> AnyView {
    let SyncStatus::Hindered(health) = state.status else { return ().into_any() };
    let configuration = format!("/destinations/{}/configuration", state.destination);
    let act = match health {
        SyncHealth::Gone if may_change => anew(audience, state, actions),
        SyncHealth::NeedsReconnect | SyncHealth::Paused => view! {
            <p><a href=configuration>"Configuration Settings of " {state.name.clone()}</a></p>
        }
        .into_any(),
        _ => ().into_any(),
    };
    let class = if health == SyncHealth::Retrying { "callout warning" } else { "callout danger" };
    view! {
        <div class=class>
            <p><Icon name="warning"/> " " {state.sentence.clone()}</p>
            {act}
        </div>
    }
    .into_any()
}

fn anew(audience: AudienceId, state: &SyncState, actions: SyncActions) -> AnyView {
    let label = format!("Create the list anew at {}", state.name);
    let (fields, pending) = (link_fields(audience, state), actions.anew.pending());
    view! {
        <p>"A new list gets everybody who is in the audience. Ads that used the old one have to be pointed to the new one."</p>
        <PostForm action=actions.anew>
            {fields}
            <button type="submit" class="button primary" aria-label=label disabled=move || pending.get()>"Create the list anew"</button>
        </PostForm>
    }
    .into_any()
}

/// What it means that one of the two switches is off.
fn switches(state: &SyncState, adds: bool, removes: bool) -> AnyView {
    let workflow = format!("/destinations/{}/workflow", state.destination);
    let link = view! { <a href=workflow>"Setup Event Workflow of " {state.name.clone()}</a> };
    match (adds, removes) {
        (true, true) => ().into_any(),
        (false, _) => view! {
            <div class="callout warning">
                <p><code>"added_to_segment"</code> " is off for this destination: nobody is added to a list there. Switch on Server-side for it in the " {link} "."</p>
            </div>
        }
        .into_any(),
        (true, false) => view! {
            <div class="callout">
                <p><code>"removed_from_segment"</code> " is off for this destination: people who leave the audience stay in the list. Switch on Server-side for it in the " {link} " to have them taken out."</p>
            </div>
        }
        .into_any(),
    }
}

fn figures(counts: SyncCounts, last_run: Option<AnyView>) -> AnyView {
    let number = |label: &'static str, count: u64, bad: bool| {
        view! { <div><dt>{label}</dt><dd class:bad=bad>{grouped(count)}</dd></div> }.into_any()
    };
    view! {
        <dl class="figures">
            {number("Wanted", counts.wanted, false)}
            {number("Synced", counts.synced, false)}
            {number("Waiting", counts.waiting, false)}
            {number("Failed", counts.failed, counts.failed > 0)}
            {number("Skipped", counts.skipped, false)}
            <div><dt>"Last run"</dt><dd class="words">{last_run.unwrap_or_else(|| "None yet".into_any())}</dd></div>
        </dl>
    }
    .into_any()
}

/// What is counted, since people and their identifiers are not the same number.
fn counted(size: u64, skipped: u64) -> String {
    let people = count_of(size, "person", "people");
    let has = if size == 1 { "is" } else { "are" };
    let skipped = match skipped {
        0 => String::new(),
        1 => " 1 of them is skipped: no identifier that Snapchat takes is known.".to_owned(),
        many => format!(" {} of them are skipped: no identifier that Snapchat takes is known.", grouped(many)),
    };
    format!(
        "{people} {has} in the audience.{skipped} The rest counts identifiers: e-mail addresses, phone numbers, \
         advertising ids."
    )
}

fn refusals(refused: Vec<(String, u64)>) -> AnyView {
    if refused.is_empty() {
        return ().into_any();
    }
    let reasons: Vec<AnyView> = refused
        .into_iter()
        .map(|(reason, count)| {
            view! { <li>{count_of(count, "identifier", "identifiers")} ": " {reason}</li> }.into_any()
        })
        .collect();
    view! {
        <div class="callout warning">
            <p>"Snapchat refused some identifiers. The others went on; these are tried again by themselves."</p>
            <ul class="reasons">{reasons}</ul>
        </div>
    }
    .into_any()
}

fn controls(audience: AudienceId, state: &SyncState, wanted: u64, removes: bool, actions: SyncActions) -> AnyView {
    let name = &state.name;
    let (again, stop) = (format!("again-{}", state.destination), format!("stop-{}", state.destination));
    let (again_name, again_title) =
        (format!("Sync everything again to {name}"), format!("Sync everything to {name} again?"));
    let (stop_name, stop_title) = (format!("Stop syncing to {name}"), format!("Stop syncing to {name}?"));
    let (again_link, stop_link) = (link_fields(audience, state), link_fields(audience, state));
    let lost = format!(
        "{} will be sent once more, whether the list has them or not. It does no harm, and helps if somebody changed the \
         list in Snapchat.",
        count_of(wanted, "identifier", "identifiers")
    );
    let stays = if removes {
        "Everybody is taken out of the list there; the list itself stays, empty."
    } else {
        "The list there stays as it is, with everybody in it: removed_from_segment is off."
    };
    view! {
        <div class="actions panel-foot">
            <ConfirmForm action=actions.again id=again open_label="Sync everything again" open_name=again_name title=again_title verb="Send it all">
                {again_link}
                <p>{lost}</p>
            </ConfirmForm>
            <ConfirmForm action=actions.link id=stop open_label="Stop syncing" open_name=stop_name title=stop_title verb="Stop">
                {stop_link}
                <input type="hidden" name="on" value="false"/>
                <p>{stays}</p>
            </ConfirmForm>
        </div>
    }
    .into_any()
}

/// The hidden fields that name an audience at a destination.
fn link_fields(audience: AudienceId, state: &SyncState) -> AnyView {
    view! {
        <input type="hidden" name="audience" value=audience.to_string()/>
        <input type="hidden" name="destination" value=state.destination.to_string()/>
    }
    .into_any()
}
