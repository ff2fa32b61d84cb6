//! Prometheus metrics at their own address, and the counter of requests.

use std::task::{Context, Poll};

use anyhow::Context as _;
use axum::{
    Router,
    extract::{MatchedPath, Request},
    http::StatusCode,
    response::Response,
    routing::get,
};
use futures::{TryFutureExt, future::MapOk};
use metrics_exporter_prometheus::PrometheusBuilder;
use tower::Service;

/// The route `/metrics`.
pub fn router() -> anyhow::Result<Router> {
    let handle = PrometheusBuilder::new().install_recorder().context("metrics can't be recorded")?;
    Ok(Router::new().route("/metrics", get(move || async move { handle.render() })))
}

/// Counts answers by route (its pattern, never the path) and status class.
#[derive(Clone)]
pub struct Count<S>(pub S);

impl<S: Service<Request, Response = Response>> Service<Request> for Count<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = MapOk<S::Future, Box<dyn FnOnce(Response) -> Response + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let route = request.extensions().get::<MatchedPath>().cloned();
        self.0.call(request).map_ok(Box::new(move |response| {
            count(route.as_ref().map_or("other", MatchedPath::as_str), response.status());
            response
        }))
    }
}

fn count(route: &str, status: StatusCode) {
    let class = match status.as_u16() / 100 {
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };
    metrics::counter!("switchyard_http_requests_total", "route" => route.to_owned(), "status" => class).increment(1);
}
