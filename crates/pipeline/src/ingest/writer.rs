//! The group-commit writer: it takes what waits, commits it in one transaction, and answers everybody once it is durable.
//! While one group is being stored the next one is written out, and while one is being synced the next one gathers, and is stored already
//! if it is large. Only where many send at the same time does a group wait for more.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use store::{IngestGroup, Ingested, NewRejection, PreparedEvent, StoreError};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};

use crate::Switchyard;

/// The rows of one group, unless a single request has more.
const GROUP_ROWS: usize = 2_000;
/// The bytes of one group, unless a single request has more.
const GROUP_BYTES: usize = 2 * 1024 * 1024;

/// The rows of a group that is worth being written while the one before is synced: a group costs by itself as much as some twenty
/// rows, so that smaller ones would take longer together than the sync does.
const ENOUGH_ROWS: usize = 500;

/// The rows that a sync leaves waiting where many send at the same time, and how far apart groups begin then: so that they are larger, and
/// fewer. A sender that waits for its answers, one after the other, is never held up.
const MANY_ROWS: usize = 4;
const PACE: Duration = Duration::from_micros(1_500);

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
    /// Starts the writer. It has a thread of its own: as a task among those that read
    /// bodies it would wait for its turn after each statement, while nobody commits.
    ///
    /// # Panics
    /// If the system has no more threads.
    pub(super) fn start(switchyard: Switchyard, limit: usize) -> Self {
        let (jobs, waiting) = mpsc::unbounded_channel();
        let queued = Arc::new(AtomicUsize::new(0));
        let (runtime, writing) = (Handle::current(), run(switchyard, waiting, queued.clone()));
        let thread = thread::Builder::new().name("ingest-writer".into());
        let writing = move || {
            store::go_first();
            runtime.block_on(writing);
        };
        thread.spawn(writing).expect("a thread for the writer");
        Self { jobs, queued, limit }
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

async fn run(switchyard: Switchyard, mut waiting: mpsc::UnboundedReceiver<Job>, queued: Arc<AtomicUsize>) {
    let mut group = Group::default();
    let mut syncing: Option<oneshot::Receiver<()>> = None;
    let mut began = Instant::now();
    loop {
        if group.gather(&mut waiting) < ENOUGH_ROWS
            && let Some(synced) = syncing.take()
        {
            // Never an error: the sync answers or is given up with the process.
            let _ = synced.await;
            if group.gather(&mut waiting) >= MANY_ROWS {
                // The thread has nothing else to do.
                thread::sleep(PACE.saturating_sub(began.elapsed()));
                group.gather(&mut waiting);
            }
        }
        if group.jobs == 0 {
            match waiting.recv().await {
                Some(job) => group.add(job),
                None => return,
            }
            group.gather(&mut waiting);
        }
        let whole = group.take();
        let bytes = whole.bytes;
        began = Instant::now();
        let mut storing = pin!(store(&switchyard, whole));
        syncing = tokio::select! {
            biased;
            stored = &mut storing => Some(stored),
            () = group.gather_many(&mut waiting) => Some(storing.await),
        };
        queued.fetch_sub(bytes, Ordering::AcqRel);
    }
}

/// What is committed together.
#[derive(Default)]
struct Group {
    events: IngestGroup,
    replies: Vec<oneshot::Sender<Result<Ingested, Refusal>>>,
    jobs: usize,
    bytes: usize,
    /// The job that would have broken the limits.
    next: Option<Job>,
}

impl Group {
    /// Adds what waits already, up to the limits of a group; the number of its rows then.
    fn gather(&mut self, waiting: &mut mpsc::UnboundedReceiver<Job>) -> usize {
        while self.next.is_none()
            && let Ok(job) = waiting.try_recv()
        {
            self.add_if_it_fits(job);
        }
        self.events.rows()
    }

    /// Adds what waits already and, if that is much, what comes until the group is whole.
    async fn gather_many(&mut self, waiting: &mut mpsc::UnboundedReceiver<Job>) {
        while self.gather(waiting) >= ENOUGH_ROWS
            && self.next.is_none()
            && let Some(job) = waiting.recv().await
        {
            self.add_if_it_fits(job);
        }
    }

    fn add_if_it_fits(&mut self, job: Job) {
        let fits = self.events.rows() + job.events.len() <= GROUP_ROWS && self.bytes + job.bytes <= GROUP_BYTES;
        if fits || self.jobs == 0 {
            self.add(job);
        } else {
            self.next = Some(job);
        }
    }

    fn add(&mut self, job: Job) {
        self.jobs += 1;
        self.bytes += job.bytes;
        self.events.reject(job.rejected);
        if let Some(reply) = job.reply {
            self.events.add(job.events);
            self.replies.push(reply);
        }
    }

    /// Takes out what was added; the job that did not fit is the first of the next group.
    fn take(&mut self) -> Self {
        let mut whole = std::mem::take(self);
        whole.next.take().into_iter().for_each(|job| self.add(job));
        whole
    }
}

/// Commits a group. Its senders are told, and then whoever waits for what is returned, once it is durable.
async fn store(switchyard: &Switchyard, group: Group) -> oneshot::Receiver<()> {
    let Group { mut events, replies, .. } = group;
    let results = switchyard.store().ingest(&mut events, switchyard.now()).await;
    log_failure(&results);
    let (synced, syncing) = oneshot::channel();
    let told = switchyard.clone();
    switchyard.store().when_durable(move |durable| {
        if let Err(error) = &durable {
            tracing::error!(%error, "events could not be made durable; their senders were told to try again");
        }
        let mut accepted = 0;
        for (reply, result) in replies.into_iter().zip(results) {
            let result = result.ok().filter(|_| durable.is_ok()).ok_or(Refusal::Failed);
            accepted += result.map_or(0, |ingested| ingested.accepted);
            // A client that hung up is no failure: its events are stored.
            let _ = reply.send(result);
        }
        if accepted > 0 {
            metrics::counter!("switchyard_events_accepted_total").increment(accepted as u64);
            told.wake();
        }
        let _ = synced.send(());
        drop(events);
    });
    if let Err(error) = switchyard.store().settle().await {
        tracing::warn!(%error, "what is written for many events at once was left for later");
    }
    syncing
}

fn log_failure(results: &[Result<Ingested, StoreError>]) {
    let failed = results.iter().filter(|result| result.is_err()).count();
    if let Some(Err(error)) = results.iter().find(|result| result.is_err()) {
        tracing::error!(%error, requests = failed, "events could not be stored; their senders were told to try again");
    }
}
