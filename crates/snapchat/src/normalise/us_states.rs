//! The states, districts and territories of the United States: Snapchat wants their two letters (reference section 4.3).

/// Names without blanks and punctuation, in order, with their codes.
const BY_NAME: [(&str, &str); 62] = [
    ("alabama", "al"),
    ("alaska", "ak"),
    ("americansamoa", "as"),
    ("arizona", "az"),
    ("arkansas", "ar"),
    ("armedforcesamericas", "aa"),
    ("armedforceseurope", "ae"),
    ("armedforcespacific", "ap"),
    ("california", "ca"),
    ("colorado", "co"),
    ("connecticut", "ct"),
    ("delaware", "de"),
    ("districtofcolumbia", "dc"),
    ("florida", "fl"),
    ("georgia", "ga"),
    ("guam", "gu"),
    ("hawaii", "hi"),
    ("idaho", "id"),
    ("illinois", "il"),
    ("indiana", "in"),
    ("iowa", "ia"),
    ("kansas", "ks"),
    ("kentucky", "ky"),
    ("louisiana", "la"),
    ("maine", "me"),
    ("maryland", "md"),
    ("massachusetts", "ma"),
    ("michigan", "mi"),
    ("minnesota", "mn"),
    ("mississippi", "ms"),
    ("missouri", "mo"),
    ("montana", "mt"),
    ("nebraska", "ne"),
    ("nevada", "nv"),
    ("newhampshire", "nh"),
    ("newjersey", "nj"),
    ("newmexico", "nm"),
    ("newyork", "ny"),
    ("northcarolina", "nc"),
    ("northdakota", "nd"),
    ("northernmarianaislands", "mp"),
    ("ohio", "oh"),
    ("oklahoma", "ok"),
    ("oregon", "or"),
    ("pennsylvania", "pa"),
    ("puertorico", "pr"),
    ("rhodeisland", "ri"),
    ("southcarolina", "sc"),
    ("southdakota", "sd"),
    ("tennessee", "tn"),
    ("texas", "tx"),
    ("unitedstatesvirginislands", "vi"),
    ("usvirginislands", "vi"),
    ("utah", "ut"),
    ("vermont", "vt"),
    ("virginia", "va"),
    ("virginislands", "vi"),
    ("washington", "wa"),
    ("washingtondc", "dc"),
    ("westvirginia", "wv"),
    ("wisconsin", "wi"),
    ("wyoming", "wy"),
];

/// The two letters of a state whose name is given in lower case without blanks.
#[must_use]
pub fn code(name: &str) -> Option<&'static str> {
    BY_NAME.binary_search_by_key(&name, |(known, _)| known).ok().map(|at| BY_NAME[at].1)
}

/// Whether two letters are a state's code.
#[must_use]
pub fn is_code(letters: &str) -> bool {
    BY_NAME.iter().any(|(_, code)| *code == letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_found() {
        assert!(BY_NAME.is_sorted());
        for (name, letters) in BY_NAME {
            assert_eq!(code(name), Some(letters));
            assert!(is_code(letters));
        }
        assert_eq!(code("newsouthwales"), None);
    }
}
