//! Gender: `f` or `m`; Snapchat takes no other (reference section 4.3).

use super::{Refusal, hash, meaningful};

/// The letter that is hashed.
///
/// # Errors
/// For every other word: it is left out.
pub fn normalise(raw: &str) -> Result<&'static str, Refusal> {
    let text = meaningful(raw).ok_or(Refusal::Blank)?;
    let one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if one_of(&["f", "female", "woman", "girl"]) {
        Ok("f")
    } else if one_of(&["m", "male", "man", "boy"]) {
        Ok("m")
    } else {
        Err(Refusal::Malformed("Snapchat takes only female and male"))
    }
}

/// The digest of a gender, or the digest that it is already.
///
/// # Errors
/// As [`normalise`], and for hashes other than SHA-256.
pub fn digest(raw: &str) -> Result<String, Refusal> {
    match hash::recognise(raw.trim())? {
        hash::Hashed::Sha256(digest) => Ok(digest),
        hash::Hashed::No => Ok(hash::sha256(normalise(raw)?)),
    }
}
