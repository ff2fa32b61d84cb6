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
    let around = |c: char| c.is_alphabetic() || c.is_whitespace() || is_currency_sign(c);
    let (mut start, mut before) = (first, &text[..first]);
    if let Some(point) = before.strip_suffix('.')
        && !point.ends_with(char::is_alphabetic)
    {
        start -= 1;
        before = point;
    }
    let after = text[last + 1..].trim_end_matches(['.', ',', '-']);
    // Abbreviations have points: Rs. 100, kr. 100, S/. 100.
    let is_abbreviation = before.trim_end().ends_with('.') && before.contains(char::is_alphabetic);
    if !before.chars().all(|c| around(c) || (is_abbreviation && matches!(c, '.' | '/'))) || !after.chars().all(around) {
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
        (_, 0) | (0, _) => Some(None),
        _ => {
            let (point, comma) = (positions('.').next_back()?, positions(',').next_back()?);
            let (last, count) = if point > comma { (point, points) } else { (comma, commas) };
            (count == 1).then_some(Some(last))
        }
    }
}

fn is_currency_sign(c: char) -> bool {
    matches!(c, '$' | '£' | '¢' | '¥' | '\u{20a0}'..='\u{20cf}' | '\u{fdfc}')
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
pub fn price_text(text: &str) -> Option<String> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && text.bytes().filter(|b| *b == b'.').count() <= 1
        && text.bytes().next().is_some_and(|b| b.is_ascii_digit())
        && !text.ends_with('.');
    if plain { Some(text.to_owned()) } else { amount_of_text(text).map(|number| number.to_string()) }
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

/// A currency's code in upper case; `None` if the text is no code at all.
#[must_use]
pub fn currency(text: &str) -> Option<Currency> {
    let text = western_letters(meaningful(text)?);
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
            (json!("free"), None),
            (json!("null"), None),
            (json!(true), None),
            (json!("2026-01-01"), None),
        ] {
            assert_eq!(amount(&raw).map(Value::Number), expected, "{raw}");
        }
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
        assert_eq!(currency("$"), None);
        assert!(KNOWN.is_sorted());
    }
}
