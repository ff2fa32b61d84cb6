//! Differences of wanted and synced state, a chunk at a time.

use domain::{Timestamp, destination::IdentifierKind};
use sqlx::{Row, SqliteConnection};

use crate::{
    Store, StoreError, SyncLane,
    audience_sides::{Which, forget, forget_leaving, send_again},
    sync_lanes::renew,
    sync_requests::{SyncRequest, record},
};

/// Digests as text, one after the other: 64 hexadecimal digits each.
const DIGITS: usize = 64;

/// Identifiers that are to be added or removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    side: i64,
    /// How many times the side was begun anew: if that is another number in the end, they are sent once more.
    resets: i64,
    stretch: Stretch,
    digests: String,
}

/// Which of a side they are.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stretch {
    /// All after one number up to another: they were not sent yet.
    Next { from: i64, to: i64 },
    /// These, which were refused before.
    Again(Vec<i64>),
}

impl Default for Stretch {
    fn default() -> Self {
        Self::Again(Vec::new())
    }
}

impl Changes {
    /// All digests.
    #[must_use]
    pub fn digests(&self) -> Vec<&str> {
        // Hexadecimal digits are one byte each.
        (0..self.digests.len() / DIGITS).map(|n| &self.digests[n * DIGITS..(n + 1) * DIGITS]).collect()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.digests.is_empty()
    }
}

impl Store {
    /// Some identifiers of one kind whose addition or removal is still to be sent; empty if there are none. Those that were
    /// refused before come after the others.
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
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        loop {
            let mut reading = self.readers.begin().await?;
            let changes = match next(&mut reading, lane, kind, wanted, limit).await? {
                Some(changes) => changes,
                None => return again(&mut reading, lane, kind, wanted, limit, now).await,
            };
            drop(reading);
            if !changes.is_empty() {
                return Ok(changes);
            }
            // A stretch of people who have left and stay in the list: there is nothing to send of them.
            let mut tx = self.write().await?;
            mark_sent(&mut tx, &changes, wanted).await?;
            tx.commit().await?;
        }
    }

    /// The destination has these now; what changed meanwhile stays to be sent. `false` if the lane is another process's.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_sent(
        &self,
        lane: &SyncLane,
        wanted: bool,
        changes: &Changes,
        request: &SyncRequest,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        if !renew(&mut tx, lane, until).await? {
            return Ok(false);
        }
        mark_sent(&mut tx, changes, wanted).await?;
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
        let which = Which { wanted: Some(true), ..Which::default() };
        send_again(&mut tx, (lane.audience, lane.destination), which, true).await?;
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
        let held: bool = sqlx::query_scalar(
            "select exists (select 1 from audience_links where audience_id = $1 and destination_id = $2 and lease_no = $3)",
        )
        .bind(lane.audience.0)
        .bind(lane.destination.0)
        .bind(lane.lease_no)
        .fetch_one(&mut *tx)
        .await?;
        if held {
            forget_leaving(&mut tx, (lane.audience, lane.destination), Some(kind)).await?;
        }
        Ok(tx.commit().await?)
    }

    /// The destination refused this one identifier: it is left out until `retry_at`, and counted.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_refused(
        &self,
        changes: &Changes,
        reason: &str,
        retry_at: impl Fn(u32) -> Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        if begun_anew(&mut tx, changes).await? {
            return Ok(());
        }
        let refused: Vec<i64> = match &changes.stretch {
            Stretch::Again(numbers) => numbers.clone(),
            Stretch::Next { from, to } => {
                let there: Vec<(i64, String)> =
                    sqlx::query_as("select no, lower(hex(digest)) from audience_digests where no > $1 and no <= $2")
                        .bind(from)
                        .bind(to)
                        .fetch_all(&mut *tx)
                        .await?;
                go_on(&mut tx, changes.side, *to, there.len() as u64).await?;
                let sent = changes.digests();
                there.into_iter().filter(|(_, digest)| sent.contains(&digest.as_str())).map(|(no, _)| no).collect()
            }
        };
        for no in refused {
            let refusals: Option<u32> = sqlx::query_scalar("select refusals from audience_refused where no = $1")
                .bind(no)
                .fetch_optional(&mut *tx)
                .await?;
            sqlx::query(
                "insert into audience_refused (no, refusals, retry_at, reason) select no, 1, $2, $3 from audience_digests where no = $1
                 on conflict (no) do update
                 set refusals = refusals + 1, retry_at = excluded.retry_at, reason = excluded.reason",
            )
            .bind(no)
            .bind(retry_at(refusals.unwrap_or(0)).0)
            .bind(reason)
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }
}

/// What stands behind the last one that was sent. After everything is to be sent again, only members among those that were sent before.
async fn next(
    conn: &mut SqliteConnection,
    lane: &SyncLane,
    kind: IdentifierKind,
    wanted: bool,
    limit: i64,
) -> Result<Option<Changes>, StoreError> {
    let row = sqlx::query(
        "select no, sent_no, again_no, resets from audience_sides
         where audience_id = $1 and destination_id = $2 and kind = $3 and wanted = $4 and unsent > 0 limit 1",
    )
    .bind(lane.audience.0)
    .bind(lane.destination.0)
    .bind(kind.as_str())
    .bind(wanted)
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (side, from, again): (i64, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let stretch = sqlx::query(
        "select max(no), lower(group_concat(hex(digest), '') filter (where no > $4 or exists (
             select 1 from audience_insiders m where m.audience_id = $5 and m.profile_no = i.profile_no)))
         from (select no, digest, profile_no from audience_digests
               where no > $1 and no < ($2 + 1) << 41 order by no limit $3) i",
    )
    .bind(from)
    .bind(side)
    .bind(limit)
    .bind(again)
    .bind(lane.audience.0)
    .fetch_one(conn)
    .await?;
    let Some(to) = stretch.try_get(0)? else { return Ok(None) };
    let digests: Option<String> = stretch.try_get(1)?;
    Ok(Some(Changes {
        side,
        resets: row.try_get(3)?,
        stretch: Stretch::Next { from, to },
        digests: digests.unwrap_or_default(),
    }))
}

/// Those that were refused, and are to be tried again now.
async fn again(
    conn: &mut SqliteConnection,
    lane: &SyncLane,
    kind: IdentifierKind,
    wanted: bool,
    limit: i64,
    now: Timestamp,
) -> Result<Changes, StoreError> {
    let row = sqlx::query(
        "select side, resets, json_group_array(no), lower(group_concat(hex(digest), '')) from (
             select s.no as side, s.resets, r.no, i.digest from audience_sides s
             join audience_refused r on r.no > s.no << 41 and r.no < (s.no + 1) << 41 and r.retry_at <= $6
             join audience_digests i on i.no = r.no
             where s.audience_id = $1 and s.destination_id = $2 and s.kind = $3 and s.wanted = $4 limit $5)
         group by side limit 1",
    )
    .bind(lane.audience.0)
    .bind(lane.destination.0)
    .bind(kind.as_str())
    .bind(wanted)
    .bind(limit)
    .bind(now.0)
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(Changes::default()) };
    Ok(Changes {
        side: row.try_get(0)?,
        resets: row.try_get(1)?,
        stretch: Stretch::Again(serde_json::from_str(row.try_get(2)?)?),
        digests: row.try_get(3)?,
    })
}

/// Whether the side was begun anew since these were read: then they stand before what is to be sent again.
async fn begun_anew(conn: &mut SqliteConnection, changes: &Changes) -> Result<bool, StoreError> {
    let resets: Option<i64> = sqlx::query_scalar("select resets from audience_sides where no = $1")
        .bind(changes.side)
        .fetch_optional(conn)
        .await?;
    Ok(resets != Some(changes.resets))
}

/// A side was sent up to here; so many of what was behind the last one are there still.
async fn go_on(conn: &mut SqliteConnection, side: i64, to: i64, there: u64) -> Result<(), StoreError> {
    sqlx::query("update audience_sides set sent_no = $2, unsent = unsent - $3 where no = $1")
        .bind(side)
        .bind(to)
        .bind(i64::try_from(there).unwrap_or(0))
        .execute(conn)
        .await?;
    Ok(())
}

/// The destination has these now. What was taken out leaves no trace here.
async fn mark_sent(conn: &mut SqliteConnection, changes: &Changes, wanted: bool) -> Result<(), StoreError> {
    if begun_anew(conn, changes).await? {
        return Ok(());
    }
    match &changes.stretch {
        Stretch::Again(numbers) if wanted => {
            sqlx::query("delete from audience_refused where no in (select value from json_each($1))")
                .bind(serde_json::to_string(numbers)?)
                .execute(conn)
                .await?;
        }
        Stretch::Again(numbers) => forget(conn, numbers).await?,
        Stretch::Next { from, to } => {
            // Who changed sides meanwhile has another number.
            let sql = if wanted {
                "select count(*) from audience_digests where no > $1 and no <= $2"
            } else {
                "delete from audience_digests where no > $1 and no <= $2"
            };
            let there = if wanted {
                let count: i64 = sqlx::query_scalar(sql).bind(from).bind(to).fetch_one(&mut *conn).await?;
                count.unsigned_abs()
            } else {
                let gone = sqlx::query(sql).bind(from).bind(to).execute(&mut *conn).await?.rows_affected();
                sqlx::query("update audience_sides set held = held - $2 where no = $1")
                    .bind(changes.side)
                    .bind(i64::try_from(gone).unwrap_or(0))
                    .execute(&mut *conn)
                    .await?;
                gone
            };
            go_on(conn, changes.side, *to, there).await?;
        }
    }
    Ok(())
}
