//! Test events of the last 24 hours.

use std::collections::VecDeque;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::calls::CODE;
use super::event::Checked;
use crate::directory::AssetKind;

/// How far back the log reaches.
const KEPT_MS: i64 = 86_400_000;
/// How many it holds at most.
const KEPT: usize = 2_000;
const HOUR_MS: i64 = 3_600_000;

/// A validated or test event.
pub struct TestEvent {
    asset: String,
    at: i64,
    valid: bool,
    log: Value,
}

/// The log, oldest first.
#[derive(Default)]
pub struct TestLog {
    events: VecDeque<TestEvent>,
}

impl TestEvent {
    /// What will be told about an event.
    pub fn new(asset: &str, checked: &Checked, raw: &str, now: i64) -> Self {
        let event = serde_json::from_str::<Box<RawValue>>(raw).ok();
        let records =
            |texts: &[String]| texts.iter().map(|text| json!({"code": CODE, "reason": text})).collect::<Value>();
        let valid = checked.problems.is_empty();
        let log = json!({
            "event_name": checked.name, "raw_event_name": checked.raw_name,
            "event_time": checked.event_time_ms.to_string(),
            "action_source": checked.action_source.map(|source| source.name()),
            "status": if valid { "VALID" } else { "INVALID" },
            "integration": checked.integration, "asset_id": asset,
            "event_metadata": {"conversion_info": event},
            "warning_records": records(&checked.warnings), "error_records": records(&checked.problems),
        });
        Self { asset: asset.to_owned(), at: now, valid, log }
    }
}

impl TestLog {
    /// Adds one and forgets what is too old or too much.
    pub fn push(&mut self, event: TestEvent, now: i64) {
        self.events.push_back(event);
        while self.events.len() > KEPT || self.events.front().is_some_and(|oldest| oldest.at < now - KEPT_MS) {
            self.events.pop_front();
        }
    }

    /// The logs of one asset, newest first.
    pub fn logs(&self, asset: &str, kind: AssetKind, now: i64) -> Vec<Value> {
        let recent = self.events.iter().rev().filter(|event| event.asset == asset && event.at >= now - KEPT_MS);
        let shown = recent.map(|event| {
            let mut log = event.log.clone();
            let (pixel, app) = if kind == AssetKind::Pixel { (asset, "") } else { ("", asset) };
            log["event_metadata"]["pixel_id"] = pixel.into();
            log["event_metadata"]["snap_app_id"] = app.into();
            log
        });
        shown.collect()
    }

    /// The time of the newest valid one, and how many there were in an hour.
    pub fn stats(&self, asset: &str, now: i64) -> Option<Value> {
        let valid = || self.events.iter().filter(|event| event.asset == asset && event.valid);
        let latest = valid().map(|event| event.at).max()?;
        let past_hour = valid().filter(|event| event.at >= now - HOUR_MS).count();
        Some(json!({"latest_event_ts": latest, "event_count_past_hour": past_hour}))
    }
}
