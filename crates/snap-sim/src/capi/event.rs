//! One event against all the rules. Pure: the clock is an argument.

use serde_json::{Map, Value};
use url::Url;

use super::fields::{Fields, Kind, check_object};
use super::names::{self, ActionSource};
use super::{app_data, custom_data, user_data};
use crate::directory::AssetKind;
use crate::events::keys::Keys;

/// Numbers from here on are milliseconds; as seconds they would lie beyond the year 5000.
const FIRST_MILLISECONDS: i64 = 100_000_000_000;
/// Numbers from here on are neither.
const FIRST_NONSENSE: i64 = 100_000_000_000_000;

/// The checks of nested objects follow in `check`.
const FIELDS: Fields = &[
    ("event_name", Kind::Text),
    ("event_time", Kind::Integer),
    ("action_source", Kind::Text),
    ("event_source_url", Kind::Text),
    ("event_id", Kind::Text),
    ("user_data", Kind::Any),
    ("custom_data", Kind::Any),
    ("app_data", Kind::Any),
    ("integration", Kind::Text),
    ("data_processing_options", Kind::EachOf(&["LMU", "LDU", "DELETE"])),
    ("data_processing_options_country", Kind::Count),
    ("data_processing_options_state", Kind::Count),
    ("opt_out", Kind::Flag),
    ("test_event_code", Kind::Text),
];

/// What an event is measured against.
#[derive(Clone, Copy)]
pub struct Yardstick {
    pub asset: AssetKind,
    pub now_ms: i64,
    pub oldest_ms: i64,
    pub latest_ms: i64,
}

/// An event with what is wrong with it.
#[derive(Default)]
pub struct Checked {
    pub name: Option<&'static str>,
    pub raw_name: String,
    pub action_source: Option<ActionSource>,
    pub event_time_ms: i64,
    pub event_id: Option<String>,
    pub order_id: Option<String>,
    pub integration: Option<String>,
    pub test: bool,
    pub keys: Keys,
    /// None: the event is valid.
    pub problems: Vec<String>,
    /// Advice; costs nothing.
    pub warnings: Vec<String>,
}

/// Checks one event.
pub fn check(value: &Value, yardstick: Yardstick) -> Checked {
    let mut checked = Checked::default();
    let Some(event) = check_object("", value, FIELDS, &mut checked.problems) else {
        checked.problems = vec!["an event must be an object".into()];
        return checked;
    };
    let text = |name: &str| event.get(name).and_then(Value::as_str).map(str::to_owned);
    checked.raw_name = text("event_name").unwrap_or_default();
    checked.event_id = text("event_id");
    checked.integration = text("integration");
    checked.test = event.contains_key("test_event_code");
    check_name(event, &mut checked);
    check_source(event, yardstick.asset, &mut checked);
    check_time(event, yardstick, &mut checked);
    check_url(event, &mut checked);
    check_user(event, &mut checked);
    check_custom(event, &mut checked);
    check_app(event, &mut checked);
    if checked.event_id.is_none() {
        checked.warnings.push("event_id is missing".into());
    }
    checked
}

fn check_name(event: &Map<String, Value>, checked: &mut Checked) {
    checked.name = names::event(&checked.raw_name);
    if !event.contains_key("event_name") {
        checked.problems.push("event_name is required".into());
    } else if checked.name.is_none() && !checked.raw_name.is_empty() {
        checked.problems.push("event_name: Unrecognized event type".into());
    }
}

fn check_source(event: &Map<String, Value>, asset: AssetKind, checked: &mut Checked) {
    let Some(name) = event.get("action_source") else {
        return checked.problems.push("action_source is required".into());
    };
    checked.action_source = name.as_str().and_then(ActionSource::parse);
    match (checked.action_source, asset) {
        (None, _) => checked.problems.push("action_source is not known".into()),
        (Some(ActionSource::MobileApp), AssetKind::Pixel) => {
            checked.problems.push("action_source MOBILE_APP needs a Snap App ID in the path".into());
        }
        (Some(ActionSource::Web | ActionSource::Offline), AssetKind::App) => {
            checked.problems.push("action_source WEB and OFFLINE need a Pixel ID in the path".into());
        }
        _ => {}
    }
}

fn check_time(event: &Map<String, Value>, yardstick: Yardstick, checked: &mut Checked) {
    let Some(time) = event.get("event_time") else {
        return checked.problems.push("event_time is required".into());
    };
    let Some(time) = time.as_i64() else { return };
    let ms = match time {
        FIRST_NONSENSE.. => return checked.problems.push("event_time must be in seconds or milliseconds".into()),
        FIRST_MILLISECONDS.. => time,
        _ => {
            checked.warnings.push("event_time is in seconds; milliseconds are preferred".into());
            time.saturating_mul(1000)
        }
    };
    checked.event_time_ms = ms;
    if ms < yardstick.oldest_ms {
        checked.problems.push("event_time is outside the accepted range: too old".into());
    } else if ms > yardstick.latest_ms {
        checked.problems.push("event_time is outside the accepted range: in the future".into());
    }
}

fn check_url(event: &Map<String, Value>, checked: &mut Checked) {
    match event.get("event_source_url").map(Value::as_str) {
        None if checked.action_source == Some(ActionSource::Web) => {
            checked.problems.push("event_source_url is required for WEB".into());
        }
        Some(Some(url)) => {
            // The parser forgives a third slash.
            let whole = url.split_once("://").is_some_and(|(_, host)| !host.starts_with(['/', '\\']));
            let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
            match url.filter(|_| whole) {
                None => checked.problems.push("event_source_url must be an http or https address".into()),
                Some(url) if url.query().is_some_and(|query| query.contains('@') || query.contains("%40")) => {
                    checked.warnings.push("event_source_url seems to hold an e-mail address".into());
                }
                Some(_) => {}
            }
        }
        _ => {}
    }
}

fn check_user(event: &Map<String, Value>, checked: &mut Checked) {
    let Some(user) = event.get("user_data") else {
        return checked.problems.push("user_data is required".into());
    };
    let Some(user) = check_object("user_data", user, user_data::FIELDS, &mut checked.problems) else { return };
    if !user_data::identifies(user, checked.action_source) {
        let rule = "user_data needs em, ph, client_ip_address with client_user_agent, or madid (app)";
        checked.problems.push(rule.into());
    }
    checked.keys = user_data::keys(user);
    if !user.contains_key("external_id") {
        checked.warnings.push("external_id is missing".into());
    }
}

fn check_custom(event: &Map<String, Value>, checked: &mut Checked) {
    let custom = match event.get("custom_data") {
        None => None,
        Some(custom) => check_object("custom_data", custom, custom_data::FIELDS, &mut checked.problems),
    };
    checked.order_id = custom.and_then(|custom| custom.get("order_id")).and_then(Value::as_str).map(str::to_owned);
    if checked.name == Some("PURCHASE") {
        for name in ["value", "currency"] {
            if custom.is_none_or(|custom| !custom.contains_key(name)) {
                checked.problems.push(format!("custom_data.{name} is required for PURCHASE"));
            }
        }
        if checked.order_id.is_none() {
            checked.warnings.push("custom_data.order_id is missing".into());
        }
    }
}

fn check_app(event: &Map<String, Value>, checked: &mut Checked) {
    let app = match event.get("app_data") {
        None => None,
        Some(app) => check_object("app_data", app, app_data::FIELDS, &mut checked.problems),
    };
    if checked.action_source == Some(ActionSource::MobileApp) {
        match app {
            None => checked.problems.push("app_data is required for MOBILE_APP".into()),
            Some(app) => app_data::check_extinfo(app, &mut checked.problems),
        }
    }
}
