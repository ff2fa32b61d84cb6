//! The rows, kept up to date: newer ones are asked for every two seconds while the tab is looked at, and the states of
//! those that are still on their way are read again.

use std::time::Duration;

use domain::{
    DestinationId,
    delivery::DeliveryState,
    view::{DestinationRow, EventCount, EventPage, EventRow},
};
use leptos::{prelude::*, task::spawn_local};

use super::{ALL, nothing, table::events_table};
use crate::{
    api::{
        destinations::destination,
        error::PageError,
        events::{EventsQuery, events, events_since},
    },
    components::{Loaded, effect},
};

/// What stands beside the rows and counts them.
#[derive(Clone, Copy)]
pub struct Beside {
    /// How often each event arrived.
    pub counts: Loaded<Result<Vec<EventCount>, PageError>>,
    /// How the destination of the page fares.
    pub head: RwSignal<Option<DestinationRow>>,
}

impl Beside {
    /// Reads all of it anew.
    async fn refresh(self, of: Option<DestinationId>) {
        self.counts.refetch();
        if let Some(id) = of
            && let Ok(overview) = destination(id).await
        {
            // The page may be gone by now.
            let _ = self.head.try_set(Some(overview.row));
        }
    }
}

/// How often the page asks for news.
const EVERY: Duration = Duration::from_secs(2);
/// How many rounds pass between two tellings of new rows to those who hear the page: none of them is told while more come.
const TOLD_EVERY: u32 = 8;
/// How many rows the page keeps at most: older ones are on the older pages.
const KEEP: usize = 200;

/// The table with its controls.
#[component]
pub fn LiveRows(
    page: EventPage,
    query: EventsQuery,
    before: Option<i64>,
    base: String,
    beside: Beside,
) -> impl IntoView {
    // On the page of one destination its name says nothing.
    let everywhere = base == ALL;
    let filtered = !query.applied().is_empty();
    let next = page.next;
    let rows = RwSignal::new(page.rows);
    let paused = RwSignal::new(false);
    let heard = RwSignal::new(String::new());
    if before.is_none() {
        poll(query.clone(), rows, paused, beside);
        tell(rows, heard);
    }
    let here = query.address(&base, "");
    let joint = if here.contains('?') { '&' } else { '?' };
    let last = Memo::new(move |_| rows.with(|rows| older_than(rows, next.is_some())));
    let older =
        move || last.get().map(|key| view! { <a class="button" href=format!("{here}{joint}before={key}")>"Older"</a> });
    let newest = before.is_some().then(|| view! { <a class="button" href=query.address(&base, "")>"Newest"</a> });
    let empty = Memo::new(move |_| rows.with(Vec::is_empty));
    view! {
        {before.is_none().then(|| live_control(paused))}
        <p class="visually-hidden" aria-live="polite">{heard}</p>
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

/// Says how many rows have come, every now and then.
fn tell(rows: RwSignal<Vec<EventRow>>, heard: RwSignal<String>) {
    let newest = move || rows.try_with_untracked(|rows| rows.first().map(|row| row.key)).flatten();
    let told = StoredValue::new(newest());
    effect(move || {
        let tick = move || {
            let Some(before) = told.try_get_value() else { return };
            let come = rows.try_with_untracked(|rows| rows.iter().take_while(|row| Some(row.key) > before).count());
            told.set_value(newest());
            if let Some(come @ 1..) = come {
                heard.set(if come == 1 { "1 new event".to_owned() } else { format!("{come} new events") });
            }
        };
        if let Ok(timer) = set_interval_with_handle(tick, EVERY * TOLD_EVERY) {
            on_cleanup(move || timer.clear());
        }
    });
}

fn poll(query: EventsQuery, rows: RwSignal<Vec<EventRow>>, paused: RwSignal<bool>, beside: Beside) {
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
                read_news(query, rows, beside).await;
                // The page may be gone by now.
                let _ = asking.try_set(false);
            });
        };
        if let Ok(timer) = set_interval_with_handle(tick, EVERY) {
            on_cleanup(move || timer.clear());
        }
    });
}

async fn read_news(query: EventsQuery, rows: RwSignal<Vec<EventRow>>, beside: Beside) {
    let Some(top) = rows.try_with_untracked(|rows| rows.first().map(|row| row.key)) else { return };
    let fresh = match top {
        Some(top) => all_since(&query, top).await,
        None => events(query.clone(), None).await,
    };
    // A failed question is asked again in two seconds; the rows that are shown stay right.
    let mut changed = match fresh {
        Ok(page) if !page.rows.is_empty() => rows.try_update(|rows| add(rows, page.rows)).is_some(),
        _ => false,
    };
    changed |= follow_states(&query, rows).await;
    if changed {
        beside.refresh(query.destination).await;
    }
}

/// Reads the states of the rows that are under way again; whether one moved on.
async fn follow_states(query: &EventsQuery, rows: RwSignal<Vec<EventRow>>) -> bool {
    let mut moved = false;
    // The filter may be for a state, so a row that has moved on is found without it.
    let unfiltered = EventsQuery { status: String::new(), ..query.clone() };
    let mut below = i64::MAX;
    while let Some(Some(key)) = rows.try_with_untracked(|rows| under_way_below(rows, below)) {
        let Ok(page) = events(unfiltered.clone(), Some(key.saturating_add(1))).await else { break };
        // One that is no longer there is passed over.
        below = page.rows.last().map_or(key, |row| row.key.min(key));
        if rows.try_with_untracked(|rows| moves(rows, &page.rows)) == Some(true) {
            moved |= rows.try_update(|rows| take_states(rows, page.rows)).is_some();
        }
    }
    moved
}

/// The rows newer than `top`, as far as the page keeps them: more may have come than one answer holds.
async fn all_since(query: &EventsQuery, top: i64) -> Result<EventPage, PageError> {
    let mut page = events_since(query.clone(), top).await?;
    while let Some(next) = page.next.filter(|_| page.rows.len() < KEEP) {
        let more = events(query.clone(), Some(next)).await?;
        page.next = more.next.filter(|next| *next > top);
        page.rows.extend(more.rows.into_iter().filter(|row| row.key > top));
    }
    Ok(page)
}

/// Where the older pages begin, if there are any: below the last row that is shown.
fn older_than(rows: &[EventRow], more: bool) -> Option<i64> {
    rows.last().filter(|_| more || rows.len() == KEEP).map(|row| row.key)
}

/// The newest row older than `below` whose state can still change.
fn under_way_below(rows: &[EventRow], below: i64) -> Option<i64> {
    rows.iter().find(|row| row.key < below && is_under_way(row)).map(|row| row.key)
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
    fn finds_what_is_under_way_from_top_to_bottom() {
        let rows: Vec<_> = [(9, DeliveryState::Delivered), (8, DeliveryState::Waiting), (3, DeliveryState::Leased)]
            .map(|(key, state)| row(key, state))
            .into();
        let found: Vec<_> = [i64::MAX, 8, 3].map(|below| under_way_below(&rows, below)).into();
        assert_eq!(found, [Some(8), Some(3), None]);
    }

    #[test]
    fn older_pages_begin_below_the_last_row_that_is_shown() {
        let mut rows = vec![row(1, DeliveryState::Delivered)];
        assert_eq!([false, true].map(|more| older_than(&rows, more)), [None, Some(1)]);
        add(&mut rows, (2..2 + KEEP as i64).map(|key| row(key, DeliveryState::Delivered)).collect());
        assert_eq!(older_than(&rows, false), Some(2));
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
