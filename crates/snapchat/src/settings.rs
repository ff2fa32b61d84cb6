//! Where Snapchat is and who we are there (reference section 1, contract section 2).

use domain::destination::Secret;
use url::Url;

/// The settings that the server reads from its environment.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The OAuth host: `https://accounts.snapchat.com`.
    pub accounts_url: String,
    /// The Ads API: `https://adsapi.snapchat.com/v1`.
    pub ads_api_url: String,
    /// The Conversions API: `https://tr.snapchat.com`.
    pub capi_url: String,
    /// The OAuth app's id, if one is registered.
    pub client_id: Option<String>,
    /// The OAuth app's secret.
    pub client_secret: Option<Secret>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            accounts_url: "https://accounts.snapchat.com".to_owned(),
            ads_api_url: "https://adsapi.snapchat.com/v1".to_owned(),
            capi_url: "https://tr.snapchat.com".to_owned(),
            client_id: None,
            client_secret: None,
        }
    }
}

/// A setting that is wrong; the text never holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// An address that is none.
    #[error("{variable} holds “{held}”; expected is an address such as {expected}")]
    Address {
        /// The environment variable.
        variable: &'static str,
        /// What it held.
        held: String,
        /// An example.
        expected: &'static str,
    },
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made: {0}")]
    Client(String),
}

/// The three bases as addresses.
#[derive(Clone, Debug)]
pub(crate) struct Bases {
    pub(crate) accounts: Url,
    pub(crate) ads_api: Url,
    pub(crate) capi: Url,
}

impl Settings {
    pub(crate) fn bases(&self) -> Result<Bases, SettingsError> {
        let defaults = ["https://accounts.snapchat.com", "https://adsapi.snapchat.com/v1", "https://tr.snapchat.com"];
        Ok(Bases {
            accounts: base("SNAPCHAT_ACCOUNTS_URL", &self.accounts_url, defaults[0])?,
            ads_api: base("SNAPCHAT_ADS_API_URL", &self.ads_api_url, defaults[1])?,
            capi: base("SNAPCHAT_CAPI_URL", &self.capi_url, defaults[2])?,
        })
    }
}

fn base(variable: &'static str, held: &str, expected: &'static str) -> Result<Url, SettingsError> {
    let url = Url::parse(held.trim()).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    url.ok_or_else(|| SettingsError::Address { variable, held: shown(held), expected })
}

/// What a variable held, without what a secret could stand in: user, password and query.
fn shown(held: &str) -> String {
    match Url::parse(held) {
        Ok(url) if url.has_host() => format!("{}://{}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path()),
        _ => held.split(['?', '@']).next().unwrap_or_default().to_owned(),
    }
}

/// A base with segments appended, each percent-encoded.
pub(crate) fn join(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_addresses_are_named() {
        assert!(Settings::default().bases().is_ok());
        for wrong in ["", "tr.snapchat.com", "ftp://x", "https://u:secret@x", "https://x/?access_token=secret"] {
            let settings = Settings { capi_url: wrong.to_owned(), ..Settings::default() };
            let message = settings.bases().map(|_| ()).unwrap_err().to_string();
            assert!(message.contains("SNAPCHAT_CAPI_URL") && !message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn segments_are_encoded() {
        let bases = Settings::default().bases().unwrap();
        assert_eq!(join(&bases.ads_api, &["me"]).as_str(), "https://adsapi.snapchat.com/v1/me");
        assert_eq!(
            join(&bases.capi, &["v3", "a/b?c", "events"]).as_str(),
            "https://tr.snapchat.com/v3/a%2Fb%3Fc/events"
        );
    }
}
