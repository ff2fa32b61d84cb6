//! The books: every accepted event has exactly one server-side delivery per destination, and every delivery an event.

use domain::{AudienceId, DestinationId, EventId, SourceId, WorkspaceId};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use crate::{Store, StoreError};

/// Ids that are listed per finding.
const LISTED: i64 = 1_000;

/// What became of the events of one source at one destination.
#[derive(Clone, Debug)]
pub struct BookLine {
    /// Whose.
    pub workspace: WorkspaceId,
    /// The source; its name is empty if it is gone.
    pub source: (SourceId, String),
    /// The destination.
    pub destination: (DestinationId, String),
    /// Events that were accepted since the destination was made.
    pub accepted: i64,
    /// Server-side deliveries by state.
    pub delivered: i64,
    /// See above.
    pub waiting: i64,
    /// See above.
    pub leased: i64,
    /// See above.
    pub dead: i64,
    /// See above.
    pub filtered: i64,
}

/// What doesn't fit together.
#[derive(Clone, Debug, Default)]
pub struct BookFaults {
    /// Events without a server-side delivery for a destination that was there.
    pub events_without_delivery: Vec<(EventId, DestinationId)>,
    /// Deliveries without an event.
    pub deliveries_without_event: Vec<i64>,
    /// Deliveries whose log of attempts has other than their count of rows.
    pub deliveries_with_wrong_attempts: Vec<i64>,
    /// Lists whose counts are other than what they hold: audience, destination, kind of identifier.
    pub lists_with_wrong_counts: Vec<(AudienceId, DestinationId, String)>,
    /// Audiences whose size, or who comes and goes next, is other than what their members say.
    pub audiences_with_wrong_size: Vec<AudienceId>,
    /// Names of destinations of which pages count other than what is there.
    pub destinations_with_wrong_counts: Vec<String>,
}

impl Store {
    /// Counts what was accepted and what became of it, per source and destination.
    ///
    /// # Errors
    /// What the database says.
    pub async fn books(&self) -> Result<(Vec<BookLine>, BookFaults), StoreError> {
        // One transaction: all counts are of the same moment.
        let mut reading = self.readers.begin().await?;
        let rows = sqlx::query(
            "with accepted as (
                 select d.id as destination_id, e.source_id, count(*) as n
                 from destinations d join events e on e.workspace_id = d.workspace_id and e.id >= d.first_event_id
                 where e.source_id <> zeroblob(16) -- the system's own events are no conversions
                 group by d.id, e.source_id
             ), states as (
                 select d.destination_id, e.source_id, sum(d.state = 'delivered') as delivered,
                        sum(d.state = 'waiting') as waiting, sum(d.state = 'leased') as leased,
                        sum(d.state = 'dead') as dead, sum(d.state = 'filtered') as filtered
                 from deliveries d join events e on e.id = d.event_id where d.side = 'server'
                 group by d.destination_id, e.source_id
             ), pairs as (
                 select destination_id, source_id from accepted union select destination_id, source_id from states
             )
             select t.workspace_id, p.source_id, coalesce(s.name, '') as source, t.id as destination_id, t.name as destination,
                    coalesce(a.n, 0) as accepted, coalesce(x.delivered, 0) as delivered, coalesce(x.waiting, 0) as waiting,
                    coalesce(x.leased, 0) as leased, coalesce(x.dead, 0) as dead, coalesce(x.filtered, 0) as filtered
             from pairs p join destinations t on t.id = p.destination_id left join sources s on s.id = p.source_id
             left join accepted a on a.destination_id = p.destination_id and a.source_id = p.source_id
             left join states x on x.destination_id = p.destination_id and x.source_id = p.source_id
             order by t.workspace_id, t.id, p.source_id",
        )
        .fetch_all(&mut *reading)
        .await?;
        let lines = rows.iter().map(read_line).collect::<Result<Vec<_>, StoreError>>()?;
        let without_event = sqlx::query_scalar(
            "select d.id from deliveries d where not exists (select 1 from events e where e.id = d.event_id) limit $1",
        )
        .bind(LISTED)
        .fetch_all(&mut *reading)
        .await?;
        let wrong_attempts = sqlx::query_scalar(
            "select d.id from deliveries d where d.attempts <> 0
             and d.attempts <> (select count(*) from attempts a where a.delivery_id = d.id) limit $1",
        )
        .bind(LISTED)
        .fetch_all(&mut *reading)
        .await?;
        let faults = BookFaults {
            events_without_delivery: without_delivery(&mut reading).await?,
            deliveries_without_event: without_event,
            deliveries_with_wrong_attempts: wrong_attempts,
            lists_with_wrong_counts: wrong_lists(&mut reading).await?,
            audiences_with_wrong_size: wrong_sizes(&mut reading).await?,
            destinations_with_wrong_counts: wrong_destinations(&mut reading).await?,
        };
        Ok((lines, faults))
    }
}

async fn without_delivery(conn: &mut SqliteConnection) -> Result<Vec<(EventId, DestinationId)>, StoreError> {
    let rows = sqlx::query(
        "select e.id, d.id from destinations d
         join events e on e.workspace_id = d.workspace_id and e.id >= d.first_event_id
         where e.source_id <> zeroblob(16) and not exists (select 1 from deliveries x
                           where x.id >= e.id * 4096 and x.id < (e.id + 1) * 4096 and x.destination_id = d.id and x.side = 'server')
         limit $1",
    )
    .bind(LISTED)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((EventId(row.try_get(0)?), DestinationId(row.try_get(1)?)))).collect()
}

async fn wrong_lists(conn: &mut SqliteConnection) -> Result<Vec<(AudienceId, DestinationId, String)>, StoreError> {
    let rows = sqlx::query(
        "with counted as (
             select no, (select count(*) from audience_digests d where d.no > s.no << 41 and d.no < (s.no + 1) << 41) as held,
                    (select count(*) from audience_digests d where d.no > s.sent_no and d.no < (s.no + 1) << 41) as unsent,
                    -- An identifier of another set on this side, one behind the last number, a refusal of none.
                    (select count(*) from audience_digests d where d.no > s.no << 41 and d.no < (s.no + 1) << 41
                     and (d.set_no <> s.no >> 1 or d.no > s.last_no))
                    + (select count(*) from audience_refused r where r.no > s.no << 41 and r.no < (s.no + 1) << 41
                       and (r.no > s.sent_no or not exists (select 1 from audience_digests d where d.no = r.no))) as strays
             from audience_sides s)
         select s.audience_id, s.destination_id, s.kind from audience_sides s join counted c on c.no = s.no
         where s.held <> c.held or s.unsent <> c.unsent or c.strays > 0
         union select l.audience_id, l.destination_id, 'skipped' from audience_links l
         where l.skipped <> (select count(*) from audience_sync_skipped k
                             where k.audience_id = l.audience_id and k.destination_id = l.destination_id)
         limit $1",
    )
    .bind(LISTED)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((AudienceId(row.try_get(0)?), DestinationId(row.try_get(1)?), row.try_get(2)?))).collect()
}

async fn wrong_sizes(conn: &mut SqliteConnection) -> Result<Vec<AudienceId>, StoreError> {
    let rows = sqlx::query(
        "select a.id from audiences a
         where a.size <> (select count(*) from audience_insiders m where m.audience_id = a.id)
            or a.coming <> (select count(*) from audience_members m where m.audience_id = a.id and m.turn = 1)
            or a.going <> (select count(*) from audience_members m where m.audience_id = a.id and m.turn = 2)
         limit $1",
    )
    .bind(LISTED)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok(AudienceId(row.try_get(0)?))).collect()
}

async fn wrong_destinations(conn: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "select d.name from destinations d left join delivery_counts c on c.destination_id = d.id
         left join (select destination_id, sum(state = 'waiting') as waiting, sum(state = 'leased') as leased,
                           sum(state = 'dead') as dead
                    from deliveries where state in ('waiting', 'leased', 'dead') group by destination_id) r
                on r.destination_id = d.id
         where coalesce(c.waiting, 0) <> coalesce(r.waiting, 0) or coalesce(c.leased, 0) <> coalesce(r.leased, 0)
            or coalesce(c.dead, 0) <> coalesce(r.dead, 0) order by d.name limit $1",
    )
    .bind(LISTED)
    .fetch_all(conn)
    .await?)
}

fn read_line(row: &SqliteRow) -> Result<BookLine, StoreError> {
    Ok(BookLine {
        workspace: WorkspaceId(row.try_get("workspace_id")?),
        source: (SourceId(row.try_get("source_id")?), row.try_get("source")?),
        destination: (DestinationId(row.try_get("destination_id")?), row.try_get("destination")?),
        accepted: row.try_get("accepted")?,
        delivered: row.try_get("delivered")?,
        waiting: row.try_get("waiting")?,
        leased: row.try_get("leased")?,
        dead: row.try_get("dead")?,
        filtered: row.try_get("filtered")?,
    })
}
