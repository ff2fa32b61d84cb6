//! Stored events: what they hold, and opening what is sealed in them.

use domain::{EventId, SourceId, Timestamp, event::EventKind, event::TrackedEvent, reading::privacy};
use serde_json::{Map, Value, json};
use sqlx::{Row, sqlite::SqliteRow};

use crate::{Keys, Store, StoreError, event_place};

/// An event as it is stored.
#[derive(Clone, Debug)]
pub struct StoredEvent {
    /// Its number.
    pub id: EventId,
    /// Where it came from.
    pub source: SourceId,
    /// The order id.
    pub order_id: Option<String>,
    event: TrackedEvent,
    sealed: Option<Vec<u8>>,
}

impl StoredEvent {
    /// The event with its personal data masked.
    #[must_use]
    pub fn masked(&self) -> &TrackedEvent {
        &self.event
    }

    /// The event with its personal data.
    ///
    /// # Errors
    /// If the originals can't be opened with these keys.
    pub fn open(self, keys: &Keys) -> Result<TrackedEvent, StoreError> {
        Ok(self.open_with_originals(keys)?.0)
    }

    /// The event with its personal data, and that data by its places.
    ///
    /// # Errors
    /// If the originals can't be opened with these keys.
    pub fn open_with_originals(self, keys: &Keys) -> Result<(TrackedEvent, Map<String, Value>), StoreError> {
        let mut event = self.event;
        let mut originals = Map::new();
        if let Some(sealed) = self.sealed {
            let plain = keys.open(&event_place(self.source, &event.message_id), &sealed)?;
            originals = serde_json::from_slice(&plain)?;
            event.body = privacy::join(event.body, &originals);
        }
        Ok((event, originals))
    }

    fn of(row: &SqliteRow) -> Result<Self, StoreError> {
        let body: String = row.try_get("body")?;
        let kind: String = row.try_get("kind")?;
        let event = TrackedEvent {
            kind: EventKind::parse(&kind).unwrap_or(EventKind::Track),
            name: row.try_get("name")?,
            message_id: row.try_get("message_id")?,
            occurred_at: Timestamp(row.try_get("occurred_at")?),
            received_at: Timestamp(row.try_get("received_at")?),
            body: serde_json::from_str(&body)?,
        };
        Ok(Self {
            id: EventId(row.try_get("id")?),
            source: SourceId(row.try_get("source_id")?),
            order_id: row.try_get("order_id")?,
            event,
            sealed: row.try_get("sealed")?,
        })
    }
}

/// Reads a row with the columns of [`Store::load_events`].
pub(crate) fn read(row: &SqliteRow) -> Result<StoredEvent, StoreError> {
    StoredEvent::of(row)
}

impl Store {
    /// The events of these numbers, in the order of their numbers.
    ///
    /// # Errors
    /// What the database says.
    pub async fn load_events(&self, ids: &[EventId]) -> Result<Vec<StoredEvent>, StoreError> {
        let rows = sqlx::query(
            "select id, source_id, kind, name, message_id, occurred_at, received_at, body, sealed, order_id
             from events where id in (select value from json_each($1)) order by id",
        )
        .bind(json!(ids).to_string())
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(read).collect()
    }
}
