//! One destination's lane: claim, map, send, again, until nothing is due.

use std::sync::{Arc, atomic::Ordering};

use domain::{DestinationId, Timestamp, destination::Destination};
use store::{Claimed, Lane, Pick, StoreError};

use super::{Worker, credential, health::PROBE, mapping, sending};

/// What a pass came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Nothing could be claimed.
    Idle,
    /// Something was moved; there may be more.
    Worked,
    /// Something was moved, and the destination wants to be left alone for now.
    Halted,
}

/// Deliveries in a claim of those that were held when a worker crashed.
const SUSPECTS: i64 = 40;

/// Works until nothing is due, the destination halts, or the worker stops.
pub(super) async fn drain(worker: &Worker, id: DestinationId) -> Result<Progress, StoreError> {
    let mut progress = Progress::Idle;
    while !worker.stop.is_cancelled() {
        match pass(worker, id).await? {
            Progress::Idle => return Ok(progress),
            Progress::Worked => progress = Progress::Worked,
            Progress::Halted => return Ok(Progress::Halted),
        }
    }
    Ok(progress)
}

/// The configuration is read anew each time: a change holds from the next claim on.
async fn pass(worker: &Worker, id: DestinationId) -> Result<Progress, StoreError> {
    let switchyard = &worker.switchyard;
    let Some(lane) = switchyard.store().lane(id).await?.filter(|lane| lane.open) else { return Ok(Progress::Idle) };
    let Some(destination) = switchyard.destination_type(&lane.kind).cloned() else { return Ok(Progress::Idle) };
    let Some(credential) = credential::find(switchyard, &lane).await? else { return Ok(Progress::Idle) };
    let state = worker.state(id, destination.spec().requests_per_second);
    let probing = !lane.healthy || state.failures.load(Ordering::Relaxed) > 0;
    let limit = claim_limit(worker, &lane, &*destination, probing);
    let now = switchyard.now();
    let claimed = claim(worker, id, limit, now).await?;
    if claimed.is_empty() {
        return Ok(Progress::Idle);
    }
    let lane = Arc::new(lane);
    let batch = mapping::map(switchyard, &destination, &lane, claimed).await?;
    sending::send(worker, &lane, &*destination, &state, credential, batch).await
}

fn claim_limit(worker: &Worker, lane: &Lane, destination: &dyn Destination, probing: bool) -> usize {
    let limit = worker.options.batch.min(destination.spec().events_per_call);
    let limit = lane.batch_limit.map_or(limit, |learnt| limit.min(learnt));
    if probing { limit.min(PROBE) } else { limit }.max(1)
}

async fn claim(worker: &Worker, id: DestinationId, limit: usize, now: Timestamp) -> Result<Vec<Claimed>, StoreError> {
    let store = worker.switchyard.store();
    let lease_until = now.plus(sending::lease(worker));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    for (pick, limit) in [(Pick::Healthy, limit), (Pick::Suspect, limit.min(SUSPECTS)), (Pick::Alone, 1)] {
        let claimed = store.claim(id, pick, limit, now, lease_until).await?;
        if !claimed.is_empty() {
            return Ok(claimed);
        }
    }
    Ok(Vec::new())
}
