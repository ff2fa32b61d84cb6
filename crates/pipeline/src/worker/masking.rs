//! What was sent, as pages show it: hashes shortened, addresses masked.

use domain::{
    item::Item,
    reading::privacy::{mask_text, masked_ip},
};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The item with everything shortened or masked that could name a person.
pub(crate) fn masked_item(item: &Item) -> Value {
    serde_json::to_value(Masked { key: "", value: item }).unwrap_or_default()
}

/// The same, written out: items come by the thousand, and nobody needs the tree.
pub(crate) fn masked_text_of(item: &Item) -> String {
    serde_json::to_string(&Masked { key: "", value: item }).unwrap_or_default()
}

/// A part of an item, with the key that it or its list stands under.
struct Masked<'v> {
    key: &'v str,
    value: &'v Item,
}

impl Serialize for Masked<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Item::Object(fields) => to.collect_map(fields.iter().map(|(key, value)| (key, Masked { key, value }))),
            Item::List(list) => to.collect_seq(list.iter().map(|value| Masked { key: self.key, value })),
            Item::Text(text) if self.key == "client_ip_address" => to.serialize_str(&masked_ip(text)),
            Item::Text(text) if is_digest(text) => to.collect_str(&format_args!("{}…{}", &text[..6], &text[60..])),
            Item::Text(text) => to.serialize_str(&mask_text(text)),
            other => other.serialize(to),
        }
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
        let item = Item::from(item);
        let expected = json!({
            "event_name": "PURCHASE",
            "event_source_url": "https://shop.example/?email=•••",
            "user_data": {"em": ["542d24…3345"], "client_ip_address": "203.0.•••", "client_user_agent": "Mozilla/5.0"},
            "custom_data": {"value": 59.9},
        });
        assert_eq!(masked_item(&item), expected);
        assert_eq!(masked_text_of(&item), expected.to_string());
    }
}
