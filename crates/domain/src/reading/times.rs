//! When an event happened, set right for the sender's clock.

use serde_json::Value;

use crate::{
    Timestamp,
    delivery::Reason,
    time::{HOUR, SECOND},
};

/// How far in the future an event may lie before its time counts as wrong (contract section 3).
const FUTURE_ALLOWED: i64 = HOUR;
/// A smaller difference between sending and arrival is the way through the network, not a wrong clock.
const SKEW_TOLERATED: i64 = 10 * SECOND;
/// Numbers from here on are milliseconds, below it seconds (the year 5138 in seconds, 1973 in milliseconds); and so on.
const MILLISECONDS_FROM: f64 = 1e11;
const MICROSECONDS_FROM: f64 = 1e14;
const NANOSECONDS_FROM: f64 = 1e17;

/// The times that a sender gave.
pub(super) struct Given<'a> {
    pub timestamp: Option<&'a Value>,
    pub original: Option<&'a Value>,
    pub sent_at: Option<&'a Value>,
    pub batch_sent_at: Option<&'a Value>,
}

/// When it happened.
pub(super) fn occurred_at(given: &Given<'_>, received_at: Timestamp, notes: &mut Vec<Reason>) -> Timestamp {
    let timestamp = read_given(given.timestamp, "timestamp", notes);
    let original = read_given(given.original, "originalTimestamp", notes);
    // Kept events are sent again later: the batch's time of sending is the newer one then.
    let sent_at = read(given.sent_at).max(read(given.batch_sent_at));
    let by_sender = match (timestamp, original) {
        // Both, and they differ: somebody before us has already set `timestamp` right.
        (Some(timestamp), Some(original)) if timestamp != original => return no_future(timestamp, received_at, notes),
        (Some(at), _) | (None, Some(at)) => at,
        (None, None) => return received_at,
    };
    let skew = sent_at.map_or(0, |sent_at| received_at.since(sent_at));
    if skew.abs() <= SKEW_TOLERATED {
        return no_future(by_sender, received_at, notes);
    }
    notes.push(Reason::new(
        "clock_corrected",
        format!("The sender's clock is {} seconds off; the event's time was set right.", skew.abs() / SECOND),
    ));
    no_future(by_sender.plus(skew), received_at, notes)
}

fn no_future(at: Timestamp, received_at: Timestamp, notes: &mut Vec<Reason>) -> Timestamp {
    if at.since(received_at) <= FUTURE_ALLOWED {
        return at;
    }
    notes.push(Reason::new(
        "in_the_future",
        format!("Its time, {}, is more than an hour in the future; the time of arrival was taken.", in_range(at)),
    ));
    received_at
}

fn read_given(value: Option<&Value>, field: &str, notes: &mut Vec<Reason>) -> Option<Timestamp> {
    let value = value.filter(|value| !value.is_null())?;
    let at = read(Some(value));
    if at.is_none() {
        notes.push(Reason::new(
            "invalid_timestamp",
            format!("“{field}” is not a time such as 2026-11-25T10:00:00.000Z and was left aside."),
        ));
    }
    at
}

fn read(value: Option<&Value>) -> Option<Timestamp> {
    match value? {
        Value::String(text) => {
            let number = || text.trim().parse::<f64>().ok().and_then(from_number);
            Timestamp::parse_iso(text).or_else(number).or_else(|| Timestamp::parse_iso(&iso_of(text.trim())?))
        }
        Value::Number(number) => number.as_f64().and_then(from_number),
        _ => None,
    }
    .filter(|at| in_range(*at) == *at)
}

/// Other ways of programs to write a time: `Wed, 25 Nov 2026 10:00:00 GMT`, `Wed Nov 25 2026 10:00:00 GMT+0000 (…)`, `20261125T100000Z`.
fn iso_of(text: &str) -> Option<String> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    if let (Some(date), Some(time)) = (text.get(..8), text.get(9..15))
        && text[8..].starts_with('T')
        && date.bytes().chain(time.bytes()).all(|b| b.is_ascii_digit())
    {
        let ((year, day), (hour, second)) = (date.split_at(4), time.split_at(2));
        let ((month, day), (minute, second)) = (day.split_at(2), second.split_at(2));
        return Some(format!("{year}-{month}-{day}T{hour}:{minute}:{second}{}", &text[15..]));
    }
    let month_of = |word: &str| MONTHS.iter().position(|month| word.eq_ignore_ascii_case(month));
    let mut words = text.split([' ', ',']).filter(|word| !word.is_empty()).peekable();
    // The day of the week.
    words.next_if(|word| word.bytes().all(|b| b.is_ascii_alphabetic()) && month_of(word).is_none());
    let (one, other, year, time) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let (month, day) = month_of(one).map(|month| (month, other)).or_else(|| Some((month_of(other)?, one)))?;
    let zone = words.next().unwrap_or("Z");
    let zone = zone.strip_prefix("GMT").filter(|offset| !offset.is_empty()).unwrap_or(zone);
    Some(format!("{year}-{:02}-{day:0>2}T{time}{zone}", month + 1))
}

#[allow(clippy::cast_possible_truncation)] // in range by the check before
fn from_number(number: f64) -> Option<Timestamp> {
    let ms = match number {
        _ if number < MILLISECONDS_FROM => number * 1_000.0,
        _ if number < MICROSECONDS_FROM => number,
        _ if number < NANOSECONDS_FROM => number / 1_000.0,
        _ => number / 1_000_000.0,
    };
    (ms.is_finite() && (0.0..=9e15).contains(&ms)).then_some(Timestamp(ms as i64))
}

/// Years 0 to 9999: what can be written as text.
fn in_range(at: Timestamp) -> Timestamp {
    Timestamp(at.0.clamp(-62_167_219_200_000, 253_402_300_799_999))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::time::{DAY, MINUTE};

    const NOW: Timestamp = Timestamp(1_795_600_000_000);

    fn at(timestamp: Option<Value>, original: Option<Value>, sent_at: Option<Value>) -> (i64, Vec<String>) {
        let mut notes = Vec::new();
        let given = Given {
            timestamp: timestamp.as_ref(),
            original: original.as_ref(),
            sent_at: sent_at.as_ref(),
            batch_sent_at: None,
        };
        let at = occurred_at(&given, NOW, &mut notes);
        (at.since(NOW), notes.into_iter().map(|note| note.code).collect())
    }

    fn iso(ms: i64) -> Option<Value> {
        Some(json!(NOW.plus(ms).to_iso()))
    }

    #[test]
    fn takes_what_is_given() {
        assert_eq!(at(None, None, None), (0, vec![]));
        assert_eq!(at(iso(-HOUR), None, None), (-HOUR, vec![]));
        assert_eq!(at(iso(-HOUR), None, iso(-2_000)), (-HOUR, vec![]));
        assert_eq!(at(Some(json!(NOW.minus(DAY).0)), None, None), (-DAY, vec![]));
        assert_eq!(at(Some(json!(NOW.minus(DAY).0 / 1_000)), None, None), (-DAY, vec![]));
        assert_eq!(at(Some(json!(NOW.minus(DAY).0.to_string())), None, None), (-DAY, vec![]));
        assert_eq!(at(Some(json!(NOW.minus(DAY).0 * 1_000)), None, None), (-DAY, vec![]));
        assert_eq!(at(Some(json!(NOW.minus(DAY).0 * 1_000_000)), None, None), (-DAY, vec![]));
        let comma = NOW.minus(DAY).to_iso().replace('.', ",");
        assert_eq!(at(Some(json!(comma)), None, None), (-DAY, vec![]));
        assert_eq!(at(iso(30 * MINUTE), None, None), (30 * MINUTE, vec![]));
        // NOW is 2026-11-25T09:46:40Z.
        for text in [
            "Wed, 25 Nov 2026 09:46:40 GMT",
            "Wed Nov 25 2026 10:46:40 GMT+0100 (Central European Standard Time)",
            "25 Nov 2026 09:46:40",
            "25 Nov 2026 04:46:40 -0500",
            "20261125T094640Z",
            "20261125T104640+01:00",
        ] {
            assert_eq!(at(Some(json!(text)), None, None), (0, vec![]), "{text}");
        }
    }

    #[test]
    fn sets_a_wrong_clock_right() {
        let note = vec!["clock_corrected".to_owned()];
        assert_eq!(at(None, iso(5 * MINUTE), iso(6 * MINUTE)), (-MINUTE, note.clone()));
        assert_eq!(at(iso(-2 * DAY), None, iso(-2 * DAY + MINUTE)), (-MINUTE, note.clone()));
        assert_eq!(at(iso(-HOUR), iso(-2 * HOUR), iso(-DAY)), (-HOUR, vec![]));
    }

    #[test]
    fn the_future_and_nonsense_are_noted() {
        assert_eq!(at(iso(DAY), None, None), (0, vec!["in_the_future".to_owned()]));
        for nonsense in [
            json!("soon"),
            json!({}),
            json!(-1),
            json!(1e300),
            json!("9e99"),
            json!(""),
            json!("Nov Nov Nov Nov"),
            json!("é Nov 1 1 1"),
            json!("20261325T094640Z"),
            json!("25 Nov 2026 x"),
        ] {
            assert_eq!(at(Some(nonsense), None, None), (0, vec!["invalid_timestamp".to_owned()]));
        }
    }
}
