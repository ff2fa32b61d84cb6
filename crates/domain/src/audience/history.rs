//! The obviously right evaluation, in memory: what the database's is compared with.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Match, Rule, audience_key,
    check::Check,
    condition::{Condition, EventCondition, Measure, Occurrence, PropertyTest},
    fold::Folded,
};
use crate::{Timestamp, catalogue::setting_key, workflow::event_key};

/// A value of a profile.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The value.
    pub value: Folded,
    /// Whether only its keyed hash is stored.
    pub personal: bool,
}

/// An event that a person did.
#[derive(Clone, Debug, PartialEq)]
pub struct Happened {
    /// [`setting_key`] of its name.
    pub key: String,
    /// When.
    pub at: Timestamp,
    /// Its properties by [`event_key`] of their names.
    pub properties: BTreeMap<String, Vec<Folded>>,
}

/// Everything that rules may ask about one person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// Values by [`super::Origin::key`].
    pub values: BTreeMap<String, Vec<Known>>,
    /// Events in any order.
    pub events: Vec<Happened>,
    /// The audiences that the person is in, by [`audience_key`].
    pub audiences: BTreeSet<String>,
}

impl Rule {
    /// Whether the person is in the audience.
    #[must_use]
    pub fn matches(&self, history: &History, now: Timestamp) -> bool {
        if self.is_empty() {
            return false;
        }
        let mut answers = self
            .conditions
            .iter()
            .map(|condition| condition.holds(history, now))
            .chain(self.groups.iter().map(|group| group.matches(history, now)));
        let answer = match self.r#match {
            Match::All => answers.all(|holds| holds),
            Match::Any => answers.any(|holds| holds),
        };
        answer != self.not
    }
}

impl Condition {
    /// Whether it holds for a person. One that can't be (see [`Rule::problems`]) holds for nobody.
    #[must_use]
    pub fn holds(&self, history: &History, now: Timestamp) -> bool {
        match self {
            Self::Event(condition) => condition.holds(history, now),
            Self::Value { origin, name, test } => {
                let Some((check, negated)) = test.check() else { return false };
                let values = history.values.get(&origin.key(name)).map_or(&[][..], Vec::as_slice);
                values.iter().any(|known| check.passes(&known.value, known.personal)) != negated
            }
            Self::Audience { audience, member } => history.audiences.contains(&audience_key(audience)) == *member,
        }
    }
}

impl EventCondition {
    fn holds(&self, history: &History, now: Timestamp) -> bool {
        let checks: Option<Vec<(&PropertyTest, (Check, bool))>> =
            self.filters.iter().map(|filter| Some((filter, filter.test.check()?))).collect();
        let (Some(checks), Some((since, until)), Some((low, high))) =
            (checks, self.period.bounds(now), self.measure.bounds())
        else {
            return false;
        };
        let key = setting_key(&self.event);
        let passing: Vec<&Happened> = history
            .events
            .iter()
            .filter(|event| event.key == key)
            .filter(|event| checks.iter().all(|(filter, check)| passes(event, &filter.property, check)))
            .collect();
        let in_period = |at: Timestamp| at.0 >= since && at.0 < until;
        let within =
            |n: i128| low.is_none_or(|low| n >= i128::from(low)) && high.is_none_or(|high| n <= i128::from(high));
        let counted = || passing.iter().filter(|event| in_period(event.at));
        let numbers = |property: &str| {
            let key = event_key(property);
            let values = counted().filter_map(|event| event.properties.get(&key)).flatten();
            values.filter_map(|value| value.number).map(i128::from).collect::<Vec<_>>()
        };
        match &self.measure {
            Measure::Count(..) => within(counted().count() as i128),
            Measure::Sum(property, ..) => within(numbers(property).iter().sum()),
            Measure::Max(property, ..) => numbers(property).into_iter().max().is_some_and(within),
            Measure::Occurrence(Occurrence::First) => passing.iter().map(|event| event.at).min().is_some_and(in_period),
            Measure::Occurrence(Occurrence::Last) => passing.iter().map(|event| event.at).max().is_some_and(in_period),
        }
    }
}

fn passes(event: &Happened, property: &str, (check, negated): &(Check, bool)) -> bool {
    let values = event.properties.get(&event_key(property)).map_or(&[][..], Vec::as_slice);
    values.iter().any(|value| check.passes(value, false)) != *negated
}
