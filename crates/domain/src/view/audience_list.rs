//! The Audiences page: each audience with how it stands, and which of them are asked for.

use serde::{Deserialize, Serialize};

use super::audience::AudienceState;
use crate::{AudienceId, Timestamp, view_sync::SyncState};

/// Which audiences are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudienceFilter {
    /// Only those in this state.
    pub state: Option<AudienceState>,
    /// Only those with this text in the name, what they are for, or the rule.
    pub search: String,
}

impl AudienceFilter {
    /// Whether an audience with these words has the text that is searched for. Upper case doesn't matter.
    #[must_use]
    pub fn finds(&self, words: &[&str]) -> bool {
        let search = self.search.trim().to_lowercase();
        words.iter().any(|words| words.to_lowercase().contains(&search))
    }
}

/// The page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudienceList {
    /// Those that are asked for, by name.
    pub rows: Vec<AudienceRow>,
    /// How many there are in each state, whatever is asked for.
    pub counts: AudienceCounts,
}

/// Audiences by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudienceCounts {
    /// Under construction.
    pub draft: u64,
    /// Kept up.
    pub active: u64,
    /// Put aside.
    pub archived: u64,
}

impl AudienceCounts {
    /// One more in a state.
    pub fn add(&mut self, state: AudienceState) {
        *match state {
            AudienceState::Draft => &mut self.draft,
            AudienceState::Active => &mut self.active,
            AudienceState::Archived => &mut self.archived,
        } += 1;
    }

    /// In this state, or in all.
    #[must_use]
    pub fn of(&self, state: Option<AudienceState>) -> u64 {
        match state {
            None => self.draft + self.active + self.archived,
            Some(AudienceState::Draft) => self.draft,
            Some(AudienceState::Active) => self.active,
            Some(AudienceState::Archived) => self.archived,
        }
    }
}

/// A row of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudienceRow {
    /// Its id.
    pub id: AudienceId,
    /// Its name.
    pub name: String,
    /// The conditions as a sentence.
    pub sentence: String,
    /// Its state.
    pub state: AudienceState,
    /// How many people are in it; none before they were first counted.
    pub size: Option<u64>,
    /// Who came in the last 24 hours, and who went.
    pub moves: AudienceMoves,
    /// While everybody is looked at anew: how many of how many changes are done.
    pub progress: Option<(u64, u64)>,
    /// When somebody last came or went, or everybody was looked at.
    pub updated_at: Option<Timestamp>,
    /// How it stands at its destinations.
    pub syncs: Vec<SyncState>,
}

/// People who came into an audience and went out of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudienceMoves {
    /// Came in.
    pub joined: u64,
    /// Went out.
    pub left: u64,
    /// When the last one did.
    pub last_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_finds_parts_of_words() {
        let filter = |search: &str| AudienceFilter { search: search.to_owned(), ..AudienceFilter::default() };
        assert!(filter("").finds(&["x"]));
        assert!(filter(" BUY ").finds(&["", "Heavy buyers"]));
        assert!(filter("ÜBER").finds(&["über uns"]));
        assert!(!filter("lapsed").finds(&["buyers", "who bought"]));
    }
}
