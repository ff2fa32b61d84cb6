//! What pages show: the types that the pipeline answers with and that cross to the browser.

pub mod audience;
pub mod audience_list;
pub mod builder;
mod destinations;
mod events;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::{destinations::*, events::*};
use crate::{EventId, Role, SourceId, Timestamp, UserId, WorkspaceId};

/// The frame around every page: who is signed in, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The user's name.
    pub name: String,
    /// The user's e-mail address: shown to the user alone.
    pub email: String,
    /// The role in this workspace.
    pub role: Role,
    /// The workspace's name.
    pub workspace: String,
    /// The workspace of the session.
    pub workspace_id: WorkspaceId,
    /// All workspaces of the user, for the switcher.
    pub workspaces: Vec<(WorkspaceId, String)>,
}

/// A row of the Sources page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceView {
    /// Its id.
    pub id: SourceId,
    /// Its name.
    pub name: String,
    /// The write key: public by nature, it stands in every page of the shop.
    pub write_key: String,
    /// The previous key, and until when it is still accepted.
    pub old_key: Option<(String, Timestamp)>,
    /// ISO 3166 alpha-2, for phone numbers without a country code.
    pub default_country: Option<String>,
    /// Whether its events are accepted.
    pub enabled: bool,
    /// Whether only events with marketing consent are sent.
    pub consent_required: bool,
    /// Events in the last 24 hours.
    pub events_24h: u64,
    /// When one last arrived.
    pub last_event: Option<Timestamp>,
    /// Refused events of the last 24 hours.
    pub rejected_24h: u64,
    /// The line for the shop's pages.
    pub snippet: String,
}

/// An event in the debugger of its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceEvent {
    /// The event.
    pub id: EventId,
    /// Its name.
    pub event: String,
    /// When it reached us.
    pub received_at: Timestamp,
    /// Who it is, masked.
    pub person: Option<String>,
    /// How what it tells begins, as it was understood, masked.
    pub told: String,
}

/// The Settings page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The workspace's name.
    pub workspace: String,
    /// Its people.
    pub people: Vec<Person>,
    /// The last changes in the workspace, newest first.
    pub changes: Vec<Change>,
}

/// A user of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The id.
    pub id: UserId,
    /// The name.
    pub name: String,
    /// The e-mail address: admins see it.
    pub email: Option<String>,
    /// The role.
    pub role: Role,
}

/// Field values by name, for small forms.
pub type Fields = BTreeMap<String, String>;
