//! What people say about an audience's way to a destination: which list, how long, from scratch, anew.

use domain::{ApiError, AudienceId, DestinationId, WorkspaceId, lists::ListSlot, view_sync::LinkSettings};
use sqlx::{Row, SqliteConnection};

use crate::{
    Author, Store, StoreError,
    audience_sides::{Which, send_again},
    audience_sync::mark_everybody,
    audiences::{link_audience, unlink_audience},
    changes::note,
    sync_farewells::retire,
    sync_lanes::{read_lists, settings_of},
};

/// An audience and a destination, by name, of one workspace.
struct Pair {
    audience: String,
    destination: String,
}

impl Store {
    /// Sends an audience to a destination, or no more.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] if one of them isn't of the workspace.
    pub async fn set_link(
        &self,
        workspace: WorkspaceId,
        (audience, destination): (AudienceId, DestinationId),
        on: bool,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let pair = pair(&mut tx, workspace, audience, destination).await?;
        if on {
            link_audience(&mut tx, audience, destination).await?;
        } else {
            unlink_audience(&mut tx, audience, destination).await?;
        }
        let what = if on { "goes to" } else { "goes no more to" };
        let what = format!("Audience “{}” {what} {}", pair.audience, pair.destination);
        note(&mut tx, author, workspace, Some(destination), &what).await?;
        Ok(tx.commit().await?)
    }

    /// Another choice of the list, the retention, or how many lists there are. A list that is no longer the audience's is
    /// left; what was sent to it leaves it.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Invalid`] on `existing` if another audience fills the list.
    pub async fn save_link_settings(
        &self,
        workspace: WorkspaceId,
        (audience, destination): (AudienceId, DestinationId),
        settings: &LinkSettings,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let pair = pair(&mut tx, workspace, audience, destination).await?;
        if write_link_settings(&mut tx, audience, destination, settings).await? {
            let what = format!("Audience “{}” at {}: {}", pair.audience, pair.destination, settings.sentence());
            note(&mut tx, author, workspace, Some(destination), &what).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Makes lists anew that somebody deleted at the destination. A list that was chosen is replaced by one of its own.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Refused`] if none is gone.
    pub async fn remake_lists(
        &self,
        workspace: WorkspaceId,
        (audience, destination): (AudienceId, DestinationId),
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let pair = pair(&mut tx, workspace, audience, destination).await?;
        let gone: Vec<_> =
            read_lists(&mut tx, audience, destination).await?.into_iter().filter(|list| list.gone).collect();
        if gone.is_empty() {
            return Err(ApiError::Refused("The list is there; nothing has to be made anew.".to_owned()).into());
        }
        for list in &gone {
            retire(&mut tx, audience, destination, list).await?;
        }
        sqlx::query(
            "update audience_links set existing = null, health = 'ok', reason = null, failures = 0, next_at = 0,
                    lease_no = lease_no + 1
             where audience_id = $1 and destination_id = $2",
        )
        .bind(audience.0)
        .bind(destination.0)
        .execute(&mut *tx)
        .await?;
        let what = format!("The list of “{}” at {} is made anew", pair.audience, pair.destination);
        note(&mut tx, author, workspace, Some(destination), &what).await?;
        Ok(tx.commit().await?)
    }

    /// Has everybody in an audience, and everybody who was, worked out anew, and the whole state sent again.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn resync_audience(
        &self,
        workspace: WorkspaceId,
        (audience, destination): (AudienceId, DestinationId),
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let pair = pair(&mut tx, workspace, audience, destination).await?;
        mark_everybody(&mut tx, audience).await?;
        send_again(&mut tx, (audience, destination), Which::default(), false).await?;
        // A list that is gone stays so until a person has it made anew.
        sqlx::query(
            "update audience_links set next_at = 0, failures = 0,
                    health = case when health = 'gone' then health else 'ok' end,
                    reason = case when health = 'gone' then reason end
             where audience_id = $1 and destination_id = $2",
        )
        .bind(audience.0)
        .bind(destination.0)
        .execute(&mut *tx)
        .await?;
        let what = format!("Everything of “{}” is sent to {} again", pair.audience, pair.destination);
        note(&mut tx, author, workspace, Some(destination), &what).await?;
        Ok(tx.commit().await?)
    }
}

/// Writes the choice, and leaves the lists that it makes superfluous; whether anything changed.
pub(crate) async fn write_link_settings(
    conn: &mut SqliteConnection,
    audience: AudienceId,
    destination: DestinationId,
    settings: &LinkSettings,
) -> Result<bool, StoreError> {
    sqlx::query("insert into audience_links (audience_id, destination_id) values ($1, $2) on conflict do nothing")
        .bind(audience.0)
        .bind(destination.0)
        .execute(&mut *conn)
        .await?;
    let row = sqlx::query("select * from audience_links where audience_id = $1 and destination_id = $2")
        .bind(audience.0)
        .bind(destination.0)
        .fetch_one(&mut *conn)
        .await?;
    let before = settings_of(&row)?;
    if before == *settings {
        return Ok(false);
    }
    if let Some(id) = &settings.existing {
        let taken: bool = sqlx::query_scalar(
            "select exists (select 1 from audience_lists where list_id = $3 and (audience_id <> $1 or destination_id <> $2))
                 or exists (select 1 from audience_links where existing = $3 and (audience_id <> $1 or destination_id <> $2))",
        )
        .bind(audience.0)
        .bind(destination.0)
        .bind(id)
        .fetch_one(&mut *conn)
        .await?;
        if taken {
            let words = "Another audience is kept in this list already; two would take each other's people out.";
            return Err(ApiError::field("existing", words).into());
        }
    }
    for list in read_lists(conn, audience, destination).await? {
        if !still_fits(settings, &before, &list.id, list.slot) {
            retire(conn, audience, destination, &list).await?;
        }
    }
    sqlx::query(
        "update audience_links set existing = $3, retention_days = $4, one_each = $5, health = 'ok', reason = null,
                failures = 0, next_at = 0, refresh_at = 0, lease_no = lease_no + 1
         where audience_id = $1 and destination_id = $2",
    )
    .bind(audience.0)
    .bind(destination.0)
    .bind(&settings.existing)
    .bind(settings.retention_days)
    .bind(settings.one_each)
    .execute(conn)
    .await?;
    Ok(true)
}

/// Whether a list stays the audience's under other settings.
fn still_fits(settings: &LinkSettings, before: &LinkSettings, id: &str, slot: ListSlot) -> bool {
    match &settings.existing {
        Some(wanted) => wanted == id && before.existing.as_deref() == Some(id),
        None => before.existing.is_none() && settings.one_each == (slot != ListSlot::All),
    }
}

/// The login, the ad account or a right may be another one now: what waited goes on at once. A pass under way, which saw the one
/// before, no longer counts.
pub(crate) async fn wake_links(conn: &mut SqliteConnection, destination: DestinationId) -> Result<(), StoreError> {
    sqlx::query(
        "update audience_links set health = 'ok', reason = null, failures = 0, next_at = 0,
                lease_no = lease_no + (lease_until is not null)
         where destination_id = $1 and health <> 'gone'",
    )
    .bind(destination.0)
    .execute(conn)
    .await?;
    Ok(())
}

async fn pair(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    audience: AudienceId,
    destination: DestinationId,
) -> Result<Pair, StoreError> {
    let row = sqlx::query(
        "select a.name, d.name from audiences a join destinations d on d.workspace_id = a.workspace_id
         where a.workspace_id = $1 and a.id = $2 and a.state <> 'deleted' and d.id = $3",
    )
    .bind(workspace.0)
    .bind(audience.0)
    .bind(destination.0)
    .fetch_optional(conn)
    .await?;
    let row = row.ok_or(ApiError::NotFound)?;
    Ok(Pair { audience: row.try_get(0)?, destination: row.try_get(1)? })
}
