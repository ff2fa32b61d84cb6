//! Every field of a Conversions API event with the paths that it is filled from by default (reference section 4). Data, not code:
//! the mapping and the field-mapping page read the same tables.

mod app_data;
mod custom_data;
#[cfg(test)]
mod documented;
mod event;
mod index;
mod keys;
mod travel;
mod user_data;

pub use index::{Gathered, Raw, field_by_name};
pub(crate) use keys::{KEY_BUFFER, fold_key};

/// A field of the Conversions API, or (after `FullName`) a part that others are worked out from.
#[allow(missing_docs)] // each is documented by its row in the tables
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Field {
    EventId,
    EventSourceUrl,
    ActionSource,
    Options,
    OptionsCountry,
    OptionsState,
    Em,
    Ph,
    Fn,
    Ln,
    Ge,
    Db,
    Ct,
    St,
    Zp,
    Country,
    ExternalId,
    Ip,
    UserAgent,
    ClickId,
    Cookie1,
    Madid,
    Idfv,
    SubscriptionId,
    LeadId,
    AnonId,
    DownloadId,
    PartnerId,
    Currency,
    Value,
    OrderId,
    ContentIds,
    ContentCategory,
    ContentName,
    ContentType,
    Contents,
    Brands,
    NumItems,
    SearchString,
    SignUpMethod,
    Status,
    PredictedLtv,
    DeliveryCategory,
    EventTag,
    DestinationIds,
    CustomFields,
    ReferrerUrl,
    CustomId,
    CheckinDate,
    TravelStart,
    TravelEnd,
    SuggestedDestinations,
    DestinationAirport,
    OriginAirport,
    TravelCountry,
    TravelCity,
    TravelRegion,
    Neighborhood,
    TravelPostalCode,
    DepartingDepartureDate,
    DepartingArrivalDate,
    ReturningDepartureDate,
    ReturningArrivalDate,
    NumAdults,
    NumChildren,
    NumInfants,
    HotelScore,
    PreferredNeighborhoods,
    PreferredStarRatings,
    SuggestedHotels,
    AppId,
    AdvertiserTracking,
    ApplicationTracking,
    Extinfo,
    ExtPackage,
    ExtShortVersion,
    ExtLongVersion,
    ExtOsVersion,
    ExtModel,
    ExtLocale,
    ExtTimezoneShort,
    ExtCarrier,
    ExtWidth,
    ExtHeight,
    ExtDensity,
    ExtCpuCores,
    ExtStorage,
    ExtFreeStorage,
    ExtTimezone,
    CampaignIds,
    InstallReferrer,
    InstallerPackage,
    WindowsAttributionId,
    UrlSchemes,
    FullName,
    KnownPage,
    Products,
    FlatId,
    FlatName,
    FlatPrice,
    FlatQuantity,
    FlatBrand,
    FlatCategory,
    FlatDelivery,
    Platform,
    Channel,
}

/// How many fields there are.
const COUNT: usize = Field::Channel as usize + 1;

/// When a default path counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// For every event.
    Always,
    /// For `SIGN_UP`.
    SignUp,
    /// For events that carry travel data, such as an airport or a check-in date.
    Travel,
    /// For events without travel data.
    NotTravel,
    /// For page and screen calls.
    Page,
    /// For texts with a query, such as addresses: a word alone is no value there.
    Query,
}

/// Default paths: each name under each root. Case and separators of keys don't count.
#[derive(Debug)]
pub struct Source {
    /// Paths of objects in the event; empty for its top level; `profile…` is the profile.
    pub roots: &'static [&'static str],
    /// Keys, dotted where they lie deeper.
    pub names: &'static [&'static str],
    /// When they count.
    pub when: When,
}

/// A field with its default paths, the first that holds a value winning.
#[derive(Debug)]
pub struct FieldSpec {
    /// Which field.
    pub field: Field,
    /// Its name in field rules: `user_data.em`. Empty for parts that others are worked out from.
    pub name: &'static str,
    /// Where its value comes from.
    pub sources: &'static [Source],
}

impl FieldSpec {
    /// The default paths in their order, written out.
    pub fn paths(&self) -> impl Iterator<Item = String> {
        self.sources.iter().flat_map(|source| {
            source.roots.iter().flat_map(|root| {
                source.names.iter().map(move |name| match *root {
                    "" => (*name).to_owned(),
                    root => format!("{root}.{name}"),
                })
            })
        })
    }
}

/// Every field that a rule can name, as a field-mapping page lists them.
pub fn fields() -> impl Iterator<Item = &'static FieldSpec> {
    tables().filter(|spec| !spec.name.is_empty())
}

/// What fields may be filled from of a profile: names of traits. The page that was seen last is no trait.
pub(crate) fn profile_traits() -> impl Iterator<Item = String> {
    let paths = tables().filter(|spec| spec.field != Field::KnownPage).flat_map(FieldSpec::paths);
    paths.filter_map(|path| path.strip_prefix("profile.").map(str::to_owned))
}

fn tables() -> impl Iterator<Item = &'static FieldSpec> {
    [event::FIELDS, user_data::FIELDS, custom_data::FIELDS, travel::FIELDS, app_data::FIELDS].into_iter().flatten()
}

/// What an event says of itself: Segment's `properties`, and CustomerLabs' `customProperties` beside or inside it.
const PROPERTIES: &[&str] = &["properties", "customProperties", "properties.customProperties"];
/// What an event says of the person.
const TRAITS: &[&str] = &[
    "traits",
    "context.traits",
    "properties.user_traits",
    "customProperties.user_traits",
    "properties.customProperties.user_traits",
    "user_traits",
    "properties.user",
    "properties.customer",
    "properties.user_data",
];
/// What is known of the person from before.
const PROFILE: &[&str] = &["profile"];
/// The event's top level.
const TOP: &[&str] = &[""];
const CONTEXT: &[&str] = &["context"];

const fn always(roots: &'static [&'static str], names: &'static [&'static str]) -> Source {
    Source { roots, names, when: When::Always }
}

const fn only(when: When, roots: &'static [&'static str], names: &'static [&'static str]) -> Source {
    Source { roots, names, when }
}

const fn field(field: Field, name: &'static str, sources: &'static [Source]) -> FieldSpec {
    FieldSpec { field, name, sources }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_field_has_one_row() {
        let rows: Vec<Field> = tables().map(|spec| spec.field).collect();
        let distinct: HashSet<Field> = rows.iter().copied().collect();
        assert_eq!(rows.len(), COUNT);
        assert_eq!(distinct.len(), COUNT);
        let names: HashSet<&str> = fields().map(|spec| spec.name).collect();
        assert_eq!(names.len(), fields().count());
    }

    #[test]
    fn paths_are_written_out_for_people() {
        let em = fields().find(|spec| spec.name == "user_data.em").map(|spec| spec.paths().collect::<Vec<_>>());
        let em = em.unwrap_or_default();
        assert_eq!(em[0], "properties.email");
        assert!(em.contains(&"context.traits.email".to_owned()));
        assert!(em.contains(&"customProperties.identify_by_email".to_owned()));
        assert_eq!(em.iter().collect::<HashSet<_>>().len(), em.len());
    }
}
