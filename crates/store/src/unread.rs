//! Which events people are still to be read from. One cursor goes through all of them; while it is far behind, a second one reads
//! what has just arrived, so that a backlog keeps nobody who acts now out of an audience.

use domain::{EventId, WorkspaceId};
use sqlx::{Row, SqliteConnection};

use crate::{Store, StoreError, StoredEvent, at_once::at_once, events};

/// Events that are looked at in one go: many of the system's own may stand between two others.
const LOOKED_AT: i64 = 20_000;

/// An event that the follower has not seen yet.
#[derive(Clone, Debug)]
pub struct UnreadEvent {
    /// The event, still sealed.
    pub stored: StoredEvent,
    /// Whose.
    pub workspace: WorkspaceId,
    /// The key of its settings.
    pub event_key: String,
    /// Who it is, masked.
    pub person: Option<String>,
    /// The default country of its source.
    pub country: Option<String>,
    /// Whether its source takes silence about marketing for a no.
    pub consent_required: bool,
}

/// An unread event as the database writes it.
type Columns = (events::Columns, WorkspaceId, String, Option<String>, Option<String>, u8);

impl UnreadEvent {
    fn of(columns: Columns) -> Result<Self, StoreError> {
        let (event, workspace, event_key, person, country, consent_required) = columns;
        let stored = StoredEvent::of(event)?;
        Ok(Self { stored, workspace, event_key, person, country, consent_required: consent_required != 0 })
    }
}

/// A stretch of events: those after one number up to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    from: i64,
    last: i64,
    /// Beyond what is still to be read.
    ahead: bool,
}

impl Place {
    /// Whether nothing is there to be read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.from == self.last
    }

    /// Notes that it was read, in the transaction of what was made of it; `false` if another process has read some of it.
    pub(crate) async fn take(&self, conn: &mut SqliteConnection) -> Result<bool, StoreError> {
        if !self.ahead {
            return self.move_on(conn).await;
        }
        let longer = sqlx::query("update followers_ahead set to_id = $2 where to_id = $1")
            .bind(self.from)
            .bind(self.last)
            .execute(&mut *conn)
            .await?;
        if longer.rows_affected() == 1 {
            return Ok(true);
        }
        let begun = sqlx::query(
            "insert into followers_ahead (from_id, to_id)
             select $1, $2 from followers where name = 'profiles' and at < $1
               and not exists (select 1 from followers_ahead where to_id > $1)",
        )
        .bind(self.from)
        .bind(self.last)
        .execute(conn)
        .await?;
        Ok(begun.rows_affected() == 1)
    }

    /// The cursor moves, over what was read ahead of it, too.
    async fn move_on(&self, conn: &mut SqliteConnection) -> Result<bool, StoreError> {
        let moved = sqlx::query(
            "update followers set at = coalesce((select to_id from followers_ahead where from_id = $2), $2)
             where name = 'profiles' and at = $1
               and not exists (select 1 from followers_ahead where from_id >= $1 and from_id < $2)",
        )
        .bind(self.from)
        .bind(self.last)
        .execute(&mut *conn)
        .await?;
        if moved.rows_affected() != 1 {
            return Ok(false);
        }
        sqlx::query("delete from followers_ahead where from_id = $1").bind(self.last).execute(conn).await?;
        Ok(true)
    }
}

impl Store {
    /// Some events that were not read yet, in the order of their numbers; system events are left out. `ahead_over`: if more
    /// than so many wait, the newest are read first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn unread_events(
        &self,
        limit: i64,
        ahead_over: Option<i64>,
    ) -> Result<(Place, Vec<UnreadEvent>), StoreError> {
        let mut reading = self.readers.begin().await?;
        let mut place = next_place(&mut reading, limit, ahead_over).await?;
        let query = sqlx::query_scalar(concat!(
            "select json_group_array(json_array(",
            events::columns!(),
            ", hex(e.workspace_id), e.event_key, e.person, e.default_country, e.consent_required))
             from (select e.*, s.default_country, coalesce(s.consent_required, 0) as consent_required
                   from events e left join sources s on s.id = e.source_id
                   where e.id > $1 and e.id <= $3 and e.source_id <> zeroblob(16) order by e.id limit $2) e"
        ));
        let rows: Vec<Columns> = at_once(query.bind(place.from).bind(limit).bind(place.last), &mut *reading).await?;
        let mut found = rows.into_iter().map(UnreadEvent::of).collect::<Result<Vec<_>, _>>()?;
        found.sort_unstable_by_key(|event| event.stored.id);
        if i64::try_from(found.len()).is_ok_and(|count| count >= limit)
            && let Some(event) = found.last()
        {
            place.last = event.stored.id.0;
        }
        Ok((place, found))
    }

    /// Whether people were read from an event.
    ///
    /// # Errors
    /// What the database says.
    pub async fn has_followed(&self, event: EventId) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar(
            "select exists (select 1 from followers where name = 'profiles' and at >= $1)
                 or exists (select 1 from followers_ahead where from_id < $1 and to_id >= $1)",
        )
        .bind(event.0)
        .fetch_one(&self.readers)
        .await?)
    }
}

async fn next_place(conn: &mut SqliteConnection, limit: i64, ahead_over: Option<i64>) -> Result<Place, StoreError> {
    let row = sqlx::query(
        "select at, (select coalesce(max(id), 0) from events) as highest,
                (select min(from_id) from followers_ahead) as next, (select max(to_id) from followers_ahead) as ahead
         from followers where name = 'profiles'",
    )
    .fetch_one(conn)
    .await?;
    let (at, highest): (i64, i64) = (row.try_get("at")?, row.try_get("highest")?);
    let ahead: Option<i64> = row.try_get("ahead")?;
    let waiting = highest - ahead.unwrap_or(at);
    let place = |from: i64, until: i64, ahead: bool| Place { from, last: until.min(from + LOOKED_AT).max(from), ahead };
    match (ahead, ahead_over) {
        (_, Some(over)) if waiting > over.max(limit) => Ok(place(highest - limit, highest, true)),
        (Some(ahead), Some(_)) if waiting > 0 => Ok(place(ahead, highest, true)),
        _ => Ok(place(at, row.try_get::<Option<i64>, _>("next")?.unwrap_or(highest), false)),
    }
}
