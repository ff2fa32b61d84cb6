//! HTTP: which routes there are, and what stands around them.

mod connections;
mod gzip;
mod health;
mod ingest;
mod metrics;
mod oauth;
mod pages;
mod security;
mod sessions;
mod site;
mod tag;
mod uploads;

pub use connections::{allow_many, serve};
pub use metrics::router as metrics_router;

use std::sync::Arc;

use axum::{Router, extract::FromRef, middleware};
use leptos::config::LeptosOptions;
use pipeline::{Switchyard, ingest::Ingest};
use tower::{layer::layer_fn, util::MapResponseLayer};
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::settings::ServeSettings;

/// What handlers share.
#[derive(Clone, FromRef)]
pub struct AppState {
    settings: Arc<ServeSettings>,
    switchyard: Switchyard,
    ingest: Ingest,
    leptos: Arc<LeptosOptions>,
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        Self::clone(&state.leptos)
    }
}

/// All routes of the public address.
pub fn router(settings: Arc<ServeSettings>, switchyard: Switchyard, ingest: Ingest) -> anyhow::Result<Router> {
    let site = site::Site::beside_executable()?;
    let leptos = Arc::new(site.options(settings.addr));
    let state = AppState { settings: settings.clone(), switchyard: switchyard.clone(), ingest, leptos };

    let browser = pages::router(&state)
        .merge(oauth::router())
        .merge(uploads::router())
        .layer(RequestBodyTimeoutLayer::new(connections::SILENCE))
        .layer(middleware::from_fn_with_state(state.clone(), sessions::renew))
        .layer(sessions::layer(&settings, switchyard))
        .layer(middleware::from_fn_with_state(state.clone(), security::right_origin))
        .layer(middleware::from_fn_with_state(state.clone(), security::one_host));

    let https = settings.public_url.scheme() == "https";
    Ok(Router::new()
        .merge(ingest::router())
        .merge(tag::router())
        .merge(health::router())
        .merge(browser)
        .nest_service("/pkg", site.files())
        // Not functions with a `Next`: events pass here, and each of those allocates three times.
        .layer(MapResponseLayer::new(move |response| security::headers(https, response)))
        .layer(layer_fn(metrics::Count))
        .with_state(state))
}
