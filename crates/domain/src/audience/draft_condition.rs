//! One condition of the builder's form: its fields and the condition that comes of them.
//!
//! `about` is `event`, `trait`, `utm`, `device` or `audience`; `name` is what it asks for. An event has `how` (`did`, `did_not`, `count`,
//! `sum`, `max`, `first`, `last`) with `low`, `high` and `property`, and `period` (`ever`, `within`, `between`) with `days`, `since`, `until`.
//! A value has `op` with `value` (one a line for lists), `low` and `high`. An audience has `member`.

use serde_json::Value;

use super::{
    Amount, Condition, EventCondition, Measure, Occurrence, Origin, Period, PropertyTest, Test,
    draft::{DraftCondition, DraftFields},
};

/// What a new condition asks at first.
pub(super) fn starting() -> DraftCondition {
    let fields = [("about", "event"), ("how", "did"), ("period", "ever")];
    DraftCondition { fields: fields.map(|(name, value)| (name.into(), value.into())).into(), filters: Vec::new() }
}

fn get<'a>(fields: &'a DraftFields, name: &str) -> &'a str {
    fields.get(name).map_or("", |text| text.trim())
}

/// The condition of a draft.
///
/// # Errors
/// What can't be read, in words.
pub(super) fn condition(draft: &DraftCondition) -> Result<Condition, String> {
    let fields = &draft.fields;
    let name = get(fields, "name").to_owned();
    let value = |origin| -> Result<Condition, String> {
        Ok(Condition::Value { origin, name: name.clone(), test: test(fields)? })
    };
    match get(fields, "about") {
        "trait" => value(Origin::Trait),
        "utm" => value(Origin::Utm),
        "device" => value(Origin::Device),
        "audience" => Ok(Condition::Audience { audience: name, member: get(fields, "member") != "false" }),
        _ => {
            let filter = |fields: &DraftFields| -> Result<PropertyTest, String> {
                Ok(PropertyTest { property: get(fields, "name").to_owned(), test: test(fields)? })
            };
            Ok(Condition::Event(EventCondition {
                event: name,
                measure: measure(fields)?,
                filters: draft.filters.iter().map(filter).collect::<Result<_, _>>()?,
                period: period(fields)?,
            }))
        }
    }
}

fn measure(fields: &DraftFields) -> Result<Measure, String> {
    let property = || get(fields, "property").to_owned();
    Ok(match get(fields, "how") {
        "did_not" => Measure::Count(None, Some(0)),
        "count" => {
            let (low, high) = (count(fields, "low")?, count(fields, "high")?);
            if (low, high) == (None, None) {
                return Err("say how many times at least or at most".to_owned());
            }
            Measure::Count(low, high)
        }
        "sum" => Measure::Sum(property(), amount(fields, "low")?, amount(fields, "high")?),
        "max" => Measure::Max(property(), amount(fields, "low")?, amount(fields, "high")?),
        "first" => Measure::Occurrence(Occurrence::First),
        "last" => Measure::Occurrence(Occurrence::Last),
        _ => Measure::Count(None, None),
    })
}

fn period(fields: &DraftFields) -> Result<Period, String> {
    let date = |name: &str| Some(get(fields, name)).filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(match get(fields, "period") {
        "within" => Period::Within(count(fields, "days")?.ok_or("say within how many days")?),
        "between" => match (date("since"), date("until")) {
            (None, None) => return Err("give the first day, the last day or both".to_owned()),
            (since, until) => Period::Between(since, until),
        },
        _ => Period::Ever,
    })
}

fn test(fields: &DraftFields) -> Result<Test, String> {
    let text = || get(fields, "value").to_owned();
    let one = |name: &str| amount(fields, name)?.ok_or_else(|| "enter a number to compare with".to_owned());
    let date = |name: &str| Some(get(fields, name)).filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(match get(fields, "op") {
        "is_not" => Test::IsNot(value_of(&text())),
        "in" => Test::In(lines(fields)),
        "not_in" => Test::NotIn(lines(fields)),
        "contains" => Test::Contains(text()),
        "starts_with" => Test::StartsWith(text()),
        "exists" => Test::Exists(true),
        "missing" => Test::Exists(false),
        "between" => match (amount(fields, "low")?, amount(fields, "high")?) {
            (None, None) => return Err("say how much it has to be at least or at most".to_owned()),
            (low, high) => Test::Between(low, high),
        },
        "more_than" => Test::MoreThan(one("value")?),
        "less_than" => Test::LessThan(one("value")?),
        "dates" => match (date("after"), date("before")) {
            (None, None) => return Err("give a day to compare with".to_owned()),
            (after, before) => Test::Dates { after, before },
        },
        _ => Test::Is(value_of(&text())),
    })
}

fn lines(fields: &DraftFields) -> Vec<Value> {
    get(fields, "value").lines().map(str::trim).filter(|line| !line.is_empty()).map(value_of).collect()
}

/// Numbers and truth values are kept as such, as a file would have them. Comparing makes no difference between `5` and `"5"`.
fn value_of(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(value @ (Value::Number(_) | Value::Bool(_))) if text == Value::to_string(&value) => value,
        _ => Value::String(text.to_owned()),
    }
}

fn amount(fields: &DraftFields, name: &str) -> Result<Option<Amount>, String> {
    let text = get(fields, name);
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Some(Amount(number))),
        _ => Err(format!("“{text}” is not a number: write it as 1250 or 12.5")),
    }
}

fn count(fields: &DraftFields, name: &str) -> Result<Option<u32>, String> {
    let text = get(fields, name);
    match (text.is_empty(), text.parse::<u32>()) {
        (true, _) => Ok(None),
        (_, Ok(count)) => Ok(Some(count)),
        _ => Err(format!("“{text}” is not a number of times or days: write a whole number such as 3")),
    }
}

/// The fields that a condition came of.
pub(super) fn fields_of(condition: &Condition) -> DraftCondition {
    let mut draft = DraftCondition::default();
    let mut put = |name: &str, value: String| {
        draft.fields.insert(name.to_owned(), value);
    };
    match condition {
        Condition::Audience { audience, member } => {
            put("about", "audience".into());
            put("name", audience.clone());
            put("member", member.to_string());
        }
        Condition::Value { origin, name, test } => {
            let about = match origin {
                Origin::Trait => "trait",
                Origin::Utm => "utm",
                Origin::Device => "device",
            };
            put("about", about.into());
            put("name", name.clone());
            put_test(test, &mut put);
        }
        Condition::Event(event) => {
            put("about", "event".into());
            put("name", event.event.clone());
            put_measure(&event.measure, &mut put);
            put_period(&event.period, &mut put);
            draft.filters = event.filters.iter().map(filter_fields).collect();
        }
    }
    draft
}

fn filter_fields(filter: &PropertyTest) -> DraftFields {
    let mut fields = DraftFields::from([("name".to_owned(), filter.property.clone())]);
    put_test(&filter.test, &mut |name, value| {
        fields.insert(name.to_owned(), value);
    });
    fields
}

fn put_measure(measure: &Measure, put: &mut impl FnMut(&str, String)) {
    let number = |amount: Option<Amount>| amount.map(|amount| amount.0.to_string()).unwrap_or_default();
    let times = |count: Option<u32>| count.map(|count| count.to_string()).unwrap_or_default();
    let how = match measure {
        Measure::Count(None, None) => "did",
        Measure::Count(None, Some(0)) => "did_not",
        Measure::Count(low, high) => {
            put("low", times(*low));
            put("high", times(*high));
            "count"
        }
        Measure::Sum(property, low, high) | Measure::Max(property, low, high) => {
            put("property", property.clone());
            put("low", number(*low));
            put("high", number(*high));
            if matches!(measure, Measure::Sum(..)) { "sum" } else { "max" }
        }
        Measure::Occurrence(Occurrence::First) => "first",
        Measure::Occurrence(Occurrence::Last) => "last",
    };
    put("how", how.to_owned());
}

fn put_period(period: &Period, put: &mut impl FnMut(&str, String)) {
    let word = match period {
        Period::Ever => "ever",
        Period::Within(days) => {
            put("days", days.to_string());
            "within"
        }
        Period::Between(since, until) => {
            put("since", since.clone().unwrap_or_default());
            put("until", until.clone().unwrap_or_default());
            "between"
        }
    };
    put("period", word.to_owned());
}

fn put_test(test: &Test, put: &mut impl FnMut(&str, String)) {
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let all = |values: &[Value]| values.iter().map(shown).collect::<Vec<_>>().join("\n");
    let number = |amount: &Option<Amount>| amount.map(|amount| amount.0.to_string()).unwrap_or_default();
    let (op, value) = match test {
        Test::Is(value) => ("is", shown(value)),
        Test::IsNot(value) => ("is_not", shown(value)),
        Test::In(values) => ("in", all(values)),
        Test::NotIn(values) => ("not_in", all(values)),
        Test::Contains(text) => ("contains", text.clone()),
        Test::StartsWith(text) => ("starts_with", text.clone()),
        Test::Exists(true) => ("exists", String::new()),
        Test::Exists(false) => ("missing", String::new()),
        Test::MoreThan(Amount(bound)) => ("more_than", bound.to_string()),
        Test::LessThan(Amount(bound)) => ("less_than", bound.to_string()),
        Test::Between(low, high) => {
            put("low", number(low));
            put("high", number(high));
            ("between", String::new())
        }
        Test::Dates { after, before } => {
            put("after", after.clone().unwrap_or_default());
            put("before", before.clone().unwrap_or_default());
            ("dates", String::new())
        }
    };
    put("op", op.to_owned());
    if !value.is_empty() {
        put("value", value);
    }
}
