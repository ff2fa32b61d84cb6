//! Events Manager: what arrived, where it went, and how that ended; live, and filtered by the address.

mod counts;
mod filters;
mod live;
mod table;

use domain::{
    ApiError, DestinationId,
    view::{DestinationOverview, DestinationRow, EventCount, EventPage},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use self::{
    counts::EventCounts,
    filters::Filters,
    live::{Beside, LiveRows},
};
use super::destinations::route::{crumbs, destination_id};
use crate::{
    api::{
        destinations::destination,
        error::PageError,
        events::{EventsQuery, event_counts, events},
    },
    components::{EmptyState, ErrorBox, Loaded, PageHead, Tabs, grouped, load, when_read},
};

/// The events of all destinations.
#[component]
pub fn EventsPage() -> impl IntoView {
    view! { <Events id=Memo::new(|_| None)/> }
}

/// The events of one destination.
#[component]
pub fn DestinationEventsPage() -> impl IntoView {
    let id = destination_id();
    view! {
        {move || match id.get() {
            Some(_) => view! { <Events id=id/> }.into_any(),
            None => view! { <ErrorBox error=PageError(ApiError::NotFound)/> }.into_any(),
        }}
    }
    .into_any()
}

/// The head, and below it the events unless the destination is not to be seen.
#[component]
fn Events(id: Memo<Option<DestinationId>>) -> impl IntoView {
    let head = load(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => destination(id).await.map(Some),
                None => Ok(None),
            }
        },
    );
    let query = filters::query_of_address(id);
    let before = {
        let address = use_query_map();
        Memo::new(move |_| address.with(|query| query.get("before").and_then(|key| key.parse::<i64>().ok())))
    };
    let data = Data {
        now: RwSignal::new(None),
        query,
        before,
        page: load(move || (query.get(), before.get()), |(query, before)| async move { events(query, before).await }),
        counts: load(move || id.get(), |id| async move { event_counts(id).await }),
        base: Signal::derive(move || base(id.get())),
    };
    when_read(move || async move {
        match head.await {
            Ok(overview) => view! { {head_view(overview, data.now)} {body(data)} }.into_any(),
            Err(error) => view! { <ErrorBox error=error/> }.into_any(),
        }
    })
}

/// What the address asks for, and what was read for it.
#[derive(Clone, Copy)]
struct Data {
    /// The destination as it was last read beside the rows.
    now: RwSignal<Option<DestinationRow>>,
    query: Memo<EventsQuery>,
    before: Memo<Option<i64>>,
    page: Loaded<Result<EventPage, PageError>>,
    counts: Loaded<Result<Vec<EventCount>, PageError>>,
    base: Signal<String>,
}

/// Filters, rows and counts.
fn body(data: Data) -> AnyView {
    let Data { query, page, counts, base, .. } = data;
    view! {
        <Filters query=query base=base/>
        <div class="events-layout">
            <section class="events-main" aria-label="Events">
                {when_read(move || async move { rows(page.await, data) })}
            </section>
            <EventCounts counts=counts base=base/>
        </div>
    }
    .into_any()
}

/// The address of the events of all destinations.
const ALL: &str = "/events";

/// The address of the page without filters.
fn base(id: Option<DestinationId>) -> String {
    id.map_or_else(|| ALL.to_owned(), |id| format!("/destinations/{id}/events"))
}

fn head_view(overview: Option<DestinationOverview>, now: RwSignal<Option<DestinationRow>>) -> AnyView {
    match overview {
        Some(DestinationOverview { row, .. }) => {
            let (id, crumbs) = (row.id, crumbs(&row.name, Some(row.id)));
            // What was read for another destination says nothing of this one.
            let counts = move || now.with(|now| counted(now.as_ref().filter(|now| now.id == id).unwrap_or(&row)));
            view! {
                <PageHead title="Events" crumbs=crumbs sentence=Signal::derive(counts)/>
                <Tabs id=id/>
            }
            .into_any()
        }
        None => view! {
            <PageHead
                title="Events Manager"
                sentence="Every event that arrived, where it went, and how that ended."
            />
        }
        .into_any(),
    }
}

fn counted(row: &DestinationRow) -> String {
    let counts = [row.delivered_today, row.waiting, row.failed_today].map(grouped);
    format!("{} delivered today, {} waiting, {} failed.", counts[0], counts[1], counts[2])
}

fn rows(answer: Result<EventPage, PageError>, data: Data) -> AnyView {
    let (query, before, base) = (data.query.get_untracked(), data.before.get_untracked(), data.base.get_untracked());
    let beside = Beside { counts: data.counts, head: data.now };
    match answer {
        Ok(page) => view! { <LiveRows page=page query=query before=before base=base beside=beside/> }.into_any(),
        Err(error) => view! { <ErrorBox error=error/> }.into_any(),
    }
}

/// What stands in place of a table without rows.
fn nothing(filtered: bool, base: String) -> AnyView {
    if filtered {
        view! {
            <EmptyState icon="filter" title="No event matches" sentence="Nothing that arrived fits these filters.">
                <a class="button" href=base>"Clear the filters"</a>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <EmptyState
                icon="events"
                title="No event has arrived yet"
                sentence="Rows appear here by themselves as soon as a source sends one."
            >
                <a class="button" href="/sources">"See where events come from"</a>
            </EmptyState>
        }
        .into_any()
    }
}
