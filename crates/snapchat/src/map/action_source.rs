//! Where an event happened: on the web, in an app, or offline (reference section 4.7).

use domain::event::{EventKind, TrackedEvent};

use crate::fields::{Field, Gathered};

/// The canonical values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ActionSource {
    Web,
    MobileApp,
    Offline,
}

impl ActionSource {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Web => "WEB",
            Self::MobileApp => "MOBILE_APP",
            Self::Offline => "OFFLINE",
        }
    }

    /// Canonical values and their aliases, in any case, with blanks or hyphens for underscores.
    fn parse(text: &str) -> Option<Self> {
        let word = text.trim().to_ascii_lowercase().replace([' ', '-'], "_");
        Some(match word.as_str() {
            "web" | "website" => Self::Web,
            "mobile_app" | "app" | "mobile" => Self::MobileApp,
            "offline" | "physical_store" | "in_store" | "phone_call" | "email" | "chat" | "system_generated"
            | "other" => Self::Offline,
            _ => return None,
        })
    }
}

/// What the event says itself; else an app's if it comes from a phone's library, a screen call or is an app event by name.
pub(super) fn of(event: &TrackedEvent, name: &str, values: &Gathered<'_>) -> ActionSource {
    if let Some(stated) = values.text(Field::ActionSource).and_then(|text| ActionSource::parse(&text)) {
        return stated;
    }
    let channel = values.text(Field::Channel);
    let channel_is =
        |words: &[&str]| channel.as_deref().is_some_and(|c| words.iter().any(|w| c.eq_ignore_ascii_case(w)));
    if channel_is(&["offline", "in_store", "physical_store"]) {
        return ActionSource::Offline;
    }
    let object = |path: &str| event.at(path).is_some_and(serde_json::Value::is_object);
    let app = event.kind == EventKind::Screen
        || matches!(name, "APP_INSTALL" | "APP_OPEN")
        || channel_is(&["mobile", "app"])
        || (object("context.app") && !object("context.page"));
    if app { ActionSource::MobileApp } else { ActionSource::Web }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases() {
        for (text, expected) in [
            ("website", Some(ActionSource::Web)),
            ("WEB", Some(ActionSource::Web)),
            ("app", Some(ActionSource::MobileApp)),
            ("MOBILE_APP", Some(ActionSource::MobileApp)),
            ("physical store", Some(ActionSource::Offline)),
            ("phone-call", Some(ActionSource::Offline)),
            ("moon", None),
        ] {
            assert_eq!(ActionSource::parse(text), expected, "{text}");
        }
    }
}
