//! Asks before a page with unsaved changes is left, whether by a link inside, by the browser's Back or by closing the tab.

use leptos::prelude::*;

use super::effect;

/// The page that asks before it is left, and where it stands.
#[derive(Clone, Copy)]
struct Guarded(StoredValue<Option<Page>>);

#[derive(Clone)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser is asked"))]
struct Page {
    dirty: Signal<bool>,
    path: String,
    search: String,
}

/// Listens to Back and Forward. To be called before the router is made: who listens first on the window is asked first, and whoever
/// stays is to stay before the router has gone.
pub fn guard_history() {
    let guarded = Guarded(StoredValue::new(None));
    provide_context(guarded);
    #[cfg(feature = "hydrate")]
    inner::listen_to_history(guarded);
}

/// Guards the page while `dirty` says so. Does nothing on the server.
pub fn guard_unsaved(dirty: Signal<bool>) {
    let guarded = use_context::<Guarded>();
    effect(move || {
        let on_unload = window_event_listener(leptos::ev::beforeunload, move |ev| {
            if dirty.try_get_untracked() == Some(true) {
                ev.prevent_default();
            }
        });
        on_cleanup(move || on_unload.remove());
        #[cfg(feature = "hydrate")]
        inner::guard_links(dirty);
    });
    let Some(Guarded(page)) = guarded else { return };
    let remember = move || {
        let (path, search) = here();
        page.set_value(Some(Page { dirty, path, search }));
    };
    effect(move || {
        dirty.track();
        remember();
        // The search of a page writes itself into the address.
        let typing = window_event_listener(leptos::ev::input, move |_| remember());
        on_cleanup(move || typing.remove());
    });
}

/// The path and the query of the address.
#[cfg(feature = "hydrate")]
fn here() -> (String, String) {
    let location = window().location();
    (location.pathname().unwrap_or_default(), location.search().unwrap_or_default())
}

#[cfg(not(feature = "hydrate"))]
fn here() -> (String, String) {
    Default::default()
}

#[cfg(feature = "hydrate")]
mod inner {
    use leptos::{
        prelude::*,
        reactive::owner::StoredValue,
        web_sys::{Element, Event, MouseEvent},
    };
    use wasm_bindgen::{JsCast, JsValue, prelude::Closure};

    use super::{Guarded, Page};

    /// Asks whoever follows a link.
    pub fn guard_links(dirty: Signal<bool>) {
        listen_first("click", move |ev: Event| {
            let link = ev.target().and_then(|target| target.dyn_into::<Element>().ok());
            let leaves = link.and_then(|element| element.closest("a[href]").ok().flatten()).is_some_and(|link| {
                !link.get_attribute("href").is_some_and(|href| href.starts_with('#')) && !link.has_attribute("target")
            });
            if leaves && !opens_beside(&ev) && !may_leave(dirty) {
                ev.prevent_default();
                ev.stop_propagation();
            }
        });
    }

    /// Whether a click opens its link in a tab or window of its own.
    fn opens_beside(ev: &Event) -> bool {
        ev.dyn_ref::<MouseEvent>().is_some_and(|ev| ev.ctrl_key() || ev.meta_key() || ev.shift_key())
    }

    /// Asks whoever goes back or forth. The address has changed by then, and is put back for whoever stays.
    pub fn listen_to_history(Guarded(page): Guarded) {
        let listener = window_event_listener(leptos::ev::popstate, move |ev| {
            let Some(Page { dirty, path, search }) = page.try_get_value().flatten() else { return };
            let jumps_within = window().location().pathname().is_ok_and(|now| now == path);
            if jumps_within || may_leave(dirty) {
                return;
            }
            ev.stop_immediate_propagation();
            // Refused only for another origin.
            let _ =
                window().history().and_then(|all| all.push_state_with_url(&JsValue::NULL, "", Some(&(path + &search))));
        });
        on_cleanup(move || listener.remove());
    }

    fn may_leave(dirty: Signal<bool>) -> bool {
        let question = "You have changes that are not saved. Leave this page and lose them?";
        dirty.try_get_untracked() != Some(true) || window().confirm_with_message(question).unwrap_or(true)
    }

    /// The router listens on the window; a listener that captures is asked first.
    fn listen_first(event: &'static str, ask: impl Fn(Event) + 'static) {
        let listener = StoredValue::new_local(Closure::<dyn Fn(Event)>::new(ask));
        listener.with_value(|ask| {
            let _ = window().add_event_listener_with_callback_and_bool(event, ask.as_ref().unchecked_ref(), true);
        });
        on_cleanup(move || {
            listener.try_with_value(|ask| {
                let _ =
                    window().remove_event_listener_with_callback_and_bool(event, ask.as_ref().unchecked_ref(), true);
            });
        });
    }
}
