//! What was sent, what waits, and what the destination says: for the pages.

use domain::{
    AudienceId, DestinationId, Timestamp, WorkspaceId,
    destination::IdentifierKind,
    lists::{ListSlot, SyncHealth},
    view_sync::{LinkSettings, ListView, RequestView, RunView, SyncCounts},
};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use crate::{
    Store, StoreError,
    sync_lanes::{settings_of, stored_list},
};

/// Runs that a page shows.
const RUNS_SHOWN: i64 = 20;
/// Requests of one run that a page shows.
const REQUESTS_SHOWN: i64 = 50;
/// Reasons of refusals that a page tells apart.
const REASONS_SHOWN: i64 = 5;

/// An audience at a destination, as the sync stands.
#[derive(Clone, Debug)]
pub struct LinkRecord {
    /// The audience.
    pub audience: AudienceId,
    /// The destination.
    pub destination: DestinationId,
    /// The destination's name.
    pub name: String,
    /// The destination's type.
    pub kind: String,
    /// The destination is switched on.
    pub enabled: bool,
    /// An ad account is chosen.
    pub has_account: bool,
    /// The audience is active.
    pub active: bool,
    /// The audience goes there.
    pub linked: bool,
    /// `added_to_segment` is on.
    pub adds: bool,
    /// `removed_from_segment` is on.
    pub removes: bool,
    /// As a person chose it.
    pub settings: LinkSettings,
    /// How it fares.
    pub health: SyncHealth,
    /// Why it doesn't go on.
    pub reason: Option<String>,
    /// A run is under way.
    pub running: bool,
    /// When something was last sent.
    pub last_sent: Option<Timestamp>,
    /// Whether something is still to be sent.
    pub waiting: bool,
    /// Whether there is a list.
    pub has_list: bool,
}

/// The receipts of one link.
#[derive(Clone, Debug)]
pub struct Receipts {
    /// What is wanted, and how much of it is there.
    pub counts: SyncCounts,
    /// Why identifiers were refused.
    pub refused: Vec<(String, u64)>,
    /// The lists, without remarks.
    pub lists: Vec<ListView>,
    /// The last runs.
    pub runs: Vec<RunView>,
}

impl Store {
    /// How the audiences of a workspace (or one of them) stand at their destinations.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_links(
        &self,
        workspace: WorkspaceId,
        audience: Option<AudienceId>,
    ) -> Result<Vec<LinkRecord>, StoreError> {
        let rows = sqlx::query(
            "select l.*, d.name, d.type, d.enabled, coalesce(d.ad_account_id, '') <> '' as has_account,
                    a.state = 'active' as active,
                    exists (select 1 from audience_destinations x
                            where x.audience_id = l.audience_id and x.destination_id = l.destination_id) as linked,
                    exists (select 1 from event_settings s where s.destination_id = l.destination_id
                            and s.event_key = 'addedtosegment' and s.server = 1) as adds,
                    exists (select 1 from event_settings s where s.destination_id = l.destination_id
                            and s.event_key = 'removedfromsegment' and s.server = 1) as removes,
                    exists (select 1 from audience_sides s
                            where s.audience_id = l.audience_id and s.destination_id = l.destination_id
                              and (s.unsent > 0 or exists (select 1 from audience_refused r
                                                           where r.no > s.no << 41 and r.no < (s.no + 1) << 41)))
                    or exists (select 1 from audience_farewells f
                            where f.audience_id = l.audience_id and f.destination_id = l.destination_id) as waiting,
                    exists (select 1 from audience_lists x
                            where x.audience_id = l.audience_id and x.destination_id = l.destination_id) as has_list
             from audience_links l join audiences a on a.id = l.audience_id and a.workspace_id = $1 and a.state <> 'deleted'
             join destinations d on d.id = l.destination_id and d.workspace_id = $1
             where $2 is null or l.audience_id = $2
             order by l.audience_id, d.created_at, d.rowid",
        )
        .bind(workspace.0)
        .bind(audience.map(|id| id.0))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(link_record).collect()
    }

    /// The receipts of an audience at a destination.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_receipts(
        &self,
        (audience, destination): (AudienceId, DestinationId),
        size: u64,
        now: Timestamp,
    ) -> Result<Receipts, StoreError> {
        let mut reading = self.readers.begin().await?;
        let by_kind = count(&mut reading, audience, destination).await?;
        let counts = total(&mut reading, &by_kind, audience, destination).await?;
        let rows = sqlx::query(
            "select r.reason, count(*) from audience_sides s
             join audience_refused r on r.no > s.no << 41 and r.no < (s.no + 1) << 41
             where s.audience_id = $1 and s.destination_id = $2
             group by r.reason order by 2 desc limit $3",
        )
        .bind(audience.0)
        .bind(destination.0)
        .bind(REASONS_SHOWN)
        .fetch_all(&mut *reading)
        .await?;
        let refused = rows.iter().map(|row| Ok((row.try_get(0)?, number(row, 1)?)));
        let refused = refused.collect::<Result<_, StoreError>>()?;
        let rows =
            sqlx::query("select * from audience_lists where audience_id = $1 and destination_id = $2 order by slot")
                .bind(audience.0)
                .bind(destination.0)
                .fetch_all(&mut *reading)
                .await?;
        let lists = rows.iter().map(|row| {
            let mut list = list_view(row, now)?;
            list.sent = match list.slot {
                ListSlot::All => size.saturating_sub(counts.skipped),
                ListSlot::Only(kind) => by_kind.iter().find(|found| found.kind == kind).map_or(0, |found| found.wanted),
            };
            Ok(list)
        });
        let lists = lists.collect::<Result<_, StoreError>>()?;
        let runs = runs(&mut reading, audience, destination).await?;
        Ok(Receipts { counts, refused, lists, runs })
    }
}

/// Identifiers of one kind.
struct KindCounts {
    kind: IdentifierKind,
    wanted: u64,
    synced: u64,
    removals: u64,
    refused: u64,
}

/// From the counts that stand at the sides: identifiers themselves are not gone through.
async fn count(
    conn: &mut SqliteConnection,
    audience: AudienceId,
    destination: DestinationId,
) -> Result<Vec<KindCounts>, StoreError> {
    let rows = sqlx::query(
        "select kind, sum(held * wanted) as wanted, sum((held - unsent - refused) * wanted) as synced,
                sum(held * (1 - wanted)) as removals, sum(refused) as refused
         from (select *, (select count(*) from audience_refused r
                          where r.no > s.no << 41 and r.no < (s.no + 1) << 41) as refused
               from audience_sides s where audience_id = $1 and destination_id = $2) group by kind",
    )
    .bind(audience.0)
    .bind(destination.0)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(KindCounts {
                kind: IdentifierKind::parse(row.try_get("kind")?).unwrap_or(IdentifierKind::Email),
                wanted: number(row, 1)?,
                synced: number(row, 2)?,
                removals: number(row, 3)?,
                refused: number(row, 4)?,
            })
        })
        .collect()
}

async fn total(
    conn: &mut SqliteConnection,
    by_kind: &[KindCounts],
    audience: AudienceId,
    destination: DestinationId,
) -> Result<SyncCounts, StoreError> {
    let row = sqlx::query(
        "select (select skipped from audience_links where audience_id = $1 and destination_id = $2),
                (select coalesce(sum(count), 0) from audience_farewells where audience_id = $1 and destination_id = $2)",
    )
    .bind(audience.0)
    .bind(destination.0)
    .fetch_one(conn)
    .await?;
    let sum = |part: fn(&KindCounts) -> u64| by_kind.iter().map(part).sum::<u64>();
    let (wanted, synced) = (sum(|kind| kind.wanted), sum(|kind| kind.synced));
    Ok(SyncCounts {
        wanted,
        synced,
        waiting: wanted - synced + sum(|kind| kind.removals) + number(&row, 1)?,
        failed: sum(|kind| kind.refused),
        skipped: number(&row, 0)?,
    })
}

async fn runs(
    conn: &mut SqliteConnection,
    audience: AudienceId,
    destination: DestinationId,
) -> Result<Vec<RunView>, StoreError> {
    let rows = sqlx::query(
        "select * from audience_runs where audience_id = $1 and destination_id = $2 order by id desc limit $3",
    )
    .bind(audience.0)
    .bind(destination.0)
    .bind(RUNS_SHOWN)
    .fetch_all(&mut *conn)
    .await?;
    let mut runs = Vec::with_capacity(rows.len());
    for row in &rows {
        let id: i64 = row.try_get("id")?;
        let requests = sqlx::query("select * from audience_requests where run_id = $1 order by id desc limit $2")
            .bind(id)
            .bind(REQUESTS_SHOWN)
            .fetch_all(&mut *conn)
            .await?;
        runs.push(RunView {
            id,
            started_at: Timestamp(row.try_get("started_at")?),
            ended_at: row.try_get::<Option<i64>, _>("ended_at")?.map(Timestamp),
            added: row.try_get::<i64, _>("added")?.unsigned_abs(),
            removed: row.try_get::<i64, _>("removed")?.unsigned_abs(),
            skipped: row.try_get::<i64, _>("skipped")?.unsigned_abs(),
            problem: row.try_get("problem")?,
            requests: row.try_get::<i64, _>("requests")?.unsigned_abs(),
            last_requests: requests.iter().map(request_view).collect::<Result<_, _>>()?,
        });
    }
    Ok(runs)
}

fn request_view(row: &SqliteRow) -> Result<RequestView, StoreError> {
    let count = |column: &str| -> Result<Option<u64>, StoreError> {
        Ok(row.try_get::<Option<i64>, _>(column)?.map(i64::unsigned_abs))
    };
    let received = count("received")?;
    Ok(RequestView {
        at: Timestamp(row.try_get("at")?),
        duration_ms: row.try_get("duration_ms")?,
        what: row.try_get("what")?,
        identifiers: count("identifiers")?.map(|sent| (sent, received)),
        problem: row.try_get("problem")?,
    })
}

fn list_view(row: &SqliteRow, now: Timestamp) -> Result<ListView, StoreError> {
    let stored = stored_list(row)?;
    Ok(ListView {
        slot: stored.slot,
        asking: !stored.gone && stored.poll_at <= now,
        id: Some(stored.id),
        chosen: stored.chosen,
        gone: stored.gone,
        sent: 0,
        users: row.try_get::<Option<i64>, _>("users")?.map(i64::unsigned_abs),
        upload_status: row.try_get("upload_status")?,
        targetable_status: row.try_get("targetable_status")?,
        polled_at: row.try_get::<Option<i64>, _>("polled_at")?.map(Timestamp),
        remarks: Vec::new(),
    })
}

fn link_record(row: &SqliteRow) -> Result<LinkRecord, StoreError> {
    Ok(LinkRecord {
        audience: AudienceId(row.try_get("audience_id")?),
        destination: DestinationId(row.try_get("destination_id")?),
        name: row.try_get("name")?,
        kind: row.try_get("type")?,
        enabled: row.try_get("enabled")?,
        has_account: row.try_get("has_account")?,
        active: row.try_get("active")?,
        linked: row.try_get("linked")?,
        adds: row.try_get("adds")?,
        removes: row.try_get("removes")?,
        settings: settings_of(row)?,
        health: SyncHealth::parse(row.try_get("health")?).unwrap_or_default(),
        reason: row.try_get("reason")?,
        running: row.try_get::<Option<i64>, _>("run_id")?.is_some(),
        last_sent: row.try_get::<Option<i64>, _>("last_sent")?.map(Timestamp),
        waiting: row.try_get("waiting")?,
        has_list: row.try_get("has_list")?,
    })
}

fn number(row: &SqliteRow, column: usize) -> Result<u64, StoreError> {
    Ok(row.try_get::<i64, _>(column)?.unsigned_abs())
}
