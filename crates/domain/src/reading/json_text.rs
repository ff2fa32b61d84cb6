//! Objects and lists that were sent as text, such as `"products": "[{\"sku\":\"A-1\"}]"`: dirt of shops' templates.

use serde_json::Value;

use crate::{delivery::Reason, workflow::event_key};

/// Keys that hold an object or a list in every event that has them, in order.
const KEYS: [&str; 37] = [
    "address",
    "billingaddress",
    "brands",
    "campaign",
    "cart",
    "consent",
    "contentcategory",
    "contentids",
    "contents",
    "context",
    "cookies",
    "customer",
    "customfields",
    "customproperties",
    "defaultaddress",
    "destinationids",
    "device",
    "externalids",
    "extinfo",
    "grouptraits",
    "itemids",
    "items",
    "lineitems",
    "order",
    "page",
    "preferredneighborhoods",
    "preferredstarratings",
    "productids",
    "productproperties",
    "products",
    "properties",
    "shippingaddress",
    "suggesteddestinations",
    "suggestedhotels",
    "traits",
    "user",
    "usertraits",
];
/// Levels that a text's JSON may have: with those around it far fewer than a JSON reader takes.
const LEVELS: usize = 32;

/// The key, if a text under it is meant as an object or a list.
pub(super) fn meant_by(key: &str) -> Option<&'static str> {
    KEYS.binary_search(&event_key(key).as_str()).ok().map(|at| KEYS[at])
}

/// Whether it is a text that begins as an object or a list does.
pub(super) fn looks_so(value: &Value) -> bool {
    matches!(value, Value::String(text) if matches!(text.trim_start().bytes().next(), Some(b'{' | b'[')))
}

/// Puts what the text says in its place, and tells so; a text that can't be read stays, and that is told too.
pub(super) fn read(value: &mut Value, named: &str, notes: &mut Vec<Reason>) {
    let Value::String(text) = &*value else { return };
    let read = serde_json::from_str::<Value>(text).ok().filter(|inner| levels(inner) <= LEVELS);
    let (code, what) = match read {
        Some(inner) => {
            *value = inner;
            ("json_text", "was JSON as text, and was read as what it says.".to_owned())
        }
        None => (
            "invalid_json_text",
            format!(
                "looks like JSON as text and can't be read as such: it is broken or has over {LEVELS} levels. It stays a text."
            ),
        ),
    };
    if !notes.iter().any(|note| note.code == code) {
        notes.push(Reason::new(code, format!("“{named}” {what}")));
    }
}

fn levels(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(levels).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(levels).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_meant_as_json_is_read_within_limits() {
        assert!(KEYS.is_sorted());
        assert_eq!((meant_by("Product_Properties"), meant_by("name")), (Some("productproperties"), None));
        let tried = |text: &str| {
            let (mut value, mut notes) = (json!(text), Vec::new());
            read(&mut value, "products", &mut notes);
            (value, notes.remove(0).code)
        };
        assert_eq!(tried(r#" [{"sku":"A"}] "#), (json!([{"sku": "A"}]), "json_text".into()));
        for broken in ["[1,", "[1] [2]", &"[".repeat(5_000), &format!("{}{}", "[".repeat(33), "]".repeat(33))] {
            assert_eq!(tried(broken), (json!(broken), "invalid_json_text".into()));
        }
        assert!(looks_so(&json!("\n {}")) && !looks_so(&json!("x")) && !looks_so(&json!({})));
    }
}
