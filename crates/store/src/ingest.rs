//! Storing what arrived: many requests in one transaction, each event exactly once, with one delivery per destination.

use std::{
    collections::{BTreeSet, HashSet},
    fmt::Write,
};

use domain::{DestinationId, SourceId, Timestamp, WorkspaceId, event::EventKind};
use serde_json::json;
use sqlx::SqliteConnection;

use crate::{
    NewRejection, Store, StoreError,
    event_finds::{email_find_key, find_key},
    ingest_sql::INSERT_GROUP,
    rejections,
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

/// An event written out for the ingest statement, so that the writer only has to join texts.
#[derive(Clone, Debug)]
pub struct PreparedEvent {
    /// The columns but for the content, as a JSON list without its beginning.
    columns: String,
    /// The body and what is sealed, one after the other, as they are: writing them as JSON would cost more than all the rest.
    content: Vec<u8>,
    body: usize,
    workspace: WorkspaceId,
    consent: Option<bool>,
    client: Vec<DestinationId>,
}

impl NewEvent {
    /// Writes it out.
    ///
    /// # Panics
    /// Never: everything in it can be written as JSON.
    #[must_use]
    pub fn prepare(self) -> PreparedEvent {
        let columns = (
            hex(self.source.0.as_bytes()),
            hex(self.workspace.0.as_bytes()),
            &self.message_id,
            self.kind.as_str(),
            &self.name,
            &self.event_key,
            self.occurred_at.0,
            self.received_at.0,
            &self.order_id,
            self.email_key.map(|key| hex(&key)),
            self.phone_key.map(|key| hex(&key)),
            &self.person,
            &self.notes,
            self.found_by(),
        );
        let mut columns = serde_json::to_string(&columns).expect("texts and numbers");
        columns.remove(0);
        let body = self.body.len();
        let mut content = self.body.into_bytes();
        content.extend(self.sealed.unwrap_or_default());
        PreparedEvent { columns, content, body, workspace: self.workspace, consent: self.consent, client: self.client }
    }

    /// What it is searched by.
    fn found_by(&self) -> BTreeSet<String> {
        let ids = [Some(&self.message_id), self.order_id.as_ref()];
        let ids = ids.into_iter().flatten().map(|id| find_key(id));
        ids.chain(self.email_key.map(|key| email_find_key(&key))).collect()
    }
}

impl PreparedEvent {
    /// Its size in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.columns.len() + self.content.len() + size_of::<Self>()
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
        let mut ordinal = 0;
        let count = |request: &Vec<PreparedEvent>| {
            let accepted = request.iter().enumerate().filter(|(n, _)| fresh.contains(&(ordinal + n))).count();
            ordinal += request.len();
            Ingested { accepted, duplicates: request.len() - accepted }
        };
        Ok(requests.iter().map(count).collect())
    }

    /// The group's statement without a transaction around it.
    async fn ingest_alone(
        &self,
        requests: &[Vec<PreparedEvent>],
        now: Timestamp,
    ) -> Result<HashSet<usize>, StoreError> {
        let mut conn = self.write_one().await?;
        let fresh = insert_group(&mut conn, requests, now).await;
        drop(conn);
        if let Err(StoreError::Sql(error)) = &fresh {
            self.writer.failed(error).await;
        }
        fresh
    }
}

/// Inserts the group's events and all that follows from them; answers with the ordinals of the new ones.
pub(crate) async fn insert_group(
    conn: &mut SqliteConnection,
    requests: &[Vec<PreparedEvent>],
    now: Timestamp,
) -> Result<HashSet<usize>, StoreError> {
    let events: Vec<&PreparedEvent> = requests.iter().flatten().collect();
    if events.is_empty() {
        return Ok(HashSet::new());
    }
    let (rows, content) = written(&events);
    // Read to its end: the last step is the commit, if there is no transaction around it.
    let fresh: Vec<String> = sqlx::query_scalar(INSERT_GROUP)
        .bind(rows)
        .bind(now.0)
        .bind(workspaces(&events))
        .bind(ordinals(&events, Some(false)))
        .bind(ordinals(&events, Some(true)))
        .bind(handed(&events))
        .bind(content)
        .fetch_all(conn)
        .await?;
    Ok(serde_json::from_str(&fresh[0])?)
}

/// What the browser tag handed to pixels: the place of the event, and the destination.
fn handed(events: &[&PreparedEvent]) -> String {
    let handed = events.iter().enumerate().flat_map(|(n, event)| event.client.iter().map(move |id| (n, id)));
    let handed: Vec<_> = handed.map(|(n, id)| json!([n, hex(id.0.as_bytes())])).collect();
    serde_json::Value::Array(handed).to_string()
}

/// Where the events stand that say this of consent.
fn ordinals(events: &[&PreparedEvent], consent: Option<bool>) -> String {
    let said = events.iter().enumerate().filter(|(_, event)| event.consent == consent).map(|(n, _)| n);
    json!(said.collect::<Vec<_>>()).to_string()
}

fn workspaces(events: &[&PreparedEvent]) -> String {
    let distinct: HashSet<_> = events.iter().map(|event| event.workspace).collect();
    json!(distinct.into_iter().map(|id| hex(id.0.as_bytes())).collect::<Vec<_>>()).to_string()
}

/// The rows as one JSON list, each led by the place of its content and the lengths of its two parts; and the content of them all.
fn written(events: &[&PreparedEvent]) -> (String, Vec<u8>) {
    let mut rows = String::with_capacity(events.iter().map(|event| event.columns.len() + 32).sum());
    let mut content = Vec::with_capacity(events.iter().map(|event| event.content.len()).sum());
    for event in events {
        let sealed = event.content.len() - event.body;
        let separator = if rows.is_empty() { '[' } else { ',' };
        // Writing to a string never fails.
        let _ = write!(rows, "{separator}[{},{},{sealed},{}", content.len() + 1, event.body, event.columns);
        content.extend_from_slice(&event.content);
    }
    rows.push(']');
    (rows, content)
}

fn hex(bytes: &[u8]) -> String {
    const_hex::encode(bytes)
}

fn is_constraint(error: &StoreError) -> bool {
    matches!(error, StoreError::Sql(sqlx::Error::Database(db))
        if !matches!(db.kind(), sqlx::error::ErrorKind::Other))
}
