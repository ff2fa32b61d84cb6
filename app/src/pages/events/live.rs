//! The rows, kept up to date: newer ones are asked for every two seconds while the tab is looked at, and the states of
//! those that are still on their way are read again.

use std::time::Duration;

use domain::{
    delivery::DeliveryState,
    view::{EventPage, EventRow},
};
use leptos::{prelude::*, task::spawn_local};

use super::{ALL, nothing, table::events_table};
use crate::{
    api::events::{EventsQuery, events, events_since},
    components::effect,
};

/// How often the page asks for news.
const EVERY: Duration = Duration::from_secs(2);
/// How many rows the page keeps at most: older ones are on the older pages.
const KEEP: usize = 200;

/// The table with its controls.
#[component]
pub fn LiveRows(page: EventPage, query: EventsQuery, before: Option<i64>, base: String) -> impl IntoView {
    // On the page of one destination its name says nothing.
    let everywhere = base == ALL;
    let filtered = !query.applied().is_empty();
    let next = page.next;
    let rows = RwSignal::new(page.rows);
    let paused = RwSignal::new(false);
    if before.is_none() {
        poll(query.clone(), rows, paused);
    }
    let older = next.map(|next| {
        let here = query.address(&base, "");
        let joint = if here.contains('?') { '&' } else { '?' };
        view! { <a class="button" href=format!("{here}{joint}before={next}")>"Older"</a> }
    });
    let newest = before.is_some().then(|| view! { <a class="button" href=query.address(&base, "")>"Newest"</a> });
    let empty = Memo::new(move |_| rows.with(Vec::is_empty));
    view! {
        {before.is_none().then(|| live_control(paused))}
        {move || if empty.get() { nothing(filtered, base.clone()) } else { events_table(rows, everywhere) }}
        <nav class="paging" aria-label="Pages of events">{newest} {older}</nav>
    }
    .into_any()
}

fn live_control(paused: RwSignal<bool>) -> impl IntoView {
    // Only a page that is alive can be live, so the server draws no control.
    let alive = RwSignal::new(false);
    effect(move || alive.set(true));
    let told = move || if paused.get() { "Paused" } else { "Live: new events appear by themselves" };
    view! {
        <div class="live">
            <Show when=move || alive.get()>
                <span class="live-state" class:paused=move || paused.get()>{told}</span>
                <button type="button" class="button plain" on:click=move |_| paused.update(|paused| *paused = !*paused)>
                    {move || if paused.get() { "Resume" } else { "Pause" }}
                </button>
            </Show>
        </div>
    }
    .into_any()
}

fn poll(query: EventsQuery, rows: RwSignal<Vec<EventRow>>, paused: RwSignal<bool>) {
    // One question at a time: a slow answer must not pile up more.
    let asking = RwSignal::new(false);
    effect(move || {
        let query = query.clone();
        let tick = move || {
            if paused.get_untracked() || asking.get_untracked() || document().hidden() {
                return;
            }
            asking.set(true);
            let query = query.clone();
            spawn_local(async move {
                read_news(query, rows).await;
                // The page may be gone by now.
                let _ = asking.try_set(false);
            });
        };
        if let Ok(timer) = set_interval_with_handle(tick, EVERY) {
            on_cleanup(move || timer.clear());
        }
    });
}

async fn read_news(query: EventsQuery, rows: RwSignal<Vec<EventRow>>) {
    let Some((top, under_way)) = rows.try_with_untracked(|rows| {
        (rows.first().map(|row| row.key), rows.iter().rev().find(|row| is_under_way(row)).map(|row| row.key))
    }) else {
        return;
    };
    let fresh = match top {
        Some(top) => events_since(query.clone(), top).await,
        None => events(query.clone(), None).await,
    };
    // A failed question is asked again in two seconds; the rows that are shown stay right.
    if let Ok(page) = fresh
        && !page.rows.is_empty()
    {
        let _ = rows.try_update(|rows| add(rows, page.rows));
    }
    // The filter may be for a state, so a row that has moved on is found without it.
    if let (Some(_), Some(top)) = (under_way, top) {
        let unfiltered = EventsQuery { status: String::new(), ..query };
        if let Ok(page) = events(unfiltered, Some(top.saturating_add(1))).await
            && rows.try_with_untracked(|rows| moves(rows, &page.rows)) == Some(true)
        {
            let _ = rows.try_update(|rows| take_states(rows, page.rows));
        }
    }
}

/// Whether the row's state can still change by itself.
fn is_under_way(row: &EventRow) -> bool {
    matches!(row.state, Some(DeliveryState::Waiting | DeliveryState::Leased))
}

/// Puts newer rows on top, newest first, without repeating one.
fn add(rows: &mut Vec<EventRow>, mut fresh: Vec<EventRow>) {
    fresh.retain(|new| rows.iter().all(|row| row.key != new.key));
    fresh.sort_by_key(|row| std::cmp::Reverse(row.key));
    fresh.append(rows);
    fresh.truncate(KEEP);
    *rows = fresh;
}

fn moves(rows: &[EventRow], read: &[EventRow]) -> bool {
    rows.iter().any(|row| read.iter().any(|new| new.key == row.key && new != row))
}

fn take_states(rows: &mut [EventRow], read: Vec<EventRow>) {
    for new in read {
        if let Some(row) = rows.iter_mut().find(|row| row.key == new.key) {
            *row = new;
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{EventId, Timestamp};

    use super::*;

    fn row(key: i64, state: DeliveryState) -> EventRow {
        EventRow {
            key,
            event_id: EventId(key),
            event: "Order Completed".into(),
            snap_event: None,
            received_at: Timestamp(key),
            occurred_at: Timestamp(key),
            destination: None,
            source: "Web shop".into(),
            side: None,
            state: Some(state),
            reason: None,
            order_id: None,
            person: None,
        }
    }

    #[test]
    fn newer_rows_go_on_top_once() {
        let mut rows = vec![row(2, DeliveryState::Delivered), row(1, DeliveryState::Delivered)];
        add(
            &mut rows,
            vec![row(2, DeliveryState::Delivered), row(3, DeliveryState::Waiting), row(4, DeliveryState::Waiting)],
        );
        assert_eq!(rows.iter().map(|row| row.key).collect::<Vec<_>>(), [4, 3, 2, 1]);
        add(&mut rows, (5..5 + KEEP as i64).map(|key| row(key, DeliveryState::Waiting)).collect());
        assert_eq!((rows.len(), rows[0].key), (KEEP, 4 + KEEP as i64));
    }

    #[test]
    fn a_row_that_moved_on_shows_its_new_state() {
        let mut rows = vec![row(2, DeliveryState::Waiting), row(1, DeliveryState::Delivered)];
        assert!(is_under_way(&rows[0]) && !is_under_way(&rows[1]));
        let read = vec![row(2, DeliveryState::Delivered), row(9, DeliveryState::Dead)];
        assert!(moves(&rows, &read));
        take_states(&mut rows, read.clone());
        assert_eq!(rows.iter().map(|row| row.state).collect::<Vec<_>>(), [Some(DeliveryState::Delivered); 2]);
        assert!(!moves(&rows, &read));
    }
}
