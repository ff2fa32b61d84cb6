//! The way of one event: read, stored and judged, mapped, checked for its order, and addressed; each by delivery's own code.

use domain::{
    Actor, ApiError, SourceId,
    delivery::{DeliveryState, Reason},
    destination::{MapContext, Mapped},
    event::{EventKind, TrackedEvent},
    fields::{FieldTrace, Origin},
    reading::{self, Arrival, Call, Reading},
    time::SECOND,
    view_bench::{TestRun, TestedEvent},
};
use serde_json::Value;
use store::{DestinationRecord, IngestSource, Lane, Rehearsed};
use uuid::Uuid;

use super::{Test, ask::Ready, made_up::made_up, shown::masked_trace, way::Way};
use crate::{
    Switchyard, api_error,
    ingest::prepare,
    profiles::{Profile, erased_people, known},
    worker,
    workflow::default_setting,
};

/// The step that says what is set for the event.
const SWITCHES: &str = "Consent, switches and age";

/// Stands for the visitor's address, which libraries of browsers and apps leave to the request (RFC 5737).
const VISITOR_IP: &str = "203.0.113.254";

/// What came of a test.
pub(super) struct Tried {
    pub run: TestRun,
    /// What the destination can be asked about.
    pub ready: Option<Ready>,
}

/// What comes in.
struct Inbound {
    received: Value,
    reading: Result<Reading, Reason>,
    source: IngestSource,
    /// A stored event as it is stored, and its number: personal data stays masked.
    stored: Option<(TrackedEvent, domain::EventId)>,
}

pub(super) async fn run(
    switchyard: &Switchyard,
    actor: &Actor,
    row: &DestinationRecord,
    test: &Test,
) -> Result<Tried, ApiError> {
    let inbound = inbound(switchyard, actor, test).await?;
    let mut way = Way::default();
    let masked = inbound.stored.is_some();
    let mut run = TestRun {
        event: String::new(),
        snap_event: None,
        problem: None,
        steps: Vec::new(),
        received: inbound.received.clone(),
        read: None,
        fields: Vec::new(),
        item: None,
        masked,
        answer: test.answer.clone(),
    };
    let mut ready = None;
    match inbound.reading.clone() {
        Err(refused) => way.stopped("Read", refused),
        Ok(reading) => {
            run.event.clone_from(&reading.event.name);
            if !masked {
                run.read = Some(Value::Object(reading.event.body.clone()));
            }
            way.passed("Read", read_sentence(&reading), reading.notes.clone());
            let rehearsed = rehearse(switchyard, row, &inbound, reading, &mut way).await?;
            ready = follow(switchyard, row, &inbound, rehearsed, &mut way, &mut run).await?;
        }
    }
    run.problem = way.problem;
    run.steps = way.steps;
    Ok(Tried { run, ready })
}

async fn inbound(switchyard: &Switchyard, actor: &Actor, test: &Test) -> Result<Inbound, ApiError> {
    let sources = switchyard.sources(actor).await?;
    let chosen = test.request.source.filter(|id| sources.iter().any(|source| source.id == *id));
    let id = chosen.or_else(|| sources.first().map(|source| source.id)).unwrap_or(SourceId(Uuid::nil()));
    let source = IngestSource { id, workspace: actor.workspace };
    let text = match &test.request.event {
        TestedEvent::Stored(event) => return stored(switchyard, actor, *event).await,
        TestedEvent::Pasted(text) => text.clone(),
        TestedEvent::Standard(name) => made_up(name, switchyard.now()).ok_or(ApiError::NotFound)?.to_string(),
    };
    let received = serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.clone()));
    let reading = read(&text, &received, switchyard);
    Ok(Inbound { received, reading, source, stored: None })
}

/// A stored event: it was read when it arrived, so it goes on from there.
async fn stored(switchyard: &Switchyard, actor: &Actor, id: domain::EventId) -> Result<Inbound, ApiError> {
    let record = switchyard.store().event_record(actor.workspace, id).await.map_err(api_error)?;
    let record = record.ok_or(ApiError::NotFound)?;
    let masked = record.event.masked().clone();
    let source = IngestSource { id: record.event.source, workspace: actor.workspace };
    let event = record.event.open(switchyard.store().keys()).map_err(api_error)?;
    Ok(Inbound {
        received: Value::Object(masked.body.clone()),
        reading: Ok(Reading { event, notes: record.notes }),
        source,
        stored: Some((masked, id)),
    })
}

/// Reads a pasted text as the route would that it fits.
fn read(text: &str, received: &Value, switchyard: &Switchyard) -> Result<Reading, Reason> {
    let wrapped;
    let (call, text) = match received.get("type").map(|kind| kind.as_str().and_then(EventKind::parse)) {
        None if received.get("batch").is_some() => (Call::Batch, text),
        None => (Call::Track, text),
        Some(Some(kind)) => (call_of(kind), text),
        Some(None) => {
            wrapped = format!("{{\"batch\":[{text}]}}");
            (Call::Batch, wrapped.as_str())
        }
    };
    let envelope =
        reading::open(call, text.as_bytes()).map_err(|error| Reason::new(error.code(), error.to_string()))?;
    let ip = Some(VISITOR_IP.to_owned());
    let arrival = Arrival { received_at: switchyard.now(), ip, user_agent: None, from_browser: false };
    let first = envelope.events.first().ok_or_else(|| Reason::new("empty_batch", "The batch holds no event."))?;
    reading::read(call, first, &envelope, &arrival, || prepare::made_up_id(&arrival))
        .map_err(|refused| Reason::new(refused.code, refused.message))
}

fn call_of(kind: EventKind) -> Call {
    match kind {
        EventKind::Track => Call::Track,
        EventKind::Identify => Call::Identify,
        EventKind::Page => Call::Page,
        EventKind::Screen => Call::Screen,
        EventKind::Group => Call::Group,
        EventKind::Alias => Call::Alias,
    }
}

fn read_sentence(reading: &Reading) -> String {
    let event = &reading.event;
    let (kind, name, at) = (event.kind.as_str(), &event.name, event.occurred_at.to_iso());
    let mut sentence = format!("A {kind} call, named “{name}”, that happened at {at}.");
    if event.text("context.ip").as_deref() == Some(VISITOR_IP) {
        sentence.push_str(
            " Its library leaves the visitor's address to the request that brings it; an example stands for that.",
        );
    }
    sentence
}

/// Stores it for a moment, which decides whether it would be sent at all, and takes it back.
async fn rehearse(
    switchyard: &Switchyard,
    row: &DestinationRecord,
    inbound: &Inbound,
    mut reading: Reading,
    way: &mut Way,
) -> Result<Rehearsed, ApiError> {
    let (store, now) = (switchyard.store(), switchyard.now());
    if inbound.stored.is_none() {
        let event = prepare::row(inbound.source, reading.clone(), store.keys()).prepare();
        if let Some(rehearsed) = store.rehearse(&event, row.id, now).await.map_err(api_error)? {
            way.passed("Stored once", "No event with this messageId arrived in the last 7 days.", Vec::new());
            return Ok(rehearsed);
        }
        let known = "An event with this messageId arrived in the last 7 days: it would be answered as a duplicate and sent only once.";
        way.stopped("Stored once", Reason::new("duplicate", known));
    }
    // Under an id of its own the event can be followed although it is known.
    reading.event.message_id = format!("test-{}", switchyard.new_id());
    let event = prepare::row(inbound.source, reading, store.keys()).prepare();
    store.rehearse(&event, row.id, now).await.map_err(api_error)?.ok_or(ApiError::NotFound)
}

async fn follow(
    switchyard: &Switchyard,
    row: &DestinationRecord,
    inbound: &Inbound,
    rehearsed: Rehearsed,
    way: &mut Way,
    run: &mut TestRun,
) -> Result<Option<Ready>, ApiError> {
    let Rehearsed { event: stored, event_key, snap_event, state, reason, held } = rehearsed;
    let lane = switchyard.store().lane(row.id).await.map_err(api_error)?.ok_or(ApiError::NotFound)?;
    let kind = switchyard.destination_type(&lane.kind).ok_or(ApiError::NotFound)?;
    match reason {
        Some(reason) if state == DeliveryState::Filtered => way.stopped(SWITCHES, reason),
        _ => way.passed(SWITCHES, switches_sentence(snap_event.as_deref(), held), Vec::new()),
    }
    let proposed = || default_setting(&run.event, &switchyard.event_names(&row.slug)).snap_event;
    let snap_event = snap_event.or_else(|| Some(proposed()).filter(|name| !name.is_empty()));
    run.snap_event.clone_from(&snap_event);
    if snap_event.is_none() {
        return Ok(None);
    }
    let source = stored.source;
    let event = stored.open(switchyard.store().keys()).map_err(api_error)?;
    let profile = person(switchyard, &lane, &**kind, source, (&event_key, &event), way).await?;
    let context = worker::context_of(&lane, source, &event_key, snap_event.as_deref(), profile);
    run.fields = explained(&**kind, &event, &context, inbound);
    let mapped = match worker::map_due(&**kind, &event, &context, switchyard.now()) {
        Ok(mapped) => mapped,
        Err(reason) => {
            way.stopped("Mapped and validated", reason);
            return Ok(None);
        }
    };
    way.passed("Mapped and validated", mapped_sentence(&run.fields), mapped.warnings.clone());
    let order = worker::order_key(snap_event.as_deref(), kind.order_id(&mapped.item));
    check_order(switchyard, row, inbound, order, way).await?;
    let shows_person = run.masked || run.fields.iter().any(|field| field.sent.is_some() && of_profile(field));
    run.item = Some(if shows_person { worker::masking::masked_item(&mapped.item) } else { mapped.item.to_value() });
    Ok(address(row, &lane, mapped, way))
}

fn switches_sentence(snap_event: Option<&str>, held: i64) -> String {
    let held = match held / SECOND {
        ..=0 => String::new(),
        1 => " It would be held for 1 second first.".to_owned(),
        seconds => format!(" It would be held for {seconds} seconds first."),
    };
    format!("Server-side is on, and the event becomes {}.{held}", snap_event.unwrap_or("nothing"))
}

fn explained(
    kind: &dyn domain::destination::Destination,
    event: &TrackedEvent,
    context: &MapContext,
    inbound: &Inbound,
) -> Vec<FieldTrace> {
    let masked = |trace: FieldTrace| match &inbound.stored {
        Some((masked, _)) => masked_trace(trace, masked),
        // Whoever pastes somebody's id must not be told their address.
        None if of_profile(&trace) => masked_trace(trace, event),
        None => trace,
    };
    kind.explain(event, context).into_iter().map(masked).collect()
}

/// Whether the value is the profile's and not the event's own.
fn of_profile(trace: &FieldTrace) -> bool {
    matches!(&trace.origin, Origin::Path(path) | Origin::WorkedOut(path) if path.starts_with("profile."))
}

/// Whom it is of: what is known of them, which the event may lack.
async fn person(
    switchyard: &Switchyard,
    lane: &Lane,
    kind: &dyn domain::destination::Destination,
    source: SourceId,
    (event_key, event): (&str, &TrackedEvent),
    way: &mut Way,
) -> Result<Profile, ApiError> {
    let erased = erased_people(switchyard).await.map_err(api_error)?;
    let country = lane.countries.get(&source).map(String::as_str);
    if erased.has_any(known::lookup_keys(switchyard, event, lane.workspace, country).all()) {
        way.stopped("Person", worker::erased_person());
        return Ok(Profile::new());
    }
    let rules = lane.fields.get(event_key).cloned().unwrap_or_default();
    let profile = known::of(switchyard, kind, (lane.workspace, country), &rules, event).await.map_err(api_error)?;
    let sentence = if profile.is_empty() {
        "Its identifiers belong to nobody of whom more is known: the event stands alone."
    } else {
        "Its person is known: fields that it lacks are filled from the profile."
    };
    way.passed("Person", sentence, Vec::new());
    Ok(profile)
}

fn mapped_sentence(fields: &[FieldTrace]) -> String {
    let sent = fields.iter().filter(|field| field.sent.is_some());
    let hashed = sent.clone().filter(|field| field.hashed).count();
    format!("{} fields are filled, {hashed} of them as hashes.", sent.count())
}

/// A purchase is sent once per order; a stored one isn't its own repeat.
async fn check_order(
    switchyard: &Switchyard,
    row: &DestinationRecord,
    inbound: &Inbound,
    order: Option<String>,
    way: &mut Way,
) -> Result<(), ApiError> {
    let Some(order) = order else { return Ok(()) };
    let first = switchyard.store().rehearse_order(row.id, &order, switchyard.now()).await.map_err(api_error)?;
    let own = inbound.stored.as_ref().map(|(_, id)| *id);
    match first.filter(|first| Some(*first) != own) {
        Some(first) => {
            let unsettled = switchyard.store().unsettled(row.id, first).await.map_err(api_error)?;
            way.stopped("Order sent once", worker::repeated_order(first, unsettled));
        }
        None => {
            way.passed("Order sent once", "No purchase with this order id was sent in the last 30 days.", Vec::new())
        }
    }
    Ok(())
}

fn address(row: &DestinationRecord, lane: &Lane, mapped: Mapped, way: &mut Way) -> Option<Ready> {
    let asset = match worker::asset_of(lane, mapped.asset) {
        Ok(asset) => asset,
        Err(reason) => {
            way.stopped("Addressed", reason);
            return None;
        }
    };
    if lane.capi_token.is_none() && row.login.is_none() {
        way.noted(
            "Addressed",
            "There is no Conversion API token and no Snapchat login yet: the event would wait for one.",
        );
    } else {
        way.passed("Addressed", format!("It would go to {asset}."), Vec::new());
    }
    Some(Ready { item: mapped.item, asset })
}
