//! Settings, checked at the start: one line names the variable, what it held and what is expected.

use std::net::SocketAddr;

use domain::destination::Secret;
use url::Url;

use crate::cli::{DEFAULT_METRICS_ADDR, ServeArgs, SnapchatArgs};

/// A setting that is wrong.
#[derive(Debug, thiserror::Error)]
#[error("{variable} is {held:?}, but {expected} is expected")]
pub struct SettingError {
    variable: &'static str,
    held: String,
    expected: &'static str,
}

impl SettingError {
    pub fn new(variable: &'static str, held: &str, expected: &'static str) -> Self {
        Self { variable, held: held.to_owned(), expected }
    }
}

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServeRole {
    /// Pages, ingestion, delivery and audiences.
    All,
    /// Pages and ingestion.
    Web,
    /// Delivery and audiences.
    Worker,
}

/// Settings of `switchyard serve`.
pub struct ServeSettings {
    pub role: ServeRole,
    pub addr: SocketAddr,
    /// Without a slash at the end.
    pub public_url: Url,
    pub metrics_addr: SocketAddr,
    /// Whether the operator chose the address: only then is it an error if it is taken.
    pub metrics_addr_given: bool,
    pub trust_proxy: bool,
    /// Events a second that one source may send.
    pub source_rate: u32,
    pub snapchat: SnapchatSettings,
}

/// Settings of the Snapchat destination.
pub struct SnapchatSettings {
    pub client_id: Option<String>,
    pub client_secret: Option<Secret>,
    pub accounts_url: Url,
    pub ads_api_url: Url,
    pub capi_url: Url,
    pub pixel_url: Url,
}

impl ServeSettings {
    pub fn new(args: &ServeArgs) -> Result<Self, SettingError> {
        let addr = address("SWITCHYARD_ADDR", &args.addr)?;
        let public_url = match given(args.public_url.as_ref()) {
            Some(text) => web_url("SWITCHYARD_PUBLIC_URL", text)?,
            None => web_url("SWITCHYARD_ADDR", &format!("http://{addr}"))?,
        };
        if public_url.path() != "/" || public_url.query().is_some() {
            return Err(SettingError::new(
                "SWITCHYARD_PUBLIC_URL",
                public_url.as_str(),
                "an origin without a path, such as https://switchyard.example.com,",
            ));
        }
        let metrics = given(args.metrics_addr.as_ref());
        Ok(Self {
            role: role("SWITCHYARD_ROLE", &args.role)?,
            addr,
            public_url,
            metrics_addr: metrics.map_or(Ok(DEFAULT_METRICS_ADDR), |text| address("SWITCHYARD_METRICS_ADDR", text))?,
            metrics_addr_given: metrics.is_some(),
            trust_proxy: flag("SWITCHYARD_TRUST_PROXY", &args.trust_proxy)?,
            source_rate: rate("SWITCHYARD_SOURCE_RATE", &args.source_rate)?,
            snapchat: SnapchatSettings::new(&args.snapchat)?,
        })
    }

    /// The public URL without a slash at the end.
    pub fn public_base(&self) -> &str {
        self.public_url.as_str().trim_end_matches('/')
    }
}

impl SnapchatSettings {
    pub fn new(args: &SnapchatArgs) -> Result<Self, SettingError> {
        Ok(Self {
            client_id: given(args.client_id.as_ref()).cloned(),
            client_secret: given(args.client_secret.as_ref()).map(|text| Secret(text.clone())),
            accounts_url: web_url("SNAPCHAT_ACCOUNTS_URL", &args.accounts_url)?,
            ads_api_url: web_url("SNAPCHAT_ADS_API_URL", &args.ads_api_url)?,
            capi_url: web_url("SNAPCHAT_CAPI_URL", &args.capi_url)?,
            pixel_url: web_url("SNAPCHAT_PIXEL_URL", &args.pixel_url)?,
        })
    }
}

/// An empty variable counts as not given.
fn given(value: Option<&String>) -> Option<&String> {
    value.filter(|text| !text.trim().is_empty())
}

fn address(variable: &'static str, text: &str) -> Result<SocketAddr, SettingError> {
    text.trim()
        .parse()
        .map_err(|_| SettingError::new(variable, text, "an address with a port, such as 127.0.0.1:3000,"))
}

fn role(variable: &'static str, text: &str) -> Result<ServeRole, SettingError> {
    match text.trim() {
        "all" | "" => Ok(ServeRole::All),
        "web" => Ok(ServeRole::Web),
        "worker" => Ok(ServeRole::Worker),
        _ => Err(SettingError::new(variable, text, "all, web or worker")),
    }
}

fn flag(variable: &'static str, text: &str) -> Result<bool, SettingError> {
    match text.trim() {
        "true" | "1" | "yes" => Ok(true),
        "false" | "0" | "no" | "" => Ok(false),
        _ => Err(SettingError::new(variable, text, "true or false")),
    }
}

fn rate(variable: &'static str, text: &str) -> Result<u32, SettingError> {
    let wrong = || SettingError::new(variable, text, "a number of events from 1 to 1000000");
    text.trim().parse().ok().filter(|rate| (1..=1_000_000).contains(rate)).ok_or_else(wrong)
}

/// A web address. A password in it is not shown.
fn web_url(variable: &'static str, text: &str) -> Result<Url, SettingError> {
    const EXPECTED: &str = "an address such as https://example.com";
    let url = Url::parse(text.trim()).map_err(|_| SettingError::new(variable, text, EXPECTED))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(SettingError::new(variable, "(an address with a user name or password)", EXPECTED));
    }
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(SettingError::new(variable, text, EXPECTED));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn settings(flags: &[&str]) -> Result<ServeSettings, String> {
        let cli = Cli::parse_from(["switchyard", "serve"].iter().chain(flags));
        let Command::Serve(args) = cli.command else { unreachable!() };
        ServeSettings::new(&args).map_err(|error| error.to_string())
    }

    #[test]
    fn the_public_url_follows_the_address() {
        let it = settings(&["--addr", "127.0.0.1:4000"]).unwrap();
        assert_eq!(it.public_base(), "http://127.0.0.1:4000");
        let it = settings(&["--public-url", "https://s.example/"]).unwrap();
        assert_eq!(it.public_base(), "https://s.example");
    }

    #[test]
    fn what_is_wrong_is_named_with_what_is_expected() {
        for (flags, variable, expected) in [
            (["--addr", "3000"], "SWITCHYARD_ADDR", "127.0.0.1:3000"),
            (["--public-url", "switchyard"], "SWITCHYARD_PUBLIC_URL", "https://"),
            (["--public-url", "https://a.example/b"], "SWITCHYARD_PUBLIC_URL", "without a path"),
            (["--snapchat-capi-url", "ftp://x"], "SNAPCHAT_CAPI_URL", "https://"),
            (["--role", "cook"], "SWITCHYARD_ROLE", "all, web or worker"),
            (["--trust-proxy", "maybe"], "SWITCHYARD_TRUST_PROXY", "true or false"),
            (["--source-rate", "0"], "SWITCHYARD_SOURCE_RATE", "from 1 to"),
        ] {
            let Err(error) = settings(&flags) else { panic!("{flags:?} was taken") };
            assert!(error.starts_with(variable) && error.contains(flags[1]) && error.contains(expected), "{error}");
        }
        let Err(error) = settings(&["--public-url", "https://user:secret@a.example"]) else { panic!() };
        assert!(!error.contains("secret"));
    }
}
