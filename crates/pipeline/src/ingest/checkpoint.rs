//! Checkpoints beside the writer: a commit only has to append to the write-ahead log.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use store::Store;
use tokio_util::sync::CancellationToken;

/// How often commits are moved into the database file.
const EVERY: Duration = Duration::from_millis(500);

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
            && let Err(error) = store.checkpoint().await
        {
            tracing::warn!(%error, "a checkpoint failed; the next one takes its work on");
        }
    }
}
