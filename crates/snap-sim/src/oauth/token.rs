//! The token endpoint, with the errors of RFC 6749.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use url::form_urlencoded;

use super::grants::Issued;
use crate::sim::Sim;

/// An error of the token endpoint.
#[derive(Debug)]
struct Denied {
    error: &'static str,
    description: String,
}

impl Denied {
    fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { error, description: description.into() }
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let body = Json(json!({"error": self.error, "error_description": self.description}));
        match self.error {
            "invalid_client" => {
                (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Basic realm=\"oauth2\"")], body).into_response()
            }
            _ => (StatusCode::BAD_REQUEST, [(CACHE_CONTROL, "no-store")], body).into_response(),
        }
    }
}

/// `POST /login/oauth2/access_token`
pub async fn issue(State(sim): State<Arc<Sim>>, headers: HeaderMap, body: String) -> Response {
    match exchange(&sim, &headers, &body) {
        Err(denied) => denied.into_response(),
        Ok((issued, expires_in)) => {
            let mut answer = json!({
                "access_token": issued.access_token, "token_type": "Bearer",
                "expires_in": expires_in, "scope": issued.scope
            });
            if let Some(token) = issued.refresh_token {
                answer["refresh_token"] = token.into();
            }
            ([(CACHE_CONTROL, "no-store")], Json(answer)).into_response()
        }
    }
}

fn exchange(sim: &Sim, headers: &HeaderMap, body: &str) -> Result<(Issued, u32), Denied> {
    let form = read_form(headers, body)?;
    let given = |name: &str| {
        let value = form.get(name).map(String::as_str).filter(|value| !value.is_empty());
        value.ok_or_else(|| Denied::new("invalid_request", format!("{name} is missing.")))
    };
    let grant_type = given("grant_type")?;
    let client = client(sim, headers, &form)?;
    let now = sim.clock.now_ms();
    let mut world = sim.world();
    let ttl = world.settings.token_ttl_s;
    let ttl_ms = i64::from(ttl) * 1000;
    let rotate = world.settings.rotate_refresh_tokens;
    let issued = match grant_type {
        "authorization_code" => world.oauth.redeem(given("code")?, &client, given("redirect_uri")?, now, ttl_ms),
        "refresh_token" => world.oauth.refresh(given("refresh_token")?, &client, now, ttl_ms, rotate),
        _ => return Err(Denied::new("unsupported_grant_type", "authorization_code or refresh_token is expected.")),
    };
    issued.map(|issued| (issued, ttl)).map_err(|description| Denied::new("invalid_grant", description))
}

fn read_form(headers: &HeaderMap, body: &str) -> Result<HashMap<String, String>, Denied> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return Err(Denied::new("invalid_request", "The body must be application/x-www-form-urlencoded."));
    }
    let mut form = HashMap::new();
    for (name, value) in form_urlencoded::parse(body.as_bytes()) {
        if form.insert(name.to_string(), value.into_owned()).is_some() {
            return Err(Denied::new("invalid_request", format!("{name} is given twice.")));
        }
    }
    Ok(form)
}

/// The id of the app, whose secret was right.
fn client(sim: &Sim, headers: &HeaderMap, form: &HashMap<String, String>) -> Result<String, Denied> {
    let wrong = || Denied::new("invalid_client", "Client authentication failed.");
    let (id, secret) = match headers.get(AUTHORIZATION) {
        Some(header) => basic(header.to_str().ok()).ok_or_else(wrong)?,
        None => {
            (form.get("client_id").cloned().unwrap_or_default(), form.get("client_secret").cloned().unwrap_or_default())
        }
    };
    if id.is_empty() || secret.is_empty() {
        return Err(wrong());
    }
    let right = match sim.directory.clients.iter().find(|client| client.id == id) {
        Some(client) => client.secret == secret,
        None => sim.world().settings.any_client,
    };
    if right { Ok(id) } else { Err(wrong()) }
}

/// HTTP Basic; both parts are form-encoded before they are joined (RFC 6749 section 2.3.1).
fn basic(header: Option<&str>) -> Option<(String, String)> {
    let (scheme, encoded) = header?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decoded = |part: &str| {
        let pair = format!("x={part}");
        form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned())
    };
    Some((decoded(id)?, decoded(secret)?))
}
