//! Event names and their keys.

use std::{collections::HashMap, sync::LazyLock};

use super::{Rejection, privacy::mask_text};
use crate::{
    catalogue::STANDARD,
    event::EventKind,
    workflow::{EVENT_NAME_MAX, event_key, is_reserved},
};

/// As [`crate::catalogue::setting_key`], from a table made once: it is asked for every event.
#[must_use]
pub fn setting_key(name: &str) -> String {
    static KEYS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
        let names = STANDARD.iter().flat_map(|event| event.aliases.iter().chain([&event.name]));
        names.map(|name| (event_key(name), crate::catalogue::setting_key(name))).collect()
    });
    let key = event_key(name);
    KEYS.get(&key).cloned().unwrap_or(key)
}

/// The name that an event goes by: a track call's `event`, else that of its kind. CustomerLabs names page and identify calls, too.
pub(super) fn event_name(kind: EventKind, event: Option<String>) -> Result<String, Rejection> {
    if kind != EventKind::Track {
        let named = event.and_then(|name| named_call(kind, &name));
        return Ok(named.unwrap_or(kind.default_name()).to_owned());
    }
    let name = event.map(|name| name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>());
    let name = name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let Some(name) = name else {
        return Err(Rejection::new("missing_event", "A track call needs the name of the event in “event”."));
    };
    // Names stand in lists and settings for everyone to read.
    let name = &*mask_text(name);
    if name.chars().count() > EVENT_NAME_MAX {
        return Err(Rejection::new("invalid_event", format!("An event name has at most {EVENT_NAME_MAX} characters.")));
    }
    if event_key(name).is_empty() {
        return Err(Rejection::new("invalid_event", "An event name needs letters or digits."));
    }
    if is_reserved(name) {
        return Err(Rejection::new(
            "reserved_name",
            format!("“{name}” is a name that only the system gives. Choose another."),
        ));
    }
    Ok(name.to_owned())
}

/// What CustomerLabs' `pageview("Product viewed")` and `identify("Create user")` are about. Segment's calls of these kinds have no
/// `event`, and a name that isn't standard says no more than the call's kind.
fn named_call(kind: EventKind, name: &str) -> Option<&'static str> {
    let standard = crate::catalogue::find(name)?;
    let fits = match kind {
        EventKind::Page => matches!(standard.group, "Shopping" | "Browsing"),
        EventKind::Identify => standard.name == "Create user",
        _ => false,
    };
    fits.then_some(standard.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_catalogue() {
        for name in ["Page Viewed", "pageview", "Purchase", "Order Completed", "Lead-Created", "page"] {
            assert_eq!(setting_key(name), crate::catalogue::setting_key(name));
        }
    }

    #[test]
    fn names_are_checked() {
        let code = |name: &str| event_name(EventKind::Track, Some(name.into())).map_err(|r| r.code);
        assert_eq!(code(" Order\nCompleted "), Ok("Order Completed".into()));
        assert_eq!(code("Invited dana@n.example"), Ok("Invited d•••@n•••.example".into()));
        assert_eq!(code("  "), Err("missing_event"));
        assert_eq!(code("!!!"), Err("invalid_event"));
        assert_eq!(code(&"x".repeat(EVENT_NAME_MAX + 1)), Err("invalid_event"));
        assert_eq!(code("Added to segment"), Err("reserved_name"));
        assert_eq!(event_name(EventKind::Page, Some("Home".into())).unwrap(), "Page View");
    }

    #[test]
    fn customerlabs_names_its_page_and_identify_calls() {
        for (kind, name, expected) in [
            (EventKind::Page, "Product viewed", "Product Viewed"),
            (EventKind::Page, "Search made", "Search made"),
            (EventKind::Page, "pageview", "Page View"),
            (EventKind::Page, "Create user", "Page View"),
            (EventKind::Identify, "Create user", "Create user"),
            (EventKind::Identify, "Update user", "Identify"),
            (EventKind::Identify, "Purchased", "Identify"),
            (EventKind::Screen, "Search", "Screen View"),
        ] {
            assert_eq!(event_name(kind, Some(name.into())).unwrap(), expected, "{kind:?} {name}");
        }
    }
}
