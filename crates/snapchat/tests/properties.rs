//! Properties of each normaliser, for any text: spelling that doesn't count changes nothing, and running it twice changes nothing.

use proptest::prelude::*;
use serde_json::json;
use snapchat::normalise::{
    country, date, email, gender, hash, ip, money, name, phone,
    place::{self, Home},
};

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

proptest! {
    #[test]
    fn emails(local in "[a-zA-Z0-9.+_é-]{1,20}", host in "[a-z0-9ü]{1,12}\\.[a-z]{2,6}", blanks in "[ \t\n]{0,3}") {
        let plain = format!("{local}@{host}");
        let once = email::normalise(&plain).unwrap().into_owned();
        let spelled = format!("{blanks}{}{blanks}", plain.to_uppercase());
        // Upper case isn't reversible for every letter (ß), so only what survives the round trip is compared.
        if plain.to_uppercase().to_lowercase() == plain.to_lowercase() {
            prop_assert_eq!(email::digest(&spelled), email::digest(&plain));
        }
        prop_assert_eq!(email::normalise(&once).unwrap().into_owned(), once.clone());
        prop_assert!(once.contains(&local.to_lowercase()), "dots and tags stay");
    }

    #[test]
    fn phones(code in prop::sample::select(vec!["44", "33", "966", "49", "81", "61"]), number in "[1-9][0-9]{8}",
              separator in prop::sample::select(vec![" ", "-", ".", ""])) {
        let expected = format!("{code}{number}");
        let (head, tail) = number.split_at(3);
        for spelled in [
            format!("+{code}{separator}{head}{separator}{tail}"),
            format!("00{code}{separator}{head}{separator}{tail}"),
            format!("+{code} (0){head}{separator}{tail}"),
            format!("+{code}{separator}0{head}{separator}{tail}"),
            format!("+{code}{separator}{head}{separator}{tail} ext. 12"),
        ] {
            prop_assert_eq!(phone::normalise(&spelled, None), Ok(expected.clone()), "{}", spelled);
        }
        let arabic: String = expected.chars().map(|c| char::from_u32(0x0660 + c.to_digit(10).unwrap()).unwrap()).collect();
        prop_assert_eq!(phone::normalise(&format!("+{arabic}"), None), Ok(expected.clone()));
        prop_assert_eq!(phone::normalise(&format!("+{expected}"), Some("US")), Ok(expected));
        prop_assert!(phone::normalise(&number, None).is_err(), "no country, no number");
    }

    #[test]
    fn names(raw in "\\PC{0,30}") {
        if let Ok(once) = name::normalise(&raw) {
            prop_assert!(!once.is_empty() && once.trim() == once && !once.contains("  "));
            prop_assert!(!once.chars().any(|c| c.is_ascii_punctuation() || c.is_ascii_uppercase()));
            prop_assert_eq!(name::normalise(&once).unwrap_or_default(), once.clone());
            prop_assert_eq!(name::normalise(&format!("  {raw}. ")), Ok(once));
        }
    }

    #[test]
    fn places(raw in "\\PC{0,30}") {
        for rule in [place::city as fn(&str) -> _, |raw| place::state(raw, Home::Unknown), |raw| place::postcode(raw, Home::Stated(*b"de"))] {
            if let Ok(once) = rule(&raw) {
                prop_assert!(!once.is_empty() && !once.contains(char::is_whitespace) && !once.chars().any(|c| c.is_ascii_punctuation()));
                prop_assert_eq!(rule(&once).unwrap_or_default(), once.clone());
            }
        }
    }

    #[test]
    fn postcodes(zip in "[0-9]{5}", plus in "[0-9]{4}", outward in "[A-Z]{1,2}[1-9][0-9]?", inward in "[0-9][A-Z]{2}") {
        prop_assert_eq!(place::postcode(&format!("{zip}-{plus}"), Home::Stated(*b"us")), Ok(zip));
        let expected = format!("{outward}{}", &inward[..1]).to_lowercase();
        prop_assert_eq!(place::postcode(&format!("{outward} {inward}"), Home::Stated(*b"gb")), Ok(expected.clone()));
        prop_assert_eq!(place::postcode(&format!("{outward}{inward}").to_lowercase(), Home::Stated(*b"gb")), Ok(expected));
    }

    #[test]
    fn countries(at in 0..rust_iso3166::ALL.len()) {
        let known = rust_iso3166::ALL[at];
        let expected = known.alpha2.to_lowercase();
        for raw in [known.alpha2.to_owned(), known.alpha2.to_lowercase(), known.alpha3.to_owned(), format!(" {} ", known.name)] {
            let code = country::normalise(&raw).map(|code| code.map(char::from).iter().collect::<String>());
            prop_assert_eq!(code, Ok(expected.clone()), "{}", raw);
        }
    }

    #[test]
    fn dates(year in 1901..2100_u32, month in 1..=12_u32, day in 1..=28_u32) {
        let expected = format!("{year:04}{month:02}{day:02}");
        for raw in [
            format!("{year}-{month:02}-{day:02}"), format!("{year}/{month}/{day}"), format!("{day}.{month}.{year}"),
            format!("{year}-{month:02}-{day:02}T12:00:00Z"), expected.clone(),
        ] {
            prop_assert_eq!(date::normalise(&raw), Ok(expected.clone()), "{}", raw);
        }
    }

    #[test]
    fn genders(raw in "\\PC{0,12}") {
        if let Ok(letter) = gender::normalise(&raw) {
            prop_assert!(letter == "f" || letter == "m");
        }
    }

    #[test]
    fn addresses(bits in any::<u32>(), six in any::<u128>()) {
        let four = std::net::Ipv4Addr::from(bits).to_string();
        if bits != 0 {
            prop_assert_eq!(ip::normalise(&format!("{four}, 10.0.0.1")).unwrap().into_owned(), four);
        }
        let six = std::net::Ipv6Addr::from(six);
        if six.to_ipv4_mapped().is_none() && !six.is_unspecified() {
            prop_assert_eq!(ip::normalise(&format!("[{six}]:80")).unwrap().into_owned(), six.to_string());
        }
    }

    #[test]
    fn amounts(whole in 0..10_000_000_u64, cents in 0..100_u64) {
        let plain = format!("{whole}.{cents:02}");
        let expected: f64 = plain.parse().unwrap();
        let grouped: String = {
            let digits = whole.to_string();
            let mut out = String::new();
            for (at, c) in digits.chars().enumerate() {
                if at > 0 && (digits.len() - at) % 3 == 0 { out.push(','); }
                out.push(c);
            }
            out
        };
        for raw in [plain.clone(), format!(" {plain} "), format!("£{plain}"), format!("{grouped}.{cents:02}"),
                    format!("{}{}", grouped.replace(',', "."), format_args!(",{cents:02}")), format!("{plain} GBP")] {
            let read = money::amount(&json!(raw)).and_then(|n| n.as_f64());
            prop_assert_eq!(read, Some(expected), "{}", raw);
        }
        prop_assert_eq!(money::amount(&json!(format!("-{plain}"))), None);
    }

    #[test]
    fn nothing_breaks_them(raw in "\\PC{0,60}", bytes in prop::collection::vec(any::<char>(), 0..40)) {
        let odd: String = bytes.into_iter().collect();
        for text in [raw.as_str(), odd.as_str()] {
            let digests = [
                email::digest(text), phone::digest(text, None, Home::Unknown), phone::digest(text, Some("US"), Home::Unknown), phone::digest(text, Some("xx"), Home::Stated(*b"gb")),
                name::digest(text), gender::digest(text), date::digest(text), country::digest(text),
                place::digest(text, place::city), place::digest(text, |t| place::state(t, Home::Stated(*b"us"))),
                place::digest(text, |t| place::postcode(t, Home::Stated(*b"gb"))),
            ];
            for digest in digests.into_iter().flatten() {
                prop_assert!(is_digest(&digest) && !hash::is_never_sent(&digest));
            }
            let _ = (ip::normalise(text), money::amount(&json!(text)), money::currency(text));
        }
    }

    #[test]
    fn a_digest_is_never_hashed_again(raw in "[a-z]{1,20}") {
        let digest = hash::sha256(&raw);
        for spelled in [digest.clone(), digest.to_uppercase(), format!(" {digest}\n")] {
            prop_assert_eq!(email::digest(&spelled), Ok(digest.clone()));
            prop_assert_eq!(phone::digest(&spelled, None, Home::Unknown), Ok(digest.clone()));
            prop_assert_eq!(name::digest(&spelled), Ok(digest.clone()));
        }
    }
}
