//! A button that copies a text.

use leptos::prelude::*;

use super::Icon;
use crate::browser;

/// Copies `text`, and says so for a moment. Needs scripts; without them the text beside it can be selected.
#[component]
pub fn CopyButton(
    /// What is copied.
    #[prop(into)]
    text: String,
    /// What it is, for the button's name: "Copy write key".
    #[prop(optional, into)]
    what: Option<String>,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let name = what.map_or_else(|| "Copy".to_owned(), |what| format!("Copy {what}"));
    let copy = move |_| {
        browser::copy(&text);
        copied.set(true);
        set_timeout(move || copied.try_set(false).map_or((), drop), std::time::Duration::from_secs(2));
    };
    view! {
        <button type="button" class="button small copy" aria-label=name on:click=copy>
            <Icon name="copy"/>
            <span aria-live="polite">{move || if copied.get() { "Copied" } else { "Copy" }}</span>
        </button>
    }
    .into_any()
}
