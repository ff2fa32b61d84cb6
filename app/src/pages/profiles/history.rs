//! What a person did, and what was sent of it.

use domain::view::audience::{EventTotal, RecentEvent, SentEvent};
use leptos::prelude::*;

use super::person::panel;
use crate::components::{Time, grouped, state_chip};

/// Counts and sums per event.
pub(super) fn totals_panel(totals: Vec<EventTotal>) -> AnyView {
    let rows: Vec<AnyView> = totals
        .into_iter()
        .map(|total| {
            view! {
                <tr>
                    <th scope="row">{total.event}</th>
                    <td data-label="Times">{grouped(total.count)}</td>
                    <td data-label="Sum of value">{total.value.map_or_else(|| "–".to_owned(), amount)}</td>
                    <td data-label="First"><Time at=total.first/></td>
                    <td data-label="Last"><Time at=total.last/></td>
                </tr>
            }
            .into_any()
        })
        .collect();
    panel("totals", "What they did", ["Event", "Times", "Sum of value", "First", "Last"], rows, "No event yet.")
}

/// Ten-thousandths as people read them: `1,250.5`.
fn amount(value: i64) -> String {
    let (whole, part) = (value.unsigned_abs() / 10_000, value.unsigned_abs() % 10_000);
    let sign = if value < 0 { "−" } else { "" };
    let part = format!("{part:04}");
    match part.trim_end_matches('0') {
        "" => format!("{sign}{}", grouped(whole)),
        part => format!("{sign}{}.{part:0<2}", grouped(whole)),
    }
}

/// The last events with what became of each.
pub(super) fn events_panel(events: Vec<RecentEvent>) -> AnyView {
    let rows: Vec<AnyView> = events.into_iter().map(event_row).collect();
    panel("events", "Last events", ["Event", "Time", "Sent"], rows, "No event of the last 90 days.")
}

fn event_row(event: RecentEvent) -> AnyView {
    let name = format!("{}, event {}", event.event, event.id);
    let sent: Vec<AnyView> = event.sent.into_iter().map(sent_line).collect();
    view! {
        <tr>
            <th scope="row"><a href=format!("/events/{}", event.id) aria-label=name>{event.event}</a></th>
            <td data-label="Time"><Time at=event.at/></td>
            <td data-label="Sent">
                {if sent.is_empty() {
                    view! { <span class="muted">"Nowhere"</span> }.into_any()
                } else {
                    view! { <ul class="plain-list sent-list">{sent}</ul> }.into_any()
                }}
            </td>
        </tr>
    }
    .into_any()
}

fn sent_line(sent: SentEvent) -> AnyView {
    let becomes = sent.snap_event.map(|name| view! { <code class="becomes">{name}</code> });
    view! {
        <li>
            {state_chip(sent.state, sent.reason)} " " {sent.destination} " " <span class="muted">{sent.side.label()}</span> " " {becomes}
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_in_words() {
        for (value, text) in
            [(0, "0"), (300_000, "30"), (12_505_000, "1,250.50"), (12_345, "1.2345"), (-5_000, "−0.50")]
        {
            assert_eq!(amount(value), text);
        }
    }
}
