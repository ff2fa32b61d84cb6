//! Creating, listing, reading, changing and deleting segments.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, header::CONTENT_TYPE};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::{Map, Value, json};

use super::caller::Caller;
use super::error::AdsError;
use super::paging::Page;
use super::segments::{LIFETIME_DAYS, Segment};
use super::{Answer, element, envelope, failed_element};
use crate::chance;
use crate::clock::iso;
use crate::settings::Settings;
use crate::sim::Sim;

/// Segments in one write.
const MOST_AT_ONCE: usize = 15;
/// Lists of one ad account.
const MOST_PER_ACCOUNT: usize = 1_000;
/// Characters of a name.
const LONGEST_NAME: usize = 375;
const WRITABLE: [&str; 5] = ["name", "description", "source_type", "retention_in_days", "ad_account_id"];
/// Written by Snapchat only; someone who sends back what was read may include them in a change.
const READ_ONLY: [&str; 9] = [
    "id",
    "created_at",
    "updated_at",
    "organization_id",
    "status",
    "upload_status",
    "targetable_status",
    "approximate_number_users",
    "visible_to",
];

/// A refusal of one element: code and message.
type Refusal = (&'static str, String);

/// Reads a JSON body that is announced as such.
pub fn read_json<T: DeserializeOwned>(headers: &HeaderMap, body: &Bytes) -> Result<T, AdsError> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/json") {
        return Err(AdsError::NotJson);
    }
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        Category::Data => AdsError::Invalid(shape_problem(&error)),
        _ => AdsError::Invalid("The body is not valid JSON".into()),
    })
}

/// Where the body has the wrong shape; the parser's own words could repeat what was sent.
fn shape_problem(error: &serde_json::Error) -> String {
    format!(
        "The body has an unknown field or a value of the wrong type at line {} column {}",
        error.line(),
        error.column()
    )
}

/// A segment as the API writes it.
fn shown(segment: &Segment, settings: &Settings, now: i64) -> Value {
    let report = segment.report(settings, now);
    element(
        "segment",
        json!({
            "id": segment.id, "updated_at": iso(segment.updated_at), "created_at": iso(segment.created_at),
            "name": segment.name, "description": segment.description,
            "ad_account_id": segment.ad_account_id, "organization_id": segment.organization_id,
            "status": report.status, "upload_status": report.upload_status,
            "targetable_status": report.targetable_status, "source_type": "FIRST_PARTY",
            "retention_in_days": segment.retention_in_days,
            "approximate_number_users": report.approximate_number_users,
            "visible_to": [segment.ad_account_id],
        }),
    )
}

/// The answer to a call about one segment.
pub fn one(segment: &Segment, settings: &Settings, now: i64) -> Value {
    envelope("segments", vec![shown(segment, settings, now)])
}

/// `GET /v1/adaccounts/{id}/segments`
pub async fn list(
    State(sim): State<Arc<Sim>>,
    caller: Caller,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Answer {
    caller.ad_account(&id)?;
    let now = sim.clock.now_ms();
    let world = &mut *sim.world();
    let page = Page::read(&uri, &headers, &world.settings)?;
    let listed = world.segments.list(Some(&id), &world.settings, now);
    let items = listed.into_iter().map(|segment| (segment.place, segment));
    Ok(Json(page.answer("segments", items, |segment| shown(segment, &world.settings, now))))
}

/// `POST /v1/adaccounts/{id}/segments`
pub async fn create(
    State(sim): State<Arc<Sim>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let (organization, account) = caller.writable_account(&id)?;
    let wanted = elements(&read_json(&headers, &body)?)?;
    let now = sim.clock.now_ms();
    let world = &mut *sim.world();
    let answers = wanted.iter().map(|fields| {
        let made = check(fields, &account.id, &[]).and_then(|()| {
            if world.segments.count(&account.id) >= MOST_PER_ACCOUNT {
                return Err(("E1001", format!("an ad account holds at most {MOST_PER_ACCOUNT} segments")));
            }
            let mut segment = Segment::new(chance::segment_id(), String::new(), LIFETIME_DAYS, now);
            segment.ad_account_id.clone_from(&account.id);
            segment.organization_id.clone_from(&organization.id);
            fill(&mut segment, fields);
            Ok(segment)
        });
        match made {
            Err((code, message)) => failed_element(code, &message),
            Ok(segment) => {
                let answer = shown(&segment, &world.settings, now);
                world.segments.insert(segment);
                answer
            }
        }
    });
    Ok(Json(envelope("segments", answers.collect())))
}

/// `PUT /v1/adaccounts/{id}/segments`
pub async fn update(
    State(sim): State<Arc<Sim>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    caller.writable_account(&id)?;
    let wanted = elements(&read_json(&headers, &body)?)?;
    let now = sim.clock.now_ms();
    let world = &mut *sim.world();
    let answers = wanted.iter().map(|fields| {
        let segment_id = fields.get("id").and_then(Value::as_str).unwrap_or_default();
        let found = world.segments.get(segment_id, &world.settings, now).filter(|segment| segment.ad_account_id == id);
        let Some(segment) = found else { return failed_element("E3003", "segment not found") };
        match check(fields, &id, &READ_ONLY) {
            Err((code, message)) => failed_element(code, &message),
            Ok(()) => {
                fill(segment, fields);
                segment.updated_at = now;
                shown(segment, &world.settings, now)
            }
        }
    });
    Ok(Json(envelope("segments", answers.collect())))
}

/// `GET /v1/segments/{id}`
pub async fn read(State(sim): State<Arc<Sim>>, caller: Caller, Path(id): Path<String>) -> Answer {
    let now = sim.clock.now_ms();
    let world = &mut *sim.world();
    let segment = world.segments.get(&id, &world.settings, now).ok_or(AdsError::NotFound("segment"))?;
    caller.ad_account(&segment.ad_account_id)?;
    Ok(Json(one(segment, &world.settings, now)))
}

/// `DELETE /v1/segments/{id}`
pub async fn delete(State(sim): State<Arc<Sim>>, caller: Caller, Path(id): Path<String>) -> Answer {
    let now = sim.clock.now_ms();
    let world = &mut *sim.world();
    let segment = world.segments.get(&id, &world.settings, now).ok_or(AdsError::NotFound("segment"))?;
    caller.writable_account(&segment.ad_account_id)?;
    world.segments.delete(&id);
    Ok(Json(envelope("segments", Vec::new())))
}

fn elements(body: &Value) -> Result<Vec<Map<String, Value>>, AdsError> {
    let listed = body.get("segments").and_then(Value::as_array);
    let listed = listed.ok_or_else(|| AdsError::Invalid("segments must be an array".into()))?;
    if listed.is_empty() || listed.len() > MOST_AT_ONCE {
        return Err(AdsError::Invalid(format!("segments must hold 1 to {MOST_AT_ONCE} elements")));
    }
    let objects = listed.iter().map(|one| one.as_object().cloned());
    objects.collect::<Option<_>>().ok_or_else(|| AdsError::Invalid("each segment must be an object".into()))
}

fn check(fields: &Map<String, Value>, ad_account: &str, also_allowed: &[&str]) -> Result<(), Refusal> {
    let invalid = |what: String| Err(("E1001", format!("invalid argument : [{what}]")));
    let known = |name: &str| WRITABLE.contains(&name) || also_allowed.contains(&name);
    if let Some(name) = fields.keys().find(|name| !known(name)) {
        return invalid(format!("{name} can not be set"));
    }
    match fields.get("name").and_then(Value::as_str) {
        None | Some("") => return invalid("name must be set".into()),
        Some(name) if name.chars().count() > LONGEST_NAME => {
            return invalid(format!("name must have at most {LONGEST_NAME} characters"));
        }
        Some(_) => {}
    }
    if fields.get("description").is_some_and(|text| !text.is_string()) {
        return invalid("description must be a string".into());
    }
    match fields.get("retention_in_days").map(Value::as_u64) {
        None => return invalid("retention_in_days must be set".into()),
        Some(Some(days)) if (1..=u64::from(LIFETIME_DAYS)).contains(&days) => {}
        Some(_) => return invalid(format!("retention_in_days must be an integer between 1 and {LIFETIME_DAYS}")),
    }
    let creating = also_allowed.is_empty();
    match fields.get("source_type").map(Value::as_str) {
        None if creating => return invalid("source_type must be set".into()),
        None | Some(Some("FIRST_PARTY")) => {}
        Some(_) if creating => return invalid("source_type must be FIRST_PARTY".into()),
        Some(_) => return Err(("E2023", "source_type is immutable".into())),
    }
    match fields.get("ad_account_id").map(Value::as_str) {
        Some(Some(id)) if id == ad_account => Ok(()),
        None if !creating => Ok(()),
        None => invalid("ad_account_id must be set".into()),
        Some(_) if creating => invalid("ad_account_id must be the one of the path".into()),
        Some(_) => Err(("E2023", "ad_account_id is immutable".into())),
    }
}

/// Takes over what `check` let through. A change replaces the whole: what is left out becomes empty.
fn fill(segment: &mut Segment, fields: &Map<String, Value>) {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    segment.name = text("name");
    segment.description = text("description");
    let days = fields.get("retention_in_days").and_then(Value::as_u64).and_then(|days| u32::try_from(days).ok());
    segment.retention_in_days = days.unwrap_or(LIFETIME_DAYS);
}
