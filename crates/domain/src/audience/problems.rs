//! What doesn't make sense in a rule, told beside the condition before it is saved.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Match, Rule, audience_key,
    condition::{Amount, Condition, EventCondition, Measure, Period, PropertyTest, Test},
};
use crate::{FieldError, Timestamp, catalogue::setting_key, workflow::event_key};

/// Groups may nest so deep.
pub const GROUPS_DEEP: usize = 5;
/// Conditions that a rule may have in all.
const CONDITIONS_MAX: usize = 100;
/// The longest period: 20 years.
const DAYS_MAX: u32 = 7_300;

/// Something that doesn't make sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: `conditions.0`, `groups.1.conditions.2`, or the rule itself.
    pub at: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl From<Problem> for FieldError {
    fn from(Problem { at, message }: Problem) -> Self {
        Self { field: at, message }
    }
}

impl Rule {
    /// Everything that doesn't make sense in it by itself.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        self.gather_problems("", 0, &mut found);
        if self.all_conditions().count() > CONDITIONS_MAX {
            let message = format!("An audience has at most {CONDITIONS_MAX} conditions.");
            found.push(Problem { at: "conditions".into(), message });
        }
        found
    }

    fn gather_problems(&self, prefix: &str, depth: usize, found: &mut Vec<Problem>) {
        let place = |part: &str| format!("{prefix}{part}");
        if self.is_empty() {
            let message = match depth {
                0 => "Add a condition: without any, nobody is in the audience.",
                _ => "This group is empty: add a condition or remove it.",
            };
            found.push(Problem { at: place("conditions"), message: message.into() });
        }
        if depth > GROUPS_DEEP {
            let message = format!("Groups nest at most {GROUPS_DEEP} deep.");
            found.push(Problem { at: place("groups"), message });
            return;
        }
        for (index, condition) in self.conditions.iter().enumerate() {
            if let Some(message) = condition.problem() {
                found.push(Problem { at: place(&format!("conditions.{index}")), message });
            } else if self.r#match == Match::All
                && let Some(other) = self.conditions[..index].iter().position(|other| other.excludes(condition))
            {
                let message = format!("it contradicts condition {} of the same group: nobody can be in it", other + 1);
                found.push(Problem { at: place(&format!("conditions.{index}")), message });
            }
        }
        for (index, group) in self.groups.iter().enumerate() {
            group.gather_problems(&place(&format!("groups.{index}.")), depth + 1, found);
        }
    }
}

impl Condition {
    /// What is wrong with it, in words.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        match self {
            Self::Event(condition) => condition.problem(),
            Self::Value { name, .. } if event_key(name).is_empty() => Some("the trait has no name".to_owned()),
            Self::Value { test, .. } => test.problem(),
            Self::Audience { audience, .. } if audience.trim().is_empty() => Some("choose an audience".to_owned()),
            Self::Audience { .. } => None,
        }
    }

    /// Whether nobody can pass both: the same value has to be two different ones, or an audience is asked for and refused.
    fn excludes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Audience { audience: one, member: in_one }, Self::Audience { audience: two, member: in_two }) => {
                audience_key(one) == audience_key(two) && in_one != in_two
            }
            (Self::Event(one), Self::Event(two)) => one.excludes(two),
            (
                Self::Value { origin, name, test: Test::Exists(one) },
                Self::Value { origin: origin_two, name: name_two, test: Test::Exists(two) },
            ) => origin.key(name) == origin_two.key(name_two) && one != two,
            _ => false,
        }
    }
}

impl EventCondition {
    fn problem(&self) -> Option<String> {
        if event_key(&self.event).is_empty() {
            return Some("the event has no name".to_owned());
        }
        let crossed = |low: Option<Amount>, high: Option<Amount>| match (low, high) {
            (Some(low), Some(high)) if low > high => {
                Some(format!("at_least = {} is more than at_most = {}: nobody can be in it", low.0, high.0))
            }
            _ => None,
        };
        let amount = |count: Option<u32>| count.map(|count| Amount(f64::from(count)));
        let measure = match &self.measure {
            Measure::Count(Some(0), None) => Some("at_least = 0 holds for everybody".to_owned()),
            Measure::Count(low, high) => crossed(amount(*low), amount(*high)),
            Measure::Sum(property, ..) | Measure::Max(property, ..) if event_key(property).is_empty() => {
                Some("choose the property whose numbers count".to_owned())
            }
            Measure::Sum(_, None, None) | Measure::Max(_, None, None) => {
                Some("say how much it has to be at least or at most".to_owned())
            }
            Measure::Sum(_, low, high) | Measure::Max(_, low, high) => {
                crossed(*low, *high).or_else(|| [low, high].into_iter().flatten().find_map(out_of_range))
            }
            Measure::Occurrence(_) if self.period.is_ever() => {
                Some("say when the first or last one was: without a period it holds for all who did it".to_owned())
            }
            Measure::Occurrence(_) => None,
        };
        measure.or_else(|| self.period.problem()).or_else(|| self.filters.iter().find_map(PropertyTest::problem))
    }

    /// The same events have to happen and not to happen.
    fn excludes(&self, other: &Self) -> bool {
        let same = setting_key(&self.event) == setting_key(&other.event)
            && self.filters == other.filters
            && self.period == other.period;
        let span = |measure: &Measure| match measure {
            Measure::Count(..) => measure.bounds().map(|(low, high)| (low.unwrap_or(0), high.unwrap_or(i64::MAX))),
            _ => None,
        };
        let (Some((low, high)), Some((low_two, high_two))) = (span(&self.measure), span(&other.measure)) else {
            return false;
        };
        same && (low > high_two || low_two > high)
    }
}

impl PropertyTest {
    fn problem(&self) -> Option<String> {
        if event_key(&self.property).is_empty() {
            return Some("a filter's property has no name".to_owned());
        }
        self.test.problem().map(|problem| format!("{}: {problem}", self.property))
    }
}

impl Period {
    fn is_ever(&self) -> bool {
        matches!(self, Self::Ever | Self::Between(None, None))
    }

    fn problem(&self) -> Option<String> {
        match self {
            Self::Within(0) => Some("within_days starts at 1".to_owned()),
            Self::Within(days) if *days > DAYS_MAX => Some(format!("within_days is at most {DAYS_MAX}")),
            Self::Between(since, until) => {
                let wrong = [since, until].into_iter().flatten().find(|text| Timestamp::parse_iso(text).is_none());
                if let Some(text) = wrong {
                    return Some(format!("“{text}” is no date: write it as 2026-03-31"));
                }
                let (since, until) = self.bounds(Timestamp(0))?;
                (since >= until).then(|| "the period ends before it begins: nobody can be in it".to_owned())
            }
            _ => None,
        }
    }
}

impl Test {
    fn problem(&self) -> Option<String> {
        match self {
            Self::Is(value) | Self::IsNot(value) => value_problem(value),
            Self::In(values) | Self::NotIn(values) if values.is_empty() => Some("the list is empty".to_owned()),
            Self::In(values) | Self::NotIn(values) => values.iter().find_map(value_problem),
            Self::Contains(text) | Self::StartsWith(text) if text.trim().is_empty() => {
                Some("say which text".to_owned())
            }
            Self::Between(Some(low), Some(high)) if low > high => {
                Some(format!("at_least = {} is more than at_most = {}: nothing can be both", low.0, high.0))
            }
            Self::Between(low, high) => [low, high].into_iter().flatten().find_map(out_of_range),
            Self::MoreThan(amount) | Self::LessThan(amount) => out_of_range(amount),
            Self::Dates { after, before } => {
                let wrong = [after, before].into_iter().flatten().find(|text| Timestamp::parse_iso(text).is_none());
                if let Some(text) = wrong {
                    return Some(format!("“{text}” is no date: write it as 2026-03-31"));
                }
                let dates =
                    (after.as_deref().and_then(Timestamp::parse_iso), before.as_deref().and_then(Timestamp::parse_iso));
                matches!(dates, (Some(after), Some(before)) if after >= before)
                    .then(|| "the second date is not after the first: nothing lies between".to_owned())
            }
            Self::Contains(_) | Self::StartsWith(_) | Self::Exists(_) => None,
        }
    }
}

fn value_problem(value: &Value) -> Option<String> {
    match value {
        Value::Array(_) | Value::Object(_) | Value::Null => {
            Some("`is` takes a text, a number or true / false".to_owned())
        }
        Value::String(text) if text.trim().is_empty() => {
            Some("say which value; for none at all use exists = false".to_owned())
        }
        _ => None,
    }
}

fn out_of_range(amount: &Amount) -> Option<String> {
    super::fold_number(amount.0).is_none().then(|| format!("{} is too large a number", amount.0))
}

/// The first circle among audiences that ask for each other, as names: `a → b → a`. Names by [`audience_key`].
#[must_use]
pub fn circle<'a>(rules: &'a BTreeMap<String, &'a Rule>) -> Option<Vec<String>> {
    fn walk(
        name: &str,
        rules: &BTreeMap<String, &Rule>,
        path: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> Option<Vec<String>> {
        if let Some(start) = path.iter().position(|step| step == name) {
            let mut found = path[start..].to_vec();
            found.push(name.to_owned());
            return Some(found);
        }
        if done.contains(name) {
            return None;
        }
        path.push(name.to_owned());
        let next = rules.get(name).map(|rule| rule.audiences()).unwrap_or_default();
        let found = next.into_iter().find_map(|audience| walk(&audience_key(audience), rules, path, done));
        path.pop();
        done.insert(name.to_owned());
        found
    }
    let mut done = BTreeSet::new();
    rules.keys().find_map(|name| walk(name, rules, &mut Vec::new(), &mut done))
}
