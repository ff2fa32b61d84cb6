//! The one place that asks the system for the time and for chance.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::{Clock, Timestamp};

/// The system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the clock that everything else is handed")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A number in `0.0..1.0`, for jitter.
pub fn dice() -> f64 {
    // 53 random bits fill a double; without randomness the middle is as good as any.
    getrandom::u64().map_or(0.5, |bits| (bits >> 11) as f64 / (1_u64 << 53) as f64)
}
