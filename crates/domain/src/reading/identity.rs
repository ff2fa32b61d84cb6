//! Who an event is about: at least one identifier has to be there.

use serde_json::{Map, Value};

use super::Rejection;
use crate::event::EventKind;

/// Paths of what tells a person apart beside `userId` and `anonymousId`.
const IDENTIFIERS: &[&str] = &[
    "/traits/email",
    "/traits/phone",
    "/context/traits/email",
    "/context/traits/phone",
    "/properties/email",
    "/properties/phone",
    "/properties/customerlabs_user_id",
    "/context/externalIds/0",
    "/properties/external_ids",
    "/context/device/id",
    "/context/device/advertisingId",
    "/context/ip",
];

/// Makes ids text, and refuses an event that is about nobody.
pub(super) fn settle(kind: EventKind, body: &mut Map<String, Value>) -> Result<(), Rejection> {
    for key in ["userId", "anonymousId", "previousId", "groupId"] {
        match id_text(body.get(key)) {
            Some(text) => drop(body.insert(key.to_owned(), Value::String(text))),
            None => drop(body.remove(key)),
        }
    }
    if kind == EventKind::Alias && !(body.contains_key("previousId") && body.contains_key("userId")) {
        return Err(Rejection::new("missing_previous_id", "An alias call needs both “previousId” and “userId”."));
    }
    if kind == EventKind::Group && !body.contains_key("groupId") {
        return Err(Rejection::new("missing_group_id", "A group call needs “groupId”."));
    }
    if body.contains_key("userId") || body.contains_key("anonymousId") || has_identifier(body) {
        return Ok(());
    }
    Err(Rejection::new(
        "missing_identity",
        "An event needs “userId” or “anonymousId”, or an identifier in its traits such as “email” or “phone”.",
    ))
}

fn has_identifier(body: &Map<String, Value>) -> bool {
    IDENTIFIERS.iter().any(|path| {
        let mut parts = path.split('/').skip(1);
        let first = parts.next().and_then(|key| body.get(key));
        let found = parts.try_fold(first, |value, part| {
            value.map(|value| match value {
                Value::Array(list) => part.parse::<usize>().ok().and_then(|index| list.get(index)),
                other => other.get(part),
            })
        });
        match found.flatten() {
            Some(Value::String(text)) => !text.trim().is_empty(),
            Some(Value::Object(map)) => !map.is_empty(),
            Some(Value::Array(list)) => !list.is_empty(),
            Some(Value::Number(_)) => true,
            _ => false,
        }
    })
}

/// An id as text: numbers are written out; blank text, nothing and structures are no id.
pub(super) fn id_text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => {
            let text = text.trim();
            (!text.is_empty()).then(|| text.to_owned())
        }
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
