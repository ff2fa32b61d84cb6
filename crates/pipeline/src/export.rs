//! `switchyard export`: a workspace in the form of `apply`, secrets left out.

use std::fmt::Write;

use domain::{
    ApiError,
    audience::Rule,
    lists::LIFETIME_DAYS,
    options::DestinationOptions,
    view::audience::AudienceState,
    view_sync::LinkSettings,
    workflow::{EventSetting, FieldRule},
};
use serde_json::{Map, Value};
use store::{AudienceRecord, DestinationSnapshot, WorkspaceSnapshot};

use crate::{Switchyard, api_error};

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is none.
    #[error("there is no workspace yet")]
    Empty,
    /// It has to be named.
    #[error("there are several workspaces; name one with --workspace: {}", .0.join(", "))]
    Several(Vec<String>),
    /// The name doesn't say which.
    #[error("there is no workspace “{0}” (there are: {names})", names = .1.join(", "))]
    Unknown(String, Vec<String>),
    /// Two of one name.
    #[error("several workspaces have the name “{0}”; rename one first")]
    Ambiguous(String),
    /// The database failed.
    #[error(transparent)]
    Failed(#[from] ApiError),
}

/// The workspace of this name, or the only one, as a file for `apply`.
///
/// # Errors
/// [`ExportError`].
pub async fn export(switchyard: &Switchyard, workspace: Option<&str>) -> Result<String, ExportError> {
    let names = switchyard.store().workspace_names().await.map_err(api_error)?;
    let name = match (workspace, names.as_slice()) {
        (Some(name), _) => name.to_owned(),
        (None, []) => return Err(ExportError::Empty),
        (None, [only]) => only.clone(),
        (None, _) => return Err(ExportError::Several(names)),
    };
    let mut found = switchyard.store().workspace_snapshots(&name).await.map_err(api_error)?;
    if found.len() > 1 {
        return Err(ExportError::Ambiguous(name));
    }
    let snapshot = found.pop().ok_or(ExportError::Unknown(name, names))?;
    Ok(print(&snapshot)?)
}

fn print(workspace: &WorkspaceSnapshot) -> Result<String, ApiError> {
    let mut out = String::new();
    line(&mut out, "[workspace]");
    pair(&mut out, "name", &workspace.name);
    for member in &workspace.members {
        line(&mut out, "\n[[user]]");
        pair(&mut out, "name", &member.name);
        pair(&mut out, "email", &member.email);
        pair(&mut out, "role", member.role.as_str());
    }
    for source in &workspace.sources {
        line(&mut out, "\n[[source]]");
        pair(&mut out, "name", &source.name);
        pair(&mut out, "write_key", &source.write_key);
        if let Some(country) = &source.default_country {
            pair(&mut out, "default_country", country);
        }
        if !source.enabled {
            line(&mut out, "enabled = false");
        }
        if source.consent_required {
            line(&mut out, "require_consent = true");
        }
    }
    for destination in &workspace.destinations {
        print_destination(&mut out, destination);
    }
    for audience in &workspace.audiences {
        print_audience(&mut out, audience)?;
    }
    Ok(out)
}

fn print_destination(out: &mut String, destination: &DestinationSnapshot) {
    line(out, "\n[[destination]]");
    pair(out, "type", &destination.slug);
    pair(out, "name", &destination.name);
    line(out, &format!("enabled = {}", destination.enabled));
    let assets = [
        ("business_id", &destination.business_id),
        ("ad_account_id", &destination.ad_account_id),
        ("pixel_id", &destination.pixel_id),
    ];
    for (key, id) in assets {
        if let Some(id) = id {
            pair(out, key, id);
        }
    }
    if destination.capi_token.is_some() {
        line(out, "# a Conversion API token is stored; give it with capi_token_env = \"VARIABLE\"");
    }
    line(out, &format!("send_server_side = {}", destination.send_server_side));
    print_options(out, &destination.options);
    if destination.settings.is_empty() {
        return;
    }
    line(out, "\n[destination.events]");
    for setting in &destination.settings {
        line(out, &event(setting));
    }
}

/// What is left out is as it is for most: no app, nothing held, no limit.
fn print_options(out: &mut String, options: &DestinationOptions) {
    if let Some(id) = &options.snap_app_id {
        pair(out, "snap_app_id", id);
    }
    if options.hold_seconds > 0 {
        line(out, &format!("hold_seconds = {}", options.hold_seconds));
    }
    if options.hold_purchases {
        line(out, "hold_purchases = true");
    }
    if let Some(token) = &options.limited_data_use {
        pair(out, "limited_data_use", token);
    }
}

fn event(setting: &EventSetting) -> String {
    let mut parts = Vec::new();
    if !domain::workflow::is_audience_event(&setting.event) {
        parts.push(format!("snap = {}", quoted(&setting.snap_event)));
    }
    parts.push(format!("server = {}", setting.server));
    parts.push(format!("client = {}", setting.client));
    if !setting.fields.is_empty() {
        let rules: Vec<String> =
            setting.fields.iter().map(|(field, rule)| format!("{} = {}", key(field), field_rule(rule))).collect();
        parts.push(format!("fields = {{ {} }}", rules.join(", ")));
    }
    format!("{} = {{ {} }}", key(&setting.event), parts.join(", "))
}

fn field_rule(rule: &FieldRule) -> String {
    match rule {
        FieldRule::Path(path) => quoted(path),
        FieldRule::Constant(value) => format!("{{ value = {} }}", quoted(value)),
        FieldRule::Off => "false".to_owned(),
    }
}

fn print_audience(out: &mut String, audience: &AudienceRecord) -> Result<(), ApiError> {
    line(out, "\n[[audience]]");
    pair(out, "name", &audience.name);
    // What is left out is as it is for most: nothing said, active, dynamic.
    if !audience.description.is_empty() {
        pair(out, "description", &audience.description);
    }
    if audience.state != AudienceState::Active {
        pair(out, "state", audience.state.as_str());
    }
    if !audience.dynamic {
        line(out, "dynamic = false");
    }
    print_rule(out, &audience.rule)?;
    let destinations: Vec<String> = audience
        .destinations
        .iter()
        .map(|(id, name, _)| match audience.links.get(id) {
            Some(settings) => link(name, settings),
            None => quoted(name),
        })
        .collect();
    line(out, &format!("destinations = [{}]", destinations.join(", ")));
    Ok(())
}

/// A destination of an audience: its name, or a table if its list has settings of its own.
fn link(name: &str, settings: &LinkSettings) -> String {
    if *settings == LinkSettings::default() {
        return quoted(name);
    }
    let mut pairs = vec![format!("name = {}", quoted(name))];
    pairs.extend(settings.existing.as_ref().map(|id| format!("list = {}", quoted(id))));
    if settings.retention_days != LIFETIME_DAYS {
        pairs.push(format!("retention_days = {}", settings.retention_days));
    }
    if settings.one_each {
        pairs.push("lists = \"each\"".to_owned());
    }
    format!("{{ {} }}", pairs.join(", "))
}

/// A rule in the form that `domain::audience` writes it, one condition or group a line.
fn print_rule(out: &mut String, rule: &Rule) -> Result<(), ApiError> {
    let json = serde_json::to_value(rule).map_err(|error| crate::internal(&error))?;
    for (name, value) in in_order(json.as_object()) {
        match value {
            Value::Array(list) => {
                line(out, &format!("{} = [", key(name)));
                for value in list {
                    line(out, &format!("  {},", inline(value)));
                }
                line(out, "]");
            }
            other => line(out, &format!("{} = {}", key(name), inline(other))),
        }
    }
    Ok(())
}

/// What a table is about comes first.
fn in_order(table: Option<&Map<String, Value>>) -> Vec<(&String, &Value)> {
    const FIRST: [&str; 8] = ["match", "not", "event", "trait", "utm", "device", "audience", "property"];
    let mut keys: Vec<(&String, &Value)> = table.into_iter().flatten().filter(|(_, value)| !value.is_null()).collect();
    keys.sort_by_key(|(key, _)| FIRST.iter().position(|first| first == key).unwrap_or(FIRST.len()));
    keys
}

/// A value of JSON as one of TOML.
fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(list) => format!("[{}]", list.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Object(table) => {
            let pairs: Vec<String> = in_order(Some(table))
                .into_iter()
                .map(|(name, value)| format!("{} = {}", key(name), inline(value)))
                .collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        other => other.to_string(),
    }
}

fn pair(out: &mut String, key: &str, text: &str) {
    line(out, &format!("{key} = {}", quoted(text)));
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// A key, bare where that is allowed.
fn key(text: &str) -> String {
    let bare = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if bare { text.to_owned() } else { quoted(text) }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {
                // Writing to a string can't fail.
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_survive_toml() {
        for text in ["plain", "with \"quotes\" and \\", "new\nline\u{7}", "Größe ✓", ""] {
            let document = format!("{} = {}", key(text), quoted(text));
            let table: toml::Table = document.parse().unwrap();
            assert_eq!(table[text].as_str(), Some(text));
        }
        assert_eq!(key("added_to_segment"), "added_to_segment");
        assert_eq!(key("Order Completed"), "\"Order Completed\"");
    }
}
