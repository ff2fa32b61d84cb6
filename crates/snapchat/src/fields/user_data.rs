//! Fields of `user_data` (reference section 4.3).

use super::{CONTEXT, Field, FieldSpec, PROFILE, PROPERTIES, TOP, TRAITS, When, always, field, only};

/// Addresses inside what an event says of the person.
pub(super) const ADDRESSES: &[&str] = &[
    "traits.address",
    "context.traits.address",
    "properties.user_traits.address",
    "customProperties.user_traits.address",
    "properties.customProperties.user_traits.address",
    "user_traits.address",
    "properties.address",
    "properties.billing_address",
    "properties.billing",
    "properties.shipping_address",
    "properties.shipping",
    "properties.user_data.address",
    "customProperties.billing_address",
    "customProperties.shipping_address",
    "properties.customer.default_address",
];
/// Who pays is who buys; a shipping address may be somebody else's.
pub(super) const BILLING: &[&str] = &[
    "properties.billing_address",
    "properties.billing",
    "properties.user_data.address",
    "customProperties.billing_address",
];
pub(super) const PROFILE_ADDRESS: &[&str] = &["profile.address"];
/// Where the address seems to be by its IP.
pub(super) const LOCATION: &[&str] = &["context.location"];
pub(super) const EXTERNAL_IDS: &[&str] = &[
    "properties.external_ids",
    "customProperties.external_ids",
    "properties.customProperties.external_ids",
    "external_ids",
];
/// Where tags keep what the pixel's cookies held.
pub(super) const BROWSER: &[&str] =
    &["context", "context.page", "context.cookies", "context.snapchat", "integrations.Snap Conversions Api"];

const EMAIL: &[&str] = &[
    "email",
    "email_address",
    "mail",
    "user_email",
    "customer_email",
    "contact_email",
    "identify_by_email",
    "em",
    "hashed_email",
    "billing_email",
    "sha256_email_address",
    "sha256_email",
    "email_sha256",
];
const PHONE: &[&str] = &[
    "phone",
    "phone_number",
    "mobile",
    "mobile_number",
    "mobile_phone",
    "cell_phone",
    "telephone",
    "telephone_number",
    "tel",
    "msisdn",
    "user_phone",
    "customer_phone",
    "contact_phone",
    "identify_by_phone",
    "ph",
    "hashed_phone",
    "hashed_phone_number",
    "billing_phone",
    "sha256_phone_number",
    "sha256_phone",
    "phone_sha256",
];
/// Beside a person's other traits it is a number; elsewhere it may be a cell of anything.
const CELL: &[&str] = &["cell"];
const FIRST_NAME: &[&str] = &["first_name", "given_name", "forename", "fname", "fn"];
const LAST_NAME: &[&str] = &["last_name", "family_name", "surname", "lname", "ln"];
const GENDER: &[&str] = &["gender", "sex", "ge"];
const BIRTHDAY: &[&str] = &["birthday", "birthdate", "date_of_birth", "dob", "db"];
const CITY: &[&str] = &["city", "town", "locality", "ct"];
const STATE: &[&str] = &["state", "province", "region", "province_code", "state_code", "st"];
const POSTCODE: &[&str] = &["postal_code", "postcode", "zip", "zip_code", "postal", "pin_code", "zp"];
const COUNTRY: &[&str] = &["country", "country_code"];
const CLICK_ID: &[&str] = &["ScCid", "sc_click_id", "click_id", "_scclid", "snap_click_id"];
const COOKIE: &[&str] = &["_scid", "sc_cookie1", "uuid_c1"];

/// `billed` are names that WooCommerce and Magento give it beside the order.
const fn person(names: &'static [&'static str], billed: &'static [&'static str]) -> [super::Source; 6] {
    [
        always(PROPERTIES, names),
        always(TRAITS, names),
        always(TOP, names),
        always(BILLING, names),
        always(PROPERTIES, billed),
        always(PROFILE, names),
    ]
}

const fn place(names: &'static [&'static str], billed: &'static [&'static str]) -> [super::Source; 7] {
    [
        always(ADDRESSES, names),
        always(PROPERTIES, billed),
        always(TRAITS, names),
        only(When::NotTravel, PROPERTIES, names),
        always(PROFILE_ADDRESS, names),
        always(PROFILE, names),
        always(LOCATION, names),
    ]
}

const fn explicit(names: &'static [&'static str]) -> [super::Source; 4] {
    [always(PROPERTIES, names), always(CONTEXT, names), always(TRAITS, names), always(PROFILE, names)]
}

pub(super) const FIELDS: &[FieldSpec] = &[
    field(Field::Em, "user_data.em", &person(EMAIL, &[])),
    field(
        Field::Ph,
        "user_data.ph",
        &[
            always(PROPERTIES, PHONE),
            always(TRAITS, PHONE),
            always(TRAITS, CELL),
            always(TOP, PHONE),
            always(BILLING, PHONE),
            always(PROFILE, PHONE),
            always(PROFILE, CELL),
        ],
    ),
    field(Field::Fn, "user_data.fn", &person(FIRST_NAME, &["billing_first_name", "customer_first_name"])),
    field(Field::Ln, "user_data.ln", &person(LAST_NAME, &["billing_last_name", "customer_last_name"])),
    field(Field::FullName, "", &[always(TRAITS, &["name", "full_name"]), always(PROFILE, &["name", "full_name"])]),
    field(Field::Ge, "user_data.ge", &person(GENDER, &[])),
    field(Field::Db, "user_data.db", &person(BIRTHDAY, &[])),
    field(Field::Ct, "user_data.ct", &place(CITY, &["billing_city"])),
    field(Field::St, "user_data.st", &place(STATE, &["billing_state"])),
    field(Field::Zp, "user_data.zp", &place(POSTCODE, &["billing_postcode"])),
    field(Field::Country, "user_data.country", &place(COUNTRY, &["billing_country"])),
    field(
        Field::ExternalId,
        "user_data.external_id",
        &[
            always(PROPERTIES, &["external_id"]),
            always(CONTEXT, &["external_id"]),
            always(TRAITS, &["external_id"]),
            always(TOP, &["userId"]),
            always(TRAITS, &["user_id", "id"]),
            always(PROPERTIES, &["user_id", "customer_id", "customerlabs_user_id"]),
            always(EXTERNAL_IDS, &["external_id", "user_id", "customer_id", "customerlabs_user_id"]),
            always(PROFILE, &["external_id", "userId"]),
            always(TOP, &["anonymousId"]),
        ],
    ),
    field(
        Field::Ip,
        "user_data.client_ip_address",
        &[
            always(CONTEXT, &["ip", "ip_address", "client_ip_address"]),
            always(
                PROPERTIES,
                &[
                    "client_ip_address",
                    "ip_address",
                    "ip",
                    "user_ip",
                    "browser_ip",
                    "client_details.browser_ip",
                    "customer_ip_address",
                ],
            ),
        ],
    ),
    field(
        Field::UserAgent,
        "user_data.client_user_agent",
        &[
            always(CONTEXT, &["userAgent", "client_user_agent"]),
            always(
                PROPERTIES,
                &["client_user_agent", "user_agent", "client_details.user_agent", "customer_user_agent"],
            ),
        ],
    ),
    // A value may be the click id itself or an address whose query carries it.
    field(
        Field::ClickId,
        "user_data.sc_click_id",
        &[
            only(When::Query, CONTEXT, &["page.url", "page.search", "page_url", "url"]),
            only(When::Query, PROPERTIES, &["url", "search"]),
            always(PROPERTIES, CLICK_ID),
            only(When::Query, PROPERTIES, &["page_url", "event_source_url", "landing_site"]),
            always(BROWSER, CLICK_ID),
            always(TRAITS, CLICK_ID),
            only(When::Query, TOP, &["page_url", "url"]),
            only(When::Query, CONTEXT, &["page.referrer"]),
            always(PROFILE, CLICK_ID),
            only(When::Query, PROFILE, &["landing_page", "landing_page_url", "first_page_url"]),
        ],
    ),
    field(
        Field::Cookie1,
        "user_data.sc_cookie1",
        &[always(PROPERTIES, COOKIE), always(BROWSER, COOKIE), always(TRAITS, COOKIE), always(PROFILE, COOKIE)],
    ),
    field(
        Field::Madid,
        "user_data.madid",
        &[
            always(CONTEXT, &["device.advertisingId", "madid"]),
            always(PROPERTIES, &["madid", "mobile_ad_id", "advertising_id", "idfa", "gaid", "aaid"]),
            always(TRAITS, &["madid", "mobile_ad_id", "advertising_id", "idfa", "gaid", "aaid"]),
            always(PROFILE, &["madid", "mobile_ad_id", "advertising_id", "idfa", "gaid", "aaid"]),
        ],
    ),
    // The device id of Apple's systems is the id for the vendor; of others it isn't sent.
    field(
        Field::Idfv,
        "user_data.idfv",
        &[always(PROPERTIES, &["idfv"]), always(CONTEXT, &["idfv", "device.idfv", "device.id"])],
    ),
    field(Field::SubscriptionId, "user_data.subscription_id", &explicit(&["subscription_id"])),
    field(Field::LeadId, "user_data.lead_id", &explicit(&["lead_id", "snap_lead_id"])),
    field(Field::AnonId, "user_data.anon_id", &explicit(&["anon_id"])),
    field(Field::DownloadId, "user_data.download_id", &explicit(&["download_id"])),
    field(Field::PartnerId, "user_data.partner_id", &explicit(&["partner_id"])),
];

#[cfg(test)]
mod tests {
    use domain::reading::privacy;
    use serde_json::{Map, Value};

    use super::*;

    /// What is masked of a value at this path.
    fn kept(path: &str, value: &str) -> String {
        let whole = path.rsplit('.').fold(Value::String(value.to_owned()), |inner, key| {
            Value::Object(Map::from_iter([(key.to_owned(), inner)]))
        });
        let Value::Object(mut body) = whole else { unreachable!() };
        privacy::split(&mut body);
        Value::Object(body).to_string()
    }

    #[test]
    fn what_is_hashed_for_the_destination_is_masked_in_the_database() {
        let person = [Field::Em, Field::Ph, Field::Fn, Field::Ln, Field::Db, Field::Zp, Field::Ip];
        for spec in FIELDS.iter().filter(|spec| person.contains(&spec.field)) {
            for path in
                spec.paths().filter(|path| !path.starts_with("profile.") && !path.starts_with("context.location"))
            {
                assert!(!kept(&path, "Xanthippe 97").contains("Xanthippe"), "{path}");
            }
        }
        // A place alone points at nobody; beside a person's other traits it does.
        for spec in FIELDS.iter().filter(|spec| matches!(spec.field, Field::Ct | Field::St)) {
            for path in spec.paths().filter(|path| path.starts_with("traits.") || path.starts_with("context.traits.")) {
                assert!(!kept(&path, "Xanthippe 97").contains("Xanthippe"), "{path}");
            }
        }
    }
}
