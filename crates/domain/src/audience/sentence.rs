//! Rules as sentences.

use serde_json::Value;

use super::{
    Match, Rule,
    condition::{Amount, Condition, EventCondition, Measure, Occurrence, Origin, Period, PropertyTest, Test},
};

impl Rule {
    /// The rule as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        if self.is_empty() {
            return "Nobody: there are no conditions".to_owned();
        }
        if self.not { format!("Everybody but {}", self.phrase("people")) } else { self.phrase("People") }
    }

    /// `People who … and who …`, without the rule's own `not`.
    fn phrase(&self, people: &str) -> String {
        format!("{people} who {}", self.inside())
    }

    fn inside(&self) -> String {
        let word = match self.r#match {
            Match::All => " and ",
            Match::Any => " or ",
        };
        let groups = self.groups.iter().map(|group| match (group.is_empty(), group.not) {
            (true, _) => "(match an empty group)".to_owned(),
            (false, true) => format!("are not among those who ({})", group.inside()),
            (false, false) => format!("({})", group.inside()),
        });
        self.conditions.iter().map(Condition::sentence).chain(groups).collect::<Vec<_>>().join(word)
    }
}

impl Condition {
    /// The condition as the end of "People who …".
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Event(condition) => condition.sentence(),
            Self::Value { origin, name, test } => value_sentence(*origin, name, test),
            Self::Audience { audience, member: true } => format!("are in the audience “{audience}”"),
            Self::Audience { audience, member: false } => format!("are not in the audience “{audience}”"),
        }
    }
}

impl EventCondition {
    fn sentence(&self) -> String {
        let filters: Vec<String> = self.filters.iter().map(PropertyTest::sentence).collect();
        let what = match filters.is_empty() {
            true => self.event.clone(),
            false => format!("{} with {}", self.event, filters.join(" and ")),
        };
        let when = self.period.sentence();
        let often = match &self.measure {
            Measure::Count(None | Some(0), Some(0)) => return format!("did not do {what}{when}"),
            Measure::Count(None | Some(0), Some(most)) => format!("at most {}", times(*most)),
            Measure::Count(Some(least), Some(most)) if least == most => format!("exactly {}", times(*least)),
            Measure::Count(Some(least), Some(most)) => format!("{least} to {}", times(*most)),
            Measure::Count(least, None) => format!("at least {}", times(least.unwrap_or(1))),
            Measure::Sum(property, low, high) => {
                return format!("did {what}{when}, their {property} adding up to {}", range(*low, *high));
            }
            Measure::Max(property, low, high) => {
                return format!("did {what}{when}, their highest {property} being {}", range(*low, *high));
            }
            Measure::Occurrence(Occurrence::First) => return format!("did {what} for the first time{when}"),
            Measure::Occurrence(Occurrence::Last) => return format!("did {what} for the last time{when}"),
        };
        format!("did {what} {often}{when}")
    }
}

impl PropertyTest {
    fn sentence(&self) -> String {
        format!("{} {}", self.property, test_words(&self.test))
    }
}

impl Period {
    fn sentence(&self) -> String {
        match self {
            Self::Ever | Self::Between(None, None) => String::new(),
            Self::Within(1) => " within the last day".to_owned(),
            Self::Within(days) => format!(" within the last {days} days"),
            Self::Between(Some(since), Some(until)) => format!(" between {since} and {until}"),
            Self::Between(Some(since), None) => format!(" since {since}"),
            Self::Between(None, Some(until)) => format!(" until {until}"),
        }
    }
}

fn value_sentence(origin: Origin, name: &str, test: &Test) -> String {
    let name = match origin {
        Origin::Trait => name.to_owned(),
        Origin::Utm => format!("the campaign {name}"),
        Origin::Device => format!("the device {name}"),
    };
    match test {
        Test::Is(value) => format!("have {name} {}", quoted(value)),
        Test::IsNot(value) => format!("don't have {name} {}", quoted(value)),
        Test::Exists(true) => format!("have any {name}"),
        Test::Exists(false) => format!("have no {name}"),
        test => format!("have {name} {}", test_words(test)),
    }
}

fn test_words(test: &Test) -> String {
    match test {
        Test::Is(value) => quoted(value),
        Test::IsNot(value) => format!("not {}", quoted(value)),
        Test::In(values) => format!("one of {}", list(values)),
        Test::NotIn(values) => format!("none of {}", list(values)),
        Test::Contains(text) => format!("containing “{text}”"),
        Test::StartsWith(text) => format!("starting with “{text}”"),
        Test::Exists(true) => "of any value".to_owned(),
        Test::Exists(false) => "missing".to_owned(),
        Test::Between(low, high) => range(*low, *high),
        Test::MoreThan(amount) => format!("above {}", amount.0),
        Test::LessThan(amount) => format!("below {}", amount.0),
        Test::Dates { after: Some(after), before: Some(before) } => format!("from {after} to before {before}"),
        Test::Dates { after: Some(after), before: None } => format!("from {after} on"),
        Test::Dates { after: None, before: Some(before) } => format!("before {before}"),
        Test::Dates { after: None, before: None } => "being a date".to_owned(),
    }
}

fn range(low: Option<Amount>, high: Option<Amount>) -> String {
    match (low, high) {
        (Some(low), Some(high)) => format!("{} to {}", low.0, high.0),
        (Some(low), None) => format!("at least {}", low.0),
        (None, Some(high)) => format!("at most {}", high.0),
        (None, None) => "any number".to_owned(),
    }
}

fn quoted(value: &Value) -> String {
    match value {
        Value::String(text) => format!("“{text}”"),
        other => other.to_string(),
    }
}

fn list(values: &[Value]) -> String {
    values.iter().map(quoted).collect::<Vec<_>>().join(", ")
}

fn times(count: u32) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}
