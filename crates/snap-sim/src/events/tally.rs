//! Counts that outlive the events themselves.

use std::sync::Arc;

use super::keys::Keys;
use super::log::Side;
use crate::capi::names::ActionSource;

const MINUTE_MS: i64 = 60_000;

/// What is counted by itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TallyKey {
    pub asset: Arc<str>,
    pub name: &'static str,
    pub side: Side,
    pub action_source: ActionSource,
}

/// Counts of one kind of event.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub events: u64,
    pub duplicates: u64,
    pub with_event_id: u64,
    pub with_email: u64,
    pub with_phone: u64,
    pub with_browser: u64,
    pub with_click_id: u64,
    pub with_cookie: u64,
    pub with_external_id: u64,
    pub last_at: i64,
}

impl Tally {
    /// Counts one event.
    pub fn add(&mut self, keys: Keys, has_id: bool, duplicate: bool, now: i64) {
        self.events += 1;
        self.duplicates += u64::from(duplicate);
        self.with_event_id += u64::from(has_id);
        self.with_email += u64::from(keys.has(Keys::EMAIL));
        self.with_phone += u64::from(keys.has(Keys::PHONE));
        self.with_browser += u64::from(keys.has(Keys::IP) && keys.has(Keys::USER_AGENT));
        self.with_click_id += u64::from(keys.has(Keys::CLICK_ID));
        self.with_cookie += u64::from(keys.has(Keys::COOKIE));
        self.with_external_id += u64::from(keys.has(Keys::EXTERNAL_ID));
        self.last_at = now;
    }
}

/// How many in the last 60 minutes, without looking at each.
#[derive(Clone, Debug)]
pub struct LastHour {
    /// Minute since 1970 and count, at the minute's place.
    minutes: [(i64, u64); 60],
    pub latest: i64,
}

impl Default for LastHour {
    fn default() -> Self {
        Self { minutes: [(0, 0); 60], latest: 0 }
    }
}

impl LastHour {
    /// Counts one.
    pub fn add(&mut self, now: i64) {
        let minute = now / MINUTE_MS;
        let slot = &mut self.minutes[usize::try_from(minute.rem_euclid(60)).unwrap_or_default()];
        if slot.0 != minute {
            *slot = (minute, 0);
        }
        slot.1 += 1;
        self.latest = now;
    }

    /// The count.
    pub fn count(&self, now: i64) -> u64 {
        let since = now / MINUTE_MS - 60;
        self.minutes.iter().filter(|(minute, _)| *minute > since).map(|(_, count)| count).sum()
    }
}
