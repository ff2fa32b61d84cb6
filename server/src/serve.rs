//! `switchyard serve`: starts what the role asks for and stops it cleanly.

use std::{future::Future, sync::Arc, time::Duration};

use anyhow::Context;
use pipeline::{
    Switchyard, housekeeping,
    ingest::{Ingest, IngestLimits},
    profiles,
    sync::{self, SyncOptions},
    uploads,
    worker::{self, WorkerOptions},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use crate::{
    assemble,
    cli::ServeArgs,
    http,
    settings::{ServeRole, ServeSettings},
};

/// How long requests under way may take once the process was asked to stop.
const GRACE: Duration = Duration::from_secs(20);

/// Runs until the process is asked to stop (SIGINT, SIGTERM) or a part fails.
pub async fn run(args: &ServeArgs) -> anyhow::Result<()> {
    let settings = Arc::new(ServeSettings::new(args)?);
    let destination = assemble::snapchat(&settings.snapchat)?;
    let switchyard = assemble::switchyard(&args.database, destination, settings.public_base().to_owned()).await?;

    // Listened to before any address answers: who sees it answer may stop it at once.
    let stop_asked = stop_signal()?;
    let stop = CancellationToken::new();
    let mut parts: JoinSet<anyhow::Result<()>> = JoinSet::new();
    start_metrics(&settings, &stop, &mut parts).await?;
    if settings.role != ServeRole::Worker {
        start_web(&settings, &switchyard, &stop, &mut parts).await?;
    }
    if settings.role != ServeRole::Web {
        parts.spawn(completes(worker::run(switchyard.clone(), WorkerOptions::default(), stop.clone())));
        parts.spawn(completes(profiles::run(switchyard.clone(), stop.clone())));
        parts.spawn(completes(uploads::run(switchyard.clone(), stop.clone())));
        parts.spawn(completes(sync::run(switchyard.clone(), SyncOptions::default(), stop.clone())));
        parts.spawn(completes(housekeeping::run(switchyard.clone(), stop.clone())));
        tracing::info!("worker started");
    }

    let outcome = tokio::select! {
        () = stop_asked => Ok(()),
        Some(ended) = parts.join_next() => ended.context("a part panicked").and_then(|result| result),
    };
    tracing::info!("stopping");
    stop.cancel();
    if tokio::time::timeout(GRACE, async { while parts.join_next().await.is_some() {} }).await.is_err() {
        tracing::warn!(grace_s = GRACE.as_secs(), "some requests did not end in time");
    }
    switchyard.store().close().await;
    outcome
}

async fn start_web(
    settings: &Arc<ServeSettings>,
    switchyard: &Switchyard,
    stop: &CancellationToken,
    parts: &mut JoinSet<anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let limits = IngestLimits { events_per_second: settings.source_rate, ..IngestLimits::default() };
    let ingest = Ingest::start(switchyard, limits);
    http::allow_many();
    let router = http::router(settings.clone(), switchyard.clone(), ingest)?;
    let listener = TcpListener::bind(settings.addr)
        .await
        .with_context(|| format!("SWITCHYARD_ADDR: {} can't be listened on", settings.addr))?;
    tracing::info!(url = settings.public_base(), "listening");
    parts.spawn(completes(http::serve(listener, router, stop.clone())));
    Ok(())
}

/// Metrics at their own address, so that a proxy in front of the pages doesn't publish them.
async fn start_metrics(
    settings: &ServeSettings,
    stop: &CancellationToken,
    parts: &mut JoinSet<anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let router = http::metrics_router()?;
    match TcpListener::bind(settings.metrics_addr).await {
        Ok(listener) => {
            parts.spawn(completes(http::serve(listener, router, stop.clone())));
        }
        Err(error) if settings.metrics_addr_given => {
            return Err(error)
                .with_context(|| format!("SWITCHYARD_METRICS_ADDR: {} can't be listened on", settings.metrics_addr));
        }
        // Two processes on one machine: the second one has no metrics unless it is told where.
        Err(error) => tracing::warn!(addr = %settings.metrics_addr, %error, "no metrics: set SWITCHYARD_METRICS_ADDR"),
    }
    Ok(())
}

async fn completes(part: impl Future<Output = ()>) -> anyhow::Result<()> {
    part.await;
    Ok(())
}

/// Listens from now on; the future ends when someone asks to stop: Ctrl-C or SIGTERM.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let listen = |kind| signal(kind).context("signals can't be listened to");
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
