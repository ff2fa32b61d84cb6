//! Everything about one event: what came of it, and each attempt.

use std::collections::HashMap;

use domain::{
    DestinationId, EventId, Timestamp, WorkspaceId,
    delivery::{DeliveryState, Reason, Side},
    view::AttemptView,
};
use serde_json::Value;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use crate::{Store, StoreError, StoredEvent};

/// An event with what became of it.
#[derive(Clone, Debug)]
pub struct EventRecord {
    /// The event.
    pub event: StoredEvent,
    /// The source's name.
    pub source_name: String,
    /// Oddities met while reading it.
    pub notes: Vec<Reason>,
    /// What became of it.
    pub deliveries: Vec<DeliveryRecord>,
}

/// A delivery with its attempts.
#[derive(Clone, Debug)]
pub struct DeliveryRecord {
    /// Its number.
    pub id: i64,
    /// The destination.
    pub destination: DestinationId,
    /// Its name.
    pub name: String,
    /// Its type's slug.
    pub kind: String,
    /// The side.
    pub side: Side,
    /// Where it stands.
    pub state: DeliveryState,
    /// Why.
    pub reason: Option<Reason>,
    /// When it is due.
    pub due_at: Timestamp,
    /// What it becomes.
    pub snap_event: Option<String>,
    /// The item as last sent.
    pub sent: Option<Value>,
    /// Advised fields that it lacks.
    pub warnings: Vec<Reason>,
    /// Each attempt, oldest first.
    pub attempts: Vec<AttemptView>,
}

impl Store {
    /// An event of a workspace with its deliveries and their attempts.
    ///
    /// # Errors
    /// What the database says.
    pub async fn event_record(&self, workspace: WorkspaceId, id: EventId) -> Result<Option<EventRecord>, StoreError> {
        let row = sqlx::query(
            "select e.notes, s.name from events e left join sources s on s.id = e.source_id
             where e.id = $1 and e.workspace_id = $2",
        )
        .bind(id.0)
        .bind(workspace.0)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let Some(event) = self.load_events(&[id]).await?.pop() else { return Ok(None) };
        let mut conn = self.readers.acquire().await?;
        let deliveries = deliveries(&mut conn, id).await?;
        let notes: Option<String> = row.try_get("notes")?;
        Ok(Some(EventRecord {
            event,
            source_name: row.try_get::<Option<String>, _>("name")?.unwrap_or_default(),
            notes: notes.map(|notes| serde_json::from_str(&notes)).transpose()?.unwrap_or_default(),
            deliveries,
        }))
    }
}

async fn deliveries(conn: &mut SqliteConnection, id: EventId) -> Result<Vec<DeliveryRecord>, StoreError> {
    let rows = sqlx::query(
        "select d.*, t.name, t.type from deliveries d join destinations t on t.id = d.destination_id
         where d.id >= $1 * 4096 and d.id < ($1 + 1) * 4096 order by d.id",
    )
    .bind(id.0)
    .fetch_all(&mut *conn)
    .await?;
    let mut attempts = attempts(conn, id).await?;
    rows.iter()
        .map(|row| {
            let mut delivery = read(row)?;
            delivery.attempts = attempts.remove(&delivery.id).unwrap_or_default();
            Ok(delivery)
        })
        .collect()
}

fn read(row: &SqliteRow) -> Result<DeliveryRecord, StoreError> {
    let json = |column: &str| -> Result<Option<Value>, StoreError> {
        let text: Option<String> = row.try_get(column)?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    };
    let code: Option<String> = row.try_get("reason_code")?;
    let message: Option<String> = row.try_get("reason")?;
    let (side, state): (String, String) = (row.try_get("side")?, row.try_get("state")?);
    Ok(DeliveryRecord {
        id: row.try_get("id")?,
        destination: DestinationId(row.try_get("destination_id")?),
        name: row.try_get("name")?,
        kind: row.try_get("type")?,
        side: Side::parse(&side).unwrap_or(Side::Server),
        state: DeliveryState::parse(&state).unwrap_or(DeliveryState::Waiting),
        reason: code.map(|code| Reason { code, message: message.unwrap_or_default() }),
        due_at: Timestamp(row.try_get("due_at")?),
        snap_event: row.try_get("snap_event")?,
        sent: json("sent")?,
        warnings: json("warnings")?.map(serde_json::from_value).transpose()?.unwrap_or_default(),
        attempts: Vec::new(),
    })
}

/// All attempts of an event's deliveries: their numbers are those of the event.
async fn attempts(conn: &mut SqliteConnection, id: EventId) -> Result<HashMap<i64, Vec<AttemptView>>, StoreError> {
    let rows = sqlx::query(
        "select a.delivery_id, a.number, a.at, a.outcome, a.detail, r.duration_ms, r.events, r.url, r.status, r.answer,
                r.normaliser
         from attempts a left join requests r on r.id = a.request_id
         where a.delivery_id >= $1 * 4096 and a.delivery_id < ($1 + 1) * 4096 order by a.delivery_id, a.number",
    )
    .bind(id.0)
    .fetch_all(conn)
    .await?;
    let mut by_delivery: HashMap<i64, Vec<AttemptView>> = HashMap::new();
    for row in &rows {
        let answer: Option<String> = row.try_get("answer")?;
        let detail: Option<String> = row.try_get("detail")?;
        by_delivery.entry(row.try_get("delivery_id")?).or_default().push(AttemptView {
            number: row.try_get("number")?,
            at: Timestamp(row.try_get("at")?),
            duration_ms: row.try_get::<Option<i64>, _>("duration_ms")?.unwrap_or(0).unsigned_abs(),
            batch: row.try_get::<Option<u32>, _>("events")?.unwrap_or(0),
            url: row.try_get::<Option<String>, _>("url")?.unwrap_or_default(),
            status: row.try_get("status")?,
            normaliser: row.try_get::<Option<u32>, _>("normaliser")?.filter(|version| *version > 0),
            outcome: row.try_get("outcome")?,
            answer: answer.or(detail).unwrap_or_default(),
        });
    }
    Ok(by_delivery)
}
