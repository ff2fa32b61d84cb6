//! Phone numbers and addresses of computers inside a text.
//!
//! A run of digits alone says nothing: it may be an order, an amount, a date. Three shapes can hardly be anything else, and only
//! these are looked for: a plus with the digits of an international number; the three, three and four digits of a North American
//! one amid other words; and addresses of the internet that stand by themselves. Numbers that begin with `00`, and those that
//! other countries write without a plus, have no shape of their own: order numbers padded with zeros look the same. Where a key
//! says that it holds a phone number, its value is masked whatever it looks like.

use std::{net::IpAddr, ops::Range};

use super::{
    ascii_digit,
    mask::{masked_ip, masked_phone},
};

/// The digits of an international number, its country code among them.
const DIGITS: std::ops::RangeInclusive<usize> = 8..=15;
/// What may stand between two groups of digits, as in `+1) / 415`.
const SEPARATORS_MAX: usize = 3;

/// More than the characters of any address with its port: what is longer is none, and is not read to its end at each of its dots.
const ADDRESS_MAX: usize = 64;

/// The bytes at which a number is recognised.
const STARTS: [bool; 256] = {
    let mut starts = [false; 256];
    let bytes = b"+%.- :";
    let mut at = 0;
    while at < bytes.len() {
        starts[bytes[at] as usize] = true;
        at += 1;
    }
    starts
};

/// A text with its numbers masked.
pub(super) struct Numbers {
    pub masked: String,
    /// The first phone number.
    pub phone: Option<String>,
}

/// Looks for numbers. `None`: nothing found.
pub(super) fn mask_numbers(text: &str) -> Option<Numbers> {
    let bytes = text.as_bytes();
    let mut spans: Vec<(Range<usize>, String)> = Vec::new();
    let mut phone = None;
    let mut place = 0;
    // What is looked for has one of these within, or before it, and then a digit.
    while let Some(sign) = bytes.get(place..).and_then(|rest| rest.iter().position(|byte| STARTS[usize::from(*byte)])) {
        place += sign;
        let next = bytes.get(place + 1).copied().unwrap_or(b' ');
        let found = match bytes[place] {
            b'+' | b'%' => international(text, place).map(|span| (span, true)),
            b'.' if next.is_ascii_digit() => (north_american(bytes, place).map(|span| (span, true)))
                .or_else(|| address(text, place).map(|span| (span, false))),
            b'-' | b' ' if next.is_ascii_digit() => north_american(bytes, place).map(|span| (span, true)),
            b':' if next == b':' || next.is_ascii_hexdigit() => address(text, place).map(|span| (span, false)),
            _ => None,
        };
        place += 1;
        if let Some((span, is_phone)) = found
            && spans.last().is_none_or(|(last, _)| last.end <= span.start)
        {
            place = span.end;
            let number = &text[span.clone()];
            spans.push((span, if is_phone { masked_phone(number) } else { masked_ip(number) }));
            if is_phone {
                phone.get_or_insert_with(|| number.to_owned());
            }
        }
    }
    if spans.is_empty() {
        return None;
    }
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    for (span, instead) in spans {
        masked.push_str(&text[done..span.start]);
        masked.push_str(&instead);
        done = span.end;
    }
    masked.push_str(&text[done..]);
    Some(Numbers { masked, phone })
}

fn digit_at(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(u8::is_ascii_digit)
}

/// `+1 (415) 555-0132`, also with its plus and blanks as URLs write them.
fn international(text: &str, at: usize) -> Option<Range<usize>> {
    let sign = sign_length(&text[at..])?;
    // After a digit it is a sum, or the zone of a time.
    if text[..at].bytes().next_back().is_some_and(|before| before.is_ascii_digit()) {
        return None;
    }
    let from = at + sign;
    let (mut place, mut digits, mut separators) = (from, 0, 0);
    let mut end = None;
    while let Some(c) = text[place..].chars().next() {
        if let Some(digit) = ascii_digit(c) {
            // No country's code begins with a zero.
            if (digits == 0 && digit == '0') || digits == *DIGITS.end() {
                break;
            }
            (digits, separators) = (digits + 1, 0);
            place += c.len_utf8();
            // A group that is cut is no end.
            let whole = text[place..].chars().next().and_then(ascii_digit).is_none();
            if DIGITS.contains(&digits) && whole {
                end = Some(place);
            }
        } else {
            let length = separator_length(&text[place..]);
            separators += 1;
            if length == 0 || separators > SEPARATORS_MAX {
                break;
            }
            place += length;
        }
    }
    end.map(|end| at..end)
}

fn sign_length(text: &str) -> Option<usize> {
    match text.as_bytes() {
        [b'+', ..] => Some(1),
        [b'%', b'2', b'B' | b'b', ..] => Some(3),
        _ => None,
    }
}

fn separator_length(text: &str) -> usize {
    match text.chars().next() {
        Some(c) if " -.()/+\u{a0}\u{2009}\u{202f}\u{2010}\u{2011}\u{2013}".contains(c) => c.len_utf8(),
        Some('%') if ["%20", "%28", "%29"].iter().any(|code| text.starts_with(code)) => 3,
        _ => 0,
    }
}

/// `415-555-0132` and `(415) 555-0132`; `at` stands before the last four digits. As the whole of a value it may be an order.
fn north_american(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let group = |end: usize, first: bool| {
        let start = end.checked_sub(3)?;
        let code = bytes[start..end].iter().all(u8::is_ascii_digit);
        (code && (!first || matches!(bytes[start], b'2'..=b'9'))).then_some(start)
    };
    let end = at + 5;
    if !(at + 1..end).all(|at| digit_at(bytes, at)) || bytes.get(end).is_some_and(|after| in_word(*after)) {
        return None;
    }
    let exchange = group(at, true)?;
    let between = exchange.checked_sub(1)?;
    let start = match bytes[between] {
        b')' => group(between, true)?.checked_sub(1).filter(|open| bytes[*open] == b'(')?,
        b' ' if bytes[..between].ends_with(b")") => {
            group(between - 1, true)?.checked_sub(1).filter(|open| bytes[*open] == b'(')?
        }
        b' ' | b'-' | b'.' => group(between, true)?,
        _ => return None,
    };
    let is_apart = match bytes[..start] {
        [] => true,
        // The long form, with the country's own digit in front.
        [.., b'1', b'-' | b' ' | b'.'] => bytes[..start - 2].last().is_none_or(|before| !in_word(*before)),
        [.., before] => before.is_ascii_whitespace() || b",:;\"'([".contains(&before),
    };
    let is_whole = bytes[start] != b'(' && bytes[..start].is_empty() && bytes[end..].is_empty();
    (is_apart && !is_whole).then_some(start..end)
}

fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

/// An address around `at`, with nothing on either side that would make it a part of something else, such as a version.
fn address(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':');
    // Nearly all are parts of something else: a letter, a slash.
    let start = at - bytes[..at].iter().rev().take(ADDRESS_MAX).take_while(|byte| is_part(byte)).count();
    let length = bytes[start..].iter().take(2 * ADDRESS_MAX).take_while(|byte| is_part(byte)).count();
    let mut end = start + text[start..start + length].trim_end_matches(['.', ':']).len();
    let opens = |byte: u8| byte.is_ascii_whitespace() || b",;\"'([=<".contains(&byte);
    let closes = |byte: u8| byte.is_ascii_whitespace() || b",;\"')]&>.:?!/".contains(&byte);
    if bytes[..start].last().is_some_and(|before| !opens(*before)) || at >= end {
        return None;
    }
    // With a port behind it.
    let port = text[start..end].rsplit_once(':').filter(|(host, _)| host.contains('.') && !host.contains(':'));
    if let Some((host, _)) = port {
        end = start + host.len();
    }
    if bytes.get(end).is_some_and(|after| !closes(*after)) {
        return None;
    }
    let groups = text[start..end].split(':').filter(|group| !group.is_empty()).count();
    match text[start..end].parse::<IpAddr>().ok()? {
        // `a::b` is code.
        IpAddr::V6(_) if groups < 3 => None,
        _ => Some(start..end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        mask_numbers(text).map_or_else(|| "-".into(), |numbers| numbers.masked)
    }

    #[test]
    fn phone_numbers_in_texts() {
        for (text, expected) in [
            ("+14155550132", "•••32"),
            ("call me at +1 415 555 0132", "call me at •••32"),
            ("+44 (0)20 7946 0958, after 5", "•••58, after 5"),
            ("tel:+49-30-901820.", "tel:•••20."),
            ("https://s.example/?q=%2B1+415%20555-0132&x=1", "https://s.example/?q=•••32&x=1"),
            ("?q=call+14155550132", "?q=call•••32"),
            ("+14155550132 or +14155550133", "•••32 or •••33"),
            ("+14155550132 20261129", "•••32 20261129"),
            ("ring +٤٩٣٠٩٠١٨٢٠", "ring •••"),
            ("call 415-555-0132 now", "call •••32 now"),
            ("(415) 555-0132", "•••32"),
            ("or (415)555.0132", "or •••32"),
            ("1-415-555-0132 today", "1-•••32 today"),
        ] {
            assert_eq!(masked(text), expected, "{text}");
        }
    }

    #[test]
    fn addresses_in_texts() {
        for (text, expected) in [
            ("203.0.113.9", "203.0.•••"),
            ("refused for 203.0.113.9:443.", "refused for 203.0.•••:443."),
            ("from 2001:db8:0:1::9, twice", "from 2001:•••, twice"),
            ("203.0.113.9, 198.51.100.7", "203.0.•••, 198.51.•••"),
        ] {
            assert_eq!(masked(text), expected, "{text}");
        }
    }

    #[test]
    fn other_numbers_stay() {
        for text in [
            "2026-11-29T10:00:00+0100",
            "Sun Nov 29 2026 10:00:00 GMT+1000 (AEST)",
            "+0100 20261129",
            "12+34567890",
            "+1234567",
            "+1234567890123456",
            "415-555-0132",
            "https://s.example/orders/415-555-0132",
            "ord-415-555-0132",
            "order 100-555-0132",
            "114-1234567-1234567",
            "0012345678",
            "1,234.56",
            "59.90",
            "c1b0a9f8-5f6e-4a3b-9c2d-1e0f9a8b7c6d",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36",
            "v1.2.3.4",
            "1.2.3.4-beta",
            "1.2.3",
            "a::b",
            "10:30:00",
            "http://203.0.113.9/x",
            "100% +",
            "%2",
            "%2B",
            "+",
            "é+é.1é",
        ] {
            assert_eq!(masked(text), "-", "{text}");
        }
    }
}
