//! Adding people to a segment and removing them. A request succeeds or fails as a whole.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::AdsError;
use super::segment_calls::{one, read_json};
use super::segments::{Digest, Schema, Segment};
use super::{Answer, element, envelope};
use crate::capi::digest;
use crate::sim::Sim;

/// Identifiers in one request.
const MOST_IDENTIFIERS: usize = 100_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    users: Vec<Users>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Users {
    /// Some senders repeat the segment's id here.
    id: Option<String>,
    schema: Vec<Value>,
    data: Vec<Vec<String>>,
}

/// `POST /v1/segments/{id}/users`
pub async fn add(
    State(sim): State<Arc<Sim>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let (schema, digests) = identifiers(&id, &headers, &body)?;
    change(&sim, &caller, &id, |segment, now| segment.add(schema, &digests, now))?;
    Ok(uploaded(digests.len()))
}

/// `DELETE /v1/segments/{id}/users`, with a body
pub async fn remove(
    State(sim): State<Arc<Sim>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let (schema, digests) = identifiers(&id, &headers, &body)?;
    change(&sim, &caller, &id, |segment, now| segment.remove(schema, &digests, now))?;
    Ok(uploaded(digests.len()))
}

/// `DELETE /v1/segments/{id}/all_users`
pub async fn remove_all(State(sim): State<Arc<Sim>>, caller: Caller, Path(id): Path<String>) -> Answer {
    change(&sim, &caller, &id, Segment::clear).map(Json)
}

fn change(sim: &Sim, caller: &Caller, id: &str, act: impl FnOnce(&mut Segment, i64)) -> Result<Value, AdsError> {
    let now = sim.clock.now_ms();
    let world = &mut *sim.world();
    let segment = world.segments.get(id, &world.settings, now).ok_or(AdsError::NotFound("segment"))?;
    caller.writable_account(&segment.ad_account_id)?;
    act(segment, now);
    Ok(one(segment, &world.settings, now))
}

/// The answer counts the identifiers received, known or not.
fn uploaded(count: usize) -> Json<Value> {
    Json(envelope("users", vec![element("user", json!({"number_uploaded_users": count}))]))
}

fn identifiers(segment: &str, headers: &HeaderMap, body: &Bytes) -> Result<(Schema, Vec<Digest>), AdsError> {
    let invalid = |what: &str| AdsError::Invalid(what.to_owned());
    let body: Body = read_json(headers, body)?;
    let [users] = &body.users[..] else { return Err(invalid("users must hold exactly one object")) };
    if users.id.as_ref().is_some_and(|id| id != segment) {
        return Err(invalid("the id differs from the one of the path"));
    }
    let [schema] = &users.schema[..] else { return Err(invalid("schema must hold exactly one value")) };
    let schema = Schema::deserialize(schema)
        .map_err(|_| invalid("schema must be EMAIL_SHA256, PHONE_SHA256 or MOBILE_AD_ID_SHA256"))?;
    if users.data.is_empty() || users.data.len() > MOST_IDENTIFIERS {
        return Err(AdsError::Invalid(format!("data must hold 1 to {MOST_IDENTIFIERS} identifiers")));
    }
    let rows = users.data.iter().enumerate().map(|(index, row)| {
        let wrong = |problem: &str| AdsError::Invalid(format!("data[{index}] {problem}"));
        let [cell] = &row[..] else { return Err(wrong("must hold exactly one element")) };
        digest::parse(cell).map_err(wrong)
    });
    Ok((schema, rows.collect::<Result<_, _>>()?))
}
