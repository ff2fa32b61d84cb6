//! The table of events: one row per delivery.

use domain::view::EventRow;
use leptos::prelude::*;

use crate::components::{StatusChip, Time, Tone, state_chip};

/// The table, of all destinations or of one. A row is drawn anew when it changes.
pub fn events_table(rows: RwSignal<Vec<EventRow>>, everywhere: bool) -> AnyView {
    view! {
        <div class="table-region" tabindex="0" role="region" aria-label="Events, newest first">
            <table class="data cards events-table">
                <thead>
                    <tr>
                        <th scope="col">"Event"</th>
                        <th scope="col">"Time"</th>
                        <th scope="col">"Side"</th>
                        <th scope="col">"Status"</th>
                        {everywhere.then(|| view! { <th scope="col">"Destination"</th> })}
                        <th scope="col">"Details"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || rows.get() key=identity let:row>
                        {event_row(row, everywhere)}
                    </For>
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

/// What a row is and what of it can change.
fn identity(row: &EventRow) -> (i64, &'static str, Option<String>) {
    (row.key, row.state.map_or("", |state| state.as_str()), row.reason.as_ref().map(|reason| reason.code.clone()))
}

fn event_row(row: EventRow, everywhere: bool) -> AnyView {
    let becomes = row.snap_event.clone().map(|name| view! { <span class="becomes">" → " {name}</span> });
    let destination = row.destination.as_ref().map_or_else(|| "None".to_owned(), |(_, name)| name.clone());
    let status = match row.state {
        Some(state) => state_chip(state, row.reason.as_ref().map(|reason| reason.message.clone())),
        None => {
            view! { <StatusChip tone=Tone::Neutral label="Received" hint="No destination took part when it arrived."/> }
                .into_any()
        }
    };
    let reason = row.reason.map(|reason| (reason.message.clone(), reason.message));
    view! {
        <tr class="linked">
            <th scope="row">
                <a class="row-link" href=format!("/events/{}", row.event_id)>{row.event}</a>
                {becomes}
            </th>
            <td data-label="Time"><Time at=row.received_at/></td>
            <td data-label="Side">{row.side.map_or("–", |side| side.label())}</td>
            <td data-label="Status">{status}</td>
            {everywhere.then(|| view! { <td data-label="Destination">{destination}</td> })}
            <td class="event-details">
                {row.order_id.map(|order| view! { <span class="detail">"Order " <code>{order}</code></span> })}
                {row.person.map(|person| view! { <span class="detail">{person}</span> })}
                <span class="detail muted">{row.source}</span>
                {reason.map(|(whole, shown)| view! { <span class="reason" title=whole>{shown}</span> })}
            </td>
        </tr>
    }
    .into_any()
}
