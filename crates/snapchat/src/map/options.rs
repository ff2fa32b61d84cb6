//! Limited data use (reference section 11.1): which spelling Snapchat wants isn't settled, so the destination's setting decides
//! for all events, and where it is off, each event says it as it likes.

use domain::item::{Fields, Item};
use serde_json::Value;

use crate::{
    fields::{Field, Gathered},
    normalise::money,
};

/// Puts the options in where some restriction applies: the event's own, or what the destination's settings ask for.
pub(super) fn put(item: &mut Fields, values: &Gathered<'_>, setting: Option<&str>) {
    let mut tokens: Vec<Item> = Vec::new();
    for text in
        values.all(Field::Options).take(1).flat_map(crate::fields::Raw::each).filter_map(crate::fields::Raw::text)
    {
        // Other tools wrote the list as text: "['lmu']".
        let token = text.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_ascii_uppercase();
        let token = match token.as_str() {
            "LMU" | "LDU" => setting.unwrap_or(&token),
            "DELETE" => "DELETE",
            _ => continue,
        };
        if !tokens.iter().any(|known| known.as_str() == Some(token)) {
            tokens.push(token.to_owned().into());
        }
    }
    if tokens.is_empty() && !values.is_ruled(Field::Options) {
        tokens.extend(setting.map(|token| Item::from(token.to_owned())));
    }
    if tokens.is_empty() {
        return;
    }
    item.push("data_processing_options", tokens);
    for (field, key) in [
        (Field::OptionsCountry, "data_processing_options_country"),
        (Field::OptionsState, "data_processing_options_state"),
    ] {
        let number = values.text(field).and_then(|text| money::count(&Value::String(text.into_owned())));
        if let Some(number) = number {
            item.push(key, number);
        }
    }
}
