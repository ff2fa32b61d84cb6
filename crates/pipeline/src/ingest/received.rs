//! What came in last, as it came: kept in memory for the debugger of a source, masked.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use domain::SourceId;
use serde_json::Value;

/// Events kept of one source.
const PER_SOURCE: usize = 50;

/// The last events of each source by their message ids. Gone with the process: what was understood is stored.
#[derive(Default)]
pub(crate) struct Received {
    kept: Mutex<HashMap<SourceId, VecDeque<(String, Value)>>>,
}

impl Received {
    /// Keeps events as they came.
    pub(super) fn keep(&self, source: SourceId, events: Vec<(String, Value)>) {
        if events.is_empty() {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let of_source = kept.entry(source).or_default();
        of_source.extend(events);
        let surplus = of_source.len().saturating_sub(PER_SOURCE);
        of_source.drain(..surplus);
    }

    /// The event with this message id, if it is kept still.
    pub(crate) fn find(&self, source: SourceId, message_id: &str) -> Option<Value> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&source)?.iter().rev().find(|(id, _)| id == message_id).map(|(_, event)| event.clone())
    }
}
