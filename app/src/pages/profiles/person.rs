//! One person: who they are, what they did, where they are, and how to erase them.

use domain::{
    ApiError, Role, Timestamp,
    profile::{IdentifierKind, ProfileId},
    view::audience::{ProfileView, TraitView},
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde_json::Value;

use super::{
    erase::{EraseActions, erase_panel, planned},
    history::{events_panel, totals_panel},
    list::name_of,
    places::{audiences_panel, lists_panel},
};
use crate::{
    api::{accounts::Gate, error::PageError, people::find_profile},
    components::{AudienceTabs, ErrorBox, PageHead, StatusChip, Time, Tone, count_of, load, use_gate, when_read},
    pages::destinations::route::successes,
};

/// The page.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").and_then(|id| id.parse::<ProfileId>().ok()));
    let actions = EraseActions::new();
    let (erased, cancelled) = (successes(actions.erase), successes(actions.cancel));
    let gate = use_gate();
    let data = load(
        move || (id.get(), erased.get(), cancelled.get()),
        |(id, ..)| async move { find_profile(id.ok_or(PageError(ApiError::NotFound))?).await },
    );
    when_read(move || async move {
        let may_erase = matches!(gate.await, Ok(Gate::Open { me, .. }) if me.role >= Role::Marketer);
        match data.await {
            Ok(profile) => page(profile, may_erase, actions),
            Err(error) => view! { <ErrorBox error=error/> }.into_any(),
        }
    })
}

fn page(profile: ProfileView, may_erase: bool, actions: EraseActions) -> AnyView {
    let ProfileView { row, identifiers, traits, totals, recent, audiences, synced, refused_at, erasure } = profile;
    let sentence = match audiences.len() {
        0 => format!("{}. In no audience.", count_of(row.events, "event", "events")),
        many => format!(
            "{}. In {}.",
            count_of(row.events, "event", "events"),
            count_of(many as u64, "audience", "audiences")
        ),
    };
    let crumbs = vec![("All profiles".to_owned(), "/profiles".to_owned())];
    let pending = erasure.is_some();
    view! {
        <PageHead title=name_of(&row) crumbs=crumbs sentence=sentence/>
        <AudienceTabs/>
        {erasure.map(|erasure| planned(row.id, erasure, may_erase, actions))}
        {refused_at.map(refused)}
        <dl class="facts person-facts">
            <dt>"Id"</dt><dd><code>{row.id.to_string()}</code></dd>
            <dt>"First seen"</dt><dd><Time at=row.first_seen/></dd>
            <dt>"Last seen"</dt><dd><Time at=row.last_seen/></dd>
        </dl>
        <div class="person-columns">
            {identifiers_panel(identifiers)}
            {traits_panel(traits)}
        </div>
        {audiences_panel(audiences)}
        {lists_panel(synced)}
        {totals_panel(totals)}
        {events_panel(recent)}
        {(may_erase && !pending).then(|| erase_panel(row.id, actions))}
    }
    .into_any()
}

fn refused(at: Timestamp) -> AnyView {
    view! {
        <p class="callout warning">
            "Said no to marketing " <Time at=at/> ": in no audience, and taken out of every list, until an event says yes again."
        </p>
    }
    .into_any()
}

fn identifiers_panel(identifiers: Vec<(IdentifierKind, String, bool)>) -> AnyView {
    let rows: Vec<AnyView> = identifiers
        .into_iter()
        .map(|(kind, text, shared)| {
            view! {
                <tr>
                    <th scope="row">{kind.label()}</th>
                    <td data-label="Value">
                        <code>{text}</code>
                        {shared.then(|| view! {
                            " " <StatusChip
                                tone=Tone::Warning
                                label="Shared"
                                hint="Many people have this value. It brings nobody together, and is sent to no destination."
                            />
                        })}
                    </td>
                </tr>
            }
            .into_any()
        })
        .collect();
    panel("identifiers", "Identifiers", ["Kind", "Value"], rows, "No identifier is known.")
}

fn traits_panel(traits: Vec<TraitView>) -> AnyView {
    let rows: Vec<AnyView> = traits
        .into_iter()
        .map(|told| {
            let value = match told.value {
                Value::String(text) => text,
                other => other.to_string(),
            };
            view! {
                <tr>
                    <th scope="row">{told.name}</th>
                    <td data-label="Value">{value}</td>
                    <td data-label="Changed" class="muted"><Time at=told.changed_at/></td>
                </tr>
            }
            .into_any()
        })
        .collect();
    panel("traits", "Traits", ["Trait", "Value", "Last change"], rows, "No trait is known.")
}

/// A panel with a table, or a sentence in place of it.
pub(super) fn panel<const N: usize>(
    id: &'static str,
    title: &'static str,
    heads: [&'static str; N],
    rows: Vec<AnyView>,
    none: &'static str,
) -> AnyView {
    let body = if rows.is_empty() {
        view! { <p class="muted">{none}</p> }.into_any()
    } else {
        let heads: Vec<AnyView> =
            heads.into_iter().map(|head| view! { <th scope="col">{head}</th> }.into_any()).collect();
        view! {
            <div class="table-scroll">
                <table class="data cards">
                    <caption class="visually-hidden">{title}</caption>
                    <thead><tr>{heads}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <section class="panel" aria-labelledby=id>
            <h2 id=id>{title}</h2>
            {body}
        </section>
    }
    .into_any()
}
