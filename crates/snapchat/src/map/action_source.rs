//! Where an event happened: on the web, in an app, or offline (reference section 4.7).

use domain::event::{EventKind, TrackedEvent};

use crate::{
    fields::{Field, Gathered, Raw},
    reason::{self, Warnings},
};

/// The canonical values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActionSource {
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
    pub(crate) fn parse(text: &str) -> Option<Self> {
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
pub(super) fn of(event: &TrackedEvent, name: &str, values: &Gathered<'_>, warnings: &mut Warnings) -> ActionSource {
    let stated = || values.all(Field::ActionSource).filter_map(Raw::text);
    if let Some(known) = stated().find_map(|text| ActionSource::parse(&text)) {
        return known;
    }
    let source = by_circumstances(event, name, values);
    if let Some(text) = stated().next() {
        warnings.add(
            reason::UNKNOWN_ACTION_SOURCE,
            format!(
                "{} is no action source that Snapchat knows; it was sent as {}. Known are WEB, MOBILE_APP, OFFLINE and \
                 their aliases, such as website, app and physical_store.",
                quoted(&text),
                source.as_str()
            ),
        );
    }
    source
}

/// A value in a sentence that is kept: a word is shown, anything else might be personal.
fn quoted(text: &str) -> String {
    let text = text.trim();
    let is_word = text.len() <= 40 && text.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '-' | ' '));
    if is_word { format!("“{text}”") } else { "What properties.action_source holds".to_owned() }
}

fn by_circumstances(event: &TrackedEvent, name: &str, values: &Gathered<'_>) -> ActionSource {
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
