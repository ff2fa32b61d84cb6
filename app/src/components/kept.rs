//! What a page sets when it is first drawn, and leaves to whoever looks at it afterwards: a page that is drawn anew would set it again.

use leptos::{
    html,
    prelude::*,
    tachys::html::attribute::{
        any_attribute::{AnyAttribute, IntoAnyAttribute},
        custom::custom_attribute,
    },
};

use super::effect;
use crate::browser::{self, DRAWN};

/// The attribute `name`, written by the server alone. A page that is drawn anew takes away each attribute that it was given, also one
/// that was false, and with it what a person opened or chose since.
pub fn by_server(name: &'static str, value: Option<String>) -> Vec<AnyAttribute> {
    let value = value.filter(|_| cfg!(feature = "ssr"));
    value.map(|value| custom_attribute(name, value).into_any_attr()).into_iter().collect()
}

/// The attributes of a `<details>` that is open until somebody closes it.
pub fn open_at_first(details: NodeRef<html::Details>) -> Vec<AnyAttribute> {
    effect(move || {
        if let Some(details) = details.try_get().flatten()
            && browser::draws_anew(&details, "open")
        {
            details.set_open(true);
        }
    });
    [by_server("open", Some(String::new())), by_server(DRAWN, Some("open".to_owned()))].concat()
}

/// The attributes of a `<select>` among so many choices that is at `value` until somebody chooses another, or until the page is drawn
/// with another.
pub fn chosen_at_first(select: NodeRef<html::Select>, value: String, among: usize) -> Vec<AnyAttribute> {
    let drawn = format!("{among} {value}");
    let written = by_server(DRAWN, Some(drawn.clone()));
    effect(move || {
        if let Some(select) = select.try_get().flatten()
            && browser::draws_anew(&select, &drawn)
        {
            select.set_value(&value);
        }
    });
    written
}
