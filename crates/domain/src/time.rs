//! Time as a value: milliseconds since 1970 in UTC, and the clock that is handed to whoever needs "now".

use std::fmt;

use serde::{Deserialize, Serialize};

/// One second in milliseconds.
pub const SECOND: i64 = 1_000;
/// One minute in milliseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour in milliseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// One day in milliseconds.
pub const DAY: i64 = 24 * HOUR;

/// A point in time: Unix milliseconds, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// Tells the time. The system clock stands in the server; tests move their own.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
}

impl Timestamp {
    /// This point in time, later by `ms` milliseconds.
    #[must_use]
    pub fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// This point in time, earlier by `ms` milliseconds.
    #[must_use]
    pub fn minus(self, ms: i64) -> Self {
        Self(self.0.saturating_sub(ms))
    }

    /// Milliseconds from `earlier` to this; negative if it is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads ISO 8601 / RFC 3339: a date, or a date with a time, with `Z`, an offset, or nothing (UTC).
    #[must_use]
    pub fn parse_iso(text: &str) -> Option<Self> {
        let text = text.trim();
        let year: i64 = digits(text, 0, 4)?;
        let month = digits(text, 5, 7)?;
        let day = digits(text, 8, 10)?;
        let bytes = text.as_bytes();
        if bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
            return None;
        }
        if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
            return None;
        }
        let midnight = days_from_civil(year, month, day) * DAY;
        if text.len() == 10 {
            return Some(Self(midnight));
        }
        if !matches!(bytes[10], b'T' | b't' | b' ') || bytes.get(13) != Some(&b':') {
            return None;
        }
        let (hour, minute) = (digits(text, 11, 13)?, digits(text, 14, 16)?);
        let mut at = 16;
        let mut second = 0;
        if bytes.get(at) == Some(&b':') {
            second = digits(text, 17, 19)?;
            at = 19;
        }
        let mut ms = 0;
        if matches!(bytes.get(at), Some(b'.' | b',')) {
            let fraction: String = text[at + 1..].chars().take_while(char::is_ascii_digit).collect();
            if fraction.is_empty() {
                return None;
            }
            at += 1 + fraction.len();
            ms = format!("{fraction:0<3}")[..3].parse().ok()?;
        }
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let offset = parse_offset(text.get(at..)?)?;
        Some(Self(midnight + hour * HOUR + minute * MINUTE + second * SECOND + ms - offset))
    }

    /// The time as `2026-11-25T10:00:00.000Z`.
    #[must_use]
    pub fn to_iso(self) -> String {
        let (days, rest) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let (year, month, day) = civil_from_days(days);
        format!(
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
            rest / HOUR,
            rest / MINUTE % 60,
            rest / SECOND % 60,
            rest % SECOND
        )
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_iso())
    }
}

fn digits(text: &str, from: usize, to: usize) -> Option<i64> {
    let part = text.get(from..to)?;
    part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?
}

fn parse_offset(text: &str) -> Option<i64> {
    match text.trim_start() {
        "" | "Z" | "z" | "UTC" | "GMT" => Some(0),
        text => {
            let sign = match text.as_bytes()[0] {
                b'+' => 1,
                b'-' => -1,
                _ => return None,
            };
            let rest = text[1..].replace(':', "");
            if rest.len() != 4 && rest.len() != 2 {
                return None;
            }
            let hours = digits(&rest, 0, 2)?;
            let minutes = if rest.len() == 4 { digits(&rest, 2, 4)? } else { 0 };
            (hours <= 14 && minutes <= 59).then_some(sign * (hours * HOUR + minutes * MINUTE))
        }
    }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar (March-based year, 400-year eras).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let year_of_era = y.rem_euclid(400);
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_clients_send() {
        let cases = [
            ("2026-01-01T10:00:00.123Z", Some(1_767_261_600_123)),
            ("2026-01-01T10:00:00Z", Some(1_767_261_600_000)),
            ("2026-01-01T12:00:00+02:00", Some(1_767_261_600_000)),
            ("2026-01-01 10:00:00", Some(1_767_261_600_000)),
            ("2026-01-01T10:00:00.123456+00:00", Some(1_767_261_600_123)),
            // As Ruby and Python write it.
            ("2026-01-01 10:00:00 UTC", Some(1_767_261_600_000)),
            ("2026-01-01 12:00:00.123 +0200", Some(1_767_261_600_123)),
            ("2026-01-01", Some(1_767_225_600_000)),
            ("2024-02-29", Some(1_709_164_800_000)),
            ("2023-02-29", None),
            ("2026-13-01", None),
            ("2026-01-01T25:00:00Z", None),
            ("yesterday", None),
            ("2026-01-0é", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Timestamp::parse_iso(text).map(|t| t.0), expected, "{text}");
        }
    }

    #[test]
    fn writes_what_it_reads() {
        for ms in [0, 1_767_261_600_123, 951_782_400_000, -1, 4_102_444_799_999] {
            assert_eq!(Timestamp::parse_iso(&Timestamp(ms).to_iso()), Some(Timestamp(ms)));
        }
    }
}
