//! The address that the caller used, for links that must be absolute.

use axum::http::{HeaderMap, header::HOST};

/// `public_url` where it is set, otherwise the `Host` of the request.
pub fn base_url(headers: &HeaderMap, public_url: Option<&str>) -> String {
    match public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("http://{}", headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1")),
    }
}
