//! Tests, periods and measures worked out: what both evaluations compare, with the rule's texts already folded.

use super::{
    condition::{Amount, Measure, Period, Test},
    fold::{Folded, TEXT_MAX, fold, fold_number},
};
use crate::{Timestamp, time::DAY};

/// What a test comes to. A negated test passes where this doesn't.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// There is a value.
    Exists,
    /// It equals one of these.
    Equals(Vec<Folded>),
    /// Its text contains this one.
    Contains(String),
    /// Its text starts with this one.
    StartsWith(String),
    /// Its number lies within these bounds, which belong to it.
    Number(Option<i64>, Option<i64>),
    /// Its date lies at or after the first and before the second.
    Date(Option<i64>, Option<i64>),
}

impl Check {
    /// Whether a value passes. Of a personal value only its keyed hash is known: it exists, and it equals or doesn't.
    #[must_use]
    pub fn passes(&self, value: &Folded, personal: bool) -> bool {
        let within = |number: Option<i64>, low: Option<i64>, high: Option<i64>| {
            !personal && number.is_some_and(|n| low.is_none_or(|low| n >= low) && high.is_none_or(|high| n <= high))
        };
        match self {
            Self::Exists => true,
            Self::Equals(wanted) if personal => wanted.iter().any(|wanted| wanted.text == value.text),
            Self::Equals(wanted) => wanted.iter().any(|wanted| wanted.equals(value)),
            Self::Contains(text) => !personal && value.text.contains(text.as_str()),
            Self::StartsWith(text) => !personal && value.text.starts_with(text.as_str()),
            Self::Number(low, high) => within(value.number, *low, *high),
            Self::Date(after, before) => within(value.date, *after, before.map(|before| before - 1)),
        }
    }
}

impl Test {
    /// What it comes to, and whether it is negated. `None` if it can't be: a date that is none, a value that is a structure.
    #[must_use]
    pub fn check(&self) -> Option<(Check, bool)> {
        let all = |values: &[serde_json::Value]| values.iter().map(fold).collect::<Option<Vec<_>>>();
        let date = |text: &Option<String>| match text {
            None => Some(None),
            Some(text) => Timestamp::parse_iso(text).map(|at| Some(at.0)),
        };
        Some(match self {
            Self::Is(value) => (Check::Equals(vec![fold(value)?]), false),
            Self::IsNot(value) => (Check::Equals(vec![fold(value)?]), true),
            Self::In(values) => (Check::Equals(all(values)?), false),
            Self::NotIn(values) => (Check::Equals(all(values)?), true),
            Self::Contains(text) => (Check::Contains(fold_needle(text)?), false),
            Self::StartsWith(text) => (Check::StartsWith(fold_needle(text)?), false),
            Self::Exists(there) => (Check::Exists, !there),
            Self::Between(low, high) => {
                let (low, high) = bounds(*low, *high)?;
                (Check::Number(low, high), false)
            }
            Self::MoreThan(amount) => (Check::Number(Some(fold_number(amount.0)? + 1), None), false),
            Self::LessThan(amount) => (Check::Number(None, Some(fold_number(amount.0)? - 1)), false),
            Self::Dates { after, before } => (Check::Date(date(after)?, date(before)?), false),
        })
    }
}

fn fold_needle(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    (!text.is_empty()).then(|| text.chars().take(TEXT_MAX).collect())
}

/// Bounds in ten-thousandths; `None` if one is out of range.
fn bounds(low: Option<Amount>, high: Option<Amount>) -> Option<(Option<i64>, Option<i64>)> {
    let one = |amount: Option<Amount>| match amount {
        None => Some(None),
        Some(amount) => fold_number(amount.0).map(Some),
    };
    Some((one(low)?, one(high)?))
}

impl Period {
    /// The first millisecond that belongs to it, and the first one after it. `None` if a date is none.
    #[must_use]
    pub fn bounds(&self, now: Timestamp) -> Option<(i64, i64)> {
        match self {
            Self::Ever => Some((i64::MIN, i64::MAX)),
            Self::Within(days) => Some((now.minus(i64::from(*days) * DAY).0, i64::MAX)),
            Self::Between(since, until) => {
                let since = match since {
                    None => i64::MIN,
                    Some(text) => Timestamp::parse_iso(text)?.0,
                };
                let until = match until.as_deref().map(str::trim) {
                    None => i64::MAX,
                    // A date alone means the whole day.
                    Some(text) if text.len() == 10 => Timestamp::parse_iso(text)?.plus(DAY).0,
                    Some(text) => Timestamp::parse_iso(text)?.0,
                };
                Some((since, until))
            }
        }
    }
}

impl Measure {
    /// The bounds of a count, or of a sum or maximum in ten-thousandths. `None` if there are none to check.
    #[must_use]
    pub fn bounds(&self) -> Option<(Option<i64>, Option<i64>)> {
        match self {
            Self::Count(None, None) => Some((Some(1), None)),
            Self::Count(low, high) => Some((low.map(i64::from), high.map(i64::from))),
            Self::Sum(_, low, high) | Self::Max(_, low, high) => bounds(*low, *high),
            Self::Occurrence(_) => Some((None, None)),
        }
    }
}
