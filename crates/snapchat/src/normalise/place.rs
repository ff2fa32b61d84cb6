//! City, state and postcode: lower case, without blanks and punctuation, with the rules of two countries (reference section 4.3).

use super::{
    Refusal, hash, meaningful,
    name::{is_word, lower_nfc, recompose},
    phone::western_digits,
    us_states,
};

/// A country: two lower-case letters.
pub type Country = [u8; 2];

/// In which country a place lies, as far as the rules differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// The event or the profile says so.
    Stated(Country),
    /// Nothing is said: the default country of the source. What looks like another country's stays as it is.
    Assumed(Country),
    /// Nothing is known.
    Unknown,
}

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

/// The state as it is hashed: two letters in the United States. A state's full name counts as American where no country is stated.
///
/// # Errors
/// When nothing but punctuation is in it.
pub fn state(raw: &str, home: Home) -> Result<String, Refusal> {
    let mut state = squeeze(raw)?;
    if !matches!(home, Home::Stated(country) if country != US) {
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
pub fn postcode(raw: &str, home: Home) -> Result<String, Refusal> {
    let mut code = squeeze(&western_digits(raw))?;
    let is_zip = match home {
        Home::Stated(country) => country == US,
        Home::Assumed(country) => country == US && matches!(code.len(), 3..=5 | 9),
        Home::Unknown => is_zip_plus_four(raw.trim()),
    };
    if let Home::Stated(country) = home
        && let Some(length) = digits_of_postcodes(country)
        && (length.saturating_sub(2)..length).contains(&code.len())
        && code.bytes().all(|b| b.is_ascii_digit())
    {
        // Typed as a number it has lost its leading zeros.
        code.insert_str(0, &"00"[..length - code.len()]);
    }
    if is_zip && code.bytes().all(|b| b.is_ascii_digit()) {
        // A ZIP code that was typed as a number has lost its leading zeros.
        if (3..5).contains(&code.len()) {
            code.insert_str(0, if code.len() == 3 { "00" } else { "0" });
        }
        code.truncate(5);
    } else if matches!(home, Home::Stated(GB) | Home::Assumed(GB)) && code.is_ascii() && (5..=7).contains(&code.len()) {
        let inward = &code.as_bytes()[code.len() - 3..];
        if inward[0].is_ascii_digit() && inward[1..].iter().all(u8::is_ascii_alphabetic) {
            code.truncate(code.len() - 2);
        }
    }
    Ok(code)
}

/// How many digits postcodes have, in countries where they can begin with zeros.
fn digits_of_postcodes(country: Country) -> Option<usize> {
    Some(match &country {
        b"au" | b"dk" | b"no" | b"nz" | b"za" => 4,
        b"de" | b"es" | b"fi" | b"fr" | b"it" | b"kr" | b"lt" | b"mx" | b"my" | b"pl" | b"sk" | b"tr" | b"ua" => 5,
        b"cn" | b"co" | b"kz" | b"ro" | b"sg" => 6,
        b"jp" => 7,
        b"br" => 8,
        _ => return None,
    })
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
        for (raw, home, expected) in [
            ("California", Home::Unknown, "ca"),
            ("California", Home::Assumed(GB), "ca"),
            ("California", Home::Stated(*b"mx"), "california"),
            ("Washington, D.C.", Home::Stated(US), "dc"),
            ("D.C.", Home::Assumed(US), "dc"),
            ("US-CA", Home::Unknown, "ca"),
            ("Georgia", Home::Stated(US), "ga"),
            ("NSW", Home::Stated(*b"au"), "nsw"),
            ("Puerto Rico", Home::Unknown, "pr"),
            ("Bavaria", Home::Stated(*b"de"), "bavaria"),
        ] {
            assert_eq!(state(raw, home).as_deref(), Ok(expected), "{raw} {home:?}");
        }
    }

    #[test]
    fn postcodes() {
        let (stated, assumed) = (Home::Stated, Home::Assumed);
        for (raw, home, expected) in [
            ("94025-1234", Home::Unknown, "94025"),
            ("94025-1234", assumed(US), "94025"),
            // Saudi postcodes are written so, too.
            ("94025-1234", assumed(*b"sa"), "940251234"),
            ("940251234", stated(US), "94025"),
            ("９４０２５", stated(US), "94025"),
            ("〒１００−０００１", stated(*b"jp"), "1000001"),
            ("940251234", assumed(US), "94025"),
            ("2139", stated(US), "02139"),
            ("2139", assumed(US), "02139"),
            ("2139", stated(*b"au"), "2139"),
            ("800", stated(*b"au"), "0800"),
            ("1067", stated(*b"de"), "01067"),
            ("1067", assumed(*b"de"), "1067"),
            ("1310100", stated(*b"br"), "01310100"),
            ("6000", stated(*b"fr"), "06000"),
            ("10", stated(*b"fr"), "10"),
            ("sw1a1aa", stated(GB), "sw1a1"),
            ("SW1A 1AA", assumed(GB), "sw1a1"),
            ("M1 1AE", stated(GB), "m11"),
            ("SW1A", stated(GB), "sw1a"),
            ("94025", assumed(GB), "94025"),
            ("SW1A 1AA", Home::Unknown, "sw1a1aa"),
            ("SW1A 1AA", assumed(US), "sw1a1aa"),
            ("01310-100", stated(*b"br"), "01310100"),
            ("01310-100", assumed(US), "01310100"),
        ] {
            assert_eq!(postcode(raw, home).as_deref(), Ok(expected), "{raw} {home:?}");
        }
    }
}
