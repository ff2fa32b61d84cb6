//! What the pages show of audiences on their way into lists at destinations.

use serde::{Deserialize, Serialize};

use crate::{
    AudienceId, DestinationId, FieldError, Timestamp,
    destination::IdentifierKind,
    lists::{LIFETIME_DAYS, ListSlot, SyncHealth},
};

/// Fewer people than this say nothing about how many a destination knows.
const SAMPLE_MIN: u64 = 100;
/// A share of known people, in percent, under which something is likely wrong with what is sent.
const LOW_RATE: u64 = 10;
/// More than this share, in percent, of those sent can't come from here alone.
const HIGH_RATE: u64 = 110;

/// Where an audience stands at a destination, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncStatus {
    /// Nothing is sent: a switch is off, or the audience isn't active.
    Off,
    /// Linked, and not sent yet.
    First,
    /// Something is on its way.
    Sending,
    /// The list holds what it should.
    InStep,
    /// Something hinders it.
    Hindered(SyncHealth),
}

/// Where an audience stands at a destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncState {
    /// The destination.
    pub destination: DestinationId,
    /// Its name.
    pub name: String,
    /// In one word.
    pub status: SyncStatus,
    /// In a sentence.
    pub sentence: String,
}

/// How an audience goes to a destination, as a person chose it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkSettings {
    /// An existing list there, by its id; else one is made.
    pub existing: Option<String>,
    /// Days that members stay after they were last added.
    pub retention_days: u32,
    /// A list for each kind of identifiers instead of one for all.
    pub one_each: bool,
}

impl Default for LinkSettings {
    fn default() -> Self {
        Self { existing: None, retention_days: LIFETIME_DAYS, one_each: false }
    }
}

impl LinkSettings {
    /// The settings in words, after the audience's name.
    #[must_use]
    pub fn sentence(&self) -> String {
        let lists = match (&self.existing, self.one_each) {
            (Some(id), _) => format!("fills the list {id}"),
            (None, true) => "has a list for each kind of identifier".to_owned(),
            (None, false) => "has one list for all identifiers".to_owned(),
        };
        match self.retention_days {
            LIFETIME_DAYS => format!("{lists}, people stay until they leave"),
            days => format!("{lists}, people stay {days} days"),
        }
    }

    /// The first thing that is wrong with the settings.
    #[must_use]
    pub fn problem(&self) -> Option<FieldError> {
        if !(1..=LIFETIME_DAYS).contains(&self.retention_days) {
            let message = format!("Enter 1 to {LIFETIME_DAYS} days; {LIFETIME_DAYS} keeps people until they leave.");
            return Some(FieldError::new("retention_days", message));
        }
        let id = self.existing.as_deref()?;
        if id.is_empty() || id.len() > 64 || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Some(FieldError::new("existing", "The id of a list is a long number, as Snapchat shows it."));
        }
        self.one_each.then(|| {
            FieldError::new(
                "one_each",
                "An existing list takes all identifiers. Choose new lists to have one for each kind.",
            )
        })
    }
}

/// The sync page of an audience.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudienceSync {
    /// The audience.
    pub id: AudienceId,
    /// Its name.
    pub name: String,
    /// How many people are in it.
    pub size: u64,
    /// The destinations that it goes to, or went to.
    pub links: Vec<LinkView>,
    /// Destinations that it could go to.
    pub others: Vec<(DestinationId, String)>,
}

/// An audience at one destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkView {
    /// Where it stands.
    pub state: SyncState,
    /// Whether the audience still goes there; else what is left is only taken back.
    pub linked: bool,
    /// `added_to_segment` is on in the event workflow.
    pub adds: bool,
    /// `removed_from_segment` is on.
    pub removes: bool,
    /// As a person chose it.
    pub settings: LinkSettings,
    /// What is wanted, and how much of it is there.
    pub counts: SyncCounts,
    /// Why identifiers were refused, and how many for each reason.
    pub refused: Vec<(String, u64)>,
    /// The lists.
    pub lists: Vec<ListView>,
    /// The last runs, newest first.
    pub runs: Vec<RunView>,
}

/// Identifiers of an audience at a destination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncCounts {
    /// Identifiers that should be in the list.
    pub wanted: u64,
    /// Those of them that are.
    pub synced: u64,
    /// Additions and removals that are still to be sent.
    pub waiting: u64,
    /// Those of them that were refused and are tried again later.
    pub failed: u64,
    /// Members without an identifier that the destination takes.
    pub skipped: u64,
}

/// A list at the destination, ours beside theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListView {
    /// What goes there.
    pub slot: ListSlot,
    /// Its id there, once it is made.
    pub id: Option<String>,
    /// Chosen by a person, not made here.
    pub chosen: bool,
    /// Somebody deleted it there.
    pub gone: bool,
    /// How many people (of one kind: identifiers) it should hold; once nothing waits, so many were sent.
    pub sent: u64,
    /// Matched people as the destination tells, rounded and delayed.
    pub users: Option<u64>,
    /// `NO_UPLOAD`, `PROCESSING`, `COMPLETE`.
    pub upload_status: Option<String>,
    /// `NOT_READY`, `TOO_FEW_USERS`, `READY`.
    pub targetable_status: Option<String>,
    /// When it told so.
    pub polled_at: Option<Timestamp>,
    /// It is being asked again.
    pub asking: bool,
    /// What that means, where it needs saying.
    pub remarks: Vec<String>,
}

/// One run of the sync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunView {
    /// Its number.
    pub id: i64,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; none while it runs, or if the process ended within it.
    pub ended_at: Option<Timestamp>,
    /// Identifiers added.
    pub added: u64,
    /// Identifiers removed.
    pub removed: u64,
    /// Members left out for lack of an identifier.
    pub skipped: u64,
    /// How it ended: `done`, or why it broke off.
    pub problem: Option<String>,
    /// How many requests it made.
    pub requests: u64,
    /// The last of them, newest first.
    pub last_requests: Vec<RequestView>,
}

/// One request of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestView {
    /// When.
    pub at: Timestamp,
    /// How long it took.
    pub duration_ms: i64,
    /// What it did, in words.
    pub what: String,
    /// Identifiers in it, and how many the destination says it received.
    pub identifiers: Option<(u64, Option<u64>)>,
    /// Why it failed, if it did.
    pub problem: Option<String>,
}

/// What a destination's own figures about a list mean, in plain sentences. `waiting`: not everything is sent yet.
#[must_use]
pub fn remarks(list: &ListView, waiting: bool, targetable_min: u64) -> Vec<String> {
    let mut said = Vec::new();
    let people = match list.slot {
        ListSlot::All => "people",
        ListSlot::Only(IdentifierKind::Email) => "e-mail addresses",
        ListSlot::Only(IdentifierKind::Phone) => "phone numbers",
        ListSlot::Only(IdentifierKind::MobileAdId) => "advertising ids",
    };
    if list.targetable_status.as_deref() == Some("TOO_FEW_USERS") {
        said.push(format!(
            "Too few users: ads can be targeted at this list once Snapchat knows {} or more of the people in it.",
            grouped(targetable_min)
        ));
    }
    let complete = list.upload_status.as_deref() == Some("COMPLETE");
    let Some(users) = list.users.filter(|_| complete && !waiting && list.sent >= SAMPLE_MIN) else { return said };
    let (users_text, sent) = (grouped(users), grouped(list.sent));
    if users * 100 < list.sent * LOW_RATE {
        said.push(format!(
            "Snapchat knows only about {users_text} of {sent} {people}. Matching can take up to 48 hours; if it stays so, \
             look whether your sources send real addresses and phone numbers with their country code."
        ));
    } else if users * 100 > list.sent * HIGH_RATE {
        said.push(if list.chosen {
            format!("Snapchat counts about {users_text} people where {sent} were sent: the list held others before.")
        } else {
            format!(
                "Snapchat counts about {users_text} people where {sent} were sent. Somebody else may add to this list; \
                 nobody but Switchyard should."
            )
        });
    }
    said
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(sent: u64, users: u64, targetable: &str) -> ListView {
        ListView {
            slot: ListSlot::All,
            id: Some("1".into()),
            chosen: false,
            gone: false,
            sent,
            users: Some(users),
            upload_status: Some("COMPLETE".into()),
            targetable_status: Some(targetable.into()),
            polled_at: None,
            asking: false,
            remarks: Vec::new(),
        }
    }

    #[test]
    fn figures_become_sentences() {
        let said = |list: &ListView| remarks(list, false, 1_000).join(" ");
        assert_eq!(said(&list(10_000, 6_000, "READY")), "");
        assert!(said(&list(50, 30, "TOO_FEW_USERS")).contains("1,000 or more"));
        assert!(said(&list(10_000, 900, "TOO_FEW_USERS")).contains("only about 900 of 10,000 people"));
        assert!(said(&list(10_000, 12_000, "READY")).contains("Somebody else"));
        let chosen = ListView { chosen: true, ..list(10_000, 12_000, "READY") };
        assert!(said(&chosen).contains("held others before"));
        assert_eq!(remarks(&list(10_000, 1, "READY"), true, 1_000), Vec::<String>::new(), "not everything is sent yet");
        let processing = ListView { upload_status: Some("PROCESSING".into()), ..list(10_000, 1, "READY") };
        assert_eq!(said(&processing), "");
    }

    #[test]
    fn settings_that_make_no_sense() {
        let field = |settings: LinkSettings| settings.problem().map(|error| error.field);
        let good = LinkSettings { existing: Some("5677923948298240".into()), ..LinkSettings::default() };
        assert_eq!((field(LinkSettings::default()), field(good.clone())), (None, None));
        for retention_days in [0, 10_000] {
            assert_eq!(field(LinkSettings { retention_days, ..good.clone() }).as_deref(), Some("retention_days"));
        }
        for existing in ["", "a b", "../1"] {
            let wrong = LinkSettings { existing: Some(existing.into()), ..good.clone() };
            assert_eq!(field(wrong).as_deref(), Some("existing"));
        }
        assert_eq!(field(LinkSettings { one_each: true, ..good }).as_deref(), Some("one_each"));
    }
}
