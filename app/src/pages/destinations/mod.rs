//! My Destinations: each with how it fares today.

mod filter;
pub mod route;
mod row;

use domain::view::{ConnectionState, DestinationRow};
use leptos::prelude::*;
use leptos_router::hooks::use_url;

pub use self::row::TypeTile;
use self::{
    filter::{Filtered, ListFilter},
    route::successes,
    row::destination_row,
};
use crate::{
    api::destinations::{SetDestinationEnabled, list_destinations},
    components::{EmptyState, ErrorBox, FormAction, FormError, PageHead, failure, grouped, load, when_read},
};

/// The page.
#[component]
pub fn DestinationsPage() -> impl IntoView {
    let switch = FormAction::<SetDestinationEnabled>::new();
    let switched = successes(switch);
    let filter = ListFilter::from_address();
    let data = load(move || switched.get(), |_| list_destinations());
    when_read(move || async move {
        match data.await {
            Ok(rows) => page(rows, filter, switch),
            Err(error) => view! { <ErrorBox error=error/> }.into_any(),
        }
    })
}

fn page(rows: Vec<DestinationRow>, filter: ListFilter, switch: FormAction<SetDestinationEnabled>) -> AnyView {
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
            view! { {filter.view()} {table(rows, filter, switch)} }.into_any()
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

fn table(rows: Vec<DestinationRow>, filter: ListFilter, switch: FormAction<SetDestinationEnabled>) -> AnyView {
    let all: Vec<Filtered> = rows.iter().map(Filtered::from).collect();
    let none = move || !all.iter().any(|row| filter.shows(row));
    let rows: Vec<AnyView> = rows.into_iter().map(|row| destination_row(row, filter, switch)).collect();
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
        <p class="empty-filter" hidden=move || !none()>"No destination is like this. " <a href="/destinations" rel="external">"Show all"</a></p>
    }
    .into_any()
}

fn sentence(rows: &[DestinationRow]) -> String {
    let names = |wanted: fn(&DestinationRow) -> bool| -> Vec<&str> {
        rows.iter().filter(|row| wanted(row)).map(|row| row.name.as_str()).collect()
    };
    let needing = names(|row| row.state.is_broken());
    let signed_out = names(|row| row.enabled && row.login_problem.is_some());
    let delivered: u64 = rows.iter().map(|row| row.delivered_today).sum();
    let unfinished = rows.iter().filter(|row| matches!(row.state, ConnectionState::Incomplete(_))).count();
    match (rows.len(), needing.as_slice()) {
        (0, _) => "Nothing is connected yet.".to_owned(),
        (_, [one]) => format!("{one} needs you: its events wait until then."),
        (_, [_, _, ..]) => format!("{} destinations need you: their events wait until then.", needing.len()),
        (_, []) if !signed_out.is_empty() => {
            format!("Events are sent, but audiences wait: sign in to Snapchat again for {}.", signed_out.join(", "))
        }
        (_, []) if delivered == 0 && unfinished > 0 => {
            format!("Setup is not finished for {unfinished} of {}.", rows.len())
        }
        (_, []) => format!("All is well. {} delivered today.", grouped(delivered)),
    }
}
