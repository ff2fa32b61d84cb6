//! Who came into audiences and went out of them, counted by the hour.

use std::collections::HashMap;

use domain::{AudienceId, Timestamp, WorkspaceId, time::HOUR, view::audience_list::AudienceMoves};
use sqlx::{Row, SqliteConnection};

use crate::{Store, StoreError};

impl Store {
    /// Of each audience of a workspace: who moved since the hour of `since`, and when somebody last did.
    ///
    /// # Errors
    /// What the database says.
    pub async fn audience_moves(
        &self,
        workspace: WorkspaceId,
        since: Timestamp,
    ) -> Result<HashMap<AudienceId, AudienceMoves>, StoreError> {
        let rows = sqlx::query(
            "select a.id, coalesce(sum(h.joined), 0), coalesce(sum(h.gone), 0),
                    (select last_at from audience_hours l where l.audience_id = a.id order by l.hour desc limit 1)
             from audiences a left join audience_hours h on h.audience_id = a.id and h.hour > $2
             where a.workspace_id = $1 and a.state <> 'deleted' group by a.id",
        )
        .bind(workspace.0)
        .bind(since.minus(HOUR).0)
        .fetch_all(&self.readers)
        .await?;
        let count = |row: &sqlx::sqlite::SqliteRow, column: usize| -> Result<u64, StoreError> {
            Ok(row.try_get::<i64, _>(column)?.unsigned_abs())
        };
        rows.iter()
            .map(|row| {
                let moves = AudienceMoves {
                    joined: count(row, 1)?,
                    left: count(row, 2)?,
                    last_at: row.try_get::<Option<i64>, _>(3)?.map(Timestamp),
                };
                Ok((AudienceId(row.try_get(0)?), moves))
            })
            .collect()
    }
}

/// So many came or went.
pub(crate) async fn count_moves(
    conn: &mut SqliteConnection,
    audience: AudienceId,
    (joined, gone): (u64, u64),
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into audience_hours (audience_id, hour, joined, gone, last_at) values ($1, $2 - $2 % $3, $4, $5, $2)
         on conflict (audience_id, hour) do update
         set joined = joined + excluded.joined, gone = gone + excluded.gone, last_at = max(last_at, excluded.last_at)",
    )
    .bind(audience.0)
    .bind(now.0)
    .bind(HOUR)
    .bind(i64::try_from(joined).unwrap_or(i64::MAX))
    .bind(i64::try_from(gone).unwrap_or(i64::MAX))
    .execute(conn)
    .await?;
    Ok(())
}
