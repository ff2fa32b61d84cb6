//! The log of changes.

use domain::view::Change;
use leptos::prelude::*;

use crate::components::Time;

/// Who changed what, newest first.
pub fn panel(changes: &[Change]) -> AnyView {
    let rows: Vec<AnyView> = changes.iter().map(row).collect();
    view! {
        <section class="panel" aria-labelledby="changes">
            <h2 id="changes">"Changes"</h2>
            {if rows.is_empty() {
                view! { <p class="muted">"Nothing has been changed yet."</p> }.into_any()
            } else {
                view! { <ol class="changes">{rows}</ol> }.into_any()
            }}
        </section>
    }
    .into_any()
}

/// The sentence, with the destination in front unless it names it itself.
fn told(change: &Change) -> String {
    match change.destination.as_deref().filter(|name| !change.what.contains(name)) {
        Some(name) => format!("{name}: {}", change.what),
        None => change.what.clone(),
    }
}

fn row(change: &Change) -> AnyView {
    view! {
        <li>
            <span class="change-what">{told(change)}</span>
            <span class="muted">{change.who.clone()} " · " <Time at=change.at/></span>
        </li>
    }
    .into_any()
}
