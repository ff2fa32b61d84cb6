//! A whole workspace as it is at one moment: what `apply` compares a file with, and what `export` prints.

use domain::{
    DestinationId, SourceId, WorkspaceId, destination::Secret, options::DestinationOptions, workflow::EventSetting,
};
use sqlx::{Row, SqliteConnection};

use crate::{
    AudienceRecord, Keys, Member, Store, StoreError, audiences::read_audiences, configuration::read_capi_token,
    people::members, workflow::read_settings,
};

/// A workspace with everything in it.
#[derive(Clone, Debug)]
pub struct WorkspaceSnapshot {
    /// The id.
    pub id: WorkspaceId,
    /// The name.
    pub name: String,
    /// Its people, by name.
    pub members: Vec<Member>,
    /// Its sources, by age.
    pub sources: Vec<SourceSnapshot>,
    /// Its destinations, by age.
    pub destinations: Vec<DestinationSnapshot>,
    /// Its audiences, by name.
    pub audiences: Vec<AudienceRecord>,
}

/// A source.
#[derive(Clone, Debug)]
pub struct SourceSnapshot {
    /// The id.
    pub id: SourceId,
    /// The name.
    pub name: String,
    /// The write key.
    pub write_key: String,
    /// ISO 3166 alpha-2.
    pub default_country: Option<String>,
    /// Whether its events are accepted.
    pub enabled: bool,
    /// Whether only events with marketing consent are sent.
    pub consent_required: bool,
}

/// A destination with its event workflow.
#[derive(Clone, Debug)]
pub struct DestinationSnapshot {
    /// The id.
    pub id: DestinationId,
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
    /// The chosen business' id.
    pub business_id: Option<String>,
    /// The chosen ad account's id.
    pub ad_account_id: Option<String>,
    /// The chosen pixel's id.
    pub pixel_id: Option<String>,
    /// The token, to compare with.
    pub capi_token: Option<Secret>,
    /// What is set.
    pub settings: Vec<EventSetting>,
}

impl Store {
    /// The names of all workspaces.
    ///
    /// # Errors
    /// What the database says.
    pub async fn workspace_names(&self) -> Result<Vec<String>, StoreError> {
        let rows =
            sqlx::query("select name from workspaces order by created_at, rowid").fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok(row.try_get("name")?)).collect()
    }

    /// The workspaces of this name, without regard to case.
    ///
    /// # Errors
    /// What the database says.
    pub async fn workspace_snapshots(&self, name: &str) -> Result<Vec<WorkspaceSnapshot>, StoreError> {
        let mut reading = self.readers.begin().await?;
        read_snapshots(&mut reading, &self.keys, name).await
    }
}

pub(crate) async fn read_snapshots(
    conn: &mut SqliteConnection,
    keys: &Keys,
    name: &str,
) -> Result<Vec<WorkspaceSnapshot>, StoreError> {
    let wanted = name.trim().to_lowercase();
    let rows = sqlx::query("select id, name from workspaces order by created_at, rowid").fetch_all(&mut *conn).await?;
    let mut found = Vec::new();
    for row in &rows {
        let name: String = row.try_get("name")?;
        // Compared here: the database folds ASCII alone.
        if name.to_lowercase() == wanted {
            found.push(read(conn, keys, WorkspaceId(row.try_get("id")?), name).await?);
        }
    }
    Ok(found)
}

async fn read(
    conn: &mut SqliteConnection,
    keys: &Keys,
    id: WorkspaceId,
    name: String,
) -> Result<WorkspaceSnapshot, StoreError> {
    Ok(WorkspaceSnapshot {
        id,
        name,
        members: members(conn, keys, id).await?,
        sources: sources(conn, id).await?,
        destinations: destinations(conn, keys, id).await?,
        audiences: read_audiences(conn, id).await?,
    })
}

async fn sources(conn: &mut SqliteConnection, workspace: WorkspaceId) -> Result<Vec<SourceSnapshot>, StoreError> {
    let rows = sqlx::query(
        "select id, name, write_key, default_country, enabled, consent_required from sources
         where workspace_id = $1 order by created_at, rowid",
    )
    .bind(workspace.0)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(SourceSnapshot {
                id: SourceId(row.try_get("id")?),
                name: row.try_get("name")?,
                write_key: row.try_get("write_key")?,
                default_country: row.try_get("default_country")?,
                enabled: row.try_get("enabled")?,
                consent_required: row.try_get("consent_required")?,
            })
        })
        .collect()
}

async fn destinations(
    conn: &mut SqliteConnection,
    keys: &Keys,
    workspace: WorkspaceId,
) -> Result<Vec<DestinationSnapshot>, StoreError> {
    let rows = sqlx::query(
        "select id, type, name, enabled, send_server_side, settings, business_id, ad_account_id, pixel_id
         from destinations where workspace_id = $1 order by created_at, rowid",
    )
    .bind(workspace.0)
    .fetch_all(&mut *conn)
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let id = DestinationId(row.try_get("id")?);
        found.push(DestinationSnapshot {
            id,
            slug: row.try_get("type")?,
            name: row.try_get("name")?,
            enabled: row.try_get("enabled")?,
            send_server_side: row.try_get("send_server_side")?,
            options: serde_json::from_str(row.try_get("settings")?)?,
            business_id: row.try_get("business_id")?,
            ad_account_id: row.try_get("ad_account_id")?,
            pixel_id: row.try_get("pixel_id")?,
            capi_token: read_capi_token(conn, keys, id).await?,
            settings: read_settings(conn, id).await?,
        });
    }
    Ok(found)
}
