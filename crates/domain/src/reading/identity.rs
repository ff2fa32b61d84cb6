//! Who an event is about: at least one identifier has to be there.

use serde_json::{Map, Value};

use super::Rejection;
use crate::{event::EventKind, profile::IdentifierKind};

/// Where addresses and numbers tell a person apart, under each spelling of their names.
const CONTACTS: [&str; 3] = ["/traits", "/context/traits", "/properties"];
/// Paths of what tells a person apart beside `userId`, `anonymousId` and these.
const IDENTIFIERS: &[&str] = &[
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
    let is_contact = |name: &str| IdentifierKind::Email.is_named(name) || IdentifierKind::Phone.is_named(name);
    let contacts = CONTACTS.iter().filter_map(|path| at(body, path)?.as_object()).flatten();
    contacts.filter(|(name, _)| is_contact(name)).any(|(_, value)| is_something(value))
        || IDENTIFIERS.iter().filter_map(|path| at(body, path)).any(is_something)
}

fn at<'v>(body: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
    let mut parts = path.split('/').skip(1);
    let first = body.get(parts.next()?)?;
    parts.try_fold(first, |value, part| match value {
        Value::Array(list) => list.get(part.parse::<usize>().ok()?),
        other => other.get(part),
    })
}

fn is_something(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.trim().is_empty(),
        Value::Object(map) => !map.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Number(_) => true,
        Value::Null | Value::Bool(_) => false,
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_address_or_a_number_tells_who_it_is_under_each_spelling() {
        for (body, expected) in [
            (json!({"traits": {"email_address": "d@n.example"}}), true),
            (json!({"context": {"traits": {"Phone Number": 14_155_550_123_i64}}}), true),
            (json!({"properties": {"mail": "d@n.example"}}), true),
            (json!({"context": {"externalIds": [{"id": "7"}]}}), true),
            (json!({"traits": {"email": " ", "phone": null}}), false),
            (json!({"traits": {"firstName": "Dana"}, "context": {"externalIds": []}}), false),
            (json!({"traits": 7}), false),
        ] {
            let Value::Object(mut body) = body else { unreachable!() };
            assert_eq!(settle(EventKind::Track, &mut body).is_ok(), expected, "{body:?}");
        }
    }
}
