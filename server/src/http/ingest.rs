//! The Segment HTTP tracking API: framing only. What a body means is `pipeline::ingest`'s matter.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use axum::{
    Json, Router,
    body::{Body, HttpBody},
    extract::{ConnectInfo, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use domain::reading::Call;
use pipeline::ingest::PeerInfo;
use serde_json::json;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

use super::{
    AppState,
    gzip::{self, GzipError},
};

/// A body after decompression; contract section 3.
const BODY_MAX: usize = 4 * 1024 * 1024;

/// A body that says beforehand that it is longer is not waited for. One that is a little too large is read and then refused: an
/// answer while a client still sends may be lost to it.
const DECLARED_MAX: u64 = 64 * 1024 * 1024;

/// How long a body may take to arrive: who sends it more slowly holds a connection and its memory for nothing.
const BODY_WITHIN: Duration = Duration::from_secs(60);

/// The routes of each call: its name and the browser library's letter.
const ROUTES: &[(&str, Call)] = &[
    ("/v1/track", Call::Track),
    ("/v1/t", Call::Track),
    ("/v1/identify", Call::Identify),
    ("/v1/i", Call::Identify),
    ("/v1/page", Call::Page),
    ("/v1/p", Call::Page),
    ("/v1/screen", Call::Screen),
    ("/v1/s", Call::Screen),
    ("/v1/group", Call::Group),
    ("/v1/g", Call::Group),
    ("/v1/alias", Call::Alias),
    ("/v1/a", Call::Alias),
    ("/v1/batch", Call::Batch),
    ("/v1/b", Call::Batch),
    ("/v1/import", Call::Batch),
];

pub fn router() -> Router<AppState> {
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::POST])
        // Libraries have headers of their own, such as the count of retries.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([header::RETRY_AFTER])
        .max_age(std::time::Duration::from_secs(86_400));
    let routes = ROUTES.iter().fold(Router::new(), |router, &(path, call)| {
        let take = move |state, peer, headers, body| take(call, state, peer, headers, body);
        router.route(path, post(take).fallback(method_not_allowed))
    });
    let unknown = || axum::routing::any(unknown_call);
    routes.route("/v1", unknown()).route("/v1/", unknown()).route("/v1/{*rest}", unknown()).layer(cors)
}

async fn take(
    call: Call,
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let body = match read(&headers, body, BODY_WITHIN).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(str::to_owned);
    let peer = PeerInfo {
        ip: client_ip(peer.ip(), &headers, state.settings.trust_proxy),
        user_agent: text(header::USER_AGENT),
        from_browser: headers.contains_key(header::ORIGIN),
    };
    let answer = state.ingest.accept(write_key(&headers).as_deref(), call, body, peer).await;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(answer.body)).into_response();
    if let Some(seconds) = answer.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// The body, unpacked; or the refusal. It is read first: an answer before its end would close a connection that the client
/// believes it can use again.
async fn read(headers: &HeaderMap, body: Body, within: Duration) -> Result<Bytes, Response> {
    let packed = packed(body, within).await.map_err(closing)?;
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !is_json_or_text(content_type) {
        return Err(refuse(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "Send JSON with the header Content-Type: application/json.",
        ));
    }
    let encoding = headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes().to_ascii_lowercase());
    match encoding.as_deref() {
        None | Some(b"" | b"identity") => Ok(packed),
        Some(b"gzip" | b"x-gzip") => gzip::unpack(&packed, BODY_MAX).map_err(|error| match error {
            GzipError::TooLarge => too_large(),
            GzipError::Damaged => {
                refuse(StatusCode::BAD_REQUEST, "invalid_gzip", "The body is not gzip, or it is damaged.")
            }
        }),
        Some(_) => Err(refuse(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_encoding",
            "Content-Encoding may be gzip, or be left out.",
        )),
    }
}

/// The body as it was sent.
async fn packed(body: Body, within: Duration) -> Result<Bytes, Response> {
    if body.size_hint().lower() > DECLARED_MAX {
        return Err(too_large());
    }
    match tokio::time::timeout(within, axum::body::to_bytes(body, BODY_MAX)).await {
        Ok(Ok(packed)) => Ok(packed),
        Ok(Err(error)) if is_length_limit(&error) => Err(too_large()),
        Ok(Err(_)) => Err(refuse(
            StatusCode::BAD_REQUEST,
            "incomplete_body",
            "The connection ended before the whole body had arrived.",
        )),
        Err(_) => {
            let message = format!("The body did not arrive within {} seconds. Send it again.", within.as_secs());
            Err(refuse(StatusCode::REQUEST_TIMEOUT, "slow_body", &message))
        }
    }
}

fn too_large() -> Response {
    let message = "A body may have 4 MiB after decompression. Send smaller batches.";
    refuse(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
}

/// The rest of the body is still on its way: nothing else can come through this connection.
fn closing(mut refusal: Response) -> Response {
    refusal.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    refusal
}

/// Libraries send JSON; a browser's beacon sends it as plain text.
fn is_json_or_text(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(essence.as_str(), "" | "application/json" | "text/plain" | "text/json") || essence.ends_with("+json")
}

fn is_length_limit(error: &axum::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if inner.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        source = inner.source();
    }
    false
}

/// The user name of HTTP Basic.
fn write_key(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let user = text.split_once(':').map_or(text.as_str(), |(user, _)| user);
    (!user.is_empty()).then(|| user.to_owned())
}

/// The visitor's address: behind a trusted proxy the last public entry of `X-Forwarded-For`, since inner proxies write each other's
/// addresses behind it; what stands before that anybody may have sent.
fn client_ip(peer: IpAddr, headers: &HeaderMap, trust_proxy: bool) -> IpAddr {
    if !trust_proxy {
        return peer;
    }
    let values: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
    let mut entries = values.iter().rev().flat_map(|value| value.rsplit(',')).map_while(forwarded_ip).peekable();
    let last = entries.peek().copied().unwrap_or(peer);
    entries.find(|ip| !is_inner(*ip)).unwrap_or(last)
}

/// An entry of `X-Forwarded-For`; some proxies write the port, too.
fn forwarded_ip(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let with_port = || entry.parse().map(|address: SocketAddr| address.ip()).ok();
    entry.parse().ok().or_else(with_port)
}

/// Whether it is an address of one's own network.
fn is_inner(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_loopback() || ip.is_unicast_link_local(),
    }
}

async fn method_not_allowed() -> Response {
    let mut response = refuse(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Use POST.");
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

async fn unknown_call() -> Response {
    refuse(
        StatusCode::NOT_FOUND,
        "unknown_call",
        "There is no such call. Known are track, identify, page, screen, group, alias, batch and import.",
    )
}

fn refuse(status: StatusCode, code: &str, message: &str) -> Response {
    (status, Json(json!({ "success": false, "code": code, "message": message }))).into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    #[test]
    fn reads_the_write_key_from_basic_auth() {
        let key = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            write_key(&headers)
        };
        assert_eq!(key("Basic d2tfMTo=").as_deref(), Some("wk_1"));
        assert_eq!(key("basic d2tfMQ==").as_deref(), Some("wk_1"));
        assert_eq!(key("Bearer d2tfMTo="), None);
        assert_eq!(key("Basic %%%"), None);
        assert_eq!(key("Basic Og=="), None);
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_answered() {
        let endless = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        let refused = read(&HeaderMap::new(), endless, Duration::ZERO).await.unwrap_err();
        assert_eq!(refused.status(), StatusCode::REQUEST_TIMEOUT);
        assert_eq!(refused.headers()[header::CONNECTION], "close");
    }

    #[tokio::test]
    async fn a_body_that_says_it_is_huge_is_not_waited_for() {
        struct Huge;
        impl HttpBody for Huge {
            type Data = Bytes;
            type Error = std::io::Error;
            fn poll_frame(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, std::io::Error>>> {
                std::task::Poll::Pending
            }
            fn size_hint(&self) -> http_body::SizeHint {
                http_body::SizeHint::with_exact(99_000_000_000)
            }
        }
        let refused = read(&HeaderMap::new(), Body::new(Huge), BODY_WITHIN).await.unwrap_err();
        assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[test]
    fn a_forwarded_address_counts_only_behind_a_trusted_proxy() {
        let peer: IpAddr = "10.0.0.1".parse().unwrap();
        let behind = |trusted, values: &[&str]| {
            let values =
                values.iter().map(|value| (HeaderName::from_static("x-forwarded-for"), value.parse().unwrap()));
            let mut headers = HeaderMap::new();
            headers.extend(values);
            client_ip(peer, &headers, trusted).to_string()
        };
        assert_eq!(behind(false, &["203.0.113.9"]), "10.0.0.1");
        for (values, visitor) in [
            (&["6.6.6.6, 203.0.113.9"][..], "203.0.113.9"),
            (&["6.6.6.6, 203.0.113.9, 10.0.0.7, ::ffff:192.168.1.1"], "203.0.113.9"),
            (&["6.6.6.6", "203.0.113.9", "fd00::7"], "203.0.113.9"),
            (&["6.6.6.6, 203.0.113.9:51234"], "203.0.113.9"),
            (&["6.6.6.6, [2001:db8::1]:443"], "2001:db8::1"),
            (&["192.168.1.4, 192.168.1.5"], "192.168.1.5"),
            (&["6.6.6.6, unknown"], "10.0.0.1"),
            (&[""], "10.0.0.1"),
            (&[], "10.0.0.1"),
        ] {
            assert_eq!(behind(true, values), visitor, "{values:?}");
        }
    }
}
