//! The browser's way in: the pixel script and the beacons it sends.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    CACHE_CONTROL, CONTENT_TYPE,
};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::capi::digest;
use crate::capi::names::{self, ActionSource};
use crate::directory::AssetKind;
use crate::events::keys::Keys;
use crate::events::log::{Incoming, Side};
use crate::faults::RequestNumber;
use crate::sim::Sim;

/// `/scevent.min.js` and `/p`
pub fn routes() -> Router<Arc<Sim>> {
    Router::new().route("/scevent.min.js", get(script)).route("/p", post(beacon).options(preflight))
}

async fn script() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    (headers, include_str!("../assets/scevent.js"))
}

async fn preflight() -> impl IntoResponse {
    let headers = [
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, headers)
}

async fn beacon(
    State(sim): State<Arc<Sim>>,
    Extension(request): Extension<RequestNumber>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = match read(&sim, request.0, &headers, &body) {
        Err(problem) => {
            (StatusCode::BAD_REQUEST, Json(json!({"status": "INVALID", "reason": problem}))).into_response()
        }
        Ok(event) => {
            let now = sim.clock.now_ms();
            let world = &mut *sim.world();
            world.events.push(event, now, world.settings.max_events);
            Json(json!({"status": "VALID"})).into_response()
        }
    };
    ([(ACCESS_CONTROL_ALLOW_ORIGIN, "*")], answer).into_response()
}

fn read(sim: &Sim, request: u64, headers: &HeaderMap, body: &Bytes) -> Result<Incoming, &'static str> {
    let value: Value = serde_json::from_slice(body).map_err(|_| "The body is not valid JSON")?;
    let text = |name: &str| value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let pixel = text("pid").and_then(|id| sim.directory.asset(id)).filter(|asset| asset.kind == AssetKind::Pixel);
    let pixel = pixel.ok_or("pid is not the id of a pixel")?;
    let name = text("ev").and_then(names::event).ok_or("ev is not a standard event")?;
    text("pl").ok_or("pl, the address of the page, is missing")?;
    let mut keys = Keys::default();
    // The browser's address and agent come with the request itself.
    keys.add(Keys::IP);
    if headers.contains_key(header::USER_AGENT) {
        keys.add(Keys::USER_AGENT);
    }
    for (field, key) in [("u_hem", Keys::EMAIL), ("u_hpn", Keys::PHONE)] {
        if let Some(hash) = text(field) {
            digest::parse(hash).map_err(|_| "u_hem and u_hpn must be SHA-256 hashes")?;
            keys.add(key);
        }
    }
    if text("u_c1").is_some() {
        keys.add(Keys::COOKIE);
    }
    if text("u_sclid").is_some() {
        keys.add(Keys::CLICK_ID);
    }
    Ok(Incoming {
        request,
        side: Side::Pixel,
        asset: pixel.id.as_str().into(),
        name,
        action_source: ActionSource::Web,
        event_time_ms: value.get("ts").and_then(Value::as_i64).unwrap_or_else(|| sim.clock.now_ms()),
        event_id: text("client_dedup_id").or_else(|| text("event_id")).map(str::to_owned),
        order_id: text("transaction_id").map(str::to_owned),
        test: false,
        keys,
        raw: value.to_string().into(),
    })
}
