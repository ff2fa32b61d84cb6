//! Traces of a stored event as pages show them: personal data masked as it is everywhere else.

use domain::{
    event::TrackedEvent,
    fields::{FieldTrace, Origin},
    reading::privacy::masked_text,
};
use serde_json::{Value, json};

use crate::worker::masking::masked_item;

/// The trace with its values masked; `masked` is the event as it is stored.
pub(crate) fn masked_trace(mut trace: FieldTrace, masked: &TrackedEvent) -> FieldTrace {
    let key = trace.name.rsplit('.').next().unwrap_or_default().to_owned();
    trace.sent = trace.sent.map(|sent| masked_item(&json!({ &key: sent }).into())[&key].take());
    let Origin::Path(path) = &trace.origin else { return trace };
    let stored = masked.at(path);
    if stored != trace.found.as_ref() {
        trace.found = trace.found.map(|_| stored.cloned().unwrap_or_else(|| Value::String(masked_text())));
        trace.normalised = trace.normalised.map(|_| masked_text());
    }
    trace
}

#[cfg(test)]
mod tests {
    use domain::{Timestamp, event::EventKind};

    use super::*;

    #[test]
    fn personal_values_are_masked_and_others_stay() {
        let Value::Object(body) =
            json!({"context": {"traits": {"email": "d•••@n•••.example"}}, "properties": {"value": 5}})
        else {
            unreachable!()
        };
        let masked = TrackedEvent {
            kind: EventKind::Track,
            name: "A".into(),
            message_id: "m".into(),
            occurred_at: Timestamp(0),
            received_at: Timestamp(0),
            body,
        };
        let trace = |name: &str, path: &str, found: Value, text: &str, sent: Value| FieldTrace {
            name: name.into(),
            origin: Origin::Path(path.into()),
            found: Some(found),
            normalised: Some(text.into()),
            hashed: true,
            sent: Some(sent),
        };
        let em = trace(
            "user_data.em",
            "context.traits.email",
            json!("dana@n.example"),
            "dana@n.example",
            json!(["ab".repeat(32)]),
        );
        let em = masked_trace(em, &masked);
        assert_eq!((em.found, em.normalised.as_deref()), (Some(json!("d•••@n•••.example")), Some("•••")));
        assert_eq!(em.sent, Some(json!(["ababab…abab"])));
        let value = trace("custom_data.value", "properties.value", json!(5), "5", json!(5));
        assert_eq!(masked_trace(value.clone(), &masked), value);
        let of_profile = trace("user_data.em", "profile.email", json!("dana@n.example"), "x", json!([]));
        assert_eq!(masked_trace(of_profile, &masked).found, Some(json!("•••")));
        let ip = trace("user_data.client_ip_address", "context.ip", json!("203.0.113.9"), "x", json!("203.0.113.9"));
        assert_eq!(masked_trace(ip, &masked).sent, Some(json!("203.0.•••")));
    }
}
