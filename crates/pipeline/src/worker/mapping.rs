//! From claimed deliveries to items: opened, their people looked up, mapped; too old and repeated ones left out.

use std::{
    collections::{HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use domain::{
    EventId, SourceId, Timestamp,
    decide::Outcome,
    delivery::{Reason, RepeatedOrder, code},
    destination::{AssetKind, Destination, MapContext, Mapped},
    event::TrackedEvent,
    profile::LookupKey,
    time::SECOND,
};
use serde_json::Value;
use store::{Claimed, FoundPeople, Lane, StoreError, StoredEvent};

use crate::{
    Switchyard,
    profiles::{ErasedPeople, Profile, erased_people, known},
};

/// Events of these names are sent once per order id and 30 days.
const ONCE_PER_ORDER: [&str; 1] = [domain::options::PURCHASE];
/// How soon at the earliest a purchase looks again at one before it: that one is to be claimed in between.
const LOOK_AGAIN: i64 = 10 * SECOND;

/// A delivery that is ready to be sent.
pub(super) struct Item {
    pub claimed: Claimed,
    pub item: domain::item::Item,
    pub asset: AssetKind,
    pub warnings: Vec<Reason>,
    /// The fields that it carries, as bits of the destination's match quality.
    pub carried: u64,
}

/// What mapping came to.
pub(super) struct Batch {
    pub items: Vec<Item>,
    /// Those that are not sent, with what became of them.
    pub settled: Vec<(Claimed, Outcome)>,
}

/// An event with its personal data, and what its people are looked up by; or why it can't be had.
type Opened = Result<(SourceId, TrackedEvent, Vec<LookupKey>), Outcome>;

/// Maps what was claimed for a destination.
pub(super) async fn map(
    switchyard: &Switchyard,
    destination: &Arc<dyn Destination>,
    lane: &Arc<Lane>,
    claimed: Vec<Claimed>,
) -> Result<Batch, StoreError> {
    let ids: Vec<EventId> = claimed.iter().map(|claimed| claimed.event).collect();
    let events = switchyard.store().load_events(&ids).await?;
    known::read_up_to(switchyard, events.last().map(|event| (event.id, event.masked().received_at))).await?;
    let erased = erased_people(switchyard).await?;
    let opening = (switchyard.clone(), lane.clone());
    let mut opened = beside(move || open_all(&opening.0, &opening.1, &erased, events)).await;
    let named: Vec<(EventId, Vec<LookupKey>)> = opened
        .iter_mut()
        .filter_map(|(id, opened)| opened.as_mut().ok().map(|(.., keys)| (*id, std::mem::take(keys))))
        .collect();
    let found = known::find(switchyard, &**destination, lane, &named).await?;
    let mapping = (switchyard.clone(), destination.clone(), lane.clone());
    let mut batch = beside(move || map_all(&mapping.0, &*mapping.1, &mapping.2, &found, claimed, opened)).await;
    leave_out_repeated(switchyard, &**destination, lane.id, &mut batch).await?;
    Ok(batch)
}

/// Thousands of events keep a core busy for a while; connections are served beside it.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        // Panics are caught per event; what is left is the lane's end, and its leases run out.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

fn open_all(
    switchyard: &Switchyard,
    lane: &Lane,
    erased: &ErasedPeople,
    events: Vec<StoredEvent>,
) -> HashMap<EventId, Opened> {
    let open = |stored: StoredEvent| (stored.id, open_one(switchyard, lane, erased, stored));
    events.into_iter().map(open).collect()
}

fn open_one(switchyard: &Switchyard, lane: &Lane, erased: &ErasedPeople, stored: StoredEvent) -> Opened {
    let (id, source, keys) = (stored.id, stored.source, switchyard.store().keys());
    let event = stored.open(keys).map_err(|error| {
        tracing::error!(event.id = %id, %error, "an event can't be opened");
        Outcome::Unavailable("the event's sealed data can't be opened".into())
    })?;
    let country = lane.countries.get(&source).map(String::as_str);
    let found = known::lookup_keys(switchyard, &event, lane.workspace, country);
    if erased.has_any(found.all()) {
        return Err(Outcome::Filtered(erased_person()));
    }
    Ok((source, event, found.naming()))
}

/// Why an event of somebody who was erased goes nowhere.
pub(crate) fn erased_person() -> Reason {
    Reason::new(code::ERASED, "It is of a person who was erased.")
}

fn map_all(
    switchyard: &Switchyard,
    destination: &dyn Destination,
    lane: &Lane,
    found: &FoundPeople,
    claimed: Vec<Claimed>,
    mut opened: HashMap<EventId, Opened>,
) -> Batch {
    let quality = destination.quality();
    let mut batch = Batch { items: Vec::with_capacity(claimed.len()), settled: Vec::new() };
    for claimed in claimed {
        let (source, event, _) = match opened.remove(&claimed.event) {
            Some(Ok(opened)) => opened,
            Some(Err(outcome)) => {
                batch.settled.push((claimed, outcome));
                continue;
            }
            None => {
                let reason = Reason::new(code::ERASED, "The event itself is no longer stored.");
                batch.settled.push((claimed, Outcome::Filtered(reason)));
                continue;
            }
        };
        // A panic while mapping is the event's fault alone: it counts as a crash of this one.
        let mapped = catch_unwind(AssertUnwindSafe(|| {
            let of = (claimed.event, event.occurred_at);
            let profile = known::opened(found, of, destination, switchyard.store().keys()).map_err(|error| {
                tracing::error!(delivery.id = claimed.id, %error, "what is known of a person can't be opened");
                Outcome::Unavailable("the person's sealed data can't be opened".into())
            })?;
            let context = context_of(lane, source, &claimed.event_key, claimed.snap_event.as_deref(), profile);
            map_due(destination, &event, &context, switchyard.now()).map_err(Outcome::Filtered)
        }));
        match mapped.unwrap_or(Err(Outcome::Crashed)) {
            Ok(Mapped { item, asset, warnings }) => {
                let carried = quality.carried(&item);
                batch.items.push(Item { claimed, item, asset, warnings, carried });
            }
            Err(outcome) => batch.settled.push((claimed, outcome)),
        }
    }
    batch
}

/// What the mapping of an event for a destination needs beyond the event. `profile` is what is known of its person.
pub(crate) fn context_of(
    lane: &Lane,
    source: SourceId,
    event_key: &str,
    snap_event: Option<&str>,
    mut profile: Profile,
) -> MapContext {
    if let Some(site) = lane.sites.get(&source) {
        profile.entry("site_url".to_owned()).or_insert_with(|| Value::String(site.clone()));
    }
    MapContext {
        event_name: snap_event.unwrap_or_default().to_owned(),
        default_country: lane.countries.get(&source).cloned(),
        fields: lane.fields.get(event_key).cloned().unwrap_or_default(),
        data_processing_option: lane.options.limited_data_use.clone(),
        profile,
    }
}

/// Maps an event that is due, unless it has become too old.
pub(crate) fn map_due(
    destination: &dyn Destination,
    event: &TrackedEvent,
    context: &MapContext,
    now: Timestamp,
) -> Result<Mapped, Reason> {
    if now.since(event.occurred_at) > destination.spec().max_event_age {
        return Err(Reason::new(code::TOO_OLD, "It happened more than 7 days before it could be sent."));
    }
    map_event(destination, event, context)
}

/// What an event is sent once per 30 days by, if it is of that kind.
pub(crate) fn order_key(snap_event: Option<&str>, order_id: Option<&str>) -> Option<String> {
    let name = snap_event.filter(|name| ONCE_PER_ORDER.contains(name))?;
    Some(format!("{name} {}", order_id?))
}

/// Why a purchase is not sent whose order an event before it has: left out if that one was sent, else waiting for it.
pub(crate) fn repeated_order(first: EventId, unsettled: Option<Timestamp>) -> Reason {
    match unsettled {
        None => Reason::new(
            code::DUPLICATE_ORDER,
            format!("Event {first} has the same order id and was sent within the last 30 days."),
        ),
        Some(_) => Reason::new(
            code::AWAITS_ORDER,
            format!(
                "Event {first} has the same order id and is not sent yet; this one is sent only if that one can't be."
            ),
        ),
    }
}

/// The one place where events are mapped: for sending and for showing.
pub(crate) fn map_event(
    destination: &dyn Destination,
    event: &TrackedEvent,
    context: &MapContext,
) -> Result<Mapped, Reason> {
    destination.map(event, context)
}

async fn leave_out_repeated(
    switchyard: &Switchyard,
    kind: &dyn Destination,
    destination: domain::DestinationId,
    batch: &mut Batch,
) -> Result<(), StoreError> {
    let key = |item: &Item| {
        let order = kind.order_id(&item.item);
        Some((order_key(item.claimed.snap_event.as_deref(), order)?, item.claimed.event))
    };
    let held: Vec<_> = batch.items.iter().filter_map(key).collect();
    if held.is_empty() {
        return Ok(());
    }
    let now = switchyard.now();
    let repeated = switchyard.store().hold_orders(destination, &held, now).await?;
    if repeated.is_empty() {
        return Ok(());
    }
    let repeated: HashMap<EventId, RepeatedOrder> = repeated.into_iter().map(|found| (found.event, found)).collect();
    let (left_out, items): (Vec<Item>, Vec<Item>) =
        std::mem::take(&mut batch.items).into_iter().partition(|item| repeated.contains_key(&item.claimed.event));
    batch.items = items;
    let sent_now: HashSet<EventId> = batch.items.iter().map(|item| item.claimed.event).collect();
    for item in left_out {
        let repeat = &repeated[&item.claimed.event];
        let reason = repeated_order(repeat.first, repeat.unsettled);
        let outcome = match repeat.unsettled {
            None => Outcome::Filtered(reason),
            // One of this very claim is settled, or due later, before the next claim.
            Some(_) if sent_now.contains(&repeat.first) => Outcome::Awaits { reason, until: now },
            Some(due) => Outcome::Awaits { reason, until: due.max(now.plus(LOOK_AGAIN)) },
        };
        batch.settled.push((item.claimed, outcome));
    }
    Ok(())
}
