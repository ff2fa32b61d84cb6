//! Audiences: the segments of people, and where each stands at its destinations.

use domain::view::AudienceRow;
use leptos::prelude::*;

use crate::{
    api::audiences::list_audiences,
    components::{AudienceTabs, EmptyState, ErrorBox, PageHead, SkeletonRows, count_of, grouped, load},
};

/// The page.
#[component]
pub fn AudiencesPage() -> impl IntoView {
    let data = load(|| (), |()| list_audiences());
    view! {
        <Suspense fallback=|| view! { <SkeletonRows/> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(rows) => page(rows),
                    Err(error) => view! { <ErrorBox error=error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

fn page(rows: Vec<AudienceRow>) -> AnyView {
    let sentence = match rows.len() {
        0 => "People who did something, kept as lists at your destinations.".to_owned(),
        count => format!("{}, kept as lists at your destinations.", count_of(count as u64, "audience", "audiences")),
    };
    let empty = rows.is_empty();
    let rows: Vec<AnyView> = rows.into_iter().map(row).collect();
    view! {
        <PageHead title="Audiences" sentence=sentence>
            <a class="button primary" href="/audiences/new">"Create Audience"</a>
        </PageHead>
        <AudienceTabs/>
        {if empty {
            view! {
                <EmptyState icon="audiences" title="No audience yet" sentence="Start from a suggestion, or say yourself who belongs in it."/>
            }
            .into_any()
        } else {
            view! {
                <div class="table-scroll">
                    <table class="data cards">
                        <caption class="visually-hidden">"Audiences"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Name"</th>
                                <th scope="col">"People who"</th>
                                <th scope="col" class="number">"Size"</th>
                                <th scope="col">"Destinations"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            }
            .into_any()
        }}
    }
    .into_any()
}

fn row(audience: AudienceRow) -> AnyView {
    let destinations: Vec<AnyView> = audience
        .destinations
        .into_iter()
        .map(|(id, name, state)| {
            view! { <li><a href=format!("/destinations/{id}")>{name}</a> " " <span class="muted">{state}</span></li> }
                .into_any()
        })
        .collect();
    view! {
        <tr class="linked">
            <th scope="row"><a class="row-link" href=format!("/audiences/{}", audience.id)>{audience.name}</a></th>
            <td data-label="People who">{audience.sentence}</td>
            <td class="number" data-label="Size">{audience.size.map_or_else(|| "Not counted yet".to_owned(), grouped)}</td>
            <td data-label="Destinations">
                {if destinations.is_empty() {
                    view! { <span class="muted">"None"</span> }.into_any()
                } else {
                    view! { <ul class="plain-list">{destinations}</ul> }.into_any()
                }}
            </td>
        </tr>
    }
    .into_any()
}
