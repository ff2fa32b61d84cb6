//! Storing what arrived: many requests in one transaction, each event exactly once, with one delivery per destination.

use std::collections::HashSet;

use domain::{DestinationId, SourceId, Timestamp, WorkspaceId, event::EventKind};
use serde_json::json;
use sqlx::SqliteConnection;

use crate::{
    NewRejection, Store, StoreError, ingest_sql::INSERT_GROUP, jsonb::Items, rejections, young_messages::message_key,
};

/// An event as it is stored: personal data masked in `body`, the originals sealed.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// Where it came from.
    pub source: SourceId,
    /// The sender's id, unique per source.
    pub message_id: String,
    /// The call.
    pub kind: EventKind,
    /// The name.
    pub name: String,
    /// The key of its settings.
    pub event_key: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it reached us.
    pub received_at: Timestamp,
    /// The masked body, JSON.
    pub body: String,
    /// The originals, sealed for [`event_place`].
    pub sealed: Option<Vec<u8>>,
    /// The order id.
    pub order_id: Option<String>,
    /// Look-up key of the e-mail address.
    pub email_key: Option<[u8; 32]>,
    /// Look-up key of the phone number.
    pub phone_key: Option<[u8; 32]>,
    /// Who it is, masked.
    pub person: Option<String>,
    /// Oddities, JSON.
    pub notes: Option<String>,
    /// Whether the person agreed to marketing, if the event says.
    pub consent: Option<bool>,
    /// Destinations whose pixel the browser tag handed it to.
    pub client: Vec<DestinationId>,
}

/// What the originals of an event are sealed for.
#[must_use]
pub fn event_place(source: SourceId, message_id: &str) -> String {
    format!("events/{source}/{message_id}")
}

/// An event written out for the ingest statement, so that the writer only has to join it with others.
#[derive(Clone, Debug)]
pub struct PreparedEvent {
    workspace: WorkspaceId,
    source: SourceId,
    /// The columns of texts and numbers.
    columns: Items,
    /// So many bytes of them tell the message.
    message: usize,
    /// The others one after the other as they are, since they are looked for in a list with more effort: what has always the same length,
    /// the body, and what is sealed.
    content: Vec<u8>,
    body: usize,
    consent: Option<bool>,
    client: Vec<DestinationId>,
}

/// The length of source, workspace and two look-up keys, with which content begins.
pub(crate) const FIXED: usize = 16 + 16 + 32 + 32;

impl NewEvent {
    /// Writes it out.
    #[must_use]
    pub fn prepare(self) -> PreparedEvent {
        let mut columns = Items::default();
        columns.int(message_key(self.source, &self.message_id));
        columns.text(Some(&self.message_id));
        let message = columns.bytes().len();
        columns.text(Some(self.kind.as_str()));
        columns.text(Some(&self.name));
        columns.text(Some(&self.event_key));
        columns.int(self.occurred_at.0);
        columns.int(self.received_at.0);
        columns.text(self.order_id.as_deref());
        columns.text(self.person.as_deref());
        columns.text(self.notes.as_deref());
        let sealed = self.sealed.unwrap_or_default();
        let mut content = Vec::with_capacity(FIXED + self.body.len() + sealed.len());
        content.extend_from_slice(self.source.0.as_bytes());
        content.extend_from_slice(self.workspace.0.as_bytes());
        content.extend_from_slice(&self.email_key.unwrap_or_default());
        content.extend_from_slice(&self.phone_key.unwrap_or_default());
        content.extend_from_slice(self.body.as_bytes());
        content.extend_from_slice(&sealed);
        PreparedEvent {
            workspace: self.workspace,
            source: self.source,
            columns,
            message,
            content,
            body: self.body.len(),
            consent: self.consent,
            client: self.client,
        }
    }
}

impl PreparedEvent {
    /// Its size in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.columns.bytes().len() + self.content.len() + size_of::<Self>()
    }

    /// Equal for events that are one.
    fn message(&self) -> (SourceId, &[u8]) {
        (self.source, &self.columns.bytes()[..self.message])
    }
}

/// What one request came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ingested {
    /// Events that are stored now.
    pub accepted: usize,
    /// Events that had arrived before.
    pub duplicates: usize,
}

impl Store {
    /// Stores the events of many requests in one transaction and tells for each request what it came to. It is durable once
    /// [`Store::when_durable`] says so. If the rows of one break a constraint, each request gets a transaction of its own, so that its neighbours survive.
    pub async fn ingest(
        &self,
        requests: &[Vec<PreparedEvent>],
        rejected: &[NewRejection],
        now: Timestamp,
    ) -> Vec<Result<Ingested, StoreError>> {
        match self.ingest_together(requests, rejected, now).await {
            Ok(ingested) => ingested.into_iter().map(Ok).collect(),
            Err(error) if is_constraint(&error) && (requests.len() > 1 || !rejected.is_empty()) => {
                let mut results = Vec::with_capacity(requests.len());
                for request in requests {
                    let alone = self.ingest_together(std::slice::from_ref(request), &[], now).await;
                    results.push(alone.map(|ingested| ingested[0]));
                }
                results
            }
            Err(error) => {
                let text = error.to_string();
                let again = || StoreError::Sql(sqlx::Error::Protocol(text.clone()));
                let mut results: Vec<_> = requests.iter().skip(1).map(|_| Err(again())).collect();
                results.insert(0, Err(error));
                results.truncate(requests.len());
                results
            }
        }
    }

    async fn ingest_together(
        &self,
        requests: &[Vec<PreparedEvent>],
        rejected: &[NewRejection],
        now: Timestamp,
    ) -> Result<Vec<Ingested>, StoreError> {
        let fresh = if rejected.is_empty() {
            self.ingest_alone(requests, now).await?
        } else {
            let mut tx = self.write().await?;
            rejections::insert(&mut tx, rejected).await?;
            let fresh = insert_group(&mut tx, requests, now).await?;
            tx.commit().await?;
            fresh
        };
        self.unsettled.stored(fresh.base, fresh.ordinals.len());
        let mut ordinal = 0;
        let count = |request: &Vec<PreparedEvent>| {
            let accepted = request.iter().enumerate().filter(|(n, _)| fresh.ordinals.contains(&(ordinal + n))).count();
            ordinal += request.len();
            Ingested { accepted, duplicates: request.len() - accepted }
        };
        Ok(requests.iter().map(count).collect())
    }

    /// The group's statement without a transaction around it.
    async fn ingest_alone(&self, requests: &[Vec<PreparedEvent>], now: Timestamp) -> Result<Fresh, StoreError> {
        let mut conn = self.write_one().await?;
        let fresh = insert_group(&mut conn, requests, now).await;
        drop(conn);
        if let Err(StoreError::Sql(error)) = &fresh {
            self.writer.failed(error).await;
        }
        fresh
    }
}

/// What is new in a group.
#[derive(Default)]
pub(crate) struct Fresh {
    /// The last event before.
    base: i64,
    /// Where the new ones stand in the group.
    pub(crate) ordinals: HashSet<usize>,
}

/// Inserts the group's events and all that follows from them.
pub(crate) async fn insert_group(
    conn: &mut SqliteConnection,
    requests: &[Vec<PreparedEvent>],
    now: Timestamp,
) -> Result<Fresh, StoreError> {
    let mut messages = HashSet::new();
    let all = requests.iter().flatten().enumerate();
    let (ordinals, events): (Vec<usize>, Vec<&PreparedEvent>) =
        all.filter(|(_, event)| messages.insert(event.message())).unzip();
    if events.is_empty() {
        return Ok(Fresh::default());
    }
    let (rows, content) = written(&events);
    // Read to its end: the last step is the commit, if there is no transaction around it.
    let fresh: Vec<(i64, String)> = sqlx::query_as(INSERT_GROUP)
        .bind(rows)
        .bind(now.0)
        .bind(workspaces(&events))
        .bind(places(&events, Some(false)))
        .bind(places(&events, Some(true)))
        .bind(handed(&events))
        .bind(content)
        .fetch_all(conn)
        .await?;
    let (base, places) = &fresh[0];
    let places: Vec<usize> = serde_json::from_str(places)?;
    Ok(Fresh { base: *base, ordinals: places.into_iter().map(|place| ordinals[place]).collect() })
}

/// What the browser tag handed to pixels: the place of the event, and the destination.
fn handed(events: &[&PreparedEvent]) -> String {
    let handed = events.iter().enumerate().flat_map(|(n, event)| event.client.iter().map(move |id| (n, id)));
    let handed: Vec<_> = handed.map(|(n, id)| json!([n, hex(id.0.as_bytes())])).collect();
    serde_json::Value::Array(handed).to_string()
}

/// Where the events stand that say this of consent.
fn places(events: &[&PreparedEvent], consent: Option<bool>) -> String {
    let said = events.iter().enumerate().filter(|(_, event)| event.consent == consent).map(|(n, _)| n);
    json!(said.collect::<Vec<_>>()).to_string()
}

fn workspaces(events: &[&PreparedEvent]) -> String {
    let distinct: HashSet<_> = events.iter().map(|event| event.workspace).collect();
    json!(distinct.into_iter().map(|id| hex(id.0.as_bytes())).collect::<Vec<_>>()).to_string()
}

/// The rows as one list, each led by the place of its content and the lengths of its two last parts; and the content of them all.
fn written(events: &[&PreparedEvent]) -> (Vec<u8>, Vec<u8>) {
    let mut content = Vec::with_capacity(events.iter().map(|event| event.content.len()).sum());
    let (mut rows, mut place, mut list) = (Items::default(), Items::default(), Items::default());
    for event in events {
        place.clear();
        for number in [content.len() + 1, event.body, event.content.len() - FIXED - event.body] {
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

fn is_constraint(error: &StoreError) -> bool {
    matches!(error, StoreError::Sql(sqlx::Error::Database(db))
        if !matches!(db.kind(), sqlx::error::ErrorKind::Other))
}
