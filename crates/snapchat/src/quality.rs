//! What Snapchat's matching lives on, weighed (`docs/match-quality.md` has the formula and the reasons).

use domain::fields::{Quality, QualityField};

use crate::reason;

const SHOPPING: &[&str] = &["ADD_BILLING", "ADD_CART", "ADD_TO_WISHLIST", "PURCHASE", "START_CHECKOUT", "VIEW_CONTENT"];
const LISTS: &[&str] =
    &["ADD_BILLING", "ADD_CART", "ADD_TO_WISHLIST", "LIST_VIEW", "PURCHASE", "START_CHECKOUT", "VIEW_CONTENT"];

const fn who(
    name: &'static str,
    label: &'static str,
    weight: u32,
    pointers: &'static [&'static str],
    advice: &'static str,
) -> QualityField {
    QualityField { name, label, weight, identifies: true, pointers, events: &[], advice }
}

const fn what(
    name: &'static str,
    label: &'static str,
    weight: u32,
    pointers: &'static [&'static str],
    events: &'static [&'static str],
    advice: &'static str,
) -> QualityField {
    QualityField { name, label, weight, identifies: false, pointers, events, advice }
}

/// The fields and their weights.
pub const QUALITY: Quality = Quality {
    fields: &[
        who(
            "user_data.em",
            "E-mail address",
            25,
            &["/user_data/em"],
            "Send the e-mail address: call identify with it when a visitor signs in, signs up or fills in the checkout, or put it \
             into context.traits.email.",
        ),
        who(
            "user_data.ph",
            "Phone number",
            15,
            &["/user_data/ph"],
            "Send the phone number from the checkout as context.traits.phone, with its country code, or set the default country \
             of the source.",
        ),
        who(
            "user_data.sc_click_id",
            "Click id or advertising id",
            15,
            &["/user_data/sc_click_id", "/user_data/madid"],
            "Pass on the click id that Snapchat appends to the address of the landing page (ScCid): the browser tag does, or put it \
             into context.page.url. Apps send context.device.advertisingId.",
        ),
        who(
            "user_data.sc_cookie1",
            "Pixel cookie or device id",
            10,
            &["/user_data/sc_cookie1", "/user_data/idfv"],
            "Pass on the Snap Pixel's cookie _scid: the browser tag does, or send it as properties.sc_cookie1.",
        ),
        who(
            "user_data.client_ip_address",
            "IP address",
            8,
            &["/user_data/client_ip_address"],
            "Send the visitor's own IP address as context.ip, not that of the shop's server.",
        ),
        who(
            "user_data.client_user_agent",
            "Browser",
            7,
            &["/user_data/client_user_agent"],
            "Send the visitor's user agent as context.userAgent.",
        ),
        who(
            "user_data.external_id",
            "External id",
            5,
            &["/user_data/external_id"],
            "Send a stable id of the person as userId, the same on every page and server.",
        ),
        who("user_data.fn", "First name", 2, &["/user_data/fn"], "Send the first name as context.traits.firstName."),
        who("user_data.ln", "Last name", 2, &["/user_data/ln"], "Send the last name as context.traits.lastName."),
        who(
            "user_data.zp",
            "Postcode",
            2,
            &["/user_data/zp"],
            "Send the postcode of the checkout as context.traits.address.postalCode.",
        ),
        who(
            "user_data.country",
            "Country",
            2,
            &["/user_data/country"],
            "Send the country as context.traits.address.country.",
        ),
        who("user_data.ct", "City", 1, &["/user_data/ct"], "Send the city as context.traits.address.city."),
        who("user_data.st", "State", 1, &["/user_data/st"], "Send the state as context.traits.address.state."),
        who(
            "user_data.db",
            "Date of birth",
            1,
            &["/user_data/db"],
            "Send the date of birth as context.traits.birthday, such as 1997-12-26.",
        ),
        who("user_data.ge", "Gender", 1, &["/user_data/ge"], "Send the gender as context.traits.gender."),
        what(
            "event_id",
            "Event id",
            5,
            &["/event_id"],
            &[],
            "Send a messageId with each event, so that it counts once.",
        ),
        what(
            "event_source_url",
            "Page",
            3,
            &["/event_source_url", "/app_data"],
            &[],
            "Send the address of the page as context.page.url.",
        ),
        what(
            "custom_data.value",
            "Value",
            6,
            &["/custom_data/value"],
            SHOPPING,
            "Send what the event is worth as properties.value.",
        ),
        what(
            "custom_data.currency",
            "Currency",
            4,
            &["/custom_data/currency"],
            SHOPPING,
            "Send the currency as properties.currency, or set the field custom_data.currency to a constant in the event workflow.",
        ),
        what(
            "custom_data.content_ids",
            "Product ids",
            5,
            &["/custom_data/content_ids"],
            LISTS,
            "Send the products with their ids as properties.products, as they stand in the catalogue.",
        ),
        what(
            "custom_data.order_id",
            "Order id",
            5,
            &["/custom_data/order_id"],
            &["PURCHASE"],
            "Send the order's number as properties.order_id, so that a purchase counts once.",
        ),
        what(
            "custom_data.search_string",
            "Search text",
            4,
            &["/custom_data/search_string"],
            &["SEARCH"],
            "Send what was searched for as properties.query.",
        ),
        what(
            "custom_data.sign_up_method",
            "Sign-up method",
            2,
            &["/custom_data/sign_up_method"],
            &["SIGN_UP"],
            "Send how people signed up as properties.method.",
        ),
    ],
    left_out: &[reason::NO_IDENTIFIER, reason::NO_VALUE, reason::NO_CURRENCY],
};

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{fields::field_by_name, spec::EVENT_NAMES};

    #[test]
    fn names_are_those_of_fields_and_events() {
        let names: HashSet<&str> = QUALITY.fields.iter().map(|field| field.name).collect();
        assert_eq!(names.len(), QUALITY.fields.len());
        assert!(QUALITY.fields.len() <= 64, "a bit each");
        for field in QUALITY.fields {
            assert!(field_by_name(field.name).is_some(), "{}", field.name);
            assert!(field.events.iter().all(|event| EVENT_NAMES.contains(event)), "{}", field.name);
            assert!(field.weight > 0 && field.advice.ends_with('.'), "{}", field.name);
        }
    }
}
