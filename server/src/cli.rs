//! The command line: every setting is a flag and an environment variable.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};

/// First-party data to ad platforms, self-hosted.
#[derive(Parser)]
#[command(name = "switchyard", version, about, max_term_width = 110)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Runs the pages, the ingestion and the worker
    Serve(ServeArgs),
    /// Brings a workspace to the state that a file describes; prints what it changed
    Apply {
        /// The file (docs/running.md shows its form)
        file: PathBuf,
        #[command(flatten)]
        database: DatabaseArgs,
    },
    /// Prints a workspace in the form that `apply` reads, secrets left out
    Export {
        /// The workspace's name; needed when there are several
        #[arg(long)]
        workspace: Option<String>,
        #[command(flatten)]
        database: DatabaseArgs,
    },
    /// Checks the books: accepted = delivered + waiting + dead + filtered; exit status 1 where they don't balance
    Check {
        /// Prints JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArgs,
    },
    /// Puts dead deliveries back in the queue
    Replay {
        /// The destination's name
        #[arg(long)]
        destination: String,
        /// The workspace's name; needed when several have a destination of that name
        #[arg(long)]
        workspace: Option<String>,
        /// Only events received at or after this time (ISO 8601)
        #[arg(long)]
        since: Option<String>,
        /// Only events received before this time (ISO 8601)
        #[arg(long)]
        until: Option<String>,
        /// Only events of this name
        #[arg(long)]
        event: Option<String>,
        /// Only counts them
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        database: DatabaseArgs,
    },
}

/// Where the data is. Values are checked in `settings`, so that an error names the variable.
#[derive(Args, Clone)]
pub struct DatabaseArgs {
    /// sqlite://PATH
    #[arg(long, env = "SWITCHYARD_DATABASE_URL", default_value = "sqlite://switchyard.db", hide_env_values = true)]
    pub database_url: String,
    /// Base64, 32 bytes: encrypts tokens and personal data at rest. Made at first start in a file beside the database
    #[arg(long, env = "SWITCHYARD_SECRET_KEY", hide_env_values = true)]
    pub secret_key: Option<String>,
    /// Tracing filter
    #[arg(long, env = "SWITCHYARD_LOG", default_value = "info")]
    pub log: String,
    /// `json` for JSON lines
    #[arg(long, env = "SWITCHYARD_LOG_FORMAT", default_value = "text")]
    pub log_format: String,
}

#[derive(Args)]
pub struct ServeArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// What this process does: `web` (pages and ingestion), `worker` (delivery and audiences) or `all`
    #[arg(long, env = "SWITCHYARD_ROLE", value_name = "all|web|worker", default_value = "all")]
    pub role: String,
    /// Listen address
    #[arg(long, env = "SWITCHYARD_ADDR", default_value = "127.0.0.1:3000")]
    pub addr: String,
    /// What browsers and Snapchat see: OAuth redirect, tag, cookies [default: http:// + the address]
    #[arg(long, env = "SWITCHYARD_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Listen address of /metrics (Prometheus) [default: 127.0.0.1:9464]
    #[arg(long, env = "SWITCHYARD_METRICS_ADDR")]
    pub metrics_addr: Option<String>,
    /// Events a second that one source may send; more are answered with 429
    #[arg(long, env = "SWITCHYARD_SOURCE_RATE", default_value = "20000")]
    pub source_rate: String,
    /// Take the visitor's address from the last public entry of X-Forwarded-For: only behind a proxy of your own
    #[arg(long, env = "SWITCHYARD_TRUST_PROXY", default_value = "false")]
    pub trust_proxy: String,
    #[command(flatten)]
    pub snapchat: SnapchatArgs,
}

#[derive(Args)]
pub struct SnapchatArgs {
    /// The OAuth app's id
    #[arg(long = "snapchat-client-id", env = "SNAPCHAT_CLIENT_ID")]
    pub client_id: Option<String>,
    /// The OAuth app's secret
    #[arg(long = "snapchat-client-secret", env = "SNAPCHAT_CLIENT_SECRET", hide_env_values = true)]
    pub client_secret: Option<String>,
    /// OAuth host
    #[arg(long = "snapchat-accounts-url", env = "SNAPCHAT_ACCOUNTS_URL", default_value = ACCOUNTS_URL)]
    pub accounts_url: String,
    /// Ads API base
    #[arg(long = "snapchat-ads-api-url", env = "SNAPCHAT_ADS_API_URL", default_value = ADS_API_URL)]
    pub ads_api_url: String,
    /// Conversions API base
    #[arg(long = "snapchat-capi-url", env = "SNAPCHAT_CAPI_URL", default_value = CAPI_URL)]
    pub capi_url: String,
    /// The pixel script that the tag loads
    #[arg(long = "snapchat-pixel-url", env = "SNAPCHAT_PIXEL_URL", default_value = PIXEL_URL)]
    pub pixel_url: String,
}

const ACCOUNTS_URL: &str = "https://accounts.snapchat.com";
const ADS_API_URL: &str = "https://adsapi.snapchat.com/v1";
const CAPI_URL: &str = "https://tr.snapchat.com";
const PIXEL_URL: &str = "https://sc-static.net/scevent.min.js";

/// For commands that describe destinations and call none.
impl Default for SnapchatArgs {
    fn default() -> Self {
        Self {
            client_id: None,
            client_secret: None,
            accounts_url: ACCOUNTS_URL.into(),
            ads_api_url: ADS_API_URL.into(),
            capi_url: CAPI_URL.into(),
            pixel_url: PIXEL_URL.into(),
        }
    }
}

/// The listen address of metrics when none is given.
pub const DEFAULT_METRICS_ADDR: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9464);
