//! Which rows of the workflow are shown: a search by name, and only events that were seen.

use domain::workflow::event_key;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{browser, components::FilterButton};

/// The filter above the table. Rows that it hides stay in the form.
#[derive(Clone, Copy)]
pub struct RowFilter {
    text: RwSignal<String>,
    seen: RwSignal<bool>,
}

impl RowFilter {
    /// The filter that the address asks for.
    pub fn from_address() -> Self {
        let query = use_query_map().get_untracked();
        Self {
            text: RwSignal::new(query.get("q").unwrap_or_default()),
            seen: RwSignal::new(query.get("seen").is_some()),
        }
    }

    /// Whether a row is shown.
    pub fn shows(self, event: &str, snap_event: &str, seen: bool) -> bool {
        let matches = self.text.with(|text| {
            let wanted = event_key(text);
            event_key(event).contains(&wanted) || event_key(snap_event).contains(&wanted)
        });
        matches && (seen || !self.seen.get())
    }

    /// The form above the table. Without scripts it asks for the page anew.
    pub fn view(self) -> impl IntoView {
        view! {
            <form method="get" role="search" class="filters" on:submit=|ev| ev.prevent_default() on:input=|ev| browser::keep_filters(&ev)>
                <label class="filter-search">
                    <span class="visually-hidden">"Search this list"</span>
                    <input
                        type="search"
                        name="q"
                        placeholder="Search by event or Snap event"
                        value=self.text.get_untracked()
                        on:input:target=move |ev| self.text.set(ev.target().value())
                    />
                </label>
                <label class="filter-check">
                    <input
                        type="checkbox"
                        name="seen"
                        value="1"
                        checked=self.seen.get_untracked()
                        on:change:target=move |ev| self.seen.set(ev.target().checked())
                    />
                    " Only events that were seen"
                </label>
                <FilterButton/>
            </form>
        }
    }
}
