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
    if text.contains(is_wide) {
        let narrow: String = text.chars().map(narrow).collect();
        return Cow::Owned(lower_nfc(&narrow).into_owned());
    }
    let lower = if is_nfc(text) { text.to_lowercase() } else { text.nfc().collect::<String>().to_lowercase() };
    Cow::Owned(if is_nfc(&lower) { lower } else { lower.nfc().collect() })
}

/// The wide forms of ASCII, as keyboards for Chinese and Japanese write them: no accent is lost by writing them narrow.
pub(super) fn is_wide(c: char) -> bool {
    matches!(c, '！'..='～')
}

pub(super) fn narrow(c: char) -> char {
    if is_wide(c) { char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c) } else { c }
}

/// Composed again: letters and marks may have come together as something between them was dropped.
pub(super) fn recompose(text: String) -> String {
    if text.is_ascii() || is_nfc(&text) { text } else { text.nfc().collect() }
}

/// Whether a character belongs to a word of any script; vowel signs and accents are marks.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || (is_combining_mark(c) && !is_of_emoji(c))
}

/// Marks that only say how a sign is drawn: they stay behind when the sign is dropped.
fn is_of_emoji(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{20d0}'..='\u{20ff}' | '\u{e0100}'..='\u{e01ef}')
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

/// First and last name of a full name: the first word, and the rest; `Lopez, Dana` has them in turn.
#[must_use]
pub fn split(full: &str) -> Option<(&str, &str)> {
    let full = meaningful(full)?;
    if let Some((last, first)) = full.split_once([',', '，'])
        && !is_title(first)
    {
        let (last, first) = (last.trim(), first.trim());
        return (!last.is_empty() && !first.is_empty() && !first.contains(',') && !full.contains('@'))
            .then_some((first, last));
    }
    let (first, last) = full.split_once(char::is_whitespace)?;
    let last = last.trim();
    (!last.is_empty() && !full.contains('@')).then_some((first, last))
}

/// What stands behind a comma without being a first name.
fn is_title(text: &str) -> bool {
    const TITLES: [&str; 16] =
        ["jr", "sr", "ii", "iii", "iv", "md", "phd", "esq", "dds", "cpa", "mba", "rn", "inc", "llc", "ltd", "gmbh"];
    let word: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    TITLES.contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_go_with_their_marks_and_wide_letters_are_letters() {
        for (raw, expected) in [
            ("Lopez❤\u{fe0f}", "lopez"),
            ("1\u{fe0f}\u{20e3} Dana", "1 dana"),
            ("Ｊｏｈｎ", "john"),
            ("ＺＯＥ\u{308}", "zoë"),
            ("ｶﾅ", "ｶﾅ"),
        ] {
            assert_eq!(normalise(raw).as_deref(), Ok(expected), "{raw}");
        }
    }

    #[test]
    fn a_comma_turns_the_names() {
        for (raw, expected) in [
            ("Dana Lopez", Some(("Dana", "Lopez"))),
            ("Lopez, Dana", Some(("Dana", "Lopez"))),
            ("García Márquez,  Ana María ", Some(("Ana María", "García Márquez"))),
            ("Dana Lopez, Jr.", Some(("Dana", "Lopez, Jr."))),
            ("Dana Lopez, Ph.D.", Some(("Dana", "Lopez, Ph.D."))),
            ("Lopez, Dana, Berlin", None),
            ("Lopez,", None),
            ("Dana", None),
            ("dana@n.example Lopez", None),
        ] {
            assert_eq!(split(raw), expected, "{raw}");
        }
    }
}
