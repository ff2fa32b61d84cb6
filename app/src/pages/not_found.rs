//! What an address leads to that leads nowhere.

use leptos::prelude::*;

use crate::components::ErrorBox;

/// Not found, with the status that says so.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <main id="content" class="lone">
            <ErrorBox error=domain::ApiError::NotFound/>
        </main>
    }
}
