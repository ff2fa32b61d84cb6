//! Checkpoints beside the writer: a commit only has to append to the write-ahead log.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use store::{Store, StoreError};
use tokio_util::sync::CancellationToken;

/// How often commits are moved into the database file.
const EVERY: Duration = Duration::from_millis(500);

/// A log of more pages begins anew: under load there is always a commit that came during a checkpoint, so that it would grow without
/// an end. Much less is cheaper, too: the file system has the blocks of what is written over.
const PAGES_MAX: i64 = 4_096;

/// Checkpoints while there were commits, until `stop`.
pub(super) async fn run(store: Store, commits: Arc<AtomicBool>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if commits.swap(false, Ordering::Relaxed)
            && let Err(error) = checkpoint(&store).await
        {
            tracing::warn!(%error, "a checkpoint failed; the next one takes its work on");
        }
    }
}

async fn checkpoint(store: &Store) -> Result<(), StoreError> {
    if store.checkpoint().await? > PAGES_MAX { store.begin_log_anew().await } else { Ok(()) }
}
