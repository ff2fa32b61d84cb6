//! Properties that hold for any JSON.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::{Arrival, Call, open, privacy, read};
use crate::Timestamp;

const CALLS: [Call; 7] = [Call::Track, Call::Identify, Call::Page, Call::Screen, Call::Group, Call::Alias, Call::Batch];

/// Keys that the reader treats specially, beside arbitrary ones.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "t",
            "v",
            "ib",
            "type",
            "event",
            "userId",
            "anonymousId",
            "messageId",
            "timestamp",
            "originalTimestamp",
            "sentAt",
            "context",
            "traits",
            "properties",
            "customProperties",
            "productProperties",
            "user_traits",
            "email",
            "phone",
            "address",
            "name",
            "ip",
            "page",
            "url",
            "library",
            "identify_by_email",
            "a/b~c",
            "",
            "0",
            "dana@northwind.example",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec![
            "string",
            "Object",
            "track",
            "dana@northwind.example",
            "https://x.example/?email=a%40b.example&phone=1",
            "+14155550123",
            "2026-11-25T10:00:00Z",
            "é@ü.example",
            "•••",
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..8)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn read_everything(call: Call, body: &[u8]) {
    let Ok(envelope) = open(call, body) else { return };
    let arrival = Arrival { received_at: Timestamp(1_795_600_000_000), ip: None, user_agent: None, from_browser: true };
    for text in &envelope.events {
        if let Ok(reading) = read(call, text, &envelope, &arrival, || "made".to_owned()) {
            let mut body = reading.event.body.clone();
            let split = privacy::split(&mut body);
            assert_eq!(privacy::join(body, &split.originals), reading.event.body);
            assert!(!reading.event.message_id.is_empty() && !reading.event.name.is_empty());
        }
    }
}

proptest! {
    #[test]
    fn any_json_is_read_or_refused(value in json(), call in prop::sample::select(CALLS.to_vec())) {
        read_everything(call, value.to_string().as_bytes());
        read_everything(Call::Batch, format!(r#"{{"batch":[{value}]}}"#).as_bytes());
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..200)) {
        CALLS.iter().for_each(|call| read_everything(*call, &body));
    }

    #[test]
    fn what_was_split_is_joined_exactly(value in json()) {
        let original: Map<String, Value> = [("x".to_owned(), value)].into_iter().collect();
        let mut body = original.clone();
        let split = privacy::split(&mut body);
        prop_assert_eq!(privacy::join(body, &split.originals), original);
    }
}

#[test]
fn deep_nesting_is_refused_without_an_overflow() {
    let deep = format!(r#"{{"event":"A","userId":"1","properties":{}{}}}"#, "[".repeat(15_000), "]".repeat(15_000));
    let envelope = open(Call::Track, deep.as_bytes()).unwrap();
    let arrival = Arrival { received_at: Timestamp(0), ip: None, user_agent: None, from_browser: false };
    assert_eq!(
        read(Call::Track, envelope.events[0], &envelope, &arrival, || "m".to_owned()).unwrap_err().code,
        "invalid_json"
    );
}
