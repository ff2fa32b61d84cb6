//! Pages of the simulator's own: what arrived, business details, audiences, and the login page of OAuth.

mod ads_manager;
mod business;
mod events_manager;
mod html;
pub mod login;

use std::sync::Arc;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::{get, post};

use crate::sim::Sim;

/// Everything that a person looks at, but for the login page.
pub fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/", get(events_manager::page))
        .route("/events-manager", get(events_manager::page))
        .route("/business", get(business::page))
        .route("/business/capi-tokens", post(business::generate))
        .route("/business/capi-tokens/delete", post(business::delete))
        .route("/ads-manager", get(ads_manager::page))
        .route("/ads-manager/segments/{id}", get(ads_manager::segment))
        .route("/ads-manager/segments/{id}/delete", post(ads_manager::delete))
        .route("/assets/sim.css", get(style))
        .route("/assets/live.js", get(live))
}

async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "no-cache")], include_str!("../../assets/sim.css"))
}

async fn live() -> impl IntoResponse {
    let headers = [(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
    (headers, include_str!("../../assets/live.js"))
}
