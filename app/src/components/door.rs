//! What stands around the pages before somebody is signed in.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{Icon, Notice};

/// A panel in the middle of the page.
#[component]
pub fn Door(
    /// The title.
    #[prop(into)]
    title: String,
    /// A sentence below it.
    #[prop(into)]
    sentence: String,
    /// The form.
    children: Children,
) -> impl IntoView {
    view! {
        <Title text=title.clone()/>
        <main id="content" class="door">
            <div class="panel">
                <p class="brand"><span class="mark" aria-hidden="true"><Icon name="destinations"/></span> "Switchyard"</p>
                <h1>{title}</h1>
                <p class="sentence">{sentence}</p>
                {children()}
            </div>
        </main>
        <Notice/>
    }
    .into_any()
}
