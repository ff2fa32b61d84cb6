//! The answers of contract section 3.

use domain::reading::{Rejection, Unreadable};
use serde_json::{Value, json};

use super::prepare::Rejected;

/// What a request is answered with.
#[derive(Clone, Debug, PartialEq)]
pub struct IngestAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
    /// The header `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
}

impl IngestAnswer {
    pub(super) fn status_label(&self) -> &'static str {
        match self.status {
            200 => "200",
            400 => "400",
            401 => "401",
            413 => "413",
            429 => "429",
            _ => "503",
        }
    }
}

fn refusal(status: u16, code: &str, message: &str, retry_after: Option<u64>) -> IngestAnswer {
    IngestAnswer { status, body: json!({ "success": false, "code": code, "message": message }), retry_after }
}

pub(super) fn stored(accepted: usize, duplicates: usize, rejected: &[Rejected]) -> IngestAnswer {
    let rejected: Vec<_> = rejected
        .iter()
        .map(|r| json!({ "index": r.index, "code": r.rejection.code, "message": r.rejection.message }))
        .collect();
    let body = json!({ "success": true, "accepted": accepted, "duplicates": duplicates, "rejected": rejected });
    IngestAnswer { status: 200, body, retry_after: None }
}

pub(super) fn unreadable(error: &Unreadable) -> IngestAnswer {
    let status = if matches!(error, Unreadable::TooLarge(_)) { 413 } else { 400 };
    refusal(status, error.code(), &error.to_string(), None)
}

pub(super) fn rejected(rejection: &Rejection) -> IngestAnswer {
    let status = if rejection.code == "too_large" { 413 } else { 400 };
    refusal(status, rejection.code, &rejection.message, None)
}

pub(super) fn unauthorized() -> IngestAnswer {
    refusal(
        401,
        "unknown_write_key",
        "No enabled source has this write key. Send it as the user name of HTTP Basic, or as “writeKey” in the body.",
        None,
    )
}

pub(super) fn too_many(wait_ms: i64) -> IngestAnswer {
    let seconds = u64::try_from(wait_ms).unwrap_or(0).div_ceil(1_000).max(1);
    refusal(429, "too_many_events", "The source sends more events than it may. Nothing was stored.", Some(seconds))
}

pub(super) fn unavailable(seconds: u64) -> IngestAnswer {
    refusal(503, "unavailable", "Events can't be stored just now. Nothing was stored; send it again.", Some(seconds))
}
