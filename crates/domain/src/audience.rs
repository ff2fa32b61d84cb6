//! Audience rules as `apply` files and pages write them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::workflow::event_key;

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

/// Who is in an audience.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// How the conditions combine.
    #[serde(default)]
    pub r#match: Match,
    /// The conditions; without any nobody is in it.
    pub conditions: Vec<Condition>,
}

impl Rule {
    /// The rule as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let word = match self.r#match {
            Match::All => " and ",
            Match::Any => " or ",
        };
        let parts: Vec<String> = self.conditions.iter().map(Condition::sentence).collect();
        if parts.is_empty() {
            "Nobody: there are no conditions".to_owned()
        } else {
            format!("People who {}", parts.join(word))
        }
    }
}

impl Condition {
    /// The condition as the end of "People who …".
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Event { event, at_least, at_most, within_days } => {
                let often = match (at_least, at_most) {
                    (None | Some(0), Some(0)) => return format!("did not do {event}{}", within(*within_days)),
                    (None | Some(0), Some(most)) => format!("at most {}", times(*most)),
                    (Some(least), Some(most)) if least == most => format!("exactly {}", times(*least)),
                    (Some(least), Some(most)) => format!("{least} to {}", times(*most)),
                    (least, None) => format!("at least {}", times(least.unwrap_or(1))),
                };
                format!("did {event} {often}{}", within(*within_days))
            }
            Self::Trait { r#trait, is } => match is {
                Value::String(text) => format!("have {trait} “{text}”", trait = r#trait),
                other => format!("have {trait} {other}", trait = r#trait),
            },
        }
    }

    /// What is wrong with it, in words.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        match self {
            Self::Event { event, .. } if event_key(event).is_empty() => Some("the event has no name".to_owned()),
            Self::Event { at_least: Some(least), at_most: Some(most), .. } if least > most => {
                Some(format!("at_least = {least} is more than at_most = {most}: nobody can be in it"))
            }
            Self::Event { within_days: Some(0), .. } => Some("within_days starts at 1".to_owned()),
            Self::Trait { r#trait, .. } if r#trait.trim().is_empty() => Some("the trait has no name".to_owned()),
            Self::Trait { is: Value::Array(_) | Value::Object(_) | Value::Null, .. } => {
                Some("`is` takes a text, a number or true / false".to_owned())
            }
            _ => None,
        }
    }
}

fn times(count: u32) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn within(days: Option<u32>) -> String {
    match days {
        None => String::new(),
        Some(1) => " within the last day".to_owned(),
        Some(days) => format!(" within the last {days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at_least: Option<u32>, at_most: Option<u32>, within_days: Option<u32>) -> Condition {
        Condition::Event { event: "Order Completed".into(), at_least, at_most, within_days }
    }

    #[test]
    fn reads_as_a_sentence() {
        let country = Condition::Trait { r#trait: "country".into(), is: "US".into() };
        let rule = Rule { r#match: Match::All, conditions: vec![event(Some(2), None, Some(90)), country] };
        assert_eq!(
            rule.sentence(),
            "People who did Order Completed at least 2 times within the last 90 days and have country “US”"
        );
        assert_eq!(event(None, Some(0), Some(1)).sentence(), "did not do Order Completed within the last day");
        assert_eq!(event(None, None, None).sentence(), "did Order Completed at least once");
        assert_eq!(event(Some(1), Some(1), None).sentence(), "did Order Completed exactly once");
        assert!(Rule::default().sentence().starts_with("Nobody"));
    }

    #[test]
    fn survives_json() {
        let rule = Rule { r#match: Match::Any, conditions: vec![event(Some(2), None, None)] };
        let text = serde_json::to_string(&rule).unwrap();
        assert_eq!(text, r#"{"match":"any","conditions":[{"event":"Order Completed","at_least":2}]}"#);
        assert_eq!(serde_json::from_str::<Rule>(&text).unwrap(), rule);
    }

    #[test]
    fn tells_what_cannot_be() {
        assert_eq!(event(Some(2), Some(5), Some(90)).problem(), None);
        assert!(event(Some(3), Some(2), None).problem().is_some());
        assert!(event(None, None, Some(0)).problem().is_some());
        assert!(Condition::Trait { r#trait: "x".into(), is: Value::Null }.problem().is_some());
    }
}
