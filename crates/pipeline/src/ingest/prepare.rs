//! From a body to rows: reading, splitting personal data off, sealing. Pure but for the nonces and made-up ids.

use domain::{
    DestinationTail,
    event::TrackedEvent,
    reading::{self, Arrival, Call, Envelope, Reading, Rejection, Unreadable, privacy},
};
use serde_json::{Map, Value};
use store::{IngestSource, Keys, NewEvent, PreparedEvent, event_place};
use uuid::Builder;

/// The characters of a refused event that the debugger shows.
const EXCERPT_MAX: usize = 300;

/// A request's events, ready for the writer.
pub(super) struct Prepared {
    pub events: Vec<PreparedEvent>,
    pub rejected: Vec<Rejected>,
    /// Some of the events as they came, masked, by their message ids.
    pub samples: Vec<(String, Value)>,
}

/// A refused event.
pub(super) struct Rejected {
    pub index: usize,
    pub rejection: Rejection,
    pub excerpt: String,
}

/// `wanted` says of an event whether it is kept as it came, until it says no.
pub(super) fn prepare(
    source: IngestSource,
    call: Call,
    envelope: &Envelope<'_>,
    arrival: &Arrival,
    keys: &Keys,
    mut wanted: impl FnMut() -> bool,
) -> Prepared {
    let events = Vec::with_capacity(envelope.events.len());
    let mut prepared = Prepared { events, rejected: Vec::new(), samples: Vec::new() };
    let mut sampling = true;
    for (index, text) in envelope.events.iter().enumerate() {
        match reading::read(call, text, envelope, arrival, || made_up_id(arrival)) {
            Ok(reading) => {
                sampling = sampling && wanted();
                if sampling {
                    let sample = masked(text).map(|event| (reading.event.message_id.clone(), event));
                    prepared.samples.extend(sample);
                }
                prepared.events.push(row(source, reading, keys).prepare());
            }
            Err(rejection) => prepared.rejected.push(Rejected { index, rejection, excerpt: excerpt(text) }),
        }
    }
    prepared
}

/// An id for an event that came without one.
pub(crate) fn made_up_id(arrival: &Arrival) -> String {
    let mut random = [0; 10];
    // Without randomness the rest of the machinery fails, too; an id that repeats would be taken for a duplicate.
    getrandom::fill(&mut random).expect("the system's randomness");
    let millis = u64::try_from(arrival.received_at.0).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string()
}

/// An event as it is stored: personal data split off and sealed.
pub(crate) fn row(source: IngestSource, reading: Reading, keys: &Keys) -> NewEvent {
    let Reading { event, notes } = reading;
    let order_id = reading::order_id(&event);
    let client = handed_to_pixel(&event);
    let consent = reading::marketing_consent(&event);
    let TrackedEvent { kind, name, message_id, occurred_at, received_at, mut body } = event;
    let split = privacy::split(&mut body);
    let sealed = (!split.originals.is_empty())
        .then(|| keys.seal(&event_place(source.id, &message_id), written(&split.originals).as_bytes()));
    NewEvent {
        workspace: source.workspace,
        source: source.id,
        kind,
        event_key: reading::setting_key(&name),
        name,
        message_id,
        occurred_at,
        received_at,
        body: written(&body),
        sealed,
        order_id,
        email_key: split.email.map(|email| keys.lookup("email", &email)),
        phone_key: split.phone.map(|phone| keys.lookup("phone", &phone)),
        person: split.person,
        notes: (!notes.is_empty()).then(|| serde_json::to_string(&notes).unwrap_or_default()),
        consent,
        client,
    }
}

/// Much faster than `Display`, which hands over piece by piece.
fn written(object: &Map<String, Value>) -> String {
    serde_json::to_string(object).expect("JSON can be written")
}

/// The destinations whose pixel the browser tag handed the event to.
fn handed_to_pixel(event: &TrackedEvent) -> Vec<DestinationTail> {
    match event.at("context.switchyard.client") {
        Some(Value::Array(tails)) => tails.iter().filter_map(|tail| tail.as_str()?.parse().ok()).collect(),
        _ => Vec::new(),
    }
}

/// A body that can't be read at all, as the debugger tells it.
pub(super) fn unreadable(error: &Unreadable, body: &[u8]) -> Rejected {
    let rejection = Rejection { code: error.code(), message: error.to_string() };
    Rejected { index: 0, rejection, excerpt: size(body.len()) }
}

fn size(bytes: usize) -> String {
    format!("({bytes} bytes)")
}

/// How a refused event began, masked. What can't be read can't be masked, so nothing of it is shown.
fn excerpt(text: &str) -> String {
    match masked(text) {
        Some(value) => value.to_string().chars().take(EXCERPT_MAX).collect(),
        None => size(text.len()),
    }
}

/// An event as it came, masked.
fn masked(text: &str) -> Option<Value> {
    let readable = text.len() <= reading::EVENT_BYTES_MAX;
    let mut value = if readable { serde_json::from_str::<Value>(text).ok()? } else { return None };
    if let Value::Object(body) = &mut value {
        body.remove("writeKey");
    }
    privacy::mask_json(&mut value);
    Some(value)
}
