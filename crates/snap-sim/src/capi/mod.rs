//! The Conversions API v3: strict about every field, all or nothing per batch.

mod access;
mod app_data;
mod batch;
mod calls;
mod custom_data;
pub mod digest;
mod event;
mod fields;
pub mod names;
pub mod test_log;
pub mod tokens;
mod user_data;
mod validate;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::sim::Sim;

/// `/v3/…`
pub fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/{asset}/events", post(calls::send))
        .route("/{asset}/events/validate", post(validate::validate))
        .route("/{asset}/events/validate/logs", get(validate::logs))
        .route("/{asset}/events/validate/stats", get(validate::stats))
}
