//! Events Manager: the rows, one event with its deliveries and attempts, counts.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    DestinationId, EventId, Timestamp,
    delivery::{DeliveryState, Reason, Side},
};

/// Filters of the Events Manager; all empty shows everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventFilter {
    /// Only this destination.
    pub destination: Option<DestinationId>,
    /// Only events of this name (case and separators don't count).
    pub event: Option<String>,
    /// Only this state.
    pub state: Option<DeliveryState>,
    /// Only events that no destination took part in when they arrived.
    pub without_destination: bool,
    /// Only this side.
    pub side: Option<Side>,
    /// Received at or after.
    pub since: Option<Timestamp>,
    /// Received before.
    pub until: Option<Timestamp>,
    /// An event id (number or message id), an order id, or an e-mail address.
    pub search: Option<String>,
}

/// A page of the Events Manager, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventPage {
    /// The rows.
    pub rows: Vec<EventRow>,
    /// Pass this to get older rows; `None` at the end.
    pub next: Option<i64>,
}

/// A row of the Events Manager: one delivery, or an event that has none because the workspace had no destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRow {
    /// The key for paging: newer rows have greater ones.
    pub key: i64,
    /// The event.
    pub event_id: EventId,
    /// Its name.
    pub event: String,
    /// What it becomes at the destination, if it is meant to go.
    pub snap_event: Option<String>,
    /// When it reached us.
    pub received_at: Timestamp,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The destination, with its name.
    pub destination: Option<(DestinationId, String)>,
    /// The source's name.
    pub source: String,
    /// Server or client.
    pub side: Option<Side>,
    /// Where it stands.
    pub state: Option<DeliveryState>,
    /// Why it was filtered or died, or what the last attempt met.
    pub reason: Option<Reason>,
    /// The order id, for purchases.
    pub order_id: Option<String>,
    /// Masked, for recognising: `d•••@n•••.example`.
    pub person: Option<String>,
}

/// Everything about one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventDetail {
    /// The event.
    pub event_id: EventId,
    /// Its name.
    pub event: String,
    /// The sender's id.
    pub message_id: String,
    /// The source's name.
    pub source: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it reached us.
    pub received_at: Timestamp,
    /// What was received, personal data masked, if it is kept still.
    pub came: Option<Value>,
    /// What was understood, personal data masked.
    pub received: Value,
    /// Oddities met while reading it (a clock in the future, a typed pair of the wrong type, …).
    pub notes: Vec<Reason>,
    /// What became of it, per destination and side.
    pub deliveries: Vec<DeliveryDetail>,
}

/// What became of an event at one destination.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeliveryDetail {
    /// The delivery's number.
    pub id: i64,
    /// The destination, with its name.
    pub destination: (DestinationId, String),
    /// Server or client.
    pub side: Side,
    /// Where it stands.
    pub state: DeliveryState,
    /// Why.
    pub reason: Option<Reason>,
    /// When it is due again, while waiting.
    pub due_at: Option<Timestamp>,
    /// What it becomes at the destination.
    pub snap_event: Option<String>,
    /// The mapped event as it was, or would now be, sent: hashed and masked.
    pub mapped: Option<Value>,
    /// Advised fields that it lacks.
    pub warnings: Vec<Reason>,
    /// Each attempt, oldest first.
    pub attempts: Vec<AttemptView>,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptView {
    /// 1, 2, 3 …
    pub number: u32,
    /// When the request began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// How many events the request carried.
    pub batch: u32,
    /// The address, without its query.
    pub url: String,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The version of the rules that its events were normalised by, where one was stamped.
    pub normaliser: Option<u32>,
    /// A word for what it came to: `accepted`, `invalid`, `throttled`, `unavailable`, …
    pub outcome: String,
    /// The answer's text.
    pub answer: String,
}

/// Events of one name in the last 24 hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventCount {
    /// The name.
    pub event: String,
    /// In all.
    pub total: u64,
    /// Per hour, oldest first, 24 of them.
    pub hours: Vec<u64>,
    /// When the last one arrived.
    pub last_seen: Timestamp,
}
