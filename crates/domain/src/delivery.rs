//! A delivery: one event for one destination on one side, and the states that it goes through (`docs/states.md`).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{EventId, Timestamp};

/// Where a delivery stands. `waiting → leased → delivered | dead | filtered`, `leased → waiting`, `dead → waiting`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Due at some time. Moved by the worker's claim, which leases it.
    Waiting,
    /// A worker holds it. Moved by that worker when it finishes, or by the rescue when its lease ran out.
    Leased,
    /// The destination accepted it. Final.
    Delivered,
    /// It will not be tried again unless a person replays it.
    Dead,
    /// It was not meant to be sent; the reason code says why. Final.
    Filtered,
}

impl DeliveryState {
    /// Every state, in the order in which pages list them.
    pub const ALL: [Self; 5] = [Self::Delivered, Self::Waiting, Self::Leased, Self::Filtered, Self::Dead];

    /// The word in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Leased => "leased",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
            Self::Filtered => "filtered",
        }
    }

    /// The state that the word names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// The word on pages.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Leased => "Sending",
            Self::Delivered => "Delivered",
            Self::Dead => "Dead",
            Self::Filtered => "Filtered",
        }
    }
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The way an event takes to a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// From our server through the Conversions API.
    Server,
    /// From the visitor's browser through the Snap Pixel.
    Client,
}

impl Side {
    /// The word in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }

    /// The side that the word names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Server, Self::Client].into_iter().find(|side| side.as_str() == text)
    }

    /// The word on pages.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Server => "Server",
            Self::Client => "Client",
        }
    }
}

/// An event whose order another one holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepeatedOrder {
    /// The event that came second.
    pub event: EventId,
    /// The event that holds the order.
    pub first: EventId,
    /// If it isn't settled whether the first is sent: when it is due, or until when it is held by a worker.
    pub unsettled: Option<Timestamp>,
}

/// Why a delivery was filtered or died: a stable code, and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// A stable word such as `no_identifier`.
    pub code: String,
    /// What was missing or wrong, and where it would come from.
    pub message: String,
}

impl Reason {
    /// A reason with its code and sentence.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }
}

/// Reason codes that the pipeline itself gives; destinations add their own for what a mapping lacks.
pub mod code {
    /// The destination was disabled when the event arrived.
    pub const DESTINATION_DISABLED: &str = "destination_disabled";
    /// "Send data via Server-side" was off when the event arrived.
    pub const SERVER_SIDE_OFF: &str = "server_side_off";
    /// The event workflow had this event switched off when it arrived.
    pub const SWITCHED_OFF: &str = "switched_off";
    /// It happened more than seven days before it would have been sent.
    pub const TOO_OLD: &str = "too_old";
    /// An event with the same order id was sent within 30 days.
    pub const DUPLICATE_ORDER: &str = "duplicate_order";
    /// An event with the same order id is about to be sent: this one waits for what becomes of it.
    pub const AWAITS_ORDER: &str = "awaits_order";
    /// The destination refused this event.
    pub const REFUSED: &str = "refused";
    /// No attempt succeeded within 72 hours.
    pub const EXHAUSTED: &str = "exhausted";
    /// Sent, but no answer came within 47 hours: it may or may not have arrived.
    pub const AMBIGUOUS: &str = "ambiguous";
    /// The worker crashed three times with it.
    pub const CRASHED: &str = "crashed";
    /// The visitor did not agree to marketing.
    pub const NO_CONSENT: &str = "no_consent";
    /// The person was erased.
    pub const ERASED: &str = "erased";
}
