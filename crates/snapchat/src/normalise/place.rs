//! City, state and postcode: lower case, without blanks and punctuation, with the rules of two countries (reference section 4.3).

use super::{
    Refusal, hash, meaningful,
    name::{is_word, lower_nfc, recompose},
    us_states,
};

/// A country that its caller knows: two lower-case letters.
pub type Country = [u8; 2];

const US: Country = *b"us";
const GB: Country = *b"gb";

fn squeeze(raw: &str) -> Result<String, Refusal> {
    let text = meaningful(raw).ok_or(Refusal::Blank)?;
    let lower = lower_nfc(text);
    let squeezed: String = if lower.is_ascii() {
        lower.chars().filter(char::is_ascii_alphanumeric).collect()
    } else {
        lower.chars().filter(|c| is_word(*c)).collect()
    };
    if squeezed.is_empty() { Err(Refusal::Malformed("it has no letters or digits")) } else { Ok(recompose(squeezed)) }
}

/// The city as it is hashed.
///
/// # Errors
/// When nothing but punctuation is in it.
pub fn city(raw: &str) -> Result<String, Refusal> {
    squeeze(raw)
}

/// The state as it is hashed: two letters in the United States. A state's full name counts as American where no country is known.
///
/// # Errors
/// When nothing but punctuation is in it.
pub fn state(raw: &str, country: Option<Country>) -> Result<String, Refusal> {
    let mut state = squeeze(raw)?;
    if country.is_none_or(|c| c == US) {
        if let Some(code) = us_states::code(&state) {
            return Ok(code.to_owned());
        }
        // ISO 3166-2 writes US-CA.
        if raw.trim_start().get(..3).is_some_and(|head| head.eq_ignore_ascii_case("us-"))
            && let Some(code) = state.strip_prefix("us").filter(|rest| us_states::is_code(rest))
        {
            state = code.to_owned();
        }
    }
    Ok(state)
}

/// The postcode as it is hashed: in the United States the first five digits, in the United Kingdom the outward code and the sector's digit.
///
/// # Errors
/// When nothing but punctuation is in it.
pub fn postcode(raw: &str, country: Option<Country>) -> Result<String, Refusal> {
    let mut code = squeeze(raw)?;
    let digits = code.bytes().all(|b| b.is_ascii_digit());
    let zip_plus_four = country.is_none() && is_zip_plus_four(raw.trim());
    if (country == Some(US) || zip_plus_four) && digits {
        // A ZIP code that was typed as a number has lost its leading zeros.
        if (3..5).contains(&code.len()) {
            code.insert_str(0, if code.len() == 3 { "00" } else { "0" });
        }
        code.truncate(5);
    } else if country == Some(GB) && code.is_ascii() && (5..=7).contains(&code.len()) {
        let inward = &code.as_bytes()[code.len() - 3..];
        if inward[0].is_ascii_digit() && inward[1..].iter().all(u8::is_ascii_alphabetic) {
            code.truncate(code.len() - 2);
        }
    }
    Ok(code)
}

fn is_zip_plus_four(text: &str) -> bool {
    text.len() == 10 && text.bytes().enumerate().all(|(at, b)| if at == 5 { b == b'-' } else { b.is_ascii_digit() })
}

/// The digest of a value, or the digest that it is already.
///
/// # Errors
/// As the rule, and for hashes other than SHA-256.
pub fn digest(raw: &str, rule: impl FnOnce(&str) -> Result<String, Refusal>) -> Result<String, Refusal> {
    match hash::recognise(raw.trim())? {
        hash::Hashed::Sha256(digest) => Ok(digest),
        hash::Hashed::No => Ok(hash::sha256(&rule(raw)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states() {
        for (raw, country, expected) in [
            ("California", None, "ca"),
            ("California", Some(*b"mx"), "california"),
            ("Washington, D.C.", Some(US), "dc"),
            ("D.C.", Some(US), "dc"),
            ("US-CA", None, "ca"),
            ("Georgia", Some(US), "ga"),
            ("NSW", Some(*b"au"), "nsw"),
            ("Puerto Rico", None, "pr"),
            ("Bavaria", Some(*b"de"), "bavaria"),
        ] {
            assert_eq!(state(raw, country).as_deref(), Ok(expected), "{raw}");
        }
    }

    #[test]
    fn postcodes() {
        for (raw, country, expected) in [
            ("94025-1234", None, "94025"),
            ("940251234", Some(US), "94025"),
            ("2139", Some(US), "02139"),
            ("2139", Some(*b"au"), "2139"),
            ("sw1a1aa", Some(GB), "sw1a1"),
            ("M1 1AE", Some(GB), "m11"),
            ("SW1A", Some(GB), "sw1a"),
            ("SW1A 1AA", None, "sw1a1aa"),
            ("01310-100", Some(*b"br"), "01310100"),
        ] {
            assert_eq!(postcode(raw, country).as_deref(), Ok(expected), "{raw}");
        }
    }
}
