//! Page addresses: personal data taken out of the query, and the click id read from it (reference sections 7.5 and 11.2).

use std::borrow::Cow;

/// Names of query parameters that hold personal data or secrets, without case and separators.
const PERSONAL: [&str; 28] = [
    "accesstoken",
    "address",
    "auth",
    "birthday",
    "dob",
    "email",
    "emailaddress",
    "firstname",
    "fname",
    "fullname",
    "idtoken",
    "lastname",
    "lname",
    "mail",
    "mobile",
    "passwd",
    "password",
    "phone",
    "phonenumber",
    "pwd",
    "refreshtoken",
    "secret",
    "session",
    "sessionid",
    "surname",
    "tel",
    "telephone",
    "token",
];

/// The address with its scheme, without parameters that hold personal data. `None` if it is no web address.
pub(crate) fn clean(address: &str) -> Option<Cow<'_, str>> {
    let address = address.trim();
    let after = |scheme: &str| {
        address
            .get(..scheme.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(scheme))
            .then(|| &address[scheme.len()..])
    };
    let rest = after("https://").or_else(|| after("http://"))?;
    let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = &rest[..host_end];
    if host.is_empty() || host.contains('@') || address.contains(char::is_whitespace) {
        return None;
    }
    let Some(query_at) = address.find(['?', '#']) else { return Some(Cow::Borrowed(address)) };
    let tail = &address[query_at..];
    let separators = |c: char| matches!(c, '?' | '&' | '#');
    if !tail.split(separators).any(is_personal) {
        return Some(Cow::Borrowed(address));
    }
    Some(Cow::Owned(without_personal(&address[..query_at], tail)))
}

/// Whether `name=value` holds personal data, by its name or since its value looks like an e-mail address.
fn is_personal(pair: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or(("", pair));
    let mut buffer = crate::fields::KEY_BUFFER;
    let folded = crate::fields::fold_key(name, &mut buffer);
    folded.is_some_and(|name| PERSONAL.binary_search(&name).is_ok()) || value.contains('@') || value.contains("%40")
}

fn without_personal(base: &str, tail: &str) -> String {
    let (query, fragment) = match tail.split_once('#') {
        Some((query, fragment)) => (query, Some(fragment)),
        None => (tail, None),
    };
    let mut clean = base.to_owned();
    let mut separator = '?';
    for pair in query.trim_start_matches('?').split('&').filter(|pair| !pair.is_empty() && !is_personal(pair)) {
        clean.push(separator);
        clean.push_str(pair);
        separator = '&';
    }
    if let Some(fragment) = fragment.filter(|f| !f.split(['?', '&']).any(is_personal)) {
        clean.push('#');
        clean.push_str(fragment);
    }
    clean
}

/// The click id that a value is, or that the query of an address carries: the parameter's name in any case, its value unchanged.
pub(crate) fn click_id(value: &str) -> Option<Cow<'_, str>> {
    let value = value.trim();
    if !value.contains(['?', '/', '=', '&']) {
        return (!value.contains(char::is_whitespace)).then_some(Cow::Borrowed(value));
    }
    let (_, query) = value.split_once('?')?;
    let query = query.split('#').next().unwrap_or(query);
    query.split('&').find_map(|pair| {
        let (name, id) = pair.split_once('=')?;
        (name.eq_ignore_ascii_case("sccid") && !id.is_empty()).then(|| decode(id))
    })
}

/// Percent-decoding; a plus stays one.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let (bytes, mut decoded, mut at) = (text.as_bytes(), Vec::with_capacity(text.len()), 0);
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_data_leaves_the_query_and_the_click_id_stays() {
        for (address, expected) in [
            ("https://shop.example/thanks?order=N-20418", Some("https://shop.example/thanks?order=N-20418")),
            ("https://shop.example/?email=a%40b.c&ScCid=AbC&x=1", Some("https://shop.example/?ScCid=AbC&x=1")),
            ("https://shop.example/?q=dana@example.com", Some("https://shop.example/")),
            ("https://shop.example/?First-Name=Dana#access_token=x", Some("https://shop.example/")),
            ("https://shop.example/#/cart", Some("https://shop.example/#/cart")),
            ("HTTPS://shop.example", Some("HTTPS://shop.example")),
            ("https://user:pass@shop.example/", None),
            ("/cart", None),
            ("android-app://x", None),
            ("https://", None),
        ] {
            assert_eq!(clean(address).as_deref(), expected, "{address}");
        }
        assert!(PERSONAL.is_sorted());
    }

    #[test]
    fn click_ids() {
        for (value, expected) in [
            ("https://shop.example/?a=1&ScCid=AbC-123#top", Some("AbC-123")),
            ("https://shop.example/?SCCID=AbC", Some("AbC")),
            ("?sccid=AbC", Some("AbC")),
            ("https://shop.example/?xsccid=AbC", None),
            ("https://shop.example/?sccid=", None),
            ("https://shop.example/?ScCid=a%2Db+c", Some("a-b+c")),
            ("https://shop.example/", None),
            ("AbC-123", Some("AbC-123")),
            ("two words", None),
        ] {
            assert_eq!(click_id(value).as_deref(), expected, "{value}");
        }
    }
}
