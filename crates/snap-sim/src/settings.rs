//! What can be set: by flag, in the seed file, and while running through `POST /_sim/settings`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How the simulator behaves. Each field has a default, so a seed file names only what differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Life of an access token in seconds (`expires_in`).
    pub token_ttl_s: u32,
    /// Life of an authorisation code in seconds.
    pub code_ttl_s: u32,
    /// Each refresh answers with a new refresh token and retires the old one.
    pub rotate_refresh_tokens: bool,
    /// Any non-empty client id and secret will do, beside those of the seed.
    pub any_client: bool,
    /// The most elements a page of the Ads API holds, whatever `limit` asks for.
    pub page_size: usize,
    /// Time from an upload to `COMPLETE`; the final size stands after twice that.
    pub segment_delay_ms: u32,
    /// Share of identifiers that belong to a Snapchat user, 0 to 1.
    pub match_rate: f64,
    /// Matched people a segment needs before it can be targeted.
    pub min_targetable: u64,
    /// Events kept; the oldest go first. Counts and deduplication don't depend on it.
    pub max_events: usize,
    /// Requests kept for `GET /_sim/requests`.
    pub max_requests: usize,
    /// Oldest event that is accepted, in seconds.
    pub max_event_age_s: u32,
    /// How far an event may lie in the future, in seconds.
    pub max_event_ahead_s: u32,
    /// Answer 429 beyond the documented requests a second.
    pub rate_limits: bool,
    /// What `next_link` starts with; without it, `http://` and the `Host` of the request.
    pub public_url: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token_ttl_s: 3_600,
            code_ttl_s: 120,
            rotate_refresh_tokens: false,
            any_client: true,
            page_size: 2,
            segment_delay_ms: 4_000,
            match_rate: 0.8,
            min_targetable: 1_000,
            max_events: 200_000,
            max_requests: 2_000,
            max_event_age_s: 7 * 86_400,
            max_event_ahead_s: 600,
            rate_limits: false,
            public_url: None,
        }
    }
}

impl Settings {
    /// These settings with the named ones changed; an unknown name or a wrong value changes nothing.
    pub fn patched(&self, patch: &Value) -> Result<Self, String> {
        let Value::Object(patch) = patch else { return Err("expected an object of settings".into()) };
        let mut merged = serde_json::to_value(self).map_err(|error| error.to_string())?;
        for (name, value) in patch {
            merged[name] = value.clone();
        }
        let settings: Self = serde_json::from_value(merged).map_err(|error| error.to_string())?;
        settings.checked()
    }

    /// Refuses values that would make the simulator answer nonsense.
    pub fn checked(self) -> Result<Self, String> {
        if self.page_size == 0 {
            return Err("page_size must be at least 1".into());
        }
        if !(0.0..=1.0).contains(&self.match_rate) {
            return Err("match_rate must be between 0 and 1".into());
        }
        Ok(self)
    }
}
