//! What has to happen without an event: windows of time move, changed audiences are worked out, people are erased.

use store::StoreError;
use tokio_util::sync::CancellationToken;

use super::suppressed;
use crate::Switchyard;

/// People of one transaction.
const PEOPLE_AT_ONCE: usize = 1_000;
/// Changes that become visible at once; more come in portions, for ingestion to go on between them.
const CHANGES_AT_ONCE: usize = 20_000;

/// One round of everything.
pub(super) async fn round(switchyard: &Switchyard, stop: &CancellationToken) -> Result<(), StoreError> {
    let erased = switchyard.store().erase_due(switchyard.now()).await?;
    if erased > 0 {
        tracing::info!(erased, "people were erased");
    }
    switchyard.store().forget_erased_digests().await?;
    move_windows(switchyard).await?;
    for audience in switchyard.store().audiences_to_evaluate().await? {
        if stop.is_cancelled() {
            return Ok(());
        }
        evaluate(switchyard, audience, stop).await?;
        // The next one may take a while.
        move_windows(switchyard).await?;
    }
    suppressed::clean_log(switchyard).await
}

/// Asks again for everybody who has an event that left a window.
async fn move_windows(switchyard: &Switchyard) -> Result<(), StoreError> {
    let store = switchyard.store();
    let now = switchyard.now();
    let (from, changes) = store.window_changes(now).await?;
    for (audience, people) in changes {
        for some in people.chunks(PEOPLE_AT_ONCE) {
            store.evaluate_people(audience, some, None, now).await?;
        }
    }
    store.windows_moved(from, now).await
}

/// Works an audience out for everybody: beside the writer first, then each change in the transaction that makes it.
/// What stops in between is done anew, which changes nothing twice.
async fn evaluate(
    switchyard: &Switchyard,
    audience: domain::AudienceId,
    stop: &CancellationToken,
) -> Result<(), StoreError> {
    let store = switchyard.store();
    let Some(whole) = store.whole_evaluation(audience, switchyard.now()).await? else { return Ok(()) };
    let total = whole.people.len();
    let portion = if total <= CHANGES_AT_ONCE { CHANGES_AT_ONCE } else { PEOPLE_AT_ONCE };
    let mut done = 0;
    for some in whole.people.chunks(portion) {
        if stop.is_cancelled() {
            return Ok(());
        }
        done += some.len();
        store.evaluate_people(audience, some, Some((done, total)), switchyard.now()).await?;
    }
    store.finish_evaluation(&whole, switchyard.now()).await
}
