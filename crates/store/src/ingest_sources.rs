//! The source behind a write key.

use domain::{SourceId, Timestamp, WorkspaceId};
use sqlx::Row;

use crate::{Store, StoreError};

/// A source as ingestion sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IngestSource {
    /// The source.
    pub id: SourceId,
    /// Whose it is.
    pub workspace: WorkspaceId,
}

impl Store {
    /// The enabled source of a write key, or of one that was rotated and is still accepted.
    ///
    /// # Errors
    /// What the database says.
    pub async fn source_by_key(&self, write_key: &str, now: Timestamp) -> Result<Option<IngestSource>, StoreError> {
        let row = sqlx::query(
            "select id, workspace_id from sources where write_key = $1 and enabled
             union all
             select id, workspace_id from sources where old_write_key = $1 and old_key_until > $2 and enabled
             limit 1",
        )
        .bind(write_key)
        .bind(now.0)
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| Ok(IngestSource { id: SourceId(row.try_get(0)?), workspace: WorkspaceId(row.try_get(1)?) }))
            .transpose()
    }

    /// Whether the database takes writes just now.
    ///
    /// # Errors
    /// What the database says.
    pub async fn try_write(&self) -> Result<(), StoreError> {
        Ok(self.write().await?.commit().await?)
    }
}
