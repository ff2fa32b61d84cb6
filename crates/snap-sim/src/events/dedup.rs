//! Deduplication: the first arrival wins, within a window, for the same asset and event name.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

const HOUR_MS: i64 = 3_600_000;

/// What two events are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// `event_id`, `client_dedup_id` of the pixel: 48 hours.
    EventId,
    /// `order_id`, `transaction_id` of the pixel, purchases only: 30 days.
    OrderId,
}

impl By {
    fn window_ms(self) -> i64 {
        match self {
            Self::EventId => 48 * HOUR_MS,
            Self::OrderId => 30 * 24 * HOUR_MS,
        }
    }
}

/// 128 bits stand for asset, name and id: a million of them fit in little room.
type Fingerprint = (u64, u64);

#[derive(Clone, Copy)]
struct First {
    number: u64,
    at: i64,
}

/// What came first.
#[derive(Default)]
pub struct Dedup {
    firsts: HashMap<Fingerprint, First>,
    order: VecDeque<Fingerprint>,
}

impl Dedup {
    /// The number of the event that this one repeats; otherwise this one is the first, unless it is only a copy by
    /// another key. At most `keep` firsts are remembered.
    pub fn first(&mut self, by: By, key: (&str, &str, &str), number: u64, now: i64, keep: usize) -> Option<u64> {
        let print = fingerprint(by, key);
        if let Some(first) = self.firsts.get(&print)
            && now - first.at < by.window_ms()
        {
            return Some(first.number);
        }
        if self.firsts.insert(print, First { number, at: now }).is_none() {
            self.order.push_back(print);
        }
        while self.order.len() > keep {
            if let Some(oldest) = self.order.pop_front() {
                self.firsts.remove(&oldest);
            }
        }
        None
    }
}

fn fingerprint(by: By, key: (&str, &str, &str)) -> Fingerprint {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, by, key).hash(&mut hasher);
        hasher.finish()
    };
    (half(1), half(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_wins_within_its_window() {
        let mut dedup = Dedup::default();
        let mut first =
            |by, id: &str, number, hours: i64| dedup.first(by, ("a", "PURCHASE", id), number, hours * HOUR_MS, 2);
        assert_eq!(first(By::EventId, "x", 1, 0), None);
        assert_eq!(first(By::EventId, "x", 2, 47), Some(1));
        assert_eq!(first(By::EventId, "x", 3, 48), None);
        assert_eq!(first(By::OrderId, "x", 4, 48), None);
        assert_eq!(first(By::OrderId, "x", 5, 48 + 719), Some(4));
        assert_eq!(first(By::OrderId, "y", 6, 48 + 719), None);
        assert_eq!(first(By::EventId, "x", 7, 49), None, "forgotten: only two are kept");
    }
}
