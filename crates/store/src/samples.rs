//! Events for trying things out: stored ones to look at, and rehearsals of new ones that leave no trace.

use domain::{
    DestinationId, EventId, Timestamp, WorkspaceId,
    delivery::{DeliveryState, Reason},
};
use sqlx::Row;

use crate::{IngestGroup, PreparedEvent, Store, StoreError, StoredEvent, deliveries, events, ingest};

/// What would become of an event on arrival.
#[derive(Clone, Debug)]
pub struct Rehearsed {
    /// The event as it would be stored.
    pub event: StoredEvent,
    /// The key of its settings.
    pub event_key: String,
    /// What it would become.
    pub snap_event: Option<String>,
    /// The state that its delivery would be born in.
    pub state: DeliveryState,
    /// Why it would not be sent.
    pub reason: Option<Reason>,
    /// How long it would be held first, in milliseconds.
    pub held: i64,
}

impl Store {
    /// Takes an event in as ingestion does, looks at what became of it at one destination, and takes everything back.
    /// `None` if an event with its `messageId` has arrived before.
    ///
    /// # Errors
    /// What the database says.
    pub async fn rehearse(
        &self,
        event: &PreparedEvent,
        destination: DestinationId,
        now: Timestamp,
    ) -> Result<Option<Rehearsed>, StoreError> {
        let mut group = IngestGroup::from_iter([vec![event.clone()]]);
        let mut tx = self.write().await?;
        let fresh = ingest::insert_group(&mut tx, group.take_statement(), now).await?;
        if fresh.places.is_empty() {
            tx.rollback().await?;
            return Ok(None);
        }
        let row = sqlx::query(
            "select e.id, e.source_id, e.kind, e.name, e.message_id, e.occurred_at, e.received_at, e.body, e.sealed,
                    e.order_id, e.event_key, d.snap_event, d.state, d.reason_code, d.reason, d.due_at
             from events e join deliveries d on d.id >= e.id * 4096 and d.id < (e.id + 1) * 4096
             where e.id = (select max(id) from events) and d.destination_id = $1 and d.side = 'server'",
        )
        .bind(destination.0)
        .fetch_optional(&mut *tx)
        .await?;
        tx.rollback().await?;
        let Some(row) = row else { return Ok(None) };
        let (state, code): (String, Option<String>) = (row.try_get("state")?, row.try_get("reason_code")?);
        let message: Option<String> = row.try_get("reason")?;
        Ok(Some(Rehearsed {
            event: events::read(&row)?,
            event_key: row.try_get("event_key")?,
            snap_event: row.try_get("snap_event")?,
            state: DeliveryState::parse(&state).unwrap_or(DeliveryState::Waiting),
            held: row.try_get::<i64, _>("due_at")? - now.0,
            reason: code.map(|code| Reason { code, message: message.unwrap_or_default() }),
        }))
    }

    /// The event that holds an order, if a further one would be left out as its repeat. Nothing is held.
    ///
    /// # Errors
    /// What the database says.
    pub async fn rehearse_order(
        &self,
        destination: DestinationId,
        order: &str,
        now: Timestamp,
    ) -> Result<Option<EventId>, StoreError> {
        let mut tx = self.write().await?;
        let repeated = deliveries::hold(&mut tx, destination, &[(order.to_owned(), EventId(i64::MAX))], now).await?;
        tx.rollback().await?;
        Ok(repeated.first().map(|(_, first)| *first))
    }

    /// The newest event with this settings' key.
    ///
    /// # Errors
    /// What the database says.
    pub async fn last_event(&self, workspace: WorkspaceId, key: &str) -> Result<Option<StoredEvent>, StoreError> {
        let row = sqlx::query(
            "select id, source_id, kind, name, message_id, occurred_at, received_at, body, sealed, order_id
             from events where workspace_id = $1 and event_key = $2 order by id desc limit 1",
        )
        .bind(workspace.0)
        .bind(key)
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(events::read).transpose()
    }

    /// The newest events of a workspace: number, name, arrival.
    ///
    /// # Errors
    /// What the database says.
    pub async fn recent_events(
        &self,
        workspace: WorkspaceId,
        limit: i64,
    ) -> Result<Vec<(EventId, String, Timestamp)>, StoreError> {
        let rows = sqlx::query(
            "select id, name, received_at from events indexed by events_by_workspace
             where workspace_id = $1 order by id desc limit $2",
        )
        .bind(workspace.0)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            Ok((EventId(row.try_get("id")?), row.try_get("name")?, Timestamp(row.try_get("received_at")?)))
        };
        rows.iter().map(read).collect()
    }
}
