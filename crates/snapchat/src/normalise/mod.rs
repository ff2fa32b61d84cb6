//! Values as Snapchat wants them before hashing (reference sections 4.3, 4.8 and 12). Each function is pure.

pub mod country;
pub mod date;
pub mod email;
pub mod gender;
pub mod hash;
pub mod ip;
pub mod money;
pub mod name;
pub mod phone;
pub mod place;
pub mod us_states;

/// The version of these rules. Raised with each change of a rule, and stamped on each attempt.
pub const NORMALISER_VERSION: u32 = 4;

/// Why a value is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing, or a word that stands for nothing (`null`, `undefined`, …).
    Blank,
    /// 32 or 40 hex characters: an MD5 or SHA-1 hash, which Snapchat doesn't know.
    OtherHash,
    /// Its digest is of a value that stands for nothing, such as the empty text.
    NeverSend,
    /// A phone number without a country code, and the source has no default country.
    NoCountry,
    /// It can't be such a value; the text says what is expected.
    Malformed(&'static str),
}

impl Refusal {
    /// The end of the sentence "The e-mail address was not used: …".
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Blank => "it is empty",
            Self::OtherHash => {
                "it is an MD5 or SHA-1 hash, and Snapchat takes only SHA-256; send the plain value or its SHA-256"
            }
            Self::NeverSend => "it is the hash of an empty value",
            Self::NoCountry => "it has no country code; send it as +44…, or set the default country of the source",
            Self::Malformed(expected) => expected,
        }
    }
}

/// Words that programs write where they have no value.
const NOTHING: [&str; 11] =
    ["null", "undefined", "none", "nan", "[object object]", "(null)", "n/a", "#n/a", "n.a.", "(none)", "(not set)"];

/// The text without surrounding blanks, or `None` if it stands for nothing.
#[must_use]
pub fn meaningful(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let (first, last) = (bytes.first()?, bytes.last()?);
    let text = if first.is_ascii_graphic() && last.is_ascii_graphic() {
        text
    } else {
        text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\0'))
    };
    let first = text.as_bytes().first()?;
    let suspicious = text.len() <= 15 && matches!(first, b'n' | b'N' | b'u' | b'U' | b'[' | b'(' | b'#');
    (!suspicious || !NOTHING.iter().any(|word| text.eq_ignore_ascii_case(word))).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_nothing_are_nothing() {
        for nothing in [
            "",
            " \t\n",
            "null",
            "NULL",
            " undefined ",
            "None",
            "NaN",
            "\u{feff}",
            "[object Object]",
            "N/A",
            "#n/a",
            "(not set)",
        ] {
            assert_eq!(meaningful(nothing), None, "{nothing:?}");
        }
        // Names and Namibia.
        for (text, expected) in [(" Nona ", "Nona"), ("Na", "Na"), ("NA", "NA"), ("#nofilter", "#nofilter")] {
            assert_eq!(meaningful(text), Some(expected));
        }
    }
}
