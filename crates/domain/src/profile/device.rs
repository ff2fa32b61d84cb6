//! The device behind an event: what the context tells, else what the browser's `User-Agent` does.

use serde_json::Value;

use super::TraitSeen;
use crate::{
    audience::{Origin, fold_all},
    event::TrackedEvent,
};

/// Type, system, browser, maker, model, app and language, as far as they are told. The first three come as a whole, and so do
/// the next three: a device isn't the last one's with another system.
pub(super) fn device(event: &TrackedEvent) -> Vec<TraitSeen> {
    let agent = event.text("context.userAgent").unwrap_or_default();
    let told = |path: &str| event.text(path);
    let guessed = |guess: fn(&str) -> Option<&'static str>| guess(&agent).map(str::to_owned);
    let kind = [
        ("type", guessed(form).or_else(|| told("context.device.type"))),
        ("os", told("context.os.name").or_else(|| guessed(system))),
        ("browser", guessed(browser)),
    ];
    let make = [
        ("manufacturer", told("context.device.manufacturer")),
        ("model", told("context.device.model")),
        ("app", told("context.app.name")),
    ];
    let mut found = whole(kind);
    found.extend(whole(make));
    found.extend(told("context.locale").map(|text| seen("language", Value::String(text))));
    found
}

/// All of these, or none of them.
fn whole<const N: usize>(parts: [(&'static str, Option<String>); N]) -> Vec<TraitSeen> {
    if parts.iter().all(|(_, text)| text.is_none()) {
        return Vec::new();
    }
    parts.into_iter().map(|(name, text)| seen(name, text.map_or(Value::Null, Value::String))).collect()
}

fn seen(name: &str, value: Value) -> TraitSeen {
    let folded = fold_all(&value);
    TraitSeen { key: Origin::Device.key(name), name: format!("device {name}"), value, folded, personal: false }
}

fn form(agent: &str) -> Option<&'static str> {
    first(agent, &[("iPad", "tablet"), ("Tablet", "tablet"), ("Mobi", "mobile"), ("iPhone", "mobile")]).or_else(|| {
        first(agent, &[("Android", "tablet"), ("Windows NT", "desktop"), ("Macintosh", "desktop"), ("X11", "desktop")])
    })
}

fn system(agent: &str) -> Option<&'static str> {
    first(
        agent,
        &[
            ("iPhone", "iOS"),
            ("iPad", "iOS"),
            ("Android", "Android"),
            ("Windows", "Windows"),
            ("Macintosh", "macOS"),
            ("CrOS", "ChromeOS"),
            ("Linux", "Linux"),
        ],
    )
}

/// Names that other browsers carry along come last.
fn browser(agent: &str) -> Option<&'static str> {
    first(
        agent,
        &[
            ("Snapchat", "Snapchat"),
            ("Instagram", "Instagram"),
            ("FBAN", "Facebook"),
            ("Edg", "Edge"),
            ("OPR/", "Opera"),
            ("SamsungBrowser", "Samsung Internet"),
            ("Firefox", "Firefox"),
            ("CriOS", "Chrome"),
            ("Chrome", "Chrome"),
            ("Safari", "Safari"),
        ],
    )
}

fn first(agent: &str, table: &[(&str, &'static str)]) -> Option<&'static str> {
    table.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
}
