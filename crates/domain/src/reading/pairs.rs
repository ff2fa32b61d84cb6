//! CustomerLabs' typed pairs `{"t": "string", "v": "…"}`, unwrapped wherever they stand; and objects and lists that were sent
//! as text.

use serde_json::{Map, Value};

use super::json_text;
use crate::delivery::Reason;

/// How deep JSON as text is looked for.
const TEXT_LEVELS: usize = 8;

/// Replaces each typed pair by its value; untyped values beside them stay. Tells of pairs whose value is of another type.
/// `key` is what the value stands under, `level` how deep.
fn unwrap_all(key: &str, value: &mut Value, level: usize, notes: &mut Vec<Reason>) {
    // A pair's value may be a pair again: dirt of a sender that wraps twice.
    while let Some((kind, mut inner)) = as_pair(value) {
        if matches!(kind, "array" | "object") && level <= TEXT_LEVELS && json_text::looks_so(&inner) {
            json_text::read(&mut inner, kind, notes);
        }
        if !fits(kind, &inner) && !notes.iter().any(|note| note.code == "typed_pair_mismatch") {
            notes.push(Reason::new(
                "typed_pair_mismatch",
                format!(
                    "A pair says that it is of type “{kind}”, but its value is not. The value was kept as it came."
                ),
            ));
        }
        *value = inner;
    }
    if level <= TEXT_LEVELS
        && json_text::looks_so(value)
        && let Some(named) = json_text::meant_by(key)
    {
        json_text::read(value, named, notes);
    }
    match value {
        Value::Object(map) => map.iter_mut().for_each(|(key, value)| unwrap_all(key, value, level + 1, notes)),
        Value::Array(list) => list.iter_mut().for_each(|value| unwrap_all(key, value, level + 1, notes)),
        _ => {}
    }
}

/// Replaces each typed pair of a body by its value, and JSON as text by what it says.
pub(super) fn unwrap_body(body: &mut Map<String, Value>, notes: &mut Vec<Reason>) {
    body.iter_mut().for_each(|(key, value)| unwrap_all(key, value, 1, notes));
}

/// The pair's type word and value. `ib` marks identifiers and may stand beside them; any other key makes it a plain object.
fn as_pair(value: &mut Value) -> Option<(&'static str, Value)> {
    let Value::Object(map) = value else { return None };
    if !map.keys().all(|key| matches!(key.as_str(), "t" | "v" | "ib")) {
        return None;
    }
    let kind = type_word(map.get("t")?)?;
    Some((kind, map.get_mut("v").map(Value::take).unwrap_or_default()))
}

/// The word for a type that a pair's `t` is.
pub(super) fn type_word(value: &Value) -> Option<&'static str> {
    let word = value.as_str()?;
    ["string", "number", "boolean", "array", "object"].into_iter().find(|kind| word.eq_ignore_ascii_case(kind))
}

/// Numbers as text and text as numbers are everyday dirt that the mapping reads; a note would be noise.
fn fits(kind: &str, value: &Value) -> bool {
    match kind {
        "array" => value.is_array() || value.is_null(),
        "object" => value.is_object() || value.is_null(),
        "number" => {
            value.is_number()
                || value.is_null()
                || value.as_str().is_some_and(|text| text.trim().parse::<f64>().is_ok())
        }
        "boolean" => {
            matches!(value, Value::Bool(_) | Value::Null | Value::Number(_))
                || value.as_str().is_some_and(|text| matches!(text, "true" | "false"))
        }
        _ => !value.is_array() && !value.is_object(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unwraps_wherever_they_stand() {
        let mut value = json!({
            "value": {"t": "number", "v": "59.90"},
            "plain": 7,
            "email": {"t": "string", "v": "a@b.example", "ib": true},
            "products": {"t": "array", "v": [{"t": "Object", "v": {"sku": {"t": "string", "v": "A-1"}, "n": 2}}]},
            "empty": {"t": "string"},
            "shirt": {"t": "cotton", "v": "neck"},
            "more": {"t": "string", "v": "x", "w": 1},
        });
        let mut notes = Vec::new();
        unwrap_all("", &mut value, 1, &mut notes);
        let expected = json!({
            "value": "59.90",
            "plain": 7,
            "email": "a@b.example",
            "products": [{"sku": "A-1", "n": 2}],
            "empty": null,
            "shirt": {"t": "cotton", "v": "neck"},
            "more": {"t": "string", "v": "x", "w": 1},
        });
        assert_eq!(value, expected);
        assert!(notes.is_empty());
    }

    #[test]
    fn json_as_text_is_read_where_it_is_meant_and_in_pairs_of_its_type() {
        let Value::Object(mut body) = json!({
            "customProperties": r#"{"value": {"t": "number", "v": "9"}, "user_traits": "{\"firstName\": \"Dana\"}"}"#,
            "productProperties": {"t": "array", "v": r#"[{"sku": {"t": "string", "v": "A-1"}}]"#},
            "properties": {"products": [r#"{"sku": "B-2"}"#], "note": "[sic]", "items": "[1,", "list": {"t": "Object", "v": "{}"}},
        }) else {
            unreachable!()
        };
        let mut notes = Vec::new();
        unwrap_body(&mut body, &mut notes);
        let expected = json!({
            "customProperties": {"value": "9", "user_traits": {"firstName": "Dana"}},
            "productProperties": [{"sku": "A-1"}],
            "properties": {"products": [{"sku": "B-2"}], "note": "[sic]", "items": "[1,", "list": {}},
        });
        assert_eq!(Value::Object(body), expected);
        let codes: Vec<&str> = notes.iter().map(|note| note.code.as_str()).collect();
        assert_eq!(codes, ["json_text", "invalid_json_text"]);
    }

    #[test]
    fn a_wrong_type_is_noted_once_and_kept() {
        let mut value = json!([{"t": "number", "v": "abc"}, {"t": "array", "v": "x"}]);
        let mut notes = Vec::new();
        unwrap_all("", &mut value, 1, &mut notes);
        assert_eq!(value, json!(["abc", "x"]));
        assert_eq!(notes.len(), 1);
    }
}
