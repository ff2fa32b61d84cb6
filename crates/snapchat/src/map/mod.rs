//! One event to one item of a Conversions API request (reference section 4). Pure, so that fixtures can pin it.

pub(crate) mod action_source;
mod app;
pub(crate) mod custom;
mod options;
mod products;
mod travel;
pub(crate) mod url;
pub(crate) mod user;

use std::borrow::Cow;

use domain::{
    delivery::Reason,
    destination::{AssetKind, MapContext, Mapped},
    event::TrackedEvent,
    item::{Fields, Item},
};
use serde_json::Value;

use self::action_source::ActionSource;
use crate::{
    fields::{Field, Gathered, KEY_BUFFER, Raw, fold_key},
    reason::{self, Warnings},
    spec,
};

/// Who sends: Snapchat shows it beside each event (reference section 4.2).
pub const INTEGRATION: &str = "switchyard";

/// Maps and hashes one event.
///
/// # Errors
/// The reason why it can't be valid at Snapchat: an unknown name, no identifier, no page, a purchase without an amount or a currency.
pub fn map(event: &TrackedEvent, context: &MapContext) -> Result<Mapped, Reason> {
    let name = spec::event_name(&context.event_name).ok_or_else(|| unknown_event(&context.event_name))?;
    if is_switched_off(event) {
        return Err(Reason::new(
            reason::INTEGRATION_OFF,
            "The event asks not to be sent here: its “integrations” say no to Snapchat, or to all and not yes to Snapchat.",
        ));
    }
    let values = Gathered::new(event, context);
    let mut warnings = Warnings::default();
    let source = action_source::of(event, name, &values, &mut warnings);

    let user = user::map(&values, source, context.default_country.as_deref(), &mut warnings)?;
    let custom = custom::map(name, &values, &mut warnings)?;

    let mut item = Fields::with_capacity(12);
    item.push("event_name", name);
    item.push("event_time", event.occurred_at.0);
    item.push("action_source", source.as_str());
    item.push("integration", INTEGRATION);
    match values.text(Field::EventId) {
        Some(id) => put(&mut item, "event_id", id),
        None if !values.is_ruled(Field::EventId) && !event.message_id.is_empty() => {
            item.push("event_id", event.message_id.clone());
        }
        None => warnings.missing(
            "event_id",
            "Without event_id Snapchat counts an event twice that also comes through the pixel or is sent again.",
        ),
    }
    if let Some(address) = page(&values, source, &mut warnings) {
        item.push("event_source_url", address);
    }
    item.push("user_data", user);
    if !custom.is_empty() {
        item.push("custom_data", custom);
    }
    if source == ActionSource::MobileApp {
        let app = app::map(&values, &mut warnings);
        if !app.is_empty() {
            item.push("app_data", app);
        }
    }
    options::put(&mut item, &values, context.data_processing_option.as_deref());
    Ok(Mapped { item: item.into(), asset: source.asset(), warnings: warnings.0 })
}

/// Whether the event's `integrations` keep it from Snapchat, as Segment's libraries write it: `{"All": false}` or `{"Snapchat": false}`.
fn is_switched_off(event: &TrackedEvent) -> bool {
    let Some(Value::Object(integrations)) = event.body.get("integrations") else { return false };
    let mut buffer = KEY_BUFFER;
    let (mut all, mut ours) = (true, None);
    for (key, value) in integrations {
        match fold_key(key, &mut buffer) {
            Some("all") => all = *value != Value::Bool(false),
            Some("snapchat" | "snap" | "snapchatads" | "snapconversionsapi" | "snapchatconversionsapi") => {
                ours = Some(ours.unwrap_or(true) && *value != Value::Bool(false));
            }
            _ => {}
        }
    }
    !ours.unwrap_or(all)
}

fn put(fields: &mut Fields, key: &'static str, text: Cow<'_, str>) {
    fields.push(key, text.into_owned());
}

/// Texts as a list.
fn texts<'e>(list: impl Iterator<Item = Cow<'e, str>>) -> Vec<Item> {
    list.map(|text| Item::from(text.into_owned())).collect()
}

/// The address of the page, which Snapchat asks for with web events (reference sections 4.2 and 8.1).
fn page(values: &Gathered<'_>, source: ActionSource, warnings: &mut Warnings) -> Option<String> {
    let first = |field| {
        let texts = values.all(field).filter_map(Raw::text);
        texts.filter_map(|text| url::clean(&text).map(Cow::into_owned)).next()
    };
    let stated = first(Field::EventSourceUrl);
    if stated.is_some() || source != ActionSource::Web {
        return stated;
    }
    let known = if values.is_ruled(Field::EventSourceUrl) { None } else { first(Field::KnownPage) };
    if known.is_some() {
        let sentence =
            "The event names no page (context.page.url); the last one known of its person or source was sent.";
        warnings.add(reason::KNOWN_PAGE, sentence.to_owned());
        return known;
    }
    // Snapchat's documents ask for it, and some integrations send without: what Snapchat says of this event counts.
    warnings.missing(
        "event_source_url",
        "Snapchat may refuse a web event without the address of its page, and none was found in context.page.url or \
         properties.page_url, nor is a page known of its person or source. For events from a server, set the field \
         event_source_url to a constant in the event workflow; for what happened elsewhere, properties.action_source to \
         OFFLINE.",
    );
    None
}

fn unknown_event(name: &str) -> Reason {
    let nearest = domain::workflow::nearest(name, spec::EVENT_NAMES.into_iter());
    let hint = nearest.map(|best| format!(" The nearest name is {best}.")).unwrap_or_default();
    Reason::new(
        reason::UNKNOWN_EVENT,
        format!("Snapchat has no event “{name}”; choose another Snap event in the event workflow.{hint}"),
    )
}

impl ActionSource {
    fn asset(self) -> AssetKind {
        if self == Self::MobileApp { AssetKind::App } else { AssetKind::Pixel }
    }
}
