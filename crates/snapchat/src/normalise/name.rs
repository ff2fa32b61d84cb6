//! First and last names: lower case, without punctuation, letters of every script kept with their accents (reference section 4.3).

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark, is_nfc};

use super::{Refusal, hash, meaningful};

/// Lower case in NFC: the composed form is what Snapchat's own digests are of (reference section 12.1).
#[must_use]
pub fn lower_nfc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        };
    }
    let lower = if is_nfc(text) { text.to_lowercase() } else { text.nfc().collect::<String>().to_lowercase() };
    Cow::Owned(if is_nfc(&lower) { lower } else { lower.nfc().collect() })
}

/// Composed again: letters and marks may have come together as something between them was dropped.
pub(super) fn recompose(text: String) -> String {
    if text.is_ascii() || is_nfc(&text) { text } else { text.nfc().collect() }
}

/// Whether a character belongs to a word of any script; vowel signs and accents are marks.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// The name as it is hashed. Blanks inside stay, as in Snap's own tag (reference section 13, number 16).
///
/// # Errors
/// When nothing but punctuation is in it.
pub fn normalise(raw: &str) -> Result<String, Refusal> {
    let text = meaningful(raw).ok_or(Refusal::Blank)?;
    let lower = lower_nfc(text);
    let mut name = String::with_capacity(lower.len());
    for word in lower.split_whitespace() {
        let before = name.len();
        if before > 0 {
            name.push(' ');
        }
        let start = name.len();
        name.extend(word.chars().filter(|c| is_word(*c)));
        if name.len() == start {
            name.truncate(before);
        }
    }
    if name.is_empty() { Err(Refusal::Malformed("it has no letters")) } else { Ok(recompose(name)) }
}

/// The digest of a name, or the digest that it is already.
///
/// # Errors
/// As [`normalise`], and for hashes other than SHA-256.
pub fn digest(raw: &str) -> Result<String, Refusal> {
    match hash::recognise(raw.trim())? {
        hash::Hashed::Sha256(digest) => Ok(digest),
        hash::Hashed::No => Ok(hash::sha256(&normalise(raw)?)),
    }
}

/// First and last name of a full name: the first word, and the rest.
#[must_use]
pub fn split(full: &str) -> Option<(&str, &str)> {
    let full = meaningful(full)?;
    let (first, last) = full.split_once(char::is_whitespace)?;
    let last = last.trim();
    (!last.is_empty() && !full.contains('@')).then_some((first, last))
}
