//! Audiences: the segments of people, how they change, and where each stands at its destinations.

mod filters;
mod table;

use std::time::Duration;

use domain::view::audience_list::{AudienceFilter, AudienceList};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use self::{filters::Filters, table::table};
use crate::{
    api::{audiences::list_audiences, error::PageError},
    components::{AudienceTabs, EmptyState, ErrorBox, Loaded, PageHead, count_of, effect, load, when_read},
};

/// How often the page looks again while people are being looked at.
const EVERY: Duration = Duration::from_secs(2);

/// The page.
#[component]
pub fn AudiencesPage() -> impl IntoView {
    let query = use_query_map();
    let filter = Memo::new(move |_| query.with(filters::of_address));
    let data = load(move || filter.get(), list_audiences);
    look_again(data);
    when_read(move || async move {
        match data.await {
            Ok(list) => page(list, filter),
            Err(error) => view! { <ErrorBox error=error/> }.into_any(),
        }
    })
}

fn look_again(data: Loaded<Result<AudienceList, PageError>>) {
    effect(move || {
        let under_way =
            data.with(|answer| matches!(answer, Some(Ok(list)) if list.rows.iter().any(|row| row.progress.is_some())));
        if under_way && let Ok(timer) = set_timeout_with_handle(move || data.refetch(), EVERY) {
            on_cleanup(move || timer.clear());
        }
    });
}

fn page(list: AudienceList, filter: Memo<AudienceFilter>) -> AnyView {
    let all = list.counts.of(None);
    let sentence = match all {
        0 => "People who did something, kept as lists at your destinations.".to_owned(),
        count => format!("{}, kept as lists at your destinations.", count_of(count, "audience", "audiences")),
    };
    let body = if all == 0 {
        view! {
            <EmptyState icon="audiences" title="No audience yet" sentence="Start from a suggestion, or say yourself who belongs in it."/>
        }
        .into_any()
    } else {
        view! {
            <Filters filter=filter counts=list.counts/>
            {table(list.rows)}
        }
        .into_any()
    };
    view! {
        <PageHead title="Audiences" sentence=sentence>
            <a class="button primary for-marketers" href="/audiences/new">"Create Audience"</a>
        </PageHead>
        <AudienceTabs/>
        {body}
    }
    .into_any()
}
