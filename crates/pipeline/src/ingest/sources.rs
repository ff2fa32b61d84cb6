//! Sources by write key, remembered for a moment, each with its rate.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{SourceId, Timestamp, time::SECOND};
use store::{IngestSource, StoreError};

use super::bucket::Bucket;
use crate::Switchyard;

/// How long a look-up is trusted: a disabled or rotated key stops working after this, in every process.
const TRUSTED: i64 = SECOND;
/// The keys that are remembered; unknown ones are forgotten first.
const REMEMBERED: usize = 10_000;
/// Rejections per second and source that are kept for the debugger.
const REJECTIONS_PER_SECOND: f64 = 10.0;
const REJECTIONS_BURST: f64 = 50.0;
/// Events per second and source that are kept as they came.
const SAMPLES_PER_SECOND: f64 = 5.0;
const SAMPLES_BURST: f64 = 50.0;

/// A source and what it may still send.
pub(super) struct Gate {
    pub source: IngestSource,
    events: Mutex<Bucket>,
    rejections: Mutex<Bucket>,
    samples: Mutex<Bucket>,
}

impl Gate {
    /// Takes the room for `n` events, or tells how many milliseconds to wait.
    pub(super) fn take_events(&self, n: usize, now: Timestamp) -> Result<(), i64> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).take(n, now)
    }

    pub(super) fn take_rejection(&self, now: Timestamp) -> bool {
        self.rejections.lock().unwrap_or_else(PoisonError::into_inner).take(1, now).is_ok()
    }

    pub(super) fn take_sample(&self, now: Timestamp) -> bool {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner).take(1, now).is_ok()
    }
}

pub(super) struct Sources {
    per_second: f64,
    burst: f64,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    keys: HashMap<String, (Option<Arc<Gate>>, Timestamp)>,
    gates: HashMap<SourceId, Arc<Gate>>,
}

impl Sources {
    #[allow(clippy::cast_precision_loss)] // a batch is small
    pub(super) fn new(events_per_second: u32, batch: usize) -> Self {
        let per_second = f64::from(events_per_second);
        Self { per_second, burst: per_second.max(batch as f64), known: Mutex::default() }
    }

    /// The gate of the enabled source with this key.
    pub(super) async fn find(&self, switchyard: &Switchyard, key: &str) -> Result<Option<Arc<Gate>>, StoreError> {
        if key.is_empty() {
            return Ok(None);
        }
        let now = switchyard.now();
        if let Some((gate, at)) = self.lock().keys.get(key)
            && (0..TRUSTED).contains(&now.since(*at))
        {
            return Ok(gate.clone());
        }
        let source = switchyard.store().source_by_key(key, now).await?;
        Ok(self.remember(key, source, now))
    }

    fn remember(&self, key: &str, source: Option<IngestSource>, now: Timestamp) -> Option<Arc<Gate>> {
        let mut known = self.lock();
        let gate = source.map(|source| {
            let make = || {
                Arc::new(Gate {
                    source,
                    events: Mutex::new(Bucket::new(self.per_second, self.burst)),
                    rejections: Mutex::new(Bucket::new(REJECTIONS_PER_SECOND, REJECTIONS_BURST)),
                    samples: Mutex::new(Bucket::new(SAMPLES_PER_SECOND, SAMPLES_BURST)),
                })
            };
            known.gates.entry(source.id).or_insert_with(make).clone()
        });
        if known.keys.len() >= REMEMBERED {
            known.keys.retain(|_, (gate, _)| gate.is_some());
        }
        if known.keys.len() < REMEMBERED {
            known.keys.insert(key.to_owned(), (gate.clone(), now));
        }
        gate
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
