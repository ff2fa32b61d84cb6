//! E-mail addresses: trimmed, lower case, NFC; dots and `+tag` stay (reference section 4.3).

use std::borrow::Cow;

use super::{
    Refusal, hash, meaningful,
    name::{is_wide, lower_nfc, narrow},
};

const EXPECTED: &str = "it is not an e-mail address";

/// The address as it is hashed.
///
/// # Errors
/// When it is nothing or no address.
pub fn normalise(raw: &str) -> Result<Cow<'_, str>, Refusal> {
    let text = meaningful(raw).ok_or(Refusal::Blank)?;
    let text = text.get(..7).filter(|head| head.eq_ignore_ascii_case("mailto:")).map_or(text, |_| &text[7..]);
    if !text.is_ascii() && text.contains(|c| is_invisible(c) || is_wide(c)) {
        let visible: String = text.chars().filter(|c| !is_invisible(*c)).map(narrow).collect();
        return normalise(&visible).map(|text| Cow::Owned(text.into_owned()));
    }
    // As address books write it: "Dana Lopez" <dana@shop.example>; and what stood behind it in a list or sentence.
    let text = text.strip_suffix('>').and_then(|whole| whole.rsplit_once('<')).map_or(text, |(_, inner)| inner.trim());
    let text = text.trim_end_matches([';', ',', '.']);
    let (local, host) = text.rsplit_once('@').ok_or(Refusal::Malformed(EXPECTED))?;
    let plausible = !local.is_empty()
        && !local.contains('@')
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '<' | '>'));
    if plausible { Ok(lower_nfc(text)) } else { Err(Refusal::Malformed(EXPECTED)) }
}

/// What comes along when an address is copied from a page: nobody sees it, and nobody typed it.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The digest of an address, or the digest that it is already.
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
    fn what_nobody_sees_does_not_count() {
        assert_eq!(normalise("\u{202a}Dana\u{200b}@shop.example\u{202c}").as_deref(), Ok("dana@shop.example"));
        assert_eq!(normalise("\u{ad}"), Err(Refusal::Blank));
    }

    #[test]
    fn what_stands_around_it_does_not_count() {
        for raw in [
            "\"Lopez, D.\" <Dana@Shop.example>",
            "<dana@shop.example>",
            "dana@shop.example;",
            "Dana@shop.example.",
            "ｄａｎａ＠ｓｈｏｐ．ｅｘａｍｐｌｅ",
        ] {
            assert_eq!(normalise(raw).as_deref(), Ok("dana@shop.example"), "{raw}");
        }
        for raw in ["a@shop.example, b@shop.example", "a@shop.example>", "<>", "Dana <>", ";"] {
            assert!(normalise(raw).is_err(), "{raw}");
        }
    }
}
