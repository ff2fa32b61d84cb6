//! Phone numbers: country code and national number, digits only (reference section 4.8). Numbering plans come from `phonenumber`.

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use phonenumber::metadata::{DATABASE, Metadata};

use super::{Refusal, hash, meaningful, place::Home};

const EXPECTED: &str = "it is not a phone number such as +44 844 412 4653";
/// E.164 allows fifteen digits; under seven no number with its country code is complete.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// What is known of the numbers behind one country code, or of one country.
#[derive(Clone, Debug, Default)]
struct Plan {
    code: u16,
    /// What is dialled before the number inside the country, e.g. `0`.
    trunk: String,
    /// Bit n: national numbers of n digits exist.
    lengths: u32,
    /// The same for numbers that people have, not shops and services.
    lengths_of_people: u32,
}

impl Plan {
    fn has_length(&self, digits: usize) -> bool {
        digits < 32 && self.lengths & (1 << digits) != 0
    }

    fn is_length_of_people(&self, digits: usize) -> bool {
        digits < 32 && self.lengths_of_people & (1 << digits) != 0
    }
}

struct Plans {
    by_code: HashMap<u16, Plan>,
    by_country: HashMap<String, Plan>,
}

static PLANS: LazyLock<Plans> = LazyLock::new(|| {
    let mut plans = Plans { by_code: HashMap::new(), by_country: HashMap::new() };
    for metadata in DATABASE.iter() {
        let plan = plan_of(metadata);
        let shared = plans.by_code.entry(plan.code).or_default();
        shared.code = plan.code;
        shared.lengths |= plan.lengths;
        if shared.trunk.is_empty() || metadata.is_main_country_for_code() {
            shared.trunk.clone_from(&plan.trunk);
        }
        plans.by_country.insert(metadata.id().to_owned(), plan);
    }
    plans
});

fn plan_of(metadata: &Metadata) -> Plan {
    // The general description carries no lengths; the kinds of numbers do.
    let kinds = metadata.descriptors();
    let kinds = [
        Some(kinds.general()),
        kinds.fixed_line(),
        kinds.mobile(),
        kinds.toll_free(),
        kinds.premium_rate(),
        kinds.shared_cost(),
        kinds.personal_number(),
        kinds.voip(),
        kinds.uan(),
    ];
    let lengths = kinds.into_iter().flatten().flat_map(|kind| kind.possible_length()).filter(|n| **n < 32);
    Plan {
        code: metadata.country_code(),
        trunk: metadata.national_prefix().unwrap_or_default().to_owned(),
        lengths: lengths.fold(0, |mask, n| mask | 1 << n),
        lengths_of_people: {
            let kinds = [metadata.descriptors().fixed_line(), metadata.descriptors().mobile()];
            let lengths = kinds.into_iter().flatten().flat_map(|kind| kind.possible_length()).filter(|n| **n < 32);
            lengths.fold(0, |mask, n| mask | 1 << n)
        },
    }
}

/// The number as it is hashed: digits with the country code.
///
/// # Errors
/// When it is no number, or lacks a country code where there is no default country.
pub fn normalise(raw: &str, default_country: Option<&str>) -> Result<String, Refusal> {
    let text = meaningful(raw).ok_or(Refusal::Blank)?;
    let (digits, plus) = digits_of(text)?;
    let idd = match default_country {
        Some("AU" | "au") if digits.starts_with("0011") => Some(4),
        _ if plus || digits.starts_with("00") => Some(0),
        _ => None,
    };
    let number = match (idd, default_country) {
        (Some(0), Some(country)) if !plus => from_abroad(&digits, country),
        (Some(skip), _) => international(digits[skip..].trim_start_matches('0')),
        // America's, Japan's and Russia's way to other countries.
        (None, Some(country)) if matches!(digits.get(..3), Some("011" | "010" | "810")) => {
            dialled_out(&digits, country).or_else(|| national(&digits, country))
        }
        (None, Some(country)) => national(&digits, country),
        (None, None) => return Err(Refusal::NoCountry),
    };
    number.filter(|n| DIGITS.contains(&n.len())).ok_or(Refusal::Malformed(EXPECTED))
}

/// As [`normalise`], for a person who is known to live at `home`: a number that can't be one of the default country is read as one
/// of theirs, if it is valid there.
///
/// # Errors
/// As [`normalise`].
pub fn normalise_at(raw: &str, default_country: Option<&str>, home: Home) -> Result<String, Refusal> {
    let number = normalise(raw, default_country);
    let (Some(country), Home::Stated(stated)) = (default_country, home) else { return number };
    let Ok(stated) = std::str::from_utf8(&stated) else { return number };
    // Most numbers need no second look: it takes the full reading.
    if stated.eq_ignore_ascii_case(country)
        || raw.trim_start().starts_with(['+', '＋'])
        || code_of(stated) == code_of(country)
    {
        return number;
    }
    if number.as_ref().is_ok_and(is_real) {
        return number;
    }
    normalise(raw, Some(stated)).ok().filter(is_real).map_or(number, Ok)
}

/// The digest of a number, or the digest that it is already.
///
/// # Errors
/// As [`normalise`], and for hashes other than SHA-256.
pub fn digest(raw: &str, default_country: Option<&str>, home: Home) -> Result<String, Refusal> {
    match hash::recognise(raw.trim())? {
        hash::Hashed::Sha256(digest) => Ok(digest),
        hash::Hashed::No => Ok(hash::sha256(&normalise_at(raw, default_country, home)?)),
    }
}

/// The ASCII digits of the text without an extension, and whether a plus stands before them.
fn digits_of(text: &str) -> Result<(String, bool), Refusal> {
    let text = text.get(..4).filter(|head| head.eq_ignore_ascii_case("tel:")).map_or(text, |_| &text[4..]);
    // Tables that once held a gap write their numbers as 447911123456.0.
    let text = text
        .strip_suffix(".0")
        .filter(|rest| rest.trim_start_matches('+').bytes().all(|b| b.is_ascii_digit()))
        .unwrap_or(text);
    let (mut digits, mut plus) = (String::with_capacity(text.len().min(24)), false);
    for (at, c) in text.char_indices() {
        if let Some(digit) = fold_digit(c) {
            digits.push(digit);
        } else if matches!(c, '+' | '＋') {
            if plus || !digits.is_empty() {
                return Err(Refusal::Malformed(EXPECTED));
            }
            plus = true;
        } else if c.is_alphabetic() || matches!(c, '#' | ';' | ',' | '*' | '@') {
            if digits.is_empty() || !is_extension(&text[at..]) {
                return Err(Refusal::Malformed(EXPECTED));
            }
            break;
        }
        if digits.len() > 24 {
            return Err(Refusal::Malformed(EXPECTED));
        }
    }
    if digits.is_empty() { Err(Refusal::Malformed(EXPECTED)) } else { Ok((digits, plus)) }
}

/// Whether the rest of a number is an extension: `ext. 7`, `x7`, `#7`, `;ext=7`, `,7`.
fn is_extension(rest: &str) -> bool {
    let number =
        rest.trim_start_matches(|c: char| c.is_alphabetic() || matches!(c, '#' | ';' | ',' | '=' | '.' | ':' | ' '));
    let marker = rest[..rest.len() - number.len()].trim_end_matches(['=', '.', ':', ' ']).to_lowercase();
    let known = matches!(
        marker.trim_start_matches([';', ',', ' ']),
        "" | "x" | "#" | "ext" | "extn" | "extension" | "poste" | "доб" | "anexo" | "int"
    );
    known && number.chars().all(|c| fold_digit(c).is_some() || matches!(c, ' ' | '-' | '#'))
}

/// Decimal digits of other scripts as ASCII.
pub(super) fn fold_digit(c: char) -> Option<char> {
    /// The zeros of the scripts that people type numbers in.
    const ZEROS: [u32; 15] = [
        0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0e50, 0x1040, 0x17e0,
        0xff10,
    ];
    if c.is_ascii() {
        return c.is_ascii_digit().then_some(c);
    }
    let code = u32::from(c);
    ZEROS.iter().find(|zero| (**zero..**zero + 10).contains(&code)).and_then(|zero| char::from_digit(code - zero, 10))
}

/// The text with its decimal digits as ASCII.
pub(super) fn western_digits(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| fold_digit(c).unwrap_or(c)).collect())
}

fn is_real(digits: &String) -> bool {
    phonenumber::parse(None, format!("+{digits}")).is_ok_and(|number| number.is_valid())
}

/// A number behind `00`: where something else is dialled, such as `00700` in Korea, it is read so if it can't be anything else.
fn from_abroad(digits: &str, country: &str) -> Option<String> {
    let number = international(digits.trim_start_matches('0'));
    if number.as_ref().is_some_and(is_real) {
        return number;
    }
    dialled_out(digits, country).or(number)
}

/// The number behind what is dialled in a country for other countries, if it is valid.
fn dialled_out(digits: &str, country: &str) -> Option<String> {
    let country = country.to_ascii_uppercase();
    let exit = DATABASE.by_id(&country)?.international_prefix()?.find(digits).filter(|exit| exit.start() == 0)?;
    international(digits[exit.end()..].trim_start_matches('0')).filter(is_real)
}

/// Numbers of Mexico without what was dialled before them until 2019: 1, 01, 044 or 045.
fn mexican(national: &str) -> Option<&str> {
    ["1", "01", "044", "045"].into_iter().find_map(|old| national.strip_prefix(old)).filter(|rest| rest.len() == 10)
}

/// A number with its country code: the trunk prefix between the two is dropped.
fn international(digits: &str) -> Option<String> {
    let (plan, rest) = (1..=3).find_map(|width| {
        let code = digits.get(..width)?.parse().ok()?;
        Some((PLANS.by_code.get(&code)?, &digits[width..]))
    })?;
    let mut national = rest;
    if plan.trunk == "0" {
        national = rest.trim_start_matches('0');
    } else if let Some(stripped) = rest.strip_prefix(if plan.trunk.is_empty() { "0" } else { &plan.trunk })
        && plan.has_length(stripped.len())
        && !(plan.has_length(rest.len()) && is_valid(plan.code, rest))
    {
        // Other trunks (8, 06, 1) can also start a number, and Italy's zero belongs to it: dropped only where it can't stay.
        national = stripped;
    }
    if plan.code == 52 {
        national = mexican(rest).unwrap_or(national);
    } else if !plan.has_length(national.len())
        && let Ok(number) = phonenumber::parse(None, format!("+{}{rest}", plan.code))
        && number.is_valid()
    {
        // Argentina's 15, carriers' codes, trunks of former times.
        return Some(written(&number));
    }
    let real = national.bytes().any(|b| b != b'0');
    real.then(|| format!("{}{national}", plan.code))
}

/// Whether the number is valid as it stands, with nothing stripped.
fn is_valid(code: u16, national: &str) -> bool {
    let whole = format!("+{code}{national}");
    phonenumber::parse(None, &whole).is_ok_and(|number| number.is_valid() && written(&number) == whole[1..])
}

/// The code of a country.
fn code_of(country: &str) -> Option<u16> {
    PLANS.by_country.get(&country.to_ascii_uppercase()).map(|plan| plan.code)
}

/// A number as dialled inside the country.
fn national(digits: &str, country: &str) -> Option<String> {
    let country = country.to_ascii_uppercase();
    let plan = PLANS.by_country.get(&country)?;
    if digits.bytes().all(|b| b == b'0') {
        return None;
    }
    // The two everyday cases, without the regular expressions of the full reading.
    if plan.trunk == "0"
        && let Some(rest) = digits.strip_prefix('0')
        && !rest.starts_with('0')
        && plan.has_length(rest.len())
        // In Colombia and Korea a carrier's code may come before the number.
        && !(matches!(plan.code, 57 | 82) && rest.len() > 10)
    {
        return Some(format!("{}{rest}", plan.code));
    }
    if plan.code == 1 && digits.len() == 10 && digits.as_bytes()[0] >= b'2' {
        return Some(format!("1{digits}"));
    }
    // Russia's 8 also begins area codes: it is taken away once.
    if plan.trunk == "8"
        && let Some(rest) = digits.strip_prefix('8').filter(|rest| plan.is_length_of_people(rest.len()))
        && !plan.has_length(digits.len())
        && !rest.starts_with('0')
    {
        return Some(format!("{}{rest}", plan.code));
    }
    if plan.code == 52
        && let Some(rest) = mexican(digits.strip_prefix("52").unwrap_or(digits)).or_else(|| mexican(digits))
    {
        return Some(format!("52{rest}"));
    }
    let local = phonenumber::parse(country.parse().ok(), digits).ok();
    if let Some(number) = &local
        && number.is_valid()
    {
        return Some(written(number));
    }
    // A number that lost its plus because it was typed as a number.
    let abroad = phonenumber::parse(None, format!("+{digits}")).ok().filter(phonenumber::PhoneNumber::is_valid);
    // Numbers change faster than what is known of them; but one that lacks its area code is nobody's.
    let can_be_somebodys = |number: &phonenumber::PhoneNumber| plan.is_length_of_people(national_length(number));
    abroad.or(local.filter(can_be_somebodys)).map(|number| written(&number))
}

fn national_length(number: &phonenumber::PhoneNumber) -> usize {
    usize::from(number.national().zeros()) + number.national().value().to_string().len()
}

fn written(number: &phonenumber::PhoneNumber) -> String {
    let zeros = "0".repeat(usize::from(number.national().zeros()));
    format!("{}{zeros}{}", number.code().value(), number.national().value())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_not_in_the_reference() {
        let cases = [
            ("+44 (0) 7911 123456", None, Some("447911123456")),
            ("(+44) 07911 123456", None, Some("447911123456")),
            ("07911 123456", Some("GB"), Some("447911123456")),
            ("07911 123456", Some("gb"), Some("447911123456")),
            ("447911123456", Some("GB"), Some("447911123456")),
            ("7911123456", Some("GB"), Some("447911123456")),
            ("14155550132", Some("US"), Some("14155550132")),
            ("1 (415) 555-0132", Some("US"), Some("14155550132")),
            ("447911123456", Some("US"), Some("447911123456")),
            ("8 (912) 345-67-89", Some("RU"), Some("79123456789")),
            ("+7 8 912 345 67 89", None, Some("79123456789")),
            ("+7 912 345 67 89", None, Some("79123456789")),
            ("06 30 123 4567", Some("HU"), Some("36301234567")),
            ("+39 06 698 12345", None, Some("390669812345")),
            ("06 698 12345", Some("IT"), Some("390669812345")),
            ("347 123 4567", Some("IT"), Some("393471234567")),
            ("0151 23456789", Some("DE"), Some("4915123456789")),
            ("4915123456789", Some("DE"), Some("4915123456789")),
            ("tel:+44-7911-123456;ext=12", None, Some("447911123456")),
            ("+1 415 555 0132 ext. 7", None, Some("14155550132")),
            ("+1 415 555 0132 x7", None, Some("14155550132")),
            ("+1 415 555 0132 #7", None, Some("14155550132")),
            ("+1 415 555 CALL", None, None),
            ("1-800-FLOWERS", Some("US"), None),
            ("+91 98765 43210", None, Some("919876543210")),
            ("＋８１ 90-1234-5678", None, Some("819012345678")),
            ("+۹۸ ۹۱۲ ۳۴۵ ۶۷۸۹", None, Some("989123456789")),
            ("0011 44 7911 123456", Some("AU"), Some("447911123456")),
            ("7911 123456", None, None),
            ("+999 1234567", None, None),
            ("+0", None, None),
            ("+1 000 000 0000", None, None),
            ("000000000", Some("US"), None),
            ("12", Some("US"), None),
            ("+44 12", None, None),
            ("dana@example.com", Some("US"), None),
            ("+44 7911 123456 / +44 7911 123457", None, None),
            ("011 49 1512 3456789", Some("US"), Some("4915123456789")),
            ("011 55 11 96123-4567", Some("CA"), Some("5511961234567")),
            ("011 82 10-2000-0000", Some("US"), Some("821020000000")),
            ("010 44 7911 123456", Some("JP"), Some("447911123456")),
            ("8~10 44 7911 123456", Some("RU"), Some("447911123456")),
            ("001 44 7911 123456", Some("TH"), Some("447911123456")),
            ("001 44 7911 123456", Some("HK"), Some("447911123456")),
            ("001 415 555 0132", Some("HK"), Some("14155550132")),
            ("00700 44 7911 123456", Some("KR"), Some("447911123456")),
            ("009 44 7911 123456", Some("CO"), Some("447911123456")),
            ("00 1 415 555 0132", Some("KR"), Some("14155550132")),
            ("0113 496 0123", Some("GB"), Some("441134960123")),
            ("+54 (011) 15-2345-6789", None, Some("5491123456789")),
            ("+54 11 15 2345 6789", None, Some("5491123456789")),
            ("011 15-2345-6789", Some("AR"), Some("5491123456789")),
            ("+52 1 55 1234 5678", None, Some("525512345678")),
            ("+52 044 55 1234 5678", None, Some("525512345678")),
            ("01 55 1234 5678", Some("MX"), Some("525512345678")),
            ("045 55 1234 5678", Some("MX"), Some("525512345678")),
            ("5215512345678", Some("MX"), Some("525512345678")),
            ("+55 0 15 21 98765 4321", None, Some("5521987654321")),
            ("0 5 321 123 4567", Some("CO"), Some("573211234567")),
            ("98765-4321", Some("BR"), None),
            ("8 (812) 234-56-78", Some("RU"), Some("78122345678")),
            ("8-800-555-35-35", Some("RU"), Some("78005553535")),
            ("+7 812 234 56 78", None, Some("78122345678")),
            ("09 1234 5678", Some("CL"), None),
            ("+370 8 612 34567", None, Some("37061234567")),
            ("447911123456.0", Some("GB"), Some("447911123456")),
            ("4155550132.0", Some("US"), Some("14155550132")),
            ("+447911123456.0", None, Some("447911123456")),
        ];
        for (raw, country, expected) in cases {
            assert_eq!(normalise(raw, country).ok().as_deref(), expected, "{raw} {country:?}");
        }
        assert_eq!(normalise("07911 123456", None), Err(Refusal::NoCountry));
    }

    #[test]
    fn a_number_that_the_default_country_lacks_is_read_at_home() {
        let (gb, fr) = (Home::Stated(*b"gb"), Home::Stated(*b"fr"));
        for (raw, country, home, expected) in [
            ("07911 123456", Some("US"), gb, Ok("447911123456")),
            ("(415) 555-0132", Some("US"), gb, Ok("14155550132")),
            ("06 12 34 56 78", Some("US"), fr, Ok("33612345678")),
            ("+1 415 555 0132", Some("GB"), fr, Ok("14155550132")),
            ("555-0132", Some("US"), Home::Unknown, Err(Refusal::Malformed(EXPECTED))),
            ("07911 123456", None, gb, Err(Refusal::NoCountry)),
            ("07911 123456", Some("GB"), Home::Assumed(*b"us"), Ok("447911123456")),
        ] {
            let number = normalise_at(raw, country, home);
            assert_eq!(number.as_deref().map_err(|why| *why), expected, "{raw} {country:?} {home:?}");
        }
    }

    #[test]
    fn the_short_way_agrees_with_the_full_reading() {
        for (digits, country) in [
            ("07911123456", "GB"),
            ("0612345678", "FR"),
            ("0551234567", "SA"),
            ("015123456789", "DE"),
            ("4155550132", "US"),
            ("0412345678", "AU"),
            ("09012345678", "JP"),
        ] {
            let full = phonenumber::parse(country.parse().ok(), digits).map(|n| written(&n)).ok();
            assert_eq!(national(digits, country), full, "{digits} {country}");
        }
    }
}
