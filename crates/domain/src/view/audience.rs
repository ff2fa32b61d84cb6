//! What the pages of audiences and profiles show.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    AudienceId, DestinationId, EventId, Timestamp,
    audience::Rule,
    delivery::{DeliveryState, Side},
    profile::{IdentifierKind, ProfileId},
};

/// Whether an audience is kept up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AudienceState {
    /// Under construction: nobody is in it.
    Draft,
    /// Kept up.
    Active,
    /// Put aside: it stands as it was, and nobody enters or leaves.
    Archived,
}

impl AudienceState {
    /// The word in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Archived => "archived",
        }
    }

    /// The state that the word names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Draft, Self::Active, Self::Archived].into_iter().find(|state| state.as_str() == text)
    }
}

/// What "Create Audience" saves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AudienceForm {
    /// The name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Who is in it.
    pub rule: Rule,
    /// Follows its rule; a static one keeps the members that it had when it was worked out.
    pub dynamic: bool,
    /// Where it goes.
    pub destinations: Vec<DestinationId>,
}

impl AudienceForm {
    /// Who is in it, as a sentence. A static audience without a rule has those whom files put in.
    #[must_use]
    pub fn sentence(&self) -> String {
        if self.rule.is_empty() && !self.dynamic { "People of uploaded files".to_owned() } else { self.rule.sentence() }
    }
}

/// An audience.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AudienceView {
    /// Its id.
    pub id: AudienceId,
    /// What is saved.
    pub form: AudienceForm,
    /// Its state.
    pub state: AudienceState,
    /// The rule as a sentence.
    pub sentence: String,
    /// How many people are in it.
    pub size: u64,
    /// While everybody is looked at anew: how many of how many changes are done.
    pub progress: Option<(u64, u64)>,
    /// When everybody was last looked at; in between those who change are.
    pub evaluated_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The answer to a rule that is being edited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AudiencePreview {
    /// How many people it matches.
    pub size: u64,
    /// Some of them.
    pub sample: Vec<ProfileRow>,
    /// The rule as a sentence.
    pub sentence: String,
}

/// A person in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileRow {
    /// The number.
    pub id: ProfileId,
    /// Masked, for recognising.
    pub person: Option<String>,
    /// When an event of theirs was first seen.
    pub first_seen: Timestamp,
    /// And last.
    pub last_seen: Timestamp,
    /// How many events.
    pub events: u64,
}

/// Some people of a list, and where the next ones begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfilePage {
    /// Those whose events came last first.
    pub rows: Vec<ProfileRow>,
    /// After whom the next ones come, if there are more.
    pub next: Option<PageKey>,
}

/// A place in the list of people: when they were last seen, and who.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageKey(pub Timestamp, pub ProfileId);

impl std::fmt::Display for PageKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.0.0, self.1)
    }
}

impl std::str::FromStr for PageKey {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (at, no) = text.split_once('-').unwrap_or((text, ""));
        Ok(Self(Timestamp(at.parse()?), no.parse()?))
    }
}

/// A person's page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProfileView {
    /// The head.
    pub row: ProfileRow,
    /// Identifiers, masked where they are personal: kind, text, and whether many people have it.
    pub identifiers: Vec<(IdentifierKind, String, bool)>,
    /// Traits by name.
    pub traits: Vec<TraitView>,
    /// What they did, per event.
    pub totals: Vec<EventTotal>,
    /// The last events, newest first.
    pub recent: Vec<RecentEvent>,
    /// The audiences that they are in.
    pub audiences: Vec<MembershipView>,
    /// What destinations hold of them: audience, destination, kind, wanted, sent.
    pub synced: Vec<SyncedIdentifier>,
    /// When they said no to marketing, unless they said yes since.
    pub refused_at: Option<Timestamp>,
    /// When they will be erased, and who asked for it.
    pub erasure: Option<(Timestamp, String)>,
}

/// A trait of a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraitView {
    /// Its name.
    pub name: String,
    /// Its value; masked if it is personal.
    pub value: Value,
    /// Since when it has this value.
    pub changed_at: Timestamp,
}

/// Events of one name of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTotal {
    /// The name.
    pub event: String,
    /// How many.
    pub count: u64,
    /// The first.
    pub first: Timestamp,
    /// The last.
    pub last: Timestamp,
    /// What their property `value` adds up to, in ten-thousandths.
    pub value: Option<i64>,
}

/// An event of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentEvent {
    /// Its number, for the link.
    pub id: EventId,
    /// Its name.
    pub event: String,
    /// When.
    pub at: Timestamp,
    /// What became of it at each destination.
    pub sent: Vec<SentEvent>,
}

/// What became of a person's event at a destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentEvent {
    /// The destination's name.
    pub destination: String,
    /// Which side sent it.
    pub side: Side,
    /// What it was sent as.
    pub snap_event: Option<String>,
    /// Where it stands.
    pub state: DeliveryState,
    /// Why, in words.
    pub reason: Option<String>,
}

/// An audience that a person is in, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembershipView {
    /// The audience.
    pub audience: (AudienceId, String),
    /// Since when.
    pub since: Timestamp,
    /// The rule as a sentence.
    pub why: String,
    /// Each condition and group of the rule, as the end of a sentence, and whether it holds for this person.
    pub conditions: Vec<(String, bool)>,
    /// A file put them in.
    pub by_hand: bool,
}

/// An identifier of a person in an audience at a destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncedIdentifier {
    /// The audience's name.
    pub audience: String,
    /// The destination's name.
    pub destination: String,
    /// `email`, `phone` or `mobile_ad_id`.
    pub kind: String,
    /// How its digest begins: enough to compare.
    pub digest: String,
    /// Whether it should be there.
    pub wanted: bool,
    /// Whether the destination has what is wanted.
    pub synced: bool,
}
