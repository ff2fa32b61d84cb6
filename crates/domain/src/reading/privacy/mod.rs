//! Personal data split off: the body keeps masked texts, the originals go by their paths into what is sealed.

mod find;
mod mask;
mod numbers;

pub use mask::{masked_email, masked_ip, masked_phone, masked_text};

use std::borrow::Cow;

use serde_json::{Map, Value};

use find::{Kind, meaning};
use mask::{masked, scan};

use super::pairs::type_word;

/// What was split off a body.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    /// The originals by JSON pointer.
    pub originals: Map<String, Value>,
    /// The first e-mail address met, folded for look-ups.
    pub email: Option<String>,
    /// The first phone number met: its digits.
    pub phone: Option<String>,
    /// Who it is, masked, for recognising.
    pub person: Option<String>,
}

/// Replaces personal data by masked texts and answers with the originals.
pub fn split(body: &mut Map<String, Value>) -> Split {
    let mut split = Split::default();
    let mut path = String::new();
    for (key, value) in body {
        step(&mut path, key, |path| walk(value, key, false, None, path, &mut split));
    }
    split
}

/// Puts the originals back: the exact opposite of [`split`].
pub fn join(body: Map<String, Value>, originals: &Map<String, Value>) -> Map<String, Value> {
    let mut whole = Value::Object(body);
    for (path, original) in originals {
        if let Some(slot) = whole.pointer_mut(path) {
            *slot = original.clone();
        }
    }
    match whole {
        Value::Object(body) => body,
        _ => Map::new(),
    }
}

/// What is masked in any JSON that is shown or kept as an excerpt.
pub fn mask_json(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|key, _| !is_personal(key));
            drop(split(map));
        }
        other => walk(other, "", false, None, &mut String::new(), &mut Split::default()),
    }
}

/// What is masked in a free text: addresses of e-mail, phone numbers, addresses of computers, and personal parameters of URLs.
#[must_use]
pub fn mask_text(text: &str) -> Cow<'_, str> {
    scan(text, true).map_or(Cow::Borrowed(text), |found| Cow::Owned(found.masked))
}

/// Whether a text that is to be a name of something holds personal data.
#[must_use]
pub fn is_personal(text: &str) -> bool {
    scan(text, true).is_some()
}

/// Runs `inner` with the path lengthened by one key.
fn step(path: &mut String, key: &str, inner: impl FnOnce(&mut String)) {
    let length = path.len();
    path.push('/');
    if key.contains(['~', '/']) {
        path.push_str(&key.replace('~', "~0").replace('/', "~1"));
    } else {
        path.push_str(key);
    }
    inner(path);
    path.truncate(length);
}

/// `in_person`: it stands in something that describes a person. `inherited`: the kind of what it stands in.
fn walk(value: &mut Value, key: &str, in_person: bool, inherited: Option<Kind>, path: &mut String, split: &mut Split) {
    let meaning = meaning(key);
    let kind = meaning.kind(in_person).or(inherited.filter(|_| !meaning.is_country));
    match value {
        Value::Object(map) if map.keys().any(|key| is_personal(key)) => {
            // Personal data as a key can't be masked in place: the whole object goes.
            seal(value, masked_text(), path, split);
        }
        Value::Object(map) => {
            let in_person = in_person || meaning.opens_person();
            for (key, value) in map {
                // The type of a typed pair says nothing of the person.
                if kind.is_none() || key != "t" || type_word(value).is_none() {
                    step(path, key, |path| walk(value, key, in_person, kind, path, split));
                }
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter_mut().enumerate() {
                step(path, &index.to_string(), |path| walk(value, "", in_person, kind, path, split));
            }
        }
        Value::String(text) if text.trim().is_empty() => {}
        Value::String(text) => {
            let masked = if kind.is_none() { masked_json_text(text, in_person, split) } else { None };
            if let Some(masked) = masked.or_else(|| masked_leaf(text, kind, !meaning.is_version, split)) {
                seal(value, masked, path, split);
            }
        }
        Value::Number(number) => {
            // A number that nothing is known of is an amount or a count.
            if let Some(masked) = kind.and_then(|kind| masked_leaf(&number.to_string(), Some(kind), false, split)) {
                seal(value, masked, path, split);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// What stands for a text that is JSON with something personal in it.
fn masked_json_text(text: &str, in_person: bool, split: &mut Split) -> Option<String> {
    if !matches!(text.trim_start().bytes().next(), Some(b'{' | b'[')) {
        return None;
    }
    let mut inner = serde_json::from_str(text).ok()?;
    let mut found = Split::default();
    walk(&mut inner, "", in_person, None, &mut String::new(), &mut found);
    if found.originals.is_empty() {
        return None;
    }
    split.phone = split.phone.take().or(found.phone);
    if split.email.is_none() && (found.email.is_some() || split.person.is_none()) {
        (split.email, split.person) = (found.email, found.person.or(split.person.take()));
    }
    Some(inner.to_string())
}

/// What stands for a text, if it is personal. `numbers`: whether those in it may be a person's.
fn masked_leaf(text: &str, kind: Option<Kind>, numbers: bool, split: &mut Split) -> Option<String> {
    let Some(kind) = kind else {
        let found = scan(text, numbers)?;
        notice_email(found.email.as_deref(), split);
        // Amid other words it may be anybody's.
        if let Some(phone) = found.phone.filter(|phone| phone == text.trim()) {
            notice_phone(&phone, split);
        }
        return Some(found.masked);
    };
    match kind {
        Kind::Email => notice_email(scan(text, false).and_then(|found| found.email).as_deref(), split),
        Kind::Phone => notice_phone(text, split),
        Kind::Name => {
            split.person.get_or_insert_with(|| masked(Kind::Name, text));
        }
        _ => {}
    }
    Some(masked(kind, text))
}

fn seal(value: &mut Value, masked: String, path: &str, split: &mut Split) {
    split.originals.insert(path.to_owned(), std::mem::replace(value, Value::String(masked)));
}

fn notice_email(email: Option<&str>, split: &mut Split) {
    if let Some(email) = email
        && split.email.is_none()
    {
        split.person = Some(masked_email(email));
        split.email = Some(fold_email(email));
    }
}

fn notice_phone(text: &str, split: &mut Split) {
    let digits = phone_digits(text);
    if split.phone.is_none() && digits.len() >= 5 {
        if split.email.is_none() {
            split.person = Some(masked_phone(text));
        }
        split.phone = Some(digits);
    }
}

/// An e-mail address as look-ups know it.
#[must_use]
pub fn fold_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// A phone number as look-ups know it: its digits, of whichever script, without leading zeros.
#[must_use]
pub fn phone_digits(phone: &str) -> String {
    let digits: String = phone.chars().filter_map(ascii_digit).collect();
    digits.trim_start_matches('0').to_owned()
}

/// The zeros of the scripts beside ASCII that people type numbers in: Arabic, Persian, Devanagari, Bengali, Thai, full width.
const ZEROS: [u32; 6] = [0x0660, 0x06f0, 0x0966, 0x09e6, 0x0e50, 0xff10];

fn ascii_digit(c: char) -> Option<char> {
    if c.is_ascii() {
        return c.is_ascii_digit().then_some(c);
    }
    let place = |zero: &u32| u32::from(c).checked_sub(*zero).filter(|digit| *digit < 10);
    ZEROS.iter().find_map(place).and_then(|digit| char::from_digit(digit, 10))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(map) => map,
            _ => unreachable!(),
        }
    }

    #[test]
    fn nothing_personal_stays() {
        let body = map(json!({
            "userId": "Dana@Northwind.example", "anonymousId": "a-1",
            "context": {
                "ip": "203.0.113.9", "userAgent": "Mozilla/5.0",
                "page": {"url": "https://shop.example/?ScCid=abc&email=dana%40northwind.example&phone=4155550123"},
                "traits": {"firstName": "Dana", "last_name": "Lopez", "name": "Dana Lopez", "birthday": "1990-02-01",
                           "phone": 14155550123_i64, "address": {"street": "1 Main", "city": "Reno", "country": "US"}},
                "campaign": {"name": "spring"},
            },
            "properties": {"name": "Tent", "products": [{"name": "Stove", "sku": "1"}], "zip": "89501",
                           "note": "write to dana@northwind.example please", "email_opt_in": true,
                           "contact": "+1 (415) 555-0123", "by": {"dana@northwind.example": 1},
                           "form": "{\"last_name\": \"Lopez\", \"size\": \"tentative\"}",
                           "by_phone": {"+1 415 555-0123": 1}, "hint": "call me at +1 415 555 0123 after 6, or (415) 555-0123",
                           "lines": ["Tent", {"remark": "from 203.0.113.9"}], "app": {"version": "10.2.0.1"}},
        }));
        let mut kept = body.clone();
        let split = split(&mut kept);
        let text = Value::Object(kept.clone()).to_string().to_lowercase();
        for personal in
            ["northwind", "dana", "lopez", "1990", "4155550123", "main", "reno", "89501", "203.0.113", "555-0123"]
        {
            assert!(!text.contains(personal), "{personal} in {text}");
        }
        for readable in [
            "tent",
            "stove",
            "tentative",
            "spring",
            "\"us\"",
            "sccid=abc",
            "mozilla",
            "please",
            "shop.example",
            "after 6",
            "10.2.0.1",
        ] {
            assert!(text.contains(readable), "{readable} not in {text}");
        }
        assert_eq!(split.email.as_deref(), Some("dana@northwind.example"));
        assert_eq!(split.phone.as_deref(), Some("14155550123"));
        assert_eq!(split.person.as_deref(), Some("d•••@n•••.example"));
        assert_eq!(join(kept, &split.originals), body);
    }

    #[test]
    fn the_types_of_typed_pairs_stay() {
        let mut body = map(
            json!({"user_traits": {"t": "Object", "v": {"email": {"t": "string", "v": "dana@n.example"}, "t": "Lopez"}}}),
        );
        split(&mut body);
        let shown = json!({"t": "Object", "v": {"email": {"t": "string", "v": "d•••@n•••.example"}, "t": "Lopez"}});
        assert_eq!(body["user_traits"], shown);
    }

    #[test]
    fn a_number_amid_words_is_nobodys() {
        let mut body = map(json!({"properties": {"note": "call +1 415 555 0132", "phone": "+1 415 555 0199"}}));
        assert_eq!(split(&mut body).phone.as_deref(), Some("14155550199"));
    }
}
