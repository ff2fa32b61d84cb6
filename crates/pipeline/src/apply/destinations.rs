//! `[[destination]]` and its `[destination.events]`: reading, and what has to change.

use std::collections::BTreeMap;

use domain::{
    DestinationId,
    config::{validate_capi_token, validate_name},
    destination::{DestinationSpec, Secret},
    workflow::{EventSetting, FieldRule, nearest_hint, validate_settings},
};
use store::{AssetIds, DestinationSnapshot, Planned, Step, sentence};
use toml_edit::Item;

use super::{
    Mistake,
    file::{Env, check, secret},
    options::{self, OptionsEntry},
    reader::{Located, Section, Text, hint, wrong_type},
};
use crate::{
    Switchyard,
    configuration::{server_side_sentence, token_sentence},
    workflow::{canonical, changes, default_setting, keeps_rules},
};

pub(super) const KEYS: [&str; 14] = [
    "type",
    "name",
    "enabled",
    "business_id",
    "ad_account_id",
    "pixel_id",
    "capi_token",
    "capi_token_env",
    "send_server_side",
    "snap_app_id",
    "hold_seconds",
    "hold_purchases",
    "limited_data_use",
    "events",
];
const EVENT_KEYS: [&str; 4] = ["snap", "server", "client", "fields"];

/// A `[[destination]]`.
pub(super) struct DestinationEntry {
    pub line: usize,
    pub name: Located<String>,
    pub spec: &'static DestinationSpec,
    enabled: Option<Located<bool>>,
    business: Option<Located<String>>,
    ad_account: Option<Located<String>>,
    pixel: Option<Located<String>>,
    capi_token: Option<Located<String>>,
    send_server_side: Option<Located<bool>>,
    options: OptionsEntry,
    events: Vec<EventEntry>,
}

/// A line of `[destination.events]`; what it leaves out stays.
struct EventEntry {
    event: Located<String>,
    snap: Option<Located<String>>,
    server: Option<bool>,
    client: Option<bool>,
    fields: Option<BTreeMap<String, FieldRule>>,
}

pub(super) fn read_destination(
    text: Text<'_>,
    section: &Section<'_>,
    env: Env<'_>,
    switchyard: &Switchyard,
) -> Result<DestinationEntry, Mistake> {
    let name = section.required("name", "[[destination]]")?;
    check(&name, validate_name("name", "destination", &name.value))?;
    let slug = section.required("type", "[[destination]]")?;
    let spec = switchyard.destination_specs().find(|spec| spec.slug == slug.value).ok_or_else(|| {
        let hint = hint(&slug.value, switchyard.destination_specs().map(|spec| spec.slug));
        Mistake::new(slug.line, format!("There is no destination type “{}”. {hint}", slug.value))
    })?;
    let id = |key: &str| -> Result<Option<Located<String>>, Mistake> {
        let found = section.string(key)?;
        match found {
            Some(id) if id.value.trim().is_empty() || id.value.contains(char::is_whitespace) => {
                Err(Mistake::new(id.line, format!("{key} is an id without blanks")))
            }
            found => Ok(found),
        }
    };
    let capi_token = secret(section, "capi_token", env)?;
    if let Some(token) = &capi_token {
        check(token, validate_capi_token("capi_token", &token.value))?;
    }
    Ok(DestinationEntry {
        line: section.line,
        name,
        spec,
        enabled: section.flag("enabled")?,
        business: id("business_id")?,
        ad_account: id("ad_account_id")?,
        pixel: id("pixel_id")?,
        capi_token,
        send_server_side: section.flag("send_server_side")?,
        options: options::read(section)?,
        events: read_events(text, section, spec)?,
    })
}

fn read_events(text: Text<'_>, section: &Section<'_>, spec: &DestinationSpec) -> Result<Vec<EventEntry>, Mistake> {
    let Some(found) = section.item("events") else { return Ok(Vec::new()) };
    let table = found
        .value
        .as_table_like()
        .ok_or_else(|| wrong_type(found.line, "events", "a table of events", found.value.type_name()))?;
    let names: Vec<&str> = table.iter().map(|(name, _)| name).collect();
    let events = Section::of(text, table, found.line, "[destination.events]", &names)?;
    events.iter().map(|(name, item)| read_event(text, name, &item, spec)).collect()
}

fn read_event(
    text: Text<'_>,
    name: &str,
    item: &Located<&Item>,
    spec: &DestinationSpec,
) -> Result<EventEntry, Mistake> {
    let table = item
        .value
        .as_table_like()
        .ok_or_else(|| wrong_type(item.line, name, "a table such as { server = true }", item.value.type_name()))?;
    let section = Section::of(text, table, item.line, &format!("The event “{name}”"), &EVENT_KEYS)?;
    let snap = section.string("snap")?;
    if let Some(snap) =
        snap.as_ref().filter(|snap| !snap.value.is_empty() && !spec.event_names.contains(&snap.value.as_str()))
    {
        let names: Vec<String> = spec.event_names.iter().map(|&name| name.to_owned()).collect();
        let message = format!("{} has no event “{}”. {}", spec.name, snap.value, nearest_hint(&snap.value, &names));
        return Err(Mistake::new(snap.line, message));
    }
    Ok(EventEntry {
        event: Located { value: name.to_owned(), line: item.line },
        snap,
        server: section.flag("server")?.map(|flag| flag.value),
        client: section.flag("client")?.map(|flag| flag.value),
        fields: read_fields(text, &section)?,
    })
}

/// `fields = { "custom_data.value" = "properties.total", "custom_data.currency" = { value = "USD" }, "user_data.ph" = false }`.
fn read_fields(text: Text<'_>, section: &Section<'_>) -> Result<Option<BTreeMap<String, FieldRule>>, Mistake> {
    let Some(found) = section.item("fields") else { return Ok(None) };
    let expected = "a table of field rules";
    let table = found
        .value
        .as_table_like()
        .ok_or_else(|| wrong_type(found.line, "fields", expected, found.value.type_name()))?;
    let mut rules = BTreeMap::new();
    for (field, item) in table.iter() {
        let rule = if let Some(path) = item.as_str() {
            FieldRule::Path(path.to_owned())
        } else if item.as_bool() == Some(false) {
            FieldRule::Off
        } else if let Some(table) = item.as_table_like() {
            FieldRule::Constant(
                Section::of(text, table, found.line, field, &["value"])?.required("value", field)?.value,
            )
        } else {
            let expected = "a path in quotes, { value = \"…\" } or false";
            return Err(wrong_type(found.line, field, expected, item.type_name()));
        };
        rules.insert(field.to_owned(), rule);
    }
    Ok(Some(rules))
}

/// The steps for one destination, and its id.
pub(super) fn plan(
    switchyard: &Switchyard,
    entry: &DestinationEntry,
    existing: Option<&DestinationSnapshot>,
    steps: &mut Vec<Planned>,
) -> Result<DestinationId, Mistake> {
    let name = &entry.name.value;
    if let Some(other) = existing.filter(|found| found.slug != entry.spec.slug) {
        let message = format!("“{name}” exists with the type {}; the type can't be changed.", other.slug);
        return Err(Mistake::new(entry.line, message));
    }
    let id = existing.map_or_else(|| DestinationId(switchyard.new_id()), |found| found.id);
    let mut add = |line: usize, step: Step, what: String| {
        let noted = match &step {
            Step::Destination(..) => format!("Destination “{name}” {what}"),
            Step::DestinationEnabled(..) => format!("Destination {what}"),
            Step::Setting(..) => what.clone(),
            _ => sentence(&what),
        };
        let hint = if let Step::Assets(_, assets) = &step { odd_ids(assets) } else { String::new() };
        steps.push(Planned { step, line, what: format!("destination “{name}”: {what}{hint}"), noted });
    };
    if existing.is_none() {
        add(entry.line, Step::Destination(id, entry.spec.slug, name.clone()), "added".to_owned());
    }
    if let Some(on) = entry.enabled.as_ref().filter(|on| existing.is_none_or(|found| found.enabled) != on.value) {
        let what = if on.value { "switched on" } else { "switched off" };
        add(on.line, Step::DestinationEnabled(id, on.value), what.to_owned());
    }
    plan_assets(entry, existing, id, &mut add);
    if let Some(token) = &entry.capi_token {
        let stored = existing.and_then(|found| found.capi_token.as_ref());
        let new = Secret(token.value.trim().to_owned());
        if stored != Some(&new) {
            add(token.line, Step::CapiToken(id, new), token_sentence(stored.is_some()).to_owned());
        }
    }
    let sends = existing.is_some_and(|found| found.send_server_side);
    if let Some(on) = entry.send_server_side.as_ref().filter(|on| on.value != sends) {
        add(on.line, Step::ServerSide(id, on.value), server_side_sentence(on.value).to_owned());
    }
    options::plan(&entry.options, existing.map(|found| &found.options), id, &mut add);
    for (line, setting, what) in plan_events(switchyard, entry, existing)? {
        add(line, Step::Setting(id, setting), what);
    }
    Ok(id)
}

fn plan_assets(
    entry: &DestinationEntry,
    existing: Option<&DestinationSnapshot>,
    id: DestinationId,
    add: &mut impl FnMut(usize, Step, String),
) {
    let differs = |new: &Option<Located<String>>, old: Option<&String>| {
        new.as_ref().map(|new| &new.value).filter(|new| Some(*new) != old).cloned()
    };
    let assets = AssetIds {
        business: differs(&entry.business, existing.and_then(|found| found.business_id.as_ref())),
        ad_account: differs(&entry.ad_account, existing.and_then(|found| found.ad_account_id.as_ref())),
        pixel: differs(&entry.pixel, existing.and_then(|found| found.pixel_id.as_ref())),
    };
    let told: Vec<String> =
        [("business", &assets.business), ("ad account", &assets.ad_account), ("pixel", &assets.pixel)]
            .into_iter()
            .filter_map(|(what, id)| id.as_ref().map(|id| format!("{what} {id}")))
            .collect();
    if !told.is_empty() {
        let line = [&entry.business, &entry.ad_account, &entry.pixel].into_iter().flatten().map(|at| at.line).min();
        add(line.unwrap_or(entry.line), Step::Assets(id, assets), format!("{} chosen", told.join(", ")));
    }
}

/// What is to be said of ids that don't look like Snapchat's. They are taken all the same: only Snapchat knows which there are.
fn odd_ids(assets: &AssetIds) -> String {
    let all = [("business_id", &assets.business), ("ad_account_id", &assets.ad_account), ("pixel_id", &assets.pixel)];
    let is_odd = |id: &String| uuid::Uuid::try_parse(id).is_err();
    let odd: Vec<String> = all
        .into_iter()
        .filter_map(|(key, id)| id.as_ref().filter(|id| is_odd(id)).map(|id| format!("{key} = “{id}”")))
        .collect();
    if odd.is_empty() {
        return String::new();
    }
    format!(
        ". Look at {} again: Snapchat's ids are 36 characters long, as 9f3c2d1e-4b5a-4c6d-8e7f-0a1b2c3d4e5f, and it refuses \
         events for others",
        odd.join(" and ")
    )
}

fn plan_events(
    switchyard: &Switchyard,
    entry: &DestinationEntry,
    existing: Option<&DestinationSnapshot>,
) -> Result<Vec<(usize, EventSetting, String)>, Mistake> {
    let allowed = switchyard.event_names(entry.spec.slug);
    let stored = existing.map_or(&[][..], |found| &found.settings);
    let wanted: Vec<EventSetting> = entry.events.iter().map(|event| wanted(event, stored, &allowed)).collect();
    if let Some(mistake) = validate_settings(&wanted, &allowed).first() {
        let at = wanted.iter().rposition(|setting| setting.event == mistake.field);
        let line = at.map_or(entry.line, |at| entry.events[at].event.line);
        return Err(Mistake::new(line, mistake.message.clone()));
    }
    let ruled = entry.events.iter().filter_map(|event| Some((event, event.fields.as_ref()?)));
    for (event, rules) in ruled.filter(|(event, rules)| !keeps_rules(stored, &event.event.value, rules)) {
        if let Some(mistake) = switchyard.rule_mistakes(entry.spec.slug, rules).first() {
            let message = format!("The event “{}”, field {}: {}", event.event.value, mistake.field, mistake.message);
            return Err(Mistake::new(event.event.line, message));
        }
    }
    let line_of = |name: &str| {
        let at = wanted.iter().position(|setting| setting.event == name);
        at.map_or(entry.line, |at| entry.events[at].event.line)
    };
    let changed = changes(stored, wanted.clone(), &allowed);
    Ok(changed.into_iter().map(|(setting, what)| (line_of(&setting.event), setting, what)).collect())
}

/// What the file wants of an event: what it leaves out stays as it is, or as the catalogue has it.
fn wanted(entry: &EventEntry, stored: &[EventSetting], allowed: &[String]) -> EventSetting {
    let named = canonical(default_setting(&entry.event.value, allowed));
    let key = domain::catalogue::setting_key(&named.event);
    let mut setting = stored
        .iter()
        .find(|stored| domain::catalogue::setting_key(&stored.event) == key)
        .map_or_else(|| named.clone(), |stored| EventSetting { event: named.event.clone(), ..stored.clone() });
    if let Some(snap) = &entry.snap {
        setting.snap_event.clone_from(&snap.value);
    }
    setting.server = entry.server.unwrap_or(setting.server);
    setting.client = entry.client.unwrap_or(setting.client);
    if let Some(fields) = &entry.fields {
        setting.fields.clone_from(fields);
    }
    canonical(setting)
}
