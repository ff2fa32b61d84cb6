//! Prometheus metrics at their own address, and the counter of requests.

use anyhow::Context;
use axum::{
    Router,
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
    routing::get,
};
use metrics_exporter_prometheus::PrometheusBuilder;

/// The route `/metrics`.
pub fn router() -> anyhow::Result<Router> {
    let handle = PrometheusBuilder::new().install_recorder().context("metrics can't be recorded")?;
    Ok(Router::new().route("/metrics", get(move || async move { handle.render() })))
}

/// Counts answers by route (its pattern, never the path) and status class.
pub async fn count(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    let class = match response.status().as_u16() / 100 {
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };
    metrics::counter!("switchyard_http_requests_total", "route" => route, "status" => class).increment(1);
    response
}
