//! A tracked event in its one canonical shape.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Timestamp;

/// Which call of the Segment HTTP tracking API an event came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Something that a person did.
    Track,
    /// Who a person is.
    Identify,
    /// A page was seen.
    Page,
    /// A screen of an app was seen.
    Screen,
    /// A person belongs to a group.
    Group,
    /// Two ids are one person.
    Alias,
}

impl EventKind {
    /// The word in the database and in the body's `type`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Track => "track",
            Self::Identify => "identify",
            Self::Page => "page",
            Self::Screen => "screen",
            Self::Group => "group",
            Self::Alias => "alias",
        }
    }

    /// The kind that the word names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Track, Self::Identify, Self::Page, Self::Screen, Self::Group, Self::Alias]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }

    /// The name that an event of this kind goes by in the event workflow when it carries none of its own.
    #[must_use]
    pub fn default_name(self) -> &'static str {
        match self {
            Self::Track => "Track",
            Self::Identify => "Identify",
            Self::Page => "Page View",
            Self::Screen => "Screen View",
            Self::Group => "Group",
            Self::Alias => "Alias",
        }
    }
}

/// One event as understood: typed pairs unwrapped, times set right, its content in Segment's shape.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackedEvent {
    /// The call.
    pub kind: EventKind,
    /// The name in the event workflow: that of the call's `event`, else [`EventKind::default_name`].
    pub name: String,
    /// The sender's id of this event: `event_id` at Snapchat, and what makes it arrive once.
    pub message_id: String,
    /// When it happened, corrected for the sender's clock (`timestamp`, `originalTimestamp` + `sentAt`).
    pub occurred_at: Timestamp,
    /// When it reached us.
    pub received_at: Timestamp,
    /// The body in Segment's shape: `anonymousId`, `userId`, `properties`, `traits`, `context`, …
    pub body: Map<String, Value>,
}

impl TrackedEvent {
    /// The value at a dotted path such as `context.traits.email` or `properties.products.0.sku`.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Value> {
        let mut parts = path.split('.');
        let mut value = self.body.get(parts.next()?)?;
        for part in parts {
            value = match value {
                Value::Object(map) => map.get(part)?,
                Value::Array(list) => list.get(part.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        (!value.is_null()).then_some(value)
    }

    /// The non-blank text at a path; numbers and booleans are written out.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<String> {
        match self.at(path)? {
            Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        }
    }
}
