//! What an answer of the Conversions API means: one pure function, the only place that looks at a status (reference sections 4.9 and 9).

use std::time::{Duration, SystemTime};

use domain::{Timestamp, destination::Verdict, time::SECOND};
use http::HeaderMap;
use serde_json::Value;

/// Snapchat's words are kept up to this length.
const REASON_MAX: usize = 500;

/// Works out what an answer to a request of `count` events means. `now` is for waits that are told as a point in time.
#[must_use]
pub fn interpret(status: u16, headers: &HeaderMap, body: &str, count: usize, now: Timestamp) -> Verdict {
    let json: Option<Value> = serde_json::from_str(body).ok();
    let reason = words(json.as_ref(), body);
    match status {
        200..=299 => success(json.as_ref(), body, reason, count),
        400 | 422 => bad_request(json.as_ref(), body, reason, count),
        401 => Verdict::Unauthorized { reason },
        403 => Verdict::Blocked {
            code: "forbidden",
            reason: explained(
                "Snapchat refused this pixel or app to the token: it belongs to another organisation",
                &reason,
            ),
        },
        404 | 410 => Verdict::Blocked {
            code: "not_found",
            reason: explained("Snapchat doesn't know this pixel or app: it was deleted or its id is wrong", &reason),
        },
        413 => Verdict::TooLarge,
        429 => Verdict::Throttled { retry_after: retry_after(headers, now) },
        _ => Verdict::Unavailable { reason: format!("HTTP {status}: {reason}") },
    }
}

fn success(json: Option<&Value>, body: &str, reason: String, count: usize) -> Verdict {
    let status = json.and_then(|json| json.get("status")).and_then(Value::as_str).unwrap_or_else(|| body.trim());
    if ["VALID", "SUCCESS", "OK"].iter().any(|good| status.eq_ignore_ascii_case(good)) {
        return Verdict::Accepted;
    }
    if json.is_some_and(is_refusal) {
        return refused(json, reason, count);
    }
    // HTTP 200 proves nothing (reference, top of the file): something in between may have answered.
    Verdict::NoAnswer { reason: format!("the answer can't be read: {reason}") }
}

fn bad_request(json: Option<&Value>, body: &str, reason: String, count: usize) -> Verdict {
    let indexed = json.is_some_and(|json| index(json, count).is_some());
    if !indexed && names_the_token(body) {
        return Verdict::Unauthorized { reason };
    }
    refused(json, reason, count)
}

fn is_refusal(json: &Value) -> bool {
    let status = json.get("status").and_then(Value::as_str).unwrap_or_default();
    ["INVALID", "FAILURE", "FAILED", "ERROR"].iter().any(|bad| status.eq_ignore_ascii_case(bad))
}

fn refused(json: Option<&Value>, reason: String, count: usize) -> Verdict {
    match json.and_then(|json| index(json, count)) {
        Some(index) => Verdict::ItemInvalid { index, reason },
        None if count == 1 => Verdict::ItemInvalid { index: 0, reason },
        None => Verdict::BatchInvalid { reason },
    }
}

/// The 0-based position that the answer names: `event` counts from one.
fn index(json: &Value, count: usize) -> Option<usize> {
    let one_based = |value: &Value| match value {
        Value::Number(number) => number.as_u64().and_then(|n| usize::try_from(n).ok()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let logged = || {
        let logs = json.get("event_logs")?.as_array()?;
        logs.iter().find(|log| is_refusal(log)).and_then(|log| log.get("event"))
    };
    let position = json.get("event").filter(|value| one_based(value).is_some()).or_else(logged).and_then(one_based)?;
    (1..=count).contains(&position).then(|| position - 1)
}

/// Whether a 400 is about the token: Snapchat answers so for expired OAuth tokens (reference section 4.9).
fn names_the_token(body: &str) -> bool {
    let body = body.to_ascii_lowercase();
    [
        "access token",
        "access_token",
        "accesstoken",
        "invalid token",
        "invalid_token",
        "token is invalid",
        "token is expired",
        "token has expired",
        "token expired",
        "expired token",
        "authentication token",
        "oauth token",
    ]
    .iter()
    .any(|words| body.contains(words))
}

/// Snapchat's own words: the reason and the messages of the errors, else the body as it is.
fn words(json: Option<&Value>, body: &str) -> String {
    let Some(json) = json.filter(|json| json.is_object()) else { return cut(body.trim()) };
    let mut parts: Vec<&str> = Vec::new();
    let errors = |errors: Option<&Value>| {
        let Some(errors) = errors else { return Vec::new() };
        let list =
            |key: &str| errors.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        list("error_msgs").chain(list("codes")).map(str::to_owned).collect()
    };
    let mut details: Vec<String> = errors(json.get("errors"));
    for log in json.get("event_logs").and_then(Value::as_array).into_iter().flatten().filter(|log| is_refusal(log)) {
        details.extend(errors(log.get("errors")));
    }
    for key in ["reason", "error_description", "debug_message", "display_message", "message", "error"] {
        parts.extend(json.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty()));
    }
    parts.extend(details.iter().map(String::as_str));
    if parts.is_empty() { cut(body.trim()) } else { cut(&parts.join(" · ")) }
}

/// What an answer of the validate endpoint warns of (reference section 8.1).
pub(crate) fn remarks(body: &str) -> Vec<String> {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let logs = json.get("event_logs").and_then(Value::as_array).into_iter().flatten();
    let warnings = logs.filter_map(|log| log.get("warnings").and_then(Value::as_array)).flatten();
    warnings.filter_map(Value::as_str).map(cut).collect()
}

fn cut(text: &str) -> String {
    if text.is_empty() { "no further words".to_owned() } else { text.chars().take(REASON_MAX).collect() }
}

fn explained(meaning: &str, words: &str) -> String {
    format!("{meaning}. Snapchat's words: {words}")
}

/// How long the answer asks to wait, in milliseconds: `Retry-After` in seconds or as a date, else `X-Rate-Limit-Reset`.
/// A date is measured against the answer's own `Date` where there is one, so that clocks needn't agree.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let now = text("date").and_then(http_date).unwrap_or(now);
    if let Some(wait) = text("retry-after") {
        if let Some(seconds) = wait.parse::<f64>().ok().filter(|s| s.is_finite() && *s >= 0.0) {
            #[allow(clippy::cast_possible_truncation)]
            return Some((seconds * 1_000.0).ceil() as i64);
        }
        if let Some(until) = http_date(wait) {
            return Some(until.since(now).max(0));
        }
    }
    let reset: i64 = text("x-rate-limit-reset")?.parse().ok()?;
    Some(Timestamp(reset.saturating_mul(SECOND)).since(now).max(0))
}

fn http_date(text: &str) -> Option<Timestamp> {
    let since: Duration = httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_767_261_600_000);

    fn read(status: u16, body: &str, count: usize) -> Verdict {
        interpret(status, &HeaderMap::new(), body, count, NOW)
    }

    fn item(index: usize, reason: &str) -> Verdict {
        Verdict::ItemInvalid { index, reason: reason.to_owned() }
    }

    #[test]
    fn warnings_of_the_validate_endpoint_are_told() {
        let logs = r#"{"status":"VALID","event_logs":[{"event":1,"status":"VALID","warnings":["external_id is missing"]},{"event":2}]}"#;
        assert_eq!(remarks(logs), ["external_id is missing"]);
        assert!(remarks("<html>").is_empty());
    }

    #[test]
    fn every_answer_of_the_table() {
        let indexed =
            r#"{"status":"INVALID","event":3,"reason":"bad","errors":{"codes":["517"],"error_msgs":["event_time"]}}"#;
        let blind = r#"{"status":"INVALID","reason":"bad"}"#;
        let logs = r#"{"status":"INVALID","event_logs":[{"event":1,"status":"VALID"},{"event":2,"status":"INVALID","errors":{"error_msgs":["ip"]}}]}"#;
        let batch = |reason: &str| Verdict::BatchInvalid { reason: reason.to_owned() };
        let unauthorized = |reason: &str| Verdict::Unauthorized { reason: reason.to_owned() };
        let cases = [
            (200, r#"{"status":"VALID","reason":"All events accepted."}"#, 5, Verdict::Accepted),
            (202, r#"{"status":"valid"}"#, 5, Verdict::Accepted),
            (200, indexed, 5, item(2, "bad · event_time · 517")),
            (200, blind, 5, batch("bad")),
            (200, "<html>", 5, Verdict::NoAnswer { reason: "the answer can't be read: <html>".into() }),
            (200, "", 5, Verdict::NoAnswer { reason: "the answer can't be read: no further words".into() }),
            (400, indexed, 5, item(2, "bad · event_time · 517")),
            (400, indexed, 2, batch("bad · event_time · 517")),
            (400, r#"{"status":"INVALID","event":0,"reason":"bad"}"#, 5, batch("bad")),
            (400, r#"{"status":"INVALID","event":"3","reason":"bad"}"#, 5, item(2, "bad")),
            (
                400,
                r#"{"status":"INVALID","event":3,"reason":"the access token of item"}"#,
                5,
                item(2, "the access token of item"),
            ),
            (400, blind, 5, batch("bad")),
            (400, blind, 1, item(0, "bad")),
            (400, logs, 5, item(1, "ip")),
            (400, "malformed", 5, batch("malformed")),
            (422, blind, 5, batch("bad")),
            (400, "Invalid access token", 5, unauthorized("Invalid access token")),
            (400, r#"{"status":"INVALID","reason":"invalid token"}"#, 5, unauthorized("invalid token")),
            (401, "unauthorized", 5, unauthorized("unauthorized")),
            (401, r#"{"error":"invalid_token"}"#, 5, unauthorized("invalid_token")),
            (413, "too large", 5, Verdict::TooLarge),
            (429, "", 5, Verdict::Throttled { retry_after: None }),
            (408, "", 5, Verdict::Unavailable { reason: "HTTP 408: no further words".into() }),
            (500, "oops", 5, Verdict::Unavailable { reason: "HTTP 500: oops".into() }),
            (503, "{}", 5, Verdict::Unavailable { reason: "HTTP 503: {}".into() }),
            (302, "", 5, Verdict::Unavailable { reason: "HTTP 302: no further words".into() }),
        ];
        for (status, body, count, expected) in cases {
            assert_eq!(read(status, body, count), expected, "{status} {body}");
        }
        assert!(matches!(read(403, "", 1), Verdict::Blocked { code: "forbidden", .. }));
        assert!(matches!(read(404, "", 1), Verdict::Blocked { code: "not_found", .. }));
    }

    #[test]
    fn waits_as_long_as_it_is_told() {
        let wait = |pairs: &[(&'static str, &'static str)]| {
            let headers = pairs
                .iter()
                .map(|(name, value)| (http::HeaderName::from_static(name), http::HeaderValue::from_static(value)));
            retry_after(&headers.collect(), NOW)
        };
        assert_eq!(wait(&[]), None);
        assert_eq!(wait(&[("retry-after", "90")]), Some(90_000));
        assert_eq!(wait(&[("retry-after", "0.5")]), Some(500));
        assert_eq!(wait(&[("retry-after", "Thu, 01 Jan 2026 10:02:00 GMT")]), Some(120_000));
        assert_eq!(wait(&[("retry-after", "Thu, 01 Jan 2026 09:00:00 GMT")]), Some(0));
        let skewed = [("date", "Thu, 01 Jan 2026 11:00:00 GMT"), ("retry-after", "Thu, 01 Jan 2026 11:00:30 GMT")];
        assert_eq!(wait(&skewed), Some(30_000));
        assert_eq!(wait(&[("x-rate-limit-reset", "1767261645")]), Some(45_000));
        assert_eq!(wait(&[("retry-after", "soon"), ("x-rate-limit-reset", "1767261645")]), Some(45_000));
        assert_eq!(wait(&[("retry-after", "604800")]), Some(604_800_000));
    }
}
