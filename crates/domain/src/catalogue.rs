//! The standard events: both vocabularies, CustomerLabs' and the Segment spec's, with the Snap event each becomes.

use crate::workflow::event_key;

/// A standard event with its defaults: both sides off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandardEvent {
    /// Its name as people know it.
    pub name: &'static str,
    /// The Snap event that it becomes (reference section 4.6), or empty if it has none by default.
    pub snap_event: &'static str,
    /// The group on the workflow page.
    pub group: &'static str,
    /// Other names of the same event; matched without regard to case and separators.
    pub aliases: &'static [&'static str],
}

const fn event(
    group: &'static str,
    name: &'static str,
    snap_event: &'static str,
    aliases: &'static [&'static str],
) -> StandardEvent {
    StandardEvent { name, snap_event, group, aliases }
}

/// Groups in the order of the workflow page.
pub const GROUPS: [&str; 4] = ["Shopping", "Browsing", "People", "App"];

/// Every standard event, in the order of the workflow page.
pub const STANDARD: &[StandardEvent] = &[
    event("Shopping", "Order Completed", "PURCHASE", &[]),
    event("Shopping", "Purchased", "PURCHASE", &["Purchase"]),
    event("Shopping", "Checkout Started", "START_CHECKOUT", &["Begin Checkout"]),
    event("Shopping", "Checkout made", "START_CHECKOUT", &[]),
    event("Shopping", "Product Added", "ADD_CART", &["Add To Cart"]),
    event("Shopping", "Added to cart", "ADD_CART", &[]),
    event("Shopping", "Payment Info Entered", "ADD_BILLING", &["Add Payment Info"]),
    event("Shopping", "Product Added to Wishlist", "ADD_TO_WISHLIST", &["Add To Wishlist"]),
    event("Shopping", "added_to_wishlist", "ADD_TO_WISHLIST", &[]),
    event("Shopping", "Product Removed", "", &[]),
    event("Shopping", "Removed from cart", "", &[]),
    event("Shopping", "Cart Viewed", "", &[]),
    event("Shopping", "AddContactInfo", "", &[]),
    event("Shopping", "AddAddressInfo", "", &[]),
    event("Shopping", "AddShippingInfo", "", &[]),
    event("Browsing", "Page View", "PAGE_VIEW", &["Page Viewed", "page"]),
    event("Browsing", "Product Viewed", "VIEW_CONTENT", &["View Item"]),
    event("Browsing", "Product List Viewed", "LIST_VIEW", &["View Item List"]),
    event("Browsing", "Category viewed", "LIST_VIEW", &[]),
    event("Browsing", "Products Searched", "SEARCH", &["Search"]),
    event("Browsing", "Search made", "SEARCH", &[]),
    event("Browsing", "Product Shared", "SHARE", &[]),
    event("Browsing", "Promotion Viewed", "AD_VIEW", &[]),
    event("Browsing", "Promotion Clicked", "AD_CLICK", &[]),
    event("People", "Signed Up", "SIGN_UP", &["Sign Up"]),
    event("People", "Create user", "SIGN_UP", &[]),
    event("People", "Signed In", "LOGIN", &["Login"]),
    event("People", "Subscribed", "SUBSCRIBE", &["Subscribe"]),
    event("People", "Trial Started", "START_TRIAL", &["Start Trial"]),
    event("People", "Identify", "", &["Update user", "create or update user"]),
    event("People", "Group", "", &[]),
    event("App", "Application Installed", "APP_INSTALL", &[]),
    event("App", "Application Opened", "APP_OPEN", &[]),
    event("App", "Screen View", "PAGE_VIEW", &["screen", "Screen Viewed"]),
];

/// The standard event that a name stands for, by its own name or an alias.
#[must_use]
pub fn find(name: &str) -> Option<&'static StandardEvent> {
    let key = event_key(name);
    let by = |matches: &dyn Fn(&StandardEvent) -> bool| STANDARD.iter().find(|e| matches(e));
    by(&|e| event_key(e.name) == key).or_else(|| by(&|e| e.aliases.iter().any(|a| event_key(a) == key)))
}

/// The key under which settings for this name are kept: an alias counts as its standard event.
#[must_use]
pub fn setting_key(name: &str) -> String {
    find(name).map_or_else(|| event_key(name), |standard| event_key(standard.name))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn both_vocabularies_are_found() {
        for (name, snap) in [
            ("Product viewed", "VIEW_CONTENT"),
            ("Purchased", "PURCHASE"),
            ("order_completed", "PURCHASE"),
            ("AddPaymentInfo", "ADD_BILLING"),
            ("pageview", "PAGE_VIEW"),
            ("Search made", "SEARCH"),
        ] {
            assert_eq!(find(name).map(|e| e.snap_event), Some(snap), "{name}");
        }
        assert_eq!(find("lead_created"), None);
        assert_eq!(setting_key("Page Viewed"), setting_key("Page View"));
        assert_eq!(setting_key("Lead-Created"), "leadcreated");
    }

    #[test]
    fn no_name_stands_for_two_events() {
        let mut seen = HashSet::new();
        for standard in STANDARD {
            assert!(GROUPS.contains(&standard.group));
            for name in standard.aliases.iter().chain([&standard.name]) {
                assert!(seen.insert(event_key(name)), "{name} is named twice");
            }
        }
    }
}
