//! Fields of a destination: where each comes from, what became of it in one event, and what it is worth for matching.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::item::Item;

/// A field that a rule of the event workflow can name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldInfo {
    /// Its name: `user_data.em`.
    pub name: String,
    /// The paths of an event that it is filled from by default, the first that holds a value winning.
    pub paths: Vec<String>,
}

/// Where a field's value came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A path of the event, or of the profile (`profile.email`).
    Path(String),
    /// The constant of a rule.
    Constant,
    /// Worked out from something else at this path, such as product ids from the list of products.
    WorkedOut(String),
    /// Switched off by a rule.
    Off,
    /// A rule names a path where the event has nothing.
    Missing(String),
}

/// What became of one field in one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldTrace {
    /// Its name: `user_data.em`.
    pub name: String,
    /// Where its value came from.
    pub origin: Origin,
    /// The value as it was found.
    pub found: Option<Value>,
    /// The text that it became before it was hashed.
    pub normalised: Option<String>,
    /// Whether it is sent as a hash.
    pub hashed: bool,
    /// What is sent; nothing if the value was unfit.
    pub sent: Option<Value>,
}

/// What a field is worth for matching and attribution.
#[derive(Debug)]
pub struct QualityField {
    /// Its name in rules and in the counts.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// Its weight in the score.
    pub weight: u32,
    /// Whether it tells who it was; others tell what it was about.
    pub identifies: bool,
    /// Places in the mapped item, as `/user_data/em`: one that holds a value is enough.
    pub pointers: &'static [&'static str],
    /// The destination's events that should carry it; empty: all.
    pub events: &'static [&'static str],
    /// How more events would carry it, as a sentence.
    pub advice: &'static str,
}

impl QualityField {
    /// Whether events that become `event` should carry it.
    #[must_use]
    pub fn applies_to(&self, event: &str) -> bool {
        self.events.is_empty() || self.events.contains(&event)
    }

    fn is_in(&self, item: &Item) -> bool {
        self.pointers.iter().filter_map(|place| item.at(place)).any(|found| *found != Item::Null)
    }
}

/// What a destination's match quality is made of.
#[derive(Clone, Copy, Debug)]
pub struct Quality {
    /// The fields that count, at most 64.
    pub fields: &'static [QualityField],
    /// Reason codes of events that lacked so much that they were left out: they count as carrying nothing.
    pub left_out: &'static [&'static str],
}

impl Quality {
    /// For a destination whose matching isn't judged.
    pub const NONE: Self = Self { fields: &[], left_out: &[] };

    /// One bit for each field that a mapped item carries.
    #[must_use]
    pub fn carried(&self, item: &Item) -> u64 {
        let bit = |(n, field): (usize, &QualityField)| u64::from(field.is_in(item)) << n;
        self.fields.iter().take(64).enumerate().map(bit).sum()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const fn field(
        name: &'static str,
        pointers: &'static [&'static str],
        events: &'static [&'static str],
    ) -> QualityField {
        QualityField { name, label: name, weight: 1, identifies: true, pointers, events, advice: "" }
    }

    #[test]
    fn an_item_carries_what_it_has() {
        const FIELDS: &[QualityField] =
            &[field("em", &["/u/em"], &[]), field("id", &["/u/click", "/u/madid"], &[]), field("v", &["/v"], &["BUY"])];
        let quality = Quality { fields: FIELDS, left_out: &[] };
        assert_eq!(quality.carried(&json!({"u": {"em": ["x"], "madid": "1"}, "v": null}).into()), 0b011);
        assert_eq!(quality.carried(&json!({"v": 5}).into()), 0b100);
        assert!(FIELDS[2].applies_to("BUY") && !FIELDS[2].applies_to("SEE") && FIELDS[0].applies_to("SEE"));
    }
}
