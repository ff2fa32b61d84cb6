//! Reading of what sources send: Segment's calls and CustomerLabs' shape become [`TrackedEvent`](crate::event::TrackedEvent)s or rejections.
//! Pure, and total: no JSON makes it panic, and an event that is refused never costs its neighbours.

mod customerlabs;
mod envelope;
mod facts;
mod identity;
mod json_text;
mod message;
mod names;
mod pairs;
pub mod privacy;
mod times;

#[cfg(test)]
mod properties;

pub use customerlabs::moved;
pub use envelope::{Envelope, Unreadable, open};
pub use facts::{marketing_consent, order_id};
pub use message::{Reading, read};
pub use names::setting_key;

use crate::{Timestamp, event::EventKind};

/// The bytes that one event may have.
pub const EVENT_BYTES_MAX: usize = 32 * 1024;
/// The events that one batch may have.
pub const BATCH_EVENTS_MAX: usize = 2_500;
/// The bytes that a body may have after decompression.
pub const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The characters that a `messageId` may have.
pub const MESSAGE_ID_MAX: usize = 200;

/// The calls of the tracking API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// `/v1/track`
    Track,
    /// `/v1/identify`
    Identify,
    /// `/v1/page`
    Page,
    /// `/v1/screen`
    Screen,
    /// `/v1/group`
    Group,
    /// `/v1/alias`
    Alias,
    /// `/v1/batch` and `/v1/import`: each event names its own type.
    Batch,
}

impl Call {
    /// The kind of a single call's event; `None` for a batch.
    #[must_use]
    pub fn kind(self) -> Option<EventKind> {
        match self {
            Self::Track => Some(EventKind::Track),
            Self::Identify => Some(EventKind::Identify),
            Self::Page => Some(EventKind::Page),
            Self::Screen => Some(EventKind::Screen),
            Self::Group => Some(EventKind::Group),
            Self::Alias => Some(EventKind::Alias),
            Self::Batch => None,
        }
    }
}

/// What the request tells beside its body.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// When it reached us.
    pub received_at: Timestamp,
    /// The address that it came from.
    pub ip: Option<String>,
    /// The header `User-Agent`.
    pub user_agent: Option<String>,
    /// Whether a browser sent it (it has an `Origin`), so that address and agent are the visitor's and not the shop's server's.
    pub from_browser: bool,
}

/// Why an event was refused: a stable code and a sentence that says what to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// A stable word such as `missing_event`.
    pub code: &'static str,
    /// What is wrong and what is expected.
    pub message: String,
}

impl Rejection {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}
