//! Dates of birth as `YYYYMMDD` (reference section 4.3).

use domain::Timestamp;

use super::{Refusal, hash, meaningful, phone::western_digits};

const EXPECTED: &str = "it is not a date such as 1997-12-26";

/// The date as it is hashed. A date whose day and month can't be told apart is refused.
///
/// # Errors
/// When it is no date, or none that a living person can have been born on.
pub fn normalise(raw: &str) -> Result<String, Refusal> {
    let text = western_digits(meaningful(raw).ok_or(Refusal::Blank)?);
    let date = text.split(['T', ' ']).next().unwrap_or(&text);
    let (year, month, day) =
        read(date).or_else(|| in_words(&text)).or_else(|| with_blanks(&text)).ok_or(Refusal::Malformed(EXPECTED))?;
    let real = Timestamp::parse_iso(&format!("{year:04}-{month:02}-{day:02}")).is_some();
    if real && (1900..=2100).contains(&year) {
        Ok(format!("{year:04}{month:02}{day:02}"))
    } else {
        Err(Refusal::Malformed(EXPECTED))
    }
}

fn read(date: &str) -> Option<(u32, u32, u32)> {
    if date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit()) {
        return Some((date[..4].parse().ok()?, date[4..6].parse().ok()?, date[6..].parse().ok()?));
    }
    let separator = date.chars().find(|c| matches!(c, '-' | '/' | '.'))?;
    let mut parts = date.split(separator);
    let mut next = || -> Option<(u32, usize)> {
        let part = parts.next()?;
        (part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit())).then(|| Some((part.parse().ok()?, part.len())))?
    };
    let ((a, width), (b, _), (c, last_width)) = (next()?, next()?, next()?);
    if parts.next().is_some() {
        return None;
    }
    match (width, last_width, separator) {
        (4, _, _) => Some((a, b, c)),
        (_, 4, '.') => Some((c, b, a)),
        // Day and month first: told apart only where one of them is over twelve or both are equal.
        (_, 4, _) if a > 12 || a == b => Some((c, b, a)),
        (_, 4, _) if b > 12 => Some((c, a, b)),
        _ => None,
    }
}

/// A date with its month as an English word: `Dec 26, 1997`, `26 December 1997`, `26-Dec-1997`.
fn in_words(text: &str) -> Option<(u32, u32, u32)> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let is_weekday = |part: &str| {
        part.get(..3).is_some_and(|head| {
            ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().any(|day| head.eq_ignore_ascii_case(day))
        })
    };
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    // What stands behind the date is a time.
    let parts: Vec<&str> = parts.skip_while(|part| is_weekday(part)).take(3).collect();
    let (word, day, year) = match parts[..] {
        [a, b, year] if a.starts_with(|c: char| c.is_ascii_alphabetic()) => (a, b, year),
        [a, b, year] => (b, a, year),
        _ => return None,
    };
    let word = word.to_ascii_lowercase();
    let month = MONTHS.iter().position(|month| word.len() >= 3 && month.starts_with(&word))?;
    let day = day.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    (year.len() == 4).then(|| Some((year.parse().ok()?, u32::try_from(month + 1).ok()?, day.parse().ok()?)))?
}

/// A date as German and East Asian forms print it: `26. 12. 1997`, `1997年12月26日`, `1997년 12월 26일`.
fn with_blanks(text: &str) -> Option<(u32, u32, u32)> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let plain = plain.replace(['年', '月', '년', '월'], "-");
    read(plain.trim_end_matches(['日', '일', '.']))
}

/// The digest of a date of birth, or the digest that it is already.
///
/// # Errors
/// As [`normalise`], and for hashes other than SHA-256.
pub fn digest(raw: &str) -> Result<String, Refusal> {
    match hash::recognise(raw.trim())? {
        hash::Hashed::Sha256(digest) => Ok(digest),
        hash::Hashed::No => Ok(hash::sha256(&normalise(raw)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_dates_that_are_plain() {
        for (raw, expected) in [
            ("1997-12-26", Some("19971226")),
            ("1997-12-26T00:00:00.000Z", Some("19971226")),
            ("19971226", Some("19971226")),
            ("1997/12/26", Some("19971226")),
            ("26.12.1997", Some("19971226")),
            ("1.2.2001", Some("20010201")),
            ("12/26/1997", Some("19971226")),
            ("26/12/1997", Some("19971226")),
            ("05/05/1990", Some("19900505")),
            ("Dec 26, 1997", Some("19971226")),
            ("26 December 1997", Some("19971226")),
            ("26-DEC-1997", Some("19971226")),
            ("Sept. 3rd, 2001", Some("20010903")),
            ("１９９７-１２-２６", Some("19971226")),
            ("٢٦/١٢/١٩٩٧", Some("19971226")),
            ("Fri Dec 26 1997", Some("19971226")),
            ("Fri, 26 Dec 1997 00:00:00 GMT", Some("19971226")),
            ("Fri Dec 26 1997 00:00:00 GMT+0000 (Coordinated Universal Time)", Some("19971226")),
            ("26. 12. 1997", Some("19971226")),
            ("1997年12月26日", Some("19971226")),
            ("1997년 12월 26일", Some("19971226")),
            ("01 / 02 / 1997", None),
            ("Ju 3 1990", None),
            ("26 Dec 97", None),
            ("01/02/1997", None),
            ("1997-02-30", None),
            ("0026-12-19", None),
            ("yesterday", None),
            ("1997-12", None),
        ] {
            assert_eq!(normalise(raw).ok().as_deref(), expected, "{raw}");
        }
    }
}
