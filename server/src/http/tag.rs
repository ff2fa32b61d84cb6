//! `GET /tag/{write_key}.js`: the browser tag with the source's configuration in front.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use domain::ApiError;
use pipeline::tag::tag_script;

use super::{AppState, gzip};

pub fn router() -> Router<AppState> {
    let packed = Arc::new(Packed::default());
    Router::new().route("/tag/{file}", get(move |state, file, request| tag(state, file, request, packed.clone())))
}

/// Switches that were changed reach browsers within a minute.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// Scripts with what they are packed: every visitor of a shop asks for the same one.
#[derive(Default)]
struct Packed(Mutex<HashMap<String, Bytes>>);

impl Packed {
    /// Some 3 MB.
    const MOST: usize = 256;

    /// The script as gzip; `None` if that failed.
    fn of(&self, script: &str) -> Option<Bytes> {
        let mut all = self.0.lock().ok()?;
        if let Some(packed) = all.get(script) {
            return Some(packed.clone());
        }
        let packed = Bytes::from(gzip::pack(script.as_bytes())?);
        if all.len() == Self::MOST {
            all.clear();
        }
        all.insert(script.to_owned(), packed.clone());
        Some(packed)
    }
}

async fn tag(
    State(state): State<AppState>,
    Path(file): Path<String>,
    request: HeaderMap,
    packed: Arc<Packed>,
) -> Response {
    let Some(write_key) = file.strip_suffix(".js") else { return StatusCode::NOT_FOUND.into_response() };
    match state.switchyard.tag_config(write_key, state.settings.snapchat.pixel_url.as_str()).await {
        Ok(config) => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8")),
                (header::CACHE_CONTROL, CACHE),
                (header::VARY, HeaderValue::from_static("accept-encoding")),
                (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
                (
                    header::HeaderName::from_static("cross-origin-resource-policy"),
                    HeaderValue::from_static("cross-origin"),
                ),
            ];
            let script = tag_script(&config);
            match gzip::is_accepted(&request).then(|| packed.of(&script)).flatten() {
                Some(packed) => {
                    (headers, [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))], packed).into_response()
                }
                None => (headers, script).into_response(),
            }
        }
        Err(ApiError::NotFound) => {
            let headers = [(header::CACHE_CONTROL, CACHE)];
            (StatusCode::NOT_FOUND, headers, "// There is no source with this write key, or it is disabled.\n")
                .into_response()
        }
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
