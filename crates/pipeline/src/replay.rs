//! `switchyard replay`: dead deliveries back into the queue.

use domain::{Timestamp, workflow::nearest};
use store::{DeadQuestion, StoreError};

use crate::Switchyard;

/// Deliveries that one transaction revives.
const AT_ONCE: usize = 5_000;

/// Which dead deliveries.
#[derive(Clone, Debug, Default)]
pub struct ReplayFilter {
    /// The workspace's name, where several have a destination of this name.
    pub workspace: Option<String>,
    /// The destination's name.
    pub destination: String,
    /// Received at or after.
    pub since: Option<Timestamp>,
    /// Received before.
    pub until: Option<Timestamp>,
    /// Only events of this name.
    pub event: Option<String>,
}

/// Why nothing was replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// No such destination, and the nearest name.
    #[error("there is no destination {0:?}{1}")]
    Unknown(String, String),
    /// Several workspaces have one.
    #[error("several workspaces have a destination {0:?}; add --workspace with one of: {1}")]
    Ambiguous(String, String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Revives what the filter names, or only counts it.
///
/// # Errors
/// [`ReplayError`]; nothing was changed then, or what was changed is complete in itself.
pub async fn replay(switchyard: &Switchyard, filter: &ReplayFilter, dry_run: bool) -> Result<u64, ReplayError> {
    let store = switchyard.store();
    let mut found = store.destinations_named(&filter.destination).await?;
    if let Some(workspace) = &filter.workspace {
        found.retain(|(_, name)| name.trim().eq_ignore_ascii_case(workspace.trim()));
    }
    let destination = match found.as_slice() {
        [] => {
            let names = store.destination_names().await?;
            let near = nearest(&filter.destination, names.iter().map(String::as_str));
            let hint = near.map(|name| format!("; did you mean {name:?}?")).unwrap_or_default();
            return Err(ReplayError::Unknown(filter.destination.clone(), hint));
        }
        [(id, _)] => *id,
        several => {
            let names: Vec<_> = several.iter().map(|(_, name)| format!("{name:?}")).collect();
            return Err(ReplayError::Ambiguous(filter.destination.clone(), names.join(", ")));
        }
    };
    let event_key = filter.event.as_deref().map(domain::reading::setting_key);
    let question = DeadQuestion { destination, since: filter.since, until: filter.until, event_key };
    let dead = store.dead_deliveries(&question).await?;
    if dry_run {
        return Ok(dead.len() as u64);
    }
    let mut revived = 0;
    for some in dead.chunks(AT_ONCE) {
        revived += store.revive(some, switchyard.now()).await?;
    }
    switchyard.wake();
    Ok(revived)
}
