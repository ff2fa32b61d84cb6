//! Masked texts: enough to recognise, too little to know.

use super::{
    find::{Kind, meaning},
    numbers::mask_numbers,
};

const DOTS: &str = "•••";

/// What stands for a personal text that shows nothing.
#[must_use]
pub fn masked_text() -> String {
    DOTS.to_owned()
}

/// `dana@northwind.example` as `d•••@n•••.example`.
#[must_use]
pub fn masked_email(email: &str) -> String {
    let Some((local, host)) = email.trim().rsplit_once('@') else { return masked_text() };
    let first = |text: &str| text.chars().next().and_then(|first| first.to_lowercase().next());
    let mut masked = String::with_capacity(email.len() + 2 * DOTS.len());
    masked.extend(first(local));
    masked.push_str(DOTS);
    masked.push('@');
    if let Some((name, end)) = host.rsplit_once('.') {
        masked.extend(first(name));
        masked.push_str(DOTS);
        masked.push('.');
        masked.push_str(&end.to_lowercase());
    } else {
        masked.push_str(DOTS);
    }
    masked
}

/// The last two digits.
#[must_use]
pub fn masked_phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < 5 {
        return masked_text();
    }
    format!("{DOTS}{}", digits[digits.len() - 2..].iter().collect::<String>())
}

/// The network of an address.
#[must_use]
pub fn masked_ip(ip: &str) -> String {
    match ip.trim().parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(ip)) => format!("{}.{}.{DOTS}", ip.octets()[0], ip.octets()[1]),
        Ok(std::net::IpAddr::V6(ip)) => format!("{:x}:{DOTS}", ip.segments()[0]),
        Err(_) => masked_text(),
    }
}

pub(super) fn masked(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Email => masked_email(text),
        Kind::Phone => masked_phone(text),
        Kind::Ip => masked_ip(text),
        Kind::Name => text.trim().chars().next().map_or_else(masked_text, |first| format!("{first}{DOTS}")),
        Kind::Address | Kind::Birthday => masked_text(),
    }
}

/// A text with personal parts, masked.
pub(super) struct Found {
    pub masked: String,
    /// The first e-mail address in it.
    pub email: Option<String>,
    /// The first phone number in it.
    pub phone: Option<String>,
}

/// Looks for e-mail addresses, personal URL parameters and, where `numbers` says so, phone numbers and addresses of computers.
/// `None`: nothing found.
pub(super) fn scan(text: &str, numbers: bool) -> Option<Found> {
    let signs = signs(text);
    let mut found = if signs & WORDS == 0 { None } else { scan_words(text) };
    if numbers
        && signs & DIGIT != 0
        && signs & NUMBERS != 0
        && let Some(numbers) = mask_numbers(found.as_ref().map_or(text, |found| &found.masked))
    {
        let found = found.get_or_insert_with(|| Found { masked: String::new(), email: None, phone: None });
        found.masked = numbers.masked;
        found.phone = numbers.phone;
    }
    found
}

/// What an e-mail address or a parameter can't be without; a number; what stands in and before numbers that are looked for.
const WORDS: u8 = 1;
const DIGIT: u8 = 2;
const NUMBERS: u8 = 4;

/// Which of these a text holds. Most hold none, and every text and key of an event is asked: one look at each byte.
fn signs(text: &str) -> u8 {
    const SIGNS: [u8; 256] = {
        let mut signs = [0; 256];
        let lists: [(&[u8], u8); 3] = [(b"@%=", WORDS), (b"+%.-: ", NUMBERS), (b"0123456789", DIGIT)];
        let mut list = 0;
        while list < lists.len() {
            let mut at = 0;
            while at < lists[list].0.len() {
                signs[lists[list].0[at] as usize] |= lists[list].1;
                at += 1;
            }
            list += 1;
        }
        // Digits of other scripts may follow a plus.
        let mut other = 0x80;
        while other < signs.len() {
            signs[other] = DIGIT;
            other += 1;
        }
        signs
    };
    text.bytes().fold(0, |found, byte| found | SIGNS[usize::from(byte)])
}

fn scan_words(text: &str) -> Option<Found> {
    let may_hold_email = text.contains('@') || text.contains("%40");
    let may_hold_parameter = text.contains('=');
    if !may_hold_email && !may_hold_parameter {
        return None;
    }
    let mut found = Found { masked: text.to_owned(), email: None, phone: None };
    let mut changed = false;
    if may_hold_email {
        changed |= mask_emails(text, &mut found);
    }
    if may_hold_parameter {
        changed |= mask_parameters(&mut found.masked);
    }
    changed.then_some(found)
}

fn mask_emails(text: &str, found: &mut Found) -> bool {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    while let Some((at, sign)) = next_at_sign(text, done) {
        let local = tail_length(&text[done..at]);
        let host_from = at + sign;
        let host = host_length(&text[host_from..]);
        if local == 0 || !is_host(&text[host_from..host_from + host]) {
            out.push_str(&text[done..host_from]);
            done = host_from;
            continue;
        }
        let email = format!("{}@{}", &text[at - local..at], &text[host_from..host_from + host]);
        out.push_str(&text[done..at - local]);
        out.push_str(&masked_email(&email));
        found.email.get_or_insert(email);
        done = host_from + host;
    }
    out.push_str(&text[done..]);
    found.masked = out;
    found.email.is_some()
}

/// Position and length of the next `@` or `%40`.
fn next_at_sign(text: &str, from: usize) -> Option<(usize, usize)> {
    let plain = text[from..].find('@').map(|at| (from + at, 1));
    let encoded = text[from..].find("%40").map(|at| (from + at, 3));
    plain.into_iter().chain(encoded).min()
}

fn tail_length(text: &str) -> usize {
    text.chars().rev().take_while(|c| c.is_alphanumeric() || "._+-'".contains(*c)).map(char::len_utf8).sum()
}

fn host_length(text: &str) -> usize {
    let length: usize = text.chars().take_while(|c| c.is_alphanumeric() || ".-".contains(*c)).map(char::len_utf8).sum();
    text[..length].trim_end_matches(['.', '-']).len()
}

fn is_host(host: &str) -> bool {
    host.rsplit_once('.').is_some_and(|(name, end)| !name.is_empty() && end.chars().count() >= 2)
}

/// Masks the values of `key=value` parameters whose key is personal.
fn mask_parameters(text: &mut String) -> bool {
    let separators = ['?', '&', '#', ';'];
    let mut out = String::with_capacity(text.len());
    let mut changed = false;
    for part in text.split_inclusive(separators) {
        let body = part.trim_end_matches(separators);
        match body.split_once('=') {
            Some((key, value)) if !value.is_empty() && key.len() <= 64 && meaning(key).kind(false).is_some() => {
                changed = true;
                out.push_str(key);
                out.push('=');
                out.push_str(DOTS);
                out.push_str(&part[body.len()..]);
            }
            _ => out.push_str(part),
        }
    }
    *text = out;
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks() {
        assert_eq!(masked_email(" Dana@Northwind.Example "), "d•••@n•••.example");
        assert_eq!(masked_phone("+1 (415) 555-0123"), "•••23");
        assert_eq!(masked_phone("12"), "•••");
        assert_eq!(masked_ip("203.0.113.9"), "203.0.•••");
        assert_eq!(masked_ip("2001:db8::1"), "2001:•••");
        assert_eq!(masked_ip("nowhere"), "•••");
    }

    #[test]
    fn finds_addresses_in_texts_and_urls() {
        let masked = |text: &str| scan(text, true).map(|found| found.masked);
        assert_eq!(masked("hi dana@n.example."), Some("hi d•••@n•••.example.".into()));
        assert_eq!(masked("?e=dana%40n.example&x=1"), Some("?e=d•••@n•••.example&x=1".into()));
        assert_eq!(
            masked("https://a.b/?first_name=D&x=1#phone=5"),
            Some("https://a.b/?first_name=•••&x=1#phone=•••".into())
        );
        for plain in ["@dana", "a @ b", "a@b", "x=1", "é@", "%40", "@@@"] {
            assert_eq!(masked(plain), None, "{plain}");
        }
    }
}
