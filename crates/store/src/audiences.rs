//! Audiences: their rules and the destinations that they go to.

use std::collections::BTreeMap;

use domain::{
    AudienceId, DestinationId, WorkspaceId, audience::Rule, view::audience::AudienceState, view_sync::LinkSettings,
};
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    refusals::{name_key, taken},
    sync_lanes::settings_of,
};

/// An audience as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct AudienceRecord {
    /// The id.
    pub id: AudienceId,
    /// The name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Who is in it.
    pub rule: Rule,
    /// Whether it follows its rule.
    pub dynamic: bool,
    /// Its state.
    pub state: AudienceState,
    /// Where it goes: id, name, and whether the destination's event workflow lets it.
    pub destinations: Vec<(DestinationId, String, bool)>,
    /// The settings of the lists there.
    pub links: BTreeMap<DestinationId, LinkSettings>,
}

impl Store {
    /// The audiences of a workspace, by name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn audiences(&self, workspace: WorkspaceId) -> Result<Vec<AudienceRecord>, StoreError> {
        let mut reading = self.readers.begin().await?;
        read_audiences(&mut reading, workspace).await
    }
}

pub(crate) async fn read_audiences(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
) -> Result<Vec<AudienceRecord>, StoreError> {
    let rows = sqlx::query(
        "select id, name, description, rule, dynamic, state from audiences where workspace_id = $1 and state <> 'deleted' order by name_key",
    )
    .bind(workspace.0)
    .fetch_all(&mut *conn)
    .await?;
    let mut audiences = Vec::with_capacity(rows.len());
    for row in &rows {
        let id = AudienceId(row.try_get("id")?);
        let rule = serde_json::from_str(row.try_get("rule")?)?;
        let state: String = row.try_get("state")?;
        audiences.push(AudienceRecord {
            id,
            name: row.try_get("name")?,
            description: row.try_get("description")?,
            rule,
            dynamic: row.try_get("dynamic")?,
            state: AudienceState::parse(&state).unwrap_or(AudienceState::Draft),
            destinations: Vec::new(),
            links: BTreeMap::new(),
        });
    }
    let links = sqlx::query(
        "select l.audience_id, d.id, d.name,
                exists (select 1 from event_settings s where s.destination_id = d.id
                        and s.event_key = 'addedtosegment' and s.server = 1) as syncs,
                k.existing, k.retention_days, k.one_each
         from audiences a join audience_destinations l on l.audience_id = a.id join destinations d on d.id = l.destination_id
         join audience_links k on k.audience_id = l.audience_id and k.destination_id = l.destination_id
         where a.workspace_id = $1 order by d.created_at, d.rowid",
    )
    .bind(workspace.0)
    .fetch_all(conn)
    .await?;
    for row in &links {
        let id: Uuid = row.try_get("audience_id")?;
        let destination = DestinationId(row.try_get("id")?);
        if let Some(audience) = audiences.iter_mut().find(|audience| audience.id.0 == id) {
            audience.links.insert(destination, settings_of(row)?);
            audience.destinations.push((destination, row.try_get("name")?, row.try_get("syncs")?));
        }
    }
    Ok(audiences)
}

/// Adds an audience or replaces its rule.
pub(crate) async fn write_audience(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    id: AudienceId,
    name: &str,
    rule: &Rule,
    now: domain::Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into audiences (id, workspace_id, name, name_key, rule, created_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (id) do update set name = excluded.name, name_key = excluded.name_key, rule = excluded.rule",
    )
    .bind(id.0)
    .bind(workspace.0)
    .bind(name.trim())
    .bind(name_key(name))
    .bind(serde_json::to_string(rule)?)
    .bind(now.0)
    .execute(conn)
    .await
    .map_err(|error| taken(error, "name", "Another audience of this workspace has this name."))?;
    Ok(())
}

/// What an audience is for, whether it follows its rule, and its state, if that is given.
pub(crate) async fn describe_audience(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    id: AudienceId,
    description: &str,
    dynamic: bool,
    state: Option<AudienceState>,
) -> Result<(), StoreError> {
    sqlx::query(
        "update audiences set description = $3, dynamic = $4, state = coalesce($5, state)
         where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(description.trim())
    .bind(dynamic)
    .bind(state.map(AudienceState::as_str))
    .execute(conn)
    .await?;
    Ok(())
}

/// Sends an audience to a destination.
pub(crate) async fn link_audience(
    conn: &mut SqliteConnection,
    id: AudienceId,
    destination: DestinationId,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into audience_destinations (audience_id, destination_id) values ($1, $2) on conflict do nothing",
    )
    .bind(id.0)
    .bind(destination.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Sends an audience to a destination no more.
pub(crate) async fn unlink_audience(
    conn: &mut SqliteConnection,
    id: AudienceId,
    destination: DestinationId,
) -> Result<(), StoreError> {
    sqlx::query("delete from audience_destinations where audience_id = $1 and destination_id = $2")
        .bind(id.0)
        .bind(destination.0)
        .execute(conn)
        .await?;
    Ok(())
}
