//! Conditions as `apply` files write them: flat, with one key that says what they are about.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::condition::{Amount, Condition, EventCondition, Measure, Occurrence, Origin, Period, PropertyTest, Test};

macro_rules! written {
    ($($field:ident: $kind:ty),* $(,)?) => {
        /// Every key that a condition may have.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct Written {
            $(#[serde(default, skip_serializing_if = "Option::is_none")] $field: Option<$kind>,)*
        }

        impl Written {
            /// The first key that nobody took.
            fn left(&self) -> Option<&'static str> {
                $(if self.$field.is_some() { return Some(stringify!($field).trim_start_matches("r#")); })*
                None
            }
        }
    };
}

written! {
    event: String, r#trait: String, utm: String, device: String, audience: String, property: String,
    is: Value, is_not: Value, r#in: Vec<Value>, not_in: Vec<Value>, contains: String, starts_with: String,
    exists: bool, sum: String, max: String, occurrence: Occurrence,
    at_least: Amount, at_most: Amount, more_than: Amount, less_than: Amount,
    after: String, before: String, r#where: Vec<PropertyTest>,
    within_days: u32, since: String, until: String, member: bool,
}

impl TryFrom<Written> for Condition {
    type Error = String;

    fn try_from(mut written: Written) -> Result<Self, String> {
        let (about, condition) = if let Some(event) = written.event.take() {
            ("event", Self::Event(event_condition(event, &mut written)?))
        } else if let Some(audience) = written.audience.take() {
            ("audience", Self::Audience { audience, member: written.member.take().unwrap_or(true) })
        } else if let Some(name) = written.r#trait.take() {
            ("trait", Self::Value { origin: Origin::Trait, name, test: test(&mut written)? })
        } else if let Some(name) = written.utm.take() {
            ("utm", Self::Value { origin: Origin::Utm, name, test: test(&mut written)? })
        } else if let Some(name) = written.device.take() {
            ("device", Self::Value { origin: Origin::Device, name, test: test(&mut written)? })
        } else {
            return Err("a condition needs one of: event, trait, utm, device, audience".into());
        };
        nothing_left(&written, about)?;
        Ok(condition)
    }
}

impl TryFrom<Written> for PropertyTest {
    type Error = String;

    fn try_from(mut written: Written) -> Result<Self, String> {
        let property = written.property.take().ok_or("a test in `where` needs `property`")?;
        let test = test(&mut written)?;
        nothing_left(&written, "property")?;
        Ok(Self { property, test })
    }
}

fn nothing_left(written: &Written, about: &str) -> Result<(), String> {
    match written.left() {
        Some(key) => Err(format!("`{key}` does not belong to this condition with `{about}`")),
        None => Ok(()),
    }
}

fn event_condition(event: String, written: &mut Written) -> Result<EventCondition, String> {
    let (low, high) = (written.at_least.take(), written.at_most.take());
    let measure = match (written.sum.take(), written.max.take(), written.occurrence.take()) {
        (None, None, None) => Measure::Count(count("at_least", low)?, count("at_most", high)?),
        (Some(property), None, None) => Measure::Sum(property, low, high),
        (None, Some(property), None) => Measure::Max(property, low, high),
        (None, None, Some(which)) if low.is_none() && high.is_none() => Measure::Occurrence(which),
        (None, None, Some(_)) => return Err("`occurrence` takes no `at_least` and `at_most`".into()),
        _ => return Err("only one of `sum`, `max` and `occurrence` can be asked for".into()),
    };
    let period = match (written.within_days.take(), written.since.take(), written.until.take()) {
        (None, None, None) => Period::Ever,
        (Some(days), None, None) => Period::Within(days),
        (None, since, until) => Period::Between(since, until),
        _ => return Err("either `within_days`, or `since` and `until`".into()),
    };
    Ok(EventCondition { event, measure, filters: written.r#where.take().unwrap_or_default(), period })
}

fn count(key: &str, amount: Option<Amount>) -> Result<Option<u32>, String> {
    let Some(Amount(number)) = amount else { return Ok(None) };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::float_cmp)] // checked here
    if number.trunc() == number && (0.0..=f64::from(u32::MAX)).contains(&number) {
        Ok(Some(number as u32))
    } else {
        Err(format!("`{key}` = {number}: events are counted in whole numbers from 0"))
    }
}

fn test(written: &mut Written) -> Result<Test, String> {
    let mut tests = Vec::new();
    let w = written;
    tests.extend(w.is.take().map(Test::Is));
    tests.extend(w.is_not.take().map(Test::IsNot));
    tests.extend(w.r#in.take().map(Test::In));
    tests.extend(w.not_in.take().map(Test::NotIn));
    tests.extend(w.contains.take().map(Test::Contains));
    tests.extend(w.starts_with.take().map(Test::StartsWith));
    tests.extend(w.exists.take().map(Test::Exists));
    tests.extend(w.more_than.take().map(Test::MoreThan));
    tests.extend(w.less_than.take().map(Test::LessThan));
    if w.at_least.is_some() || w.at_most.is_some() {
        tests.push(Test::Between(w.at_least.take(), w.at_most.take()));
    }
    if w.after.is_some() || w.before.is_some() {
        tests.push(Test::Dates { after: w.after.take(), before: w.before.take() });
    }
    match (tests.pop(), tests.is_empty()) {
        (Some(test), true) => Ok(test),
        (None, _) => Err("it says nothing of the value: add `is`, `contains`, `exists`, `at_least`, …".into()),
        _ => Err("it asks for two things at once: make two conditions of it".into()),
    }
}

impl From<Condition> for Written {
    fn from(condition: Condition) -> Self {
        let mut written = Self::default();
        match condition {
            Condition::Event(condition) => write_event(condition, &mut written),
            Condition::Audience { audience, member } => {
                written.audience = Some(audience);
                written.member = (!member).then_some(false);
            }
            Condition::Value { origin, name, test } => {
                match origin {
                    Origin::Trait => written.r#trait = Some(name),
                    Origin::Utm => written.utm = Some(name),
                    Origin::Device => written.device = Some(name),
                }
                write_test(test, &mut written);
            }
        }
        written
    }
}

impl From<PropertyTest> for Written {
    fn from(test: PropertyTest) -> Self {
        let mut written = Self { property: Some(test.property), ..Self::default() };
        write_test(test.test, &mut written);
        written
    }
}

fn write_event(condition: EventCondition, written: &mut Written) {
    let EventCondition { event, measure, filters, period } = condition;
    written.event = Some(event);
    let amount = |count: Option<u32>| count.map(|count| Amount(f64::from(count)));
    match measure {
        Measure::Count(low, high) => (written.at_least, written.at_most) = (amount(low), amount(high)),
        Measure::Sum(property, low, high) => {
            (written.sum, written.at_least, written.at_most) = (Some(property), low, high);
        }
        Measure::Max(property, low, high) => {
            (written.max, written.at_least, written.at_most) = (Some(property), low, high);
        }
        Measure::Occurrence(which) => written.occurrence = Some(which),
    }
    written.r#where = (!filters.is_empty()).then_some(filters);
    match period {
        Period::Ever => {}
        Period::Within(days) => written.within_days = Some(days),
        Period::Between(since, until) => (written.since, written.until) = (since, until),
    }
}

fn write_test(test: Test, written: &mut Written) {
    match test {
        Test::Is(value) => written.is = Some(value),
        Test::IsNot(value) => written.is_not = Some(value),
        Test::In(values) => written.r#in = Some(values),
        Test::NotIn(values) => written.not_in = Some(values),
        Test::Contains(text) => written.contains = Some(text),
        Test::StartsWith(text) => written.starts_with = Some(text),
        Test::Exists(there) => written.exists = Some(there),
        Test::Between(low, high) => (written.at_least, written.at_most) = (low, high),
        Test::MoreThan(amount) => written.more_than = Some(amount),
        Test::LessThan(amount) => written.less_than = Some(amount),
        Test::Dates { after, before } => (written.after, written.before) = (after, before),
    }
}
