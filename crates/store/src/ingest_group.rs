//! A group of events in the making: each is written out for the ingest statement when it is added, so that a group is nearly ready
//! while the one before is stored.

use std::collections::{HashMap, hash_map::Entry};

use domain::Timestamp;
use serde_json::{Value, json};
use sqlx::{Sqlite, query::QueryAs, sqlite::SqliteArguments};

use crate::{
    NewRejection, PreparedEvent,
    ingest_rows::{FIXED, Kind},
    ingest_sql::INSERT_GROUP,
    jsonb::Items,
};

/// The events of many requests, which are stored together.
#[derive(Default)]
pub struct IngestGroup {
    pub(crate) requests: Vec<Vec<PreparedEvent>>,
    pub(crate) rejected: Vec<NewRejection>,
    /// Where the first event with a key stands: its request, and its place there.
    messages: HashMap<i64, (usize, usize)>,
    statement: Statement,
}

impl IngestGroup {
    /// Adds the events of a request. A message that is in the group already is not stored again.
    pub fn add(&mut self, request: Vec<PreparedEvent>) {
        let number = self.requests.len();
        for (place, event) in request.iter().enumerate() {
            let repeats = match self.messages.entry(event.message_key) {
                Entry::Vacant(entry) => {
                    entry.insert((number, place));
                    false
                }
                Entry::Occupied(entry) => {
                    let (of, at) = *entry.get();
                    let first = self.requests.get(of).map_or(&request[at], |request| &request[at]);
                    let mut before = self.requests.iter().flatten().chain(&request[..place]);
                    first.message() == event.message() || before.any(|other| other.message() == event.message())
                }
            };
            if !repeats {
                self.statement.add(event, number);
            }
        }
        self.requests.push(request);
    }

    /// Adds what was refused.
    pub fn reject(&mut self, rejected: Vec<NewRejection>) {
        self.rejected.extend(rejected);
    }

    /// The events that were added, repeats left out.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.statement.requests.len()
    }

    /// Takes out what is bound to the statement.
    pub(crate) fn take_statement(&mut self) -> Statement {
        std::mem::take(&mut self.statement)
    }
}

impl FromIterator<Vec<PreparedEvent>> for IngestGroup {
    fn from_iter<I: IntoIterator<Item = Vec<PreparedEvent>>>(requests: I) -> Self {
        let mut group = Self::default();
        requests.into_iter().for_each(|request| group.add(request));
        group
    }
}

/// What is bound to the ingest statement.
#[derive(Default)]
pub(crate) struct Statement {
    /// The request of each event.
    pub(crate) requests: Vec<usize>,
    /// Each event led by the place of its content, the lengths of its two last parts, and its kind.
    rows: Items,
    content: Vec<u8>,
    keys: Vec<i64>,
    /// The number of each event's kind.
    kind_of: Vec<usize>,
    numbers: HashMap<Kind, usize>,
    /// By number, with the last arrival, and how many events are of it.
    kinds: Vec<(Kind, Timestamp, i64)>,
    /// What the browser tag handed to pixels: the place of the event, its kind, and the end of the destination's id.
    handed: Vec<Value>,
}

impl Statement {
    fn add(&mut self, event: &PreparedEvent, request: usize) {
        let kind = self.kind(event);
        let mut place = Items::default();
        for number in [self.content.len() + 1, event.body, event.content.len() - FIXED - event.body, kind] {
            place.int(i64::try_from(number).unwrap_or(i64::MAX));
        }
        self.rows.list(&place, &event.columns);
        self.content.extend_from_slice(&event.content);
        self.keys.push(event.message_key);
        self.handed.extend(event.client.iter().map(|tail| json!([self.kind_of.len(), kind, tail.to_string()])));
        self.kind_of.push(kind);
        self.requests.push(request);
    }

    fn kind(&mut self, event: &PreparedEvent) -> usize {
        let number = self.numbers.get(&event.kind).copied().unwrap_or_else(|| {
            self.numbers.insert(event.kind.clone(), self.kinds.len());
            self.kinds.push((event.kind.clone(), event.received_at, 0));
            self.kinds.len() - 1
        });
        let (_, last, count) = &mut self.kinds[number];
        *last = event.received_at.max(*last);
        *count += 1;
        number
    }

    fn written_kinds(&self) -> Vec<u8> {
        let mut all = Items::default();
        for (kind, last, count) in &self.kinds {
            all.list(&kind.written(*last, *count), &Items::default());
        }
        all.into_list()
    }

    /// The statement with all that it needs; it answers with the last event before, and the places of those that are new.
    pub(crate) fn bound(self, now: Timestamp) -> QueryAs<'static, Sqlite, (i64, String), SqliteArguments> {
        let kinds = self.written_kinds();
        sqlx::query_as(INSERT_GROUP)
            .bind(self.rows.into_list())
            .bind(now.0)
            .bind(Value::Array(self.handed).to_string())
            .bind(self.content)
            .bind(json!(self.keys).to_string())
            .bind(json!(self.kind_of).to_string())
            .bind(kinds)
    }
}
