//! What was sent, as pages show it: hashes shortened, addresses masked.

use domain::reading::privacy::{mask_text, masked_ip};
use serde_json::Value;

/// The item with everything shortened or masked that could name a person.
pub(crate) fn masked_item(item: &Value) -> Value {
    mask("", item)
}

fn mask(key: &str, value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(map.iter().map(|(key, value)| (key.clone(), mask(key, value))).collect()),
        Value::Array(list) => Value::Array(list.iter().map(|value| mask(key, value)).collect()),
        Value::String(text) if key == "client_ip_address" => Value::String(masked_ip(text)),
        Value::String(text) if is_digest(text) => Value::String(format!("{}…{}", &text[..6], &text[60..])),
        Value::String(text) => Value::String(mask_text(text)),
        other => other.clone(),
    }
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shortens_and_masks() {
        let digest = "542d240129883c019e106e3b1b2d3f3cb3537c43c425364de8e951d5a3083345";
        let item = json!({
            "event_name": "PURCHASE",
            "event_source_url": "https://shop.example/?email=dana%40n.example",
            "user_data": {"em": [digest], "client_ip_address": "203.0.113.9", "client_user_agent": "Mozilla/5.0"},
            "custom_data": {"value": 59.9},
        });
        let expected = json!({
            "event_name": "PURCHASE",
            "event_source_url": "https://shop.example/?email=•••",
            "user_data": {"em": ["542d24…3345"], "client_ip_address": "203.0.•••", "client_user_agent": "Mozilla/5.0"},
            "custom_data": {"value": 59.9},
        });
        assert_eq!(masked_item(&item), expected);
    }
}
