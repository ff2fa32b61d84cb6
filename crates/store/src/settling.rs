//! What is written for many events at once, some time after they were stored.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use crate::{Store, StoreError, event_finds::BUCKET, young_messages::KEPT};

/// About how much there is to settle. It only tells whether a look is worth it: what counts stands in the database.
pub(crate) struct Unsettled {
    messages: AtomicUsize,
    /// The first event without a bucket.
    first: AtomicI64,
    /// The last event.
    last: AtomicI64,
}

impl Unsettled {
    /// Nothing is known: the first look counts.
    pub(crate) fn new() -> Self {
        Self { messages: AtomicUsize::new(KEPT), first: AtomicI64::new(0), last: AtomicI64::new(0) }
    }

    /// A group was stored: so many are new, behind an event with this number.
    pub(crate) fn stored(&self, base: i64, new: usize) {
        if new == 0 {
            return;
        }
        self.messages.fetch_add(new, Ordering::Relaxed);
        self.last.store(base.saturating_add_unsigned(new as u64), Ordering::Relaxed);
    }

    /// So many messages are in memory.
    pub(crate) fn messages_left(&self, count: usize) {
        self.messages.store(count, Ordering::Relaxed);
    }

    /// Buckets are written up to this event.
    pub(crate) fn found_before(&self, first: i64) {
        self.first.store(first, Ordering::Relaxed);
    }
}

impl Store {
    /// Writes what has gathered, if it is much. If it fails nothing is lost: it is for the next one to do.
    ///
    /// # Errors
    /// What the database says.
    pub async fn settle(&self) -> Result<(), StoreError> {
        let Unsettled { messages, first, last } = &*self.unsettled;
        if last.load(Ordering::Relaxed) - first.load(Ordering::Relaxed) >= BUCKET {
            self.write_buckets().await?;
        }
        while messages.load(Ordering::Relaxed) >= KEPT {
            self.settle_messages().await?;
        }
        Ok(())
    }
}
