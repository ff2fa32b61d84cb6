//! What an event tells of the visit: the ad click, the pixel's cookie, and the page.

use serde_json::Value;

use crate::{
    event::{EventKind, TrackedEvent},
    workflow::event_key,
};

/// Characters of an id that are kept.
const ID_MAX: usize = 200;
/// Characters of an address that are kept.
const PAGE_MAX: usize = 2_000;
/// Where the address of the page stands, beside `properties.url` of page calls.
const PAGE_PATHS: [&str; 5] =
    ["context.page.url", "properties.page_url", "context.page_url", "context.url", "page_url"];
/// Where tags and pages put the click id itself.
const CLICK_PATHS: [&str; 8] = [
    "context.sc_click_id",
    "context.ScCid",
    "context.click_id",
    "context.cookies._scclid",
    "properties.sc_click_id",
    "properties.ScCid",
    "properties.sccid",
    "properties.click_id",
];
/// Where tags and pages put the pixel's cookie `_scid`.
const COOKIE_PATHS: [&str; 8] = [
    "context.sc_cookie1",
    "context._scid",
    "context.uuid_c1",
    "context.cookies._scid",
    "context.page._scid",
    "properties.sc_cookie1",
    "properties._scid",
    "properties.uuid_c1",
];

/// A visit, as far as one event knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visit {
    /// The ad click that led to it: `ScCid` of the landing page.
    pub click_id: Option<String>,
    /// The pixel's cookie `_scid`.
    pub cookie: Option<String>,
    /// The address of the page.
    pub page: Option<String>,
}

impl Visit {
    /// Whether it tells nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.click_id.is_none() && self.cookie.is_none() && self.page.is_none()
    }

    /// The site that its page is of: `https://shop.example/`. A developer's own machine is none, since the site stands in for the
    /// pages of others.
    #[must_use]
    pub fn site(&self) -> Option<String> {
        let page = self.page.as_deref()?;
        let (scheme, rest) = page.split_once("://")?;
        let host = rest.split(['/', '?', '#']).next().filter(|host| !host.contains('@') && is_public(host))?;
        Some(format!("{}://{host}/", scheme.to_ascii_lowercase()))
    }
}

/// Reads the visit of an event.
#[must_use]
pub fn visit(event: &TrackedEvent) -> Visit {
    let page = pages(event).find(|page| is_web(page));
    let addresses = pages(event).chain(event.text("context.page.search")).chain(event.text("context.page.referrer"));
    let click = addresses.into_iter().find_map(|address| click_id(&address));
    Visit {
        click_id: click.or_else(|| first_id(event, &CLICK_PATHS)),
        cookie: first_id(event, &COOKIE_PATHS),
        page: page.filter(|page| page.len() <= PAGE_MAX),
    }
}

/// Whether a host has a name that the whole internet knows it by, and not an address or a name of one's own network.
fn is_public(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or_default();
    let Some((_, top)) = name.rsplit_once('.') else { return false };
    let is_number = top.bytes().all(|b| b.is_ascii_digit());
    !is_number && !["local", "localhost", "test", "internal"].iter().any(|own| top.eq_ignore_ascii_case(own))
}

fn pages(event: &TrackedEvent) -> impl Iterator<Item = String> {
    let of_page = if event.kind == EventKind::Page { event.text("properties.url") } else { None };
    PAGE_PATHS.iter().filter_map(|path| event.text(path)).chain(of_page).map(|page| page.trim().to_owned())
}

fn is_web(address: &str) -> bool {
    let scheme = address.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https")) && !address.contains(char::is_whitespace)
}

/// The parameter `ScCid` in any case of its name, its value unchanged but for percent-encoding.
fn click_id(address: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    let query = query.split('#').next().unwrap_or(query);
    query.split('&').find_map(|pair| {
        let (name, id) = pair.split_once('=')?;
        // A plus stays one.
        let id = || super::decoded(&id.replace('+', "%2B"));
        name.eq_ignore_ascii_case("sccid").then(id).filter(|id| is_id(id))
    })
}

fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= ID_MAX
        && !text.contains(|c: char| c.is_whitespace() || "?/=&".contains(c))
        && !matches!(event_key(text).as_str(), "" | "null" | "undefined" | "none")
}

fn first_id(event: &TrackedEvent, paths: &[&str]) -> Option<String> {
    paths.iter().find_map(|path| match event.at(path)? {
        Value::String(text) => Some(text.trim()).filter(|text| is_id(text)).map(str::to_owned),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Timestamp;

    fn of(kind: EventKind, body: Value) -> Visit {
        let Value::Object(body) = body else { unreachable!() };
        let at = Timestamp(0);
        visit(&TrackedEvent { kind, name: "x".into(), message_id: "m".into(), occurred_at: at, received_at: at, body })
    }

    #[test]
    fn reads_click_cookie_and_page() {
        let landing = of(
            EventKind::Page,
            json!({"context": {"page": {"url": "https://Shop.example/a?x=1&SCCID=AbC-1#top"}, "cookies": {"_scid": " s-1 "}}}),
        );
        assert_eq!((landing.click_id.as_deref(), landing.cookie.as_deref()), (Some("AbC-1"), Some("s-1")));
        assert_eq!(landing.site().as_deref(), Some("https://Shop.example/"));
        let page = of(EventKind::Page, json!({"properties": {"url": "http://shop.example"}}));
        assert_eq!(
            (page.page.as_deref(), page.site().as_deref()),
            (Some("http://shop.example"), Some("http://shop.example/"))
        );
        for (url, site) in [
            ("https://shop.example:8443/a", Some("https://shop.example:8443/")),
            ("http://localhost:3000/a", None),
            ("http://127.0.0.1:3000/a", None),
            ("http://[::1]/a", None),
            ("https://shop.test/a", None),
        ] {
            let own = of(EventKind::Page, json!({"context": {"page": {"url": url}}}));
            assert_eq!((own.page.as_deref(), own.site().as_deref()), (Some(url), site));
        }
        for body in
            [json!({"context": {"url": "https://shop.example/a"}}), json!({"page_url": "https://shop.example/a"})]
        {
            assert_eq!(of(EventKind::Track, body).page.as_deref(), Some("https://shop.example/a"));
        }
        // A product's address is no page.
        assert!(of(EventKind::Track, json!({"properties": {"url": "https://shop.example/p/1"}})).is_empty());
        let tagged = of(EventKind::Track, json!({"context": {"sc_click_id": "AbC", "sc_cookie1": "undefined"}}));
        assert_eq!((tagged.click_id.as_deref(), tagged.cookie), (Some("AbC"), None));
        let app = of(EventKind::Screen, json!({"context": {"page": {"url": "android-app://x"}}}));
        assert!(app.is_empty());
        let from = of(EventKind::Track, json!({"context": {"page": {"referrer": "https://shop.example/?ScCid=R"}}}));
        assert_eq!(from.click_id.as_deref(), Some("R"));
        for (query, expected) in
            [("ScCid=null", None), ("ScCid=", None), ("ScCid=a%2Db", Some("a-b")), ("ScCid=a+b", Some("a+b"))]
        {
            let landing =
                of(EventKind::Page, json!({"context": {"page": {"url": format!("https://shop.example/?{query}")}}}));
            assert_eq!(landing.click_id.as_deref(), expected, "{query}");
        }
    }
}
