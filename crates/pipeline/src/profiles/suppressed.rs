//! Erased people stay away: what comes of them later is not sent, and nothing of what they were is left in the log.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use domain::profile::LookupKey;
use store::StoreError;
use tokio::sync::Mutex;

use crate::Switchyard;

/// The look-up keys of erased people, kept in memory: most installations have few.
#[derive(Default)]
pub(crate) struct Suppressed {
    known: Mutex<(i64, Arc<HashSet<LookupKey>>)>,
    /// The write-ahead log may hold somebody who was erased.
    log_is_clean: AtomicBool,
}

impl Suppressed {
    /// The write-ahead log holds something of somebody who was erased.
    pub(super) fn log_has_traces(&self) {
        self.log_is_clean.store(false, Ordering::Relaxed);
    }
}

/// A list of erased people to compare events with.
#[derive(Clone)]
pub(crate) struct ErasedPeople {
    keys: Arc<HashSet<LookupKey>>,
}

impl ErasedPeople {
    /// Whether one of these look-up keys is theirs.
    pub(crate) fn has_any<'k>(&self, keys: impl IntoIterator<Item = &'k LookupKey>) -> bool {
        !self.keys.is_empty() && keys.into_iter().any(|key| self.keys.contains(key))
    }
}

/// Who is erased by now, whichever process did it.
pub(crate) async fn erased_people(switchyard: &Switchyard) -> Result<ErasedPeople, StoreError> {
    let suppressed = switchyard.suppressed();
    let mut known = suppressed.known.lock().await;
    if let Some((erasures, keys)) = switchyard.store().suppressed_since(known.0).await? {
        *known = (erasures, Arc::new(keys.into_iter().collect()));
        suppressed.log_has_traces();
    }
    Ok(ErasedPeople { keys: known.1.clone() })
}

/// Empties the write-ahead log after somebody was erased. A long reading may hold it up until the next round.
pub(super) async fn clean_log(switchyard: &Switchyard) -> Result<(), StoreError> {
    erased_people(switchyard).await?;
    let clean = &switchyard.suppressed().log_is_clean;
    if !clean.load(Ordering::Relaxed) && switchyard.store().empty_log().await? {
        clean.store(true, Ordering::Relaxed);
    }
    Ok(())
}
