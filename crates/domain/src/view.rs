//! What pages show: the types that the pipeline answers with and that cross to the browser.

pub mod audience;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    AudienceId, DestinationId, EventId, Role, SourceId, Timestamp, UserId, WorkspaceId,
    delivery::{DeliveryState, Reason, Side},
    destination::{Asset, CheckStep},
    workflow::EventSetting,
};

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

/// A destination type in "All Destinations".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DestinationType {
    /// `snapchat`.
    pub slug: String,
    /// `Snapchat`.
    pub name: String,
    /// What it does.
    pub description: String,
    /// What is needed before connecting.
    pub prerequisites: Vec<String>,
    /// How many of this type the workspace has.
    pub configured: u32,
}

/// How a destination fares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "reason")]
pub enum ConnectionState {
    /// Setup is not finished; the text says what is next.
    Incomplete(String),
    /// All is well.
    Healthy,
    /// Events wait because Snapchat is slow, throttling or down; tried again by itself.
    Retrying(String),
    /// The login or the token was refused; a person has to act. Events wait.
    NeedsReconnect(String),
    /// Snapchat refuses the pixel or the right; events wait.
    Paused(String),
    /// Switched off by a user.
    Disabled,
}

impl ConnectionState {
    /// The word of the status chip.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Incomplete(_) => "Setup not finished",
            Self::Healthy => "Connected",
            Self::Retrying(_) => "Retrying",
            Self::NeedsReconnect(_) => "Needs reconnecting",
            Self::Paused(_) => "Paused",
            Self::Disabled => "Disabled",
        }
    }
}

/// A row of "My Destinations".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DestinationRow {
    /// Its id.
    pub id: DestinationId,
    /// Its name.
    pub name: String,
    /// The type's name, e.g. `Snapchat`.
    pub type_name: String,
    /// Whether events that arrive go there.
    pub enabled: bool,
    /// How it fares.
    pub state: ConnectionState,
    /// When an event last arrived for it on a side that is on.
    pub last_event: Option<Timestamp>,
    /// Events delivered since midnight UTC.
    pub delivered_today: u64,
    /// Events dead since midnight UTC.
    pub failed_today: u64,
    /// Events waiting now.
    pub waiting: u64,
}

/// A step of the checklist on a destination's overview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupSteps {
    /// A Snapchat login is stored.
    pub authenticated: bool,
    /// Business, ad account and pixel are chosen.
    pub pixel_chosen: bool,
    /// A Conversion API token is stored (or the OAuth login sends conversions).
    pub token_stored: bool,
    /// "Send data via Server-side" is on.
    pub server_side_on: bool,
    /// How many events are switched on, on any side.
    pub events_on: u32,
}

/// A destination's overview and the head of its tabs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DestinationOverview {
    /// The row of the list.
    pub row: DestinationRow,
    /// The checklist.
    pub setup: SetupSteps,
    /// Deliveries per hour and final state for the last 24 hours, oldest first.
    pub hours: Vec<HourCount>,
    /// Counts by state now.
    pub by_state: Vec<(DeliveryState, u64)>,
    /// The most frequent reasons of dead and filtered deliveries of the last 24 hours: state, reason, how many.
    pub reasons: Vec<(DeliveryState, Reason, u64)>,
    /// What deleting it would lose, in words.
    pub loses: String,
}

/// One hour of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourCount {
    /// The start of the hour.
    pub hour: Timestamp,
    /// Delivered in it.
    pub delivered: u64,
    /// Dead in it.
    pub dead: u64,
    /// Filtered in it.
    pub filtered: u64,
}

/// A chosen asset: its id and the name it had when it was chosen.
pub type ChosenAsset = Asset;

/// The Configuration Settings page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// The destination.
    pub id: DestinationId,
    /// Its name.
    pub name: String,
    /// The names of settings that the server lacks for OAuth; empty if it can be done.
    pub missing_oauth_settings: Vec<String>,
    /// The redirect URI to register with the OAuth app.
    pub redirect_uri: String,
    /// The Snapchat login, if there is one.
    pub login: Option<LoginView>,
    /// What was chosen.
    pub business: Option<ChosenAsset>,
    /// What was chosen.
    pub ad_account: Option<ChosenAsset>,
    /// What was chosen.
    pub pixel: Option<ChosenAsset>,
    /// The Conversion API token, if there is one.
    pub capi_token: Option<SecretView>,
    /// "Send data via Server-side".
    pub send_server_side: bool,
    /// How it fares.
    pub state: ConnectionState,
    /// The last changes, newest first.
    pub changes: Vec<Change>,
}

/// A stored login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginView {
    /// Whose login it is: the display name at Snapchat.
    pub name: String,
    /// When consent was given.
    pub connected_at: Timestamp,
    /// Set if Snapchat no longer accepts it, or the new login no longer sees the chosen pixel.
    pub problem: Option<String>,
}

/// A secret, as much of it as is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretView {
    /// Its last four characters.
    pub last4: String,
    /// When it was stored.
    pub set_at: Timestamp,
}

/// The lists of the asset picker; a list is `None` until what it depends on is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetLists {
    /// Business Manager accounts.
    pub businesses: Vec<Asset>,
    /// Ad accounts of the chosen business.
    pub ad_accounts: Option<Vec<Asset>>,
    /// Pixels of the chosen ad account.
    pub pixels: Option<Vec<Asset>>,
}

/// The Configuration Settings form behind "Save Changes".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigurationForm {
    /// A new Conversion API token; empty keeps the stored one.
    pub capi_token: String,
    /// "Send data via Server-side".
    pub send_server_side: bool,
}

/// The answer of "Check connection".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionCheck {
    /// What was tried, in order.
    pub steps: Vec<CheckStep>,
}

/// An entry of the log of changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// Who: a user's name, or "apply" / "system".
    pub who: String,
    /// What, as a sentence without secrets.
    pub what: String,
}

/// The Setup Event Workflow page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workflow {
    /// The destination.
    pub id: DestinationId,
    /// Its name.
    pub name: String,
    /// The destination's event names.
    pub snap_events: Vec<String>,
    /// All events: standard, seen, custom; audience events last.
    pub rows: Vec<WorkflowRow>,
    /// Whether "Send data via Server-side" is on.
    pub send_server_side: bool,
    /// Counts up with each save; a save names the version that it started from.
    pub version: i64,
}

/// A row of the event workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkflowRow {
    /// What is set.
    pub setting: EventSetting,
    /// `Shopping`, `Browsing`, `People`, `App`, `Custom` or `Audiences`.
    pub group: String,
    /// Events of this name in the last 24 hours.
    pub volume_24h: u64,
    /// When one last arrived.
    pub last_seen: Option<Timestamp>,
    /// Whether the client side can be switched on, or why not.
    pub client_refused: Option<String>,
}

/// Filters of the Events Manager; all empty shows everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventFilter {
    /// Only this destination.
    pub destination: Option<DestinationId>,
    /// Only events of this name (case and separators don't count).
    pub event: Option<String>,
    /// Only this state.
    pub state: Option<DeliveryState>,
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
    /// What was received, personal data masked.
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
    /// Events in the last 24 hours.
    pub events_24h: u64,
    /// When one last arrived.
    pub last_event: Option<Timestamp>,
    /// Refused events of the last 24 hours.
    pub rejected_24h: u64,
    /// The line for the shop's pages.
    pub snippet: String,
}

/// A row of the Audiences page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AudienceRow {
    /// Its id.
    pub id: AudienceId,
    /// Its name.
    pub name: String,
    /// The conditions as a sentence.
    pub sentence: String,
    /// How many people are in it.
    pub size: Option<u64>,
    /// The sync per destination: id, name, state in words.
    pub destinations: Vec<(DestinationId, String, String)>,
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
