//! Requests that fail as a whole.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::chance;

/// Why the Ads API does not do it.
#[derive(Debug)]
pub enum AdsError {
    /// No good access token; the text for the header.
    Unauthorized(&'static str),
    /// The caller's roles or scopes don't suffice.
    Forbidden(String),
    /// Nothing has this id.
    NotFound(&'static str),
    /// The request makes no sense.
    Invalid(String),
    /// More requests a second than one token may make.
    TooMany,
    /// The body is not announced as JSON.
    NotJson,
}

impl IntoResponse for AdsError {
    fn into_response(self) -> Response {
        let (status, code, debug, display) = match self {
            Self::Unauthorized(description) => return unauthorized(description),
            Self::Forbidden(debug) => {
                (StatusCode::FORBIDDEN, "E3002", debug, "The requested resource cannot be used right now.")
            }
            Self::NotFound(what) => {
                (StatusCode::NOT_FOUND, "E3003", format!("{what} not found"), "The requested resource was not found.")
            }
            Self::Invalid(debug) => (StatusCode::BAD_REQUEST, "E1001", debug, "The request is not valid."),
            Self::TooMany => {
                let debug = "Too many requests".to_owned();
                (StatusCode::TOO_MANY_REQUESTS, "E1008", debug, "Too many requests. Try again later.")
            }
            Self::NotJson => {
                let debug = "Content-Type must be application/json".to_owned();
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "E1001", debug, "The request is not valid.")
            }
        };
        let body = json!({
            "request_status": "ERROR", "request_id": chance::uuid(),
            "debug_message": debug, "display_message": display, "error_code": code,
        });
        (status, Json(body)).into_response()
    }
}

fn unauthorized(description: &str) -> Response {
    let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{description}\"");
    let headers = [(WWW_AUTHENTICATE, challenge), (CONTENT_TYPE, "text/plain;charset=utf-8".into())];
    (StatusCode::UNAUTHORIZED, headers, "unauthorized").into_response()
}
