//! `user_data`: whom an event is about.

use serde_json::{Map, Value};

use super::fields::{Fields, Kind};
use super::names::ActionSource;
use crate::events::keys::Keys;

/// Known fields. `mobile_ad_id` and `pn` are mistakes of others and not among them.
pub const FIELDS: Fields = &[
    ("em", Kind::Hashed),
    ("ph", Kind::Hashed),
    ("fn", Kind::Hashed),
    ("ln", Kind::Hashed),
    ("ge", Kind::Hashed),
    ("db", Kind::Hashed),
    ("ct", Kind::Hashed),
    ("st", Kind::Hashed),
    ("zp", Kind::Hashed),
    ("country", Kind::Hashed),
    ("external_id", Kind::ExternalId),
    ("client_ip_address", Kind::Ip),
    ("client_user_agent", Kind::Plain),
    ("sc_click_id", Kind::Plain),
    ("sc_cookie1", Kind::Plain),
    ("madid", Kind::AdId),
    ("idfv", Kind::Plain),
    ("subscription_id", Kind::Plain),
    ("lead_id", Kind::Plain),
    ("anon_id", Kind::ExternalId),
    ("download_id", Kind::Text),
    ("partner_id", Kind::Text),
];

/// The minimum identifier rule.
pub fn identifies(user: &Map<String, Value>, source: Option<ActionSource>) -> bool {
    let has = |name: &str| user.contains_key(name);
    let app = source == Some(ActionSource::MobileApp);
    has("em") || has("ph") || (has("client_ip_address") && has("client_user_agent")) || (app && has("madid"))
}

/// Which identifiers are there.
pub fn keys(user: &Map<String, Value>) -> Keys {
    let mut keys = Keys::default();
    for (name, key) in [
        ("em", Keys::EMAIL),
        ("ph", Keys::PHONE),
        ("client_ip_address", Keys::IP),
        ("client_user_agent", Keys::USER_AGENT),
        ("sc_click_id", Keys::CLICK_ID),
        ("sc_cookie1", Keys::COOKIE),
        ("external_id", Keys::EXTERNAL_ID),
        ("madid", Keys::AD_ID),
    ] {
        if user.contains_key(name) {
            keys.add(key);
        }
    }
    keys
}
