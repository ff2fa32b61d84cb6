//! Sources: where events come from, and their write keys.

use domain::{
    ApiError, EventId, SourceId, Timestamp, WorkspaceId,
    time::{DAY, HOUR},
    view::SourceEvent,
};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use crate::{
    Store, StoreError,
    changes::{Author, note},
    refusals::{found, name_key, taken},
};

const NAME_TAKEN: &str = "Another source of this workspace has this name.";

/// Characters of what an event tells that the debugger shows.
const TOLD_MAX: i64 = 160;

/// A source with its counts.
#[derive(Clone, Debug)]
pub struct SourceRecord {
    /// The id.
    pub id: SourceId,
    /// The name.
    pub name: String,
    /// The write key.
    pub write_key: String,
    /// The key before, while it is still accepted.
    pub old_key: Option<(String, Timestamp)>,
    /// ISO 3166 alpha-2.
    pub default_country: Option<String>,
    /// Whether its events are accepted.
    pub enabled: bool,
    /// Whether only events with marketing consent are sent.
    pub consent_required: bool,
    /// Events in the last 24 hours.
    pub events_24h: u64,
    /// When one last arrived.
    pub last_event: Option<Timestamp>,
    /// Refused in the last 24 hours.
    pub rejected_24h: u64,
}

/// A source to be stored.
#[derive(Clone, Debug)]
pub struct NewSource {
    /// The id.
    pub id: SourceId,
    /// The name.
    pub name: String,
    /// The write key.
    pub write_key: String,
    /// ISO 3166 alpha-2.
    pub default_country: Option<String>,
}

impl Store {
    /// The default countries of a workspace's sources, each once.
    ///
    /// # Errors
    /// What the database says.
    pub async fn default_countries(&self, workspace: WorkspaceId) -> Result<Vec<String>, StoreError> {
        let query = sqlx::query_scalar(
            "select distinct default_country from sources where workspace_id = $1 and nullif(default_country, '') is not null",
        );
        Ok(query.bind(workspace.0).fetch_all(&self.readers).await?)
    }

    /// The sources of a workspace, in the order of their making.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sources(&self, workspace: WorkspaceId, now: Timestamp) -> Result<Vec<SourceRecord>, StoreError> {
        // The hours are read by event name, since that is how they are keyed: 24 of them for each name.
        let rows = sqlx::query(
            "with recursive names (k) as (
               select min(event_key) from event_hours where workspace_id = $1
               union all
               select (select min(event_key) from event_hours where workspace_id = $1 and event_key > k)
               from names where k is not null
             ), day as (
               select h.source_id, sum(h.received) as received
               from names join event_hours h on h.workspace_id = $1 and h.event_key = names.k and h.hour > $2
               group by h.source_id
             )
             select s.id, s.name, s.write_key, s.default_country, s.enabled, s.consent_required,
                    case when s.old_key_until > $3 then s.old_write_key end as old_write_key, s.old_key_until,
                    coalesce((select received from day where day.source_id = s.id), 0) as events_24h,
                    (select e.received_at from events e where e.source_id = s.id order by e.id desc limit 1) as last_event,
                    (select count(*) from rejections r where r.source_id = s.id and r.at > $4) as rejected_24h
             from sources s where s.workspace_id = $1 order by s.created_at, s.rowid",
        )
        .bind(workspace.0)
        .bind(now.minus(DAY).0 / HOUR * HOUR)
        .bind(now.0)
        .bind(now.minus(DAY).0)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(record).collect()
    }

    /// The last events of a source, newest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn source_events(&self, id: SourceId, limit: u32) -> Result<Vec<SourceEvent>, StoreError> {
        let rows = sqlx::query(
            "select id, name, received_at, person,
                    substr(coalesce(nullif(body ->> '$.properties', '{}'), body ->> '$.traits', '{}'), 1, $3) as told
             from events where source_id = $1 order by id desc limit $2",
        )
        .bind(id.0)
        .bind(limit)
        .bind(TOLD_MAX)
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(SourceEvent {
                    id: EventId(row.try_get("id")?),
                    event: row.try_get("name")?,
                    received_at: Timestamp(row.try_get("received_at")?),
                    person: row.try_get("person")?,
                    told: row.try_get("told")?,
                })
            })
            .collect()
    }

    /// Adds a source.
    ///
    /// # Errors
    /// A mistake in `name` if it is taken.
    pub async fn add_source(
        &self,
        workspace: WorkspaceId,
        source: &NewSource,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        insert_source(&mut tx, workspace, source, author.at).await?;
        note(&mut tx, author, workspace, None, &format!("Source “{}” added", source.name.trim())).await?;
        Ok(tx.commit().await?)
    }

    /// Gives a source another name.
    ///
    /// # Errors
    /// [`ApiError::NotFound`], or a mistake in `name` if it is taken.
    pub async fn rename_source(
        &self,
        workspace: WorkspaceId,
        id: SourceId,
        name: &str,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let before = source_name(&mut tx, workspace, id).await?;
        let done = sqlx::query("update sources set name = $3, name_key = $4 where workspace_id = $1 and id = $2")
            .bind(workspace.0)
            .bind(id.0)
            .bind(name.trim())
            .bind(name_key(name))
            .execute(&mut *tx)
            .await
            .map_err(|error| taken(error, "name", NAME_TAKEN))?;
        found(&done)?;
        let what = format!("Source “{before}” renamed to “{}”", name.trim());
        note(&mut tx, author, workspace, None, &what).await?;
        Ok(tx.commit().await?)
    }

    /// Sets the country of phone numbers without a country code.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn set_source_country(
        &self,
        workspace: WorkspaceId,
        id: SourceId,
        country: Option<&str>,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let name = source_name(&mut tx, workspace, id).await?;
        update_country(&mut tx, workspace, id, country).await?;
        let what = format!("Source “{name}”: default country {}", country.unwrap_or("none"));
        note(&mut tx, author, workspace, None, &what).await?;
        Ok(tx.commit().await?)
    }

    /// Accepts or refuses the source's events from now on.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn set_source_enabled(
        &self,
        workspace: WorkspaceId,
        id: SourceId,
        enabled: bool,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let name = source_name(&mut tx, workspace, id).await?;
        update_source_enabled(&mut tx, workspace, id, enabled).await?;
        let what = format!("Source “{name}” switched {}", if enabled { "on" } else { "off" });
        note(&mut tx, author, workspace, None, &what).await?;
        Ok(tx.commit().await?)
    }

    /// Gives a source a new write key; the old one is accepted until `old_until`.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn rotate_write_key(
        &self,
        workspace: WorkspaceId,
        id: SourceId,
        key: &str,
        old_until: Timestamp,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let name = source_name(&mut tx, workspace, id).await?;
        update_write_key(&mut tx, workspace, id, key, old_until).await?;
        note(&mut tx, author, workspace, None, &format!("Source “{name}”: new write key")).await?;
        Ok(tx.commit().await?)
    }
}

pub(crate) async fn insert_source(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    source: &NewSource,
    now: Timestamp,
) -> Result<(), StoreError> {
    refuse_taken_key(conn, &source.write_key).await?;
    sqlx::query(
        "insert into sources (id, workspace_id, name, name_key, write_key, default_country, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(source.id.0)
    .bind(workspace.0)
    .bind(source.name.trim())
    .bind(name_key(&source.name))
    .bind(&source.write_key)
    .bind(&source.default_country)
    .bind(now.0)
    .execute(conn)
    .await
    .map_err(|error| taken(error, "name", NAME_TAKEN))?;
    Ok(())
}

/// A key that another source has, or had and still accepts, would take its events.
async fn refuse_taken_key(conn: &mut SqliteConnection, key: &str) -> Result<(), StoreError> {
    let holder = sqlx::query("select 1 from sources where write_key = $1 or old_write_key = $1")
        .bind(key)
        .fetch_optional(conn)
        .await?;
    if holder.is_some() {
        return Err(ApiError::field("write_key", "Another source uses this write key.").into());
    }
    Ok(())
}

pub(crate) async fn update_write_key(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    id: SourceId,
    key: &str,
    old_until: Timestamp,
) -> Result<(), StoreError> {
    // Back to the key before: it is nobody else's.
    sqlx::query("update sources set old_write_key = null where id = $1 and old_write_key = $2")
        .bind(id.0)
        .bind(key)
        .execute(&mut *conn)
        .await?;
    refuse_taken_key(conn, key).await?;
    let done = sqlx::query(
        "update sources set old_write_key = write_key, old_key_until = $4, write_key = $3
         where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(key)
    .bind(old_until.0)
    .execute(conn)
    .await?;
    found(&done)
}

pub(crate) async fn update_source_enabled(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    id: SourceId,
    enabled: bool,
) -> Result<(), StoreError> {
    let done = sqlx::query("update sources set enabled = $3 where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id.0)
        .bind(enabled)
        .execute(conn)
        .await?;
    found(&done)
}

pub(crate) async fn update_country(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    id: SourceId,
    country: Option<&str>,
) -> Result<(), StoreError> {
    let done = sqlx::query("update sources set default_country = $3 where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id.0)
        .bind(country)
        .execute(conn)
        .await?;
    found(&done)
}

async fn source_name(conn: &mut SqliteConnection, workspace: WorkspaceId, id: SourceId) -> Result<String, StoreError> {
    let row = sqlx::query("select name from sources where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id.0)
        .fetch_optional(conn)
        .await?
        .ok_or(ApiError::NotFound)?;
    Ok(row.try_get("name")?)
}

fn record(row: &SqliteRow) -> Result<SourceRecord, StoreError> {
    let old: Option<String> = row.try_get("old_write_key")?;
    let until: Option<i64> = row.try_get("old_key_until")?;
    let last: Option<i64> = row.try_get("last_event")?;
    Ok(SourceRecord {
        id: SourceId(row.try_get("id")?),
        name: row.try_get("name")?,
        write_key: row.try_get("write_key")?,
        old_key: old.zip(until.map(Timestamp)),
        default_country: row.try_get("default_country")?,
        enabled: row.try_get("enabled")?,
        consent_required: row.try_get("consent_required")?,
        events_24h: row.try_get::<i64, _>("events_24h")?.unsigned_abs(),
        last_event: last.map(Timestamp),
        rejected_24h: row.try_get::<i64, _>("rejected_24h")?.unsigned_abs(),
    })
}
