//! The body of a request: 1 to 2,000 events for one asset.

use axum::body::Bytes;
use axum::http::{HeaderMap, header::CONTENT_TYPE};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::event::{Checked, Yardstick, check};

/// Events in one request.
pub const MOST_EVENTS: usize = 2_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    data: Vec<Box<RawValue>>,
    #[serde(default, deserialize_with = "given")]
    test_event_code: Option<Value>,
}

/// `null` is given, too.
fn given<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

/// An event with the bytes that brought it.
pub struct Item {
    pub checked: Checked,
    pub raw: Box<RawValue>,
}

/// Reads and checks a body; the error is for the request as a whole.
pub fn read(headers: &HeaderMap, body: &Bytes, yardstick: Yardstick) -> Result<Vec<Item>, String> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/json") {
        return Err("Content-Type must be application/json".into());
    }
    let body: Body = serde_json::from_slice(body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => {
            "The body must be an object with data (an array) and nothing unknown".into()
        }
        _ => "The body is not valid JSON".to_owned(),
    })?;
    if body.data.is_empty() || body.data.len() > MOST_EVENTS {
        return Err(format!("data must hold 1 to {MOST_EVENTS} events"));
    }
    if body.test_event_code.as_ref().is_some_and(|code| code.as_str().is_none_or(|code| code.trim().is_empty())) {
        return Err("test_event_code must be a non-empty string".into());
    }
    let all_test = body.test_event_code.is_some();
    let items = body.data.into_iter().map(|raw| {
        let mut checked = match serde_json::from_str::<Value>(raw.get()) {
            Ok(value) => check(&value, yardstick),
            Err(_) => Checked { problems: vec!["the event is not valid JSON".into()], ..Checked::default() },
        };
        checked.test |= all_test;
        Item { checked, raw }
    });
    Ok(items.collect())
}
