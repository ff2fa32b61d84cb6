//! Amounts and counts, typed as numbers or as text, and currencies (reference section 4.4).

use std::borrow::Cow;

use serde_json::{Number, Value};
use unicode_normalization::UnicodeNormalization;

use super::{meaningful, phone::fold_digit};

/// Currencies that Snapchat is known to take (reference section 4.4), in order: others are sent with a warning.
const KNOWN: [&str; 60] = [
    "AED", "ALL", "AUD", "BGN", "BHD", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "DZD", "EGP", "EUR",
    "GBP", "GHS", "GIP", "HKD", "HRK", "HUF", "IDR", "ILS", "INR", "IQD", "ISK", "JOD", "JPY", "KES", "KRW", "KWD",
    "KZT", "LBP", "MAD", "MXN", "MYR", "NGN", "NOK", "NZD", "OMR", "PEN", "PHP", "PKR", "PLN", "QAR", "RON", "RUB",
    "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "TZS", "UAH", "USD", "VND", "XOF", "ZAR",
];

/// An amount of money: not negative, finite.
#[must_use]
pub fn amount(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => number.as_f64().is_some_and(|n| n.is_finite() && n >= 0.0).then(|| number.clone()),
        Value::String(text) => amount_of_text(text),
        _ => None,
    }
}

/// An amount written as text: `84.50`, `1,234.50`, `1.234,50`, `£84.50`, `84.50 GBP`.
#[must_use]
pub fn amount_of_text(text: &str) -> Option<Number> {
    let plain = canonical(&western(meaningful(text)?))?;
    if plain.bytes().all(|b| b.is_ascii_digit()) {
        return plain.parse::<u64>().ok().map(Number::from);
    }
    plain.parse::<f64>().ok().filter(|n| n.is_finite()).and_then(Number::from_f64)
}

/// Nobody writes fractions of these: a mark before three digits is between thousands.
const WHOLE: [&str; 12] = ["CLP", "COP", "HUF", "IDR", "IQD", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XOF"];
/// Where they are used, a comma is before the fraction and a point between thousands.
const POINTED: [&str; 15] =
    ["ARS", "BGN", "BRL", "CZK", "DKK", "EUR", "NOK", "PLN", "RON", "RSD", "RUB", "SEK", "TRY", "UAH", "UYU"];

/// As [`amount_of_text`], for an amount of this currency: `150.000` is a hundred and fifty thousand rupiah, and `1.299 €` no small change.
#[must_use]
pub fn amount_in(text: &str, currency: Option<&str>) -> Option<Number> {
    let Some((core, mark)) = one_mark_before_three(text) else { return amount_of_text(text) };
    let is_one_of = |list: &[&str]| currency.is_some_and(|code| list.contains(&code));
    let written_for_people = core.len() < text.trim().len();
    let thousands = match mark {
        b'.' => is_one_of(&WHOLE) || (written_for_people && (is_one_of(&POINTED) || text.contains('€'))),
        _ => !is_one_of(&["TND", "LYD"]),
    };
    // Whatever stands around it must be fit as before.
    let plain = amount_of_text(text)?;
    let digits: u64 = core.bytes().filter(u8::is_ascii_digit).fold(0, |n, digit| n * 10 + u64::from(digit - b'0'));
    #[allow(clippy::cast_precision_loss)] // six digits
    match (thousands, mark) {
        (true, _) => Some(digits.into()),
        (false, b',') => Number::from_f64(digits as f64 / 1_000.0),
        (false, _) => Some(plain),
    }
}

/// The digits of a text such as `1.299` or `12,500`, and the mark among them, if both readings are possible.
fn one_mark_before_three(text: &str) -> Option<(&str, u8)> {
    let first = text.find(|c: char| c.is_ascii_digit())?;
    let core = &text[first..=text.rfind(|c: char| c.is_ascii_digit())?];
    let (whole, rest) = core.as_bytes().split_at_checked(core.len().checked_sub(4)?)?;
    let fits = matches!(whole.len(), 1..=3)
        && whole[0] != b'0'
        && whole.iter().chain(&rest[1..]).all(u8::is_ascii_digit)
        && matches!(rest[0], b'.' | b',');
    fits.then_some((core, rest[0]))
}

/// The digits of other scripts, and the marks that Arabic writes between them, as ASCII has them.
fn western(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let fold = |c| match c {
        '٫' => '.',
        '٬' => ',',
        c => fold_digit(c).unwrap_or(c),
    };
    Cow::Owned(text.chars().map(fold).collect())
}

/// Digits with at most one point, or `None` if the text is no amount.
fn canonical(text: &str) -> Option<String> {
    let first = text.find(|c: char| c.is_ascii_digit())?;
    let last = text.rfind(|c: char| c.is_ascii_digit())?;
    let around = |c: char| c.is_alphabetic() || c.is_whitespace() || is_currency_sign(c) || is_direction(c);
    let (mut start, mut before) = (first, &text[..first]);
    if let Some(point) = before.strip_suffix('.')
        && !point.ends_with(char::is_alphabetic)
    {
        start -= 1;
        before = point;
    }
    // "49,- Kč" and "500/-" have no fraction.
    let after = text[last + 1..].trim_matches(['.', ',', '-', '–', '/']);
    // Abbreviations have points: Rs. 100, kr. 100, S/. 100, 100 ر.س
    let fits = |part: &str, marks: &[char]| {
        let is_abbreviation = part.contains(char::is_alphabetic);
        part.chars().all(|c| around(c) || (is_abbreviation && marks.contains(&c)))
    };
    let before = before.strip_prefix('+').unwrap_or(before);
    if !fits(before, if before.trim_end().ends_with('.') { &['.', '/'] } else { &['.'] }) || !fits(after, &['.']) {
        return None;
    }
    let body: Vec<char> =
        text[start..=last].chars().filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '_' | '’')).collect();
    if !body.iter().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',')) {
        return None;
    }
    let point = decimal_point(&body)?;
    let keep = |(at, c): (usize, &char)| match c {
        '.' | ',' if point == Some(at) => Some('.'),
        '.' | ',' => None,
        digit => Some(*digit),
    };
    Some(body.iter().enumerate().filter_map(keep).collect())
}

/// Where the decimal point is: the last of two kinds of mark, a lone point, or a lone comma that isn't followed by three digits.
/// The outer `None` says that the marks make no sense.
fn decimal_point(body: &[char]) -> Option<Option<usize>> {
    let positions = |mark: char| body.iter().enumerate().filter(move |(_, c)| **c == mark).map(|(at, _)| at);
    let (points, commas) = (positions('.').count(), positions(',').count());
    match (points, commas) {
        (0, 0) => Some(None),
        (1, 0) => Some(positions('.').next()),
        (0, 1) => {
            let at = positions(',').next()?;
            Some((body.len() - at - 1 != 3).then_some(at))
        }
        (_, 0) | (0, _) => {
            let last = body.iter().rposition(|c| matches!(c, '.' | ','))?;
            (body.len() - last - 1 == 3).then_some(None)
        }
        _ => {
            let (point, comma) = (positions('.').next_back()?, positions(',').next_back()?);
            let (last, count) = if point > comma { (point, points) } else { (comma, commas) };
            (count == 1).then_some(Some(last))
        }
    }
}

fn is_currency_sign(c: char) -> bool {
    matches!(c, '$' | '£' | '¢' | '¥' | '\u{20a0}'..='\u{20cf}' | '\u{fdfc}' | '＄' | '￠' | '￡' | '￥' | '￦')
}

/// Marks of the direction of writing, as browsers put them beside Arabic and Hebrew amounts.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}')
}

/// A count: a whole number, not negative.
#[must_use]
pub fn count(value: &Value) -> Option<u64> {
    whole(&amount(value)?)
}

fn whole(number: &Number) -> Option<u64> {
    number.as_u64().or_else(|| {
        let float = number.as_f64()?;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        (float.fract() == 0.0 && float < 1e15).then_some(float as u64)
    })
}

/// A count written as text.
#[must_use]
pub fn count_of_text(text: &str) -> Option<u64> {
    match text.parse() {
        Ok(count) => Some(count),
        Err(_) => whole(&amount_of_text(text)?),
    }
}

/// A price as text: plain decimals stay as they were written (`59.50`).
#[must_use]
pub fn price_text(text: &str, currency: Option<&str>) -> Option<String> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && text.bytes().filter(|b| *b == b'.').count() <= 1
        && text.bytes().next().is_some_and(|b| b.is_ascii_digit())
        && !text.ends_with('.');
    if plain && !(currency.is_some() && one_mark_before_three(text).is_some()) {
        Some(text.to_owned())
    } else {
        amount_in(text, currency).map(|number| number.to_string())
    }
}

/// A price times a count, to a ten-thousandth.
#[must_use]
pub fn times(price: &Number, count: u64) -> Option<Number> {
    if let Some(whole) = price.as_u64() {
        return whole.checked_mul(count).map(Number::from);
    }
    #[allow(clippy::cast_precision_loss)]
    let product = price.as_f64()? * count as f64;
    Number::from_f64((product * 10_000.0).round() / 10_000.0)
}

/// What is known of a currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Currency {
    /// On the list of those that Snapchat takes.
    Known(String),
    /// A currency of ISO 4217 that is not on the list.
    Unlisted(String),
    /// Three letters that ISO 4217 doesn't have: sent with a warning.
    Unknown(String),
}

impl Currency {
    /// The code in upper case.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Known(code) | Self::Unlisted(code) | Self::Unknown(code) => code,
        }
    }
}

/// Full-width letters as ASCII.
fn western_letters(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfkc().collect()) }
}

/// The currency of a sign or word that can mean no other.
fn by_sign(text: &str) -> Option<&'static str> {
    const SIGNS: [(&str, &str); 25] = [
        ("€", "EUR"),
        ("EURO", "EUR"),
        ("EUROS", "EUR"),
        ("£", "GBP"),
        ("US$", "USD"),
        ("₹", "INR"),
        ("₩", "KRW"),
        ("₫", "VND"),
        ("₺", "TRY"),
        ("₽", "RUB"),
        ("₴", "UAH"),
        ("₦", "NGN"),
        ("₱", "PHP"),
        ("฿", "THB"),
        ("₪", "ILS"),
        ("₸", "KZT"),
        ("R$", "BRL"),
        ("ZŁ", "PLN"),
        ("KČ", "CZK"),
        ("A$", "AUD"),
        ("C$", "CAD"),
        ("CA$", "CAD"),
        ("HK$", "HKD"),
        ("NT$", "TWD"),
        ("RMB", "CNY"),
    ];
    let is_code = text.len() == 3 && text.bytes().all(|b| b.is_ascii_alphabetic());
    if is_code && !text.eq_ignore_ascii_case("RMB") {
        return None;
    }
    let upper = text.to_uppercase();
    SIGNS.iter().find(|(sign, _)| *sign == upper).map(|(_, code)| *code)
}

/// A currency's code in upper case; `None` if the text is no code at all.
#[must_use]
pub fn currency(text: &str) -> Option<Currency> {
    let text = western_letters(meaningful(text)?);
    if let Some(code) = by_sign(&text) {
        return Some(Currency::Known(code.to_owned()));
    }
    if text.len() != 3 || !text.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let code = text.to_ascii_uppercase();
    Some(if KNOWN.binary_search(&code.as_str()).is_ok() {
        Currency::Known(code)
    } else if iso_currency::Currency::from_code(&code).is_some() {
        Currency::Unlisted(code)
    } else {
        Currency::Unknown(code)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts() {
        for (raw, expected) in [
            (json!(84.5), Some(json!(84.5))),
            (json!("84.50"), Some(json!(84.5))),
            (json!("0"), Some(json!(0))),
            (json!(" 1,234.50 "), Some(json!(1234.5))),
            (json!("1.234,50"), Some(json!(1234.5))),
            (json!("1 234,5"), Some(json!(1234.5))),
            (json!("1,234"), Some(json!(1234))),
            (json!("1,234,567"), Some(json!(1_234_567))),
            (json!("84,5"), Some(json!(84.5))),
            (json!("£84.50"), Some(json!(84.5))),
            (json!("USD 84.50"), Some(json!(84.5))),
            (json!("84.50 €"), Some(json!(84.5))),
            (json!(".5"), Some(json!(0.5))),
            (json!("1'234.50"), Some(json!(1234.5))),
            (json!("Rs. 1,499"), Some(json!(1499))),
            (json!("Rs.1,499.50"), Some(json!(1499.5))),
            (json!("Rs.100"), Some(json!(100))),
            (json!("kr. 12,50"), Some(json!(12.5))),
            (json!("S/. 12.50"), Some(json!(12.5))),
            (json!("$.50"), Some(json!(0.5))),
            (json!("$ .5"), Some(json!(0.5))),
            (json!("1,00,000.50"), Some(json!(100_000.5))),
            (json!("١٬٢٣٤٫٥٠"), Some(json!(1234.5))),
            (json!("１２３"), Some(json!(123))),
            (json!(-1), None),
            (json!("-84.50"), None),
            (json!("1.2.3,4,5"), None),
            (json!("45.5.0"), None),
            (json!("+45.00"), Some(json!(45.0))),
            (json!("￥15,000"), Some(json!(15_000))),
            (json!("٤٥٫٥٠ ر.س"), Some(json!(45.5))),
            (json!("\u{200f}45.50 ر.س.\u{200f}"), Some(json!(45.5))),
            (json!("1 299,- Kč"), Some(json!(1299))),
            (json!("Rs. 1,23,456/-"), Some(json!(123_456))),
            (json!("10-20"), None),
            (json!("45%"), None),
            (json!("(45.00)"), None),
            (json!("free"), None),
            (json!("null"), None),
            (json!(true), None),
            (json!("2026-01-01"), None),
        ] {
            assert_eq!(amount(&raw).map(Value::Number), expected, "{raw}");
        }
    }

    #[test]
    fn three_digits_behind_a_mark_are_read_by_the_currency() {
        for (text, currency, expected) in [
            ("Rp 150.000", Some("IDR"), json!(150_000)),
            ("150.000", Some("IDR"), json!(150_000)),
            ("150.000đ", Some("VND"), json!(150_000)),
            ("$ 45.990", Some("CLP"), json!(45_990)),
            ("1,980円", Some("JPY"), json!(1980)),
            ("1.299 €", Some("EUR"), json!(1299)),
            ("€1.299", None, json!(1299)),
            ("R$1.299", Some("BRL"), json!(1299)),
            // A program's fraction, not a person's thousand.
            ("33.325", Some("EUR"), json!(33.325)),
            ("12.345", Some("USD"), json!(12.345)),
            ("$12.345", Some("USD"), json!(12.345)),
            ("12.345", Some("KWD"), json!(12.345)),
            ("KD 1.250", Some("KWD"), json!(1.25)),
            ("12,500", Some("TND"), json!(12.5)),
            ("12,500", Some("KWD"), json!(12_500)),
            ("0.990", Some("IDR"), json!(0.99)),
            ("1.299,00 €", Some("EUR"), json!(1299.0)),
            ("150.00", Some("IDR"), json!(150.0)),
        ] {
            assert_eq!(amount_in(text, currency).map(Value::Number), Some(expected), "{text} {currency:?}");
        }
        assert_eq!(amount_in("-1.299 €", Some("EUR")), None);
        assert_eq!(price_text("150.000", Some("IDR")).as_deref(), Some("150000"));
        assert_eq!(price_text("59.50", Some("EUR")).as_deref(), Some("59.50"));
        assert_eq!(price_text("33.325", Some("EUR")).as_deref(), Some("33.325"));
    }

    #[test]
    fn counts_are_whole() {
        assert_eq!(count(&json!("2")), Some(2));
        assert_eq!(count(&json!(2.0)), Some(2));
        assert_eq!(count(&json!(2.5)), None);
        assert_eq!(count(&json!(-2)), None);
    }

    #[test]
    fn currencies() {
        assert_eq!(currency(" gbp "), Some(Currency::Known("GBP".into())));
        assert_eq!(currency("AMD"), Some(Currency::Unlisted("AMD".into())));
        assert_eq!(currency("ZZQ"), Some(Currency::Unknown("ZZQ".into())));
        assert_eq!(currency("ＵＳＤ"), Some(Currency::Known("USD".into())));
        for (sign, code) in
            [("€", "EUR"), ("£", "GBP"), ("₹", "INR"), ("us$", "USD"), ("Euro", "EUR"), ("zł", "PLN"), ("RMB", "CNY")]
        {
            assert_eq!(currency(sign), Some(Currency::Known(code.into())), "{sign}");
        }
        for shared in ["$", "¥", "kr", "Rs"] {
            assert_eq!(currency(shared), None, "{shared}");
        }
        assert!(KNOWN.is_sorted());
    }
}
