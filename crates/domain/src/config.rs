//! Rules of forms that the browser and the server share.

use crate::FieldError;

/// How long a name of a workspace, source, destination or audience may be, in characters.
pub const NAME_MAX: usize = 100;
/// The shortest password.
pub const PASSWORD_MIN: usize = 10;
/// The longest password in bytes: argon2 reads all of it.
pub const PASSWORD_MAX: usize = 256;
/// The longest Conversion API token: real ones are JWTs of some hundred characters.
pub const CAPI_TOKEN_MAX: usize = 4_096;
/// ISO 3166 alpha-2 codes of all countries.
const COUNTRIES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT \
    BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH \
    ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT \
    HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS \
    LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI \
    NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG \
    SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG \
    UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// A name that people give.
#[must_use]
pub fn validate_name(field: &str, what: &str, name: &str) -> Option<FieldError> {
    let name = name.trim();
    if name.is_empty() {
        return Some(FieldError::new(field, format!("Give the {what} a name.")));
    }
    if name.chars().count() > NAME_MAX {
        return Some(FieldError::new(
            field,
            format!("A name has at most {NAME_MAX} characters; this one has {}.", name.chars().count()),
        ));
    }
    name.chars()
        .any(char::is_control)
        .then(|| FieldError::new(field, "A name can't hold line breaks or control characters."))
}

/// An e-mail address that somebody signs in with.
#[must_use]
pub fn validate_email(field: &str, email: &str) -> Option<FieldError> {
    let email = email.trim();
    let ok = email.len() <= 254
        && !email.contains(char::is_whitespace)
        && email.split_once('@').is_some_and(|(local, host)| {
            !local.is_empty()
                && !host.contains('@')
                && !host.starts_with('.')
                && !host.ends_with('.')
                && host.contains('.')
        });
    (!ok).then(|| FieldError::new(field, "Enter an e-mail address such as dana@example.com."))
}

/// A new password.
#[must_use]
pub fn validate_password(field: &str, password: &str) -> Option<FieldError> {
    if password.chars().count() < PASSWORD_MIN {
        return Some(FieldError::new(
            field,
            format!("Use at least {PASSWORD_MIN} characters. Several words are easy to remember."),
        ));
    }
    (password.len() > PASSWORD_MAX).then(|| FieldError::new(field, format!("Use at most {PASSWORD_MAX} bytes.")))
}

/// A Conversion API token: non-empty and without blanks; nothing else is checked (reference section 1.1).
#[must_use]
pub fn validate_capi_token(field: &str, token: &str) -> Option<FieldError> {
    let token = token.trim();
    if token.is_empty() {
        return Some(FieldError::new(
            field,
            "Paste the token from Snapchat's Business Dashboard, section Conversion API Tokens.",
        ));
    }
    if token.contains(char::is_whitespace) || token.chars().any(char::is_control) {
        return Some(FieldError::new(
            field,
            "A token has no blanks or line breaks. Copy it again from Snapchat, whole and alone.",
        ));
    }
    (token.len() > CAPI_TOKEN_MAX || !token.is_ascii()).then(|| {
        FieldError::new(field, "This is not a Conversion API token. Copy it again from Snapchat's Business Dashboard.")
    })
}

/// A country code for phone numbers without one.
#[must_use]
pub fn validate_country(field: &str, code: &str) -> Option<FieldError> {
    let known = code.len() == 2 && COUNTRIES.split(' ').any(|country| country == code);
    (!known).then(|| FieldError::new(field, "Enter a country as its two-letter code, such as US or DE."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails() {
        for good in ["dana@northwind.example", " a+b@c.de "] {
            assert_eq!(validate_email("email", good), None, "{good}");
        }
        for bad in ["", "dana", "@x.de", "a@b", "a b@c.de", "a@b@c.de", "a@.de", "a@b."] {
            assert!(validate_email("email", bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn countries() {
        for good in ["US", "DE", "AD", "ZW"] {
            assert_eq!(validate_country("country", good), None, "{good}");
        }
        for bad in ["", "us", "XX", "USA", "U", "S "] {
            assert!(validate_country("country", bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn tokens() {
        assert_eq!(validate_capi_token("t", " eyJhbGciOi.abc.def\n"), None);
        for bad in ["", "  ", "two words", "tök"] {
            assert!(validate_capi_token("t", bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn names_and_passwords() {
        assert_eq!(validate_name("name", "source", "Web shop"), None);
        assert!(validate_name("name", "source", " ").is_some());
        assert!(validate_name("name", "source", &"x".repeat(NAME_MAX + 1)).is_some());
        assert!(validate_name("name", "source", "a\nb").is_some());
        assert_eq!(validate_password("password", "correct horse"), None);
        assert!(validate_password("password", "short").is_some());
        assert!(validate_password("password", &"x".repeat(PASSWORD_MAX + 1)).is_some());
    }
}
