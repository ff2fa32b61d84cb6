//! What every page of one destination needs: its id from the address, its breadcrumbs, and when to read again.

use domain::DestinationId;
use leptos::{
    ev::SubmitEvent,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{FormData, HtmlFormElement},
};
use leptos_router::hooks::use_params_map;

use crate::components::{Form, effect};

/// The destination that the address names; `None` if it can't be an id.
pub fn destination_id() -> Memo<Option<DestinationId>> {
    let params = use_params_map();
    Memo::new(move |_| params.read().get("id").and_then(|id| id.parse().ok()))
}

/// Counts the successes of an action: what it changed is read again then, and neither after a failure nor for a page that is being left.
pub fn successes(action: impl Into<Form>) -> ReadSignal<u32> {
    let action = action.into();
    let value = action.value();
    let (count, set_count) = signal(0);
    effect(move || {
        if value.with(|value| matches!(value, Some(Ok(())))) && !action.leaving_untracked() {
            set_count.update(|count| *count += 1);
        }
    });
    count
}

/// The breadcrumbs of a page about one destination: its words differ from the navigation's, so that each link has a name of its own.
pub fn crumbs(name: &str, id: Option<DestinationId>) -> Vec<(String, String)> {
    let mut crumbs = vec![("My Destinations".to_owned(), "/destinations".to_owned())];
    if let Some(id) = id {
        crumbs.push((name.to_owned(), format!("/destinations/{id}")));
    }
    crumbs
}

/// What the field `name` of the form that is being sent holds.
pub fn field_value(ev: &SubmitEvent, name: &str) -> String {
    let form = ev.current_target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
    let data = form.and_then(|form| FormData::new_with_form(&form).ok());
    data.and_then(|data| data.get(name).as_string()).unwrap_or_default()
}
