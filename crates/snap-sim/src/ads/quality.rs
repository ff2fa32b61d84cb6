//! Event Quality Scores, computed from what arrived.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use serde_json::{Value, json};

use super::caller::{Caller, bearer};
use super::error::AdsError;
use super::{Answer, element, envelope};
use crate::events::log::Side;
use crate::events::tally::{Tally, TallyKey};
use crate::sim::Sim;

/// A long-lived token of some organisation, or a person.
pub enum Reader {
    Organization(String),
    Person(Box<Caller>),
}

impl FromRequestParts<Arc<Sim>> for Reader {
    type Rejection = AdsError;

    async fn from_request_parts(parts: &mut Parts, sim: &Arc<Sim>) -> Result<Self, AdsError> {
        let owner = bearer(&parts.headers).and_then(|token| sim.world().capi_tokens.owner(token).map(str::to_owned));
        match owner {
            Some(organization) => Ok(Self::Organization(organization)),
            None => Caller::from_request_parts(parts, sim).await.map(|caller| Self::Person(Box::new(caller))),
        }
    }
}

/// `GET /v1/pixels/{id}/event_quality_scores` and the same for apps
pub async fn scores(State(sim): State<Arc<Sim>>, reader: Reader, Path(id): Path<String>) -> Answer {
    let asset = sim.directory.asset(&id).ok_or(AdsError::NotFound("asset"))?;
    let owner = sim.directory.owner(asset);
    let allowed = match &reader {
        Reader::Organization(organization) => *organization == owner.id,
        Reader::Person(caller) => caller.user().role_in(owner).is_some(),
    };
    if !allowed {
        return Err(AdsError::Forbidden("Caller does not have permission to read this asset".into()));
    }
    let world = sim.world();
    let tallies = world.events.tallies(Some(&asset.id));
    let scores = tallies.iter().map(|(key, tally)| element("event_quality_score", score(key, tally))).collect();
    let mut answer = envelope("event_quality_scores", scores);
    let shares = tallies.iter().map(|(_, tally)| share(tally.with_event_id, tally));
    answer["issues_summary"] = json!({
        "events_without_id": shares.filter(|share| *share < 1.0).count(),
        "events_with_low_match": tallies.iter().filter(|(_, tally)| match_score(tally) < 5.0).count(),
    });
    Ok(Json(answer))
}

fn score(key: &TallyKey, tally: &Tally) -> Value {
    let matching = match_score(tally);
    let deduplication = 10.0 * share(tally.with_event_id, tally);
    json!({
        "asset_id": &*key.asset, "event_name": key.name, "action_source": key.action_source.name(),
        "integration_type": if key.side == Side::Api { "API" } else { "PIXEL" },
        "event_quality_score": tenths(0.7 * matching + 0.3 * deduplication),
        "match_score": tenths(matching), "deduplication_score": tenths(deduplication),
        "event_count": tally.events, "duplicate_count": tally.duplicates,
        "recommendations": recommendations(tally),
    })
}

/// 0 to 10: the better the identifiers, the higher.
fn match_score(tally: &Tally) -> f64 {
    let parts = [
        (tally.with_email, 3.0),
        (tally.with_phone, 2.0),
        (tally.with_browser, 2.0),
        (tally.with_click_id, 1.0),
        (tally.with_cookie, 1.0),
        (tally.with_external_id, 1.0),
    ];
    parts.iter().map(|(count, weight)| weight * share(*count, tally)).sum()
}

fn recommendations(tally: &Tally) -> Vec<Value> {
    let missing = [
        (tally.with_email, "P0", "Send em with more events"),
        (tally.with_event_id, "P0", "Send event_id with every event"),
        (tally.with_phone, "P1", "Send ph with more events"),
        (tally.with_browser, "P1", "Send client_ip_address and client_user_agent"),
        (tally.with_cookie, "P2", "Send sc_cookie1"),
        (tally.with_external_id, "P2", "Send external_id"),
    ];
    let low = missing.into_iter().filter(|(count, _, _)| share(*count, tally) < 0.5);
    low.map(|(_, priority, text)| json!({"priority": priority, "recommendation": text})).collect()
}

fn share(count: u64, tally: &Tally) -> f64 {
    count as f64 / tally.events.max(1) as f64
}

fn tenths(score: f64) -> f64 {
    (score * 10.0).round() / 10.0
}
