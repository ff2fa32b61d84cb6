//! What a field may hold. Messages name the field and the rule, never the value: it may be personal.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::{digest, names};

/// The kind of value a field takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Text,
    Texts,
    TextOrTexts,
    Integer,
    /// An integer that is not negative.
    Count,
    IntegerOrText,
    Number,
    NumberOrText,
    Flag,
    FlagOrBit,
    /// A SHA-256 digest or a list of them.
    Hashed,
    /// One or several ids of the sender's own; an e-mail address is none.
    ExternalId,
    /// A raw value that must not be hashed.
    Plain,
    Ip,
    AdId,
    Currency,
    OneOf(&'static [&'static str]),
    TextMap,
    Objects(&'static [(&'static str, Kind)]),
    Exactly(usize),
    /// A list, possibly empty, of these texts.
    EachOf(&'static [&'static str]),
    /// Checked elsewhere.
    Any,
}

/// A table of the known fields of an object.
pub type Fields = &'static [(&'static str, Kind)];

/// Checks that `value` is an object with known fields only, each of its kind.
pub fn check_object<'a>(
    place: &str,
    value: &'a Value,
    fields: Fields,
    problems: &mut Vec<String>,
) -> Option<&'a Map<String, Value>> {
    let Value::Object(object) = value else {
        problems.push(format!("{place} must be an object"));
        return None;
    };
    for (name, value) in object {
        let at = || if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
        match fields.iter().find(|(known, _)| known == name) {
            None => problems.push(format!("{} is not a known field", at())),
            Some((_, kind)) => {
                if let Err(rule) = kind.check(value, problems, &at) {
                    problems.push(format!("{} {rule}", at()));
                }
            }
        }
    }
    Some(object)
}

impl Kind {
    fn check(self, value: &Value, problems: &mut Vec<String>, at: &dyn Fn() -> String) -> Result<(), String> {
        match self {
            Self::Text => text(value).map(drop),
            Self::Texts => each(value, false, |item| text(item).map(drop)),
            Self::TextOrTexts => each(value, true, |item| text(item).map(drop)),
            Self::Integer => require(value.is_i64(), "must be an integer"),
            Self::Count => require(value.is_u64(), "must be a non-negative integer"),
            Self::IntegerOrText => {
                let written = value.as_str().is_some_and(|text| text.parse::<u64>().is_ok());
                require(value.is_u64() || written, "must be a non-negative integer")
            }
            Self::Number => require(value.as_f64().is_some_and(|n| n >= 0.0), "must be a non-negative number"),
            Self::NumberOrText => {
                let number = value.as_f64().or_else(|| value.as_str().and_then(decimal));
                require(number.is_some_and(|n| n >= 0.0), "must be a non-negative number")
            }
            Self::Flag => require(value.is_boolean(), "must be true or false"),
            Self::FlagOrBit => {
                require(value.is_boolean() || matches!(value.as_u64(), Some(0 | 1)), "must be true, false, 0 or 1")
            }
            Self::Hashed => each(value, true, |item| digest::parse(text(item)?).map(drop).map_err(str::to_owned)),
            Self::ExternalId => {
                each(value, true, |item| require(!text(item)?.contains('@'), "holds an unhashed e-mail address"))
            }
            Self::Plain => require(digest::parse(text(value)?).is_err(), "must not be hashed"),
            Self::Ip => require(text(value)?.parse::<IpAddr>().is_ok(), "must be an IPv4 or IPv6 address"),
            Self::AdId => {
                require(is_ad_id(text(value)?), "must be a lower-case advertising id, not hashed and not all zeros")
            }
            Self::Currency => require(names::is_currency(text(value)?), "must be an upper-case ISO 4217 code"),
            Self::OneOf(options) => {
                require(options.contains(&text(value)?), &format!("must be one of {}", options.join(", ")))
            }
            Self::TextMap => {
                let map = value.as_object().ok_or("must be an object")?;
                require(map.values().all(Value::is_string), "must map strings to strings")
            }
            Self::Objects(fields) => {
                let items = value.as_array().ok_or("must be an array of objects")?;
                require(!items.is_empty(), "must not be empty; leave it out")?;
                require(items.iter().all(|item| item != &json!({})), "must not hold empty objects")?;
                for (index, item) in items.iter().enumerate() {
                    check_object(&format!("{}[{index}]", at()), item, fields, problems);
                }
                Ok(())
            }
            Self::EachOf(options) => {
                let known = |item: &Value| item.as_str().is_some_and(|text| options.contains(&text));
                let items = value.as_array().filter(|items| items.iter().all(known));
                require(items.is_some(), &format!("must be a list of {}", options.join(", ")))
            }
            Self::Any => Ok(()),
            Self::Exactly(count) => {
                let items = value.as_array().filter(|items| items.len() == count && items.iter().all(Value::is_string));
                require(items.is_some(), &format!("must hold exactly {count} strings"))
            }
        }
    }
}

fn require(right: bool, rule: &str) -> Result<(), String> {
    if right { Ok(()) } else { Err(rule.to_owned()) }
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().filter(|text| !text.trim().is_empty()).ok_or_else(|| "must be a non-empty string".to_owned())
}

fn each(value: &Value, single: bool, mut check: impl FnMut(&Value) -> Result<(), String>) -> Result<(), String> {
    match value {
        Value::Array(items) if items.is_empty() => Err("must not be empty; leave it out".into()),
        Value::Array(items) => items.iter().try_for_each(check),
        Value::String(_) if single => check(value),
        _ if single => Err("must be a string or a list of strings".into()),
        _ => Err("must be a list of strings".into()),
    }
}

/// A plain decimal number: no exponent, no sign, no `inf`.
fn decimal(text: &str) -> Option<f64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|_| plain)
}

fn is_ad_id(text: &str) -> bool {
    let id = uuid::Uuid::try_parse(text).ok().filter(|id| !id.is_nil());
    id.is_some_and(|id| id.hyphenated().to_string() == text)
}
