//! Which audiences the list shows: their state and a search, kept in the address.

use domain::view::{
    audience::AudienceState,
    audience_list::{AudienceCounts, AudienceFilter},
};
use leptos::{html, prelude::*, wasm_bindgen::JsCast, web_sys};
use leptos_router::{hooks::use_navigate, params::ParamsMap};

use crate::{api::events::encode, components::grouped};

/// Each choice of a state, with its word.
const STATES: [(Option<AudienceState>, &str); 4] = [
    (None, "All"),
    (Some(AudienceState::Active), "Active"),
    (Some(AudienceState::Draft), "Draft"),
    (Some(AudienceState::Archived), "Archived"),
];

/// What the address asks for. A state that there is not asks for all.
pub(super) fn of_address(query: &ParamsMap) -> AudienceFilter {
    AudienceFilter {
        state: query.get_str("state").and_then(AudienceState::parse),
        search: query.get_str("q").unwrap_or_default().trim().to_owned(),
    }
}

fn address(state: Option<AudienceState>, search: &str) -> String {
    let state = state.map(|state| format!("state={}", state.as_str()));
    let search = (!search.is_empty()).then(|| format!("q={}", encode(search)));
    let asked: Vec<String> = state.into_iter().chain(search).collect();
    if asked.is_empty() { "/audiences".to_owned() } else { format!("/audiences?{}", asked.join("&")) }
}

/// The search, and the states as links.
#[component]
pub(super) fn Filters(filter: Memo<AudienceFilter>, counts: AudienceCounts) -> impl IntoView {
    let form = NodeRef::<html::Form>::new();
    let navigate = use_navigate();
    let go = move |ev: leptos::ev::SubmitEvent| {
        ev.prevent_default();
        let Some(form) = form.get_untracked() else { return };
        let form: web_sys::HtmlFormElement = form.unchecked_into();
        let typed = web_sys::FormData::new_with_form(&form).ok().and_then(|data| data.get("q").as_string());
        let state = filter.get_untracked().state;
        navigate(&address(state, typed.unwrap_or_default().trim()), Default::default());
    };
    let states: Vec<AnyView> = STATES
        .into_iter()
        .map(|(state, word)| {
            let current = move || filter.with(|filter| filter.state == state).then_some("true");
            let to = move || filter.with(|filter| address(state, &filter.search));
            view! { <li><a href=to aria-current=current>{word} " " <span class="muted">{grouped(counts.of(state))}</span></a></li> }
                .into_any()
        })
        .collect();
    let hidden = move || filter.with(|filter| filter.state.map(|state| state.as_str()));
    view! {
        <div class="audience-filters">
            <form method="get" action="/audiences" role="search" class="filters" node_ref=form on:submit=go>
                <label class="filter-search">
                    <span class="visually-hidden">"Search audiences"</span>
                    <input type="search" name="q" autocomplete="off" placeholder="Name, description or rule" value=move || filter.get().search/>
                </label>
                <input type="hidden" name="state" value=hidden disabled=move || hidden().is_none()/>
                <button type="submit" class="button">"Search"</button>
            </form>
            <nav class="state-links" aria-label="Audiences by state"><ul>{states}</ul></nav>
        </div>
    }
    .into_any()
}
