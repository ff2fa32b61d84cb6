//! Identifiers, one type each, so that a source can't be taken for a destination.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

uuid_id! {
    /// One customer account; everything below it is invisible to others.
    WorkspaceId,
    /// A person who signs in.
    UserId,
    /// Where events come from.
    SourceId,
    /// A configured instance of a destination type.
    DestinationId,
    /// A segment of profiles.
    AudienceId,
    /// A file of people.
    UploadId,
}

/// The end of a destination's id, by which the browser tag names it: eight digits instead of a whole id, which every page of a shop
/// would load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DestinationTail(pub [u8; 4]);

impl From<DestinationId> for DestinationTail {
    fn from(id: DestinationId) -> Self {
        let [.., a, b, c, d] = *id.0.as_bytes();
        Self([a, b, c, d])
    }
}

impl fmt::Display for DestinationTail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl FromStr for DestinationTail {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u32::from_str_radix(text, 16).map(|tail| Self(tail.to_be_bytes()))
    }
}

/// An accepted event: its number in the order of arrival. Counts up, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub i64);

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EventId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}
