//! What the answer to one request means for its events and for the destination. Pure.

use domain::{
    Timestamp,
    decide::Outcome,
    delivery::{Reason, code},
    destination::Verdict,
};
use store::Health;

use super::health::{breaker_probe, pause_probe, reconnect_probe, throttle_wait};

/// What follows from one answer.
#[derive(Debug, PartialEq)]
pub(super) struct Judgement {
    /// One per item of the request.
    pub outcomes: Vec<Outcome>,
    /// Further requests to make of the items whose outcome is [`Outcome::Regroup`]: ranges of positions among those.
    pub split: Split,
    /// How the destination fares now, with a sentence and the time of the next try.
    pub health: (Health, Option<String>, Option<Timestamp>),
    /// A request may carry this many at most from now on.
    pub batch_limit: Option<usize>,
}

/// How the items that go again are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Split {
    /// None goes again at once.
    Nothing,
    /// All in one request.
    Together,
    /// Two requests of half the items each.
    Halves,
}

impl Judgement {
    /// Whether the lane has to stop for now.
    pub(super) fn halts(&self) -> bool {
        self.health.0 != Health::Ok
    }
}

/// Judges the answer to a request with `n` items. `failures` is how many calls before this one failed in a row.
pub(super) fn judge(verdict: Verdict, n: usize, failures: u32, now: Timestamp) -> Judgement {
    let well = (Health::Ok, None, None);
    let all = |outcome: Outcome, health| Judgement {
        outcomes: vec![outcome; n],
        split: Split::Nothing,
        health,
        batch_limit: None,
    };
    match verdict {
        Verdict::Accepted => all(Outcome::Accepted, well),
        Verdict::ItemInvalid { index, reason } if index < n => {
            let mut judgement = all(Outcome::Regroup, well);
            judgement.outcomes[index] = refused(reason);
            judgement.split = if n > 1 { Split::Together } else { Split::Nothing };
            judgement
        }
        Verdict::ItemInvalid { reason, .. } | Verdict::BatchInvalid { reason } if n <= 1 => all(refused(reason), well),
        Verdict::ItemInvalid { .. } | Verdict::BatchInvalid { .. } => {
            Judgement { split: Split::Halves, ..all(Outcome::Regroup, well) }
        }
        Verdict::TooLarge if n <= 1 => all(refused("The event is too large for the destination.".into()), well),
        Verdict::TooLarge => {
            Judgement { split: Split::Halves, batch_limit: Some(n.div_ceil(2)), ..all(Outcome::Regroup, well) }
        }
        Verdict::Unauthorized { reason } => {
            all(Outcome::Unauthorized, (Health::NeedsReconnect, Some(reason), Some(reconnect_probe(now))))
        }
        Verdict::Blocked { reason, .. } => {
            all(Outcome::Blocked, (Health::Paused, Some(reason), Some(pause_probe(now))))
        }
        Verdict::Throttled { retry_after } => {
            let wait = throttle_wait(retry_after, failures);
            let reason = "Snapchat asked us to send more slowly; events wait until then.".to_owned();
            all(Outcome::Throttled { retry_after: Some(wait) }, (Health::Retrying, Some(reason), Some(now.plus(wait))))
        }
        Verdict::Unavailable { reason } => {
            let told = waiting("Snapchat takes nothing just now", &reason);
            let health = (Health::Retrying, Some(told), Some(breaker_probe(failures, now)));
            all(Outcome::Unavailable(reason), health)
        }
        Verdict::NoAnswer { reason } => {
            let told = waiting("Snapchat doesn't answer just now", &reason);
            let health = (Health::Retrying, Some(told), Some(breaker_probe(failures, now)));
            all(Outcome::NoAnswer(reason), health)
        }
    }
}

/// What an outage means, for whoever looks at the destination.
fn waiting(what: &str, reason: &str) -> String {
    format!("{what} ({reason}). Events wait, and go out by themselves.")
}

fn refused(reason: String) -> Outcome {
    Outcome::Invalid(Reason::new(code::REFUSED, reason))
}

/// The word for an outcome in the log of attempts.
pub(super) fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "accepted",
        Outcome::Invalid(_) => "invalid",
        Outcome::Filtered(_) => "filtered",
        Outcome::Awaits { .. } => code::AWAITS_ORDER,
        Outcome::Throttled { .. } => "throttled",
        Outcome::Unavailable(_) => "unavailable",
        Outcome::NoAnswer(_) => "no_answer",
        Outcome::Unauthorized => "unauthorized",
        Outcome::Blocked => "blocked",
        Outcome::Regroup => "regrouped",
        Outcome::Crashed => "crashed",
    }
}

/// What an event that goes back to waiting has met, for its row.
pub(super) fn met(outcome: &Outcome) -> Option<Reason> {
    let sentence = match outcome {
        Outcome::Awaits { reason, .. } => return Some(reason.clone()),
        Outcome::Throttled { .. } => "Snapchat asked us to send more slowly.".to_owned(),
        Outcome::Unavailable(why) => format!("Snapchat could not take it: {why}."),
        Outcome::NoAnswer(why) => format!("It was sent but no answer came: {why}."),
        Outcome::Unauthorized => "Snapchat refused the credential; the event waits.".to_owned(),
        Outcome::Blocked => "Snapchat refuses the pixel or the right to send to it; the event waits.".to_owned(),
        Outcome::Crashed => "The worker stopped while it handled this event.".to_owned(),
        Outcome::Regroup => "Another event of its request was refused; it goes again.".to_owned(),
        Outcome::Accepted | Outcome::Invalid(_) | Outcome::Filtered(_) => return None,
    };
    Some(Reason::new(word(outcome), sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(0);

    #[test]
    fn each_row_of_the_table() {
        let reason = || "words".to_owned();
        let cases = [
            (Verdict::Accepted, 2, vec!["accepted"; 2], Split::Nothing, Health::Ok),
            (
                Verdict::ItemInvalid { index: 1, reason: reason() },
                3,
                vec!["regrouped", "invalid", "regrouped"],
                Split::Together,
                Health::Ok,
            ),
            (Verdict::ItemInvalid { index: 0, reason: reason() }, 1, vec!["invalid"], Split::Nothing, Health::Ok),
            (Verdict::ItemInvalid { index: 9, reason: reason() }, 2, vec!["regrouped"; 2], Split::Halves, Health::Ok),
            (Verdict::BatchInvalid { reason: reason() }, 2, vec!["regrouped"; 2], Split::Halves, Health::Ok),
            (Verdict::BatchInvalid { reason: reason() }, 1, vec!["invalid"], Split::Nothing, Health::Ok),
            (Verdict::TooLarge, 3, vec!["regrouped"; 3], Split::Halves, Health::Ok),
            (Verdict::TooLarge, 1, vec!["invalid"], Split::Nothing, Health::Ok),
            (
                Verdict::Unauthorized { reason: reason() },
                1,
                vec!["unauthorized"],
                Split::Nothing,
                Health::NeedsReconnect,
            ),
            (
                Verdict::Blocked { code: "forbidden", reason: reason() },
                1,
                vec!["blocked"],
                Split::Nothing,
                Health::Paused,
            ),
            (Verdict::Throttled { retry_after: None }, 1, vec!["throttled"], Split::Nothing, Health::Retrying),
            (Verdict::Unavailable { reason: reason() }, 1, vec!["unavailable"], Split::Nothing, Health::Retrying),
            (Verdict::NoAnswer { reason: reason() }, 1, vec!["no_answer"], Split::Nothing, Health::Retrying),
        ];
        for (verdict, n, words, split, health) in cases {
            let judgement = judge(verdict.clone(), n, 0, NOW);
            assert_eq!(judgement.outcomes.iter().map(word).collect::<Vec<_>>(), words, "{verdict:?}");
            assert_eq!((judgement.split, judgement.health.0), (split, health), "{verdict:?}");
        }
        assert_eq!(judge(Verdict::TooLarge, 5, 0, NOW).batch_limit, Some(3));
    }
}
