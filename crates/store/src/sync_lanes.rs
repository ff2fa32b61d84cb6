//! The lanes of the audience sync: one audience to one destination, sent by one process at a time.

use domain::{
    AudienceId, DestinationId, Timestamp,
    lists::{Break, LIFETIME_DAYS, ListSlot, SyncHealth},
    view_sync::LinkSettings,
};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use crate::{Store, StoreError};

/// Runs of one audience and destination that are kept.
const RUNS_KEPT: i64 = 300;

/// A claimed lane: what the audience and the destination are now, and the number that the claim got.
#[derive(Clone, Debug)]
pub struct SyncLane {
    /// The audience.
    pub audience: AudienceId,
    /// The destination.
    pub destination: DestinationId,
    /// The destination's type.
    pub kind: String,
    /// Up with each claim, never down.
    pub lease_no: i64,
    /// The audience's name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// The destination's ad account.
    pub ad_account: Option<String>,
    /// The audience is active, goes there, and `added_to_segment` is on.
    pub adds: bool,
    /// As a person chose it.
    pub settings: LinkSettings,
    /// The lists that there are.
    pub lists: Vec<StoredList>,
    /// Failures in a row.
    pub failures: u32,
    /// Identifiers in one request, learnt from 413 answers.
    pub call_limit: Option<usize>,
    /// When something was last sent.
    pub last_sent: Option<Timestamp>,
    /// When members are to be added again.
    pub refresh_at: Timestamp,
}

/// A list at the destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredList {
    /// What goes there.
    pub slot: ListSlot,
    /// The ad account that it belongs to.
    pub ad_account: String,
    /// Its id there.
    pub id: String,
    /// Chosen by a person.
    pub chosen: bool,
    /// Somebody deleted it there.
    pub gone: bool,
    /// The name, description and retention that the destination was last told.
    pub told: Option<(String, String, u32)>,
    /// When to ask for its size and state.
    pub poll_at: Timestamp,
}

/// How a lane is left.
#[derive(Clone, Debug)]
pub struct Left {
    /// Why it breaks off; none if all was done.
    pub pause: Option<Break>,
    /// When it may go on, if all was done.
    pub next_at: Timestamp,
    /// Identifiers in one request, learnt from 413 answers.
    pub call_limit: Option<usize>,
}

impl Store {
    /// The lanes that have something to do now.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_due(&self, now: Timestamp) -> Result<Vec<(AudienceId, DestinationId)>, StoreError> {
        let rows = sqlx::query(
            "select l.audience_id, l.destination_id from (
                 select l.*, a.name, a.description, d.ad_account_id,
                        a.state = 'active'
                        and exists (select 1 from audience_destinations x
                                    where x.audience_id = l.audience_id and x.destination_id = l.destination_id)
                        and exists (select 1 from event_settings s where s.destination_id = l.destination_id
                                    and s.event_key = 'addedtosegment' and s.server = 1) as adds
                 from audience_links l join destinations d on d.id = l.destination_id and d.enabled = 1
                 join audiences a on a.id = l.audience_id
                 where l.health <> 'gone' and l.next_at <= $1 and (l.lease_until is null or l.lease_until <= $1)) l
             where (adds = 1 and l.retention_days < $2 and l.refresh_at <= $1)
                or (adds = 1 and not exists (select 1 from audience_lists x
                        where x.audience_id = l.audience_id and x.destination_id = l.destination_id))
                or exists (select 1 from audience_sides s
                        where s.audience_id = l.audience_id and s.destination_id = l.destination_id
                          and (s.wanted = 0 or adds = 1)
                          and (s.unsent > 0 or exists (
                               select 1 from audience_refused r
                               where r.no > s.no << 41 and r.no < (s.no + 1) << 41 and r.retry_at <= $1)))
                or exists (select 1 from audience_farewells f
                        where f.audience_id = l.audience_id and f.destination_id = l.destination_id and f.retry_at <= $1)
                or exists (select 1 from audience_lists x
                        where x.audience_id = l.audience_id and x.destination_id = l.destination_id and x.gone = 0
                          and (x.poll_at <= $1
                               or (adds = 1 and (x.ad_account_id is not l.ad_account_id
                                   or x.chosen = 0 and (x.told_name is not l.name or x.told_description is not l.description
                                                        or x.told_retention is not l.retention_days)))))
             order by l.next_at",
        )
        .bind(now.0)
        .bind(LIFETIME_DAYS)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| Ok((AudienceId(row.try_get(0)?), DestinationId(row.try_get(1)?)))).collect()
    }

    /// Takes a lane until `until`; `None` if another process has it, or it isn't due any more. A run that was left open by
    /// a process that ended is closed.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_claim(
        &self,
        (audience, destination): (AudienceId, DestinationId),
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<SyncLane>, StoreError> {
        let mut tx = self.write().await?;
        let claimed = sqlx::query(
            "update audience_links set lease_no = lease_no + 1, lease_until = $4
             where audience_id = $1 and destination_id = $2 and health <> 'gone' and next_at <= $3
               and (lease_until is null or lease_until <= $3)
             returning run_id",
        )
        .bind(audience.0)
        .bind(destination.0)
        .bind(now.0)
        .bind(until.0)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(claimed) = claimed else { return Ok(None) };
        if let Some(run) = claimed.try_get::<Option<i64>, _>("run_id")? {
            let problem = "The process that sent it ended within the run; the next one went on where it was.";
            sqlx::query("update audience_runs set ended_at = $2, problem = $3 where id = $1 and ended_at is null")
                .bind(run)
                .bind(now.0)
                .bind(problem)
                .execute(&mut *tx)
                .await?;
            sqlx::query("update audience_links set run_id = null where audience_id = $1 and destination_id = $2")
                .bind(audience.0)
                .bind(destination.0)
                .execute(&mut *tx)
                .await?;
        }
        let lane = read_lane(&mut tx, audience, destination).await?;
        tx.commit().await?;
        Ok(lane)
    }

    /// Keeps a lane until `until`; `false` if it is another process's now.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_renew(&self, lane: &SyncLane, until: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let held = renew(&mut tx, lane, until).await?;
        tx.commit().await?;
        Ok(held)
    }

    /// Leaves a lane and closes its run.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_leave(&self, lane: &SyncLane, left: &Left, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let (health, reason, failures, next_at) = match &left.pause {
            Some(pause) => (pause.health, Some(pause.reason.as_str()), pause.failures, pause.until),
            None => (SyncHealth::Ok, None, 0, left.next_at),
        };
        let row = sqlx::query(
            "update audience_links set lease_until = null, health = $4, reason = $5, failures = $6, next_at = $7, call_limit = $8
             where audience_id = $1 and destination_id = $2 and lease_no = $3
             returning run_id",
        )
        .bind(lane.audience.0)
        .bind(lane.destination.0)
        .bind(lane.lease_no)
        .bind(health.as_str())
        .bind(reason)
        .bind(failures)
        .bind(next_at.0)
        .bind(left.call_limit.and_then(|limit| i64::try_from(limit).ok()))
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(run) = row.map(|row| row.try_get::<Option<i64>, _>("run_id")).transpose()?.flatten() {
            close_run(&mut tx, lane, run, reason, now).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// Whether the lane is still this process's; then it is for longer.
pub(crate) async fn renew(conn: &mut SqliteConnection, lane: &SyncLane, until: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update audience_links set lease_until = $4
         where audience_id = $1 and destination_id = $2 and lease_no = $3 and lease_until is not null",
    )
    .bind(lane.audience.0)
    .bind(lane.destination.0)
    .bind(lane.lease_no)
    .bind(until.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn close_run(
    conn: &mut SqliteConnection,
    lane: &SyncLane,
    run: i64,
    problem: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "update audience_runs set ended_at = $2, problem = $3,
                skipped = (select skipped from audience_links where audience_id = $4 and destination_id = $5)
         where id = $1",
    )
    .bind(run)
    .bind(now.0)
    .bind(problem)
    .bind(lane.audience.0)
    .bind(lane.destination.0)
    .execute(&mut *conn)
    .await?;
    sqlx::query("update audience_links set run_id = null where audience_id = $1 and destination_id = $2")
        .bind(lane.audience.0)
        .bind(lane.destination.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "delete from audience_runs where audience_id = $1 and destination_id = $2 and id <= (
             select id from audience_runs where audience_id = $1 and destination_id = $2
             order by id desc limit 1 offset $3)",
    )
    .bind(lane.audience.0)
    .bind(lane.destination.0)
    .bind(RUNS_KEPT)
    .execute(conn)
    .await?;
    Ok(())
}

async fn read_lane(
    conn: &mut SqliteConnection,
    audience: AudienceId,
    destination: DestinationId,
) -> Result<Option<SyncLane>, StoreError> {
    let row = sqlx::query(
        "select l.*, a.name, a.description, d.type, d.ad_account_id,
                a.state = 'active'
                and exists (select 1 from audience_destinations x
                            where x.audience_id = l.audience_id and x.destination_id = l.destination_id)
                and exists (select 1 from event_settings s where s.destination_id = l.destination_id
                            and s.event_key = 'addedtosegment' and s.server = 1) as adds
         from audience_links l join destinations d on d.id = l.destination_id join audiences a on a.id = l.audience_id
         where l.audience_id = $1 and l.destination_id = $2",
    )
    .bind(audience.0)
    .bind(destination.0)
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(SyncLane {
        audience,
        destination,
        kind: row.try_get("type")?,
        lease_no: row.try_get("lease_no")?,
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        ad_account: row.try_get::<Option<String>, _>("ad_account_id")?.filter(|id| !id.is_empty()),
        adds: row.try_get("adds")?,
        settings: settings_of(&row)?,
        lists: read_lists(conn, audience, destination).await?,
        failures: row.try_get("failures")?,
        call_limit: row.try_get::<Option<i64>, _>("call_limit")?.and_then(|limit| usize::try_from(limit).ok()),
        last_sent: row.try_get::<Option<i64>, _>("last_sent")?.map(Timestamp),
        refresh_at: Timestamp(row.try_get("refresh_at")?),
    }))
}

pub(crate) fn settings_of(row: &SqliteRow) -> Result<LinkSettings, StoreError> {
    Ok(LinkSettings {
        existing: row.try_get("existing")?,
        retention_days: row.try_get("retention_days")?,
        one_each: row.try_get("one_each")?,
    })
}

pub(crate) async fn read_lists(
    conn: &mut SqliteConnection,
    audience: AudienceId,
    destination: DestinationId,
) -> Result<Vec<StoredList>, StoreError> {
    let rows = sqlx::query("select * from audience_lists where audience_id = $1 and destination_id = $2 order by slot")
        .bind(audience.0)
        .bind(destination.0)
        .fetch_all(conn)
        .await?;
    rows.iter().map(stored_list).collect()
}

pub(crate) fn stored_list(row: &SqliteRow) -> Result<StoredList, StoreError> {
    let name: Option<String> = row.try_get("told_name")?;
    let told = match name {
        None => None,
        Some(name) => Some((name, row.try_get("told_description")?, row.try_get("told_retention")?)),
    };
    Ok(StoredList {
        slot: ListSlot::parse(row.try_get("slot")?).unwrap_or(ListSlot::All),
        ad_account: row.try_get("ad_account_id")?,
        id: row.try_get("list_id")?,
        chosen: row.try_get("chosen")?,
        gone: row.try_get("gone")?,
        told,
        poll_at: Timestamp(row.try_get("poll_at")?),
    })
}
