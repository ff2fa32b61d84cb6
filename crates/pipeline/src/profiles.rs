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

/// How events are followed.
#[derive(Clone, Copy, Debug)]
pub struct FollowOptions {
    /// Events of one transaction. Ingestion waits for it, so it is short; under backlog there are many.
    pub at_once: i64,
    /// If more than so many wait, every other transaction takes the newest.
    pub ahead_over: i64,
}

impl Default for FollowOptions {
    fn default() -> Self {
        Self { at_once: 500, ahead_over: 2_000 }
    }
}

/// How often the database is asked for what another process has stored.
const POLL: Duration = Duration::from_secs(1);
/// The pause after a failure of the database.
const AFTER_FAILURE: Duration = Duration::from_secs(2);

/// Follows the events and keeps audiences up, until `stop`.
pub async fn run(switchyard: Switchyard, stop: CancellationToken) {
    switchyard.now_follows();
    tokio::join!(follow(&switchyard, &stop), keep_up(&switchyard, &stop), plan(&switchyard, &stop));
}

async fn follow(switchyard: &Switchyard, stop: &CancellationToken) {
    let mut ahead = false;
    while !stop.is_cancelled() {
        ahead = !ahead;
        let wait = match reading::follow_some(switchyard, FollowOptions::default(), ahead).await {
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
        let done = upkeep::round(switchyard, stop).await;
        rest(done, "audiences can't be kept up; it goes on in a moment", stop).await;
    }
}

/// Beside the upkeep: who came in goes to destinations also while large audiences are worked out.
async fn plan(switchyard: &Switchyard, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        let done = wanted::plan(switchyard, stop).await;
        rest(done, "what destinations should hold can't be worked out; it goes on in a moment", stop).await;
    }
}

async fn rest(done: Result<(), StoreError>, failure: &'static str, stop: &CancellationToken) {
    let wait = match done {
        Ok(()) => POLL,
        Err(error) => {
            tracing::error!(%error, "{failure}");
            AFTER_FAILURE
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(wait) => {}
    }
}

/// Does all that is to be done now, and returns: for tests, which move the clock themselves.
///
/// # Errors
/// What the database says.
pub async fn run_until_idle(switchyard: &Switchyard) -> Result<(), StoreError> {
    run_until_idle_by(switchyard, FollowOptions::default()).await
}

/// As [`run_until_idle`], in portions of another size.
///
/// # Errors
/// What the database says.
pub async fn run_until_idle_by(switchyard: &Switchyard, options: FollowOptions) -> Result<(), StoreError> {
    follow_until_idle(switchyard, options).await?;
    let stop = CancellationToken::new();
    upkeep::round(switchyard, &stop).await?;
    wanted::plan(switchyard, &stop).await
}

/// Follows what has arrived, and nothing else: for tests of what happens in between.
///
/// # Errors
/// What the database says.
pub async fn follow_until_idle(switchyard: &Switchyard, options: FollowOptions) -> Result<(), StoreError> {
    let mut ahead = true;
    while reading::follow_some(switchyard, options, ahead).await? {
        ahead = !ahead;
    }
    Ok(())
}
