//! One row of the workflow's table.

use std::fmt::Write;

use domain::{
    DestinationId, FieldError,
    catalogue::setting_key,
    view::WorkflowRow,
    workflow::{ADDED_TO_SEGMENT, event_key, is_audience_event},
};
use leptos::prelude::*;

use super::filter::RowFilter;
use crate::{
    api::{events::encode, workflow::stored_mark},
    components::{Time, grouped},
};

/// What every row needs to know.
#[derive(Clone, Copy)]
pub struct RowContext {
    /// Whose workflow it is.
    pub destination: DestinationId,
    /// Which rows are shown.
    pub filter: RowFilter,
    /// What is wrong, by event name.
    pub errors: Signal<Vec<FieldError>>,
    /// The destination's event names.
    pub snap_events: StoredValue<Vec<String>>,
    /// The names of the rows that are in the table.
    pub known: StoredValue<Vec<String>>,
}

impl RowContext {
    /// What is wrong with names that were typed in just now: no row of the table shows it.
    pub fn new_row_mistakes(self) -> Vec<String> {
        let is_known = |event: &String| self.known.with_value(|known| known.contains(event));
        self.errors.with(|errors| {
            errors.iter().filter(|error| !is_known(&error.field)).map(|error| error.message.clone()).collect()
        })
    }
}

/// A row of an event that is known.
pub fn known_row(index: usize, row: WorkflowRow, context: RowContext) -> AnyView {
    let setting = row.setting.clone();
    let name = setting.event.clone();
    let audience = is_audience_event(&name);
    let seen = row.last_seen.is_some();
    let shown = {
        let (name, snap) = (name.clone(), setting.snap_event.clone());
        move || context.filter.shows(&name, &snap, seen)
    };
    let field = move |field: &str| format!("rows[{index}][{field}]");
    let rules = (!setting.fields.is_empty())
        .then(|| serde_json::to_string(&setting.fields).ok())
        .flatten()
        .map(|json| view! { <input type="hidden" name=field("fields") value=json/> });
    let mistake = mistake(&name, index, context.errors);
    view! {
        <tr hidden=move || !shown()>
            <th scope="row">
                <span class="event-name">{name.clone()}</span>
                <input type="hidden" name=field("event") value=name.clone()/>
                <input type="hidden" name=field("was") value=stored_mark(&setting)/>
                {rules}
                {mapping_link(&name, audience, context.destination)}
                {mistake}
            </th>
            <td>
                {if audience {
                    audience_effect(&name, &setting.snap_event, field("snap")).into_any()
                } else {
                    snap_select(&name, field("snap"), &setting.snap_event, index, context).into_any()
                }}
            </td>
            <td class="number" data-label="Last 24 hours">{grouped(row.volume_24h)}</td>
            <td class="muted" data-label="Last seen">{match row.last_seen {
                Some(at) => view! { <Time at=at/> }.into_any(),
                None => "Not yet".into_any(),
            }}</td>
            <td data-label="Server-side">{switch("server", "Server-side", &name, field("server"), setting.server, None)}</td>
            <td data-label="Client-side">{if audience {
                view! { <span class="muted">"Server-side only"</span> }.into_any()
            } else {
                switch("client", "Client-side", &name, field("client"), setting.client, row.client_refused).into_any()
            }}</td>
        </tr>
    }
    .into_any()
}

/// The way to the field mapping; audience events have no fields.
fn mapping_link(event: &str, audience: bool, id: DestinationId) -> Option<AnyView> {
    let to = format!("/destinations/{id}/workflow/{}", encode(&setting_key(event)));
    let link = move || view! { <a class="row-detail" href=to aria-label=format!("Fields of {event}")>"Fields"</a> };
    (!audience).then(|| link().into_any())
}

/// A row for an event that is not in the table yet.
pub fn new_row(index: usize, number: u32, context: RowContext) -> AnyView {
    let what = if number == 0 { "new event".to_owned() } else { format!("new event {}", number + 1) };
    let field = move |field: &str| format!("rows[{index}][{field}]");
    view! {
        <tr class="new-row">
            <th scope="row">
                <input
                    type="text"
                    name=field("event")
                    aria-label=format!("Name of {what}")
                    placeholder="Add a custom event, e.g. lead_created"
                    maxlength="200"
                    autocomplete="off"
                    spellcheck="false"
                    aria-invalid=move || (!context.new_row_mistakes().is_empty()).then_some("true")
                    aria-describedby="new-row-mistakes"
                />
            </th>
            <td>{snap_select(&what, field("snap"), "CUSTOM_EVENT_1", index, context)}</td>
            <td class="number muted">"–"</td>
            <td class="muted">"New"</td>
            <td data-label="Server-side">{switch("server", "Server-side", &what, field("server"), false, None)}</td>
            <td data-label="Client-side">{switch("client", "Client-side", &what, field("client"), false, None)}</td>
        </tr>
    }
    .into_any()
}

fn switch(side: &'static str, label: &str, event: &str, name: String, on: bool, refused: Option<String>) -> AnyView {
    // A switch that is on can always be switched off.
    let disabled = refused.is_some() && !on;
    let hint = refused.filter(|_| disabled).map(|why| view! { <span class="hint">{why}</span> });
    view! {
        <label class="switch">
            <input
                type="checkbox"
                role="switch"
                name=name
                value="true"
                data-side=side
                aria-label=format!("{label} for {event}")
                checked=on
                disabled=disabled
            />
            <span class="switch-word" aria-hidden="true"></span>
        </label>
        {hint}
    }
    .into_any()
}

/// The options stand as text: thirty-one names in each of a hundred rows are too many nodes to walk.
fn snap_select(event: &str, name: String, chosen: &str, index: usize, context: RowContext) -> AnyView {
    let options = context.snap_events.with_value(|names| snap_options(names, chosen));
    let wrong = invalid(event, context.errors);
    view! {
        <select
            name=name
            aria-label=format!("Snap event for {event}")
            aria-invalid=move || wrong().then_some("true")
            aria-describedby=format!("mistake-{index}")
            inner_html=options
        ></select>
    }
    .into_any()
}

/// Only names of capitals, digits and underscores get into the markup, which is all that Snapchat has.
fn snap_options(names: &[String], chosen: &str) -> String {
    let mut html = String::from("<option value=\"\">Not sent</option>");
    let plain = |name: &&String| name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    for name in names.iter().filter(plain) {
        let selected = if name == chosen { " selected" } else { "" };
        // Writing to a string can't fail.
        let _ = write!(html, "<option{selected}>{name}</option>");
    }
    html
}

fn audience_effect(event: &str, snap_event: &str, name: String) -> impl IntoView + use<> {
    let effect = if event_key(event) == event_key(ADDED_TO_SEGMENT) {
        "Adds the person to the audience's list at Snapchat"
    } else {
        "Removes the person from the audience's list at Snapchat"
    };
    view! {
        <span>{effect}</span>
        <input type="hidden" name=name value=snap_event.to_owned()/>
    }
    .into_any()
}

fn invalid(event: &str, errors: Signal<Vec<FieldError>>) -> impl Fn() -> bool + Clone + Send + Sync + 'static + use<> {
    let event = event.to_owned();
    move || errors.with(|errors| errors.iter().any(|error| error.field == event))
}

fn mistake(event: &str, index: usize, errors: Signal<Vec<FieldError>>) -> AnyView {
    let event = event.to_owned();
    let message = move || {
        errors.with(|errors| errors.iter().find(|error| error.field == event).map(|error| error.message.clone()))
    };
    view! { <span id=format!("mistake-{index}") class="field-error">{message}</span> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_hold_the_choice_and_nothing_but_names() {
        let html = snap_options(&["PURCHASE".into(), "ADD_CART".into(), "<b>".into()], "ADD_CART");
        assert_eq!(
            html,
            "<option value=\"\">Not sent</option><option>PURCHASE</option><option selected>ADD_CART</option>"
        );
    }
}
