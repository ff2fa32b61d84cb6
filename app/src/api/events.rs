//! Server functions of the Events Manager, and its filters as the address holds them.

use domain::{
    DestinationId, EventId, Timestamp,
    delivery::{DeliveryState, Side},
    time::{DAY, HOUR, MINUTE},
    view::{EventCount, EventDetail, EventFilter, EventPage},
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use super::error::PageError;
#[cfg(feature = "ssr")]
use super::session::actor;

/// Rows on one page.
pub const PAGE_ROWS: u32 = 50;

/// The ranges of the time filter: the word in the address, the label, the length in milliseconds.
pub const RANGES: [(&str, &str, i64); 5] = [
    ("15m", "Last 15 minutes", 15 * MINUTE),
    ("1h", "Last hour", HOUR),
    ("24h", "Last 24 hours", DAY),
    ("7d", "Last 7 days", 7 * DAY),
    ("28d", "Last 28 days", 28 * DAY),
];

/// The status of events that no destination took part in.
pub const RECEIVED: &str = "received";

/// The filters as the address holds them: all texts, empty means "any".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventsQuery {
    /// Only this destination.
    pub destination: Option<DestinationId>,
    /// An event's name.
    pub event: String,
    /// A delivery state, or [`RECEIVED`].
    pub status: String,
    /// `server` or `client`.
    pub side: String,
    /// One of [`RANGES`], or empty.
    pub range: String,
    /// Received at or after: ISO, UTC.
    pub from: String,
    /// Received before: ISO, UTC.
    pub to: String,
    /// An event id, an order id or an e-mail address.
    pub search: String,
}

impl EventsQuery {
    /// The filters with relative times worked out. What can't be read filters nothing.
    #[must_use]
    pub fn filter(&self, now: Timestamp) -> EventFilter {
        let text = |value: &str| Some(value.trim().to_owned()).filter(|text| !text.is_empty());
        let range = RANGES.iter().find(|(word, ..)| *word == self.range).map(|(.., length)| now.minus(*length));
        EventFilter {
            destination: self.destination,
            event: text(&self.event),
            state: DeliveryState::parse(&self.status),
            without_destination: self.status == RECEIVED,
            side: Side::parse(&self.side),
            since: Timestamp::parse_iso(&self.from).or(range),
            until: Timestamp::parse_iso(&self.to),
            search: text(&self.search),
        }
    }

    /// Each filter that is applied: its name in the address, and how a chip tells it.
    #[must_use]
    pub fn applied(&self) -> Vec<(&'static str, String)> {
        let filter = self.filter(Timestamp(0));
        let range = RANGES.iter().find(|(word, ..)| *word == self.range).map(|(_, label, _)| (*label).to_owned());
        let time = |name: &str, text: &str| Timestamp::parse_iso(text).map(|at| format!("{name} {} UTC", minute(at)));
        let status = filter.state.map(DeliveryState::label).or(filter.without_destination.then_some("Received"));
        let told = [
            ("event", filter.event.map(|event| format!("Event: {event}"))),
            ("status", status.map(|status| format!("Status: {status}"))),
            ("side", filter.side.map(|side| format!("Side: {}", side.label()))),
            ("range", range),
            ("from", time("From", &self.from)),
            ("to", time("Until", &self.to)),
            ("q", filter.search.map(|search| format!("Search: {search}"))),
        ];
        told.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
    }

    /// The filters as an address without the one named `without`.
    #[must_use]
    pub fn address(&self, base: &str, without: &str) -> String {
        let pairs = [
            ("event", &self.event),
            ("status", &self.status),
            ("side", &self.side),
            ("range", &self.range),
            ("from", &self.from),
            ("to", &self.to),
            ("q", &self.search),
        ];
        let query: Vec<String> = pairs
            .iter()
            .filter(|(name, value)| *name != without && !value.trim().is_empty())
            .map(|(name, value)| format!("{name}={}", encode(value.trim())))
            .collect();
        if query.is_empty() { base.to_owned() } else { format!("{base}?{}", query.join("&")) }
    }
}

fn minute(at: Timestamp) -> String {
    at.to_iso().chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

/// Percent-encodes a value of a query: everything but unreserved characters.
#[must_use]
pub fn encode(value: &str) -> String {
    use std::fmt::Write;
    value.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// A page of events, newest first.
#[server(input = Json)]
pub async fn events(query: EventsQuery, before: Option<i64>) -> Result<EventPage, PageError> {
    let (switchyard, actor) = actor().await?;
    let filter = query.filter(switchyard.now());
    Ok(switchyard.events(&actor, filter, before, PAGE_ROWS).await?)
}

/// Events newer than the row `after`.
#[server(input = Json)]
pub async fn events_since(query: EventsQuery, after: i64) -> Result<EventPage, PageError> {
    let (switchyard, actor) = actor().await?;
    let filter = query.filter(switchyard.now());
    Ok(switchyard.events_since(&actor, filter, after, PAGE_ROWS).await?)
}

/// One event: what was received, sent and answered.
#[server]
pub async fn event(id: EventId) -> Result<EventDetail, PageError> {
    let (switchyard, actor) = actor().await?;
    Ok(switchyard.event(&actor, id).await?)
}

/// How often each event arrived in the last 24 hours.
#[server(input = Json)]
pub async fn event_counts(destination: Option<DestinationId>) -> Result<Vec<EventCount>, PageError> {
    let (switchyard, actor) = actor().await?;
    Ok(switchyard.event_counts(&actor, destination).await?)
}

/// Puts a dead delivery back in the queue.
#[server]
pub async fn replay_delivery(event: EventId, delivery: i64) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.replay_delivery(&actor, delivery).await?;
    leptos_axum::redirect(&format!("/events/{event}?notice=replayed"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_a_filter() {
        let query = EventsQuery {
            event: " Order Completed ".into(),
            status: "dead".into(),
            side: "nonsense".into(),
            range: "1h".into(),
            search: "d@n.example".into(),
            ..EventsQuery::default()
        };
        let filter = query.filter(Timestamp(10 * HOUR));
        assert_eq!(filter.event.as_deref(), Some("Order Completed"));
        assert_eq!((filter.state, filter.side), (Some(DeliveryState::Dead), None));
        assert_eq!((filter.since, filter.until), (Some(Timestamp(9 * HOUR)), None));
        let told: Vec<String> = query.applied().into_iter().map(|(_, text)| text).collect();
        assert_eq!(told, ["Event: Order Completed", "Status: Dead", "Last hour", "Search: d@n.example"]);
        assert_eq!(
            query.address("/events", "status"),
            "/events?event=Order%20Completed&side=nonsense&range=1h&q=d%40n.example"
        );
    }

    #[test]
    fn events_without_a_destination_have_a_status_of_their_own() {
        let query = EventsQuery { status: RECEIVED.into(), ..EventsQuery::default() };
        let filter = query.filter(Timestamp(0));
        assert!(filter.without_destination && filter.state.is_none());
        assert_eq!(query.applied(), [("status", "Status: Received".to_owned())]);
    }

    #[test]
    fn an_exact_time_outweighs_a_range() {
        let query = EventsQuery { range: "7d".into(), from: "2026-01-01T10:00".into(), ..EventsQuery::default() };
        assert_eq!(query.filter(Timestamp(0)).since, Some(Timestamp(1_767_261_600_000)));
        assert!(query.applied().contains(&("from", "From 2026-01-01 10:00 UTC".to_owned())));
        assert_eq!(EventsQuery::default().address("/events", ""), "/events");
    }
}
