//! Takes up what a crashed or vanished worker held.

use std::collections::HashMap;

use domain::{DestinationId, decide::Outcome};
use store::{Move, StoreError};

use super::sending::settle;
use crate::Switchyard;

/// Counts a crash for each delivery whose lease ran out, and puts it back in the queue or sets it aside.
pub(super) async fn rescue(switchyard: &Switchyard) -> Result<(), StoreError> {
    let now = switchyard.now();
    let mut by_destination: HashMap<DestinationId, Vec<Move>> = HashMap::new();
    for claimed in switchyard.store().expired_leases(now).await? {
        let destination = claimed.destination;
        let step = settle(&claimed, Outcome::Crashed, now, switchyard.dice());
        by_destination.entry(destination).or_default().push(step);
    }
    for (destination, moves) in by_destination {
        tracing::warn!(destination.id = %destination, deliveries = moves.len(), "taking up what a stopped worker held");
        switchyard.store().finish(destination, None, &moves, now).await?;
    }
    Ok(())
}
