//! Destinations as their pages show them: the list, the overview, the configuration, the workflow.

use serde::{Deserialize, Serialize};

use crate::{
    DestinationId, Timestamp,
    delivery::{DeliveryState, Reason},
    destination::{Asset, CheckStep},
    options::DestinationOptions,
    workflow::EventSetting,
};

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

    /// Whether events wait until a person has acted.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        matches!(self, Self::NeedsReconnect(_) | Self::Paused(_))
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
    /// What is wrong with the Snapchat login, whether or not events need it: audiences do.
    pub login_problem: Option<String>,
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
    /// App id, hold window, limited data use.
    pub options: DestinationOptions,
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
    /// The name of the destination that it is of, where those of several stand in one list.
    pub destination: Option<String>,
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
