//! What happens to a delivery after an attempt. Pure: the caller brings the clock and the dice.

use crate::{
    Timestamp,
    delivery::{Reason, code},
    time::{HOUR, SECOND},
};

/// The first back-off after a failure.
pub const FIRST_BACKOFF: i64 = 10 * SECOND;
/// The longest back-off between two attempts.
pub const LONGEST_BACKOFF: i64 = HOUR;
/// How long after its arrival a delivery is tried before it is dead.
pub const RETRY_WINDOW: i64 = 72 * HOUR;
/// How long an unanswered delivery is tried: Snapchat removes duplicates by `event_id` for 48 h (reference section 10).
pub const AMBIGUOUS_WINDOW: i64 = 47 * HOUR;
/// How often the worker may crash with one delivery.
pub const CRASHES_ALLOWED: i64 = 3;

/// What one attempt came to for one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The destination took it.
    Accepted,
    /// The destination refused this very event.
    Invalid(Reason),
    /// It is not meant to be sent.
    Filtered(Reason),
    /// An event before it has the same order and is not settled: this one is sent only if that one can't be.
    Awaits {
        /// Which one.
        reason: Reason,
        /// When to look again.
        until: Timestamp,
    },
    /// Too many requests; nothing was wrong with the event.
    Throttled {
        /// How long the destination asked us to wait, in milliseconds.
        retry_after: Option<i64>,
    },
    /// The destination could not take it: 408, 5xx, connection refused.
    Unavailable(String),
    /// It was sent and no answer came, so it may have arrived.
    NoAnswer(String),
    /// The credentials were refused; nothing was wrong with the event.
    Unauthorized,
    /// The destination is blocked (403, 404); nothing was wrong with the event.
    Blocked,
    /// Part of a batch that has to be split; goes again at once.
    Regroup,
    /// A worker crashed or vanished with it.
    Crashed,
}

/// The next state of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Finished: the destination has it.
    Delivered,
    /// Finished: not meant to be sent.
    Filtered(Reason),
    /// Finished, unless a person replays it.
    Dead(Reason),
    /// Back to waiting.
    WaitUntil {
        /// When it is due again.
        due: Timestamp,
        /// Whether this counts as a failure of the event.
        failed: bool,
    },
}

/// What the attempts so far say about a delivery.
#[derive(Clone, Copy, Debug)]
pub struct History {
    /// Failures counted so far.
    pub failures: i64,
    /// Times that a worker crashed with it.
    pub crashes: i64,
    /// When the delivery was made.
    pub created_at: Timestamp,
    /// When an attempt first ended without an answer.
    pub first_unanswered: Option<Timestamp>,
}

/// Decides what happens next. `dice` is a number in `0.0..1.0` (full jitter).
#[must_use]
pub fn decide(history: History, outcome: Outcome, now: Timestamp, dice: f64) -> Next {
    let again = |failed| Next::WaitUntil { due: now, failed };
    match outcome {
        Outcome::Accepted => Next::Delivered,
        Outcome::Invalid(reason) => Next::Dead(reason),
        Outcome::Filtered(reason) => Next::Filtered(reason),
        Outcome::Unauthorized | Outcome::Blocked | Outcome::Regroup => again(false),
        Outcome::Awaits { until, .. } => Next::WaitUntil { due: until, failed: false },
        Outcome::Throttled { retry_after } => {
            Next::WaitUntil { due: now.plus(retry_after.unwrap_or(FIRST_BACKOFF).max(0)), failed: false }
        }
        Outcome::Crashed if history.crashes + 1 >= CRASHES_ALLOWED => Next::Dead(Reason::new(
            code::CRASHED,
            "The worker stopped three times while it handled this event, so it was set aside.",
        )),
        Outcome::Crashed => retry(history, now, dice, "the worker stopped while it handled this event"),
        Outcome::Unavailable(why) => retry(history, now, dice, &why),
        Outcome::NoAnswer(why) => {
            let since = history.first_unanswered.unwrap_or(now);
            if now.since(since) >= AMBIGUOUS_WINDOW { ambiguous(&why) } else { retry(history, now, dice, &why) }
        }
    }
}

fn retry(history: History, now: Timestamp, dice: f64, why: &str) -> Next {
    if let Some(since) = history.first_unanswered
        && now.since(since) >= AMBIGUOUS_WINDOW
    {
        return ambiguous(why);
    }
    if now.since(history.created_at) >= RETRY_WINDOW {
        return Next::Dead(Reason::new(
            code::EXHAUSTED,
            format!("Tried for 72 hours without success. The last answer: {why}."),
        ));
    }
    Next::WaitUntil { due: now.plus(backoff(history.failures, dice)), failed: true }
}

fn ambiguous(why: &str) -> Next {
    Next::Dead(Reason::new(
        code::AMBIGUOUS,
        format!(
            "It was sent but never answered ({why}), and sending it again after 48 hours could count it twice. \
             Look for it in Snapchat's Events Manager before you replay it."
        ),
    ))
}

/// Full jitter over an exponential back-off, never under a tenth of it, so that a retry never comes at once.
fn backoff(failures: i64, dice: f64) -> i64 {
    let ceiling = FIRST_BACKOFF.saturating_mul(1 << failures.clamp(0, 20)).min(LONGEST_BACKOFF);
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
    let jittered = (ceiling as f64 * dice.clamp(0.1, 1.0)) as i64;
    jittered
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000_000_000);

    fn fresh() -> History {
        History { failures: 0, crashes: 0, created_at: NOW, first_unanswered: None }
    }

    #[test]
    fn only_real_failures_count() {
        let uncounted =
            [Outcome::Unauthorized, Outcome::Blocked, Outcome::Regroup, Outcome::Throttled { retry_after: None }];
        for outcome in uncounted {
            assert!(matches!(decide(fresh(), outcome, NOW, 0.5), Next::WaitUntil { failed: false, .. }));
        }
        for outcome in [Outcome::Unavailable("503".into()), Outcome::NoAnswer("cut".into()), Outcome::Crashed] {
            assert!(matches!(decide(fresh(), outcome, NOW, 0.5), Next::WaitUntil { failed: true, .. }));
        }
    }

    #[test]
    fn backs_off_from_ten_seconds_to_an_hour() {
        let due = |failures, dice| {
            let history = History { failures, ..fresh() };
            match decide(history, Outcome::Unavailable("503".into()), NOW, dice) {
                Next::WaitUntil { due, .. } => due.since(NOW),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(due(0, 1.0), FIRST_BACKOFF);
        assert_eq!(due(1, 1.0), 2 * FIRST_BACKOFF);
        assert_eq!(due(60, 1.0), LONGEST_BACKOFF);
        assert_eq!(due(60, 0.0), LONGEST_BACKOFF / 10);
    }

    #[test]
    fn retry_after_is_kept_whole() {
        let next = decide(fresh(), Outcome::Throttled { retry_after: Some(7_200_000) }, NOW, 0.5);
        assert_eq!(next, Next::WaitUntil { due: NOW.plus(7_200_000), failed: false });
    }

    #[test]
    fn ends_after_its_windows() {
        let old = History { created_at: NOW.minus(RETRY_WINDOW), ..fresh() };
        let Next::Dead(reason) = decide(old, Outcome::Unavailable("503".into()), NOW, 0.5) else { panic!() };
        assert_eq!(reason.code, code::EXHAUSTED);

        let unanswered = History { first_unanswered: Some(NOW.minus(AMBIGUOUS_WINDOW)), ..fresh() };
        for outcome in [Outcome::NoAnswer("cut".into()), Outcome::Unavailable("503".into())] {
            let Next::Dead(reason) = decide(unanswered, outcome, NOW, 0.5) else { panic!() };
            assert_eq!(reason.code, code::AMBIGUOUS);
        }

        let crashing = History { crashes: CRASHES_ALLOWED - 1, ..fresh() };
        let Next::Dead(reason) = decide(crashing, Outcome::Crashed, NOW, 0.5) else { panic!() };
        assert_eq!(reason.code, code::CRASHED);
    }
}
