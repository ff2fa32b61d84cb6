//! Ingestion: from a body to durable events. Everything but the framing of HTTP is here.

mod answer;
mod bucket;
pub(crate) mod prepare;
mod received;
mod sources;
mod writer;

use std::{net::IpAddr, sync::Arc};

use bytes::Bytes;
pub use domain::reading::Call;
use domain::reading::{self, Arrival, BATCH_EVENTS_MAX, Envelope};
use store::NewRejection;

pub use answer::IngestAnswer;
use prepare::Prepared;
pub(crate) use received::Received;
use sources::{Gate, Sources};
use writer::{Refusal, Writer};

use crate::Switchyard;

/// From this size on a body is read beside the threads that serve connections.
const LARGE_BODY: usize = 128 * 1024;
/// How long a client should wait when nothing can be stored just now, in seconds.
const RETRY_AFTER_UNAVAILABLE: u64 = 2;

/// Limits of ingestion beside those of the contract.
#[derive(Clone, Copy, Debug)]
pub struct IngestLimits {
    /// Events per second and source; a second's worth (at least one batch) may come at once.
    pub events_per_second: u32,
    /// Bytes that may wait for the writer before requests are answered 503.
    pub queued_bytes: usize,
}

impl Default for IngestLimits {
    fn default() -> Self {
        Self { events_per_second: 20_000, queued_bytes: 64 * 1024 * 1024 }
    }
}

/// Who sent a request.
#[derive(Clone, Debug)]
pub struct PeerInfo {
    /// The address.
    pub ip: IpAddr,
    /// The header `User-Agent`.
    pub user_agent: Option<String>,
    /// Whether it has the header `Origin`: a page's script sent it.
    pub from_browser: bool,
}

/// Takes events. Cheap to clone; the writer ends when the last clone is gone.
#[derive(Clone)]
pub struct Ingest {
    inner: Arc<Inner>,
}

struct Inner {
    switchyard: Switchyard,
    sources: Sources,
    writer: Writer,
}

impl Ingest {
    /// Starts the writer.
    #[must_use]
    pub fn start(switchyard: &Switchyard, limits: IngestLimits) -> Self {
        let writer = Writer::start(switchyard.clone(), limits.queued_bytes);
        let sources = Sources::new(limits.events_per_second.max(1), BATCH_EVENTS_MAX);
        Self { inner: Arc::new(Inner { switchyard: switchyard.clone(), sources, writer }) }
    }

    /// Whether events can be stored just now.
    pub async fn is_ready(&self) -> bool {
        self.inner.switchyard.store().try_write().await.is_ok()
    }

    /// Takes a decompressed body. The answer 200 means that the events are durable; dropping the future changes nothing
    /// about what was handed to the writer.
    pub async fn accept(&self, write_key: Option<&str>, call: Call, body: Bytes, peer: PeerInfo) -> IngestAnswer {
        let answer = self.take(write_key, call, body, peer).await.unwrap_or_else(|refusal| refusal);
        metrics::counter!("switchyard_ingest_requests_total", "status" => answer.status_label()).increment(1);
        answer
    }

    async fn take(
        &self,
        write_key: Option<&str>,
        call: Call,
        body: Bytes,
        peer: PeerInfo,
    ) -> Result<IngestAnswer, IngestAnswer> {
        let arrival = Arrival {
            received_at: self.inner.switchyard.now(),
            ip: Some(peer.ip.to_string()),
            user_agent: peer.user_agent,
            from_browser: peer.from_browser,
        };
        // With a key in the header nothing is read for strangers.
        let known = match write_key {
            Some(key) => Some(self.gate(key).await?),
            None => None,
        };
        let (gate, prepared) = if body.len() < LARGE_BODY {
            let envelope = self.open(known.as_deref(), call, &body)?;
            let gate = self.gate_of(known.clone(), &envelope).await?;
            let wanted = || gate.take_sample(arrival.received_at);
            let keys = self.inner.switchyard.store().keys();
            let prepared = prepare::prepare(gate.source, call, &envelope, &arrival, keys, wanted);
            (gate, prepared)
        } else {
            let gate = self.gate_of(known.clone(), &self.open(known.as_deref(), call, &body)?).await?;
            let prepared = self.prepare_beside(gate.clone(), call, body, arrival).await?;
            (gate, prepared)
        };
        self.store(&gate, call, prepared).await
    }

    /// Opens a body. One that can't be read is told in the debugger, too, where its source is known.
    fn open<'b>(&self, known: Option<&Gate>, call: Call, body: &'b [u8]) -> Result<Envelope<'b>, IngestAnswer> {
        reading::open(call, body).map_err(|error| {
            if let Some(gate) = known {
                self.keep_rejections(gate, &[prepare::unreadable(&error, body)], self.inner.switchyard.now());
            }
            answer::unreadable(&error)
        })
    }

    /// The source that is known already, or whose key stands in the body.
    async fn gate_of(&self, known: Option<Arc<Gate>>, envelope: &Envelope<'_>) -> Result<Arc<Gate>, IngestAnswer> {
        match known {
            Some(gate) => Ok(gate),
            None => self.gate(envelope.write_key.as_deref().unwrap_or_default()).await,
        }
    }

    /// Reads a body that keeps a core busy for a while.
    async fn prepare_beside(
        &self,
        gate: Arc<Gate>,
        call: Call,
        body: Bytes,
        arrival: Arrival,
    ) -> Result<Prepared, IngestAnswer> {
        let keys = self.inner.switchyard.store().keys().clone();
        let reading = move || {
            let wanted = || gate.take_sample(arrival.received_at);
            let envelope = reading::open(call, &body).map_err(|error| answer::unreadable(&error))?;
            Ok(prepare::prepare(gate.source, call, &envelope, &arrival, &keys, wanted))
        };
        tokio::task::spawn_blocking(reading).await.unwrap_or_else(|error| {
            tracing::error!(%error, "reading a body failed");
            Err(answer::unavailable(RETRY_AFTER_UNAVAILABLE))
        })
    }

    async fn gate(&self, write_key: &str) -> Result<Arc<Gate>, IngestAnswer> {
        match self.inner.sources.find(&self.inner.switchyard, write_key).await {
            Ok(Some(gate)) => Ok(gate),
            Ok(None) => Err(answer::unauthorized()),
            Err(error) => {
                tracing::error!(%error, "a write key can't be looked up");
                Err(answer::unavailable(RETRY_AFTER_UNAVAILABLE))
            }
        }
    }

    async fn store(&self, gate: &Gate, call: Call, prepared: Prepared) -> Result<IngestAnswer, IngestAnswer> {
        let now = self.inner.switchyard.now();
        let Prepared { events, rejected, samples } = prepared;
        self.inner.switchyard.received().keep(gate.source.id, samples);
        if let Err(wait) = gate.take_events(events.len() + rejected.len(), now) {
            return Err(answer::too_many(wait));
        }
        self.keep_rejections(gate, &rejected, now);
        if call != Call::Batch
            && let Some(rejected) = rejected.first()
        {
            return Err(answer::rejected(&rejected.rejection));
        }
        if events.is_empty() {
            return Ok(answer::stored(0, 0, &rejected));
        }
        match self.inner.writer.store(events).await {
            Ok(ingested) => Ok(answer::stored(ingested.accepted, ingested.duplicates, &rejected)),
            Err(Refusal::Full | Refusal::Failed) => Err(answer::unavailable(RETRY_AFTER_UNAVAILABLE)),
        }
    }

    /// Rejections are for the debugger: some of each second are enough, and nobody waits for them.
    fn keep_rejections(&self, gate: &Gate, rejected: &[prepare::Rejected], now: domain::Timestamp) {
        let kept = rejected.iter().take_while(|_| gate.take_rejection(now)).map(|rejected| NewRejection {
            source: gate.source.id,
            at: now,
            reason: domain::delivery::Reason::new(rejected.rejection.code, rejected.rejection.message.clone()),
            excerpt: rejected.excerpt.clone(),
        });
        self.inner.writer.keep(kept.collect());
    }
}
