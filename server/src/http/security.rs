//! What protects the pages: one host, the right Origin on every mutating request, and headers.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use leptos::nonce::use_nonce;
use url::{Host, Url};

use super::AppState;

/// A request that may change something has to come from a page of ours: its Origin must be the public URL's.
pub async fn right_origin(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || has_right_origin(request.headers(), &state.settings.public_url) {
        return next.run(request).await;
    }
    let message = format!(
        "This request was refused because it did not come from a page of {}. Open that address and try again; \
         behind a proxy, set SWITCHYARD_PUBLIC_URL to what the browser shows.\n",
        state.settings.public_base()
    );
    (StatusCode::FORBIDDEN, message).into_response()
}

fn has_right_origin(headers: &HeaderMap, public_url: &Url) -> bool {
    headers
        .get(header::ORIGIN)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|origin| origin == public_url.origin().ascii_serialization())
}

/// `localhost` and `127.0.0.1` are two hosts for cookies and OAuth: pages asked for by the other name move to the public URL.
pub async fn one_host(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    if *request.method() == Method::GET
        && let Some(target) = host.and_then(|host| other_loopback_name(host, &state.settings.public_url, request.uri()))
    {
        return Redirect::temporary(&target).into_response();
    }
    next.run(request).await
}

fn other_loopback_name(host: &str, public_url: &Url, uri: &Uri) -> Option<String> {
    let asked = Url::parse(&format!("{}://{host}", public_url.scheme())).ok()?;
    let moves = asked.host() != public_url.host()
        && asked.port_or_known_default() == public_url.port_or_known_default()
        && is_loopback(&asked)
        && is_loopback(public_url);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    moves.then(|| format!("{}{path}", public_url.as_str().trim_end_matches('/')))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// Sets the headers that every answer carries, of a site with or without HTTPS.
pub fn headers(https: bool, mut response: Response) -> Response {
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()");
    if https {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    // Pages bring a policy with their nonce; everything else loads nothing.
    set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    response
}

/// The policy of a page: our own scripts with this page's nonce, and wasm. Called while a page is rendered.
///
/// `accounts` is the OAuth host: "Authenticate Snapchat" is a form that is redirected there.
pub fn page_policy(accounts: &Url) -> Option<HeaderValue> {
    let nonce = use_nonce()?;
    let accounts = accounts.origin().ascii_serialization();
    HeaderValue::from_str(&format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self' {accounts}; base-uri 'none'; frame-ancestors 'none'"
    ))
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_origin_may_change_things() {
        let url = Url::parse("https://s.example").unwrap();
        let with = |origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            has_right_origin(&headers, &url)
        };
        assert!(with(Some("https://s.example")));
        for wrong in [
            None,
            Some("null"),
            Some("http://s.example"),
            Some("https://s.example.evil"),
            Some("https://s.example:444"),
        ] {
            assert!(!with(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn the_other_loopback_name_moves_to_the_public_url() {
        let url = Url::parse("http://127.0.0.1:3000").unwrap();
        let uri: Uri = "/events?side=server".parse().unwrap();
        let moved = other_loopback_name("localhost:3000", &url, &uri);
        assert_eq!(moved.as_deref(), Some("http://127.0.0.1:3000/events?side=server"));
        for stays in ["127.0.0.1:3000", "localhost:4000", "shop.example:3000", "bad host"] {
            assert_eq!(other_loopback_name(stays, &url, &uri), None, "{stays}");
        }
    }
}
