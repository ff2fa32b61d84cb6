//! `custom_data`: what happened, and what it was worth.

use super::fields::{Fields, Kind};

const DELIVERY: Kind = Kind::OneOf(&["in_store", "curbside", "home_delivery"]);

/// One element of `contents`.
const CONTENT: Fields = &[
    ("id", Kind::Text),
    ("quantity", Kind::IntegerOrText),
    ("item_price", Kind::NumberOrText),
    ("delivery_category", DELIVERY),
    ("brand", Kind::Text),
];

/// Known fields.
pub const FIELDS: Fields = &[
    ("currency", Kind::Currency),
    ("value", Kind::NumberOrText),
    ("order_id", Kind::Text),
    ("content_ids", Kind::TextOrTexts),
    ("content_category", Kind::TextOrTexts),
    ("content_name", Kind::Text),
    ("content_type", Kind::OneOf(&["product", "product_group"])),
    ("contents", Kind::Objects(CONTENT)),
    ("brands", Kind::TextOrTexts),
    ("num_items", Kind::IntegerOrText),
    ("search_string", Kind::Text),
    ("sign_up_method", Kind::Text),
    ("status", Kind::Text),
    ("predicted_ltv", Kind::Number),
    ("delivery_category", DELIVERY),
    ("event_tag", Kind::Text),
    ("destination_ids", Kind::Texts),
    ("custom_fields", Kind::TextMap),
    ("referrer_url", Kind::Text),
    ("custom_id", Kind::Text),
    ("checkin_date", Kind::Text),
    ("travel_start", Kind::Text),
    ("travel_end", Kind::Text),
    ("suggested_destinations", Kind::TextOrTexts),
    ("destination_airport", Kind::Text),
    ("origin_airport", Kind::Text),
    ("country", Kind::Text),
    ("city", Kind::Text),
    ("region", Kind::Text),
    ("neighborhood", Kind::Text),
    ("postal_code", Kind::Text),
    ("departing_departure_date", Kind::Text),
    ("departing_arrival_date", Kind::Text),
    ("returning_departure_date", Kind::Text),
    ("returning_arrival_date", Kind::Text),
    ("num_adults", Kind::IntegerOrText),
    ("num_children", Kind::IntegerOrText),
    ("num_infants", Kind::IntegerOrText),
    ("hotel_score", Kind::NumberOrText),
    ("preferred_neighborhoods", Kind::TextOrTexts),
    ("preferred_star_ratings", Kind::TextOrTexts),
    ("suggested_hotels", Kind::TextOrTexts),
];
