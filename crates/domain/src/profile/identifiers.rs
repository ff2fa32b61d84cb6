//! The identifiers of an event.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    event::{EventKind, TrackedEvent},
    reading::privacy::{fold_email, phone_digits},
    workflow::event_key,
};

/// Kinds of identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    /// The shop's own id of a customer.
    User,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// An id of another system.
    External,
    /// A browser's or app's own id.
    Anonymous,
    /// An advertising id (IDFA, GAID): a device may have several users, so it brings nobody together.
    MobileAd,
}

impl IdentifierKind {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::User, Self::Email, Self::Phone, Self::External, Self::Anonymous, Self::MobileAd];

    /// The word in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::External => "external",
            Self::Anonymous => "anonymous",
            Self::MobileAd => "mobile_ad",
        }
    }

    /// The kind that the word names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The words for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::User => "User id",
            Self::Email => "E-mail",
            Self::Phone => "Phone",
            Self::External => "External id",
            Self::Anonymous => "Anonymous id",
            Self::MobileAd => "Advertising id",
        }
    }

    /// Whether a trait or property of this name tells one, however the name is spelt.
    #[must_use]
    pub fn is_named(self, name: &str) -> bool {
        let (first, last, names): (&[u8], &[u8], &[&str]) = match self {
            Self::Email => (
                b"ecuim",
                b"ls",
                &["email", "emailaddress", "mail", "useremail", "customeremail", "contactemail", "identifybyemail"],
            ),
            Self::Phone => (
                b"pmtuci",
                b"erln",
                &[
                    "phone",
                    "phonenumber",
                    "mobile",
                    "mobilenumber",
                    "mobilephone",
                    "cellphone",
                    "telephone",
                    "telephonenumber",
                    "tel",
                    "msisdn",
                    "userphone",
                    "customerphone",
                    "contactphone",
                    "identifybyphone",
                ],
            ),
            Self::User | Self::External | Self::Anonymous | Self::MobileAd => return false,
        };
        // Most names are others, and are told by how they begin and end.
        let is_in = |of: &[u8], byte: Option<&u8>| byte.is_some_and(|byte| of.contains(&byte.to_ascii_lowercase()));
        let bytes = name.trim().as_bytes();
        is_in(first, bytes.first()) && is_in(last, bytes.last()) && names.contains(&event_key(name).as_str())
    }

    /// A value of this kind in the form that look-ups know; `None` if it can't be one.
    #[must_use]
    pub fn fold(self, raw: &str) -> Option<String> {
        let raw = raw.trim();
        match self {
            Self::Email | Self::Phone if is_digest(raw) => Some(raw.to_ascii_lowercase()),
            Self::Email => (raw.contains('@') && raw.len() <= 254).then(|| fold_email(raw)),
            Self::Phone => Some(phone_digits(raw)).filter(|digits| (5..=20).contains(&digits.len())),
            Self::MobileAd => meaningful(raw).then(|| raw.to_lowercase()),
            Self::User | Self::External | Self::Anonymous => meaningful(raw).then(|| raw.to_owned()),
        }
    }
}

/// An identifier of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// Its kind.
    pub kind: IdentifierKind,
    /// As it is looked up.
    pub folded: String,
    /// As it came.
    pub raw: String,
}

/// Ids that stand for nobody: what broken pages and libraries send.
const NOBODY: [&str; 16] = [
    "null",
    "undefined",
    "none",
    "nan",
    "nil",
    "na",
    "anonymous",
    "guest",
    "unknown",
    "test",
    "user",
    "0",
    "-1",
    "false",
    "true",
    "objectobject",
];
/// Identifiers of one event that count.
const PER_EVENT: usize = 20;
/// Characters that an id may have.
const ID_MAX: usize = 300;

/// Whether it is a SHA-256 digest: what other systems make of addresses and numbers before they hand them on.
pub(crate) fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn meaningful(id: &str) -> bool {
    let key = event_key(id);
    !key.is_empty()
        && id.len() <= ID_MAX
        && !NOBODY.contains(&key.as_str())
        && id != "-1"
        && !key.chars().all(|c| c == '0')
}

/// The identifiers of an event that has its personal data, strongest kind first, each once.
#[must_use]
pub fn identifiers(event: &TrackedEvent) -> Vec<Identifier> {
    use IdentifierKind::{Anonymous, Email, External, MobileAd, Phone, User};
    let mut found: Vec<Identifier> = Vec::new();
    let mut add = |kind: IdentifierKind, raw: Option<String>| {
        if let Some(raw) = raw
            && let Some(folded) = kind.fold(&raw)
            && found.len() < PER_EVENT
            && !found.iter().any(|known| known.kind == kind && known.folded == folded)
        {
            found.push(Identifier { kind, folded, raw });
        }
    };
    add(User, event.text("userId"));
    // What `alias` names as the previous id may have been either.
    let previous = if event.kind == EventKind::Alias { event.text("previousId") } else { None };
    add(User, previous.clone());
    // The traits of a group call are the group's.
    let own_traits = Some("traits").filter(|_| event.kind != EventKind::Group);
    for kind in [Email, Phone] {
        let places = own_traits.into_iter().chain(["context.traits", "properties"]);
        for (key, value) in places.flat_map(|place| entries(event, place)) {
            if kind.is_named(key) {
                add(kind, id_text(value));
            }
        }
    }
    add(External, event.text("properties.customerlabs_user_id").map(|id| format!("customerlabs_user_id:{id}")));
    for (kind, id) in external_ids(event) {
        add(External, Some(format!("{kind}:{id}")));
    }
    add(Anonymous, event.text("anonymousId"));
    add(Anonymous, previous);
    add(MobileAd, event.text("context.device.advertisingId").filter(|id| !is_of_the_vendor(event, id)));
    found
}

/// Whether an advertising id is the app's own id of the device: where a person doesn't allow tracking, Segment's plug-ins for iPhones
/// put that in its place.
fn is_of_the_vendor(event: &TrackedEvent, id: &str) -> bool {
    event.at("context.device.adTrackingEnabled") == Some(&Value::Bool(false))
        && event.text("context.device.id").is_some_and(|own| own.eq_ignore_ascii_case(id))
}

/// A phone number is known by the whole of it wherever its country is known: so `(415) 555-0123` and `+1 415 555 0123` name one
/// person, and `050 123 4567` of two countries names two.
pub fn complete(identifiers: &mut Vec<Identifier>, whole_number: impl Fn(&str) -> Option<String>) {
    let mut whole = BTreeSet::new();
    identifiers.retain_mut(|found| {
        if found.kind != IdentifierKind::Phone {
            return true;
        }
        if let Some(number) = whole_number(&found.raw) {
            found.folded = number;
        }
        whole.insert(found.folded.clone())
    });
}

fn entries<'e>(event: &'e TrackedEvent, place: &str) -> impl Iterator<Item = (&'e String, &'e Value)> + use<'e> {
    event.at(place).and_then(Value::as_object).into_iter().flatten()
}

fn id_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `context.externalIds` is a list of `{type, id}`; CustomerLabs' `external_ids` are pairs of name and id.
fn external_ids(event: &TrackedEvent) -> Vec<(String, String)> {
    let text = |value: Option<&Value>| match value {
        Some(Value::String(text)) if meaningful(text.trim()) => Some(text.trim().to_owned()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let mut found = Vec::new();
    if let Some(Value::Array(list)) = event.at("context.externalIds") {
        for entry in list {
            if let Some(id) = text(entry.get("id")) {
                found.push((text(entry.get("type")).unwrap_or_else(|| "id".to_owned()), id));
            }
        }
    }
    if let Some(Value::Object(map)) = event.at("properties.external_ids") {
        // What identifies by address or number has become a trait.
        let others = map.iter().filter(|(name, _)| !name.starts_with("identify_by_"));
        found.extend(others.filter_map(|(name, value)| Some((name.clone(), text(Some(value))?))));
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Timestamp;

    fn of(kind: EventKind, body: Value) -> Vec<String> {
        let Value::Object(body) = body else { unreachable!() };
        let at = Timestamp(0);
        let event =
            TrackedEvent { kind, name: "x".into(), message_id: "m".into(), occurred_at: at, received_at: at, body };
        identifiers(&event).into_iter().map(|id| format!("{} {}", id.kind.as_str(), id.folded)).collect()
    }

    #[test]
    fn one_number_is_known_however_it_is_typed() {
        let whole = |raw: &str| (raw != "nonsense").then(|| "14155550123".to_owned());
        let told = |raw: &str| {
            let folded = IdentifierKind::Phone.fold(raw).unwrap_or_default();
            let mut all = vec![Identifier { kind: IdentifierKind::Phone, folded, raw: raw.to_owned() }];
            complete(&mut all, whole);
            all.into_iter().map(|it| it.folded).collect::<Vec<_>>()
        };
        for raw in ["(415) 555-0123", "+1 415 555 0123", "٤١٥ ٥٥٥ ٠١٢٣"] {
            assert_eq!(told(raw), ["14155550123"]);
        }
        assert_eq!(told("nonsense"), [""]);
        let digest = "11072303EB5C8CB5C5A1EBB762F11B37B07131265B46FDFE1276196BFBD3CA51";
        assert_eq!(IdentifierKind::Phone.fold(digest), Some(digest.to_lowercase()));
        assert_eq!(IdentifierKind::Email.fold(digest), Some(digest.to_lowercase()));
        assert_eq!(IdentifierKind::Email.fold(&digest[1..]), None);
    }

    #[test]
    fn finds_each_once_and_leaves_out_nobody() {
        let body = json!({"userId": "u1", "anonymousId": "undefined", "traits": {"email": " Dana@N.example "},
            "context": {"traits": {"email": "dana@n.example", "phone": "+1 (415) 555-0123"},
                        "externalIds": [{"id": "7", "type": "crm"}, {"id": "null", "type": "x"}],
                        "device": {"advertisingId": "00000000-0000-0000-0000-000000000000"}},
            "properties": {"external_ids": {"fbp": "fb.1"}, "phone": "0"}});
        assert_eq!(
            of(EventKind::Identify, body),
            ["user u1", "email dana@n.example", "phone 14155550123", "external crm:7", "external fbp:fb.1"]
        );
        assert_eq!(
            of(EventKind::Alias, json!({"userId": "u1", "previousId": "a1"})),
            ["user u1", "user a1", "anonymous a1"]
        );
    }

    #[test]
    fn the_vendors_id_of_a_device_is_no_advertising_id() {
        for (id, allowed, expected) in [
            ("A-1", json!(false), &[][..]),
            ("A-1", json!(true), &["mobile_ad a-1"]),
            ("B-2", json!(false), &["mobile_ad b-2"]),
        ] {
            let device = json!({"id": "a-1", "advertisingId": id, "adTrackingEnabled": allowed});
            assert_eq!(of(EventKind::Track, json!({"context": {"device": device}})), expected, "{id} {allowed}");
        }
    }

    #[test]
    fn an_address_and_a_number_count_under_each_spelling() {
        for (name, value, expected) in [
            ("Email", json!("A@n.example"), Some("email a@n.example")),
            ("E-Mail", json!("A@n.example"), Some("email a@n.example")),
            ("emailAddress", json!("A@n.example"), Some("email a@n.example")),
            ("customer_email", json!("A@n.example"), Some("email a@n.example")),
            ("identify_by_phone", json!("14155550123"), Some("phone 14155550123")),
            ("Phone Number", json!("+1 415 555 0123"), Some("phone 14155550123")),
            ("MOBILE", json!(14_155_550_123_i64), Some("phone 14155550123")),
            ("Tel", json!("+1 415 555 0123"), Some("phone 14155550123")),
            ("cell-phone", json!("+1 415 555 0123"), Some("phone 14155550123")),
            ("msisdn", json!(14_155_550_123_i64), Some("phone 14155550123")),
            ("mail", json!("A@n.example"), Some("email a@n.example")),
            ("mail", json!("weekly"), None),
            ("model", json!("415 555 0123"), None),
            ("mobile", json!(true), None),
            ("email_opt_in", json!("a@n.example"), None),
            ("phone_model", json!("415 555 0123"), None),
        ] {
            let found = of(EventKind::Identify, json!({"traits": {name: value}}));
            assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{name}");
        }
        let group = json!({"userId": "u1", "traits": {"email": "office@n.example", "phone": "+1 415 555 0123"}});
        assert_eq!(of(EventKind::Group, group), ["user u1"]);
    }
}
