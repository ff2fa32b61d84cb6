//! What a test can change.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::faults::Rule;
use crate::sim::{Part, Sim};

/// An order that makes no sense.
pub struct Misunderstood(String);

impl IntoResponse for Misunderstood {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({"error": self.0}))).into_response()
    }
}

type Done = Result<Json<Value>, Misunderstood>;

/// Reads an order; none at all is the default one.
fn order<T: DeserializeOwned + Default>(body: &Bytes) -> Result<T, Misunderstood> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body).map_err(|error| Misunderstood(error.to_string()))
}

/// `GET /_sim/faults`
pub async fn faults(State(sim): State<Arc<Sim>>) -> Json<Value> {
    let world = sim.world();
    Json(json!({"rules": world.faults.rules, "applied": world.faults.applied}))
}

/// `POST /_sim/faults`: a list of rules, in place of those before
pub async fn set_faults(State(sim): State<Arc<Sim>>, body: Bytes) -> Done {
    let rules: Vec<Rule> = order(&body)?;
    for (index, rule) in rules.iter().enumerate() {
        if let Some(problem) = rule.problem() {
            return Err(Misunderstood(format!("rule {index}: {problem}")));
        }
    }
    sim.world().faults.rules = rules.into();
    Ok(faults(State(sim)).await)
}

/// `GET /_sim/settings`
pub async fn settings(State(sim): State<Arc<Sim>>) -> Json<Value> {
    Json(json!(sim.world().settings))
}

/// `POST /_sim/settings`: those that are named change
pub async fn set_settings(State(sim): State<Arc<Sim>>, Json(patch): Json<Value>) -> Done {
    {
        let mut world = sim.world();
        world.settings = world.settings.patched(&patch).map_err(Misunderstood)?;
    }
    Ok(settings(State(sim)).await)
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advance {
    advance_ms: u32,
}

/// `GET /_sim/clock`
pub async fn clock(State(sim): State<Arc<Sim>>) -> Json<Value> {
    Json(json!({"now_ms": sim.clock.now_ms()}))
}

/// `POST /_sim/clock`: moves it ahead
pub async fn advance_clock(State(sim): State<Arc<Sim>>, body: Bytes) -> Done {
    sim.clock.advance(order::<Advance>(&body)?.advance_ms);
    Ok(clock(State(sim)).await)
}

/// `POST /_sim/expire-tokens`: every access token is from now on an expired one
pub async fn expire_tokens(State(sim): State<Arc<Sim>>) -> Json<Value> {
    let now = sim.clock.now_ms();
    Json(json!({"expired": sim.world().oauth.expire(now)}))
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Revoke {
    /// Only the consents of this person (e-mail).
    user: Option<String>,
    what: What,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum What {
    #[default]
    Oauth,
    Capi,
    All,
}

/// `POST /_sim/revoke`: withdraws consents, deletes long-lived tokens
pub async fn revoke(State(sim): State<Arc<Sim>>, body: Bytes) -> Done {
    let order: Revoke = order(&body)?;
    let user = match &order.user {
        None => None,
        Some(email) => {
            let found = sim.directory.users.iter().find(|user| user.email.eq_ignore_ascii_case(email));
            Some(found.ok_or_else(|| Misunderstood("nobody has this e-mail address".into()))?.id.as_str())
        }
    };
    let mut world = sim.world();
    let consents = if order.what == What::Capi { 0 } else { world.oauth.revoke(user) };
    let capi_tokens = if order.what == What::Oauth { 0 } else { world.capi_tokens.delete(|_| true) };
    Ok(Json(json!({"revoked": consents, "capi_tokens": capi_tokens})))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    only: Vec<Part>,
}

/// `POST /_sim/reset`: back to the seed
pub async fn reset(State(sim): State<Arc<Sim>>, body: Bytes) -> Done {
    let order: Reset = order(&body)?;
    sim.reset(&order.only);
    Ok(Json(json!({"reset": true})))
}
