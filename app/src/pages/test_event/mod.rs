//! "Test an event": one event's whole way, with nothing sent and nothing counted.

mod choose;
mod fields;
mod result;

pub use fields::{origin, shown};

use domain::{ApiError, EventId, view_bench::TestPage};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::destinations::route::{crumbs, destination_id};
use crate::{
    api::{
        error::PageError,
        test_event::{AskSnapchat, StartTest, read_test},
    },
    components::{ErrorBox, FormAction, PageHead, Tabs, load, when_read},
};

/// What can be done on the page.
#[derive(Clone, Copy)]
pub struct TestActions {
    start: FormAction<StartTest>,
    ask: FormAction<AskSnapchat>,
}

/// The page.
#[component]
pub fn TestEventPage() -> impl IntoView {
    let id = destination_id();
    let query = use_query_map();
    let ticket = Memo::new(move |_| query.read().get("ticket"));
    let event = Memo::new(move |_| query.read().get("event").and_then(|id| id.parse::<EventId>().ok()));
    let actions = TestActions { start: FormAction::new(), ask: FormAction::new() };
    let data = load(
        move || (id.get(), ticket.get(), event.get()),
        |(id, ticket, event)| async move { read_test(id.ok_or(PageError(ApiError::NotFound))?, ticket, event).await },
    );
    when_read(move || async move {
        match data.await {
            Ok(page) => page_view(page, ticket.get_untracked().unwrap_or_default(), actions),
            Err(error) => view! { <ErrorBox error=error/> }.into_any(),
        }
    })
}

fn page_view(page: TestPage, ticket: String, actions: TestActions) -> AnyView {
    let id = page.id;
    let expired = page.expired.then(|| {
        view! { <p class="callout warning">"This test is no longer kept. Choose the event again."</p> }
    });
    let forms = choose::forms(&page, actions);
    let result = page.run.map(|run| result::result(id, run, page.request, ticket, page.may_ask, actions));
    view! {
        <PageHead
            title="Test an event"
            crumbs=crumbs(&page.name, Some(id))
            sentence="See what becomes of an event, step by step, by the same rules as delivery. Nothing is sent and nothing is counted."
        />
        <Tabs id=id/>
        {expired}
        {forms}
        {result}
    }
    .into_any()
}
