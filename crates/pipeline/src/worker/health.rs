//! How long a destination is left alone after an answer that speaks of it rather than of an event.

use domain::{
    Timestamp,
    time::{HOUR, MINUTE, SECOND},
};

/// Events in the small batch that probes a destination which is not well.
pub(super) const PROBE: usize = 10;
/// A new token becomes valid late, so a refused one is tried again by itself.
const RECONNECT_PROBE: i64 = 15 * MINUTE;
/// A right or a pixel that came back is noticed after this at the latest.
const PAUSE_PROBE: i64 = HOUR;
/// The longest pause of the breaker: recovery is noticed within a minute.
const LONGEST_BREAK: i64 = MINUTE;
/// The longest own back-off after 429 answers without `Retry-After`.
const LONGEST_THROTTLE: i64 = 10 * MINUTE;

pub(super) fn reconnect_probe(now: Timestamp) -> Timestamp {
    now.plus(RECONNECT_PROBE)
}

pub(super) fn pause_probe(now: Timestamp) -> Timestamp {
    now.plus(PAUSE_PROBE)
}

/// The breaker's next probe after so many failures before this one: 1, 2, 4 … 60 seconds.
pub(super) fn breaker_probe(failures_before: u32, now: Timestamp) -> Timestamp {
    now.plus((SECOND << failures_before.min(10)).min(LONGEST_BREAK))
}

/// How long to wait after a 429: what it asked for, whole; else 5, 10, 20 … seconds.
pub(super) fn throttle_wait(retry_after: Option<i64>, failures_before: u32) -> i64 {
    retry_after.unwrap_or_else(|| ((5 * SECOND) << failures_before.min(10)).min(LONGEST_THROTTLE)).max(SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_their_limits() {
        let now = Timestamp(0);
        let breaks: Vec<i64> = [0, 1, 2, 9, 99].iter().map(|n| breaker_probe(*n, now).0).collect();
        assert_eq!(breaks, [1_000, 2_000, 4_000, 60_000, 60_000]);
        assert_eq!(throttle_wait(None, 0), 5_000);
        assert_eq!(throttle_wait(None, 40), LONGEST_THROTTLE);
        assert_eq!(throttle_wait(Some(7_200_000), 0), 7_200_000);
        assert_eq!(throttle_wait(Some(0), 3), SECOND);
    }
}
