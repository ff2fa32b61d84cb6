//! Audience rules: what they say, as `apply` files and pages write them, and who they match.

mod check;
mod condition;
mod draft;
mod draft_condition;
mod fold;
mod history;
mod problems;
mod sentence;
mod suggested;
#[cfg(test)]
mod tests;
mod written;

use serde::{Deserialize, Serialize};

pub use check::Check;
pub use condition::{Amount, Condition, EventCondition, Measure, Occurrence, Origin, Period, PropertyTest, Test};
pub use draft::{Draft, DraftCondition, DraftFields};
pub use fold::{Folded, TEXT_MAX, fold, fold_all, fold_number, personal_text};
pub use history::{Happened, History, Known};
pub use problems::{GROUPS_DEEP, Problem, circle};
pub use suggested::Suggestion;

/// How conditions combine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// Every condition holds.
    #[default]
    All,
    /// At least one condition holds.
    Any,
}

/// Who is in an audience: conditions, and groups of them that nest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// How the conditions and groups combine.
    #[serde(default)]
    pub r#match: Match,
    /// Whoever the rest does *not* match.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not: bool,
    /// The conditions; without any, and without groups, nobody is in it.
    #[serde(default)]
    pub conditions: Vec<Condition>,
    /// Groups with their own conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Rule>,
}

impl Rule {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty() && self.groups.is_empty()
    }

    /// Every condition, also those of groups.
    pub fn all_conditions(&self) -> impl Iterator<Item = &Condition> {
        let mut found = Vec::new();
        self.gather(&mut found);
        found.into_iter()
    }

    fn gather<'a>(&'a self, into: &mut Vec<&'a Condition>) {
        into.extend(&self.conditions);
        for group in &self.groups {
            group.gather(into);
        }
    }

    /// The names of the audiences that it asks for.
    #[must_use]
    pub fn audiences(&self) -> Vec<&str> {
        self.all_conditions()
            .filter_map(|condition| match condition {
                Condition::Audience { audience, .. } => Some(audience.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The same rule with another name for an audience that it asks for.
    #[must_use]
    pub fn with_renamed_audience(mut self, from: &str, to: &str) -> Self {
        for condition in &mut self.conditions {
            if let Condition::Audience { audience, .. } = condition
                && audience_key(audience) == audience_key(from)
            {
                to.clone_into(audience);
            }
        }
        self.groups = self.groups.into_iter().map(|group| group.with_renamed_audience(from, to)).collect();
        self
    }
}

/// What an audience's name is compared by: without regard to case and to blanks around it.
#[must_use]
pub fn audience_key(name: &str) -> String {
    name.trim().to_lowercase()
}
