//! The properties that rules may ask for, without personal data, in the form in which they are compared.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{campaign, is_personal};
use crate::{
    audience::{Folded, fold_all},
    event::TrackedEvent,
    workflow::event_key,
};

/// Properties of one event that are kept.
const PROPERTIES_MAX: usize = 60;
/// What rules ask of an order's products.
const PRODUCT_FIELDS: [&str; 8] = ["productid", "id", "sku", "name", "category", "brand", "variant", "price"];

/// `{"t": texts, "n": numbers in ten-thousandths, "d": dates in milliseconds}`, each by [`event_key`] of the property;
/// several values of one property are a list. `None` without any.
#[must_use]
pub fn facts(event: &TrackedEvent, originals: &Map<String, Value>) -> Option<String> {
    let mut found: BTreeMap<String, Vec<Folded>> = BTreeMap::new();
    if let Some(Value::Object(properties)) = event.at("properties") {
        for (name, value) in properties {
            if name == "products" {
                product_facts(value, originals, &mut found);
            } else if !is_personal("/properties", name, originals) {
                add(&mut found, &event_key(name), value);
            }
        }
    }
    for (name, text) in campaign(event) {
        add(&mut found, &format!("utm{name}"), &Value::String(text));
    }
    if !found.contains_key("url")
        && !is_personal("/context/page", "url", originals)
        && !is_personal("/context/page", "path", originals)
        && let Some(path) = event.at("context.page.path")
    {
        add(&mut found, "path", path);
    }
    if found.is_empty() {
        return None;
    }
    Some(json!({"t": texts(&found), "n": numbers(&found, |v| v.number), "d": numbers(&found, |v| v.date)}).to_string())
}

fn product_facts(products: &Value, originals: &Map<String, Value>, found: &mut BTreeMap<String, Vec<Folded>>) {
    let Value::Array(products) = products else { return };
    for (index, product) in products.iter().enumerate() {
        let Value::Object(product) = product else { continue };
        for (name, value) in product {
            let key = event_key(name);
            if PRODUCT_FIELDS.contains(&key.as_str())
                && !is_personal(&format!("/properties/products/{index}"), name, originals)
            {
                add(found, &format!("products{key}"), value);
            }
        }
    }
}

fn add(found: &mut BTreeMap<String, Vec<Folded>>, key: &str, value: &Value) {
    let folded = fold_all(value);
    if key.is_empty() || folded.is_empty() || (found.len() >= PROPERTIES_MAX && !found.contains_key(key)) {
        return;
    }
    found.entry(key.to_owned()).or_default().extend(folded);
}

fn texts(found: &BTreeMap<String, Vec<Folded>>) -> Map<String, Value> {
    let one = |(key, values): (&String, &Vec<Folded>)| {
        let texts: Vec<Value> = values.iter().map(|value| Value::String(value.text.clone())).collect();
        (key.clone(), single(texts))
    };
    found.iter().map(one).collect()
}

fn numbers(found: &BTreeMap<String, Vec<Folded>>, of: impl Fn(&Folded) -> Option<i64>) -> Map<String, Value> {
    let some = |(key, values): (&String, &Vec<Folded>)| {
        let numbers: Vec<Value> = values.iter().filter_map(&of).map(Value::from).collect();
        (!numbers.is_empty()).then(|| (key.clone(), single(numbers)))
    };
    found.iter().filter_map(some).collect()
}

/// A list of one is written as its element: most properties have one value.
fn single(mut values: Vec<Value>) -> Value {
    if values.len() == 1 { values.remove(0) } else { Value::Array(values) }
}
