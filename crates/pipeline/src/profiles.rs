//! People and audiences beside ingestion: events become people as they arrive, windows of time move, rules that were
//! changed are worked out, and what destinations should hold follows.

pub(crate) mod known;
mod person;
mod reading;
mod suppressed;
mod upkeep;
mod wanted;

use std::time::Duration;

use store::StoreError;
use tokio_util::sync::CancellationToken;

pub(crate) use known::Profile;
pub(crate) use suppressed::{ErasedPeople, Suppressed, erased_people};

use crate::Switchyard;

/// Events of one transaction. Ingestion waits for it, so it is short; under backlog there are many.
const EVENTS_AT_ONCE: i64 = 500;
/// How often the database is asked for what another process has stored.
const POLL: Duration = Duration::from_secs(1);
/// The pause after a failure of the database.
const AFTER_FAILURE: Duration = Duration::from_secs(2);

/// Follows the events and keeps audiences up, until `stop`.
pub async fn run(switchyard: Switchyard, stop: CancellationToken) {
    switchyard.now_follows();
    tokio::join!(follow(&switchyard, &stop), keep_up(&switchyard, &stop));
}

async fn follow(switchyard: &Switchyard, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        let wait = match reading::follow_some(switchyard, EVENTS_AT_ONCE).await {
            Ok(true) => continue,
            Ok(false) => POLL,
            Err(error) => {
                tracing::error!(%error, "events can't be followed; it goes on in a moment");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = switchyard.arrived() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

async fn keep_up(switchyard: &Switchyard, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        let wait = match upkeep::round(switchyard, stop).await {
            Ok(()) => POLL,
            Err(error) => {
                tracing::error!(%error, "audiences can't be kept up; it goes on in a moment");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Does all that is to be done now, and returns: for tests, which move the clock themselves.
///
/// # Errors
/// What the database says.
pub async fn run_until_idle(switchyard: &Switchyard) -> Result<(), StoreError> {
    while reading::follow_some(switchyard, EVENTS_AT_ONCE).await? {}
    upkeep::round(switchyard, &CancellationToken::new()).await
}
