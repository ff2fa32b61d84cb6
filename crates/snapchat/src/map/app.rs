//! `app_data`, for events of apps (reference section 4.5).

use domain::item::{Fields, Item};
use serde_json::Value;

use super::{put, texts};
use crate::{
    fields::{Field, Gathered, Raw},
    reason::Warnings,
};

/// Apple's or Google's system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Platform {
    Ios,
    Android,
}

pub(super) fn platform(values: &Gathered<'_>) -> Option<Platform> {
    values.all(Field::Platform).filter_map(Raw::text).find_map(|text| {
        let word = text.to_ascii_lowercase();
        match word.as_str() {
            "android" => Some(Platform::Android),
            "ios" | "ipados" | "iphone os" | "tvos" | "watchos" | "iphone" | "ipad" => Some(Platform::Ios),
            _ => None,
        }
    })
}

/// The system as a browser's or an app's user agent names it, for events that say nothing else of the device.
fn platform_of_agent(values: &Gathered<'_>) -> Option<Platform> {
    let agent = values.text(Field::UserAgent)?;
    match (agent.contains("Android"), ["iPhone", "iPad"].iter().any(|device| agent.contains(device))) {
        (true, false) => Some(Platform::Android),
        (false, true) => Some(Platform::Ios),
        _ => None,
    }
}

/// Positions 1 to 15 of `extinfo`, in order.
const EXTINFO: [Field; 15] = [
    Field::ExtPackage,
    Field::ExtShortVersion,
    Field::ExtLongVersion,
    Field::ExtOsVersion,
    Field::ExtModel,
    Field::ExtLocale,
    Field::ExtTimezoneShort,
    Field::ExtCarrier,
    Field::ExtWidth,
    Field::ExtHeight,
    Field::ExtDensity,
    Field::ExtCpuCores,
    Field::ExtStorage,
    Field::ExtFreeStorage,
    Field::ExtTimezone,
];

/// Fills `app_data`.
pub(super) fn map(values: &Gathered<'_>, warnings: &mut Warnings) -> Fields {
    let mut out = Fields::with_capacity(4);
    let platform = platform(values).or_else(|| platform_of_agent(values));
    // Apple's apps are known by the number in the store, Android's by their package.
    let stated = values.text(Field::AppId);
    let package = || values.text(Field::ExtPackage).filter(|_| platform == Some(Platform::Android));
    match stated.or_else(|| if values.is_ruled(Field::AppId) { None } else { package() }) {
        Some(id) => put(&mut out, "app_id", id),
        None => warnings.missing(
            "app_id",
            "App events should name the app: set the field app_data.app_id to the number in Apple's store, or send the \
             Android package in context.app.namespace.",
        ),
    }
    // Unknown counts as not allowed, as in Apple's own rules.
    let tracking = values.text(Field::AdvertiserTracking).is_some_and(|text| is_yes(&text));
    if !values.is_ruled(Field::AdvertiserTracking) || values.all(Field::AdvertiserTracking).next().is_some() {
        out.push("advertiser_tracking_enabled", tracking);
    }
    if let Some(text) = values.text(Field::ApplicationTracking) {
        out.push("application_tracking_enabled", is_yes(&text));
    }
    if !values.is_ruled(Field::Extinfo) || values.all(Field::Extinfo).next().is_some() {
        let list = extinfo(values, platform);
        if list.first().and_then(Item::as_str).is_none_or(str::is_empty) {
            warnings.missing(
                "extinfo",
                "Snapchat may refuse an app event that doesn't say whether the device is Apple's or an Android: \
                 context.device.type, context.os.name or properties.platform.",
            );
        }
        out.push("extinfo", list);
    }
    for (field, key) in [
        (Field::CampaignIds, "campaign_ids"),
        (Field::InstallReferrer, "install_referrer"),
        (Field::InstallerPackage, "installer_package"),
        (Field::WindowsAttributionId, "windows_attribution_id"),
    ] {
        if let Some(text) = values.text(field) {
            put(&mut out, key, text);
        }
    }
    let schemes = texts(values.all(Field::UrlSchemes).take(1).flat_map(Raw::each).filter_map(Raw::text));
    if !schemes.is_empty() {
        out.push("url_schemes", schemes);
    }
    out
}

/// Sixteen texts in a fixed order; what isn't known is empty.
fn extinfo(values: &Gathered<'_>, platform: Option<Platform>) -> Vec<Item> {
    let stated = values.all(Field::Extinfo).find_map(|raw| match raw {
        Raw::Json(Value::Array(list)) if list.len() == EXTINFO.len() + 1 => Some(list),
        _ => None,
    });
    let text = |raw: Option<Raw<'_>>| Item::from(raw.and_then(Raw::text).unwrap_or_default().into_owned());
    if let Some(list) = stated {
        return list.iter().map(|entry| text(Some(Raw::Json(entry)))).collect();
    }
    let system = match platform {
        Some(Platform::Ios) => "i2",
        Some(Platform::Android) => "a2",
        None => "",
    };
    let mut list = vec![Item::from(system)];
    list.extend(EXTINFO.iter().map(|field| match (field, values.text(*field)) {
        (Field::ExtLocale, Some(locale)) => locale.replace('-', "_").into(),
        (_, value) => value.unwrap_or_default().into_owned().into(),
    }));
    list
}

/// Yes in the forms that libraries write it; Apple's status 3 is "authorized".
pub(super) fn is_yes(text: &str) -> bool {
    ["true", "1", "yes", "authorized", "3"].iter().any(|yes| text.eq_ignore_ascii_case(yes))
}
