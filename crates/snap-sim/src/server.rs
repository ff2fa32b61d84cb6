//! Routes, start and stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::{Json, Router, middleware};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::connection::{CuttableListener, Scissors};
use crate::directory::Directory;
use crate::seed::Seed;
use crate::settings::Settings;
use crate::sim::Sim;
use crate::{ads, capi, control, faults, oauth, pages, pixel};

/// Room for 100,000 identifiers and then some, so that too many of them get a reasoned answer.
const BODY_LIMIT: usize = 32 * 1024 * 1024;
/// How long open requests may take to end once a stop was asked for.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// Where to listen and what to start with.
pub struct Options {
    pub address: SocketAddr,
    pub seed: Seed,
    pub settings: Settings,
}

impl Options {
    /// A free port on this machine, with the built-in seed.
    pub fn local() -> Self {
        let seed = Seed::northwind();
        let settings = seed.settings.clone();
        Self { address: SocketAddr::from(([127, 0, 0, 1], 0)), seed, settings }
    }
}

/// The simulator can't start.
#[derive(Debug, thiserror::Error)]
#[error("can't listen on {address}: {source}")]
pub struct StartError {
    address: SocketAddr,
    source: std::io::Error,
}

/// A simulator that runs until it is stopped or dropped.
pub struct Running {
    address: SocketAddr,
    /// Dropping it asks for the stop.
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it is reached.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets open requests end, for a moment, and stops.
    pub async fn stop(mut self) {
        drop(self.stop);
        if tokio::time::timeout(STOP_GRACE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

/// Starts to listen and to answer.
pub async fn start(options: Options) -> Result<Running, StartError> {
    let failed = |source| StartError { address: options.address, source };
    let listener = TcpListener::bind(options.address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let sim = Sim::new(Directory::new(&options.seed), options.settings);
    let service = router(sim).into_make_service_with_connect_info::<Scissors>();
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        // Nothing is ever sent: it ends with the sender.
        let stopped = async { drop(stopped.await) };
        if let Err(error) = axum::serve(CuttableListener(listener), service).with_graceful_shutdown(stopped).await {
            tracing::error!(%error, "the simulator stopped");
        }
    });
    Ok(Running { address, stop, task })
}

fn router(sim: Arc<Sim>) -> Router {
    Router::new()
        .merge(oauth::routes())
        .nest("/v1", ads::routes())
        .nest("/v3", capi::routes())
        .merge(pixel::routes())
        .nest("/_sim", control::routes())
        .merge(pages::routes())
        .fallback(async || {
            (
                StatusCode::NOT_FOUND,
                Json(serde_json::json!({"request_status": "ERROR", "error_code": "E3003",
                "debug_message": "No such path", "display_message": "The requested resource was not found."})),
            )
        })
        .layer(middleware::from_fn_with_state(sim.clone(), faults::meet))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(sim)
}
