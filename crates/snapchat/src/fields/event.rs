//! Event-level fields (reference sections 4.2 and 11).

use super::{CONTEXT, Field, FieldSpec, PROFILE, PROPERTIES, TOP, When, always, field, only};

pub(super) const FIELDS: &[FieldSpec] = &[
    field(Field::EventId, "event_id", &[always(TOP, &["messageId"])]),
    field(
        Field::EventSourceUrl,
        "event_source_url",
        &[
            always(PROPERTIES, &["event_source_url", "page_url"]),
            always(CONTEXT, &["page.url", "page_url"]),
            only(When::Page, PROPERTIES, &["url"]),
            always(CONTEXT, &["url"]),
            always(TOP, &["page_url", "url"]),
            always(PROPERTIES, &["url"]),
        ],
    ),
    // For web events that name none: the last page known of the person, or the site of the source.
    field(Field::KnownPage, "", &[always(PROFILE, &["page_url", "site_url"])]),
    field(
        Field::ActionSource,
        "action_source",
        &[
            always(PROPERTIES, &["action_source", "event_conversion_type"]),
            always(CONTEXT, &["action_source"]),
            always(TOP, &["action_source"]),
        ],
    ),
    field(
        Field::Options,
        "data_processing_options",
        &[always(PROPERTIES, &["data_processing_options", "data_use"]), always(CONTEXT, &["data_processing_options"])],
    ),
    field(
        Field::OptionsCountry,
        "data_processing_options_country",
        &[always(PROPERTIES, &["data_processing_options_country"])],
    ),
    field(
        Field::OptionsState,
        "data_processing_options_state",
        &[always(PROPERTIES, &["data_processing_options_state"])],
    ),
    field(
        Field::Platform,
        "",
        &[
            always(CONTEXT, &["device.type", "os.name", "device.platform", "platform"]),
            always(PROPERTIES, &["platform", "os_name"]),
        ],
    ),
    field(Field::Channel, "", &[always(TOP, &["channel"]), always(CONTEXT, &["channel"])]),
];
