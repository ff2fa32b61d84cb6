//! The group-commit writer: it takes what waits, commits it in one transaction, and answers everybody.
//! There is no linger timer: while one group is being synced the next one gathers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use store::{Ingested, NewRejection, PreparedEvent, StoreError};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};

use crate::Switchyard;

/// The rows of one group, unless a single request has more.
const GROUP_ROWS: usize = 2_000;
/// The bytes of one group, unless a single request has more.
const GROUP_BYTES: usize = 2 * 1024 * 1024;

/// Why a request was not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Too much waits already.
    Full,
    /// The database refused or failed.
    Failed,
}

struct Job {
    events: Vec<PreparedEvent>,
    rejected: Vec<NewRejection>,
    bytes: usize,
    reply: Option<oneshot::Sender<Result<Ingested, Refusal>>>,
}

/// The way to the writer.
pub(super) struct Writer {
    jobs: mpsc::UnboundedSender<Job>,
    /// Bytes that wait: what bounds the queue.
    queued: Arc<AtomicUsize>,
    limit: usize,
}

impl Writer {
    /// Starts the writer. The flag tells that there were commits. It has a thread of its own: as a task among those that read
    /// bodies it would wait for its turn after each statement, while nobody commits.
    ///
    /// # Panics
    /// If the system has no more threads.
    pub(super) fn start(switchyard: Switchyard, limit: usize) -> (Self, Arc<AtomicBool>) {
        let (jobs, waiting) = mpsc::unbounded_channel();
        let queued = Arc::new(AtomicUsize::new(0));
        let commits = Arc::new(AtomicBool::new(false));
        let (runtime, writing) = (Handle::current(), run(switchyard, waiting, queued.clone(), commits.clone()));
        let thread = thread::Builder::new().name("ingest-writer".into());
        thread.spawn(move || runtime.block_on(writing)).expect("a thread for the writer");
        (Self { jobs, queued, limit }, commits)
    }

    /// Stores the events; once this was polled the first time it happens whether anybody waits for the answer or not.
    pub(super) async fn store(&self, events: Vec<PreparedEvent>) -> Result<Ingested, Refusal> {
        let bytes = events.iter().map(PreparedEvent::bytes).sum();
        let (reply, answer) = oneshot::channel();
        self.send(Job { events, rejected: Vec::new(), bytes, reply: Some(reply) })?;
        answer.await.unwrap_or(Err(Refusal::Failed))
    }

    /// Stores rejections with the next group. Nobody waits for it.
    pub(super) fn keep(&self, rejected: Vec<NewRejection>) {
        if rejected.is_empty() {
            return;
        }
        let bytes = rejected.iter().map(|r| size_of::<NewRejection>() + r.excerpt.len() + r.reason.message.len()).sum();
        if self.send(Job { events: Vec::new(), rejected, bytes, reply: None }).is_err() {
            tracing::debug!("rejections were left out: too much waits for the writer");
        }
    }

    fn send(&self, job: Job) -> Result<(), Refusal> {
        let bytes = job.bytes;
        // One request always fits into an empty queue, however small the limit is.
        let before = self.queued.fetch_add(bytes, Ordering::AcqRel);
        if before > 0 && before + bytes > self.limit {
            self.queued.fetch_sub(bytes, Ordering::AcqRel);
            return Err(Refusal::Full);
        }
        self.jobs.send(job).map_err(|_| Refusal::Failed)
    }
}

async fn run(
    switchyard: Switchyard,
    mut waiting: mpsc::UnboundedReceiver<Job>,
    queued: Arc<AtomicUsize>,
    commits: Arc<AtomicBool>,
) {
    let mut held = None;
    loop {
        let first = match held.take() {
            Some(job) => job,
            None => match waiting.recv().await {
                Some(job) => job,
                None => return,
            },
        };
        let (group, next) = gather(first, &mut waiting);
        held = next;
        let bytes: usize = group.iter().map(|job| job.bytes).sum();
        commit(&switchyard, group).await;
        queued.fetch_sub(bytes, Ordering::AcqRel);
        commits.store(true, Ordering::Relaxed);
    }
}

/// What waits already, up to the limits of a group; the job that would break them comes first in the next one.
fn gather(first: Job, waiting: &mut mpsc::UnboundedReceiver<Job>) -> (Vec<Job>, Option<Job>) {
    let (mut rows, mut bytes) = (first.events.len(), first.bytes);
    let mut group = vec![first];
    while let Ok(job) = waiting.try_recv() {
        if rows + job.events.len() > GROUP_ROWS || bytes + job.bytes > GROUP_BYTES {
            return (group, Some(job));
        }
        rows += job.events.len();
        bytes += job.bytes;
        group.push(job);
    }
    (group, None)
}

async fn commit(switchyard: &Switchyard, group: Vec<Job>) {
    let (mut requests, mut replies, mut rejected) = (Vec::new(), Vec::new(), Vec::new());
    for job in group {
        rejected.extend(job.rejected);
        if let Some(reply) = job.reply {
            requests.push(job.events);
            replies.push(reply);
        }
    }
    let results = switchyard.store().ingest(&requests, &rejected, switchyard.now()).await;
    log_failure(&results);
    let mut accepted = 0;
    for (reply, result) in replies.into_iter().zip(results) {
        let result = result.map_err(|_| Refusal::Failed);
        accepted += result.map_or(0, |ingested| ingested.accepted);
        // A client that hung up is no failure: its events are stored.
        let _ = reply.send(result);
    }
    if accepted > 0 {
        metrics::counter!("switchyard_events_accepted_total").increment(accepted as u64);
        switchyard.wake();
    }
}

fn log_failure(results: &[Result<Ingested, StoreError>]) {
    let failed = results.iter().filter(|result| result.is_err()).count();
    if let Some(Err(error)) = results.iter().find(|result| result.is_err()) {
        tracing::error!(%error, requests = failed, "events could not be stored; their senders were told to try again");
    }
}
