//! The list of people: a search, and whose events came last.

use domain::view::audience::{ProfilePage, ProfileRow};
use leptos::{html, prelude::*, wasm_bindgen::JsCast, web_sys};
use leptos_router::hooks::{use_navigate, use_query_map};

use crate::{
    api::{events::encode, people::find_people},
    components::{AudienceTabs, EmptyState, ErrorBox, PageHead, Time, count_of, grouped, load, when_read},
};

/// The page.
#[component]
pub fn ProfilesPage() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| {
            (query.get("q").unwrap_or_default().trim().to_owned(), query.get("after").unwrap_or_default())
        })
    });
    let data = load(move || asked.get(), |(search, after)| find_people(search, after));
    let search = Memo::new(move |_| asked.get().0);
    view! {
        <PageHead title="Profiles" sentence="The people whom your events are about. Personal data is masked."/>
        <AudienceTabs/>
        <Search search=search/>
        {when_read(move || async move {
                match data.await {
                    Ok(page) => found(page, &asked.get_untracked()),
                    Err(error) => view! { <ErrorBox error=error/> }.into_any(),
                }
        })}
    }
    .into_any()
}

#[component]
fn Search(search: Memo<String>) -> impl IntoView {
    let form = NodeRef::<html::Form>::new();
    let navigate = use_navigate();
    let go = move |ev: leptos::ev::SubmitEvent| {
        ev.prevent_default();
        let Some(form) = form.get_untracked() else { return };
        let form: web_sys::HtmlFormElement = form.unchecked_into();
        let typed = web_sys::FormData::new_with_form(&form).ok().and_then(|data| data.get("q").as_string());
        let typed = typed.unwrap_or_default();
        let address = match typed.trim() {
            "" => "/profiles".to_owned(),
            typed => format!("/profiles?q={}", encode(typed)),
        };
        navigate(&address, Default::default());
    };
    view! {
        <form method="get" action="/profiles" role="search" class="filters" node_ref=form on:submit=go>
            <label class="filter-search">
                <span class="visually-hidden">"Search profiles"</span>
                <input type="search" name="q" autocomplete="off" placeholder="E-mail, phone or id" value=move || search.get()/>
            </label>
            <button type="submit" class="button">"Search"</button>
            {move || (!search.with(String::is_empty)).then(|| view! { <a class="button plain" href="/profiles">"Show recent people"</a> })}
        </form>
    }
    .into_any()
}

fn found(page: ProfilePage, (search, after): &(String, String)) -> AnyView {
    if page.rows.is_empty() {
        return nobody(search);
    }
    let told = match (search.as_str(), after.as_str()) {
        ("", "") => "Seen last".to_owned(),
        ("", _) => "Seen before".to_owned(),
        _ => format!("{} found", count_of(page.rows.len() as u64, "person", "people")),
    };
    let older = page.next.map(|next| view! { <a class="button" href=format!("/profiles?after={next}")>"Older"</a> });
    let newest = (!after.is_empty()).then(|| view! { <a class="button" href="/profiles">"Newest"</a> });
    let rows: Vec<AnyView> = page.rows.into_iter().map(row).collect();
    view! {
        <section aria-labelledby="people-found">
            <h2 id="people-found" class="list-title">{told}</h2>
            <div class="table-scroll">
                <table class="data cards">
                    <caption class="visually-hidden">"People"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Person"</th>
                            <th scope="col">"Id"</th>
                            <th scope="col">"First seen"</th>
                            <th scope="col">"Last seen"</th>
                            <th scope="col" class="number">"Events"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <nav class="paging" aria-label="Pages of people">{newest} {older}</nav>
        </section>
    }
    .into_any()
}

fn row(row: ProfileRow) -> AnyView {
    let id = row.id.to_string();
    let label = format!("Person {id}: {}", name_of(&row));
    view! {
        <tr class="linked">
            <th scope="row">
                <a class="row-link" href=format!("/profiles/{id}") aria-label=label>{name_of(&row)}</a>
            </th>
            <td data-label="Id"><code>{id}</code></td>
            <td data-label="First seen"><Time at=row.first_seen/></td>
            <td data-label="Last seen"><Time at=row.last_seen/></td>
            <td data-label="Events" class="number">{grouped(row.events)}</td>
        </tr>
    }
    .into_any()
}

/// Who it is, masked.
pub(super) fn name_of(row: &ProfileRow) -> String {
    row.person.clone().unwrap_or_else(|| "Anonymous".to_owned())
}

fn nobody(search: &str) -> AnyView {
    if search.is_empty() {
        return view! {
            <EmptyState
                icon="audiences"
                title="Nobody has been seen yet"
                sentence="A person shows here within seconds of their first event."
                action="See where events come from"
                href="/sources"
            />
        }
        .into_any();
    }
    view! {
        <EmptyState
            icon="search"
            title="Nobody found"
            sentence="No person has this e-mail address, phone number or id. Type it whole: parts of it find nobody, since only keyed hashes of it are stored."
        />
    }
    .into_any()
}
