//! One event: from its text to its canonical shape.

use serde_json::{Map, Value};

use super::{
    Arrival, Call, EVENT_BYTES_MAX, Envelope, MESSAGE_ID_MAX, Rejection,
    customerlabs::{fill, object, reshape},
    envelope::mend_surrogates,
    identity::{id_text, settle},
    names::event_name,
    pairs::unwrap_body,
    privacy,
    times::{Given, occurred_at},
};
use crate::{
    delivery::Reason,
    event::{EventKind, TrackedEvent},
};

/// Libraries that run in a browser: the address and agent of their requests are the visitor's.
const BROWSER_LIBRARIES: [&str; 3] = ["analytics.js", "analytics-next", "switchyard-tag"];
/// Segment's libraries in apps leave `context.ip` to the server that their requests reach, as its specification of the context says.
/// The agent of such a request is the app's HTTP client, no browser.
const APP_LIBRARIES: [&str; 6] = [
    "analytics-swift",
    "analytics-kotlin",
    "analytics-react-native",
    "analytics-ios",
    "analytics-android",
    "analytics-flutter",
];
/// Some of these libraries run on servers, too: what they name as the device tells a phone.
const APP_DEVICES: [&str; 7] = ["ios", "android", "ipados", "tvos", "watchos", "visionos", "macos"];

/// An event as understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The event.
    pub event: TrackedEvent,
    /// Oddities met on the way.
    pub notes: Vec<Reason>,
}

/// Reads one event of the envelope. `made_up_id` becomes its `messageId` if it has none.
///
/// # Errors
/// The reason why it is refused.
pub fn read(
    call: Call,
    text: &str,
    envelope: &Envelope<'_>,
    arrival: &Arrival,
    made_up_id: impl FnOnce() -> String,
) -> Result<Reading, Rejection> {
    let mut body = parse(text)?;
    let mut notes = Vec::new();
    unwrap_body(&mut body, &mut notes);
    // Nothing is read from a key that is somebody's address, and it could not be masked.
    body.retain(|key, _| key != "writeKey" && !privacy::is_personal(key));
    let kind = kind_of(call, &body)?;
    body.insert("type".into(), Value::String(kind.as_str().into()));
    for key in ["properties", "traits", "context"] {
        drop_unless_object(&mut body, key, &mut notes);
    }
    fill(object(&mut body, "context"), envelope.context.clone());
    if !envelope.integrations.is_empty() {
        fill(object(&mut body, "integrations"), envelope.integrations.clone());
    }
    reshape(kind, &mut body);
    fill_context(&mut body, arrival);
    settle(kind, &mut body)?;
    let name = event_name(kind, id_text(body.get("event")))?;
    let message_id = message_id(&mut body, made_up_id)?;
    let given = Given {
        timestamp: body.get("timestamp"),
        original: body.get("originalTimestamp"),
        sent_at: body.get("sentAt"),
        batch_sent_at: envelope.sent_at.as_ref(),
    };
    let occurred_at = occurred_at(&given, arrival.received_at, &mut notes);
    let event = TrackedEvent { kind, name, message_id, occurred_at, received_at: arrival.received_at, body };
    Ok(Reading { event, notes })
}

fn parse(text: &str) -> Result<Map<String, Value>, Rejection> {
    if text.len() > EVENT_BYTES_MAX {
        return Err(Rejection::new(
            "too_large",
            format!("An event has 32 KiB at most; this one has {} bytes.", text.len()),
        ));
    }
    let parsed = serde_json::from_str(text).or_else(|_| serde_json::from_str(&mend_surrogates(text)));
    match parsed {
        Ok(Value::Object(body)) => Ok(body),
        Ok(_) => Err(Rejection::new("not_an_object", "An event is a JSON object.")),
        Err(_) => Err(Rejection::new(
            "invalid_json",
            "The event holds a number out of range, a broken escape, or is nested more than 127 levels deep.",
        )),
    }
}

fn kind_of(call: Call, body: &Map<String, Value>) -> Result<EventKind, Rejection> {
    // The route names a single call's kind; the browser library's bodies need not repeat it.
    call.kind().or_else(|| body.get("type").and_then(Value::as_str).and_then(EventKind::parse)).ok_or_else(|| {
        Rejection::new(
            "invalid_type",
            "In a batch each event needs a “type”: track, identify, page, screen, group or alias.",
        )
    })
}

fn drop_unless_object(body: &mut Map<String, Value>, key: &str, notes: &mut Vec<Reason>) {
    match body.get(key) {
        None | Some(Value::Object(_)) => return,
        Some(Value::Null) => {}
        Some(_) => notes.push(Reason::new("not_an_object", format!("“{key}” is not an object and was left aside."))),
    }
    body.remove(key);
}

fn fill_context(body: &mut Map<String, Value>, arrival: &Arrival) {
    let context = object(body, "context");
    let library = text_in(context, "library", "name");
    let browser = arrival.from_browser || BROWSER_LIBRARIES.iter().any(|name| library.contains(name));
    if !browser && !is_app(context) {
        return;
    }
    for (key, value, fits) in [("ip", &arrival.ip, true), ("userAgent", &arrival.user_agent, browser)] {
        let lacks = context.get(key).is_none_or(|given| given.as_str().is_none_or(|text| text.trim().is_empty()));
        if let Some(value) = value
            && fits
            && lacks
        {
            context.insert(key.into(), Value::String(value.clone()));
        }
    }
}

/// Whether the person's own phone sent it.
fn is_app(context: &Map<String, Value>) -> bool {
    let device = text_in(context, "device", "type");
    APP_DEVICES.iter().any(|kind| device.eq_ignore_ascii_case(kind)) && {
        let library = text_in(context, "library", "name");
        APP_LIBRARIES.iter().any(|name| library.contains(name))
    }
}

fn text_in<'v>(context: &'v Map<String, Value>, key: &str, inner: &str) -> &'v str {
    context.get(key).and_then(|value| value.get(inner)).and_then(Value::as_str).unwrap_or("")
}

fn message_id(body: &mut Map<String, Value>, made_up: impl FnOnce() -> String) -> Result<String, Rejection> {
    let id = id_text(body.get("messageId")).unwrap_or_else(made_up);
    if id.chars().count() > MESSAGE_ID_MAX || id.chars().any(char::is_control) {
        return Err(Rejection::new(
            "invalid_message_id",
            format!("A “messageId” has at most {MESSAGE_ID_MAX} characters and no control characters."),
        ));
    }
    body.insert("messageId".into(), Value::String(id.clone()));
    Ok(id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Timestamp, reading::open};

    fn read_all(call: Call, body: &Value, from_browser: bool) -> Vec<Result<Reading, &'static str>> {
        let text = body.to_string();
        let envelope = open(call, text.as_bytes()).unwrap();
        let arrival = Arrival {
            received_at: Timestamp(1_795_600_000_000),
            ip: Some("203.0.113.9".into()),
            user_agent: Some("Mozilla".into()),
            from_browser,
        };
        let read = |text: &&str| read(call, text, &envelope, &arrival, || "made".to_owned()).map_err(|r| r.code);
        envelope.events.iter().map(read).collect()
    }

    fn one(call: Call, body: &Value) -> Result<Reading, &'static str> {
        read_all(call, body, false).remove(0)
    }

    #[test]
    fn the_route_tells_a_single_calls_kind() {
        let reading = one(Call::Page, &json!({"userId": 7, "name": "Home", "writeKey": "k"})).unwrap();
        assert_eq!((reading.event.kind, reading.event.name.as_str()), (EventKind::Page, "Page View"));
        assert_eq!(reading.event.text("userId").as_deref(), Some("7"));
        assert_eq!(reading.event.message_id, "made");
        assert_eq!(reading.event.at("writeKey"), None);
    }

    #[test]
    fn a_batch_shares_its_context_and_each_event_stands_alone() {
        let batch = json!({"context": {"library": {"name": "x"}, "ip": "198.51.100.1"}, "integrations": {"All": false, "X": 1}, "batch": [
            {"type": "track", "event": "A", "userId": "1", "messageId": "m-1", "context": {"ip": "192.0.2.7"}, "integrations": {"X": 2}},
            {"type": "track", "userId": "1"},
            {"type": "buy", "userId": "1"},
            7,
            {"type": "track", "event": "added_to_segment", "userId": "1"},
            {"type": "identify", "traits": {"email": "a@b.example"}, "messageId": 12},
        ]});
        let read = read_all(Call::Batch, &batch, false);
        let first = read[0].as_ref().unwrap();
        assert_eq!(first.event.text("context.ip").as_deref(), Some("192.0.2.7"));
        assert_eq!(first.event.text("context.library.name").as_deref(), Some("x"));
        assert_eq!(first.event.at("integrations"), Some(&json!({"All": false, "X": 2})));
        let codes: Vec<_> = read[1..5].iter().map(|r| r.as_ref().unwrap_err().to_owned()).collect();
        assert_eq!(codes, ["missing_event", "invalid_type", "not_an_object", "reserved_name"]);
        assert_eq!(read[5].as_ref().unwrap().event.message_id, "12");
    }

    #[test]
    fn refuses_by_code() {
        for (call, body, code) in [
            (Call::Track, json!({"event": "A"}), "missing_identity"),
            (Call::Track, json!([1]), "not_an_object"),
            (Call::Alias, json!({"userId": "1"}), "missing_previous_id"),
            (Call::Group, json!({"userId": "1"}), "missing_group_id"),
            (Call::Track, json!({"event": "A", "userId": "1", "messageId": "x".repeat(201)}), "invalid_message_id"),
            (Call::Track, json!({"event": "A", "userId": "x".repeat(EVENT_BYTES_MAX)}), "too_large"),
        ] {
            assert_eq!(one(call, &body).unwrap_err(), code);
        }
    }

    #[test]
    fn address_and_agent_are_filled_in_for_browsers_only() {
        let body = json!({"event": "A", "userId": "1", "properties": 5});
        let server = one(Call::Track, &body).unwrap();
        assert_eq!(server.event.at("context.ip"), None);
        assert_eq!(server.notes[0].code, "not_an_object");
        let browser = read_all(Call::Track, &body, true).remove(0).unwrap();
        assert_eq!(browser.event.text("context.ip").as_deref(), Some("203.0.113.9"));
        let library = json!({"event": "A", "userId": "1", "context": {"library": {"name": "analytics.js"}, "ip": " "}});
        let library = one(Call::Track, &library).unwrap();
        assert_eq!(library.event.text("context.ip").as_deref(), Some("203.0.113.9"));
        assert_eq!(library.event.text("context.userAgent").as_deref(), Some("Mozilla"));
    }

    #[test]
    fn the_address_is_filled_in_for_apps_and_the_agent_of_their_http_client_is_not() {
        let from = |library: &str, device: &str, ip: &str| {
            let context = json!({"library": {"name": library}, "device": {"type": device, "id": "1"}, "ip": ip});
            one(Call::Track, &json!({"event": "A", "userId": "1", "context": context})).unwrap().event
        };
        for (library, device) in
            [("analytics-swift", "ios"), ("analytics-kotlin", "android"), ("@segment/analytics-react-native", "iOS")]
        {
            let event = from(library, device, "");
            assert_eq!(event.text("context.ip").as_deref(), Some("203.0.113.9"), "{library}");
            assert_eq!(event.at("context.userAgent"), None, "{library}");
        }
        assert_eq!(from("analytics-swift", "ios", "192.0.2.7").text("context.ip").as_deref(), Some("192.0.2.7"));
        // A server that runs such a library, and one that passes an app's context on.
        for (library, device) in [("analytics-swift", "linux"), ("analytics-node", "ios")] {
            assert_eq!(from(library, device, "").text("context.ip"), None, "{library}");
        }
    }

    #[test]
    fn a_key_that_is_an_address_is_left_out() {
        let body = json!({"event": "A", "userId": "1", "dana@n.example": 1, "+14155550132": 1});
        let body = one(Call::Track, &body).unwrap().event.body;
        assert_eq!(body.keys().filter(|key| key.contains("n.example") || key.contains("0132")).count(), 0);
    }

    #[test]
    fn a_cut_emoji_costs_nothing_but_itself() {
        let text = r#"{"event":"A","userId":"1","properties":{"name":"x\ud83d"}}"#;
        let (context, integrations) = (Map::new(), Map::new());
        let envelope = Envelope { write_key: None, sent_at: None, context, integrations, events: vec![] };
        let arrival = Arrival { received_at: Timestamp(0), ip: None, user_agent: None, from_browser: false };
        let reading = read(Call::Track, text, &envelope, &arrival, || "m".to_owned()).unwrap();
        assert_eq!(reading.event.text("properties.name").as_deref(), Some("x\u{fffd}"));
    }
}
