//! `snap-sim`: starts the Snapchat look-alike.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;
use snap_sim::{Options, Seed};
use tracing_subscriber::EnvFilter;

/// A Snapchat look-alike for demos, tests and QA.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Port to listen on; 0 takes a free one
    #[arg(long, env = "SNAP_SIM_PORT", default_value_t = 3001)]
    port: u16,
    /// Address to listen on
    #[arg(long, env = "SNAP_SIM_HOST", default_value = "127.0.0.1")]
    host: IpAddr,
    /// Organisations, ad accounts, pixels, people and clients to start with (TOML)
    #[arg(long, value_name = "FILE.toml")]
    seed: Option<PathBuf>,
    /// Life of an access token in seconds
    #[arg(long, value_name = "SECONDS")]
    token_ttl: Option<u32>,
    /// Answer each refresh with a new refresh token and retire the old one
    #[arg(long)]
    rotate_refresh_tokens: bool,
    /// The most elements a page of the Ads API holds
    #[arg(long, value_name = "N")]
    page_size: Option<usize>,
    /// Time from an upload to a segment until it is complete
    #[arg(long, value_name = "MS")]
    segment_delay_ms: Option<u32>,
    /// Events kept; the oldest go first
    #[arg(long, value_name = "N")]
    max_events: Option<usize>,
    /// What links to further pages start with; without it, what the caller used
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

impl Arguments {
    fn options(self) -> anyhow::Result<Options> {
        let seed = match &self.seed {
            None => Seed::northwind(),
            Some(path) => {
                let text = std::fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
                Seed::parse(&text).with_context(|| format!("can't use {}", path.display()))?
            }
        };
        let mut settings = seed.settings.clone();
        settings.token_ttl_s = self.token_ttl.unwrap_or(settings.token_ttl_s);
        settings.rotate_refresh_tokens |= self.rotate_refresh_tokens;
        settings.page_size = self.page_size.unwrap_or(settings.page_size);
        settings.segment_delay_ms = self.segment_delay_ms.unwrap_or(settings.segment_delay_ms);
        settings.max_events = self.max_events.unwrap_or(settings.max_events);
        settings.public_url = self.public_url.or(settings.public_url);
        let settings = settings.checked().map_err(anyhow::Error::msg)?;
        Ok(Options { address: SocketAddr::new(self.host, self.port), seed, settings })
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_env("SNAP_SIM_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    // Listened to before anybody is told where it is: whoever reads the line may stop it at once.
    let stop_asked = stop_signal()?;
    let running = snap_sim::start(Arguments::parse().options()?).await?;
    println!("snap-sim is ready at {}", running.url());
    stop_asked.await;
    running.stop().await;
    Ok(())
}

/// Listens from now on; the future ends when someone asks to stop: Ctrl-C or SIGTERM.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(windows)]
    {
        let mut interrupt = tokio::signal::windows::ctrl_c()?;
        Ok(async move {
            interrupt.recv().await;
        })
    }
}
