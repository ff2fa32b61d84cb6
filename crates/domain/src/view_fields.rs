//! The field mapping of one event: where each field of the destination comes from, with a preview.

use serde::{Deserialize, Serialize};

use crate::{
    DestinationId, EventId, FieldError, Timestamp,
    delivery::Reason,
    fields::{FieldInfo, FieldTrace},
    workflow::FieldRule,
};

/// The page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldMapping {
    /// The destination.
    pub id: DestinationId,
    /// Its name.
    pub name: String,
    /// The event's name.
    pub event: String,
    /// The event's key in addresses.
    pub key: String,
    /// What the event becomes.
    pub snap_event: String,
    /// The version of the event workflow that a save starts from.
    pub version: i64,
    /// Each field.
    pub fields: Vec<MappedField>,
    /// The last event of that name, mapped by these rules.
    pub preview: Option<Preview>,
    /// Whether the rules shown are not saved yet.
    pub unsaved: bool,
    /// What is wrong with them, by field name.
    pub mistakes: Vec<FieldError>,
}

/// A field with its rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MappedField {
    /// The field with its default paths.
    pub info: FieldInfo,
    /// Its rule; nothing: the default paths.
    pub rule: Option<FieldRule>,
    /// What became of it in the preview's event, personal data masked.
    pub trace: Option<FieldTrace>,
}

/// The event of a preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Which event.
    pub event: EventId,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Why it could not be sent so.
    pub problem: Option<Reason>,
    /// Advised fields that it lacks.
    pub warnings: Vec<Reason>,
}
