//! Control for tests: script faults, read what arrived, move the clock, start over.

mod reports;
mod switches;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::sim::Sim;

/// `/_sim/…`
pub fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/faults", get(switches::faults).post(switches::set_faults))
        .route("/settings", get(switches::settings).post(switches::set_settings))
        .route("/clock", get(switches::clock).post(switches::advance_clock))
        .route("/expire-tokens", post(switches::expire_tokens))
        .route("/revoke", post(switches::revoke))
        .route("/reset", post(switches::reset))
        .route("/received", get(reports::received))
        .route("/requests", get(reports::requests))
        .route("/segments", get(reports::segments))
        .route("/stats", get(reports::stats))
}
