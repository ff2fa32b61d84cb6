//! What has to happen without an event: windows of time move, changed audiences are worked out, people are erased.

use domain::AudienceId;
use store::StoreError;
use tokio_util::sync::CancellationToken;

use super::suppressed;
use crate::Switchyard;

/// People of one transaction: ingestion goes on between them.
const PEOPLE_AT_ONCE: usize = 1_000;

/// One round of everything.
pub(super) async fn round(switchyard: &Switchyard, stop: &CancellationToken) -> Result<(), StoreError> {
    let erased = switchyard.store().erase_due(switchyard.now()).await?;
    if erased > 0 {
        tracing::info!(erased, "people were erased");
    }
    move_windows(switchyard).await?;
    for audience in switchyard.store().audiences_to_settle().await? {
        settle(switchyard, audience, stop).await?;
    }
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

/// Works an audience out for everybody: beside the writer first, then each change is asked for again and noted, and in the end it
/// is the turn of all of them in one short transaction. What stops in between is done anew, which changes nothing twice.
async fn evaluate(switchyard: &Switchyard, audience: AudienceId, stop: &CancellationToken) -> Result<(), StoreError> {
    let store = switchyard.store();
    let Some(whole) = store.whole_evaluation(audience, switchyard.now()).await? else { return Ok(()) };
    let total = whole.people.len();
    let mut done = 0;
    for some in whole.people.chunks(PEOPLE_AT_ONCE) {
        if stop.is_cancelled() {
            return Ok(());
        }
        done += some.len();
        store.evaluate_people(audience, some, Some((done, total)), switchyard.now()).await?;
    }
    // Changed once more in between, it is worked out anew in the next round.
    if store.finish_evaluation(&whole, switchyard.now()).await? {
        settle(switchyard, audience, stop).await?;
    }
    Ok(())
}

/// Everybody sees who came and went; now each of them is told of.
async fn settle(switchyard: &Switchyard, audience: AudienceId, stop: &CancellationToken) -> Result<(), StoreError> {
    let store = switchyard.store();
    while !stop.is_cancelled() && store.settle_some(audience, PEOPLE_AT_ONCE, switchyard.now()).await? {}
    Ok(())
}
