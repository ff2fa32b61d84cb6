//! Which of the destinations are shown: a search by name, and only those that need somebody.

use domain::view::{ConnectionState, DestinationRow};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{browser, components::FilterButton};

/// The filter above the table. The address keeps it.
#[derive(Clone, Copy)]
pub struct ListFilter {
    text: RwSignal<String>,
    needing: RwSignal<bool>,
}

/// What the filter looks at in a row.
#[derive(Clone)]
pub struct Filtered {
    name: String,
    needs_somebody: bool,
}

impl From<&DestinationRow> for Filtered {
    fn from(row: &DestinationRow) -> Self {
        Self { name: row.name.to_lowercase(), needs_somebody: needs_somebody(row) }
    }
}

/// Whether a row is for somebody to look at: it can't deliver before something is done, or it failed today.
pub fn needs_somebody(row: &DestinationRow) -> bool {
    let waits = row.state.is_broken() || matches!(row.state, ConnectionState::Incomplete(_));
    waits || row.failed_today > 0 || (row.enabled && row.login_problem.is_some())
}

impl ListFilter {
    /// The filter that the address asks for.
    pub fn from_address() -> Self {
        let query = use_query_map().get_untracked();
        Self {
            text: RwSignal::new(query.get("q").unwrap_or_default()),
            needing: RwSignal::new(query.get("needing").is_some()),
        }
    }

    /// Whether a row is shown.
    pub fn shows(self, row: &Filtered) -> bool {
        self.text.with(|text| row.name.contains(&text.trim().to_lowercase()))
            && (row.needs_somebody || !self.needing.get())
    }

    /// The form above the table. Without scripts it asks for the page anew.
    pub fn view(self) -> AnyView {
        view! {
            <form method="get" role="search" class="filters" on:submit=|ev| ev.prevent_default() on:input=|ev| browser::keep_filters(&ev)>
                <label class="filter-search">
                    <span class="visually-hidden">"Search by name"</span>
                    <input
                        type="search"
                        name="q"
                        placeholder="Search by name"
                        value=self.text.try_get_untracked().unwrap_or_default()
                        on:input:target=move |ev| self.text.set(ev.target().value())
                    />
                </label>
                <label class="filter-check">
                    <input
                        type="checkbox"
                        name="needing"
                        value="1"
                        checked=self.needing.try_get_untracked().unwrap_or_default()
                        on:change:target=move |ev| self.needing.set(ev.target().checked())
                    />
                    " Only those that need somebody"
                </label>
                <FilterButton/>
            </form>
        }
        .into_any()
    }
}
