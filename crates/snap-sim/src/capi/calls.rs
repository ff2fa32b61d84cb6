//! `POST /v3/{asset}/events`: a batch is taken whole or not at all.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::access::admit;
use super::batch::{self, Item};
use super::event::{Checked, Yardstick};
use super::test_log::TestEvent;
use crate::directory::AssetEntry;
use crate::events::log::{Incoming, Side};
use crate::faults::RequestNumber;
use crate::sim::Sim;

/// The only code that Snapchat ever published; it says nothing.
pub const CODE: &str = "517";

/// What events of a request that arrives now are measured against.
pub fn yardstick(sim: &Sim, asset: &AssetEntry) -> Yardstick {
    let now_ms = sim.clock.now_ms();
    let world = sim.world();
    Yardstick {
        asset: asset.kind,
        now_ms,
        oldest_ms: now_ms - i64::from(world.settings.max_event_age_s) * 1000,
        latest_ms: now_ms + i64::from(world.settings.max_event_ahead_s) * 1000,
    }
}

/// An answer of the Conversions API.
pub fn invalid(reason: &str, index: Option<usize>, problems: &[String]) -> Response {
    let mut body = json!({"status": "INVALID", "reason": reason, "errors": errors(problems)});
    if let Some(index) = index {
        body["event"] = (index + 1).into();
    }
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}

/// The part that explains.
pub fn errors(problems: &[String]) -> Value {
    let codes: Vec<&str> = problems.iter().map(|_| CODE).collect();
    json!({"codes": codes, "error_msgs": problems})
}

/// `POST /v3/{asset}/events`
pub async fn send(
    State(sim): State<Arc<Sim>>,
    Path(asset): Path<String>,
    OriginalUri(uri): OriginalUri,
    Extension(request): Extension<RequestNumber>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asset = match admit(&sim, &asset, &uri) {
        Ok(asset) => asset,
        Err(barred) => return barred.into_response(),
    };
    let yardstick = yardstick(&sim, asset);
    let items = match batch::read(&headers, &body, yardstick) {
        Ok(items) => items,
        Err(problem) => return invalid("The request could not be read.", None, &[problem]),
    };
    if let Some((index, item)) = items.iter().enumerate().find(|(_, item)| !item.checked.problems.is_empty()) {
        return invalid("One or more events could not be validated.", Some(index), &item.checked.problems);
    }
    let now = yardstick.now_ms;
    let asset_id: Arc<str> = asset.id.as_str().into();
    let world = &mut *sim.world();
    for Item { checked, raw } in items {
        if checked.test {
            world.test_log.push(TestEvent::new(&asset.id, &checked, raw.get(), now), now);
        }
        let Some(incoming) = incoming(checked, Arc::clone(&asset_id), request.0, raw.get()) else { continue };
        world.events.push(incoming, now, world.settings.max_events);
    }
    Json(json!({"status": "VALID", "reason": "All events accepted."})).into_response()
}

/// An event without problems always has a name.
fn incoming(checked: Checked, asset: Arc<str>, request: u64, raw: &str) -> Option<Incoming> {
    Some(Incoming {
        request,
        side: Side::Api,
        asset,
        name: checked.name?,
        action_source: checked.action_source?,
        event_time_ms: checked.event_time_ms,
        event_id: checked.event_id,
        order_id: checked.order_id,
        test: checked.test,
        keys: checked.keys,
        raw: raw.into(),
    })
}
