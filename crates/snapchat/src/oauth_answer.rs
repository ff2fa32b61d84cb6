//! Token answers in the form that the `oauth2` crate reads: Snapchat's have been seen to vary (reference section 2.3). Pure.

use serde_json::{Map, Value};

/// Sets an answer right: `token_type` may lack, `scope` may be a list, `expires_in` a text; an error may be plain text.
pub(crate) fn tidy(status: u16, body: &str) -> String {
    let json: Option<Map<String, Value>> = serde_json::from_str(body).ok();
    let tidied = match json {
        Some(json) if status == 200 => tokens(json),
        Some(json) => refusal(status, &json, body),
        // A 200 that isn't JSON came from something in between; the crate says that it can't be read.
        None if status == 200 => return body.to_owned(),
        None => refusal(status, &Map::new(), body),
    };
    Value::Object(tidied).to_string()
}

fn tokens(mut json: Map<String, Value>) -> Map<String, Value> {
    if !json.get("token_type").is_some_and(Value::is_string) {
        json.insert("token_type".to_owned(), Value::from("Bearer"));
    }
    let scope = match json.remove("scope") {
        Some(Value::String(text)) => Some(text.replace(',', " ")),
        Some(Value::Array(list)) => Some(list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")),
        _ => None,
    };
    let scope = scope.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|text| !text.is_empty());
    if let Some(scope) = scope {
        json.insert("scope".to_owned(), Value::from(scope));
    }
    let seconds = match json.remove("expires_in") {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    if let Some(seconds) = seconds.filter(|s| s.is_finite() && *s > 0.0 && *s < 1e10) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        json.insert("expires_in".to_owned(), Value::from(seconds as u64));
    }
    if !json.get("refresh_token").is_some_and(Value::is_string) {
        json.remove("refresh_token");
    }
    json
}

fn refusal(status: u16, json: &Map<String, Value>, body: &str) -> Map<String, Value> {
    let text = |key: &str| json.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let words = text("error_description").or_else(|| text("message")).or_else(|| text("debug_message"));
    let words = words.or_else(|| text("error")).unwrap_or_else(|| body.trim());
    let words: String = words.chars().take(400).collect();
    let mut answer = Map::new();
    answer
        .insert("error".to_owned(), Value::from(text("error").map_or_else(|| format!("http_{status}"), str::to_owned)));
    answer.insert(
        "error_description".to_owned(),
        Value::from(if words.is_empty() { format!("HTTP {status}") } else { words }),
    );
    answer
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tidied(status: u16, body: &Value) -> Value {
        serde_json::from_str(&tidy(status, &body.to_string())).unwrap()
    }

    #[test]
    fn oddities_are_set_right() {
        let odd = json!({"access_token": "a", "scope": ["x", "y"], "expires_in": "3600", "refresh_token": null});
        let right = json!({"access_token": "a", "token_type": "Bearer", "scope": "x y", "expires_in": 3600});
        assert_eq!(tidied(200, &odd), right);
        let odd = json!({"access_token": "a", "token_type": "bearer", "scope": null, "expires_in": 1800.0});
        assert_eq!(tidied(200, &odd), json!({"access_token": "a", "token_type": "bearer", "expires_in": 1800}));
    }

    #[test]
    fn refusals_have_a_code_and_words() {
        let answer = tidied(400, &json!({"error": "invalid_grant", "error_description": "revoked"}));
        assert_eq!(answer, json!({"error": "invalid_grant", "error_description": "revoked"}));
        let plain: Value = serde_json::from_str(&tidy(401, "unauthorized")).unwrap();
        assert_eq!(plain, json!({"error": "http_401", "error_description": "unauthorized"}));
        let empty: Value = serde_json::from_str(&tidy(400, "")).unwrap();
        assert_eq!(empty, json!({"error": "http_400", "error_description": "HTTP 400"}));
    }
}
