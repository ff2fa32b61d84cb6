//! Constants of field rules: what can't be valid for its field is refused when it is typed, and not with every event.

use crate::{
    fields::{Field, field_by_name},
    map::{
        action_source::ActionSource,
        custom::{delivery_category, holds_address},
        url,
    },
    normalise::{
        Refusal, country, date, email, gender, hash, ip, meaningful,
        money::{self, Currency},
        name, phone,
        place::{self, Home},
    },
};

/// What is wrong with a constant for the field of this name; nothing if it may be valid.
pub(crate) fn mistake(field: &str, text: &str) -> Option<String> {
    let field = field_by_name(field)?;
    if meaningful(text).is_none() {
        return Some(format!("“{}” stands for nothing. Choose “Not sent” instead.", text.trim()));
    }
    let expected = of_person(field, text).or_else(|| of_event(field, text)).or_else(|| of_app(field, text))?;
    Some(expected.to_owned())
}

/// Identifiers and what is known of a person.
fn of_person(field: Field, text: &str) -> Option<&'static str> {
    let unfit = |digest: Result<String, Refusal>, expected: &'static str| digest.err().map(|_| expected);
    match field {
        Field::Em => unfit(email::digest(text), "Type an e-mail address such as dana@example.com, or its SHA-256."),
        // Which country a number without its code is of depends on the source.
        Field::Ph => match phone::digest(text, None, Home::Unknown) {
            Ok(_) | Err(Refusal::NoCountry) => None,
            Err(_) => Some("Type a phone number with its country code, such as +44 844 412 4653, or its SHA-256."),
        },
        Field::Fn | Field::Ln => unfit(name::digest(text), "Type a name with letters, or its SHA-256."),
        Field::Ge => unfit(gender::digest(text), "Snapchat takes only female and male: type f or m."),
        Field::Db => unfit(date::digest(text), "Type a date such as 1997-12-26, or the SHA-256 of 19971226."),
        Field::Country => unfit(country::digest(text), "Type a country such as GB or United Kingdom."),
        Field::Ct => unfit(place::digest(text, place::city), "Type a city with letters, or its SHA-256."),
        Field::St => unfit(
            place::digest(text, |plain| place::state(plain, Home::Unknown)),
            "Type a state such as CA or California.",
        ),
        Field::Zp => {
            unfit(place::digest(text, |plain| place::postcode(plain, Home::Unknown)), "Type a postcode such as 94025.")
        }
        Field::Ip => ip::normalise(text).err().map(|_| "Type an IP address such as 203.0.113.24."),
        Field::ClickId => {
            url::click_id(text).is_none().then_some("Type a click id without blanks, or an address with ScCid.")
        }
        Field::Madid => {
            let unfit =
                hash::recognise(text.trim()) != Ok(hash::Hashed::No) || text.bytes().all(|b| matches!(b, b'0' | b'-'));
            unfit.then_some("Type an advertising id as the device has it: not hashed, and not all zeros.")
        }
        _ => None,
    }
}

/// What the event is, and what it was about.
fn of_event(field: Field, text: &str) -> Option<&'static str> {
    match field {
        Field::EventId => {
            Some("One id for every event would make Snapchat count them all as one. Name a path instead.")
        }
        Field::OrderId => {
            Some("One order id for every purchase would let only the first be sent. Name a path instead.")
        }
        Field::EventSourceUrl | Field::ReferrerUrl => {
            url::clean(text).is_none().then_some("Type the address of a page, such as https://shop.example/.")
        }
        Field::ActionSource => ActionSource::parse(text)
            .is_none()
            .then_some("Snapchat knows the action sources WEB, MOBILE_APP and OFFLINE."),
        Field::Options => {
            let known = ["LMU", "LDU", "DELETE"].iter().any(|token| text.trim().eq_ignore_ascii_case(token));
            (!known).then_some("Snapchat knows the options LMU, LDU and DELETE.")
        }
        Field::Value | Field::PredictedLtv => {
            money::amount_of_text(text).is_none().then_some("Type an amount such as 84.50.")
        }
        Field::Currency => match money::currency(text) {
            Some(Currency::Known(_) | Currency::Unlisted(_)) => None,
            _ => Some("Type a currency of ISO 4217, such as GBP."),
        },
        Field::DeliveryCategory => {
            delivery_category(text).is_none().then_some("Snapchat takes only in_store, curbside and home_delivery.")
        }
        Field::ContentType
        | Field::SearchString
        | Field::SignUpMethod
        | Field::Status
        | Field::EventTag
        | Field::CustomId => {
            holds_address(text).then_some("An e-mail address leaves only as a hash: type something else.")
        }
        Field::CustomFields => Some("Custom fields are several names with values: name a path to an object instead."),
        Field::NumItems
        | Field::NumAdults
        | Field::NumChildren
        | Field::NumInfants
        | Field::OptionsCountry
        | Field::OptionsState => money::count_of_text(text).is_none().then_some("Type a whole number such as 2."),
        _ => None,
    }
}

/// What the app says of itself and its device.
fn of_app(field: Field, text: &str) -> Option<&'static str> {
    match field {
        Field::AdvertiserTracking | Field::ApplicationTracking => {
            let known =
                ["true", "false", "yes", "no", "1", "0"].iter().any(|word| text.trim().eq_ignore_ascii_case(word));
            (!known).then_some("Type true or false.")
        }
        Field::Extinfo => Some("These are 16 texts: set the fields app_data.extinfo.1 to .15 instead."),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_valid_is_refused() {
        for (field, fit, unfit) in [
            ("user_data.em", &["dana@example.com"][..], &["x", "null", "d41d8cd98f00b204e9800998ecf8427e"][..]),
            ("custom_data.referrer_url", &["https://g.example/"], &["search"]),
            ("custom_data.event_tag", &["@sale"], &["dana@example.com"]),
            ("user_data.ph", &["+44 844 412 4653", "(415) 555-0132"], &["call us", "+1 2"]),
            ("user_data.fn", &["Dana"], &["!!"]),
            ("user_data.ge", &["Female", "m"], &["x"]),
            ("user_data.db", &["1997-12-26"], &["1997", "01/02/1997"]),
            ("user_data.country", &["us", "Türkiye"], &["Atlantis", "XX"]),
            ("user_data.st", &["California", "Bavaria"], &["-"]),
            ("user_data.zp", &["94025-1234", "SW1A 1AA"], &["…"]),
            ("user_data.client_ip_address", &["203.0.113.24", "2001:db8::1"], &["0.0.0.0", "here"]),
            ("user_data.madid", &["F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"], &["00000000-0000-0000-0000-000000000000"]),
            ("custom_data.value", &["84.50", "0"], &["free", "-1"]),
            ("custom_data.currency", &["gbp", "AMD", "£"], &["$", "ZZQ"]),
            ("custom_data.num_items", &["2"], &["2.5", "two"]),
            ("custom_data.delivery_category", &["Home delivery"], &["drone"]),
            ("custom_data.event_tag", &["spring"], &["undefined"]),
            ("custom_data.order_id", &[], &["A-1"]),
            ("event_id", &[], &["1"]),
            ("event_source_url", &["https://shop.example/"], &["/cart"]),
            ("action_source", &["website", "OFFLINE"], &["moon"]),
            ("data_processing_options", &["lmu"], &["all"]),
            ("app_data.extinfo", &[], &["i2"]),
            ("app_data.advertiser_tracking_enabled", &["true", "0"], &["perhaps"]),
        ] {
            for text in fit {
                assert_eq!(mistake(field, text), None, "{field} {text}");
            }
            for text in unfit {
                assert!(mistake(field, text).is_some_and(|said| said.ends_with('.')), "{field} {text}");
            }
        }
        let digest = hash::sha256("dana@example.com");
        assert_eq!((mistake("user_data.em", &digest), mistake("no_field", "x")), (None, None));
    }
}
