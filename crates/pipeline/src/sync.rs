//! Audiences into lists at destinations: the difference of wanted and synced state, sent beside the worker. One lane per
//! audience and destination; whatever is stopped anywhere goes on where it was, and sending twice does no harm.

mod calls;
mod lane;
mod lists;
mod page;
mod sending;
mod settings;
mod state;

use std::{
    collections::{HashMap, HashSet},
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::{AudienceId, DestinationId, time::SECOND};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use store::StoreError;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::Switchyard;

/// How long a lane is held without a sign of life. A call ends before it (its time limit is in `snapchat`), so that a request
/// of a process that was killed is over when the next one begins.
const LEASE: i64 = 30 * SECOND;
/// A lane is renewed before a call if less than this is left of its lease.
const CALL: i64 = 25 * SECOND;
/// Lanes that are sent to at the same time.
const LANES: usize = 8;

/// An audience at a destination.
type Link = (AudienceId, DestinationId);

/// How the sync works.
#[derive(Clone, Debug)]
pub struct SyncOptions {
    /// Identifiers in one request, instead of what the destination's type says.
    pub per_call: Option<usize>,
    /// Requests per second and destination, instead of what the destination's type says.
    pub requests_per_second: Option<u32>,
    /// The pause between two runs of a lane, in milliseconds: what comes in meanwhile goes together.
    pub gap: i64,
    /// How often the database is asked for what is due.
    pub poll: Duration,
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self { per_call: None, requests_per_second: None, gap: 5 * SECOND, poll: Duration::from_secs(1) }
    }
}

/// What lanes share.
struct Sync {
    switchyard: Switchyard,
    options: SyncOptions,
    stop: CancellationToken,
    limiters: Mutex<HashMap<DestinationId, Arc<DefaultDirectRateLimiter>>>,
}

impl Sync {
    fn new(switchyard: Switchyard, options: SyncOptions, stop: CancellationToken) -> Self {
        Self { switchyard, options, stop, limiters: Mutex::default() }
    }

    /// All lanes of a destination call with one token.
    fn limiter(&self, id: DestinationId, requests_per_second: u32) -> Arc<DefaultDirectRateLimiter> {
        let rate = self.options.requests_per_second.unwrap_or(requests_per_second);
        let rate = NonZeroU32::new(rate).unwrap_or(NonZeroU32::MIN);
        let mut limiters = self.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        limiters.entry(id).or_insert_with(|| Arc::new(RateLimiter::direct(Quota::per_second(rate)))).clone()
    }
}

/// Sends until `stop`; then the calls under way are finished.
pub async fn run(switchyard: Switchyard, options: SyncOptions, stop: CancellationToken) {
    let sync = Arc::new(Sync::new(switchyard, options, stop.clone()));
    let mut tasks = JoinSet::new();
    let mut running: HashMap<tokio::task::Id, Link> = HashMap::new();
    while !stop.is_cancelled() {
        if let Err(error) = start_lanes(&sync, &mut tasks, &mut running).await {
            tracing::error!(%error, "the audience sync can't ask for what is due; it goes on in a moment");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(sync.options.poll) => {}
            Some(ended) = tasks.join_next_with_id(), if !tasks.is_empty() => note_end(ended, &mut running),
        }
    }
    while let Some(ended) = tasks.join_next_with_id().await {
        note_end(ended, &mut running);
    }
}

async fn start_lanes(
    sync: &Arc<Sync>,
    tasks: &mut JoinSet<()>,
    running: &mut HashMap<tokio::task::Id, Link>,
) -> Result<(), StoreError> {
    let busy: HashSet<Link> = running.values().copied().collect();
    let due = sync.switchyard.store().sync_due(sync.switchyard.now()).await?;
    let free = LANES.saturating_sub(busy.len());
    for link in due.into_iter().filter(|link| !busy.contains(link)).take(free) {
        let sync = sync.clone();
        let task = tasks.spawn(async move {
            if let Err(error) = lane::pass(&sync, link).await {
                let (audience, destination) = link;
                tracing::error!(audience.id = %audience, destination.id = %destination, %error, "an audience could not be synced; its lane is taken up again");
            }
        });
        running.insert(task.id(), link);
    }
    Ok(())
}

fn note_end(
    ended: Result<(tokio::task::Id, ()), tokio::task::JoinError>,
    running: &mut HashMap<tokio::task::Id, Link>,
) {
    match ended {
        Ok((task, ())) => drop(running.remove(&task)),
        Err(error) => {
            let link = running.remove(&error.id());
            tracing::error!(?link, "the sync of an audience panicked; its lane is taken up again");
        }
    }
}

/// Sends all that is due now, and returns: for tests, which move the clock themselves.
///
/// # Errors
/// What the database says.
pub async fn run_until_idle(switchyard: &Switchyard, options: &SyncOptions) -> Result<(), StoreError> {
    let sync = Sync::new(switchyard.clone(), options.clone(), CancellationToken::new());
    loop {
        let mut worked = false;
        for link in switchyard.store().sync_due(switchyard.now()).await? {
            worked |= lane::pass(&sync, link).await?;
        }
        if !worked {
            return Ok(());
        }
    }
}
