//! Values in the form in which they are compared: the database and the evaluation in memory fold them alike.

use serde_json::Value;

use crate::{Timestamp, reading::privacy::phone_digits};

/// The characters of a text that are compared; longer ones are cut.
pub const TEXT_MAX: usize = 200;
/// Elements of a list that are compared.
const LIST_MAX: usize = 50;
/// Numbers are compared and added up in ten-thousandths, so that sums don't depend on the order of their parts.
const SCALE: f64 = 10_000.0;
/// Beyond this a number is only a text: sums stay exact below 2^53.
const NUMBER_MAX: f64 = 9.0e11;

/// A value as it is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Folded {
    /// Its text: trimmed, lower case.
    pub text: String,
    /// In ten-thousandths, if it is a number or a text that is one.
    pub number: Option<i64>,
    /// Unix milliseconds, if it is a text that is a date.
    pub date: Option<i64>,
}

impl Folded {
    /// Whether two values count as equal: `5`, `"5"` and `5.00` do, and so do `US` and `us`.
    #[must_use]
    pub fn equals(&self, other: &Self) -> bool {
        self.text == other.text || (self.number.is_some() && self.number == other.number)
    }
}

/// A number in ten-thousandths; `None` if it is out of range.
#[must_use]
pub fn fold_number(number: f64) -> Option<i64> {
    #[allow(clippy::cast_possible_truncation)] // within the range that was checked
    (number.abs() <= NUMBER_MAX).then(|| (number * SCALE).round() as i64)
}

/// Folds a single value; `None` for nothing, blank texts and structures.
#[must_use]
pub fn fold(value: &Value) -> Option<Folded> {
    match value {
        Value::String(text) => fold_text(text),
        Value::Bool(flag) => Some(Folded { text: flag.to_string(), number: None, date: None }),
        Value::Number(number) => {
            let float = number.as_f64()?;
            #[allow(clippy::float_cmp)] // whether it has a fraction at all
            let whole = number.is_f64() && float.abs() < 1.0e15 && float.trunc() == float;
            let text = if whole { format!("{float:.0}") } else { number.to_string() };
            Some(Folded { text, number: fold_number(float), date: None })
        }
        _ => None,
    }
}

/// Folds a value, and each element of a list.
#[must_use]
pub fn fold_all(value: &Value) -> Vec<Folded> {
    match value {
        Value::Array(list) => list.iter().filter_map(fold).take(LIST_MAX).collect(),
        single => fold(single).into_iter().collect(),
    }
}

fn fold_text(text: &str) -> Option<Folded> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let digits = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    let number = if digits { text.parse().ok().and_then(fold_number) } else { None };
    let date = if digits { Timestamp::parse_iso(text).map(|at| at.0) } else { None };
    Some(Folded { text: text.to_lowercase().chars().take(TEXT_MAX).collect(), number, date })
}

/// The text that a personal trait's keyed hash is made of: phone numbers count by their digits.
#[must_use]
pub fn personal_text(trait_key: &str, folded: &str) -> String {
    if trait_key.contains("phone") || trait_key.contains("mobile") { phone_digits(folded) } else { folded.to_owned() }
}
