//! Audience lists at a destination: the seam that their sync speaks through, and what a failure means for it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    destination::{BoxFuture, ConnectError, IdentifierKind, Secret, Segment},
    time::{HOUR, MINUTE, SECOND},
};

/// The retention that stands for ever.
pub const LIFETIME_DAYS: u32 = 9_999;
/// The first wait after a failure; each further one is twice as long.
const FIRST_WAIT: i64 = 5 * SECOND;
/// The longest wait after failures.
const LONGEST_WAIT: i64 = HOUR;
/// The longest own wait after 429 answers without `Retry-After`.
const LONGEST_THROTTLE: i64 = 10 * MINUTE;
/// A list that somebody deleted at the destination is noticed after this at the latest, also if nothing is sent.
const LONGEST_POLL: i64 = 15 * MINUTE;
/// A login that came back, or a right that was given, is noticed after this at the latest.
const PROBE: i64 = 15 * MINUTE;

/// What a destination's lists can hold and take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListLimits {
    /// Identifiers in one request, so that a repeat stays cheap.
    pub per_call: usize,
    /// More than this in one request is refused.
    pub per_call_max: usize,
    /// Characters of a name.
    pub name_max: usize,
    /// People whom the destination must know in a list before it can be used.
    pub targetable_min: u64,
}

/// What is told about a list that is made or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListDraft {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Days that members stay after they were last added; [`LIFETIME_DAYS`] for ever.
    pub retention_days: u32,
}

/// Why a call about a list failed. Worked out in one place of the destination; nothing else looks at an HTTP status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// 401: the access token was refused.
    #[error("the login was refused: {0}")]
    Unauthorized(String),
    /// 403: a sentence that names the role that is missing.
    #[error("{0}")]
    Forbidden(String),
    /// 404: it is not there (any more).
    #[error("{0}")]
    NotFound(String),
    /// 413: too much in one request.
    #[error("the request was too large")]
    TooLarge,
    /// 429.
    #[error("too many requests")]
    Throttled {
        /// Milliseconds that the destination asked for.
        retry_after: Option<i64>,
    },
    /// 408, 5xx, or no connection: it had no effect.
    #[error("{0}")]
    Unavailable(String),
    /// It was sent and no answer came that can be read: it may have had an effect.
    #[error("{0}")]
    NoAnswer(String),
    /// The destination refused what was sent, also inside of an answer that is a success as a whole; its words.
    #[error("{0}")]
    Refused(String),
}

impl From<ListError> for ConnectError {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Unauthorized(words) => Self::NeedsReconnect(words),
            ListError::Forbidden(words) => Self::Forbidden(words),
            ListError::NotFound(words) => Self::NotFound(words),
            ListError::Refused(words) => Self::Refused(words),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

/// Lists of people at a destination. Adding and removing have set semantics: twice does no harm.
pub trait AudienceLists: Send + Sync {
    /// What they hold and take.
    fn limits(&self) -> ListLimits;

    /// All lists of an ad account.
    fn all_lists<'a>(
        &'a self,
        token: &'a Secret,
        ad_account: &'a str,
    ) -> BoxFuture<'a, Result<Vec<Segment>, ListError>>;

    /// One list as it is now.
    fn list<'a>(&'a self, token: &'a Secret, id: &'a str) -> BoxFuture<'a, Result<Segment, ListError>>;

    /// Makes a list.
    fn create_list<'a>(
        &'a self,
        token: &'a Secret,
        ad_account: &'a str,
        draft: &'a ListDraft,
    ) -> BoxFuture<'a, Result<Segment, ListError>>;

    /// Gives a list another name, description and retention.
    fn update_list<'a>(
        &'a self,
        token: &'a Secret,
        ad_account: &'a str,
        id: &'a str,
        draft: &'a ListDraft,
    ) -> BoxFuture<'a, Result<(), ListError>>;

    /// Adds (`wanted`) or removes identifiers: digests of one kind. How many the destination says it received.
    fn change_list<'a>(
        &'a self,
        token: &'a Secret,
        id: &'a str,
        kind: IdentifierKind,
        digests: &'a [&'a str],
        wanted: bool,
    ) -> BoxFuture<'a, Result<u64, ListError>>;
}

/// How the sync of one audience to one destination fares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncHealth {
    /// Goes on by itself.
    #[default]
    Ok,
    /// The destination can't take it now; tried again by itself.
    Retrying,
    /// Somebody has to authenticate.
    NeedsReconnect,
    /// Somebody has to give a right, or change a setting.
    Paused,
    /// A list was deleted at the destination; a person decides whether it is made anew.
    Gone,
}

impl SyncHealth {
    /// The word in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Retrying => "retrying",
            Self::NeedsReconnect => "needs_reconnect",
            Self::Paused => "paused",
            Self::Gone => "gone",
        }
    }

    /// The health that the word names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::Ok, Self::Retrying, Self::NeedsReconnect, Self::Paused, Self::Gone];
        all.into_iter().find(|health| health.as_str() == text)
    }
}

/// Which list of an audience an identifier goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListSlot {
    /// One list for all kinds.
    All,
    /// A list for each kind.
    Only(IdentifierKind),
}

impl ListSlot {
    /// The word in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Only(kind) => kind.as_str(),
        }
    }

    /// The slot that the word names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "all" { Some(Self::All) } else { IdentifierKind::parse(text).map(Self::Only) }
    }

    /// Whether identifiers of the kind go there.
    #[must_use]
    pub fn takes(self, kind: IdentifierKind) -> bool {
        self == Self::All || self == Self::Only(kind)
    }
}

impl fmt::Display for ListSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::All => "all identifiers",
            Self::Only(kind) => kind.label(),
        })
    }
}

/// A break of the sync of one audience to one destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// What it means.
    pub health: SyncHealth,
    /// The sentence for people.
    pub reason: String,
    /// When it goes on.
    pub until: Timestamp,
    /// Failures in a row from now on.
    pub failures: u32,
}

/// What a failure means: how long to leave the destination alone, and what people are told. `dice` is in `0.0..1.0`.
#[must_use]
pub fn break_after(error: &ListError, failures: u32, now: Timestamp, dice: f64) -> Break {
    let again = |reason: String| Break {
        health: SyncHealth::Retrying,
        reason,
        until: now.plus(wait_after(failures, dice)),
        failures: failures.saturating_add(1),
    };
    let person = |health: SyncHealth, reason: String| Break { health, reason, until: now.plus(PROBE), failures };
    match error {
        ListError::Unauthorized(words) => person(
            SyncHealth::NeedsReconnect,
            format!("Snapchat no longer accepts this login ({words}). Press “Authenticate Snapchat” to log in again."),
        ),
        ListError::Forbidden(sentence) => person(SyncHealth::Paused, sentence.clone()),
        ListError::NotFound(sentence) => person(SyncHealth::Gone, sentence.clone()),
        ListError::Throttled { retry_after } => {
            let own = || (FIRST_WAIT << failures.min(10)).min(LONGEST_THROTTLE);
            Break {
                health: SyncHealth::Retrying,
                reason: "Snapchat asked for fewer requests (429), so the sync waits a moment.".to_owned(),
                until: now.plus(retry_after.unwrap_or_else(own).max(SECOND)),
                failures: if retry_after.is_some() { failures } else { failures.saturating_add(1) },
            }
        }
        ListError::Unavailable(words) | ListError::NoAnswer(words) => {
            again(format!("Snapchat could not take it just now ({words}). It is tried again by itself."))
        }
        ListError::TooLarge => again("Snapchat finds even a small request too large.".to_owned()),
        ListError::Refused(words) => again(format!("Snapchat refused the request: {words}")),
    }
}

/// The wait after a failure in a row of them, with jitter, never under half of what it would be.
#[must_use]
pub fn wait_after(failures: u32, dice: f64) -> i64 {
    let ceiling = FIRST_WAIT.saturating_mul(1 << failures.min(20)).min(LONGEST_WAIT);
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
    let jittered = (ceiling as f64 * (0.5 + 0.5 * dice.clamp(0.0, 1.0))) as i64;
    jittered
}

/// When to ask for a list's size and state again: soon after it was sent to, and less and less often.
#[must_use]
pub fn next_poll(last_sent: Timestamp, now: Timestamp) -> Timestamp {
    now.plus((now.since(last_sent) / 4).clamp(15 * SECOND, LONGEST_POLL))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000_000);

    #[test]
    fn each_failure_has_its_break() {
        let told = |error: ListError, failures| {
            let told = break_after(&error, failures, NOW, 1.0);
            (told.health, told.until.since(NOW), told.failures)
        };
        let words = || "words".to_owned();
        assert_eq!(told(ListError::Unauthorized(words()), 3), (SyncHealth::NeedsReconnect, PROBE, 3));
        assert_eq!(told(ListError::Forbidden(words()), 3), (SyncHealth::Paused, PROBE, 3));
        assert_eq!(told(ListError::NotFound(words()), 0), (SyncHealth::Gone, PROBE, 0));
        assert_eq!(told(ListError::Unavailable(words()), 0), (SyncHealth::Retrying, FIRST_WAIT, 1));
        assert_eq!(told(ListError::NoAnswer(words()), 60), (SyncHealth::Retrying, LONGEST_WAIT, 61));
        let asked = ListError::Throttled { retry_after: Some(7_200_000) };
        assert_eq!(told(asked, 2), (SyncHealth::Retrying, 7_200_000, 2), "kept whole, and no failure");
        assert_eq!(told(ListError::Throttled { retry_after: None }, 1), (SyncHealth::Retrying, 2 * FIRST_WAIT, 2));
        assert_eq!(told(ListError::Throttled { retry_after: None }, 30).1, LONGEST_THROTTLE);
    }

    #[test]
    fn waits_have_jitter_and_polls_get_rarer() {
        assert_eq!((wait_after(0, 0.0), wait_after(0, 1.0)), (FIRST_WAIT / 2, FIRST_WAIT));
        let polls: Vec<i64> =
            [0, MINUTE, HOUR, 100 * HOUR].iter().map(|ago| next_poll(NOW.minus(*ago), NOW).since(NOW)).collect();
        assert_eq!(polls, [15 * SECOND, 15 * SECOND, LONGEST_POLL, LONGEST_POLL]);
    }

    #[test]
    fn words_of_the_database() {
        for slot in [ListSlot::All, ListSlot::Only(IdentifierKind::Email), ListSlot::Only(IdentifierKind::MobileAdId)] {
            assert_eq!(ListSlot::parse(slot.as_str()), Some(slot));
        }
        assert!(ListSlot::All.takes(IdentifierKind::Phone));
        assert!(!ListSlot::Only(IdentifierKind::Email).takes(IdentifierKind::Phone));
        assert_eq!(SyncHealth::parse(SyncHealth::Gone.as_str()), Some(SyncHealth::Gone));
    }
}
