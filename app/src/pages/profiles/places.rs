//! Where a person is: the audiences and why, and what destinations hold of them.

use domain::view::audience::{MembershipView, SyncedIdentifier};
use leptos::prelude::*;

use super::person::panel;
use crate::components::{Icon, StatusChip, Time, Tone};

/// The audiences, each with its rule and what of it holds.
pub(super) fn audiences_panel(audiences: Vec<MembershipView>) -> AnyView {
    let rows: Vec<AnyView> = audiences.into_iter().map(audience_row).collect();
    panel("audiences", "In these audiences", ["Audience", "Why", "Since"], rows, "In none.")
}

fn audience_row(membership: MembershipView) -> AnyView {
    let (id, name) = membership.audience;
    let conditions: Vec<AnyView> = membership.conditions.into_iter().map(condition_line).collect();
    let because = if membership.by_hand { "Came with an uploaded file.".to_owned() } else { membership.why };
    let conditions = (!membership.by_hand).then(|| view! { <ul class="plain-list conditions">{conditions}</ul> });
    view! {
        <tr>
            <th scope="row"><a href=format!("/audiences/{id}")>{name}</a></th>
            <td data-label="Why"><div class="why">{because} {conditions}</div></td>
            <td data-label="Since"><Time at=membership.since/></td>
        </tr>
    }
    .into_any()
}

fn condition_line((words, holds): (String, bool)) -> AnyView {
    let (class, icon, told) =
        if holds { ("holds", "check", "Holds: they ") } else { ("fails", "cross", "Does not hold: they ") };
    view! {
        <li class=class>
            <Icon name=icon/>
            <span><span class="visually-hidden">{told}</span> {words}</span>
        </li>
    }
    .into_any()
}

/// The hashed identifiers that stand, or will stand, in lists at destinations.
pub(super) fn lists_panel(synced: Vec<SyncedIdentifier>) -> AnyView {
    let rows: Vec<AnyView> = synced.into_iter().map(list_row).collect();
    panel(
        "lists",
        "In lists at destinations",
        ["Audience", "Destination", "Identifier", "State"],
        rows,
        "Nothing of this person stands in a list.",
    )
}

fn list_row(synced: SyncedIdentifier) -> AnyView {
    let kind = match synced.kind.as_str() {
        "email" => "E-mail, hashed",
        "phone" => "Phone, hashed",
        _ => "Advertising id, hashed",
    };
    let (tone, label, icon, hint) = match (synced.wanted, synced.synced) {
        (true, true) => (Tone::Good, "In the list", "check", "The destination has it."),
        (true, false) => (Tone::Info, "Waiting to be added", "clock", "It goes with the next sync."),
        (false, true) => (Tone::Neutral, "Removed", "off", "The destination was told to remove it."),
        (false, false) => (Tone::Info, "Waiting to be removed", "clock", "It goes with the next sync."),
    };
    view! {
        <tr>
            <th scope="row">{synced.audience}</th>
            <td data-label="Destination">{synced.destination}</td>
            <td data-label="Identifier">{kind} " " <code class="muted">{format!("{}…", synced.digest)}</code></td>
            <td data-label="State"><StatusChip tone=tone label=label icon=icon hint=hint/></td>
        </tr>
    }
    .into_any()
}
