//! The dry run and what it leaves behind.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::access::admit;
use super::batch::{self, Item};
use super::calls::{errors, yardstick};
use super::test_log::TestEvent;
use crate::sim::Sim;

/// `POST /v3/{asset}/events/validate`
pub async fn validate(
    State(sim): State<Arc<Sim>>,
    Path(asset): Path<String>,
    OriginalUri(uri): OriginalUri,
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
        Err(problem) => {
            let answer = json!({"status": "INVALID", "test_event": true, "reason": problem, "event_logs": []});
            return (StatusCode::BAD_REQUEST, Json(answer)).into_response();
        }
    };
    let bad = items.iter().filter(|item| !item.checked.problems.is_empty()).count();
    let event_logs: Vec<Value> = items.iter().zip(1..).map(|(item, number)| event_log(item, number)).collect();
    let now = yardstick.now_ms;
    let mut world = sim.world();
    for Item { checked, raw } in &items {
        world.test_log.push(TestEvent::new(&asset.id, checked, raw.get(), now), now);
    }
    let (code, status, reason) = match bad {
        0 => (StatusCode::OK, "VALID", "All events are valid.".to_owned()),
        1 => (StatusCode::BAD_REQUEST, "INVALID", "One event has errors.".to_owned()),
        _ => (StatusCode::BAD_REQUEST, "INVALID", format!("{bad} events have errors.")),
    };
    let answer = json!({"status": status, "test_event": true, "reason": reason, "event_logs": event_logs});
    (code, Json(answer)).into_response()
}

fn event_log(item: &Item, number: usize) -> Value {
    let checked = &item.checked;
    let status = if checked.problems.is_empty() { "VALID" } else { "INVALID" };
    json!({"event": number, "status": status, "errors": errors(&checked.problems), "warnings": checked.warnings})
}

/// `GET /v3/{asset}/events/validate/logs`
pub async fn logs(State(sim): State<Arc<Sim>>, Path(asset): Path<String>, OriginalUri(uri): OriginalUri) -> Response {
    match admit(&sim, &asset, &uri) {
        Err(barred) => barred.into_response(),
        Ok(asset) => {
            let logs = sim.world().test_log.logs(&asset.id, asset.kind, sim.clock.now_ms());
            Json(json!({"status": "SUCCESS", "reason": "", "logs": logs})).into_response()
        }
    }
}

/// `GET /v3/{asset}/events/validate/stats`
pub async fn stats(State(sim): State<Arc<Sim>>, Path(asset): Path<String>, OriginalUri(uri): OriginalUri) -> Response {
    match admit(&sim, &asset, &uri) {
        Err(barred) => barred.into_response(),
        Ok(asset) => {
            let now = sim.clock.now_ms();
            let world = sim.world();
            let test = world.test_log.stats(&asset.id, now);
            let nothing = || json!({"latest_event_ts": 0, "event_count_past_hour": 0});
            let mut stats = json!({"test": test.unwrap_or_else(nothing)});
            if let Some((latest, past_hour)) = world.events.live_stats(&asset.id, now) {
                stats["live"] = json!({"latest_event_ts": latest, "event_count_past_hour": past_hour});
            }
            Json(json!({"status": "SUCCESS", "reason": "", "stats": stats})).into_response()
        }
    }
}
