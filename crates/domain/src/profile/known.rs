//! What is known of a person, as far as events may lack it: a mapping fills its fields from here.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{IdentifierKind, Visit};

/// What a profile tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KnownPerson {
    /// Identifiers that no other person has, oldest first, each as it came.
    pub identifiers: Vec<(IdentifierKind, String)>,
    /// Traits by their names; parts of an address have a dot.
    pub traits: Vec<(String, Value)>,
    /// Of the last visits.
    pub visit: Visit,
}

impl KnownPerson {
    /// All of it in the shape of Segment's traits, with `userId`, `madid`, `sc_click_id`, `sc_cookie1` and `page_url`.
    #[must_use]
    pub fn filled(self) -> BTreeMap<String, Value> {
        let mut out = Map::new();
        for (name, value) in self.traits {
            let mut keys = name.split('.');
            let (first, rest) = (keys.next().unwrap_or_default(), keys.collect::<Vec<_>>());
            put(&mut out, first, &rest, value);
        }
        for (kind, name) in [(IdentifierKind::Email, "email"), (IdentifierKind::Phone, "phone")] {
            own(&mut out, &self.identifiers, kind, name);
        }
        let last = |kind: IdentifierKind| self.identifiers.iter().rev().find(|(of, _)| *of == kind).map(|(_, raw)| raw);
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

/// A trait that many people have in common is not the person's own; another one that is stands in for it.
fn own(map: &mut Map<String, Value>, identifiers: &[(IdentifierKind, String)], kind: IdentifierKind, name: &str) {
    let told = match map.get(name) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let own = || identifiers.iter().filter(|(of, _)| *of == kind).map(|(_, raw)| raw);
    if let Some(told) = &told {
        // What can't be looked up, such as a hash, is taken as it was told.
        let Some(folded) = kind.fold(told) else { return };
        if own().any(|raw| kind.fold(raw).as_ref() == Some(&folded)) {
            return;
        }
    }
    match own().next_back() {
        Some(raw) => drop(map.insert(name.to_owned(), Value::String(raw.clone()))),
        None => drop(map.remove(name)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filled(identifiers: &[(IdentifierKind, &str)], traits: &[(&str, Value)]) -> Value {
        let person = KnownPerson {
            identifiers: identifiers.iter().map(|(kind, raw)| (*kind, (*raw).to_owned())).collect(),
            traits: traits.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            visit: Visit::default(),
        };
        json!(person.filled())
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
        assert_eq!(filled(&[], &[("email", json!(digest))]), json!({ "email": digest }));
        assert_eq!(
            filled(&[(phone, "4155550123")], &[("phone", json!(4_155_550_123_i64))]),
            json!({"phone": 4_155_550_123_i64})
        );
    }
}
