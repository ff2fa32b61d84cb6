//! Events written out for the ingest statement: what each has of its own, and what many of a group have in common.

use std::collections::HashMap;

use domain::{DestinationId, SourceId, Timestamp, WorkspaceId, event::EventKind, time::HOUR};
use serde_json::{Value, json};

use crate::{NewEvent, ingest_sql::DELIVERY_AGE, jsonb::Items, young_messages::message_key};

/// An event written out for the ingest statement, so that the writer only has to join it with others.
#[derive(Clone, Debug)]
pub struct PreparedEvent {
    kind: Kind,
    received_at: Timestamp,
    pub(crate) message_key: i64,
    /// The columns of texts and numbers that are its own.
    columns: Items,
    /// So many bytes of them tell the message.
    message: usize,
    /// The others one after the other as they are, since they are looked for in a list with more effort: what has always the same length,
    /// the body, and what is sealed.
    content: Vec<u8>,
    body: usize,
    client: Vec<DestinationId>,
}

/// What many events of a group have in common: it is written and judged once for them all.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kind {
    workspace: WorkspaceId,
    source: SourceId,
    call: EventKind,
    name: String,
    event_key: String,
    /// Of its arrival.
    hour: Timestamp,
    consent: Option<bool>,
    too_old: bool,
}

/// The length of two look-up keys, with which content begins.
pub(crate) const FIXED: usize = 32 + 32;

impl NewEvent {
    /// Writes it out.
    #[must_use]
    pub fn prepare(self) -> PreparedEvent {
        let message_key = message_key(self.source, &self.message_id);
        let mut columns = Items::default();
        columns.int(message_key);
        columns.text(Some(&self.message_id));
        let message = columns.bytes().len();
        columns.int(self.occurred_at.0);
        columns.int(self.received_at.0);
        columns.text(self.order_id.as_deref());
        columns.text(self.person.as_deref());
        columns.text(self.notes.as_deref());
        let sealed = self.sealed.unwrap_or_default();
        let mut content = Vec::with_capacity(FIXED + self.body.len() + sealed.len());
        content.extend_from_slice(&self.email_key.unwrap_or_default());
        content.extend_from_slice(&self.phone_key.unwrap_or_default());
        content.extend_from_slice(self.body.as_bytes());
        content.extend_from_slice(&sealed);
        let kind = Kind {
            workspace: self.workspace,
            source: self.source,
            call: self.kind,
            name: self.name,
            event_key: self.event_key,
            hour: Timestamp(self.received_at.0 - self.received_at.0 % HOUR),
            consent: self.consent,
            too_old: self.occurred_at < self.received_at.minus(DELIVERY_AGE),
        };
        let (received_at, body) = (self.received_at, self.body.len());
        PreparedEvent { kind, received_at, message_key, columns, message, content, body, client: self.client }
    }
}

impl PreparedEvent {
    /// Its size in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let Kind { name, event_key, .. } = &self.kind;
        self.columns.bytes().len() + self.content.len() + name.len() + event_key.len() + size_of::<Self>()
    }

    /// Equal for events that are one.
    pub(crate) fn message(&self) -> (SourceId, &[u8]) {
        (self.kind.source, &self.columns.bytes()[..self.message])
    }
}

/// The kinds of a group's events.
pub(crate) struct Kinds<'e> {
    /// The number of each event's kind.
    pub(crate) of: Vec<usize>,
    /// By number, with the last arrival, and how many events are of it.
    all: Vec<(&'e Kind, Timestamp, usize)>,
}

impl<'e> Kinds<'e> {
    pub(crate) fn of(events: &[&'e PreparedEvent]) -> Self {
        let mut numbers = HashMap::new();
        let mut kinds = Self { of: Vec::with_capacity(events.len()), all: Vec::new() };
        for event in events {
            let number = *numbers.entry(&event.kind).or_insert(kinds.all.len());
            if number == kinds.all.len() {
                kinds.all.push((&event.kind, event.received_at, 0));
            }
            let (_, last, count) = &mut kinds.all[number];
            *last = event.received_at.max(*last);
            *count += 1;
            kinds.of.push(number);
        }
        kinds
    }

    pub(crate) fn written(&self) -> Vec<u8> {
        let (mut all, mut one, mut list) = (Items::default(), Items::default(), Items::default());
        for (kind, last, count) in &self.all {
            one.clear();
            one.text(Some(&hex(kind.workspace.0.as_bytes())));
            one.text(Some(&hex(kind.source.0.as_bytes())));
            one.text(Some(kind.call.as_str()));
            one.text(Some(&kind.name));
            one.text(Some(&kind.event_key));
            one.int(kind.hour.0);
            one.int(last.0);
            match kind.consent {
                Some(consent) => one.int(consent.into()),
                None => one.text(None),
            }
            one.int(kind.too_old.into());
            one.int(i64::try_from(*count).unwrap_or(i64::MAX));
            all.list(&one, &Items::default());
        }
        list.list(&all, &Items::default());
        list.into_bytes()
    }
}

/// What the browser tag handed to pixels: the place of the event, its kind, and the destination.
pub(crate) fn handed(events: &[&PreparedEvent], kinds: &Kinds<'_>) -> String {
    let handed = events.iter().zip(&kinds.of).enumerate();
    let handed =
        handed.flat_map(|(n, (event, kind))| event.client.iter().map(move |id| json!([n, kind, hex(id.0.as_bytes())])));
    Value::Array(handed.collect()).to_string()
}

/// The rows as one list, each led by the place of its content, the lengths of its two last parts, and its kind; and the content of them all.
pub(crate) fn written(events: &[&PreparedEvent], kinds: &Kinds<'_>) -> (Vec<u8>, Vec<u8>) {
    let mut content = Vec::with_capacity(events.iter().map(|event| event.content.len()).sum());
    let (mut rows, mut place, mut list) = (Items::default(), Items::default(), Items::default());
    for (event, kind) in events.iter().zip(&kinds.of) {
        place.clear();
        for number in [content.len() + 1, event.body, event.content.len() - FIXED - event.body, *kind] {
            place.int(i64::try_from(number).unwrap_or(i64::MAX));
        }
        rows.list(&place, &event.columns);
        content.extend_from_slice(&event.content);
    }
    list.list(&rows, &Items::default());
    (list.into_bytes(), content)
}

fn hex(bytes: &[u8]) -> String {
    const_hex::encode(bytes)
}
