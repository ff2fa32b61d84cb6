//! What the machinery itself wants to know of an event.

use serde_json::Value;

use super::privacy::mask_text;
use crate::{event::TrackedEvent, workflow::event_key};

/// The spellings of the order's id, Segment's first, then CustomerLabs'.
const ORDER_ID: &[&str] = &[
    "properties.order_id",
    "properties.orderId",
    "properties.transaction_id",
    "properties.transactionId",
    "properties.transaction_number",
    "properties.order_number",
    "properties.increment_id",
    "properties.ecommerce.transaction_id",
];

/// What advertising may use is named so in lists of consent: Segment's categories, Google's consent mode, OneTrust's group.
const MARKETING: [&str; 4] = ["ads", "adstorage", "aduserdata", "c0004"];
/// Names of categories begin so, such as "Targeting Cookies".
const MARKETING_STEMS: [&str; 3] = ["marketing", "advertis", "targeting"];
/// Consent to letters and messages says nothing about advertising.
const CHANNELS: [&str; 4] = ["email", "sms", "push", "newsletter"];

/// Whether the person agreed to marketing: `context.consent.marketing` and its like, or Segment's `context.consent.categoryPreferences`.
/// Nothing if the event says nothing about it.
#[must_use]
pub fn marketing_consent(event: &TrackedEvent) -> Option<bool> {
    let consent = event.at("context.consent")?;
    let said = |map: &Value| -> Option<bool> {
        let told = map.as_object()?.iter().filter_map(|(key, value)| {
            let key = event_key(key);
            is_marketing(&key).then(|| Some(yes_or_no(value)? != key.ends_with("optout")))?
        });
        told.reduce(|one, other| one && other)
    };
    said(consent).or_else(|| said(consent.get("categoryPreferences")?))
}

fn is_marketing(key: &str) -> bool {
    MARKETING.contains(&key)
        || (MARKETING_STEMS.iter().any(|stem| key.starts_with(stem))
            && !CHANNELS.iter().any(|channel| key.contains(channel)))
}

fn yes_or_no(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "granted" | "yes" | "1" => Some(true),
            "false" | "denied" | "no" | "0" => Some(false),
            _ => None,
        },
        Value::Number(number) => number.as_i64().map(|number| number != 0),
        _ => None,
    }
}

/// The order id, if the event has one: what in it is personal is masked.
#[must_use]
pub fn order_id(event: &TrackedEvent) -> Option<String> {
    ORDER_ID.iter().find_map(|path| event.text(path)).map(|id| mask_text(id.trim()).into_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Timestamp, event::EventKind};

    #[test]
    fn consent_is_what_the_event_says() {
        for (context, expected) in [
            (json!({}), None),
            (json!({"consent": {"marketing": true}}), Some(true)),
            (json!({"consent": {"marketing": false, "gpc": true}}), Some(false)),
            (json!({"consent": {"marketing": "denied"}}), Some(false)),
            (json!({"consent": {"analytics": true}}), None),
            (json!({"consent": {"categoryPreferences": {"Advertising": false, "Analytics": true}}}), Some(false)),
            (json!({"consent": {"categoryPreferences": {"Targeting": true, "Marketing": false}}}), Some(false)),
            (json!({"consent": {"categoryPreferences": {"Functional": true}}}), None),
            (json!({"consent": {"categoryPreferences": {"C0002": true, "C0004": false}}}), Some(false)),
            (json!({"consent": {"categoryPreferences": {"Targeting Cookies": false}}}), Some(false)),
            (json!({"consent": {"categoryPreferences": {"marketing_and_analytics": true}}}), Some(true)),
            (json!({"consent": {"ad_storage": "granted", "ad_user_data": "denied"}}), Some(false)),
            (json!({"consent": {"ad_storage": "granted", "analytics_storage": "denied"}}), Some(true)),
            (json!({"consent": {"marketing": true, "marketing_emails": false}}), Some(true)),
            (json!({"consent": {"marketing_opt_out": true}}), Some(false)),
            (json!({"consent": {"marketing": true, "advertising_opt_out": "no"}}), Some(true)),
            (json!({"consent": true}), None),
        ] {
            let event = TrackedEvent {
                kind: EventKind::Track,
                name: "x".into(),
                message_id: "m".into(),
                occurred_at: Timestamp(0),
                received_at: Timestamp(0),
                body: serde_json::Map::from_iter([("context".to_owned(), context.clone())]),
            };
            assert_eq!(marketing_consent(&event), expected, "{context}");
        }
    }
}
