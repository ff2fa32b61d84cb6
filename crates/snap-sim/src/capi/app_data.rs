//! `app_data`: the app and the device of an app event.

use serde_json::{Map, Value};

use super::fields::{Fields, Kind};

/// Known fields.
pub const FIELDS: Fields = &[
    ("app_id", Kind::Text),
    ("advertiser_tracking_enabled", Kind::FlagOrBit),
    ("application_tracking_enabled", Kind::FlagOrBit),
    ("extinfo", Kind::Exactly(16)),
    ("campaign_ids", Kind::Text),
    ("install_referrer", Kind::Text),
    ("installer_package", Kind::Text),
    ("windows_attribution_id", Kind::Text),
    ("url_schemes", Kind::Texts),
];

/// `extinfo` must be there and begin with the platform.
pub fn check_extinfo(app: &Map<String, Value>, problems: &mut Vec<String>) {
    match app.get("extinfo").map(|extinfo| extinfo[0].as_str()) {
        None => problems.push("app_data.extinfo is required for MOBILE_APP".into()),
        Some(Some("i2" | "a2")) => {}
        Some(_) => problems.push("app_data.extinfo must begin with i2 or a2".into()),
    }
}
