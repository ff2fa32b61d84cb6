//! Which values are personal: by their key, by where they stand, or by their look.

use std::{cell::RefCell, collections::HashMap, sync::LazyLock};

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

/// What a key says, by itself and inside something that describes a person: there `name` and `city` are a person's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Meaning {
    anywhere: Option<Kind>,
    of_person: Option<Kind>,
    /// Whether it holds what describes a person.
    opens_person: bool,
    /// A country alone points at nobody, and the mapping's reader wants to see it.
    pub is_country: bool,
    /// A version of four numbers looks like the address of a computer.
    pub is_version: bool,
}

impl Meaning {
    /// The kind of its value; `in_person`: it stands in something that describes a person.
    pub(super) fn kind(self, in_person: bool) -> Option<Kind> {
        if in_person { self.of_person } else { self.anywhere }
    }

    /// Whether what it holds describes a person.
    pub(super) fn opens_person(self) -> bool {
        self.opens_person
    }
}

const PERSONS: [&str; 15] = [
    "traits",
    "usertraits",
    "userdata",
    "customer",
    "user",
    "person",
    "profile",
    "contact",
    "recipient",
    "location",
    "billing",
    "shipping",
    "address",
    "billingaddress",
    "shippingaddress",
];
const NAMES: [&str; 19] = [
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
    "forename",
    "fname",
    "lname",
    "fn",
    "ln",
];
const PLACES: [&str; 14] = [
    "city",
    "town",
    "locality",
    "state",
    "province",
    "provincecode",
    "statecode",
    "region",
    "county",
    "district",
    "ct",
    "st",
    "latitude",
    "longitude",
];
const STREETS: [&str; 16] = [
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
    "pincode",
    "zp",
    "housenumber",
];
const EMAILS: [&str; 2] = ["mail", "em"];
const PHONES: [&str; 7] = ["mobile", "mobilenumber", "cell", "tel", "msisdn", "whatsapp", "ph"];
const BIRTHDAYS: [&str; 6] = ["birthday", "birthdate", "dateofbirth", "dob", "birth", "db"];
const IPS: [&str; 13] = [
    "browserip",
    "customeripaddress",
    "ip",
    "ips",
    "ipaddress",
    "clientip",
    "clientipaddress",
    "remoteip",
    "userip",
    "visitorip",
    "remoteaddr",
    "forwardedfor",
    "xforwardedfor",
];

/// Keys whose meaning each thread remembers, and how long they may be: a shop's events have the same few again and again.
const REMEMBERED: usize = 1_024;
const REMEMBERED_LENGTH: usize = 64;

/// What the key says of its value.
pub(super) fn meaning(key: &str) -> Meaning {
    thread_local! {
        static MEANINGS: RefCell<HashMap<Box<str>, Meaning>> = RefCell::default();
    }
    MEANINGS.with_borrow_mut(|meanings| {
        if let Some(meaning) = meanings.get(key) {
            return *meaning;
        }
        let meaning = meaning_of_key(key);
        if meanings.len() < REMEMBERED && key.len() <= REMEMBERED_LENGTH {
            meanings.insert(key.into(), meaning);
        }
        meaning
    })
}

fn meaning_of_key(key: &str) -> Meaning {
    /// The words that mean something as a whole.
    static WORDS: LazyLock<HashMap<&str, Meaning>> = LazyLock::new(|| {
        let lists: [&[&str]; 9] = [&IPS, &EMAILS, &PHONES, &NAMES, &["name"], &STREETS, &PLACES, &BIRTHDAYS, &PERSONS];
        let words = lists.into_iter().flatten().chain(&["country", "countrycode"]);
        words.map(|word| (*word, meaning_of_word(word))).collect()
    });
    if key.is_empty() {
        return Meaning::default();
    }
    let word = event_key(key);
    // Flat names of WooCommerce and Magento: billing_first_name, shipping_postcode, customer_lastname.
    let of_address = || {
        let rest = ["billing", "shipping", "customer"].into_iter().find_map(|place| word.strip_prefix(place))?;
        WORDS.get(rest).map(|meaning| Meaning { anywhere: meaning.of_person, ..*meaning })
    };
    WORDS.get(word.as_str()).copied().or_else(of_address).unwrap_or_else(|| {
        let kind = kind_by_part(&word);
        let is_version = word.contains("version") || word == "build";
        Meaning { anywhere: kind, of_person: kind, is_version, ..Meaning::default() }
    })
}

fn meaning_of_word(word: &str) -> Meaning {
    let is = |list: &[&str]| list.contains(&word);
    let kind = |in_person: bool| {
        if is(&IPS) {
            Some(Kind::Ip)
        } else if is(&EMAILS) {
            Some(Kind::Email)
        } else if is(&PHONES) {
            Some(Kind::Phone)
        } else if is(&NAMES) || (in_person && word == "name") {
            Some(Kind::Name)
        } else if is(&STREETS) || (in_person && is(&PLACES)) {
            Some(Kind::Address)
        } else if is(&BIRTHDAYS) {
            Some(Kind::Birthday)
        } else {
            kind_by_part(word)
        }
    };
    let is_country = matches!(word, "country" | "countrycode");
    Meaning { anywhere: kind(false), of_person: kind(true), opens_person: is(&PERSONS), is_country, is_version: false }
}

fn kind_by_part(word: &str) -> Option<Kind> {
    let kinds = [("email", Kind::Email), ("phone", Kind::Phone), ("address", Kind::Address)];
    kinds.into_iter().find(|(part, _)| word.contains(part)).map(|(_, kind)| kind)
}
