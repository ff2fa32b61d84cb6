//! CustomerLabs' shape put into Segment's: `customProperties`, `productProperties`, `user_traits`, `identify_by_…`.
//! Field names stay as they came (`transaction_number`, `firstName`, …): the mapping knows their spellings.

use serde_json::{Map, Value};

use crate::event::EventKind;

/// Moves what stands in CustomerLabs' places to Segment's; what is already there wins.
pub(super) fn reshape(kind: EventKind, body: &mut Map<String, Value>) {
    let mut custom = Map::new();
    let mut products = None;
    for place in [Some("properties"), None] {
        let map = match place {
            Some(key) => body.get_mut(key).and_then(Value::as_object_mut),
            None => Some(&mut *body),
        };
        let Some(map) = map else { continue };
        if let Some(Value::Object(found)) = take_if(map, "customProperties", Value::is_object) {
            fill(&mut custom, found);
        }
        products = products.or_else(|| take_if(map, "productProperties", |v| v.is_array() || v.is_object()));
    }
    let user_traits = take_if(&mut custom, "user_traits", Value::is_object);
    if !custom.is_empty() {
        fill(object(body, "properties"), custom);
    }
    if let Some(products) = products {
        let products = if products.is_object() { Value::Array(vec![products]) } else { products };
        object(body, "properties").entry("products").or_insert(products);
    }
    if let Some(Value::Object(found)) = user_traits {
        fill(traits(kind, body), found);
    }
    adopt_identifiers(kind, body);
}

/// Where that stands now which a sender wrote at a path of CustomerLabs' shape; nothing for other paths.
#[must_use]
pub fn moved(kind: EventKind, path: &str) -> Option<String> {
    let path = path.strip_prefix("properties.").unwrap_or(path);
    if let Some(rest) = path.strip_prefix("productProperties") {
        return (rest.is_empty() || rest.starts_with('.')).then(|| ["properties.products", rest].concat());
    }
    let rest = path.strip_prefix("customProperties.")?;
    Some(match rest.strip_prefix("user_traits.") {
        Some(rest) if kind == EventKind::Identify => ["traits.", rest].concat(),
        Some(rest) => ["context.traits.", rest].concat(),
        None => ["properties.", rest].concat(),
    })
}

/// `identify_by_email` and `identify_by_phone` say who a person is as plainly as the traits do.
fn adopt_identifiers(kind: EventKind, body: &mut Map<String, Value>) {
    for (from, to) in [("identify_by_email", "email"), ("identify_by_phone", "phone")] {
        let inner = [body.get("properties"), body.get("traits")].into_iter().flatten();
        // Their own helpers also write them beside the ids of other systems.
        let ids = inner.clone().map(|place| place.get("external_ids")).chain([body.get("external_ids")]).flatten();
        let found = inner.chain(ids).map(|place| place.get(from)).chain([body.get(from)]).flatten();
        let found = found.into_iter().find(|value| value.is_string() || value.is_number()).cloned();
        if let Some(value) = found {
            traits(kind, body).entry(to).or_insert(value);
        }
    }
}

/// Where an event of this kind says who the person is.
fn traits(kind: EventKind, body: &mut Map<String, Value>) -> &mut Map<String, Value> {
    if kind == EventKind::Identify { object(body, "traits") } else { object(object(body, "context"), "traits") }
}

fn take_if(map: &mut Map<String, Value>, key: &str, wanted: impl Fn(&Value) -> bool) -> Option<Value> {
    if map.get(key).is_some_and(wanted) { map.remove(key) } else { None }
}

/// The object under a key, made if there is none.
pub(super) fn object<'a>(map: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let slot = map.entry(key).or_insert_with(|| Value::Object(Map::new()));
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    match slot {
        Value::Object(map) => map,
        _ => unreachable!("made an object just before"),
    }
}

/// Adds the entries that `into` lacks.
pub(super) fn fill(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (key, value) in from {
        into.entry(key).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn properties_products_and_traits_find_their_places() {
        let Value::Object(mut body) = json!({
            "event": "Purchased",
            "properties": {
                "value": 5,
                "customProperties": {"value": 9, "currency": "USD", "user_traits": {"firstName": "Dana"},
                                     "identify_by_email": "d@n.example"},
                "productProperties": [{"product_id": "1"}]
            }
        }) else {
            unreachable!()
        };
        reshape(EventKind::Track, &mut body);
        let expected = json!({
            "event": "Purchased",
            "properties": {"value": 5, "currency": "USD", "identify_by_email": "d@n.example",
                           "products": [{"product_id": "1"}]},
            "context": {"traits": {"firstName": "Dana", "email": "d@n.example"}}
        });
        assert_eq!(Value::Object(body), expected);
    }

    #[test]
    fn a_path_leads_to_where_things_were_put() {
        for (kind, path, now) in [
            (EventKind::Track, "customProperties.net", Some("properties.net")),
            (EventKind::Track, "properties.customProperties.a.b", Some("properties.a.b")),
            (EventKind::Track, "customProperties.user_traits.plan", Some("context.traits.plan")),
            (EventKind::Identify, "customProperties.user_traits.plan", Some("traits.plan")),
            (EventKind::Track, "productProperties", Some("properties.products")),
            (EventKind::Track, "properties.productProperties.0.sku", Some("properties.products.0.sku")),
            (EventKind::Track, "productPropertiesToo", None),
            (EventKind::Track, "properties.net", None),
        ] {
            assert_eq!(moved(kind, path).as_deref(), now, "{path}");
        }
    }

    #[test]
    fn identifiers_beside_the_ids_of_other_systems_count() {
        let Value::Object(mut body) = json!({
            "customProperties": {"external_ids": {"facebook__fbp": "fb.1", "identify_by_email": "d@n.example"}},
            "external_ids": {"identify_by_phone": 4155550123_i64}
        }) else {
            unreachable!()
        };
        reshape(EventKind::Track, &mut body);
        assert_eq!(body["context"]["traits"], json!({"email": "d@n.example", "phone": 4_155_550_123_i64}));
    }

    #[test]
    fn identify_fills_its_own_traits() {
        let Value::Object(mut body) =
            json!({"customProperties": {"user_traits": {"phone": 14155550123_i64}}, "context": 3})
        else {
            unreachable!()
        };
        reshape(EventKind::Identify, &mut body);
        assert_eq!(body["traits"]["phone"], 14_155_550_123_i64);
    }
}
