//! Keys: `/` searches, `g d` / `g e` / `g a` go places, `?` lists them.

use leptos::prelude::*;

use super::{Dialog, effect};
use crate::browser;

const HELP: &str = "keys";

/// Listens for keys once the page is alive, and holds the list of them.
#[component]
pub fn Keys() -> impl IntoView {
    let going = StoredValue::new(false);
    effect(move || {
        let listener = window_event_listener(leptos::ev::keydown, move |ev| {
            if ev.ctrl_key() || ev.meta_key() || ev.alt_key() || is_typing(&ev) {
                return;
            }
            let after_g = going.get_value();
            going.set_value(false);
            let place = match ev.key().as_str() {
                "/" => {
                    ev.prevent_default();
                    browser::focus("main input[type='search']");
                    return;
                }
                "?" => return browser::open_dialog(HELP),
                "g" => return going.set_value(true),
                "d" => "/destinations",
                "e" => "/events",
                "a" => "/audiences",
                _ => return,
            };
            if after_g {
                follow(place);
            }
        });
        on_cleanup(move || listener.remove());
    });
    view! {
        <Dialog id=HELP title="Keys">
            <dl class="keys">
                <dt><kbd>"/"</kbd></dt>
                <dd>"Search on this page"</dd>
                <dt><kbd>"g"</kbd> " " <kbd>"d"</kbd></dt>
                <dd>"Go to Destinations"</dd>
                <dt><kbd>"g"</kbd> " " <kbd>"e"</kbd></dt>
                <dd>"Go to Events Manager"</dd>
                <dt><kbd>"g"</kbd> " " <kbd>"a"</kbd></dt>
                <dd>"Go to Audiences"</dd>
                <dt><kbd>"?"</kbd></dt>
                <dd>"Show these keys"</dd>
            </dl>
        </Dialog>
    }
    .into_any()
}

/// Presses the link of the navigation, so that unsaved changes are asked about as with the mouse.
#[cfg(feature = "hydrate")]
fn follow(place: &str) {
    use wasm_bindgen::JsCast;
    let link = document().query_selector(&format!("nav a[href='{place}']")).ok().flatten();
    if let Some(link) = link.and_then(|link| link.dyn_into::<leptos::web_sys::HtmlElement>().ok()) {
        link.click();
    }
}

#[cfg(not(feature = "hydrate"))]
fn follow(_place: &str) {}

#[cfg(feature = "hydrate")]
fn is_typing(ev: &leptos::web_sys::KeyboardEvent) -> bool {
    use wasm_bindgen::JsCast;
    let target = ev.target().and_then(|target| target.dyn_into::<leptos::web_sys::Element>().ok());
    target.is_some_and(|target| target.matches("input, textarea, select, dialog *").unwrap_or(false))
}

#[cfg(not(feature = "hydrate"))]
fn is_typing(_ev: &leptos::web_sys::KeyboardEvent) -> bool {
    true
}
