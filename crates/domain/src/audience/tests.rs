//! Forms, sentences and problems of rules, and whom they match.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::{Timestamp, time::DAY};

fn condition(json: Value) -> Condition {
    serde_json::from_value(json).unwrap()
}

fn rule(json: Value) -> Rule {
    serde_json::from_value(json).unwrap()
}

#[test]
fn reads_as_a_sentence() {
    let short = rule(json!({"match": "all", "conditions": [
        {"event": "Order Completed", "at_least": 2, "within_days": 90}, {"trait": "country", "is": "US"}]}));
    assert_eq!(
        short.sentence(),
        "People who did Order Completed at least 2 times within the last 90 days and have country “US”"
    );
    for (written, sentence) in [
        (json!({"event": "A", "at_most": 0, "within_days": 1}), "did not do A within the last day"),
        (json!({"event": "A"}), "did A at least once"),
        (json!({"event": "A", "at_least": 1, "at_most": 1}), "did A exactly once"),
        (json!({"event": "A", "sum": "value", "at_least": 99.5}), "did A, their value adding up to at least 99.5"),
        (
            json!({"event": "A", "occurrence": "first", "since": "2026-01-01"}),
            "did A for the first time since 2026-01-01",
        ),
        (
            json!({"event": "A", "where": [{"property": "category", "contains": "tent"}]}),
            "did A with category containing “tent” at least once",
        ),
        (json!({"utm": "source", "in": ["snap", "tiktok"]}), "have the campaign source one of “snap”, “tiktok”"),
        (json!({"device": "os", "is_not": "iOS"}), "don't have the device os “iOS”"),
        (json!({"audience": "vip", "member": false}), "are not in the audience “vip”"),
    ] {
        assert_eq!(condition(written).sentence(), sentence);
    }
    let nested = rule(json!({"match": "any", "conditions": [{"event": "A"}],
        "groups": [{"not": true, "conditions": [{"event": "B"}, {"trait": "x", "exists": true}]}]}));
    assert_eq!(
        nested.sentence(),
        "People who did A at least once or are not among those who (did B at least once and have any x)"
    );
    assert!(Rule::default().sentence().starts_with("Nobody"));
}

#[test]
fn every_form_survives_json() {
    let text = r#"{"match":"any","conditions":[{"event":"Order Completed","at_least":2}]}"#;
    assert_eq!(serde_json::to_string(&serde_json::from_str::<Rule>(text).unwrap()).unwrap(), text);
    for written in [
        json!({"event": "A", "max": "value", "at_least": 1.5, "at_most": 3, "since": "2026-01-01", "until": "2026-02-01"}),
        json!({"event": "A", "where": [{"property": "p", "in": [1, "x"]}], "within_days": 3}),
        json!({"trait": "t", "before": "2020-01-01"}),
        json!({"trait": "t", "more_than": 4}),
        json!({"utm": "source", "starts_with": "s"}),
        json!({"audience": "a"}),
    ] {
        assert_eq!(serde_json::to_value(condition(written.clone())).unwrap(), written);
    }
    for (wrong, told) in [
        (json!({"trait": "t", "sum": "x", "is": 1}), "`sum` does not belong"),
        (json!({"trait": "t"}), "says nothing"),
        (json!({"trait": "t", "is": 1, "contains": "x"}), "two things"),
        (json!({"at_least": 1}), "needs one of"),
        (json!({"event": "A", "at_least": 1.5}), "whole numbers"),
        (json!({"event": "A", "atleast": 1}), "unknown field"),
        (json!({"event": "A", "within_days": 1, "since": "2026-01-01"}), "either"),
    ] {
        let error = serde_json::from_value::<Condition>(wrong).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn tells_what_cannot_be() {
    for good in [
        json!({"event": "A", "at_least": 2, "at_most": 5, "within_days": 90}),
        json!({"event": "A", "sum": "value", "at_least": 0}),
        json!({"trait": "x", "is": false}),
    ] {
        assert_eq!(condition(good).problem(), None);
    }
    for wrong in [
        json!({"event": " "}),
        json!({"event": "A", "at_least": 3, "at_most": 2}),
        json!({"event": "A", "at_least": 0}),
        json!({"event": "A", "within_days": 0}),
        json!({"event": "A", "sum": "value"}),
        json!({"event": "A", "occurrence": "last"}),
        json!({"event": "A", "since": "2026-02-01", "until": "2026-01-01"}),
        json!({"event": "A", "since": "soon"}),
        json!({"event": "A", "where": [{"property": "p", "in": []}]}),
        json!({"trait": "x", "is": null}),
        json!({"trait": "x", "is": " "}),
        json!({"trait": "x", "at_least": 3, "at_most": 2}),
        json!({"trait": "x", "at_least": 1e12}),
        json!({"trait": "x", "after": "2026-01-01", "before": "2026-01-01"}),
        json!({"audience": ""}),
    ] {
        assert!(
            serde_json::from_value::<Condition>(wrong.clone()).is_err() || condition(wrong.clone()).problem().is_some(),
            "{wrong}"
        );
    }
    let places = |rule: Rule| rule.problems().into_iter().map(|problem| problem.at).collect::<Vec<_>>();
    assert_eq!(places(Rule::default()), ["conditions"]);
    let nested = json!({"conditions": [{"event": "A"}, {"event": "a", "at_most": 0}],
        "groups": [{"conditions": [{"trait": "x", "is": 1}, {"trait": "", "is": 1}]}, {"conditions": []}]});
    assert_eq!(places(rule(nested)), ["conditions.1", "groups.0.conditions.1", "groups.1.conditions"]);
}

#[test]
fn circles_are_found() {
    let asks = |name: &str| rule(json!({"conditions": [{"audience": name}]}));
    let (to_b, to_c, to_a) = (asks("B "), asks("c"), asks("a"));
    let rules: BTreeMap<String, &Rule> = [("a".into(), &to_b), ("b".into(), &to_c), ("c".into(), &to_a)].into();
    assert_eq!(circle(&rules).unwrap(), ["a", "b", "c", "a"]);
    let line: BTreeMap<String, &Rule> = [("a".into(), &to_b), ("b".into(), &to_c)].into();
    assert_eq!(circle(&line), None);
    assert_eq!(to_b.with_renamed_audience("b", "d").audiences(), ["d"]);
}

#[test]
fn suggestions_make_sense() {
    for suggestion in Suggestion::ALL {
        assert_eq!(suggestion.rule().problems(), [], "{}", suggestion.name());
        assert_eq!(Suggestion::named(&suggestion.name()), Some(suggestion));
    }
}

#[test]
fn values_fold_alike() {
    let equal = |a: Value, b: Value| fold(&a).unwrap().equals(&fold(&b).unwrap());
    assert!(equal(json!("US"), json!(" us")));
    assert!(equal(json!(5), json!("5.00")));
    assert!(equal(json!(5.0), json!("5")));
    assert!(equal(json!(true), json!("TRUE")));
    assert!(!equal(json!("5a"), json!(5)));
    assert_eq!(fold(&json!("2026-01-01")).unwrap().date, Some(1_767_225_600_000));
    assert_eq!(fold(&json!(1e12)).unwrap().number, None);
    for nothing in [json!(null), json!(""), json!({}), json!([1])] {
        assert_eq!(fold(&nothing), None);
    }
    assert_eq!(fold_all(&json!(["a", null, 2])).len(), 2);
}

#[test]
fn matches_people() {
    let now = Timestamp(1_795_600_000_000);
    let happened = |days: i64, value: Value| Happened {
        key: "ordercompleted".into(),
        at: now.minus(days * DAY),
        properties: [("value".to_owned(), fold_all(&value))].into(),
    };
    let known = |value: Value| Known { value: fold(&value).unwrap(), personal: false };
    let dana = History {
        values: [("country".to_owned(), vec![known(json!("US"))])].into(),
        events: vec![happened(90, json!(10)), happened(5, json!("20.5"))],
        audiences: ["vip".to_owned()].into(),
    };
    let holds = |written: Value| condition(written).holds(&dana, now);
    for yes in [
        json!({"event": "Order Completed", "at_least": 2, "within_days": 90}),
        json!({"event": "order_completed", "at_most": 1, "within_days": 89}),
        json!({"event": "Order Completed", "sum": "Value", "at_least": 30.5, "at_most": 30.5}),
        json!({"event": "Order Completed", "max": "value", "at_least": 20.5}),
        json!({"event": "Order Completed", "occurrence": "last", "within_days": 6}),
        json!({"event": "Order Completed", "at_least": 1, "where": [{"property": "value", "more_than": 20}]}),
        json!({"event": "Never", "sum": "value", "at_most": 1}),
        json!({"trait": "Country", "is": "us"}),
        json!({"trait": "plan", "is_not": "free"}),
        json!({"audience": "VIP"}),
    ] {
        assert!(holds(yes.clone()), "{yes}");
    }
    for no in [
        json!({"event": "Order Completed", "at_least": 2, "within_days": 89}),
        json!({"event": "Order Completed", "occurrence": "first", "within_days": 6}),
        json!({"event": "Never", "max": "value", "at_most": 1}),
        json!({"trait": "plan", "exists": true}),
        json!({"audience": "vip", "member": false}),
    ] {
        assert!(!holds(no.clone()), "{no}");
    }
    assert!(!Rule { not: true, ..Rule::default() }.matches(&dana, now));
}
