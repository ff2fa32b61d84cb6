//! Answers of the Ads API: a status for the whole and one for each element, and 200 proves nothing (reference section 3.1). Pure.

use domain::destination::ConnectError;
use serde_json::Value;

/// Snapchat's words are kept up to this length.
const WORDS_MAX: usize = 400;

/// The body of an answer that is a success as a whole.
pub(crate) fn verdict(status: u16, body: &str) -> Result<Value, ConnectError> {
    let json: Option<Value> = serde_json::from_str(body).ok();
    if (200..300).contains(&status) {
        let json = json.ok_or_else(|| ConnectError::Unavailable("the answer can't be read".to_owned()))?;
        return match first_failure(&json) {
            None => Ok(json),
            Some(words) => Err(failure(&words, &words)),
        };
    }
    let words = json.as_ref().and_then(failure_words).unwrap_or_else(|| cut(body));
    Err(match status {
        401 => ConnectError::NeedsReconnect(words),
        403 => failure("E3002", &words),
        404 | 410 => failure("E3003", &words),
        408 | 429 | 500.. => ConnectError::Unavailable(format!("HTTP {status}: {words}")),
        _ => {
            let code = json.as_ref().and_then(|json| text(json, "error_code")).unwrap_or_default();
            failure(&code, &words)
        }
    })
}

/// Failed as a whole without any element that went well.
fn first_failure(json: &Value) -> Option<String> {
    if is_success(json, "request_status") {
        return None;
    }
    let elements: Vec<&Value> = json.as_object()?.values().filter_map(Value::as_array).flatten().collect();
    let some_went_well = elements.iter().any(|e| e.get("sub_request_status").is_some() && succeeded(e));
    let first = elements.iter().find(|e| !succeeded(e)).and_then(|e| failure_words(e));
    (!some_went_well).then(|| first.or_else(|| failure_words(json)).unwrap_or_else(|| "no further words".to_owned()))
}

/// The entities of a collection that went well; an error if there are failed ones alone.
pub(crate) fn elements(json: &Value, collection: &str, entity: &str) -> Result<Vec<Value>, ConnectError> {
    let list = json.get(collection).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let good: Vec<Value> = list.iter().filter(|e| succeeded(e)).filter_map(|e| e.get(entity)).cloned().collect();
    match list.iter().find(|e| !succeeded(e)) {
        Some(failed) if good.is_empty() => {
            let words = failure_words(failed).unwrap_or_else(|| "no further words".to_owned());
            Err(failure(&words, &words))
        }
        _ => Ok(good),
    }
}

/// The one entity that a read or a write answers with; every element must have gone well.
pub(crate) fn only(json: &Value, collection: &str, entity: &str) -> Result<Value, ConnectError> {
    let list = json.get(collection).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if let Some(failed) = list.iter().find(|e| !succeeded(e)) {
        let words = failure_words(failed).unwrap_or_else(|| "no further words".to_owned());
        return Err(failure(&words, &words));
    }
    let found = list.first().and_then(|element| element.get(entity)).cloned();
    found.ok_or_else(|| ConnectError::Unavailable(format!("the answer holds no {entity}")))
}

/// A text field; ids that come as numbers are written out.
pub(crate) fn text(json: &Value, key: &str) -> Option<String> {
    match json.get(key)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether the answer says of itself that all went well; one that says nothing does.
pub(crate) fn succeeded_as_a_whole(json: &Value) -> bool {
    is_success(json, "request_status")
}

/// The words of a failure.
pub(crate) fn words_of(json: &Value) -> String {
    failure_words(json).unwrap_or_else(|| "no further words".to_owned())
}

fn succeeded(element: &Value) -> bool {
    is_success(element, "sub_request_status")
}

fn is_success(json: &Value, key: &str) -> bool {
    json.get(key).and_then(Value::as_str).is_none_or(|status| status.eq_ignore_ascii_case("SUCCESS"))
}

fn failure_words(json: &Value) -> Option<String> {
    let keys = [
        "sub_request_error_reason",
        "debug_message",
        "display_message",
        "message",
        "error_type",
        "error_description",
        "error",
    ];
    let words = keys.iter().find_map(|key| text(json, key))?;
    Some(match text(json, "error_code") {
        Some(code) if !words.contains(&code) => cut(&format!("{words} ({code})")),
        _ => cut(&words),
    })
}

/// What a failure means by its code.
fn failure(code: &str, words: &str) -> ConnectError {
    if code.contains("E3002") {
        ConnectError::Forbidden(format!(
            "This Snapchat login lacks a right there. Ask an admin of the business to give it the role Data Manager (or Account \
             Admin) on the ad account, and look whether the ad account is active. Snapchat's words: {words}"
        ))
    } else if code.contains("E3003") {
        ConnectError::NotFound(format!(
            "Snapchat doesn't know it: it was deleted, or its id is wrong. Snapchat's words: {words}"
        ))
    } else {
        ConnectError::Refused(words.to_owned())
    }
}

fn cut(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() { "no further words".to_owned() } else { text.chars().take(WORDS_MAX).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses() {
        let kind = |status: u16, body: &str| match verdict(status, body) {
            Ok(_) => "ok",
            Err(ConnectError::NeedsReconnect(_)) => "reconnect",
            Err(ConnectError::Forbidden(_)) => "forbidden",
            Err(ConnectError::NotFound(_)) => "not found",
            Err(ConnectError::Refused(_)) => "refused",
            Err(ConnectError::Unavailable(_)) => "unavailable",
            Err(_) => "other",
        };
        for (status, body, expected) in [
            (200, r#"{"request_status":"SUCCESS","segments":[]}"#, "ok"),
            (200, r#"{"request_status":"success"}"#, "ok"),
            (200, r#"{"me":{"id":"1"}}"#, "ok"),
            (200, r#"{"request_status":"ERROR","debug_message":"x"}"#, "refused"),
            (
                200,
                r#"{"request_status":"ERROR","segments":[{"sub_request_status":"ERROR","sub_request_error_reason":"Error code: E3002"}]}"#,
                "forbidden",
            ),
            (
                200,
                r#"{"request_status":"PARTIAL","segments":[{"sub_request_status":"ERROR"},{"sub_request_status":"SUCCESS","segment":{}}]}"#,
                "ok",
            ),
            (200, "<html>", "unavailable"),
            (401, "unauthorized", "reconnect"),
            (403, r#"{"error_code":"E3002","debug_message":"no"}"#, "forbidden"),
            (403, "", "forbidden"),
            (404, "", "not found"),
            (400, r#"{"error_code":"E3003"}"#, "not found"),
            (400, r#"{"debug_message":"E1001"}"#, "refused"),
            (429, "", "unavailable"),
            (503, "", "unavailable"),
        ] {
            assert_eq!(kind(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_failing_element_is_no_success() {
        let json =
            serde_json::json!({"users": [{"sub_request_status": "error", "sub_request_error_reason": "E1001 bad"}]});
        assert_eq!(only(&json, "users", "user"), Err(ConnectError::Refused("E1001 bad".into())));
        assert!(elements(&json, "users", "user").is_err());
        let json = serde_json::json!({"users": [{"sub_request_status": "success", "user": {"id": 1}}, {"sub_request_status": "ERROR"}]});
        assert_eq!(elements(&json, "users", "user").map(|l| l.len()), Ok(1));
        assert!(only(&json, "users", "user").is_err());
    }
}
