//! The Ads API: who I am, what I may see, audiences. Every answer is an envelope with a status per element.

mod assets;
mod caller;
mod error;
mod members;
mod objects;
mod paging;
mod quality;
mod segment_calls;
pub mod segments;

use std::sync::Arc;

use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::chance;
use crate::sim::Sim;

/// What a handler of the Ads API answers with.
type Answer = Result<Json<Value>, error::AdsError>;

/// `/v1/…`
pub fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/me", get(assets::me))
        .route("/me/organizations", get(assets::my_organizations))
        .route("/organizations/{id}", get(assets::organization))
        .route("/organizations/{id}/adaccounts", get(assets::ad_accounts))
        .route("/organizations/{id}/pixels", get(assets::organization_pixels))
        .route("/organizations/{id}/mobile_apps", get(assets::mobile_apps))
        .route("/adaccounts/{id}", get(assets::ad_account))
        .route("/adaccounts/{id}/pixels", get(assets::pixels))
        .route("/pixels/{id}", get(assets::pixel))
        .route("/pixels/{id}/event_quality_scores", get(quality::scores))
        .route("/mobile_apps/{id}/event_quality_scores", get(quality::scores))
        .route(
            "/adaccounts/{id}/segments",
            get(segment_calls::list).post(segment_calls::create).put(segment_calls::update),
        )
        .route("/segments/{id}", get(segment_calls::read).delete(segment_calls::delete))
        .route("/segments/{id}/users", post(members::add).delete(members::remove))
        .route("/segments/{id}/all_users", delete(members::remove_all))
}

/// An answer with one array; `ERROR` when one of its elements failed.
fn envelope(collection: &str, elements: Vec<Value>) -> Value {
    let failed = elements.iter().any(|element| element["sub_request_status"] == "ERROR");
    json!({
        "request_status": if failed { "ERROR" } else { "SUCCESS" },
        "request_id": chance::request_id(),
        collection: elements,
    })
}

/// One element that is all right.
fn element(name: &str, entity: Value) -> Value {
    json!({"sub_request_status": "SUCCESS", name: entity})
}

/// One element that failed while others may not have.
fn failed_element(code: &str, message: &str) -> Value {
    json!({
        "sub_request_status": "ERROR",
        "sub_request_error_reason": format!("Error code: {code}, message: {message}"),
    })
}
