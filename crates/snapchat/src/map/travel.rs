//! Travel fields of `custom_data` (reference section 4.4).

use domain::item::Fields;

use crate::{
    fields::{Field, Gathered, Raw},
    normalise::money,
};

const TEXTS: [(Field, &str); 15] = [
    (Field::CheckinDate, "checkin_date"),
    (Field::TravelStart, "travel_start"),
    (Field::TravelEnd, "travel_end"),
    (Field::DestinationAirport, "destination_airport"),
    (Field::OriginAirport, "origin_airport"),
    (Field::TravelCountry, "country"),
    (Field::TravelCity, "city"),
    (Field::TravelRegion, "region"),
    (Field::Neighborhood, "neighborhood"),
    (Field::TravelPostalCode, "postal_code"),
    (Field::DepartingDepartureDate, "departing_departure_date"),
    (Field::DepartingArrivalDate, "departing_arrival_date"),
    (Field::ReturningDepartureDate, "returning_departure_date"),
    (Field::ReturningArrivalDate, "returning_arrival_date"),
    (Field::HotelScore, "hotel_score"),
];

const LISTS: [(Field, &str); 4] = [
    (Field::SuggestedDestinations, "suggested_destinations"),
    (Field::PreferredNeighborhoods, "preferred_neighborhoods"),
    (Field::PreferredStarRatings, "preferred_star_ratings"),
    (Field::SuggestedHotels, "suggested_hotels"),
];

const COUNTS: [(Field, &str); 3] =
    [(Field::NumAdults, "num_adults"), (Field::NumChildren, "num_children"), (Field::NumInfants, "num_infants")];

/// Puts the travel fields in that the event has.
pub(super) fn put(values: &Gathered<'_>, out: &mut Fields) {
    if !values.is_travel() {
        return;
    }
    for (field, key) in TEXTS {
        if let Some(text) = values.text(field) {
            super::put(out, key, text);
        }
    }
    for (field, key) in LISTS {
        let entries = super::texts(values.all(field).take(1).flat_map(Raw::each).filter_map(Raw::text));
        if !entries.is_empty() {
            out.push(key, entries);
        }
    }
    for (field, key) in COUNTS {
        if let Some(count) = values.text(field).and_then(|text| money::count_of_text(&text)) {
            out.push(key, count);
        }
    }
}
