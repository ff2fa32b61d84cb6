//! One pass of a lane: the lists first, then removals before additions, then what the destination says of it all.

use std::sync::Arc;

use domain::{
    Timestamp,
    destination::{Destination, Secret},
    lists::{Break, ListError, ListLimits, break_after},
    time::HOUR,
};
use governor::DefaultDirectRateLimiter;
use store::{Left, StoreError, SyncLane};

use super::{LEASE, Link, Sync};

/// Why a pass ends before all is done.
pub(super) enum Halt {
    /// The database failed.
    Store(StoreError),
    /// The lane is another process's now.
    Lost,
    /// The process was asked to stop.
    Stopped,
    /// The destination, or a person, is needed.
    Break(Break),
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A lane that is held, and what the pass has learnt.
pub(super) struct Pass<'s> {
    pub sync: &'s Sync,
    pub lane: SyncLane,
    pub kind: Arc<dyn Destination>,
    pub limits: ListLimits,
    pub limiter: Arc<DefaultDirectRateLimiter>,
    /// The access token, once one was needed.
    pub token: Option<Secret>,
    /// Whether it was renewed in this pass: a second refusal means the login.
    pub renewed: bool,
    /// Until when the lane is held.
    pub held_until: Timestamp,
    /// Identifiers of the next request, and at most.
    pub limit: usize,
    pub limit_max: usize,
    /// Identifiers that were refused alone, one after the other.
    pub refused_alone: u32,
    /// Whether identifiers were sent.
    pub sent: bool,
}

/// Claims a lane and does what there is to do. Whether it was there to be claimed.
pub(super) async fn pass(sync: &Sync, link: Link) -> Result<bool, StoreError> {
    let store = sync.switchyard.store();
    let now = sync.switchyard.now();
    let held_until = now.plus(LEASE);
    let Some(lane) = store.sync_claim(link, now, held_until).await? else { return Ok(false) };
    let mut left = Left { pause: None, next_at: now, call_limit: lane.call_limit };
    let kind = sync.switchyard.destination_type(&lane.kind);
    let Some((kind, limits)) = kind.and_then(|kind| Some((kind.clone(), kind.lists()?.limits()))) else {
        left.next_at = now.plus(HOUR);
        store.sync_leave(&lane, &left, now).await?;
        return Ok(true);
    };
    let limit_max = sync.options.per_call.unwrap_or(limits.per_call).min(limits.per_call_max);
    let limit = lane.call_limit.unwrap_or(limit_max).clamp(1, limit_max.max(1));
    let limiter = sync.limiter(link.1, kind.spec().requests_per_second);
    let mut pass = Pass {
        sync,
        lane,
        kind,
        limits,
        limiter,
        token: None,
        renewed: false,
        held_until,
        limit,
        limit_max: limit,
        refused_alone: 0,
        sent: false,
    };
    let ended = pass.run().await;
    let now = sync.switchyard.now();
    match ended {
        Ok(()) => left.next_at = if pass.sent { now.plus(sync.options.gap) } else { now },
        Err(Halt::Stopped) => left.next_at = now,
        Err(Halt::Break(pause)) => {
            tracing::warn!(audience.id = %link.0, destination.id = %link.1, health = pause.health.as_str(), "the sync of an audience breaks off: {}", pause.reason);
            left.pause = Some(pause);
        }
        Err(Halt::Lost) => return Ok(true),
        Err(Halt::Store(error)) => return Err(error),
    }
    if pass.limit_max < limit {
        left.call_limit = Some(pass.limit_max);
    }
    store.sync_leave(&pass.lane, &left, now).await?;
    Ok(true)
}

impl Pass<'_> {
    async fn run(&mut self) -> Result<(), Halt> {
        self.ready_lists().await?;
        self.send_all().await?;
        self.ask_for_sizes().await
    }

    pub(super) fn now(&self) -> Timestamp {
        self.sync.switchyard.now()
    }

    /// What a failure of the destination means for the lane.
    pub(super) fn halt(&self, error: &ListError) -> Halt {
        let dice = self.sync.switchyard.dice();
        Halt::Break(break_after(error, self.lane.failures, self.now(), dice))
    }

    /// Keeps the lane for the time of another call; notes until when.
    pub(super) fn keep(&mut self) -> Timestamp {
        self.held_until = self.now().plus(LEASE);
        self.held_until
    }
}
