//! What is known of a person, as far as events may lack it: a mapping fills its fields from here.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{IdentifierKind, Visit};

/// An identifier that no other person has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownIdentifier {
    /// Its kind.
    pub kind: IdentifierKind,
    /// As it came.
    pub raw: String,
    /// The default country of the source that told it.
    pub country: Option<String>,
}

/// What a profile tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KnownPerson {
    /// Identifiers, oldest first.
    pub identifiers: Vec<KnownIdentifier>,
    /// Traits by their names; parts of an address have a dot.
    pub traits: Vec<(String, Value)>,
    /// Of the last visits.
    pub visit: Visit,
}

impl KnownPerson {
    /// All of it in the shape of Segment's traits, with `userId`, `madid`, `sc_click_id`, `sc_cookie1` and `page_url`.
    /// `abroad` writes a phone number that was told in a country so that it can be read in every other.
    #[must_use]
    pub fn filled(self, abroad: impl Fn(&str, &str) -> Option<String>) -> BTreeMap<String, Value> {
        let mut out = Map::new();
        for (name, value) in self.traits {
            let mut keys = name.split('.');
            let (first, rest) = (keys.next().unwrap_or_default(), keys.collect::<Vec<_>>());
            put(&mut out, first, &rest, value);
        }
        own(&mut out, &self.identifiers, IdentifierKind::Email, "email");
        if let Some(phone) = own(&mut out, &self.identifiers, IdentifierKind::Phone, "phone")
            && let Some(number) = phone.country.as_deref().and_then(|country| abroad(&phone.raw, country))
        {
            out.insert("phone".to_owned(), Value::String(number));
        }
        let last = |kind| self.identifiers.iter().rev().find(|known| known.kind == kind).map(|known| &known.raw);
        for (name, text) in [
            ("userId", last(IdentifierKind::User)),
            ("madid", last(IdentifierKind::MobileAd)),
            ("sc_click_id", self.visit.click_id.as_ref()),
            ("sc_cookie1", self.visit.cookie.as_ref()),
            ("page_url", self.visit.page.as_ref()),
        ] {
            if let Some(text) = text {
                out.insert(name.to_owned(), Value::String(text.clone()));
            }
        }
        out.into_iter().collect()
    }
}

fn put(map: &mut Map<String, Value>, key: &str, deeper: &[&str], value: Value) {
    match deeper {
        [] => drop(map.insert(key.to_owned(), value)),
        [next, rest @ ..] => {
            let inner = map.entry(key).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, next, rest, value);
            }
        }
    }
}

/// A trait that many people have in common is not the person's own; another one that is stands in for it under `name`. Answers
/// the identifier whose value it is.
fn own<'k>(
    map: &mut Map<String, Value>,
    identifiers: &'k [KnownIdentifier],
    kind: IdentifierKind,
    name: &str,
) -> Option<&'k KnownIdentifier> {
    let own = || identifiers.iter().filter(|known| known.kind == kind);
    let (mut same, mut unknowable) = (None, false);
    map.retain(|key, told| {
        let told = match told {
            Value::String(text) if kind.is_named(key) => kind.fold(text),
            Value::Number(number) if kind.is_named(key) => kind.fold(&number.to_string()),
            _ => return true,
        };
        // What can't be looked up is taken as it was told.
        let Some(told) = told else {
            unknowable = true;
            return true;
        };
        let found = own().find(|known| kind.fold(&known.raw).as_ref() == Some(&told));
        same = same.or(found);
        found.is_some()
    });
    if same.is_some() || unknowable {
        return same;
    }
    let last = own().next_back();
    match last {
        Some(known) => drop(map.insert(name.to_owned(), Value::String(known.raw.clone()))),
        None => drop(map.remove(name)),
    }
    last
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filled(identifiers: &[(IdentifierKind, &str)], traits: &[(&str, Value)]) -> Value {
        let known = |(kind, raw): &(IdentifierKind, &str)| KnownIdentifier {
            kind: *kind,
            raw: (*raw).to_owned(),
            country: None,
        };
        let person = KnownPerson {
            identifiers: identifiers.iter().map(known).collect(),
            traits: traits.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            visit: Visit::default(),
        };
        json!(person.filled(|_, _| None))
    }

    #[test]
    fn traits_nest_and_the_newest_identifier_counts() {
        let (user, email) = (IdentifierKind::User, IdentifierKind::Email);
        assert_eq!(
            filled(
                &[(user, "u-1"), (email, "old@n.example"), (email, "new@n.example"), (user, "u-2")],
                &[("address.city", json!("Reno")), ("address.country", json!("US")), ("firstName", json!("Dana"))],
            ),
            json!({"address": {"city": "Reno", "country": "US"}, "firstName": "Dana", "email": "new@n.example", "userId": "u-2"})
        );
    }

    #[test]
    fn what_many_share_is_not_filled_in() {
        let (email, phone) = (IdentifierKind::Email, IdentifierKind::Phone);
        // The trait that was told last wins over an identifier that came later.
        let both = &[(email, "Dana@n.example"), (email, "other@n.example")];
        assert_eq!(filled(both, &[("email", json!("dana@N.example"))]), json!({"email": "dana@N.example"}));
        assert_eq!(filled(&[], &[("email", json!("shop@n.example"))]), json!({}));
        assert_eq!(filled(&both[1..], &[("email", json!("shop@n.example"))]), json!({"email": "other@n.example"}));
        let digest = "542d240129883c019e106e3b1b2d3f3cb3537c43c425364de8e951d5a3083345";
        assert_eq!(filled(&[(email, digest)], &[("email", json!(digest))]), json!({ "email": digest }));
        assert_eq!(filled(&[], &[("email", json!("on file"))]), json!({ "email": "on file" }));
        let spelt = &[("Email", json!("shop@n.example")), ("email_address", json!("dana@N.example"))];
        assert_eq!(filled(both, spelt), json!({"email_address": "dana@N.example"}));
        assert_eq!(filled(&[], spelt), json!({}));
        assert_eq!(
            filled(&[(phone, "4155550123")], &[("phone", json!(4_155_550_123_i64))]),
            json!({"phone": 4_155_550_123_i64})
        );
    }

    #[test]
    fn a_phone_number_is_read_in_the_country_where_it_was_told() {
        let phone = |raw: &str, country: Option<&str>, told: Option<Value>| {
            let kind = IdentifierKind::Phone;
            let person = KnownPerson {
                identifiers: vec![KnownIdentifier { kind, raw: raw.into(), country: country.map(str::to_owned) }],
                traits: told.map(|told| ("phone".to_owned(), told)).into_iter().collect(),
                visit: Visit::default(),
            };
            let number = person.filled(|raw, country| (raw != "unfit").then(|| format!("{country} {raw}")));
            number.get("phone").cloned()
        };
        assert_eq!(phone("0151 2345", Some("DE"), Some(json!("01512345"))), Some(json!("DE 0151 2345")));
        assert_eq!(phone("0151 2345", Some("DE"), None), Some(json!("DE 0151 2345")));
        assert_eq!(phone("0151 2345", None, Some(json!("01512345"))), Some(json!("01512345")));
        assert_eq!(phone("unfit", Some("DE"), None), Some(json!("unfit")));
    }
}
