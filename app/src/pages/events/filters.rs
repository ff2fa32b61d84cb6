//! The filters of the Events Manager: a form that asks for another address, and chips that tell what is applied.

use domain::{
    DestinationId,
    delivery::{DeliveryState, Side},
};
use leptos::{html, prelude::*, wasm_bindgen::JsCast, web_sys};
use leptos_router::hooks::{use_navigate, use_query_map};

use crate::api::events::{EventsQuery, RANGES, RECEIVED};

/// The filters that the address holds.
pub fn query_of_address(id: Memo<Option<DestinationId>>) -> Memo<EventsQuery> {
    let query = use_query_map();
    Memo::new(move |_| {
        query.with(|query| {
            let text = |name: &str| query.get(name).unwrap_or_default();
            EventsQuery {
                destination: id.get(),
                event: text("event"),
                status: text("status"),
                side: text("side"),
                range: text("range"),
                from: text("from"),
                to: text("to"),
                search: text("q"),
            }
        })
    })
}

/// The form with its chips.
#[component]
pub fn Filters(query: Memo<EventsQuery>, base: Signal<String>) -> impl IntoView {
    let form = NodeRef::<html::Form>::new();
    let navigate = use_navigate();
    let everywhere = query.with_untracked(|query| query.destination.is_none());
    let go = move |ev: leptos::ev::SubmitEvent| {
        ev.prevent_default();
        if let Some(asked) = read(form, query.get_untracked().destination) {
            navigate(&asked.address(&base.get_untracked(), ""), Default::default());
        }
    };
    // When the address changes by a chip or by going back, the fields follow it.
    Effect::new(move |before: Option<()>| {
        query.track();
        if before.is_some() {
            request_animation_frame(move || {
                if let Some(form) = form.get_untracked() {
                    form.reset();
                }
            });
        }
    });
    view! {
        <form method="get" action=base role="search" class="filters" node_ref=form on:submit=go>
            <label class="filter-search">
                <span class="visually-hidden">"Search events"</span>
                <input
                    type="search"
                    name="q"
                    placeholder="Event id, order id or e-mail"
                    value=move || query.get().search
                />
            </label>
            <label>
                <span>"Event name"</span>
                <input type="text" name="event" autocomplete="off" value=move || query.get().event/>
            </label>
            {choice("Status", "status", Signal::derive(move || query.get().status), states(everywhere))}
            {choice("Side", "side", Signal::derive(move || query.get().side), sides())}
            {choice("Time range", "range", Signal::derive(move || query.get().range), ranges())}
            {exact_times(query)}
            <button type="submit" class="button">"Apply"</button>
        </form>
        {move || chips(&query.get(), &base.get())}
    }
    .into_any()
}

type Choices = Vec<(&'static str, &'static str)>;

/// What a row's status can be. On the page of one destination every row has a delivery.
fn states(everywhere: bool) -> Choices {
    let states = DeliveryState::ALL.into_iter().map(|state| (state.as_str(), state.label()));
    states.chain(everywhere.then_some((RECEIVED, "Received"))).collect()
}

fn sides() -> Choices {
    [Side::Server, Side::Client].into_iter().map(|side| (side.as_str(), side.label())).collect()
}

fn ranges() -> Choices {
    RANGES.into_iter().map(|(word, label, _)| (word, label)).collect()
}

fn choice(label: &'static str, name: &'static str, chosen: Signal<String>, choices: Choices) -> AnyView {
    let options: Vec<AnyView> = choices
        .into_iter()
        .map(|(value, label)| {
            view! { <option value=value selected=move || chosen.with(|chosen| chosen == value)>{label}</option> }
                .into_any()
        })
        .collect();
    view! {
        <label>
            <span>{label}</span>
            <select name=name>
                <option value="">"Any"</option>
                {options}
            </select>
        </label>
    }
    .into_any()
}

fn exact_times(query: Memo<EventsQuery>) -> impl IntoView {
    view! {
        <details class="filter-more" open=move || query.with(|query| !query.from.is_empty() || !query.to.is_empty())>
            <summary>"Exact times"</summary>
            <label><span>"From (UTC)"</span><input type="datetime-local" name="from" value=move || query.get().from/></label>
            <label><span>"Until (UTC)"</span><input type="datetime-local" name="to" value=move || query.get().to/></label>
        </details>
    }
    .into_any()
}

fn chips(query: &EventsQuery, base: &str) -> AnyView {
    let applied = query.applied();
    if applied.is_empty() {
        return ().into_any();
    }
    let chips: Vec<AnyView> = applied
        .into_iter()
        .map(|(name, told)| {
            let remove = format!("Remove filter “{told}”");
            view! {
                <li>
                    <a class="filter-chip" href=query.address(base, name) aria-label=remove>
                        {told} <span aria-hidden="true">" ×"</span>
                    </a>
                </li>
            }
            .into_any()
        })
        .collect();
    view! {
        <ul class="filter-chips" aria-label="Filters that are applied">
            {chips}
            <li><a href=base.to_owned()>"Clear all"</a></li>
        </ul>
    }
    .into_any()
}

/// The filters as the form's fields hold them.
fn read(form: NodeRef<html::Form>, destination: Option<DestinationId>) -> Option<EventsQuery> {
    let form: web_sys::HtmlFormElement = form.get_untracked()?.unchecked_into();
    let data = web_sys::FormData::new_with_form(&form).ok()?;
    let text = |name: &str| data.get(name).as_string().unwrap_or_default();
    Some(EventsQuery {
        destination,
        event: text("event"),
        status: text("status"),
        side: text("side"),
        range: text("range"),
        from: text("from"),
        to: text("to"),
        search: text("q"),
    })
}
