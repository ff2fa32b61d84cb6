//! Page addresses: personal data taken out of the query, and the click id read from it (reference sections 7.5 and 11.2).

use std::borrow::Cow;

use crate::normalise::meaningful;

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

/// The address with its scheme, without what holds personal data. `None` if it is no web address.
pub(crate) fn clean(address: &str) -> Option<Cow<'_, str>> {
    let address = address.trim();
    let cleaned = |other: &str| clean(other).map(|clean| Cow::Owned(clean.into_owned()));
    if has_blank(address) {
        return cleaned(&address.split_whitespace().collect::<Vec<_>>().join("%20"));
    }
    let after = |scheme: &str| {
        address
            .get(..scheme.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(scheme))
            .then(|| &address[scheme.len()..])
    };
    let Some(rest) = after("https://").or_else(|| after("http://")) else {
        return completed(address).and_then(|whole| cleaned(&whole));
    };
    let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = &rest[..host_end];
    if host.is_empty() || host.contains(['@', '%']) {
        return None;
    }
    let path_at = address.len() - rest.len() + host_end;
    let query_at = address[path_at..].find(['?', '#']).map_or(address.len(), |at| path_at + at);
    if let Some(at) = personal_segment(&address[path_at..query_at]) {
        let shorter = [&address[..path_at + at], &address[query_at..]].concat();
        return cleaned(&shorter);
    }
    if query_at == address.len() {
        return Some(Cow::Borrowed(address));
    }
    let tail = &address[query_at..];
    let separators = |c: char| matches!(c, '?' | '&' | '#');
    if !tail.split(separators).any(is_personal) {
        return Some(Cow::Borrowed(address));
    }
    Some(Cow::Owned(without_personal(&address[..query_at], tail)))
}

fn has_blank(address: &str) -> bool {
    if address.is_ascii() {
        address.bytes().any(|b| b.is_ascii_whitespace())
    } else {
        address.contains(char::is_whitespace)
    }
}

/// An address without its scheme as browsers would complete it. `None` if it is none.
fn completed(address: &str) -> Option<String> {
    if let Some(rest) = address.strip_prefix("//") {
        return Some(["https://", rest].concat());
    }
    let host = address.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let (name, top) = host.rsplit_once('.')?;
    let is_host = !name.is_empty()
        && top.len() >= 2
        && top.chars().all(char::is_alphabetic)
        && !matches!(top, "html" | "htm" | "php" | "aspx" | "jsp")
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.'));
    // A name of a page, such as Home.Screen, has no path; what stands before a colon without slashes is a scheme, such as mailto.
    let is_address = is_host && (address.contains('/') || host.starts_with("www.")) && !address.contains(':');
    is_address.then(|| ["https://", address].concat())
}

/// Where in a path a segment begins that looks like an e-mail address.
fn personal_segment(path: &str) -> Option<usize> {
    let is_address = |segment: &str| {
        let (local, host) = segment.split_once('@').or_else(|| segment.split_once("%40")).unwrap_or_default();
        !local.is_empty() && host.contains('.')
    };
    if !path.contains(['@', '%']) {
        return None;
    }
    let mut at = 0;
    for segment in path.split('/') {
        if is_address(segment) {
            return Some(at);
        }
        at += segment.len() + 1;
    }
    None
}

/// Whether `name=value` holds personal data, by its name or since its value looks like an e-mail address.
fn is_personal(pair: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or(("", pair));
    let mut buffer = crate::fields::KEY_BUFFER;
    let folded = crate::fields::fold_key(name, &mut buffer);
    folded
        .is_some_and(|name| PERSONAL.binary_search(&name).is_ok() || name.ends_with("email") || name.ends_with("phone"))
        || value.contains('@')
        || (value.contains('%') && (value.contains("%40") || value.contains("%2540")))
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
        return meaningful(value).filter(|id| !id.contains(char::is_whitespace)).map(Cow::Borrowed);
    }
    let (_, query) = value.split_once('?')?;
    let query = query.split('#').next().unwrap_or(query);
    query.split('&').find_map(|pair| {
        let (name, id) = pair.split_once('=')?;
        let id = || meaningful(id).map(|_| decode(id)).filter(|id| !id.contains(char::is_whitespace));
        if name.eq_ignore_ascii_case("sccid") { id() } else { None }
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
            ("https://shop.example/?billing_email=x&user-phone=1&y=2", Some("https://shop.example/?y=2")),
            (
                "https://shop.example/?to=https%3A%2F%2Fx.example%2F%3Fu%3Da%2540b.c&y=2",
                Some("https://shop.example/?y=2"),
            ),
            ("https://shop.example/u/dana@n.example/orders?x=1", Some("https://shop.example/u/?x=1")),
            ("https://shop.example/u/dana%40n.example", Some("https://shop.example/u/")),
            ("https://shop.example/@northwind/100%", Some("https://shop.example/@northwind/100%")),
            ("https://shop.example/a b?q=x y", Some("https://shop.example/a%20b?q=x%20y")),
            ("shop.example/cart?x=1", Some("https://shop.example/cart?x=1")),
            ("//shop.example/cart", Some("https://shop.example/cart")),
            ("dana@shop.example", None),
            ("mailto:dana@shop.example", None),
            ("cart.html:x", None),
            ("checkout", None),
            ("Home.Screen", None),
            ("www.shop.example", Some("https://www.shop.example")),
            ("cart.html", None),
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
            ("https://shop.example/?ScCid=null", None),
            ("https://shop.example/?ScCid=two%20words", None),
            ("https://shop.example/?ScCid=undefined&sccid=AbC", Some("AbC")),
            ("undefined", None),
            ("https://shop.example/?ScCid=a%2Db+c", Some("a-b+c")),
            ("https://shop.example/", None),
            ("AbC-123", Some("AbC-123")),
            ("two words", None),
        ] {
            assert_eq!(click_id(value).as_deref(), expected, "{value}");
        }
    }
}
