//! Countries as ISO 3166-1 alpha-2, from codes of two or three letters and from names (reference section 4.3).

use std::{collections::HashMap, sync::LazyLock};

use unicode_normalization::UnicodeNormalization;

use super::{Refusal, hash, meaningful, name::lower_nfc};

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

/// Names as Unicode's tables have them, which shops show in their lists, and others of the kind.
const SHOWN: [(&str, &str); 49] = [
    ("antiguabarbuda", "AG"),
    ("bosnia", "BA"),
    ("bosniaherzegovina", "BA"),
    ("britishvirginislands", "VG"),
    ("burma", "MM"),
    ("caribbeannetherlands", "BQ"),
    ("congobrazzaville", "CG"),
    ("congokinshasa", "CD"),
    ("democraticrepublicofcongo", "CD"),
    ("democraticrepublicofthecongo", "CD"),
    ("drcongo", "CD"),
    ("heardmcdonaldislands", "HM"),
    ("hongkongsar", "HK"),
    ("hongkongsarchina", "HK"),
    ("koreanorth", "KP"),
    ("koreasouth", "KR"),
    ("laopdr", "LA"),
    ("macaosar", "MO"),
    ("macaosarchina", "MO"),
    ("micronesia", "FM"),
    ("myanmarburma", "MM"),
    ("palestinianterritories", "PS"),
    ("pitcairnislands", "PN"),
    ("republicofireland", "IE"),
    ("republicofthecongo", "CG"),
    ("saotomeprincipe", "ST"),
    ("sintmaarten", "SX"),
    ("slovakrepublic", "SK"),
    ("southgeorgiasouthsandwichislands", "GS"),
    ("stbarthelemy", "BL"),
    ("sthelena", "SH"),
    ("stkittsandnevis", "KN"),
    ("stkittsnevis", "KN"),
    ("stlucia", "LC"),
    ("stmartin", "MF"),
    ("stpierremiquelon", "PM"),
    ("stvincent", "VC"),
    ("stvincentandthegrenadines", "VC"),
    ("stvincentgrenadines", "VC"),
    ("svalbardjanmayen", "SJ"),
    ("trinidad", "TT"),
    ("trinidadtobago", "TT"),
    ("turkscaicosislands", "TC"),
    ("usoutlyingislands", "UM"),
    ("usvirginislands", "VI"),
    ("vatican", "VA"),
    ("vaticancity", "VA"),
    ("virginislandsus", "VI"),
    ("wallisfutuna", "WF"),
];

/// What the neighbours call the large ones: German, French, Spanish, Portuguese, Italian, Dutch.
const ABROAD: [(&str, &str); 37] = [
    ("alemanha", "DE"),
    ("alemania", "DE"),
    ("allemagne", "DE"),
    ("autriche", "AT"),
    ("belgica", "BE"),
    ("belgio", "BE"),
    ("duitsland", "DE"),
    ("espagne", "ES"),
    ("espanha", "ES"),
    ("estadosunidos", "US"),
    ("etatsunis", "US"),
    ("franca", "FR"),
    ("francia", "FR"),
    ("frankreich", "FR"),
    ("frankrijk", "FR"),
    ("germania", "DE"),
    ("großbritannien", "GB"),
    ("holanda", "NL"),
    ("italie", "IT"),
    ("italien", "IT"),
    ("niederlande", "NL"),
    ("paisesbaixos", "NL"),
    ("paisesbajos", "NL"),
    ("paysbas", "NL"),
    ("pologne", "PL"),
    ("polonia", "PL"),
    ("regnounito", "GB"),
    ("reinounido", "GB"),
    ("royaumeuni", "GB"),
    ("spagna", "ES"),
    ("spanien", "ES"),
    ("spanje", "ES"),
    ("statiuniti", "US"),
    ("suica", "CH"),
    ("suiza", "CH"),
    ("vereinigtestaaten", "US"),
    ("vereinigteskonigreich", "GB"),
];

/// What countries call themselves, without blanks and punctuation.
const OWN_NAMES: [(&str, &str); 44] = [
    ("belgien", "BE"),
    ("belgique", "BE"),
    ("belgië", "BE"),
    ("bharat", "IN"),
    ("danmark", "DK"),
    ("eesti", "EE"),
    ("hrvatska", "HR"),
    ("latvija", "LV"),
    ("lietuva", "LT"),
    ("magyarország", "HU"),
    ("maroc", "MA"),
    ("méxico", "MX"),
    ("nederland", "NL"),
    ("norge", "NO"),
    ("oesterreich", "AT"),
    ("panamá", "PA"),
    ("perú", "PE"),
    ("polska", "PL"),
    ("românia", "RO"),
    ("schweiz", "CH"),
    ("slovenija", "SI"),
    ("slovensko", "SK"),
    ("srbija", "RS"),
    ("suisse", "CH"),
    ("suomi", "FI"),
    ("sverige", "SE"),
    ("svizzera", "CH"),
    ("éire", "IE"),
    ("ísland", "IS"),
    ("österreich", "AT"),
    ("česko", "CZ"),
    ("českárepublika", "CZ"),
    ("ελλάδα", "GR"),
    ("россия", "RU"),
    ("україна", "UA"),
    ("ישראל", "IL"),
    ("الإماراتالعربيةالمتحدة", "AE"),
    ("السعودية", "SA"),
    ("المملكةالعربيةالسعودية", "SA"),
    ("مصر", "EG"),
    ("भारत", "IN"),
    ("中国", "CN"),
    ("日本", "JP"),
    ("대한민국", "KR"),
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
    let others = ALSO.iter().chain(&SHOWN).chain(&ABROAD).chain(&OWN_NAMES);
    names.extend(others.map(|(name, code)| (key(name), *code)));
    names
});

/// A name without blanks, punctuation and accents, which many keyboards lack.
fn key(name: &str) -> String {
    let lower = lower_nfc(name);
    let lower = lower.strip_prefix("the ").unwrap_or(&lower);
    if lower.is_ascii() {
        return lower.chars().filter(char::is_ascii_alphanumeric).collect();
    }
    lower.nfd().filter(|c| c.is_alphanumeric()).collect()
}

/// The code in lower case, as it is hashed.
///
/// # Errors
/// When it is no country.
pub fn normalise(raw: &str) -> Result<[u8; 2], Refusal> {
    let text = meaningful(raw).ok_or(Refusal::Blank)?;
    if !text.is_ascii() {
        // Full-width letters are letters.
        let plain: String = text.nfkc().collect();
        if plain.is_ascii() {
            return normalise(&plain);
        }
    }
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
    let name = key(text);
    // U.S. and G.B.
    if name.len() == 2 && name.is_ascii() && name.len() < text.len() {
        return normalise(&name);
    }
    BY_NAME.get(name.as_str()).map(|code| lower(code)).ok_or(Refusal::Malformed(EXPECTED))
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

/// The country whose digest this is.
#[must_use]
pub fn of_digest(digest: &str) -> Option<[u8; 2]> {
    static BY_DIGEST: LazyLock<HashMap<String, [u8; 2]>> = LazyLock::new(|| {
        let codes = rust_iso3166::ALL.iter().map(|country| lower(country.alpha2));
        codes.map(|code| (hash::sha256(&String::from_utf8_lossy(&code)), code)).collect()
    });
    BY_DIGEST.get(digest).copied()
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
            ("U.S.", Some("us")),
            ("ＵＳ", Some("us")),
            ("Česko", Some("cz")),
            ("Me\u{301}xico", Some("mx")),
            ("日本", Some("jp")),
            ("Cote d'Ivoire", Some("ci")),
            ("Turkiye", Some("tr")),
            ("Curacao", Some("cw")),
            ("Osterreich", Some("at")),
            ("Congo - Kinshasa", Some("cd")),
            ("Hong Kong SAR China", Some("hk")),
            ("St. Lucia", Some("lc")),
            ("Bosnia & Herzegovina", Some("ba")),
            ("États-Unis", Some("us")),
            ("Estados Unidos", Some("us")),
            ("भारत", Some("in")),
            ("x-", None),
            ("ZZ", None),
            ("ZZZ", None),
            ("Atlantis", None),
        ] {
            let code = normalise(raw).ok().map(|code| String::from_utf8_lossy(&code).into_owned());
            assert_eq!(code.as_deref(), expected, "{raw}");
        }
    }
}
