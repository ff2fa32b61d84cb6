//! What a rule can ask for, for the builder's suggestions.

use domain::WorkspaceId;

use crate::{Store, StoreError};

/// The most names of a kind.
const NAMES: u32 = 300;

impl Store {
    /// The names of the events and of the traits that were seen, as they were first written.
    ///
    /// # Errors
    /// What the database says.
    pub async fn seen_names(&self, workspace: WorkspaceId) -> Result<(Vec<String>, Vec<String>), StoreError> {
        let of = async |kind: &str| {
            sqlx::query_scalar(
                "select name from profile_names where workspace_id = $1 and kind = $2 and instr(key, '/') = 0 order by name limit $3",
            )
            .bind(workspace.0)
            .bind(kind)
            .bind(NAMES)
            .fetch_all(&self.readers)
            .await
        };
        Ok((of("event").await?, of("trait").await?))
    }
}
