//! Conditions: about events, traits, campaigns, devices and other audiences.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::written::Written;

/// A number in a rule; whole ones are written without a fraction.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Deserialize)]
#[serde(transparent)]
pub struct Amount(pub f64);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[allow(clippy::cast_possible_truncation, clippy::float_cmp)] // only whole numbers within the range
        if self.0.trunc() == self.0 && self.0.abs() < 1.0e15 {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

/// What is asked of a value. Case and blanks around texts don't count; of a list, one element has to pass.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// It is this value.
    Is(Value),
    /// It is not this value, or there is none.
    IsNot(Value),
    /// It is one of these.
    In(Vec<Value>),
    /// It is none of these, or there is none.
    NotIn(Vec<Value>),
    /// It contains this text.
    Contains(String),
    /// It starts with this text.
    StartsWith(String),
    /// There is a value, or there is none.
    Exists(bool),
    /// It is a number within these bounds, which belong to it.
    Between(Option<Amount>, Option<Amount>),
    /// It is a number above this one.
    MoreThan(Amount),
    /// It is a number below this one.
    LessThan(Amount),
    /// It is a date at or after the first and before the second.
    Dates {
        /// ISO 8601.
        after: Option<String>,
        /// ISO 8601.
        before: Option<String>,
    },
}

/// Where a value of a profile comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A trait that a source told.
    Trait,
    /// `source`, `medium`, `name`, `term`, `content` of the last campaign that brought the person.
    Utm,
    /// `type`, `os`, `browser`, `language`, … of the last device.
    Device,
}

impl Origin {
    /// The key that the profile keeps a value of this name under.
    #[must_use]
    pub fn key(self, name: &str) -> String {
        let name = crate::workflow::event_key(name);
        match self {
            Self::Trait => name,
            Self::Utm => format!("utm/{}", name.strip_prefix("utm").unwrap_or(&name)),
            Self::Device => format!("device/{name}"),
        }
    }
}

/// A test of one property of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct PropertyTest {
    /// The property's name, e.g. `category`, or `products.category` for those of an order's products.
    pub property: String,
    /// What is asked of it.
    pub test: Test,
}

/// Which events count.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Period {
    /// All of them.
    #[default]
    Ever,
    /// Those of the last so many days.
    Within(u32),
    /// Those from the first date on up to the end of the second; a text with a time means that moment.
    Between(Option<String>, Option<String>),
}

/// Which of a person's events of one name has to lie in the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occurrence {
    /// The first one.
    First,
    /// The last one.
    Last,
}

/// What is measured of the events.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// How many there are: at least (1 if both are left out), at most.
    Count(Option<u32>, Option<u32>),
    /// What a number of theirs adds up to; 0 without any.
    Sum(String, Option<Amount>, Option<Amount>),
    /// The greatest number of theirs; without any the condition doesn't hold.
    Max(String, Option<Amount>, Option<Amount>),
    /// Whether the first or the last of all of them lies in the period.
    Occurrence(Occurrence),
}

/// A condition about events of one name.
#[derive(Clone, Debug, PartialEq)]
pub struct EventCondition {
    /// The event's name; case and separators don't count.
    pub event: String,
    /// What is measured.
    pub measure: Measure,
    /// Only events whose properties pass all of these.
    pub filters: Vec<PropertyTest>,
    /// Only events of this time.
    pub period: Period,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Condition {
    /// About events.
    Event(EventCondition),
    /// About a value of the profile.
    Value {
        /// Which kind of value.
        origin: Origin,
        /// Its name, e.g. `country`.
        name: String,
        /// What is asked of it.
        test: Test,
    },
    /// About another audience.
    Audience {
        /// Its name.
        audience: String,
        /// In it, or not in it.
        member: bool,
    },
}
