//! Rules of every kind, as `apply` files write them; also such as no page would let through.

use domain::time::DAY;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::deeds::EVENTS;
use crate::world::NOW;

type Parts = Vec<(&'static str, Value)>;

fn period() -> impl Strategy<Value = Parts> {
    let day = |days: i64| NOW.plus(days * DAY).to_iso();
    prop_oneof![
        2 => Just(vec![]),
        4 => (1..12_u32).prop_map(|days| vec![("within_days", days.into())]),
        1 => (-10..3_i64, 0..10_i64).prop_map(move |(since, length)| {
            vec![("since", day(since)[..10].into()), ("until", day(since + length)[..10].into())]
        }),
        1 => (-10..3_i64).prop_map(move |since| vec![("since", day(since).into())]),
        1 => (-10..3_i64).prop_map(move |until| vec![("until", day(until).into())]),
    ]
}

fn measure() -> impl Strategy<Value = Parts> {
    prop_oneof![
        3 => Just(vec![]),
        3 => (0..4_u32, 0..3_u32)
            .prop_map(|(low, more)| vec![("at_least", Value::from(low)), ("at_most", (low + more).into())]),
        1 => Just(vec![("at_most", Value::from(0))]),
        1 => (0..60_i64).prop_map(|low| vec![("sum", "value".into()), ("at_least", low.into())]),
        1 => (-20..60_i64).prop_map(|high| vec![("sum", "Value".into()), ("at_most", high.into())]),
        1 => (0..300_i64).prop_map(|low| vec![("max", "value".into()), ("at_least", json!(low as f64 / 10.0))]),
        1 => (-5..30_i64).prop_map(|high| vec![("max", "value".into()), ("at_most", high.into())]),
        1 => Just(vec![("occurrence", Value::from("first"))]),
        1 => Just(vec![("occurrence", Value::from("last"))]),
    ]
}

/// Every test of a value, with values that are near to what people have.
fn test() -> impl Strategy<Value = Parts> {
    let value = || {
        prop::sample::select(vec![
            json!("pro"),
            json!(" PRO"),
            json!("free"),
            json!(3),
            json!("3"),
            json!(4.5),
            json!(true),
            json!("tents"),
            json!("stoves"),
            json!(12.5),
            json!("ios"),
            json!("snapchat"),
            json!("second@n.example"),
            json!("2000-01-02"),
        ])
    };
    let text = || prop::sample::select(vec!["p", "Pro", "tent", "a", "3", "s", "snap ", "@n."]);
    let date = || prop::sample::select(vec!["2000-01-02", "2000-01-03", "2000-01-03T01:00:00Z", "1999-12-31"]);
    let amount = || prop::sample::select(vec![json!(0), json!(3), json!(4.5), json!(12.5), json!(20)]);
    prop_oneof![
        2 => value().prop_map(|it| vec![("is", it)]),
        2 => value().prop_map(|it| vec![("is_not", it)]),
        1 => prop::collection::vec(value(), 1..3).prop_map(|it| vec![("in", it.into())]),
        1 => prop::collection::vec(value(), 1..3).prop_map(|it| vec![("not_in", it.into())]),
        2 => text().prop_map(|it| vec![("contains", it.into())]),
        1 => text().prop_map(|it| vec![("starts_with", it.into())]),
        2 => any::<bool>().prop_map(|it| vec![("exists", it.into())]),
        1 => (amount(), amount()).prop_map(|(low, high)| vec![("at_least", low), ("at_most", high)]),
        1 => amount().prop_map(|it| vec![("more_than", it)]),
        1 => amount().prop_map(|it| vec![("less_than", it)]),
        1 => date().prop_map(|it| vec![("after", it.into())]),
        1 => (date(), date()).prop_map(|(after, before)| vec![("after", after.into()), ("before", before.into())]),
    ]
}

fn object(parts: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Object(parts.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn event_condition() -> impl Strategy<Value = Value> {
    let property = prop::sample::select(vec!["category", "Value", "products.category", "none"]);
    let filter =
        (property, test()).prop_map(|(property, test)| object([("property", property.into())].into_iter().chain(test)));
    let filters = prop_oneof![3 => Just(vec![]), 2 => prop::collection::vec(filter, 1..3)];
    (prop::sample::select(EVENTS.to_vec()), measure(), filters, period()).prop_map(
        |(event, measure, filters, period)| {
            let filters = (!filters.is_empty()).then(|| ("where", Value::from(filters)));
            object([("event", event.into())].into_iter().chain(measure).chain(filters).chain(period))
        },
    )
}

fn condition() -> impl Strategy<Value = Value> {
    let about = prop::sample::select(vec![
        ("trait", "plan"),
        ("trait", "age"),
        ("trait", "Born"),
        ("trait", "tags"),
        ("trait", "email"),
        ("trait", "none"),
        ("utm", "source"),
        ("device", "os"),
        ("device", "type"),
        ("device", "browser"),
    ]);
    let value =
        (about, test()).prop_map(|((about, name), test)| object([(about, name.into())].into_iter().chain(test)));
    let audience = (0..4_usize, any::<bool>())
        .prop_map(|(number, member)| json!({"audience": format!("any {number}"), "member": member}));
    prop_oneof![5 => event_condition(), 4 => value, 1 => audience]
}

/// Conditions and groups, four deep, with all and any and not.
pub fn rule() -> impl Strategy<Value = Value> {
    let group = |groups: BoxedStrategy<Vec<Value>>| {
        (prop::collection::vec(condition(), 0..4), groups, any::<bool>(), prop::bool::weighted(0.3)).prop_map(
            |(conditions, groups, all, not)| {
                json!({"match": if all { "all" } else { "any" }, "not": not, "conditions": conditions, "groups": groups})
            },
        )
    };
    let mut rule = group(Just(Vec::new()).boxed()).boxed();
    for _ in 0..3 {
        rule = group(prop::collection::vec(rule, 0..2).boxed()).boxed();
    }
    rule
}
