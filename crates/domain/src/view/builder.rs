//! "Create Audience": what the builder shows beside its form.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::audience::{AudiencePreview, AudienceState, ProfileRow};
use crate::{AudienceId, DestinationId, FieldError, audience::Draft};

/// The builder's form as it is posted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PostedAudience {
    /// The name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// It keeps the members that it had when it was first worked out.
    pub fixed: bool,
    /// The rule's fields, by where they stand: see [`Draft`].
    pub rule: BTreeMap<String, String>,
    /// The destinations that it goes to, by [`link_key`].
    pub to: BTreeMap<String, String>,
}

/// What a destination is called in [`PostedAudience::to`]: a name that can't be taken for a number, which in a form is a place in a list.
#[must_use]
pub fn link_key(id: DestinationId) -> String {
    format!("to-{id}")
}

impl PostedAudience {
    /// The rule as it is edited.
    #[must_use]
    pub fn draft(&self) -> Draft {
        Draft::from_fields(&self.rule)
    }

    /// The destinations that it goes to. What is no id is left out.
    #[must_use]
    pub fn destinations(&self) -> Vec<DestinationId> {
        self.to.keys().filter_map(|key| key.strip_prefix("to-")?.parse().ok()).collect()
    }
}

/// The page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BuilderPage {
    /// The audience, unless it is new.
    pub audience: Option<BuiltAudience>,
    /// What the form holds at first.
    pub posted: PostedAudience,
    /// Whether it came back from the form, so that what is wrong is told at once.
    pub tried: bool,
    /// What is wrong with the rule, by place, if it came back from the form.
    pub wrong: Vec<FieldError>,
    /// What the rule comes to now, if it makes sense.
    pub preview: Option<AudiencePreview>,
    /// Where it can go.
    pub destinations: Vec<LinkChoice>,
    /// What conditions can ask for.
    pub hints: AudienceHints,
}

/// An audience that is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BuiltAudience {
    /// Its id.
    pub id: AudienceId,
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: AudienceState,
    /// The saved rule as a sentence.
    pub sentence: String,
    /// How many people are in it; `None` before they were first counted.
    pub size: Option<u64>,
    /// While everybody is looked at anew: how many of how many changes are done.
    pub progress: Option<(u64, u64)>,
    /// Some members.
    pub members: Vec<ProfileRow>,
}

/// A destination that an audience can go to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkChoice {
    /// Its id.
    pub id: DestinationId,
    /// Its name.
    pub name: String,
    /// Whether the audience goes there now.
    pub linked: bool,
    /// Whether `added_to_segment` is on in its event workflow; told of those that are linked.
    pub lets: bool,
}

/// Names that were seen, for the builder's fields. Never values of people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudienceHints {
    /// Events.
    pub events: Vec<String>,
    /// Traits.
    pub traits: Vec<String>,
    /// Other audiences.
    pub audiences: Vec<String>,
}
