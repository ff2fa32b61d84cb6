//! Gender: `f` or `m`; Snapchat takes no other (reference section 4.3).

use super::{Refusal, hash, meaningful, name::lower_nfc};

/// German, French, Spanish, Portuguese, Italian, Dutch, Turkish and Polish, and how people are addressed.
const FEMALE: [&str; 20] = [
    "weiblich", "frau", "w", "femme", "féminin", "mujer", "femenino", "mulher", "feminino", "femmina", "donna",
    "vrouw", "kadın", "kobieta", "ms", "mrs", "miss", "ms.", "mrs.", "f",
];
const MALE: [&str; 16] = [
    "männlich",
    "herr",
    "mann",
    "homme",
    "masculin",
    "hombre",
    "masculino",
    "homem",
    "maschio",
    "uomo",
    "erkek",
    "mężczyzna",
    "mr",
    "mr.",
    "mister",
    "m",
];

/// The letter that is hashed.
///
/// # Errors
/// For every other word: it is left out.
pub fn normalise(raw: &str) -> Result<&'static str, Refusal> {
    let text = meaningful(raw).ok_or(Refusal::Blank)?;
    let one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    let one_of_other_languages = |words: &[&str]| words.contains(&&*lower_nfc(text));
    if one_of(&["f", "female", "woman", "girl"]) || one_of_other_languages(&FEMALE) {
        Ok("f")
    } else if one_of(&["m", "male", "man", "boy"]) || one_of_other_languages(&MALE) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_letters_for_all_words() {
        for (raw, expected) in [
            (" FEMALE ", Some("f")),
            ("Weiblich", Some("f")),
            ("mujer", Some("f")),
            ("Mrs.", Some("f")),
            ("Ｆ", Some("f")),
            ("MÄNNLICH", Some("m")),
            ("Hombre", Some("m")),
            ("man", Some("m")),
            ("other", None),
            ("divers", None),
            ("1", None),
        ] {
            assert_eq!(normalise(raw).ok(), expected, "{raw}");
        }
    }
}
