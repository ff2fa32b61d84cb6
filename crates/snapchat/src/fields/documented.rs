//! `docs/mapping.md` is what the tables say. `UPDATE_DOCS=1 cargo test -p snapchat documented` writes it anew.

use std::fmt::Write;

use super::{CONTEXT, FieldSpec, PROFILE, PROPERTIES, Source, TOP, TRAITS, When, fields, user_data};

const BEGIN: &str = "<!-- fields: written by a test -->\n";
const END: &str = "<!-- end of fields -->\n";

/// Every field of the reference, sections 4.2 to 4.5: each has a row, or a word why it has none.
const REFERENCE: &str = "event_name event_time action_source event_source_url event_id integration data_processing_options \
    data_processing_options_country data_processing_options_state opt_out test_event_code raw_request asset_id request_id version \
    user_data.em user_data.ph user_data.fn user_data.ln user_data.ge user_data.db user_data.ct user_data.st user_data.zp \
    user_data.country user_data.external_id user_data.client_ip_address user_data.client_user_agent user_data.sc_click_id \
    user_data.sc_cookie1 user_data.madid user_data.idfv user_data.subscription_id user_data.lead_id user_data.anon_id \
    user_data.download_id user_data.partner_id custom_data.currency custom_data.value custom_data.order_id \
    custom_data.content_ids custom_data.content_category custom_data.content_name custom_data.content_type custom_data.contents \
    custom_data.brands custom_data.num_items custom_data.search_string custom_data.sign_up_method custom_data.status \
    custom_data.predicted_ltv custom_data.delivery_category custom_data.event_tag custom_data.destination_ids \
    custom_data.custom_fields custom_data.referrer_url custom_data.custom_id custom_data.checkin_date custom_data.travel_start \
    custom_data.travel_end custom_data.suggested_destinations custom_data.destination_airport custom_data.origin_airport \
    custom_data.country custom_data.city custom_data.region custom_data.neighborhood custom_data.postal_code \
    custom_data.departing_departure_date custom_data.departing_arrival_date custom_data.returning_departure_date \
    custom_data.returning_arrival_date custom_data.num_adults custom_data.num_children custom_data.num_infants \
    custom_data.hotel_score custom_data.preferred_neighborhoods custom_data.preferred_star_ratings custom_data.suggested_hotels \
    app_data.app_id app_data.advertiser_tracking_enabled app_data.application_tracking_enabled app_data.extinfo \
    app_data.campaign_ids app_data.install_referrer app_data.installer_package app_data.windows_attribution_id \
    app_data.url_schemes";

fn table() -> String {
    let mut out = String::from("| field | filled from, the first that holds a value |\n|---|---|\n");
    for spec in fields() {
        let sources: Vec<String> = spec.sources.iter().map(source).collect();
        // Writing to a string can't fail.
        let _ = writeln!(out, "| `{}` | {} |", spec.name, sources.join("; "));
    }
    out
}

fn source(source: &Source) -> String {
    let names: Vec<String> = source.names.iter().map(|name| format!("`{name}`")).collect();
    let when = match source.when {
        When::Always => "",
        When::SignUp => " (only of `SIGN_UP`)",
        When::Travel => " (only beside travel data)",
        When::NotTravel => " (not beside travel data)",
        When::Page => " (only of page and screen calls)",
        When::Query => " (with a query)",
    };
    format!("{}: {}{when}", root(source.roots), names.join(", "))
}

fn root(roots: &[&str]) -> String {
    let sets = [
        (PROPERTIES, "properties"),
        (TRAITS, "traits"),
        (PROFILE, "profile"),
        (TOP, "top level"),
        (CONTEXT, "context"),
        (user_data::ADDRESSES, "addresses"),
        (user_data::BILLING, "the billing address"),
        (user_data::PROFILE_ADDRESS, "the profile's address"),
        (user_data::LOCATION, "`context.location`"),
        (user_data::EXTERNAL_IDS, "external ids"),
        (user_data::BROWSER, "browser"),
    ];
    let known = sets.into_iter().find(|(set, _)| *set == roots).map(|(_, name)| format!("*{name}*"));
    known.unwrap_or_else(|| roots.iter().map(|root| format!("`{root}`")).collect::<Vec<_>>().join(", "))
}

#[test]
fn the_page_says_what_the_tables_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/mapping.md");
    let page = std::fs::read_to_string(path).expect("docs/mapping.md");
    let (head, rest) = page.split_once(BEGIN).expect("where the table begins");
    let (written, tail) = rest.split_once(END).expect("where the table ends");
    let table = table();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{head}{BEGIN}{table}{END}{tail}")).expect("docs/mapping.md");
        return;
    }
    assert_eq!(written, table, "UPDATE_DOCS=1 cargo test -p snapchat documented");
    let missing: Vec<&str> =
        REFERENCE.split_whitespace().filter(|field| !page.contains(&format!("`{field}`"))).collect();
    assert_eq!(missing, Vec::<&str>::new(), "fields of the reference without a word about them");
    let unknown: Vec<&str> = fields()
        .map(|spec: &FieldSpec| spec.name)
        .filter(|name| !name.contains("extinfo.") && !REFERENCE.contains(name))
        .collect();
    assert_eq!(unknown, Vec::<&str>::new(), "fields that the reference doesn't have");
}
