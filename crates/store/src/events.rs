//! Stored events: what they hold, and opening what is sealed in them.

use domain::{EventId, SourceId, Timestamp, event::EventKind, event::TrackedEvent, reading::privacy};
use serde_json::{Map, Value, json};
use sqlx::{Row, sqlite::SqliteRow};

use crate::{
    Keys, Store, StoreError,
    at_once::{Blob, at_once},
    event_place,
};

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

    pub(crate) fn of(columns: Columns) -> Result<Self, StoreError> {
        let (id, source, kind, name, message_id, occurred_at, received_at, body, sealed, order_id) = columns;
        let event = TrackedEvent {
            kind: EventKind::parse(&kind).unwrap_or(EventKind::Track),
            name,
            message_id,
            occurred_at,
            received_at,
            body: serde_json::from_str(&body)?,
        };
        Ok(Self { id, source, order_id, event, sealed: sealed.some() })
    }
}

/// An event as [`columns!`] writes it.
pub(crate) type Columns =
    (EventId, SourceId, String, String, String, Timestamp, Timestamp, String, Blob, Option<String>);

/// An event `e` as a JSON list, for [`at_once`].
macro_rules! columns {
    () => {
        "json_array(e.id, hex(e.source_id), e.kind, e.name, e.message_id, e.occurred_at, e.received_at, e.body,
                    hex(e.sealed), e.order_id)"
    };
}
pub(crate) use columns;

/// Reads a row with the columns of an event.
pub(crate) fn read(row: &SqliteRow) -> Result<StoredEvent, StoreError> {
    StoredEvent::of((
        EventId(row.try_get("id")?),
        SourceId(row.try_get("source_id")?),
        row.try_get("kind")?,
        row.try_get("name")?,
        row.try_get("message_id")?,
        Timestamp(row.try_get("occurred_at")?),
        Timestamp(row.try_get("received_at")?),
        row.try_get("body")?,
        Blob(row.try_get::<Option<Vec<u8>>, _>("sealed")?.unwrap_or_default()),
        row.try_get("order_id")?,
    ))
}

impl Store {
    /// The events of these numbers, in the order of their numbers.
    ///
    /// # Errors
    /// What the database says.
    pub async fn load_events(&self, ids: &[EventId]) -> Result<Vec<StoredEvent>, StoreError> {
        let query = sqlx::query_scalar(concat!(
            "select json_group_array(",
            columns!(),
            ") from events e where e.id in (select value from json_each($1))"
        ));
        let rows: Vec<Columns> = at_once(query.bind(json!(ids).to_string()), &self.readers).await?;
        let mut events = rows.into_iter().map(StoredEvent::of).collect::<Result<Vec<_>, _>>()?;
        events.sort_unstable_by_key(|event| event.id);
        Ok(events)
    }
}
