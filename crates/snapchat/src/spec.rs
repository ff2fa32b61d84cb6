//! What Snapchat is as a destination, as data (reference sections 4.6 and 9).

use domain::{destination::DestinationSpec, time::DAY};

/// Events in one request at most (reference section 9).
pub const EVENTS_PER_CALL: usize = 2_000;
/// Identifiers in one request to an audience list: well under Snapchat's 100,000, so that a repeat stays cheap (reference section 6.3).
pub const MEMBERS_PER_CALL: usize = 10_000;
/// More identifiers than this Snapchat refuses in one request (reference section 6.3).
pub const MEMBERS_MAX: usize = 100_000;

/// The exact spellings of event names (reference section 4.6), in order.
pub const EVENT_NAMES: [&str; 31] = [
    "ACHIEVEMENT_UNLOCKED",
    "ADD_BILLING",
    "ADD_CART",
    "ADD_TO_WISHLIST",
    "AD_CLICK",
    "AD_VIEW",
    "APP_INSTALL",
    "APP_OPEN",
    "COMPLETE_TUTORIAL",
    "CUSTOM_EVENT_1",
    "CUSTOM_EVENT_2",
    "CUSTOM_EVENT_3",
    "CUSTOM_EVENT_4",
    "CUSTOM_EVENT_5",
    "INVITE",
    "LEVEL_COMPLETE",
    "LIST_VIEW",
    "LOGIN",
    "PAGE_VIEW",
    "PURCHASE",
    "RATE",
    "RESERVE",
    "SAVE",
    "SEARCH",
    "SHARE",
    "SIGN_UP",
    "SPENT_CREDITS",
    "START_CHECKOUT",
    "START_TRIAL",
    "SUBSCRIBE",
    "VIEW_CONTENT",
];

/// The destination type.
pub const SPEC: DestinationSpec = DestinationSpec {
    slug: "snapchat",
    name: "Snapchat",
    description: "Sends conversions to Snapchat through the Conversions API and the Snap Pixel, and keeps audience lists in \
                  Snapchat Ads Manager up to date.",
    prerequisites: &[
        "An account here, which you are signed in to",
        "A Snapchat Business Manager account with an active Ad Account",
        "A Snap Pixel in that Ad Account",
        "A Conversions API (CAPI) token from the Snapchat Business Dashboard",
    ],
    event_names: &EVENT_NAMES,
    events_per_call: EVENTS_PER_CALL,
    requests_per_second: 10,
    max_event_age: 7 * DAY,
};

/// The exact spelling of an event name that may be written in another case.
#[must_use]
pub fn event_name(name: &str) -> Option<&'static str> {
    let name = name.trim();
    EVENT_NAMES.into_iter().find(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_exact() {
        assert!(EVENT_NAMES.is_sorted());
        assert_eq!(event_name("purchase"), Some("PURCHASE"));
        for wrong in ["ADD_TO_CART", "SPEND_CREDITS", "LEAD", "REFUND", "OPEN_APP", ""] {
            assert_eq!(event_name(wrong), None, "{wrong}");
        }
        for standard in domain::catalogue::STANDARD.iter().filter(|s| !s.snap_event.is_empty()) {
            assert_eq!(event_name(standard.snap_event), Some(standard.snap_event), "{}", standard.name);
        }
    }
}
