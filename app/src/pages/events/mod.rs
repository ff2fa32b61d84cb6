//! Events Manager: what arrived, where it went, and how that ended; live, and filtered by the address.

mod counts;
mod filters;
mod live;
mod table;

use domain::{
    DestinationId,
    view::{DestinationOverview, EventPage},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use self::{counts::EventCounts, filters::Filters, live::LiveRows};
use super::destinations::route::{crumbs, destination_id};
use crate::{
    api::{
        destinations::destination,
        error::PageError,
        events::{EventsQuery, events},
    },
    components::{EmptyState, ErrorBox, PageHead, SkeletonRows, Tabs, grouped},
};

/// The events of all destinations.
#[component]
pub fn EventsPage() -> impl IntoView {
    view! { <Events id=Memo::new(|_| None)/> }
}

/// The events of one destination.
#[component]
pub fn DestinationEventsPage() -> impl IntoView {
    view! { <Events id=destination_id()/> }
}

#[component]
fn Events(id: Memo<Option<DestinationId>>) -> impl IntoView {
    let query = filters::query_of_address(id);
    let before = {
        let address = use_query_map();
        Memo::new(move |_| address.with(|query| query.get("before").and_then(|key| key.parse::<i64>().ok())))
    };
    let head = Resource::new(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => destination(id).await.map(Some),
                None => Ok(None),
            }
        },
    );
    let page = Resource::new(
        move || (query.get(), before.get()),
        |(query, before)| async move { events(query, before).await },
    );
    view! {
        <Transition fallback=|| view! { <SkeletonRows/> }>
            {move || Suspend::new(async move {
                match head.await {
                    Ok(overview) => head_view(overview),
                    Err(error) => view! { <ErrorBox error=error/> }.into_any(),
                }
            })}
        </Transition>
        <Filters query=query base=Signal::derive(move || base(id.get()))/>
        <div class="events-layout">
            <section class="events-main">
                <Transition fallback=|| view! { <SkeletonRows/> }>
                    {move || Suspend::new(async move { rows(page.await, query, before.get_untracked(), id) })}
                </Transition>
            </section>
            <EventCounts query=query base=Signal::derive(move || base(id.get()))/>
        </div>
    }
    .into_any()
}

/// The address of the page without filters.
fn base(id: Option<DestinationId>) -> String {
    id.map_or_else(|| "/events".to_owned(), |id| format!("/destinations/{id}/events"))
}

fn head_view(overview: Option<DestinationOverview>) -> AnyView {
    match overview {
        Some(overview) => {
            let row = overview.row;
            let sentence = format!(
                "{} delivered today, {} waiting, {} failed.",
                grouped(row.delivered_today),
                grouped(row.waiting),
                grouped(row.failed_today)
            );
            view! {
                <PageHead title="Events" crumbs=crumbs(&row.name, Some(row.id)) sentence=sentence/>
                <Tabs id=row.id/>
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

fn rows(
    answer: Result<EventPage, PageError>,
    query: Memo<EventsQuery>,
    before: Option<i64>,
    id: Memo<Option<DestinationId>>,
) -> AnyView {
    match answer {
        Ok(page) => {
            view! { <LiveRows page=page query=query.get_untracked() before=before base=base(id.get_untracked())/> }
                .into_any()
        }
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
                <a class="button" href="/sources">"See the sources"</a>
            </EmptyState>
        }
        .into_any()
    }
}
