//! Forgets what has served its time, beside everything else.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::Switchyard;

/// How often there is something to forget.
const EVERY: Duration = Duration::from_secs(10 * 60);
/// The pause between two portions, for ingestion to go first.
const BREATH: Duration = Duration::from_millis(50);

/// Forgets a portion at a time until `stop`.
pub async fn run(switchyard: Switchyard, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let more = match switchyard.store().forget_some(switchyard.now()).await {
            Ok(more) => more,
            Err(error) => {
                tracing::warn!(%error, "old rows can't be deleted; tried again later");
                false
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(if more { BREATH } else { EVERY }) => {}
        }
    }
}
