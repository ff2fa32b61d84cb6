//! The consent step: who asks for what, the login page, and the way back with a code.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use url::Url;

use super::grants::Grant;
use super::{CONVERSIONS, MARKETING};
use crate::pages::login;
use crate::sim::Sim;

/// A request that may be shown to a person.
pub struct Asked {
    pub client_id: String,
    pub client_name: String,
    pub redirect_uri: Url,
    pub scopes: Vec<String>,
    pub state: Option<String>,
}

/// Why there is no login page.
enum Refused {
    /// Nobody knows where to send the person back to: told on a page.
    Here(&'static str),
    /// Told to the app, by redirect.
    Back(Box<Asked>, &'static str, &'static str),
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Here(problem) => (StatusCode::BAD_REQUEST, Html(login::refused(problem))).into_response(),
            Self::Back(asked, error, description) => {
                asked.back(&[("error", error), ("error_description", description)]).into_response()
            }
        }
    }
}

impl Asked {
    fn read(sim: &Sim, query: &HashMap<String, String>) -> Result<Self, Refused> {
        let given = |name: &str| query.get(name).map(String::as_str).filter(|value| !value.is_empty());
        let client_id = given("client_id").ok_or(Refused::Here("client_id is missing."))?;
        let known = sim.directory.clients.iter().find(|client| client.id == client_id);
        if known.is_none() && !sim.world().settings.any_client {
            return Err(Refused::Here("This app (client_id) is not registered."));
        }
        let raw = given("redirect_uri").ok_or(Refused::Here("redirect_uri is missing."))?;
        let redirect_uri = Url::parse(raw).map_err(|_| Refused::Here("redirect_uri is not an address."))?;
        if !matches!(redirect_uri.scheme(), "http" | "https") || redirect_uri.fragment().is_some() {
            return Err(Refused::Here("redirect_uri must be an http or https address without a fragment."));
        }
        if known.is_some_and(|client| {
            !client.redirect_uris.is_empty() && !client.redirect_uris.iter().any(|uri| uri == raw)
        }) {
            return Err(Refused::Here("redirect_uri is not registered for this app."));
        }
        let client_name = known.map(|client| client.name.clone()).filter(|name| !name.is_empty());
        let asked = Self {
            client_id: client_id.to_owned(),
            client_name: client_name.unwrap_or_else(|| client_id.to_owned()),
            redirect_uri,
            scopes: given("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
            state: query.get("state").cloned(),
        };
        asked.check(given("response_type"))
    }

    fn check(self, response_type: Option<&str>) -> Result<Self, Refused> {
        let back = |asked, error, description| Err(Refused::Back(Box::new(asked), error, description));
        match response_type {
            None => return back(self, "invalid_request", "response_type is missing."),
            Some("code") => {}
            Some(_) => return back(self, "unsupported_response_type", "response_type must be code."),
        }
        if self.scopes.is_empty() {
            return back(self, "invalid_scope", "scope is missing.");
        }
        if self.scopes.iter().any(|scope| ![CONVERSIONS, MARKETING].contains(&&**scope)) {
            return back(self, "invalid_scope", "This app may not ask for one of the scopes.");
        }
        Ok(self)
    }

    /// Back to the app, with these parameters and its `state`.
    pub fn back(&self, parameters: &[(&str, &str)]) -> Redirect {
        let mut target = self.redirect_uri.clone();
        target.query_pairs_mut().extend_pairs(parameters).extend_pairs(self.state.iter().map(|state| ("state", state)));
        Redirect::to(target.as_str())
    }
}

/// `GET /login/oauth2/authorize`: the login page.
pub async fn page(State(sim): State<Arc<Sim>>, Query(query): Query<HashMap<String, String>>) -> Response {
    match Asked::read(&sim, &query) {
        Ok(asked) => Html(login::page(&asked, &sim.directory.users, "", None)).into_response(),
        Err(refused) => refused.into_response(),
    }
}

/// What the login page sends.
#[derive(Deserialize)]
pub struct Login {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    /// Which button: `continue` or `cancel`.
    #[serde(default)]
    action: String,
}

/// `POST /login/oauth2/authorize`: someone signed in, or would rather not.
pub async fn sign_in(
    State(sim): State<Arc<Sim>>,
    Query(query): Query<HashMap<String, String>>,
    Form(form): Form<Login>,
) -> Response {
    let asked = match Asked::read(&sim, &query) {
        Ok(asked) => asked,
        Err(refused) => return refused.into_response(),
    };
    if form.action == "cancel" {
        let parameters = [("error", "access_denied"), ("error_description", "The user did not agree.")];
        return asked.back(&parameters).into_response();
    }
    let Some(user) = sim.directory.sign_in(form.username.trim(), &form.password) else {
        let page = login::page(
            &asked,
            &sim.directory.users,
            &form.username,
            Some("The email, username or password is not right. Try again."),
        );
        return (StatusCode::UNAUTHORIZED, Html(page)).into_response();
    };
    let grant =
        Grant { user: user.id.clone(), client: asked.client_id.clone(), scopes: asked.scopes.clone(), revoked: false };
    let now = sim.clock.now_ms();
    let mut world = sim.world();
    let expires_at = now + i64::from(world.settings.code_ttl_s) * 1000;
    // The exact text, not the parsed address: both steps must name the same.
    let redirect_uri = query.get("redirect_uri").cloned().unwrap_or_default();
    let code = world.oauth.consent(grant, redirect_uri, expires_at);
    asked.back(&[("code", &code)]).into_response()
}
