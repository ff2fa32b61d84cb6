//! Countries as ISO 3166-1 alpha-2, from codes of two or three letters and from names (reference section 4.3).

use std::{collections::HashMap, sync::LazyLock};

use super::{
    Refusal, hash, meaningful,
    name::{is_word, lower_nfc},
};

const EXPECTED: &str = "it is not a country such as GB or United Kingdom";

/// Names in use that differ from the short names of ISO 3166, without blanks and punctuation.
const ALSO: [(&str, &str); 46] = [
    ("america", "US"),
    ("bolivia", "BO"),
    ("brasil", "BR"),
    ("britain", "GB"),
    ("brunei", "BN"),
    ("capeverde", "CV"),
    ("czechrepublic", "CZ"),
    ("deutschland", "DE"),
    ("easttimor", "TL"),
    ("emirates", "AE"),
    ("england", "GB"),
    ("españa", "ES"),
    ("france", "FR"),
    ("greatbritain", "GB"),
    ("holland", "NL"),
    ("hongkong", "HK"),
    ("iran", "IR"),
    ("italia", "IT"),
    ("ivorycoast", "CI"),
    ("kosovo", "XK"),
    ("ksa", "SA"),
    ("laos", "LA"),
    ("macau", "MO"),
    ("macedonia", "MK"),
    ("moldova", "MD"),
    ("netherlands", "NL"),
    ("northernireland", "GB"),
    ("northkorea", "KP"),
    ("palestine", "PS"),
    ("republicofkorea", "KR"),
    ("russia", "RU"),
    ("scotland", "GB"),
    ("southkorea", "KR"),
    ("swaziland", "SZ"),
    ("syria", "SY"),
    ("taiwan", "TW"),
    ("tanzania", "TZ"),
    ("turkey", "TR"),
    ("uae", "AE"),
    ("uk", "GB"),
    ("unitedkingdom", "GB"),
    ("unitedstates", "US"),
    ("usa", "US"),
    ("venezuela", "VE"),
    ("vietnam", "VN"),
    ("wales", "GB"),
];

static BY_NAME: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let mut names: HashMap<String, &'static str> = HashMap::new();
    for country in rust_iso3166::ALL {
        names.insert(key(country.name), country.alpha2);
        // "Bolivia (Plurinational State of)" and "Korea, Republic of" are also known by their first part,
        // unless two countries share it.
        if let Some(end) = country.name.find(" (") {
            names.entry(key(&country.name[..end])).or_insert(country.alpha2);
        }
    }
    for shared in ["korea", "virginislands", "saintmartin", "micronesia"] {
        names.remove(shared);
    }
    names.extend(ALSO.iter().map(|(name, code)| ((*name).to_owned(), *code)));
    names
});

fn key(name: &str) -> String {
    let lower = lower_nfc(name);
    let lower = lower.strip_prefix("the ").unwrap_or(&lower);
    lower.chars().filter(|c| is_word(*c)).collect()
}

/// The code in lower case, as it is hashed.
///
/// # Errors
/// When it is no country.
pub fn normalise(raw: &str) -> Result<[u8; 2], Refusal> {
    let text = meaningful(raw).ok_or(Refusal::Blank)?;
    if let [a, b] = *text.as_bytes()
        && let upper = [a.to_ascii_uppercase(), b.to_ascii_uppercase()]
        && let Ok(code) = std::str::from_utf8(&upper)
    {
        // The United Kingdom's own abbreviation, and two letters that ISO keeps free for Kosovo.
        let known = match code {
            "UK" => Some("GB"),
            "XK" => Some("XK"),
            code => rust_iso3166::from_alpha2(code).map(|country| country.alpha2),
        };
        return known.map(lower).ok_or(Refusal::Malformed(EXPECTED));
    }
    if text.len() == 3
        && let Some(country) = rust_iso3166::from_alpha3(&text.to_ascii_uppercase())
    {
        return Ok(lower(country.alpha2));
    }
    BY_NAME.get(key(text).as_str()).map(|code| lower(code)).ok_or(Refusal::Malformed(EXPECTED))
}

fn lower(code: &str) -> [u8; 2] {
    let bytes = code.as_bytes();
    [bytes[0].to_ascii_lowercase(), bytes[1].to_ascii_lowercase()]
}

/// The digest of a country, or the digest that it is already.
///
/// # Errors
/// As [`normalise`], and for hashes other than SHA-256.
pub fn digest(raw: &str) -> Result<String, Refusal> {
    match hash::recognise(raw.trim())? {
        hash::Hashed::Sha256(digest) => Ok(digest),
        hash::Hashed::No => Ok(hash::sha256(&normalise(raw)?.map(char::from).iter().collect::<String>())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names() {
        for (raw, expected) in [
            ("US", Some("us")),
            ("usa", Some("us")),
            ("United States", Some("us")),
            ("United States of America", Some("us")),
            ("The Netherlands", Some("nl")),
            ("UK", Some("gb")),
            ("Great Britain", Some("gb")),
            ("South Korea", Some("kr")),
            ("Korea", None),
            ("Côte d'Ivoire", Some("ci")),
            ("Türkiye", Some("tr")),
            ("Georgia", Some("ge")),
            ("saudi arabia", Some("sa")),
            ("ZZ", None),
            ("ZZZ", None),
            ("Atlantis", None),
        ] {
            let code = normalise(raw).ok().map(|code| String::from_utf8_lossy(&code).into_owned());
            assert_eq!(code.as_deref(), expected, "{raw}");
        }
    }
}
