//! Differences of wanted and synced state, a chunk at a time, and the receipts of what was sent.

use domain::{Timestamp, destination::IdentifierKind};
use sqlx::{Row, SqliteConnection};

use crate::{Store, StoreError, SyncLane, sync_lanes::renew};

/// Identifiers that are to be added or removed: the version that is wanted, and digests with commas between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// Groups of one version each.
    groups: Vec<(i64, String)>,
}

impl Changes {
    /// All digests.
    #[must_use]
    pub fn digests(&self) -> Vec<&str> {
        self.groups.iter().flat_map(|(_, digests)| digests.split(',')).collect()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }
}

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
    /// Some identifiers of one kind whose addition or removal is still to be sent; empty if there are none.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_changes(
        &self,
        lane: &SyncLane,
        kind: IdentifierKind,
        wanted: bool,
        limit: usize,
        now: Timestamp,
    ) -> Result<Changes, StoreError> {
        let rows = sqlx::query(
            "select wanted_version, group_concat(digest) as digests from (
                 select wanted_version, digest from audience_sync
                 where audience_id = $1 and destination_id = $2 and wanted = $4 and kind = $3 and retry_at <= $6
                   and wanted_version > synced_version
                 limit $5)
             group by wanted_version",
        )
        .bind(lane.audience.0)
        .bind(lane.destination.0)
        .bind(kind.as_str())
        .bind(wanted)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind(now.0)
        .fetch_all(&self.readers)
        .await?;
        let groups = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        Ok(Changes { groups: groups.collect::<Result<_, StoreError>>()? })
    }

    /// The destination has these now; what changed meanwhile stays to be sent. `false` if the lane is another process's.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_sent(
        &self,
        lane: &SyncLane,
        kind: IdentifierKind,
        wanted: bool,
        changes: &Changes,
        request: &SyncRequest,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        if !renew(&mut tx, lane, until).await? {
            return Ok(false);
        }
        for (version, digests) in &changes.groups {
            let list = json_list(digests);
            // What was taken out leaves no trace here.
            if !wanted {
                sqlx::query(
                    "delete from audience_sync
                     where audience_id = $1 and destination_id = $2 and kind = $3
                       and digest in (select value from json_each($4)) and wanted = 0 and wanted_version = $5",
                )
                .bind(lane.audience.0)
                .bind(lane.destination.0)
                .bind(kind.as_str())
                .bind(&list)
                .bind(version)
                .execute(&mut *tx)
                .await?;
            }
            sqlx::query(
                "update audience_sync set synced_version = $5
                 where audience_id = $1 and destination_id = $2 and kind = $3
                   and digest in (select value from json_each($4)) and wanted_version >= $5",
            )
            .bind(lane.audience.0)
            .bind(lane.destination.0)
            .bind(kind.as_str())
            .bind(&list)
            .bind(version)
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query(
            "update audience_sync set refused = null, refusals = 0, retry_at = 0
             where audience_id = $1 and destination_id = $2 and refused is not null and wanted_version = synced_version",
        )
        .bind(lane.audience.0)
        .bind(lane.destination.0)
        .execute(&mut *tx)
        .await?;
        let run = record(&mut tx, lane, request).await?;
        let count = request.identifiers.and_then(|count| i64::try_from(count).ok()).unwrap_or(0);
        sqlx::query("update audience_runs set added = added + $2, removed = removed + $3 where id = $1")
            .bind(run)
            .bind(if wanted { count } else { 0 })
            .bind(if wanted { 0 } else { count })
            .execute(&mut *tx)
            .await?;
        sqlx::query("update audience_links set last_sent = $3 where audience_id = $1 and destination_id = $2")
            .bind(lane.audience.0)
            .bind(lane.destination.0)
            .bind(request.at.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Has those who are in the audience added once again, next at `again_at`: so a list's retention takes out only those who
    /// have left. `false` if the lane is another process's.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_refresh(
        &self,
        lane: &SyncLane,
        again_at: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        if !renew(&mut tx, lane, until).await? {
            return Ok(false);
        }
        sqlx::query(
            "update audience_sync set wanted_version = wanted_version + 1
             where audience_id = $1 and destination_id = $2 and wanted = 1 and wanted_version = synced_version
               and exists (select 1 from audience_members m
                           where m.audience_id = $1 and m.profile_no = audience_sync.profile_no)",
        )
        .bind(lane.audience.0)
        .bind(lane.destination.0)
        .execute(&mut *tx)
        .await?;
        sqlx::query("update audience_links set refresh_at = $3 where audience_id = $1 and destination_id = $2")
            .bind(lane.audience.0)
            .bind(lane.destination.0)
            .bind(again_at.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Forgets removals of a kind that has no list: nothing of it was ever sent.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_drop_unsent(&self, lane: &SyncLane, kind: IdentifierKind) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(
            "delete from audience_sync
             where audience_id = $1 and destination_id = $2 and kind = $3 and wanted = 0 and wanted_version > synced_version
               and exists (select 1 from audience_links l where l.audience_id = $1 and l.destination_id = $2 and l.lease_no = $4)",
        )
        .bind(lane.audience.0)
        .bind(lane.destination.0)
        .bind(kind.as_str())
        .bind(lane.lease_no)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// The destination refused this one identifier: it is left out until `retry_at`, and counted.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_refused(
        &self,
        lane: &SyncLane,
        kind: IdentifierKind,
        digest: &str,
        reason: &str,
        retry_at: impl Fn(u32) -> Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let refusals: Option<u32> = sqlx::query_scalar(
            "select refusals from audience_sync
             where audience_id = $1 and destination_id = $2 and kind = $3 and digest = $4",
        )
        .bind(lane.audience.0)
        .bind(lane.destination.0)
        .bind(kind.as_str())
        .bind(digest)
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(refusals) = refusals {
            sqlx::query(
                "update audience_sync set refused = $5, refusals = refusals + 1, retry_at = $6
                 where audience_id = $1 and destination_id = $2 and kind = $3 and digest = $4",
            )
            .bind(lane.audience.0)
            .bind(lane.destination.0)
            .bind(kind.as_str())
            .bind(digest)
            .bind(reason)
            .bind(retry_at(refusals).0)
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }

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

/// `a,b` as `["a","b"]`: digests have no character that JSON would escape.
fn json_list(digests: &str) -> String {
    format!("[\"{}\"]", digests.replace(',', "\",\""))
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
