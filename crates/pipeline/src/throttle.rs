//! Slows down guessing: after some failures for one address or from one peer, each further try has to wait longer.

use std::{collections::HashMap, sync::Mutex};

use domain::{
    Timestamp,
    time::{HOUR, MINUTE, SECOND},
};

/// The first wait; each one after is twice as long.
const FIRST_WAIT: i64 = 2 * SECOND;
/// The longest wait: a stranger can't lock somebody out for long.
const LONGEST_WAIT: i64 = 5 * MINUTE;
/// Failures are forgotten after so long without another.
const FORGOTTEN_AFTER: i64 = HOUR;
/// Kept entries; beyond it those that are over are dropped, and then all: memory is bounded.
const KEPT: usize = 20_000;

/// What is guessed at, or by whom.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Guess {
    /// An account, by the keyed hash of its address.
    Account([u8; 32]),
    /// An address on the network.
    Peer(String),
}

impl Guess {
    /// How many failures cost nothing. Behind one peer there may be a whole office.
    fn free(&self) -> u32 {
        match self {
            Self::Account(_) => 5,
            Self::Peer(_) => 20,
        }
    }
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
    blocked_until: Timestamp,
}

/// Counts of failures, in memory.
#[derive(Default)]
pub(crate) struct Throttle(Mutex<HashMap<Guess, Failures>>);

impl Throttle {
    /// Begins a try: it counts as a failure until [`Throttle::succeeded`], so that tries at the same time can't pass
    /// together. The error is how many seconds to wait.
    pub(crate) fn begin(&self, guesses: &[Guess], now: Timestamp) -> Result<(), u64> {
        let mut kept = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let wait = guesses.iter().filter_map(|guess| kept.get(guess)).map(|f| f.blocked_until.since(now)).max();
        if let Some(wait) = wait.filter(|ms| *ms > 0) {
            return Err(wait.unsigned_abs().div_ceil(SECOND.unsigned_abs()));
        }
        if kept.len() >= KEPT {
            kept.retain(|_, failures| now.since(failures.last) < FORGOTTEN_AFTER);
            if kept.len() >= KEPT {
                kept.clear();
            }
        }
        for guess in guesses {
            let entry =
                kept.entry(guess.clone()).or_insert(Failures { count: 0, last: now, blocked_until: Timestamp(0) });
            if now.since(entry.last) >= FORGOTTEN_AFTER {
                entry.count = 0;
            }
            entry.count += 1;
            entry.last = now;
            if let Some(beyond) = entry.count.checked_sub(guess.free()) {
                let wait = FIRST_WAIT.saturating_mul(1 << beyond.min(20)).min(LONGEST_WAIT);
                entry.blocked_until = now.plus(wait);
            }
        }
        Ok(())
    }

    /// Ends a try that went well: the account starts anew, the peer gets this one back.
    pub(crate) fn succeeded(&self, guesses: &[Guess]) {
        let mut kept = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for guess in guesses {
            match (guess, kept.get_mut(guess)) {
                (Guess::Peer(_), Some(entry)) if entry.count > 1 => {
                    entry.count -= 1;
                    entry.blocked_until = Timestamp(0);
                }
                _ => {
                    kept.remove(guess);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    #[test]
    fn waits_grow_up_to_a_limit_and_are_forgotten() {
        let throttle = Throttle::default();
        let account = [Guess::Account([1; 32])];
        for _ in 0..5 {
            assert_eq!(throttle.begin(&account, NOW), Ok(()));
        }
        assert_eq!(throttle.begin(&account, NOW), Err(2));
        let mut now = NOW.plus(2 * SECOND);
        let mut longest = 0;
        for _ in 0..12 {
            assert_eq!(throttle.begin(&account, now), Ok(()));
            let wait = throttle.begin(&account, now).unwrap_err();
            assert!(wait >= longest);
            longest = wait;
            now = now.plus(i64::try_from(wait).unwrap() * SECOND);
        }
        assert_eq!(longest, 300);
        assert_eq!(throttle.begin(&account, now.plus(FORGOTTEN_AFTER)), Ok(()));
        assert_eq!(throttle.begin(&account, now.plus(FORGOTTEN_AFTER)), Ok(()));
    }

    #[test]
    fn a_right_password_ends_it_and_others_are_not_concerned() {
        let throttle = Throttle::default();
        let (one, two) = ([Guess::Account([1; 32])], [Guess::Account([2; 32])]);
        for _ in 0..5 {
            throttle.begin(&one, NOW).unwrap();
        }
        assert_eq!(throttle.begin(&two, NOW), Ok(()));
        throttle.succeeded(&one);
        assert_eq!(throttle.begin(&one, NOW), Ok(()));
    }

    #[test]
    fn a_peer_that_tries_many_accounts_is_slowed_down() {
        let throttle = Throttle::default();
        for n in 0..20 {
            throttle.begin(&[Guess::Account([n; 32]), Guess::Peer("192.0.2.1".into())], NOW).unwrap();
        }
        assert!(throttle.begin(&[Guess::Account([99; 32]), Guess::Peer("192.0.2.1".into())], NOW).is_err());
        assert!(throttle.begin(&[Guess::Account([99; 32]), Guess::Peer("192.0.2.2".into())], NOW).is_ok());
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        for n in 0..=KEPT {
            throttle.begin(&[Guess::Peer(n.to_string())], NOW).unwrap();
        }
        assert!(throttle.0.lock().unwrap().len() <= KEPT);
    }
}
