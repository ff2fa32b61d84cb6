//! What a file's first line tells: the separator, whether it names the columns, and what they hold.

use super::{Meaning, Separator};
use crate::workflow::event_key;

/// The separator that stands most often in the first line, outside of quotes.
#[must_use]
pub fn guess_separator(first_line: &str) -> Separator {
    let mut counts = [0_usize; 4];
    let mut quoted = false;
    for byte in first_line.bytes() {
        quoted ^= byte == b'"';
        if !quoted && let Some(index) = Separator::ALL.iter().position(|it| it.byte() == byte) {
            counts[index] += 1;
        }
    }
    let most = counts.iter().max().copied().unwrap_or(0);
    // The first one of those that stand equally often: a comma unless another one stands more often.
    Separator::ALL.into_iter().zip(counts).find(|(_, count)| *count == most).map_or_else(Separator::default, |it| it.0)
}

/// Whether a first line names columns: the name of a column is no address and no number.
#[must_use]
pub fn looks_like_header<'a>(fields: impl IntoIterator<Item = &'a str>) -> bool {
    fields.into_iter().all(|field| {
        let digits = field.bytes().filter(u8::is_ascii_digit).count();
        !field.contains('@') && digits < 5
    })
}

/// What a column of this name probably holds.
#[must_use]
pub fn guess_meaning(name: &str) -> Meaning {
    const USERS: [&str; 10] = [
        "id",
        "userid",
        "customerid",
        "customernumber",
        "clientid",
        "uid",
        "memberid",
        "accountid",
        "shopifyid",
        "crmid",
    ];
    const DEVICES: [&str; 8] =
        ["idfa", "gaid", "aaid", "maid", "mobileadid", "mobileadvertiserid", "advertisingid", "adid"];
    const PHONES: [&str; 8] = ["mobile", "mobilenumber", "cell", "tel", "telephone", "telefon", "msisdn", "whatsapp"];
    let key = event_key(name);
    let is = |list: &[&str]| list.contains(&key.as_str());
    // Leave, consent and status of an address are no address.
    let about = ["optin", "optout", "consent", "status", "verified", "date", "at"];
    if key.is_empty() || key.contains("sha256") || key.contains("hash") || key.contains("md5") {
        Meaning::Skip
    } else if (key.contains("email") || key == "mail") && !about.iter().any(|end| key.ends_with(end)) {
        Meaning::Email
    } else if (key.contains("phone") || is(&PHONES)) && !about.iter().any(|end| key.ends_with(end)) {
        Meaning::Phone
    } else if is(&USERS) {
        Meaning::User
    } else if is(&["anonymousid", "cookieid", "visitorid"]) {
        Meaning::Anonymous
    } else if is(&DEVICES) {
        Meaning::MobileAd
    } else {
        Meaning::Trait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses() {
        assert_eq!(guess_separator("email,phone"), Separator::Comma);
        assert_eq!(guess_separator("\"a,b,c\";phone;x"), Separator::Semicolon);
        assert_eq!(guess_separator("email\tphone"), Separator::Tab);
        assert_eq!(guess_separator("email"), Separator::Comma);
        assert!(looks_like_header(["E-mail", "Address 2"]));
        assert!(!looks_like_header(["dana@n.example", "x"]) && !looks_like_header(["+14155550123"]));
        for (name, meaning) in [
            ("E-Mail Address", Meaning::Email),
            ("email_opt_in", Meaning::Trait),
            ("email_sha256", Meaning::Skip),
            ("Phone Number", Meaning::Phone),
            ("Customer ID", Meaning::User),
            ("IDFA", Meaning::MobileAd),
            ("First name", Meaning::Trait),
            ("", Meaning::Skip),
        ] {
            assert_eq!(guess_meaning(name), meaning, "{name}");
        }
    }
}
