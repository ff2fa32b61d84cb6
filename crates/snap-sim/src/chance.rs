//! Ids and tokens: the only place that asks the system for chance.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The random generator of the system did not answer; nothing sensible can go on without it.
fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    getrandom::fill(&mut out).expect("the system's random generator answers");
    out
}

/// A random UUID.
pub fn uuid() -> String {
    uuid::Builder::from_random_bytes(bytes()).into_uuid().to_string()
}

/// The 24 hex digits that Snapchat uses as request id.
pub fn request_id() -> String {
    bytes::<12>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Segments have long decimal ids, unlike everything else.
pub fn segment_id() -> String {
    let number = u64::from_le_bytes(bytes());
    (5_000_000_000_000_000 + number % 4_000_000_000_000_000).to_string()
}

/// An opaque OAuth token or code.
pub fn opaque(prefix: &str) -> String {
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes::<36>()))
}

/// A long-lived token for the Conversions API: it looks like a JWT, and nobody is meant to read it.
pub fn capi_token(now_ms: i64) -> String {
    let header = r#"{"alg":"HS256","kid":"Q2FudmFzUzJTSE1BQ1Byb2Q","typ":"JWT"}"#;
    let claims = serde_json::json!({
        "aud": "canvas-canvasapi", "iss": "canvas-s2stoken", "nbf": now_ms / 1000, "sub": uuid()
    });
    let parts =
        [header.as_bytes(), claims.to_string().as_bytes(), &bytes::<32>()].map(|part| URL_SAFE_NO_PAD.encode(part));
    parts.join(".")
}
