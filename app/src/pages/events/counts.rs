//! How often each event arrived in the last 24 hours, with a small chart.

use domain::view::EventCount;
use leptos::prelude::*;

use crate::{
    api::{error::PageError, events::EventsQuery},
    components::{Loaded, Sparkline, Time, grouped},
};

/// How many events are listed before the rest is folded.
const FIRST: usize = 10;

/// The list beside the table.
#[component]
pub fn EventCounts(counts: Loaded<Result<Vec<EventCount>, PageError>>, base: Signal<String>) -> impl IntoView {
    view! {
        <aside class="event-counts" aria-label="Events of the last 24 hours">
            <h2>"Last 24 hours"</h2>
            <Transition fallback=|| view! { <p class="muted">"Counting…"</p> }>
                {move || Suspend::new(async move {
                    match counts.await {
                        Ok(counts) if counts.is_empty() => view! { <p class="muted">"Nothing arrived."</p> }.into_any(),
                        Ok(counts) => list(counts, &base.get_untracked()),
                        Err(error) => view! { <p class="muted">{error.0.to_string()}</p> }.into_any(),
                    }
                })}
            </Transition>
        </aside>
    }
    .into_any()
}

fn list(counts: Vec<EventCount>, base: &str) -> AnyView {
    let mut items: Vec<AnyView> = counts.into_iter().map(|count| item(count, base)).collect();
    let rest = items.split_off(items.len().min(FIRST));
    let more = (!rest.is_empty()).then(|| {
        let told = format!("{} more", rest.len());
        view! { <details><summary>{told}</summary><ul>{rest}</ul></details> }
    });
    view! { <ul>{items}</ul> {more} }.into_any()
}

fn item(count: EventCount, base: &str) -> AnyView {
    let only = EventsQuery { event: count.event.clone(), ..EventsQuery::default() }.address(base, "");
    let label = format!("{} per hour", count.event);
    view! {
        <li>
            <span class="count-name">{count.event.clone()}</span>
            <span class="muted count-seen">"last " <Time at=count.last_seen/></span>
            <Sparkline values=count.hours label=label/>
            <a class="number" href=only title="Show only these">{grouped(count.total)}</a>
        </li>
    }
    .into_any()
}
