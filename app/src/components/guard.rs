//! Asks before a page with unsaved changes is left, whether by a link inside or by closing the tab.

use leptos::prelude::*;

use super::effect;

/// Guards the page while `dirty` says so. Does nothing on the server.
pub fn guard_unsaved(dirty: Signal<bool>) {
    effect(move || {
        let on_unload = window_event_listener(leptos::ev::beforeunload, move |ev| {
            if dirty.try_get_untracked() == Some(true) {
                ev.prevent_default();
            }
        });
        on_cleanup(move || on_unload.remove());
        #[cfg(feature = "hydrate")]
        guard_links(dirty);
    });
}

/// The router listens on the window; a listener that captures is asked first.
#[cfg(feature = "hydrate")]
fn guard_links(dirty: Signal<bool>) {
    use leptos::{
        reactive::owner::StoredValue,
        web_sys::{Element, Event},
    };
    use wasm_bindgen::{JsCast, prelude::Closure};

    let ask = Closure::<dyn Fn(Event)>::new(move |ev: Event| {
        let link = ev.target().and_then(|target| target.dyn_into::<Element>().ok());
        let leaves = link.and_then(|element| element.closest("a[href]").ok().flatten()).is_some_and(|link| {
            !link.get_attribute("href").is_some_and(|href| href.starts_with('#')) && !link.has_attribute("target")
        });
        if leaves && dirty.try_get_untracked() == Some(true) {
            let question = "You have changes that are not saved. Leave this page and lose them?";
            if !window().confirm_with_message(question).unwrap_or(true) {
                ev.prevent_default();
                ev.stop_propagation();
            }
        }
    });
    let listener = StoredValue::new_local(ask);
    listener.with_value(|ask| {
        let _ = window().add_event_listener_with_callback_and_bool("click", ask.as_ref().unchecked_ref(), true);
    });
    on_cleanup(move || {
        listener.try_with_value(|ask| {
            let _ = window().remove_event_listener_with_callback_and_bool("click", ask.as_ref().unchecked_ref(), true);
        });
    });
}
