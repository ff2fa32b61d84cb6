//! The receipts of what was sent: requests, and the runs that they are part of.

use domain::Timestamp;
use sqlx::SqliteConnection;

use crate::{Store, StoreError, SyncLane, sync_lanes::renew};

/// A request that was made, for the receipts.
#[derive(Clone, Debug)]
pub struct SyncRequest {
    /// When.
    pub at: Timestamp,
    /// How long it took.
    pub duration_ms: i64,
    /// What it did, in words.
    pub what: String,
    /// Identifiers in it.
    pub identifiers: Option<u64>,
    /// How many of them the destination says it received.
    pub received: Option<u64>,
    /// Why it failed.
    pub problem: Option<String>,
}

impl Store {
    /// Notes a request that changed nothing here, and keeps the lane. `false` if it is another process's.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_note(
        &self,
        lane: &SyncLane,
        request: &SyncRequest,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        if !renew(&mut tx, lane, until).await? {
            return Ok(false);
        }
        record(&mut tx, lane, request).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Writes a request into the lane's run, which begins with its first one.
pub(crate) async fn record(
    conn: &mut SqliteConnection,
    lane: &SyncLane,
    request: &SyncRequest,
) -> Result<i64, StoreError> {
    let run: Option<i64> =
        sqlx::query_scalar("select run_id from audience_links where audience_id = $1 and destination_id = $2")
            .bind(lane.audience.0)
            .bind(lane.destination.0)
            .fetch_one(&mut *conn)
            .await?;
    let run = match run {
        Some(run) => run,
        None => begin_run(conn, lane, request.at).await?,
    };
    sqlx::query(
        "insert into audience_requests (run_id, at, duration_ms, what, identifiers, received, problem)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(run)
    .bind(request.at.0)
    .bind(request.duration_ms)
    .bind(&request.what)
    .bind(request.identifiers.and_then(|count| i64::try_from(count).ok()))
    .bind(request.received.and_then(|count| i64::try_from(count).ok()))
    .bind(&request.problem)
    .execute(&mut *conn)
    .await?;
    sqlx::query("update audience_runs set requests = requests + 1 where id = $1").bind(run).execute(conn).await?;
    Ok(run)
}

async fn begin_run(conn: &mut SqliteConnection, lane: &SyncLane, at: Timestamp) -> Result<i64, StoreError> {
    let run: i64 = sqlx::query_scalar(
        "insert into audience_runs (audience_id, destination_id, started_at) values ($1, $2, $3) returning id",
    )
    .bind(lane.audience.0)
    .bind(lane.destination.0)
    .bind(at.0)
    .fetch_one(&mut *conn)
    .await?;
    sqlx::query("update audience_links set run_id = $3 where audience_id = $1 and destination_id = $2")
        .bind(lane.audience.0)
        .bind(lane.destination.0)
        .bind(run)
        .execute(conn)
        .await?;
    Ok(run)
}
