//! The event workflow of a destination, and the events that were seen.

use domain::{
    ApiError, DestinationId, Timestamp, WorkspaceId, catalogue,
    time::{DAY, HOUR},
    workflow::EventSetting,
};
use sqlx::{Row, SqliteConnection};

use crate::{
    Store, StoreError,
    changes::{Author, note},
};

/// In front of each entry of the log of changes that an event workflow makes.
const CHANGE_PREFIX: &str = "Event workflow: ";

/// An event name that arrived in the last 90 days.
#[derive(Clone, Debug)]
pub struct SeenEvent {
    /// [`catalogue::setting_key`] of the name.
    pub key: String,
    /// The name as last received.
    pub name: String,
    /// How many in the last 24 hours.
    pub volume_24h: u64,
    /// When one last arrived.
    pub last_at: Timestamp,
}

impl Store {
    /// The stored settings of a destination, with the version they stand for.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn event_settings(
        &self,
        workspace: WorkspaceId,
        id: DestinationId,
    ) -> Result<(i64, Vec<EventSetting>), StoreError> {
        let mut reading = self.readers.begin().await?;
        let version = workflow_version(&mut reading, workspace, id).await?;
        Ok((version, read_settings(&mut reading, id).await?))
    }

    /// Names of events that arrived in the last 90 days, each by a few look-ups in the hourly counts.
    ///
    /// # Errors
    /// What the database says.
    pub async fn seen_events(&self, workspace: WorkspaceId, now: Timestamp) -> Result<Vec<SeenEvent>, StoreError> {
        let rows = sqlx::query(
            "with recursive names (k) as (
               select min(event_key) from event_hours where workspace_id = $1
               union all
               select (select min(event_key) from event_hours where workspace_id = $1 and event_key > k)
               from names where k is not null
             )
             select k,
                    (select name from event_hours where workspace_id = $1 and event_key = k
                     order by hour desc limit 1) as name,
                    (select max(last_at) from event_hours where workspace_id = $1 and event_key = k
                       and hour = (select max(hour) from event_hours where workspace_id = $1 and event_key = k)) as last_at,
                    (select coalesce(sum(received), 0) from event_hours
                     where workspace_id = $1 and event_key = k and hour > $2) as volume
             from names where k is not null",
        )
        .bind(workspace.0)
        .bind(now.minus(DAY).0 / HOUR * HOUR)
        .fetch_all(&self.readers)
        .await?;
        let oldest = now.minus(90 * DAY);
        let mut seen = Vec::with_capacity(rows.len());
        for row in &rows {
            let last_at = Timestamp(row.try_get("last_at")?);
            if last_at >= oldest {
                let volume_24h = row.try_get::<i64, _>("volume")?.unsigned_abs();
                seen.push(SeenEvent { key: row.try_get("k")?, name: row.try_get("name")?, volume_24h, last_at });
            }
        }
        Ok(seen)
    }

    /// Saves settings on top of `version`: only the rows given, each with its sentence for the log of changes.
    ///
    /// # Errors
    /// [`ApiError::Refused`] naming who saved in between, [`ApiError::NotFound`].
    pub async fn save_event_settings(
        &self,
        workspace: WorkspaceId,
        id: DestinationId,
        version: i64,
        settings: &[(EventSetting, String)],
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        if workflow_version(&mut tx, workspace, id).await? != version {
            let last = Self::last_workflow_change(&mut tx, id.0).await?;
            let by = last.map_or_else(String::new, |change| {
                format!(" by {} at {} UTC", change.who, change.at.to_iso()[..16].replace('T', " "))
            });
            return Err(ApiError::Refused(format!(
                "The event workflow was changed{by} while you were editing. Reload the page to see it, then make your changes again."
            ))
            .into());
        }
        write_settings(&mut tx, workspace, id, settings, author).await?;
        Ok(tx.commit().await?)
    }
}

async fn workflow_version(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    id: DestinationId,
) -> Result<i64, StoreError> {
    let row = sqlx::query("select workflow_version from destinations where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id.0)
        .fetch_optional(conn)
        .await?
        .ok_or(ApiError::NotFound)?;
    Ok(row.try_get("workflow_version")?)
}

pub(crate) async fn read_settings(
    conn: &mut SqliteConnection,
    id: DestinationId,
) -> Result<Vec<EventSetting>, StoreError> {
    let rows = sqlx::query(
        "select event, snap_event, server, client, fields from event_settings where destination_id = $1 order by event_key",
    )
    .bind(id.0)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(EventSetting {
                event: row.try_get("event")?,
                snap_event: row.try_get("snap_event")?,
                server: row.try_get("server")?,
                client: row.try_get("client")?,
                fields: serde_json::from_str(row.try_get("fields")?)?,
            })
        })
        .collect()
}

/// Writes settings, counts the version up and logs each row.
pub(crate) async fn write_settings(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    id: DestinationId,
    settings: &[(EventSetting, String)],
    author: &Author,
) -> Result<(), StoreError> {
    for (setting, what) in settings {
        sqlx::query(
            "insert into event_settings (destination_id, event_key, event, snap_event, server, client, fields)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (destination_id, event_key) do update set event = excluded.event,
               snap_event = excluded.snap_event, server = excluded.server, client = excluded.client,
               fields = excluded.fields",
        )
        .bind(id.0)
        .bind(catalogue::setting_key(&setting.event))
        .bind(setting.event.trim())
        .bind(&setting.snap_event)
        .bind(setting.server)
        .bind(setting.client)
        .bind(serde_json::to_string(&setting.fields)?)
        .execute(&mut *conn)
        .await?;
        note(conn, author, workspace, Some(id), &format!("{CHANGE_PREFIX}{what}")).await?;
    }
    sqlx::query("update destinations set workflow_version = workflow_version + 1 where id = $1")
        .bind(id.0)
        .execute(conn)
        .await?;
    Ok(())
}
