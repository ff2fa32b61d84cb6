//! Fields of `app_data`, for events of apps (reference section 4.5).

use super::{CONTEXT, Field, FieldSpec, PROPERTIES, always, field};

const fn device(context: &'static [&'static str], properties: &'static [&'static str]) -> [super::Source; 2] {
    [always(CONTEXT, context), always(PROPERTIES, properties)]
}

pub(super) const FIELDS: &[FieldSpec] = &[
    field(
        Field::AppId,
        "app_data.app_id",
        &[always(PROPERTIES, &["app_id", "app_store_id"]), always(CONTEXT, &["app.app_id", "app.store_id", "app.id"])],
    ),
    field(
        Field::AdvertiserTracking,
        "app_data.advertiser_tracking_enabled",
        &device(
            &[
                "device.adTrackingEnabled",
                "device.advertiser_tracking_enabled",
                "device.attTrackingStatus",
                "device.trackingStatus",
            ],
            &["advertiser_tracking_enabled", "att_status"],
        ),
    ),
    field(
        Field::ApplicationTracking,
        "app_data.application_tracking_enabled",
        &device(
            &["app.application_tracking_enabled", "device.application_tracking_enabled"],
            &["application_tracking_enabled"],
        ),
    ),
    field(Field::Extinfo, "app_data.extinfo", &device(&["extinfo", "app.extinfo"], &["extinfo"])),
    field(Field::ExtPackage, "app_data.extinfo.1", &device(&["app.namespace", "app.bundle_id"], &["app_package"])),
    field(Field::ExtShortVersion, "app_data.extinfo.2", &device(&["app.build"], &["app_build"])),
    field(Field::ExtLongVersion, "app_data.extinfo.3", &device(&["app.version"], &["app_version"])),
    field(Field::ExtOsVersion, "app_data.extinfo.4", &device(&["os.version"], &["os_version"])),
    field(Field::ExtModel, "app_data.extinfo.5", &device(&["device.model"], &["device_model"])),
    field(Field::ExtLocale, "app_data.extinfo.6", &device(&["locale"], &["locale"])),
    field(
        Field::ExtTimezoneShort,
        "app_data.extinfo.7",
        &device(&["timezone_abbreviation", "device.timezone_abbreviation"], &["timezone_abbreviation"]),
    ),
    field(Field::ExtCarrier, "app_data.extinfo.8", &device(&["network.carrier", "device.carrier"], &["carrier"])),
    field(Field::ExtWidth, "app_data.extinfo.9", &device(&["screen.width"], &["screen_width"])),
    field(Field::ExtHeight, "app_data.extinfo.10", &device(&["screen.height"], &["screen_height"])),
    field(Field::ExtDensity, "app_data.extinfo.11", &device(&["screen.density"], &["screen_density"])),
    field(Field::ExtCpuCores, "app_data.extinfo.12", &device(&["device.cpu_cores"], &["cpu_cores"])),
    field(
        Field::ExtStorage,
        "app_data.extinfo.13",
        &device(&["device.storage_size", "device.external_storage"], &["storage_size"]),
    ),
    field(Field::ExtFreeStorage, "app_data.extinfo.14", &device(&["device.free_storage"], &["free_storage"])),
    field(Field::ExtTimezone, "app_data.extinfo.15", &device(&["timezone"], &["timezone"])),
    field(Field::CampaignIds, "app_data.campaign_ids", &device(&["campaign.ids"], &["campaign_ids"])),
    field(
        Field::InstallReferrer,
        "app_data.install_referrer",
        &device(&["app.install_referrer"], &["install_referrer"]),
    ),
    field(
        Field::InstallerPackage,
        "app_data.installer_package",
        &device(&["app.installer_package"], &["installer_package"]),
    ),
    field(
        Field::WindowsAttributionId,
        "app_data.windows_attribution_id",
        &device(&["windows_attribution_id"], &["windows_attribution_id"]),
    ),
    field(Field::UrlSchemes, "app_data.url_schemes", &device(&["app.url_schemes"], &["url_schemes"])),
];
