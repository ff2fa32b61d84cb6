//! The log of requests and attempts: rows that are added and never changed.

use domain::{DestinationId, Timestamp};
use serde_json::json;
use sqlx::SqliteConnection;

use crate::{StoreError, deliveries::Move};

/// A request to a destination, as the log shows it.
#[derive(Clone, Debug)]
pub struct NewRequest {
    /// When it began.
    pub at: Timestamp,
    /// How long it took.
    pub duration_ms: i64,
    /// The address without its query.
    pub url: String,
    /// The HTTP status, if an answer came.
    pub status: Option<u16>,
    /// The answer's text.
    pub answer: String,
    /// How many events it carried.
    pub events: usize,
    /// The version of the rules that its events were normalised by.
    pub normaliser: u32,
}

pub(crate) async fn insert_request(
    tx: &mut SqliteConnection,
    destination: DestinationId,
    request: &NewRequest,
) -> Result<i64, StoreError> {
    let done = sqlx::query(
        "insert into requests (destination_id, at, duration_ms, url, status, answer, events, normaliser)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(destination.0)
    .bind(request.at.0)
    .bind(request.duration_ms)
    .bind(&request.url)
    .bind(request.status)
    .bind(&request.answer)
    .bind(i64::try_from(request.events).unwrap_or(i64::MAX))
    .bind(request.normaliser)
    .execute(tx)
    .await?;
    Ok(done.last_insert_rowid())
}

/// One attempt per move that has one; its number was counted by the update just before.
pub(crate) async fn insert(
    tx: &mut SqliteConnection,
    request: Option<i64>,
    at: Timestamp,
    moves: &[&Move],
) -> Result<(), StoreError> {
    let rows: Vec<_> = moves
        .iter()
        .filter_map(|m| m.attempt.as_ref().map(|(outcome, detail)| json!([m.id, outcome, detail])))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into attempts (delivery_id, number, request_id, at, outcome, detail)
         select d.id, d.attempts, $2, $3, r.value ->> '$[1]', r.value ->> '$[2]'
         from jsonb_each($1) r cross join deliveries d on d.id = r.value ->> '$[0]'",
    )
    .bind(serde_json::Value::Array(rows).to_string())
    .bind(request)
    .bind(at.0)
    .execute(tx)
    .await?;
    Ok(())
}
