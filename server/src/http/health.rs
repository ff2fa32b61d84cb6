//! `/healthz`: the process lives. `/readyz`: it can take events.

use axum::{Router, extract::State, http::StatusCode, routing::get};
use pipeline::ingest::Ingest;

use super::AppState;

pub fn router() -> Router<AppState> {
    Router::new().route("/healthz", get(|| async { "ok\n" })).route("/readyz", get(ready))
}

async fn ready(State(ingest): State<Ingest>) -> (StatusCode, &'static str) {
    if ingest.is_ready().await {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the database takes no writes just now\n")
    }
}
