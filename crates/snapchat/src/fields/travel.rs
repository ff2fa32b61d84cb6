//! Travel fields of `custom_data`, for dynamic travel ads (reference section 4.4).

use super::{Field, FieldSpec, PROPERTIES, When, always, field, only};

const fn properties(names: &'static [&'static str]) -> [super::Source; 1] {
    [always(PROPERTIES, names)]
}

/// Places count as travel only beside other travel data: else they are the person's.
const fn place(names: &'static [&'static str]) -> [super::Source; 1] {
    [only(When::Travel, PROPERTIES, names)]
}

pub(super) const FIELDS: &[FieldSpec] = &[
    field(Field::CheckinDate, "custom_data.checkin_date", &properties(&["checkin_date"])),
    field(Field::TravelStart, "custom_data.travel_start", &properties(&["travel_start"])),
    field(Field::TravelEnd, "custom_data.travel_end", &properties(&["travel_end"])),
    field(Field::SuggestedDestinations, "custom_data.suggested_destinations", &properties(&["suggested_destinations"])),
    field(Field::DestinationAirport, "custom_data.destination_airport", &properties(&["destination_airport"])),
    field(Field::OriginAirport, "custom_data.origin_airport", &properties(&["origin_airport"])),
    field(Field::TravelCountry, "custom_data.country", &place(&["country"])),
    field(Field::TravelCity, "custom_data.city", &place(&["city"])),
    field(Field::TravelRegion, "custom_data.region", &place(&["region"])),
    field(Field::Neighborhood, "custom_data.neighborhood", &place(&["neighborhood"])),
    field(Field::TravelPostalCode, "custom_data.postal_code", &place(&["postal_code"])),
    field(
        Field::DepartingDepartureDate,
        "custom_data.departing_departure_date",
        &properties(&["departing_departure_date"]),
    ),
    field(Field::DepartingArrivalDate, "custom_data.departing_arrival_date", &properties(&["departing_arrival_date"])),
    field(
        Field::ReturningDepartureDate,
        "custom_data.returning_departure_date",
        &properties(&["returning_departure_date"]),
    ),
    field(Field::ReturningArrivalDate, "custom_data.returning_arrival_date", &properties(&["returning_arrival_date"])),
    field(Field::NumAdults, "custom_data.num_adults", &properties(&["num_adults"])),
    field(Field::NumChildren, "custom_data.num_children", &properties(&["num_children"])),
    field(Field::NumInfants, "custom_data.num_infants", &properties(&["num_infants"])),
    field(Field::HotelScore, "custom_data.hotel_score", &properties(&["hotel_score"])),
    field(
        Field::PreferredNeighborhoods,
        "custom_data.preferred_neighborhoods",
        &properties(&["preferred_neighborhoods"]),
    ),
    field(Field::PreferredStarRatings, "custom_data.preferred_star_ratings", &properties(&["preferred_star_ratings"])),
    field(Field::SuggestedHotels, "custom_data.suggested_hotels", &properties(&["suggested_hotels"])),
];
