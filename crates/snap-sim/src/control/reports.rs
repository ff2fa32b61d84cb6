//! What a test can read.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::events::log::{Received, Side};
use crate::sim::Sim;

/// Which events are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    asset: Option<String>,
    event_name: Option<String>,
    side: Option<Side>,
    event_id: Option<String>,
    /// Only those with a higher number.
    after: Option<u64>,
    /// The newest so many.
    limit: Option<usize>,
}

impl Wanted {
    fn takes(&self, received: &Received) -> bool {
        let event = &received.event;
        self.asset.as_ref().is_none_or(|asset| **asset == *event.asset)
            && self.event_name.as_ref().is_none_or(|name| name.eq_ignore_ascii_case(event.name))
            && self.side.is_none_or(|side| side == event.side)
            && self.event_id.as_ref().is_none_or(|id| event.event_id.as_ref() == Some(id))
            && self.after.is_none_or(|after| received.number > after)
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    number: u64,
    request: u64,
    received_at_ms: i64,
    side: Side,
    asset: &'a str,
    event_name: &'a str,
    action_source: &'a str,
    event_time_ms: i64,
    event_id: Option<&'a str>,
    order_id: Option<&'a str>,
    test: bool,
    duplicate_of: Option<u64>,
    duplicate_by: Option<crate::events::dedup::By>,
    event: Option<&'a RawValue>,
}

impl<'a> Shown<'a> {
    fn new(received: &'a Received) -> Self {
        let event = &received.event;
        Self {
            number: received.number,
            request: event.request,
            received_at_ms: received.received_at,
            side: event.side,
            asset: &event.asset,
            event_name: event.name,
            action_source: event.action_source.name(),
            event_time_ms: event.event_time_ms,
            event_id: event.event_id.as_deref(),
            order_id: event.order_id.as_deref(),
            test: event.test,
            duplicate_of: received.duplicate.map(|(number, _)| number),
            duplicate_by: received.duplicate.map(|(_, by)| by),
            event: serde_json::from_str(&event.raw).ok(),
        }
    }
}

#[derive(Serialize)]
struct ReceivedReport<'a> {
    /// All that ever arrived, also those no longer kept.
    total: u64,
    events: Vec<Shown<'a>>,
}

/// `GET /_sim/received`
pub async fn received(State(sim): State<Arc<Sim>>, Query(wanted): Query<Wanted>) -> impl IntoResponse {
    let (total, mut kept): (u64, Vec<Arc<Received>>) = {
        let world = sim.world();
        let matching = world.events.kept.iter().rev().filter(|received| wanted.takes(received));
        (world.events.total, matching.take(wanted.limit.unwrap_or(usize::MAX)).map(Arc::clone).collect())
    };
    kept.reverse();
    let report = ReceivedReport { total, events: kept.iter().map(|received| Shown::new(received)).collect() };
    // Straight to bytes: through a `Value` this would take several times the memory.
    let body = serde_json::to_vec(&report).unwrap_or_default();
    ([(CONTENT_TYPE, "application/json")], body)
}

/// `GET /_sim/requests`
pub async fn requests(State(sim): State<Arc<Sim>>) -> Json<Value> {
    let world = sim.world();
    Json(json!({"total": world.journal.total, "requests": world.journal.entries}))
}

/// Which segments are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedSegments {
    id: Option<String>,
    name: Option<String>,
    ad_account: Option<String>,
    /// `false`: only how many.
    #[serde(default = "yes")]
    members: bool,
}

fn yes() -> bool {
    true
}

/// `GET /_sim/segments`
pub async fn segments(State(sim): State<Arc<Sim>>, Query(wanted): Query<WantedSegments>) -> Json<Value> {
    let now = sim.clock.now_ms();
    let world = &mut *sim.world();
    let listed = world.segments.list(wanted.ad_account.as_deref(), &world.settings, now);
    let right = listed.iter().filter(|segment| {
        wanted.id.as_ref().is_none_or(|id| *id == segment.id)
            && wanted.name.as_ref().is_none_or(|name| *name == segment.name)
    });
    let shown = right.map(|segment| {
        let report = segment.report(&world.settings, now);
        let mut shown = json!({
            "id": segment.id, "name": segment.name, "description": segment.description,
            "ad_account_id": segment.ad_account_id, "retention_in_days": segment.retention_in_days,
            "status": report.status, "upload_status": report.upload_status,
            "targetable_status": report.targetable_status,
            "approximate_number_users": report.approximate_number_users, "counts": segment.counts(),
        });
        if wanted.members {
            shown["members"] = json!(segment.members());
        }
        shown
    });
    Json(json!({"segments": shown.collect::<Vec<_>>()}))
}

/// `GET /_sim/stats`
pub async fn stats(State(sim): State<Arc<Sim>>) -> Json<Value> {
    let now = sim.clock.now_ms();
    let world = sim.world();
    let tallies = world.events.tallies(None).into_iter().map(|(key, tally)| {
        json!({
            "asset": &*key.asset, "event_name": key.name, "side": key.side,
            "action_source": key.action_source.name(), "events": tally.events,
            "duplicates": tally.duplicates, "last_at_ms": tally.last_at,
        })
    });
    Json(json!({
        "now_ms": now, "requests": world.journal.total,
        "events": {"total": world.events.total, "kept": world.events.kept.len(), "duplicates": world.events.duplicates},
        "by_event": tallies.collect::<Vec<_>>(),
        "oauth": {"live_access_tokens": world.oauth.live(now)},
        "capi_tokens": world.capi_tokens.count(),
        "faults": {"rules": world.faults.rules.len(), "applied": world.faults.applied},
    }))
}
