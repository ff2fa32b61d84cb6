//! My Destinations: each with how it fares today.

pub mod route;
mod row;

use domain::view::{ConnectionState, DestinationRow};
use leptos::prelude::*;
use leptos_router::hooks::{use_query_map, use_url};

pub use self::row::TypeTile;
use self::{route::successes, row::destination_row};
use crate::{
    api::destinations::{SetDestinationEnabled, list_destinations},
    components::{EmptyState, ErrorBox, FormAction, FormError, PageHead, SkeletonRows, failure, grouped, load},
};

/// The page.
#[component]
pub fn DestinationsPage() -> impl IntoView {
    let switch = FormAction::<SetDestinationEnabled>::new();
    let switched = successes(switch);
    let search = RwSignal::new(use_query_map().with_untracked(|query| query.get("q")).unwrap_or_default());
    let data = load(move || switched.get(), |_| list_destinations());
    view! {
        <Transition fallback=|| view! { <SkeletonRows/> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(rows) => page(rows, search, switch),
                    Err(error) => view! { <ErrorBox error=error/> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

fn page(rows: Vec<DestinationRow>, search: RwSignal<String>, switch: FormAction<SetDestinationEnabled>) -> AnyView {
    view! {
        <PageHead title="Destinations" sentence=sentence(&rows)/>
        <DestinationsNav/>
        {super::configuration::return_problem()}
        <FormError failure=failure(switch)/>
        {if rows.is_empty() {
            view! {
                <EmptyState
                    icon="destinations"
                    title="No destination yet"
                    sentence="Add Snapchat to send it your events and audiences."
                >
                    <a class="button primary" href="/destinations/catalog">"Choose a destination"</a>
                </EmptyState>
            }
            .into_any()
        } else {
            view! { {search_box(search)} {table(rows, search, switch)} }.into_any()
        }}
    }
    .into_any()
}

/// The links between what there is and what can be added.
#[component]
pub fn DestinationsNav() -> impl IntoView {
    let url = use_url();
    let current = move |path: &'static str| move || url.with(|url| url.path() == path).then_some("page");
    view! {
        <nav class="tabs" aria-label="My and all destinations">
            <ul>
                <li><a href="/destinations" aria-current=current("/destinations")>"My Destinations"</a></li>
                <li><a href="/destinations/catalog" aria-current=current("/destinations/catalog")>"All Destinations"</a></li>
            </ul>
        </nav>
    }
    .into_any()
}

fn search_box(search: RwSignal<String>) -> AnyView {
    view! {
        <form method="get" role="search" class="filters" on:submit=|ev| ev.prevent_default()>
            <label class="filter-search">
                <span class="visually-hidden">"Search by name"</span>
                <input
                    type="search"
                    name="q"
                    placeholder="Search by name"
                    value=search.try_get_untracked().unwrap_or_default()
                    on:input:target=move |ev| search.set(ev.target().value())
                />
            </label>
        </form>
    }
    .into_any()
}

fn table(rows: Vec<DestinationRow>, search: RwSignal<String>, switch: FormAction<SetDestinationEnabled>) -> AnyView {
    let names: Vec<String> = rows.iter().map(|row| row.name.to_lowercase()).collect();
    let none = move || {
        search.with(|text| {
            let text = text.trim().to_lowercase();
            !names.iter().any(|name| name.contains(&text))
        })
    };
    let rows: Vec<AnyView> = rows.into_iter().map(|row| destination_row(row, search, switch)).collect();
    view! {
        <div class="table-region" tabindex="0" role="region" aria-label="Your destinations">
            <table class="data cards destinations-table">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Type"</th>
                        <th scope="col">"Enabled"</th>
                        <th scope="col">"Connection"</th>
                        <th scope="col">"Last event"</th>
                        <th scope="col" class="number">"Events today"</th>
                        <th scope="col" class="number">"Failures today"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <p class="empty-filter" hidden=move || !none()>"No destination has this in its name."</p>
    }
    .into_any()
}

fn sentence(rows: &[DestinationRow]) -> String {
    let needing =
        rows.iter().filter(|row| matches!(row.state, ConnectionState::NeedsReconnect(_) | ConnectionState::Paused(_)));
    let needing: Vec<&str> = needing.map(|row| row.name.as_str()).collect();
    let delivered: u64 = rows.iter().map(|row| row.delivered_today).sum();
    let unfinished = rows.iter().filter(|row| matches!(row.state, ConnectionState::Incomplete(_))).count();
    match (rows.len(), needing.as_slice()) {
        (0, _) => "Nothing is connected yet.".to_owned(),
        (_, [one]) => format!("{one} needs you: its events wait until then."),
        (_, [_, _, ..]) => format!("{} destinations need you: their events wait until then.", needing.len()),
        (_, []) if delivered == 0 && unfinished > 0 => {
            format!("Setup is not finished for {unfinished} of {}.", rows.len())
        }
        (_, []) => format!("All is well. {} delivered today.", grouped(delivered)),
    }
}
