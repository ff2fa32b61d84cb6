//! The event workflow of a destination: per event which sides are on, what it becomes there, and where its fields come from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::FieldError;

/// How long an event name may be, in characters.
pub const EVENT_NAME_MAX: usize = 200;

/// The audience event for entering; reserved.
pub const ADDED_TO_SEGMENT: &str = "added_to_segment";
/// The audience event for leaving; reserved.
pub const REMOVED_FROM_SEGMENT: &str = "removed_from_segment";

/// Names that only the system gives (reference `customerlabs.md` 2.8), as keys.
pub const RESERVED_KEYS: [&str; 5] =
    ["addedtosegment", "removedfromsegment", "errorlog", "createorupdategroup", "assignusertogroup"];
/// Snap events that the server sends to the Snap App ID, whatever else the event says.
const APP_EVENTS: [&str; 2] = ["APP_INSTALL", "APP_OPEN"];

/// An event name without regard to case and separators: `Order Completed`, `order_completed` and `orderCompleted` are one.
#[must_use]
pub fn event_key(name: &str) -> String {
    if name.is_ascii() {
        let mut key = String::with_capacity(name.len());
        key.extend(name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()));
        return key;
    }
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether the name is the system's own and refused from users.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    RESERVED_KEYS.contains(&event_key(name).as_str())
}

/// Whether the event changes audiences instead of being sent as a conversion.
#[must_use]
pub fn is_audience_event(name: &str) -> bool {
    matches!(event_key(name).as_str(), "addedtosegment" | "removedfromsegment")
}

/// Where a field of the destination comes from; without a rule, the default path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldRule {
    /// Another path of the event, such as `properties.total`.
    Path(String),
    /// Always this text.
    Constant(String),
    /// Not sent.
    Off,
}

/// What a destination does with one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventSetting {
    /// The event's name as people know it.
    pub event: String,
    /// The destination's name for it (`PURCHASE`), or empty: none is chosen, so both sides stay off.
    pub snap_event: String,
    /// Sent from the server.
    pub server: bool,
    /// Sent from the visitor's browser.
    pub client: bool,
    /// Field rules by the destination's field name.
    #[serde(default)]
    pub fields: BTreeMap<String, FieldRule>,
}

/// Checks settings before they are saved; the same function runs in the browser and on the server.
/// `allowed` are the destination's event names.
#[must_use]
pub fn validate_settings(settings: &[EventSetting], allowed: &[String]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for setting in settings {
        let name = setting.event.trim();
        let mut wrong = |message: String| errors.push(FieldError::new(&setting.event, message));
        if event_key(name).is_empty() {
            wrong("Give the event a name with letters or digits.".into());
            continue;
        }
        if name.chars().count() > EVENT_NAME_MAX {
            wrong(format!("An event name has at most {EVENT_NAME_MAX} characters."));
        }
        if !seen.insert(event_key(name)) {
            wrong(format!("“{name}” is in the list twice (case and separators don't count)."));
        }
        if is_audience_event(name) {
            if setting.client {
                wrong(format!("“{name}” changes audiences and has no client side."));
            }
            continue;
        }
        if is_reserved(name) {
            wrong(format!("“{name}” is a reserved name."));
        }
        if setting.snap_event.is_empty() {
            if setting.server || setting.client {
                wrong(format!("Choose the Snap event that “{name}” becomes before you switch it on."));
            }
        } else if !allowed.iter().any(|a| a == &setting.snap_event) {
            wrong(format!(
                "Snapchat has no event “{}”. {}",
                setting.snap_event,
                nearest_hint(&setting.snap_event, allowed)
            ));
        } else if setting.server
            && setting.client
            && let Some((_, why)) = sides_differ(setting)
        {
            wrong(why);
        }
    }
    errors
}

/// Why Snapchat could not tell that the browser's event and the server's are one: the field whose rule is to blame, if it is
/// one, and a sentence. It counts an event once only if both sides give it one id and send it to one asset.
#[must_use]
pub fn sides_differ(setting: &EventSetting) -> Option<(&'static str, String)> {
    let twice = |field, why: &str| {
        let event = setting.event.trim();
        Some((field, format!("With both sides on, Snapchat would count “{event}” twice: {why} Switch one side off.")))
    };
    let app = "the server sends it to the Snap App ID and the browser to the Snap Pixel.";
    match setting.fields.get("event_id") {
        Some(FieldRule::Off) => {
            return twice(
                "event_id",
                "a field rule lets the server send no event_id, and the browser sends the event's id.",
            );
        }
        Some(FieldRule::Constant(_)) => {
            return twice("event_id", "a field rule gives every event of the server the same event_id.");
        }
        Some(FieldRule::Path(path)) if path != "messageId" => {
            let why =
                format!("a field rule fills the server's event_id from {path}, and the browser sends the messageId.");
            return twice("event_id", &why);
        }
        Some(FieldRule::Path(_)) | None => {}
    }
    if let Some(FieldRule::Constant(source)) = setting.fields.get("action_source")
        && matches!(event_key(source).as_str(), "mobileapp" | "app" | "mobile")
    {
        return twice("action_source", app);
    }
    let is_app = APP_EVENTS.contains(&setting.snap_event.as_str())
        || crate::catalogue::find(&setting.event).is_some_and(|standard| standard.group == "App");
    if is_app { twice("", app) } else { None }
}

/// "Did you mean …?" for a name that is not among the allowed ones.
#[must_use]
pub fn nearest_hint(wrong: &str, allowed: &[String]) -> String {
    match nearest(wrong, allowed.iter().map(String::as_str)) {
        Some(best) => format!("Did you mean {best}?"),
        None => "Choose one from the list.".to_owned(),
    }
}

/// The candidate with the smallest edit distance, without regard to case and separators.
pub fn nearest<'a>(wrong: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let key = event_key(wrong);
    candidates.min_by_key(|candidate| distance(&key, &event_key(candidate)))
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(event: &str, snap_event: &str) -> EventSetting {
        EventSetting {
            event: event.into(),
            snap_event: snap_event.into(),
            server: true,
            client: false,
            fields: BTreeMap::new(),
        }
    }

    #[test]
    fn case_and_separators_do_not_count() {
        for name in ["Order Completed", "order_completed", "orderCompleted", "ORDER-COMPLETED"] {
            assert_eq!(event_key(name), "ordercompleted");
        }
        assert!(is_reserved("Added To Segment"));
    }

    #[test]
    fn names_what_is_wrong_and_the_nearest_right_name() {
        let allowed = ["PURCHASE".to_owned(), "ADD_CART".to_owned()];
        assert!(
            validate_settings(&[setting("Order Completed", "PURCHASE"), setting("added_to_segment", "")], &allowed)
                .is_empty()
        );
        let message = |s: EventSetting| validate_settings(&[s], &allowed)[0].message.clone();
        assert!(message(setting("X", "Purchas")).contains("Did you mean PURCHASE?"));
        assert!(message(setting("X", "")).contains("Choose the Snap event"));
        for name in ["error_log", "create or update group", "Assign user to group"] {
            assert!(message(setting(name, "PURCHASE")).contains("reserved"));
        }
        assert!(message(setting("  ", "PURCHASE")).contains("name"));
        assert!(message(EventSetting { client: true, ..setting("added_to_segment", "") }).contains("no client side"));
        let twice = validate_settings(&[setting("A b", "PURCHASE"), setting("a_B", "PURCHASE")], &allowed);
        assert!(twice[0].message.contains("twice"));
    }

    #[test]
    fn both_sides_need_one_id_and_one_asset() {
        let allowed = ["PURCHASE".to_owned(), "APP_OPEN".to_owned(), "PAGE_VIEW".to_owned()];
        let both = |event: &str, snap: &str, rules: &[(&str, FieldRule)]| {
            let fields = rules.iter().map(|(name, rule)| ((*name).to_owned(), rule.clone())).collect();
            EventSetting { client: true, fields, ..setting(event, snap) }
        };
        let said = |setting: EventSetting| validate_settings(&[setting], &allowed).pop().map(|error| error.message);
        let path = |path: &str| FieldRule::Path(path.into());
        assert_eq!(said(both("Order Completed", "PURCHASE", &[("event_id", path("messageId"))])), None);
        assert_eq!(
            said(both("Order Completed", "PURCHASE", &[("action_source", FieldRule::Constant("WEB".into()))])),
            None
        );
        for (setting, word) in [
            (both("Order Completed", "PURCHASE", &[("event_id", path("properties.order_id"))]), "properties.order_id"),
            (both("Order Completed", "PURCHASE", &[("event_id", FieldRule::Off)]), "no event_id"),
            (
                both("Order Completed", "PURCHASE", &[("event_id", FieldRule::Constant("1".into()))]),
                "the same event_id",
            ),
            (both("Lead", "PURCHASE", &[("action_source", FieldRule::Constant("app".into()))]), "Snap App ID"),
            (both("Started", "APP_OPEN", &[]), "Snap App ID"),
            (both("Screen View", "PAGE_VIEW", &[]), "Snap App ID"),
        ] {
            let one_side = EventSetting { server: false, ..setting.clone() };
            assert_eq!(said(one_side), None, "{setting:?}");
            assert!(said(setting.clone()).is_some_and(|said| said.contains(word)), "{setting:?}");
        }
    }
}
