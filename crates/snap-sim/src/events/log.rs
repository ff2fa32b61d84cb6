//! The log of received events: bounded, and cheap to add to.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::dedup::{By, Dedup};
use super::keys::Keys;
use super::tally::{LastHour, Tally, TallyKey};
use crate::capi::names::ActionSource;

/// Firsts remembered per event kept: deduplication reaches back further than the log.
const FIRSTS_PER_EVENT: usize = 5;

/// Which way an event came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    Api,
    Pixel,
}

impl Side {
    /// As it is written in control answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Pixel => "pixel",
        }
    }
}

/// An event that passed all checks.
pub struct Incoming {
    pub request: u64,
    pub side: Side,
    pub asset: Arc<str>,
    pub name: &'static str,
    pub action_source: ActionSource,
    pub event_time_ms: i64,
    pub event_id: Option<String>,
    pub order_id: Option<String>,
    pub test: bool,
    pub keys: Keys,
    /// The bytes that brought it.
    pub raw: Box<str>,
}

/// An event in the log.
pub struct Received {
    /// From 1, in order of arrival.
    pub number: u64,
    pub received_at: i64,
    pub duplicate: Option<(u64, By)>,
    pub event: Incoming,
}

/// All events, oldest first, with what is known about them altogether.
#[derive(Default)]
pub struct EventLog {
    pub kept: VecDeque<Arc<Received>>,
    pub total: u64,
    pub duplicates: u64,
    dedup: Dedup,
    tallies: HashMap<TallyKey, Tally>,
    hours: HashMap<Arc<str>, LastHour>,
}

impl EventLog {
    /// Adds one; the oldest beyond `keep` is forgotten. Test events are kept, but neither counted nor compared.
    pub fn push(&mut self, event: Incoming, now: i64, keep: usize) {
        self.total += 1;
        let number = self.total;
        let duplicate = if event.test { None } else { self.compare(&event, number, now, keep) };
        if !event.test {
            self.count(&event, duplicate.is_some(), now);
        }
        self.kept.push_back(Arc::new(Received { number, received_at: now, duplicate, event }));
        while self.kept.len() > keep {
            self.kept.pop_front();
        }
    }

    fn compare(&mut self, event: &Incoming, number: u64, now: i64, keep: usize) -> Option<(u64, By)> {
        let keep = keep.saturating_mul(FIRSTS_PER_EVENT);
        let order_id = event.order_id.as_deref().filter(|_| event.name == "PURCHASE");
        let keys = [(By::EventId, event.event_id.as_deref()), (By::OrderId, order_id)];
        let mut found = None;
        for (by, id) in keys {
            let Some(id) = id else { continue };
            // A repetition by its event id still carries the order id that later ones are compared by.
            let first = found.map_or(number, |(first, _)| first);
            let earlier = self.dedup.first(by, (&event.asset, event.name, id), first, now, keep);
            found = found.or(earlier.map(|earlier| (earlier, by)));
        }
        found
    }

    fn count(&mut self, event: &Incoming, duplicate: bool, now: i64) {
        self.duplicates += u64::from(duplicate);
        let key = TallyKey {
            asset: Arc::clone(&event.asset),
            name: event.name,
            side: event.side,
            action_source: event.action_source,
        };
        self.tallies.entry(key).or_default().add(event.keys, event.event_id.is_some(), duplicate, now);
        self.hours.entry(Arc::clone(&event.asset)).or_default().add(now);
    }

    /// The time of the last live event of an asset, and how many there were in an hour.
    pub fn live_stats(&self, asset: &str, now: i64) -> Option<(i64, u64)> {
        self.hours.get(asset).map(|hour| (hour.latest, hour.count(now)))
    }

    /// The counts (of one asset), in a steady order.
    pub fn tallies(&self, asset: Option<&str>) -> Vec<(&TallyKey, &Tally)> {
        let all = self.tallies.iter().filter(|(key, _)| asset.is_none_or(|asset| &*key.asset == asset));
        let mut listed: Vec<_> = all.collect();
        listed.sort_unstable_by_key(|(key, _)| *key);
        listed
    }
}
