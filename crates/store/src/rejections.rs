//! Refused events, kept for a day so that a source's debugger can show them.

use domain::{SourceId, Timestamp, delivery::Reason};
use serde_json::json;
use sqlx::{Row, SqliteConnection};

use crate::{Store, StoreError};

/// The rejections that are kept per source.
pub const REJECTIONS_KEPT: i64 = 500;

/// A refused event.
#[derive(Clone, Debug)]
pub struct NewRejection {
    /// Where it came from.
    pub source: SourceId,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: Reason,
    /// How it began, masked.
    pub excerpt: String,
}

/// Adds rejections and drops the oldest of each source beyond [`REJECTIONS_KEPT`].
pub(crate) async fn insert(tx: &mut SqliteConnection, rejected: &[NewRejection]) -> Result<(), StoreError> {
    let rows: Vec<_> = rejected
        .iter()
        .map(|r| json!([const_hex::encode(r.source.0.as_bytes()), r.at.0, r.reason.code, r.reason.message, r.excerpt]))
        .collect();
    let rows = serde_json::Value::Array(rows).to_string();
    sqlx::query(
        "insert into rejections (source_id, at, code, message, excerpt)
         select s.id, r.value ->> '$[1]', r.value ->> '$[2]', r.value ->> '$[3]', r.value ->> '$[4]'
         from json_each($1) r join sources s on s.id = unhex(r.value ->> '$[0]')",
    )
    .bind(&rows)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "delete from rejections where id in (
             select old.id from (select distinct unhex(value ->> '$[0]') as source_id from json_each($1)) s
             join rejections old on old.id in (
                 select id from rejections where source_id = s.source_id order by id desc limit -1 offset $2))",
    )
    .bind(&rows)
    .bind(REJECTIONS_KEPT)
    .execute(tx)
    .await?;
    Ok(())
}

impl Store {
    /// The refused events of a source, newest first: when, why, and how they began.
    ///
    /// # Errors
    /// What the database says.
    pub async fn rejections(&self, source: SourceId) -> Result<Vec<(Timestamp, Reason, String)>, StoreError> {
        let rows =
            sqlx::query("select at, code, message, excerpt from rejections where source_id = $1 order by id desc")
                .bind(source.0)
                .fetch_all(&self.readers)
                .await?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            let reason = Reason { code: row.try_get("code")?, message: row.try_get("message")? };
            Ok((Timestamp(row.try_get("at")?), reason, row.try_get("excerpt")?))
        };
        rows.iter().map(read).collect()
    }
}
