//! The log of changes: who changed what when.

use domain::{DestinationId, Timestamp, UserId, WorkspaceId, view::Change};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

use crate::{Store, StoreError};

/// Who changes something, and when.
#[derive(Clone, Copy, Debug)]
pub struct Author {
    /// The signed-in user; without one it is the command `apply`.
    pub user: Option<UserId>,
    /// Now.
    pub at: Timestamp,
}

/// Adds an entry, inside the transaction of the change itself. `what` is a sentence without secrets.
pub(crate) async fn note(
    conn: &mut SqliteConnection,
    author: &Author,
    workspace: WorkspaceId,
    destination: Option<DestinationId>,
    what: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into changes (workspace_id, destination_id, user_id, who, what, at)
         values ($1, $2, $3, coalesce((select name from users where id = $3), 'apply'), $4, $5)",
    )
    .bind(workspace.0)
    .bind(destination.map(|id| id.0))
    .bind(author.user.map(|id| id.0))
    .bind(what)
    .bind(author.at.0)
    .execute(conn)
    .await?;
    Ok(())
}

impl Store {
    /// The last changes of a workspace, or of one destination of it, newest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn changes(
        &self,
        workspace: WorkspaceId,
        destination: Option<DestinationId>,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        let query = match destination {
            None => sqlx::query(
                "select c.at, c.who, c.what, d.name as destination
                 from changes c left join destinations d on d.id = c.destination_id
                 where c.workspace_id = $1 and $2 is null order by c.id desc limit $3",
            ),
            Some(_) => sqlx::query(
                "select at, who, what, null as destination from changes where workspace_id = $1 and destination_id = $2
                 order by id desc limit $3",
            ),
        };
        let rows =
            query.bind(workspace.0).bind(destination.map(|id| id.0)).bind(limit).fetch_all(&self.readers).await?;
        rows.iter().map(change).collect()
    }

    /// Who changed a destination's event workflow last, and when.
    pub(crate) async fn last_workflow_change(
        conn: &mut SqliteConnection,
        destination: Uuid,
    ) -> Result<Option<Change>, StoreError> {
        let row = sqlx::query(
            "select at, who, what, null as destination from changes where destination_id = $1 and what like 'Event workflow: %'
             order by id desc limit 1",
        )
        .bind(destination)
        .fetch_optional(conn)
        .await?;
        row.as_ref().map(change).transpose()
    }
}

fn change(row: &SqliteRow) -> Result<Change, StoreError> {
    Ok(Change {
        at: Timestamp(row.try_get("at")?),
        who: row.try_get("who")?,
        destination: row.try_get("destination")?,
        what: row.try_get("what")?,
    })
}
