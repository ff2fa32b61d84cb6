//! The outside of a request: which events it holds, and what stands around them.

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use super::{BATCH_EVENTS_MAX, BODY_BYTES_MAX, Call};

/// A request's events, each still as the text that was sent.
#[derive(Debug)]
pub struct Envelope<'a> {
    /// `writeKey` in the body.
    pub write_key: Option<String>,
    /// `sentAt` of the batch.
    pub sent_at: Option<Value>,
    /// `context` of the batch: what its events lack is taken from here.
    pub context: Map<String, Value>,
    /// `integrations` of the batch, likewise.
    pub integrations: Map<String, Value>,
    /// The events.
    pub events: Vec<&'a str>,
}

/// Why a body is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is not JSON.
    #[error("The body is not valid JSON: {0}.")]
    InvalidJson(String),
    /// It is JSON of another shape.
    #[error("{0}")]
    InvalidBatch(&'static str),
    /// It is too large.
    #[error("{0}")]
    TooLarge(String),
}

impl Unreadable {
    /// The code of the answer.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidJson(_) => "invalid_json",
            Self::InvalidBatch(_) => "invalid_batch",
            Self::TooLarge(_) => "too_large",
        }
    }
}

#[derive(Deserialize)]
struct Batch<'a> {
    #[serde(borrow)]
    batch: Vec<&'a RawValue>,
    #[serde(borrow, default, rename = "writeKey")]
    write_key: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "sentAt")]
    sent_at: Option<&'a RawValue>,
    #[serde(borrow, default)]
    context: Option<&'a RawValue>,
    #[serde(borrow, default)]
    integrations: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Single<'a> {
    #[serde(borrow, default, rename = "writeKey")]
    write_key: Option<&'a RawValue>,
}

/// Opens a body.
///
/// # Errors
/// [`Unreadable`] if nothing of it can be used.
pub fn open(call: Call, body: &[u8]) -> Result<Envelope<'_>, Unreadable> {
    if body.len() > BODY_BYTES_MAX {
        return Err(Unreadable::TooLarge("A body has 4 MiB at most. Send smaller batches.".into()));
    }
    let text = std::str::from_utf8(body).map_err(|_| Unreadable::InvalidJson("it is not UTF-8".into()))?;
    if call == Call::Batch { open_batch(text) } else { open_single(text) }
}

fn open_single(text: &str) -> Result<Envelope<'_>, Unreadable> {
    let write_key = match serde_json::from_str::<Single>(text) {
        Ok(single) => text_of(single.write_key),
        // A body that is no object is refused when the event is read.
        Err(_) => serde_json::from_str::<&RawValue>(text).map(|_| None).map_err(invalid_json)?,
    };
    let (context, integrations) = (Map::new(), Map::new());
    Ok(Envelope { write_key, sent_at: None, context, integrations, events: vec![text.trim()] })
}

fn open_batch(text: &str) -> Result<Envelope<'_>, Unreadable> {
    const SHAPE: &str = "A batch is an object with the events in the array “batch”.";
    let batch: Batch = serde_json::from_str(text).map_err(|_| {
        let whole = serde_json::from_str::<&RawValue>(text);
        whole.map_or_else(invalid_json, |_| Unreadable::InvalidBatch(SHAPE))
    })?;
    let events: Vec<&str> = batch.batch.into_iter().map(RawValue::get).collect();
    if events.len() > BATCH_EVENTS_MAX {
        return Err(Unreadable::TooLarge(format!(
            "A batch has {BATCH_EVENTS_MAX} events at most; this one has {}.",
            events.len()
        )));
    }
    let value = |raw: Option<&RawValue>| raw.and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok());
    let object = |raw| match value(raw) {
        Some(Value::Object(mut map)) => {
            super::pairs::unwrap_body(&mut map, &mut Vec::new());
            map
        }
        _ => Map::new(),
    };
    Ok(Envelope {
        write_key: text_of(batch.write_key),
        sent_at: value(batch.sent_at),
        context: object(batch.context),
        integrations: object(batch.integrations),
        events,
    })
}

fn text_of(raw: Option<&RawValue>) -> Option<String> {
    raw.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok()).filter(|text| !text.is_empty())
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` hands it over
fn invalid_json(error: serde_json::Error) -> Unreadable {
    // The parser's own words may quote the body; the place says enough.
    Unreadable::InvalidJson(format!("line {}, column {}", error.line(), error.column()))
}

/// Half of a surrogate pair, as a cut emoji leaves it, is no character: it becomes the replacement character.
pub(super) fn mend_surrogates(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let length = match unit(escape) {
            Some(0xD800..=0xDBFF) if matches!(unit(escape.get(6..).unwrap_or("")), Some(0xDC00..=0xDFFF)) => 12,
            Some(0xD800..=0xDFFF) => {
                out.push_str("\\ufffd");
                rest = &escape[6..];
                continue;
            }
            // An escape of another kind: the backslash and what it escapes.
            _ => escape.char_indices().nth(2).map_or(escape.len(), |(end, _)| end),
        };
        out.push_str(&escape[..length]);
        rest = &escape[length..];
    }
    out.push_str(rest);
    out
}

/// The code unit that `\uXXXX` at the start stands for.
fn unit(text: &str) -> Option<u32> {
    u32::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_batches_and_singles() {
        let batch = open(Call::Batch, br#"{"writeKey":"k","sentAt":"x","context":{"ip":"1"},"batch":[{},1,"\ud800"]}"#);
        let batch = batch.unwrap();
        assert_eq!((batch.write_key.as_deref(), batch.events.len()), (Some("k"), 3));
        assert_eq!(batch.context["ip"], "1");
        assert_eq!(open(Call::Track, br#"{"writeKey":"k"}"#).unwrap().write_key.as_deref(), Some("k"));
        assert_eq!(open(Call::Track, br#"{"writeKey":7}"#).unwrap().write_key, None);
        for (body, code) in [
            (&b"{"[..], "invalid_json"),
            (b"", "invalid_json"),
            (b"\xff", "invalid_json"),
            (b"[]", "invalid_batch"),
            (b"{}", "invalid_batch"),
            (br#"{"batch":{}}"#, "invalid_batch"),
        ] {
            assert_eq!(open(Call::Batch, body).unwrap_err().code(), code);
        }
        let many = format!(r#"{{"batch":[{}]}}"#, vec!["1"; BATCH_EVENTS_MAX + 1].join(","));
        assert_eq!(open(Call::Batch, many.as_bytes()).unwrap_err().code(), "too_large");
    }

    #[test]
    fn mends_cut_emoji_only() {
        let whole = r#""a\\ud83d \ud83d\ude00 \n é""#;
        assert_eq!(mend_surrogates(whole), whole);
        assert_eq!(mend_surrogates(r#""x\ud83d""#), r#""x\ufffd""#);
        assert_eq!(mend_surrogates(r"\ude00\ud83d\u0041"), r"\ufffd\ufffd\u0041");
        assert_eq!(mend_surrogates("\\"), "\\");
        assert_eq!(mend_surrogates("\\é"), "\\é");
    }
}
