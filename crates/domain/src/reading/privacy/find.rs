//! Which values are personal: by their key, by where they stand, or by their look.

use crate::workflow::event_key;

/// A kind of personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Email,
    Phone,
    Name,
    Address,
    Birthday,
    Ip,
}

/// What a value stands in.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// Something that describes a person, so that `name` and `city` are a person's.
    person: bool,
}

impl Place {
    /// The place inside the object under `key`.
    pub(super) fn enter(self, key: &str) -> Self {
        const PERSONS: [&str; 13] = [
            "traits",
            "usertraits",
            "customer",
            "user",
            "person",
            "profile",
            "contact",
            "recipient",
            "billing",
            "shipping",
            "address",
            "billingaddress",
            "shippingaddress",
        ];
        Self { person: self.person || PERSONS.contains(&event_key(key).as_str()) }
    }
}

const NAMES: [&str; 14] = [
    "firstname",
    "lastname",
    "fullname",
    "surname",
    "familyname",
    "givenname",
    "middlename",
    "maidenname",
    "customername",
    "contactname",
    "recipientname",
    "billingname",
    "shippingname",
    "cardholdername",
];
const PLACES: [&str; 9] =
    ["city", "town", "state", "province", "provincecode", "statecode", "region", "county", "district"];
const STREETS: [&str; 14] = [
    "street",
    "street1",
    "street2",
    "addr",
    "addr1",
    "addr2",
    "line1",
    "line2",
    "zip",
    "zipcode",
    "postal",
    "postalcode",
    "postcode",
    "housenumber",
];
const PHONES: [&str; 6] = ["mobile", "mobilenumber", "cell", "tel", "msisdn", "whatsapp"];
const BIRTHDAYS: [&str; 5] = ["birthday", "birthdate", "dateofbirth", "dob", "birth"];
const IPS: [&str; 8] =
    ["ip", "ipaddress", "clientip", "clientipaddress", "remoteip", "userip", "visitorip", "remoteaddr"];

/// What the key says of its value.
pub(super) fn kind_of(key: &str, place: Place) -> Option<Kind> {
    if key.is_empty() {
        return None;
    }
    let key = event_key(key);
    let is = |list: &[&str]| list.contains(&key.as_str());
    if is(&IPS) {
        Some(Kind::Ip)
    } else if key.contains("email") {
        Some(Kind::Email)
    } else if key.contains("phone") || is(&PHONES) {
        Some(Kind::Phone)
    } else if is(&NAMES) || (place.person && key == "name") {
        Some(Kind::Name)
    } else if key.contains("address") || is(&STREETS) || (place.person && is(&PLACES)) {
        Some(Kind::Address)
    } else if is(&BIRTHDAYS) {
        Some(Kind::Birthday)
    } else {
        None
    }
}

/// A country alone points at nobody, and the mapping's reader wants to see it.
pub(super) fn is_country(key: &str) -> bool {
    matches!(event_key(key).as_str(), "country" | "countrycode")
}

/// An international number: a plus, and eight to fifteen digits with the usual separators.
pub(super) fn looks_like_phone(text: &str) -> bool {
    let Some(rest) = text.trim().strip_prefix('+') else { return false };
    rest.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '.' | '/'))
        && (8..=15).contains(&rest.chars().filter(char::is_ascii_digit).count())
}
