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

/// The attribute `name` without a value, written by the server alone. A page that is drawn anew takes away each attribute that it was
/// given, also one that was false, and with it what a person opened since.
pub fn by_server(name: &'static str, on: bool) -> Vec<AnyAttribute> {
    (cfg!(feature = "ssr") && on).then(|| custom_attribute(name, "").into_any_attr()).into_iter().collect()
}

/// The attributes of a `<details>` that is open until somebody closes it.
pub fn open_at_first(details: NodeRef<html::Details>) -> Vec<AnyAttribute> {
    effect(move || {
        if let Some(details) = details.try_get().flatten() {
            browser::open_once(&details);
        }
    });
    [by_server("open", true), by_server(DRAWN, true)].concat()
}

/// Keeps what a `<select>` is at. An option that was chosen no longer follows its attribute: without this, one that is chosen only by
/// the attribute would be chosen again when the page is drawn anew, in place of what somebody chose since.
pub fn keep_choice(select: NodeRef<html::Select>) {
    effect(move || {
        if let Some(select) = select.try_get().flatten() {
            select.set_value(&select.value());
        }
    });
}
