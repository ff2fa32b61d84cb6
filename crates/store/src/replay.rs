//! Finding the dead deliveries that a person wants tried again.

use domain::{DestinationId, Timestamp, WorkspaceId};
use sqlx::Row;

use crate::{Store, StoreError, refusals::name_key};

/// Dead deliveries of one destination.
#[derive(Clone, Debug)]
pub struct DeadQuestion {
    /// The destination.
    pub destination: DestinationId,
    /// Received at or after.
    pub since: Option<Timestamp>,
    /// Received before.
    pub until: Option<Timestamp>,
    /// Only events of this key.
    pub event_key: Option<String>,
}

impl Store {
    /// Destinations of this name, with the names of their workspaces.
    ///
    /// # Errors
    /// What the database says.
    pub async fn destinations_named(&self, name: &str) -> Result<Vec<(DestinationId, String)>, StoreError> {
        let rows = sqlx::query(
            "select d.id, w.name from destinations d join workspaces w on w.id = d.workspace_id where d.name_key = $1",
        )
        .bind(name_key(name))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| Ok((DestinationId(row.try_get(0)?), row.try_get(1)?))).collect()
    }

    /// The names of all destinations.
    ///
    /// # Errors
    /// What the database says.
    pub async fn destination_names(&self) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar("select distinct name from destinations order by name").fetch_all(&self.readers).await?)
    }

    /// The numbers of dead deliveries, oldest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn dead_deliveries(&self, question: &DeadQuestion) -> Result<Vec<i64>, StoreError> {
        Ok(sqlx::query_scalar(
            "select d.id from deliveries d indexed by deliveries_finished join events e on e.id = d.event_id
             where d.destination_id = $1 and d.state = 'dead' and d.finished_at is not null
               and ($2 is null or e.received_at >= $2)
               and ($3 is null or e.received_at < $3) and ($4 is null or d.event_key = $4)
             order by d.id",
        )
        .bind(question.destination.0)
        .bind(question.since.map(|at| at.0))
        .bind(question.until.map(|at| at.0))
        .bind(&question.event_key)
        .fetch_all(&self.readers)
        .await?)
    }

    /// Whether a delivery belongs to a workspace.
    ///
    /// # Errors
    /// What the database says.
    pub async fn owns_delivery(&self, workspace: WorkspaceId, id: i64) -> Result<bool, StoreError> {
        let found = sqlx::query("select 1 from deliveries where id = $1 and workspace_id = $2")
            .bind(id)
            .bind(workspace.0)
            .fetch_optional(&self.readers)
            .await?;
        Ok(found.is_some())
    }
}
