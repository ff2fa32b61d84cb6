//! The Events Manager's pages: newest first, by key, each question on an index of its own.

use domain::{
    DestinationId, EventId, Timestamp, WorkspaceId,
    delivery::{DeliveryState, Reason, Side},
    view::{EventFilter, EventRow},
};
use serde_json::json;
use sqlx::{Row, sqlite::SqliteRow};

use crate::{Keys, Store, StoreError, event_finds};

/// What every question answers with. `?1` workspace, `?2` destination, `?3` event key, `?4` state, `?5` side,
/// `?6`/`?7` keys below/above, `?8` how many, `?9` numbers of events, `?10` only those without a delivery.
macro_rules! rows {
    ($from:expr, $order:literal) => {
        concat!(
            "select coalesce(d.id, e.id * 4096) as key, e.id as event_id, e.name, e.received_at, e.occurred_at, e.order_id,
                    e.person, s.name as source, d.snap_event, d.destination_id, t.name as destination, d.side, d.state,
                    d.reason_code, d.reason
             from ",
            $from,
            " left join sources s on s.id = e.source_id
              left join destinations t on t.id = d.destination_id
              where e.workspace_id = ?1 and (?2 is null or d.destination_id = ?2) and (?3 is null or e.event_key = ?3)
                and (?4 is null or d.state = ?4) and (?5 is null or d.side = ?5)
                and coalesce(d.id, e.id * 4096) < ?6 and coalesce(d.id, e.id * 4096) > ?7
                and (?9 is null or e.id in (select value from json_each(?9)))
                and (not ?10 or d.id is null)
                and ",
            $order,
            " limit ?8"
        )
    };
}

/// All events of the workspace, with their deliveries.
const BY_WORKSPACE: &str = rows!(
    "events e indexed by events_by_workspace left join deliveries d on d.id >= e.id * 4096 and d.id < (e.id + 1) * 4096",
    "e.id <= ?6 / 4096 and e.id >= ?7 / 4096 order by e.id desc, d.id desc"
);
/// Events of one name.
const BY_NAME: &str = rows!(
    "events e indexed by events_by_name left join deliveries d on d.id >= e.id * 4096 and d.id < (e.id + 1) * 4096",
    "e.event_key = ?3 and e.id <= ?6 / 4096 and e.id >= ?7 / 4096 order by e.id desc, d.id desc"
);
/// Deliveries of one destination.
const BY_DESTINATION: &str = rows!(
    "deliveries d indexed by deliveries_by_destination cross join events e on e.id = d.event_id",
    "d.destination_id = ?2 and d.id < ?6 and d.id > ?7 order by d.id desc"
);
/// Deliveries in one state: the newest of each destination, then the newest of all. The state is told twice, since only what stands
/// in the question itself lets the database use an index of some states.
macro_rules! rows_in_state {
    ($index:literal, $state:literal) => {
        rows!(
            concat!(
                "destinations own
                 cross join deliveries d on d.id in (
                     select id from deliveries indexed by ",
                $index,
                " where destination_id = own.id and state = ?4 and ",
                $state,
                " and id < ?6 and id > ?7 and (?3 is null or event_key = ?3) and (?5 is null or side = ?5)
                     order by id desc limit ?8)
                 cross join events e on e.id = d.event_id"
            ),
            "own.workspace_id = ?1 and (?2 is null or own.id = ?2) order by d.id desc"
        )
    };
}
const BY_FINAL_STATE: &str = rows_in_state!("deliveries_finished", "finished_at is not null");
const WAITING: &str = rows_in_state!("deliveries_waiting", "state = 'waiting'");
const LEASED: &str = rows_in_state!("deliveries_leased", "state = 'leased'");
/// Deliveries of the client side.
const BY_CLIENT: &str = rows!(
    "destinations own
     cross join deliveries d on d.id in (
         select id from deliveries indexed by deliveries_client
         where destination_id = own.id and side = 'client' and id < ?6 and id > ?7 order by id desc limit ?8)
     cross join events e on e.id = d.event_id",
    "own.workspace_id = ?1 and (?2 is null or own.id = ?2) order by d.id desc"
);
/// A few events by their numbers.
const BY_NUMBER: &str = rows!(
    "(select value as id from json_each(?9)) found cross join events e on e.id = found.id
     left join deliveries d on d.id >= e.id * 4096 and d.id < (e.id + 1) * 4096",
    "true order by e.id desc, d.id desc"
);

/// Events that one search may find.
const FOUND_MAX: usize = 200;

/// A part of the log.
#[derive(Clone, Debug)]
pub struct LogQuestion<'a> {
    /// Whose events.
    pub workspace: WorkspaceId,
    /// Which of them.
    pub filter: &'a EventFilter,
    /// Only rows with smaller keys.
    pub below: Option<i64>,
    /// Only rows with greater keys.
    pub above: Option<i64>,
    /// How many.
    pub limit: i64,
}

impl Store {
    /// Rows of the log, newest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn log(&self, question: &LogQuestion<'_>) -> Result<Vec<EventRow>, StoreError> {
        let filter = question.filter;
        let found = match filter.search.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            Some(search) => Some(self.find_events(question.workspace, search).await?),
            None => None,
        };
        let (mut below, mut above) = (question.below.unwrap_or(i64::MAX), question.above.unwrap_or(-1));
        if let Some(until) = filter.until {
            below = below.min(self.first_event_from(until).await?.saturating_mul(4_096));
        }
        if let Some(since) = filter.since {
            above = above.max(self.first_event_from(since).await?.saturating_mul(4_096) - 1);
        }
        if filter.without_destination {
            below = below.min(self.first_with_delivery(question.workspace).await?.saturating_mul(4_096));
        }
        let key = filter.event.as_deref().filter(|name| !name.trim().is_empty()).map(domain::reading::setting_key);
        let sql = question_for(filter, found.is_some(), key.is_some());
        let rows = sqlx::query(sql)
            .bind(question.workspace.0)
            .bind(filter.destination.map(|id| id.0))
            .bind(key)
            .bind(filter.state.map(DeliveryState::as_str))
            .bind(filter.side.map(Side::as_str))
            .bind(below)
            .bind(above)
            .bind(question.limit)
            .bind(found.map(|found| json!(found).to_string()))
            .bind(filter.without_destination)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read_row).collect()
    }

    /// The events that a text names: a number, a message id, an order id, an e-mail address. Ids are found in whatever case they are
    /// retyped.
    async fn find_events(&self, workspace: WorkspaceId, search: &str) -> Result<Vec<EventId>, StoreError> {
        let mut conn = self.readers.acquire().await?;
        let email = search.contains('@').then(|| email_key(&self.keys, search));
        let mut found = event_finds::find(&mut conn, workspace, search, email.as_deref(), FOUND_MAX).await?;
        // The system's own events, and numbers of events.
        let others = sqlx::query_scalar::<_, i64>(
            "select id from events where id = $2 and workspace_id = $1
             union select id from events where workspace_id = $1 and message_id = $3
                          and source_id = x'00000000000000000000000000000000'",
        )
        .bind(workspace.0)
        .bind(search.parse::<i64>().ok())
        .bind(search)
        .fetch_all(&mut *conn)
        .await?;
        found.extend(others.into_iter().map(EventId));
        Ok(found)
    }

    /// The number of the first event that arrived at a time or later. Numbers follow arrival (to the milliseconds that a
    /// group gathers), so halving finds it.
    async fn first_event_from(&self, at: Timestamp) -> Result<i64, StoreError> {
        let mut conn = self.readers.acquire().await?;
        let last: i64 = sqlx::query_scalar("select coalesce(max(id), 0) from events").fetch_one(&mut *conn).await?;
        let (mut low, mut high) = (0, last + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let next: Option<(i64, i64)> =
                sqlx::query_as("select id, received_at from events where id >= $1 order by id limit 1")
                    .bind(middle)
                    .fetch_optional(&mut *conn)
                    .await?;
            match next {
                Some((id, received)) if received < at.0 => low = id + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// The number from which on every event of a workspace has a delivery: those before are looked at without skipping any.
    async fn first_with_delivery(&self, workspace: WorkspaceId) -> Result<i64, StoreError> {
        let first = sqlx::query_scalar("select min(first_event_id) from destinations where workspace_id = $1")
            .bind(workspace.0)
            .fetch_one(&self.readers)
            .await?;
        Ok(Option::unwrap_or(first, i64::MAX))
    }

    /// Whether a destination belongs to a workspace.
    ///
    /// # Errors
    /// What the database says.
    pub async fn owns_destination(&self, workspace: WorkspaceId, id: DestinationId) -> Result<bool, StoreError> {
        let found = sqlx::query("select 1 from destinations where id = $1 and workspace_id = $2")
            .bind(id.0)
            .bind(workspace.0)
            .fetch_optional(&self.readers)
            .await?;
        Ok(found.is_some())
    }

    /// Whether a source belongs to a workspace.
    ///
    /// # Errors
    /// What the database says.
    pub async fn owns_source(&self, workspace: WorkspaceId, id: domain::SourceId) -> Result<bool, StoreError> {
        let found = sqlx::query("select 1 from sources where id = $1 and workspace_id = $2")
            .bind(id.0)
            .bind(workspace.0)
            .fetch_optional(&self.readers)
            .await?;
        Ok(found.is_some())
    }
}

/// The question whose index leaves the least to skip.
fn question_for(filter: &EventFilter, searched: bool, named: bool) -> &'static str {
    use DeliveryState::{Dead, Leased, Waiting};
    // Every event has a row on the server side, so that filter skips little; the client side has an index of its own.
    let client = filter.side == Some(Side::Client);
    match filter.state {
        _ if searched => BY_NUMBER,
        Some(Waiting) if !client => WAITING,
        Some(Leased) if !client => LEASED,
        Some(Dead) if !client => BY_FINAL_STATE,
        _ if named => BY_NAME,
        _ if client => BY_CLIENT,
        Some(_) => BY_FINAL_STATE,
        None if filter.destination.is_some() => BY_DESTINATION,
        None => BY_WORKSPACE,
    }
}

/// The look-up key of an e-mail address.
fn email_key(keys: &Keys, email: &str) -> Vec<u8> {
    keys.lookup("email", &domain::reading::privacy::fold_email(email)).to_vec()
}

fn read_row(row: &SqliteRow) -> Result<EventRow, StoreError> {
    let destination: Option<uuid::Uuid> = row.try_get("destination_id")?;
    let name: Option<String> = row.try_get("destination")?;
    let code: Option<String> = row.try_get("reason_code")?;
    let message: Option<String> = row.try_get("reason")?;
    Ok(EventRow {
        key: row.try_get("key")?,
        event_id: EventId(row.try_get("event_id")?),
        event: row.try_get("name")?,
        snap_event: row.try_get("snap_event")?,
        received_at: Timestamp(row.try_get("received_at")?),
        occurred_at: Timestamp(row.try_get("occurred_at")?),
        destination: destination.map(|id| (DestinationId(id), name.unwrap_or_default())),
        source: row.try_get::<Option<String>, _>("source")?.unwrap_or_default(),
        side: row.try_get::<Option<String>, _>("side")?.as_deref().and_then(Side::parse),
        state: row.try_get::<Option<String>, _>("state")?.as_deref().and_then(DeliveryState::parse),
        reason: code.map(|code| Reason { code, message: message.unwrap_or_default() }),
        order_id: row.try_get("order_id")?,
        person: row.try_get("person")?,
    })
}
