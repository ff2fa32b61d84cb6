//! Whoever has to leave a list that is no longer an audience's.

use domain::{AudienceId, DestinationId, Timestamp, destination::IdentifierKind, lists::ListSlot};
use sqlx::{Row, SqliteConnection};

use crate::{
    Store, StoreError, StoredList, SyncLane, SyncRequest,
    audience_sides::{Which, add_set, append, forget_leaving, read_sets, send_again},
    sync_lanes::renew,
    sync_requests::record,
};

/// Bytes of a digest.
const DIGEST: usize = 32;
/// Identifiers of one row.
const IN_A_BLOCK: i64 = 10_000;

/// Identifiers that leave a list which is no longer the audience's.
#[derive(Clone, Debug)]
pub struct Farewells {
    /// Where they stand.
    block: i64,
    /// How many times they were refused.
    pub refusals: u32,
    /// The list.
    pub list: String,
    /// Their kind.
    pub kind: IdentifierKind,
    /// The digests.
    pub digests: Vec<String>,
}

impl Store {
    /// Some identifiers that have to leave a list which is no longer the audience's. Those that were refused before come after the
    /// others.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_farewells(
        &self,
        lane: &SyncLane,
        limit: usize,
        now: Timestamp,
    ) -> Result<Option<Farewells>, StoreError> {
        let row = sqlx::query(
            "select no, list_id, kind, refusals, substr(digests, 1, $3) as digests from audience_farewells
             where audience_id = $1 and destination_id = $2 and retry_at <= $4 order by retry_at, no limit 1",
        )
        .bind(lane.audience.0)
        .bind(lane.destination.0)
        .bind(bytes(limit))
        .bind(now.0)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let digests: &[u8] = row.try_get("digests")?;
        Ok(Some(Farewells {
            block: row.try_get("no")?,
            refusals: row.try_get("refusals")?,
            list: row.try_get("list_id")?,
            kind: IdentifierKind::parse(row.try_get("kind")?).unwrap_or(IdentifierKind::Email),
            digests: digests.chunks(DIGEST).map(const_hex::encode).collect(),
        }))
    }

    /// These have left. With `all`, whoever is left of that list, too: it isn't there any more.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_bade_farewell(
        &self,
        lane: &SyncLane,
        farewells: &Farewells,
        all: bool,
        request: &SyncRequest,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        if !renew(&mut tx, lane, until).await? {
            return Ok(false);
        }
        take_out(&mut tx, lane, farewells, all).await?;
        let run = record(&mut tx, lane, request).await?;
        if request.problem.is_none() {
            sqlx::query("update audience_runs set removed = removed + $2 where id = $1")
                .bind(run)
                .bind(i64::try_from(farewells.digests.len()).unwrap_or(0))
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// The destination refused these: they stay where they are, and are tried again at `retry_at`. With `all`, so is whoever else has
    /// to leave that list.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_farewell_refused(
        &self,
        lane: &SyncLane,
        farewells: &Farewells,
        all: bool,
        request: &SyncRequest,
        retry_at: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        if !renew(&mut tx, lane, until).await? {
            return Ok(false);
        }
        take_out(&mut tx, lane, farewells, false).await?;
        sqlx::query(
            "insert into audience_farewells (audience_id, destination_id, list_id, kind, count, digests, refusals, retry_at)
             values ($1, $2, $3, $4, $5, unhex($6), $7, $8)",
        )
        .bind(lane.audience.0)
        .bind(lane.destination.0)
        .bind(&farewells.list)
        .bind(farewells.kind.as_str())
        .bind(count(&farewells.digests))
        .bind(farewells.digests.concat())
        .bind(farewells.refusals.saturating_add(1))
        .bind(retry_at.0)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "update audience_farewells set refusals = refusals + 1, retry_at = $3
             where $4 and destination_id = $1 and list_id = $2 and retry_at < $3",
        )
        .bind(lane.destination.0)
        .bind(&farewells.list)
        .bind(retry_at.0)
        .bind(all)
        .execute(&mut *tx)
        .await?;
        record(&mut tx, lane, request).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Takes these out of their block; with `all`, everybody who is left of their list.
async fn take_out(
    conn: &mut SqliteConnection,
    lane: &SyncLane,
    farewells: &Farewells,
    all: bool,
) -> Result<(), StoreError> {
    for sql in [
        "delete from audience_farewells where destination_id = $1 and list_id = $2 and ($5 or (no = $3 and count <= $4))",
        "update audience_farewells set digests = substr(digests, 1 + 32 * $4), count = count - $4
         where destination_id = $1 and list_id = $2 and no = $3 and not $5",
    ] {
        sqlx::query(sql)
            .bind(lane.destination.0)
            .bind(&farewells.list)
            .bind(farewells.block)
            .bind(count(&farewells.digests))
            .bind(all)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

fn count(digests: &[String]) -> i64 {
    i64::try_from(digests.len()).unwrap_or(i64::MAX)
}

/// So many digests in bytes.
fn bytes(digests: usize) -> i64 {
    i64::try_from(digests.saturating_mul(DIGEST)).unwrap_or(i64::MAX)
}

/// A list leaves an audience: what was sent to it has to leave it, unless the workflow keeps people in; and all that is
/// wanted is sent anew to what comes after it.
pub(crate) async fn retire(
    conn: &mut SqliteConnection,
    audience: AudienceId,
    destination: DestinationId,
    list: &StoredList,
) -> Result<(), StoreError> {
    if !list.gone {
        // In blocks, so that millions of them are a few hundred rows.
        sqlx::query(
            "insert into audience_farewells (audience_id, destination_id, list_id, kind, count, digests)
             select $1, $2, $3, kind, count(*), unhex(group_concat(hex(digest), '')) from (
                 select s.kind, i.digest, row_number() over (partition by s.kind order by i.no) as place
                 from audience_sides s join audience_digests i on i.no > s.no << 41 and i.no < (s.no + 1) << 41
                 where s.audience_id = $1 and s.destination_id = $2 and ($4 = 'all' or s.kind = $4)
                   and (s.wanted = 0 or exists (select 1 from event_settings e where e.destination_id = $2
                                                and e.event_key = 'removedfromsegment' and e.server = 1)))
             group by kind, place / $5",
        )
        .bind(audience.0)
        .bind(destination.0)
        .bind(&list.id)
        .bind(list.slot.as_str())
        .bind(IN_A_BLOCK)
        .execute(&mut *conn)
        .await?;
    }
    let link = (audience, destination);
    let kind = match list.slot {
        ListSlot::All => None,
        ListSlot::Only(kind) => Some(kind),
    };
    forget_leaving(conn, link, kind).await?;
    send_again(conn, link, Which { kind, wanted: None }, false).await?;
    sqlx::query("delete from audience_lists where audience_id = $1 and destination_id = $2 and slot = $3")
        .bind(audience.0)
        .bind(destination.0)
        .bind(list.slot.as_str())
        .execute(conn)
        .await?;
    Ok(())
}

/// Whoever was about to leave a list leaves it as one of the audience that has it from now on.
pub(crate) async fn adopt(
    conn: &mut SqliteConnection,
    lane: &SyncLane,
    list: &str,
    slot: ListSlot,
) -> Result<(), StoreError> {
    let rows = sqlx::query("select no, kind from audience_farewells where list_id = $1 order by no")
        .bind(list)
        .fetch_all(&mut *conn)
        .await?;
    for row in &rows {
        let (block, kind): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
        let Some(kind) = IdentifierKind::parse(&kind).filter(|kind| slot.takes(*kind)) else { continue };
        let set = match read_sets(conn, lane.audience).await?.get(&(lane.destination, kind)) {
            Some(set) => *set,
            None => add_set(conn, lane.audience, lane.destination, kind).await?,
        };
        let digests: Vec<u8> = sqlx::query_scalar("delete from audience_farewells where no = $1 returning digests")
            .bind(block)
            .fetch_one(&mut *conn)
            .await?;
        let mut leaving: Vec<_> =
            digests.chunks_exact(DIGEST).filter_map(|it| Some((it.try_into().ok()?, None))).collect();
        leaving.sort_unstable();
        append(conn, set, false, &leaving).await?;
    }
    Ok(())
}
