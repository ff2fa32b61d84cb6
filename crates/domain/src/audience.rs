//! Audience rules as `apply` files and pages write them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

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

/// One condition: about an event or about a trait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Condition {
    /// The person did the event, so often, within the last days.
    Event {
        /// The event's name; case and separators don't count.
        event: String,
        /// How often at least; 1 if left out, 0 with `at_most` alone.
        #[serde(skip_serializing_if = "Option::is_none")]
        at_least: Option<u32>,
        /// How often at most.
        #[serde(skip_serializing_if = "Option::is_none")]
        at_most: Option<u32>,
        /// Only events of the last so many days; ever if left out.
        #[serde(skip_serializing_if = "Option::is_none")]
        within_days: Option<u32>,
    },
    /// The person's trait is this value.
    Trait {
        /// The trait's name, e.g. `country`.
        r#trait: String,
        /// What it has to be.
        is: Value,
    },
}
