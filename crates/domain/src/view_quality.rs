//! Match quality: how much of what a destination matches by was in the events of the last days.

use serde::{Deserialize, Serialize};

use crate::DestinationId;

/// The page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchQuality {
    /// The destination.
    pub id: DestinationId,
    /// Its name.
    pub name: String,
    /// All events together; nothing while there were none.
    pub total: Option<QualityScore>,
    /// Each event, most frequent first.
    pub events: Vec<EventQuality>,
}

/// One event's match quality.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventQuality {
    /// Its name.
    pub event: String,
    /// Its key in addresses.
    pub key: String,
    /// What it becomes.
    pub snap_event: String,
    /// How it fares.
    pub score: QualityScore,
    /// Each field that counts.
    pub fields: Vec<FieldShare>,
}

/// A score with what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QualityScore {
    /// 0 to 100.
    pub score: u32,
    /// Events that it rests on.
    pub events: u64,
    /// How many of them lacked so much that they were not sent.
    pub left_out: u64,
    /// The one change that would raise it most.
    pub advice: Option<String>,
}

/// How many events carried a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldShare {
    /// The field.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Its weight in the score.
    pub weight: u32,
    /// Whether it tells who it was.
    pub identifies: bool,
    /// In percent, rounded down.
    pub percent: u32,
}
