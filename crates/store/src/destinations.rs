//! Destinations: their rows, names, and being switched on, off and deleted.

use domain::{ApiError, DestinationId, Timestamp, WorkspaceId, destination::Asset, options::DestinationOptions};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    changes::{Author, note},
    delivery_counts::uncount,
    refusals::{found, name_key, taken},
};

const NAME_TAKEN: &str = "Another destination of this workspace has this name.";
/// Log entries deleted in one transaction, so that ingestion is not held up.
const DELETE_CHUNK: i64 = 5_000;

/// A destination as it is stored, without its secrets.
#[derive(Clone, Debug)]
pub struct DestinationRecord {
    /// The id.
    pub id: DestinationId,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// The type's slug.
    pub slug: String,
    /// The name.
    pub name: String,
    /// Whether events go there.
    pub enabled: bool,
    /// "Send data via Server-side".
    pub send_server_side: bool,
    /// App id, hold window, limited data use.
    pub options: DestinationOptions,
    /// The chosen business.
    pub business: Option<Asset>,
    /// The chosen ad account.
    pub ad_account: Option<Asset>,
    /// The chosen pixel.
    pub pixel: Option<Asset>,
    /// Last four characters and age of the CAPI token.
    pub capi_token: Option<(String, Timestamp)>,
    /// `ok`, `retrying`, `needs_reconnect` or `paused`, with a sentence.
    pub health: (String, Option<String>),
    /// The login, if there is one.
    pub login: Option<LoginRecord>,
    /// Counts up with each save of the event workflow.
    pub workflow_version: i64,
    /// Events with the server side on.
    pub server_events: u32,
    /// Events with the client side on.
    pub client_events: u32,
    /// Events with any side on.
    pub events_on: u32,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What pages tell of a stored login.
#[derive(Clone, Debug)]
pub struct LoginRecord {
    /// Display name at the destination.
    pub name: String,
    /// When consent was given.
    pub connected_at: Timestamp,
    /// Why it is not accepted, or what it doesn't see.
    pub problem: Option<String>,
    /// Granted scopes, blank-separated.
    pub scope: Option<String>,
}

impl Store {
    /// The destinations of a workspace, in the order of their making.
    ///
    /// # Errors
    /// What the database says.
    pub async fn destinations(&self, workspace: WorkspaceId) -> Result<Vec<DestinationRecord>, StoreError> {
        let rows = sqlx::query(
            "select d.*, c.login_name, c.connected_at, c.problem, c.scope,
                    (select count(*) from event_settings s where s.destination_id = d.id and s.server = 1) as server_events,
                    (select count(*) from event_settings s where s.destination_id = d.id and s.client = 1) as client_events,
                    (select count(*) from event_settings s
                     where s.destination_id = d.id and (s.server = 1 or s.client = 1)) as events_on
             from destinations d left join connections c on c.destination_id = d.id
             where d.workspace_id = $1 order by d.created_at, d.rowid",
        )
        .bind(workspace.0)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(record).collect()
    }

    /// One destination.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] also for one of another workspace.
    pub async fn destination(
        &self,
        workspace: WorkspaceId,
        id: DestinationId,
    ) -> Result<DestinationRecord, StoreError> {
        let row = sqlx::query(
            "select d.*, c.login_name, c.connected_at, c.problem, c.scope,
                    (select count(*) from event_settings s where s.destination_id = d.id and s.server = 1) as server_events,
                    (select count(*) from event_settings s where s.destination_id = d.id and s.client = 1) as client_events,
                    (select count(*) from event_settings s
                     where s.destination_id = d.id and (s.server = 1 or s.client = 1)) as events_on
             from destinations d left join connections c on c.destination_id = d.id
             where d.workspace_id = $1 and d.id = $2",
        )
        .bind(workspace.0)
        .bind(id.0)
        .fetch_optional(&self.readers)
        .await?
        .ok_or(ApiError::NotFound)?;
        record(&row)
    }

    /// Adds a destination, switched on, with nothing configured.
    ///
    /// # Errors
    /// A mistake in `name` if it is taken.
    pub async fn add_destination(
        &self,
        workspace: WorkspaceId,
        id: DestinationId,
        slug: &str,
        name: &str,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        insert_destination(&mut tx, workspace, id, slug, name, author.at).await?;
        note(&mut tx, author, workspace, Some(id), &format!("Destination “{}” added", name.trim())).await?;
        Ok(tx.commit().await?)
    }

    /// Gives a destination another name.
    ///
    /// # Errors
    /// [`ApiError::NotFound`], or a mistake in `name` if it is taken.
    pub async fn rename_destination(
        &self,
        workspace: WorkspaceId,
        id: DestinationId,
        name: &str,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query("update destinations set name = $3, name_key = $4 where workspace_id = $1 and id = $2")
            .bind(workspace.0)
            .bind(id.0)
            .bind(name.trim())
            .bind(name_key(name))
            .execute(&mut *tx)
            .await
            .map_err(|error| taken(error, "name", NAME_TAKEN))?;
        found(&done)?;
        note(&mut tx, author, workspace, Some(id), &format!("Renamed to “{}”", name.trim())).await?;
        Ok(tx.commit().await?)
    }

    /// Switches a destination on or off, for events that arrive from now on.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn set_destination_enabled(
        &self,
        workspace: WorkspaceId,
        id: DestinationId,
        enabled: bool,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        update_enabled(&mut tx, workspace, id, enabled).await?;
        note(&mut tx, author, workspace, Some(id), enabled_sentence(enabled)).await?;
        Ok(tx.commit().await?)
    }

    /// Deletes a destination with all that belongs to it. Its log goes first, a part at a time: cut short, it is
    /// switched off and can be deleted again.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn delete_destination(
        &self,
        workspace: WorkspaceId,
        id: DestinationId,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        update_enabled(&mut tx, workspace, id, false).await?;
        tx.commit().await?;
        loop {
            let mut tx = self.write().await?;
            sqlx::query(uncount!("id in (select id from deliveries where destination_id = $1 order by id limit $2)"))
                .bind(id.0)
                .bind(DELETE_CHUNK)
                .execute(&mut *tx)
                .await?;
            let done = sqlx::query(
                "delete from deliveries where id in
                 (select id from deliveries where destination_id = $1 order by id limit $2)",
            )
            .bind(id.0)
            .bind(DELETE_CHUNK)
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            if done.rows_affected() < DELETE_CHUNK.unsigned_abs() {
                break;
            }
        }
        let mut tx = self.write().await?;
        let row = sqlx::query("delete from destinations where workspace_id = $1 and id = $2 returning name")
            .bind(workspace.0)
            .bind(id.0)
            .fetch_optional(&mut *tx)
            .await?
            .ok_or(ApiError::NotFound)?;
        let name: String = row.try_get("name")?;
        note(&mut tx, author, workspace, Some(id), &format!("Destination “{name}” deleted")).await?;
        Ok(tx.commit().await?)
    }
}

pub(crate) fn enabled_sentence(enabled: bool) -> &'static str {
    if enabled { "Destination switched on" } else { "Destination switched off" }
}

pub(crate) async fn insert_destination(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    id: DestinationId,
    slug: &str,
    name: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    // The next event is the first one that gets a delivery for it; numbers are never reused.
    sqlx::query(
        "insert into destinations (id, workspace_id, type, name, name_key, first_event_id, created_at)
         values ($1, $2, $3, $4, $5, coalesce((select seq from sqlite_sequence where name = 'events'), 0) + 1, $6)",
    )
    .bind(id.0)
    .bind(workspace.0)
    .bind(slug)
    .bind(name.trim())
    .bind(name_key(name))
    .bind(now.0)
    .execute(conn)
    .await
    .map_err(|error| taken(error, "name", NAME_TAKEN))?;
    Ok(())
}

pub(crate) async fn update_enabled(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    id: DestinationId,
    enabled: bool,
) -> Result<(), StoreError> {
    let done = sqlx::query(
        "update destinations set enabled = $3, health = 'ok', health_reason = null, health_until = null
         where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(enabled)
    .execute(conn)
    .await?;
    found(&done)
}

fn record(row: &SqliteRow) -> Result<DestinationRecord, StoreError> {
    let last4: Option<String> = row.try_get("capi_token_last4")?;
    let set_at: Option<i64> = row.try_get("capi_token_set_at")?;
    Ok(DestinationRecord {
        id: DestinationId(row.try_get("id")?),
        workspace: WorkspaceId(row.try_get::<Uuid, _>("workspace_id")?),
        slug: row.try_get("type")?,
        name: row.try_get("name")?,
        enabled: row.try_get("enabled")?,
        send_server_side: row.try_get("send_server_side")?,
        options: serde_json::from_str(row.try_get("settings")?)?,
        business: asset(row.try_get("business_id")?, row.try_get("business_name")?),
        ad_account: asset(row.try_get("ad_account_id")?, row.try_get("ad_account_name")?),
        pixel: asset(row.try_get("pixel_id")?, row.try_get("pixel_name")?),
        capi_token: last4.zip(set_at.map(Timestamp)),
        health: (row.try_get("health")?, row.try_get("health_reason")?),
        login: login(row)?,
        workflow_version: row.try_get("workflow_version")?,
        server_events: row.try_get("server_events")?,
        client_events: row.try_get("client_events")?,
        events_on: row.try_get("events_on")?,
        created_at: Timestamp(row.try_get("created_at")?),
    })
}

fn login(row: &SqliteRow) -> Result<Option<LoginRecord>, StoreError> {
    let Some(name) = row.try_get::<Option<String>, _>("login_name")? else { return Ok(None) };
    Ok(Some(LoginRecord {
        name,
        connected_at: Timestamp(row.try_get("connected_at")?),
        problem: row.try_get("problem")?,
        scope: row.try_get("scope")?,
    }))
}

/// An asset that was chosen by id alone shows its id as the name.
fn asset(id: Option<String>, name: Option<String>) -> Option<Asset> {
    id.map(|id| Asset { name: name.unwrap_or_else(|| id.clone()), id, status: None })
}
