//! Each standard event of the catalogue that becomes a Snap event has `fixtures/<name>.event.json` (what arrives) and
//! `fixtures/<name>.capi.json` (what Snapchat gets), compared by value. `UPDATE_FIXTURES=1` writes the latter anew for review.

use std::{collections::BTreeSet, fs, path::PathBuf};

use domain::{
    Timestamp,
    catalogue::{self, STANDARD},
    destination::MapContext,
    event::{EventKind, TrackedEvent},
};
use serde_json::{Map, Value};
use snapchat::map::map;

/// Beyond the catalogue: an event of another shape each.
const SHAPES: [&str; 6] = [
    "customerlabs_purchase",
    "hashed_identifiers",
    "in_store_purchase",
    "profile_only",
    "travel_search",
    "whole_app_event",
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The file name of a standard event: `Order Completed` is `order_completed`.
fn file_name(event: &str) -> String {
    let mut name = String::new();
    for c in event.chars() {
        if c.is_uppercase() && name.chars().last().is_some_and(char::is_lowercase) {
            name.push('_');
        }
        name.extend(if c.is_alphanumeric() { c.to_lowercase().collect::<Vec<_>>() } else { vec!['_'] });
    }
    name
}

fn object(value: &Value, key: &str) -> Map<String, Value> {
    value.get(key).and_then(Value::as_object).cloned().unwrap_or_default()
}

fn mapped(name: &str, snap_event: &str) -> String {
    let file = folder().join(format!("{name}.event.json"));
    let text = fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let fixture: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let word = |key: &str| fixture.get(key).and_then(Value::as_str).map(str::to_owned);
    let body = object(&fixture, "body");
    let at = body.get("timestamp").and_then(Value::as_str).and_then(Timestamp::parse_iso).expect("a timestamp");
    let event = TrackedEvent {
        kind: body.get("type").and_then(Value::as_str).and_then(EventKind::parse).expect("a type"),
        name: body.get("event").and_then(Value::as_str).unwrap_or_default().to_owned(),
        message_id: body.get("messageId").and_then(Value::as_str).expect("a messageId").to_owned(),
        occurred_at: at,
        received_at: at.plus(250),
        body,
    };
    let context = MapContext {
        event_name: word("snap_event").unwrap_or_else(|| snap_event.to_owned()),
        default_country: word("default_country"),
        data_processing_option: word("data_processing_option"),
        profile: object(&fixture, "profile").into_iter().collect(),
        ..MapContext::default()
    };
    let mapped = map(&event, &context).unwrap_or_else(|reason| panic!("{name}: {}", reason.message));
    serde_json::to_string_pretty(&mapped.item.to_value()).expect("JSON") + "\n"
}

#[test]
fn each_preset_has_its_fixture() {
    let mut names = BTreeSet::from(SHAPES.map(str::to_owned));
    for standard in STANDARD.iter().filter(|standard| !standard.snap_event.is_empty()) {
        assert!(names.insert(file_name(standard.name)), "{} twice", standard.name);
    }
    for name in &names {
        let snap_event = STANDARD.iter().find(|s| file_name(s.name) == *name).map_or("", |s| s.snap_event);
        let file = folder().join(format!("{name}.capi.json"));
        let now = mapped(name, snap_event);
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            fs::write(&file, &now).expect("written");
        }
        let kept = fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(now, kept, "{}", file.display());
    }
    let files = fs::read_dir(folder()).expect("fixtures").count();
    assert_eq!(files, 2 * names.len(), "a file belongs to no preset");
}

#[test]
fn fixtures_carry_the_name_that_the_catalogue_knows() {
    for standard in STANDARD.iter().filter(|standard| !standard.snap_event.is_empty()) {
        let text =
            fs::read_to_string(folder().join(format!("{}.event.json", file_name(standard.name)))).expect("fixture");
        let fixture: Value = serde_json::from_str(&text).expect("JSON");
        if let Some(event) = fixture.pointer("/body/event").and_then(Value::as_str) {
            assert_eq!(catalogue::find(event).map(|found| found.name), Some(standard.name));
        }
    }
}
