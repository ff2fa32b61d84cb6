//! The worker: claims what is due, sends it, and records what became of it. One lane per destination, so that one that
//! hangs costs only itself.

mod credential;
mod health;
mod lane;
mod mapping;
pub(crate) mod masking;
mod rescue;
mod sending;
mod verdict;

use std::{
    collections::{HashMap, HashSet},
    num::NonZeroU32,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use domain::DestinationId;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use store::StoreError;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::Switchyard;
use lane::Progress;
pub(crate) use mapping::{context_of, erased_person, map_due, map_event, order_key, repeated_order};
pub(crate) use sending::asset_of;

/// How the worker works.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// The most events of one claim, and of one request where the destination takes so many.
    pub batch: usize,
    /// How long a call may take. Leases follow from it.
    pub call_timeout: Duration,
    /// Requests per second and destination, instead of what the destination's type says.
    pub requests_per_second: Option<u32>,
    /// How often the database is asked for what another process has stored.
    pub poll: Duration,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            batch: 2_000,
            call_timeout: Duration::from_secs(60),
            requests_per_second: None,
            poll: Duration::from_secs(1),
        }
    }
}

/// What lanes share.
struct Worker {
    switchyard: Switchyard,
    options: WorkerOptions,
    stop: CancellationToken,
    lanes: Mutex<HashMap<DestinationId, Arc<LaneState>>>,
}

/// What a lane remembers between its passes. It may be lost: the table has what must not be.
pub(crate) struct LaneState {
    limiter: DefaultDirectRateLimiter,
    /// Calls in a row that the destination could not take.
    failures: AtomicU32,
}

impl LaneState {
    fn failed(&self) -> u32 {
        self.failures.fetch_add(1, Ordering::Relaxed)
    }

    fn recovered(&self) {
        self.failures.store(0, Ordering::Relaxed);
    }
}

impl Worker {
    fn new(switchyard: Switchyard, options: WorkerOptions, stop: CancellationToken) -> Self {
        Self { switchyard, options, stop, lanes: Mutex::default() }
    }

    fn state(&self, id: DestinationId, requests_per_second: u32) -> Arc<LaneState> {
        let rate = self.options.requests_per_second.unwrap_or(requests_per_second);
        let rate = NonZeroU32::new(rate).unwrap_or(NonZeroU32::MIN);
        let make = || {
            let limiter = RateLimiter::direct(Quota::per_second(rate));
            Arc::new(LaneState { limiter, failures: AtomicU32::new(0) })
        };
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_insert_with(make).clone()
    }
}

/// Delivers until `stop`; then the running calls are finished, and what was not sent yet is released.
pub async fn run(switchyard: Switchyard, options: WorkerOptions, stop: CancellationToken) {
    let poll = options.poll;
    let worker = Arc::new(Worker::new(switchyard.clone(), options, stop.clone()));
    let mut tasks = JoinSet::new();
    let mut running: HashMap<tokio::task::Id, DestinationId> = HashMap::new();
    while !stop.is_cancelled() {
        if let Err(error) = start_lanes(&worker, &mut tasks, &mut running).await {
            tracing::error!(%error, "the worker can't ask for what is due; it goes on in a moment");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = switchyard.woken() => {}
            () = tokio::time::sleep(poll) => {}
            Some(ended) = tasks.join_next_with_id(), if !tasks.is_empty() => note_end(ended, &mut running),
        }
    }
    while let Some(ended) = tasks.join_next_with_id().await {
        note_end(ended, &mut running);
    }
}

async fn start_lanes(
    worker: &Arc<Worker>,
    tasks: &mut JoinSet<()>,
    running: &mut HashMap<tokio::task::Id, DestinationId>,
) -> Result<(), StoreError> {
    rescue::rescue(&worker.switchyard).await?;
    let busy: HashSet<DestinationId> = running.values().copied().collect();
    for id in worker.switchyard.store().due_lanes(worker.switchyard.now()).await? {
        if busy.contains(&id) {
            continue;
        }
        let worker = worker.clone();
        let task = tasks.spawn(async move {
            if let Err(error) = lane::drain(&worker, id).await {
                tracing::error!(destination.id = %id, %error, "a lane failed; its leases run out and are taken up again");
            }
        });
        running.insert(task.id(), id);
    }
    Ok(())
}

fn note_end(
    ended: Result<(tokio::task::Id, ()), tokio::task::JoinError>,
    running: &mut HashMap<tokio::task::Id, DestinationId>,
) {
    match ended {
        Ok((task, ())) => drop(running.remove(&task)),
        Err(error) => {
            let id = running.remove(&error.id());
            tracing::error!(destination.id = ?id, "a lane panicked; its leases run out and are taken up again");
        }
    }
}

/// Delivers all that is due now, and returns: for tests, which move the clock themselves.
///
/// # Errors
/// What the database says.
pub async fn run_until_idle(switchyard: &Switchyard, options: &WorkerOptions) -> Result<(), StoreError> {
    let worker = Worker::new(switchyard.clone(), options.clone(), CancellationToken::new());
    loop {
        rescue::rescue(switchyard).await?;
        let mut worked = false;
        for id in switchyard.store().due_lanes(switchyard.now()).await? {
            worked |= lane::drain(&worker, id).await? != Progress::Idle;
        }
        if !worked {
            return Ok(());
        }
    }
}
