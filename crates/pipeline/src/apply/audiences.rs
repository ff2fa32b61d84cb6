//! `[[audience]]`: reading, and what has to change. What a rule may say is the matter of `domain::audience`.

use std::collections::BTreeMap;

use domain::{
    AudienceId, DestinationId,
    audience::{Condition, Rule, audience_key, circle},
    config::validate_name,
    view::audience::AudienceState,
};
use serde_json::{Map, Value as Json};
use store::{AudienceRecord, Planned, Step};
use toml_edit::{Item, TableLike, Value};

use super::{
    Mistake,
    file::check,
    links::{self, LinkEntry, read_links},
    reader::{Located, Section, Text, hint, wrong_type},
};
use crate::Switchyard;

pub(super) const KEYS: [&str; 9] =
    ["name", "description", "state", "dynamic", "match", "not", "conditions", "groups", "destinations"];
const GROUP_KEYS: [&str; 4] = ["match", "not", "conditions", "groups"];

/// An `[[audience]]`; what it leaves out stays.
pub(super) struct AudienceEntry {
    pub line: usize,
    pub name: Located<String>,
    description: Option<Located<String>>,
    state: Option<Located<AudienceState>>,
    dynamic: Option<Located<bool>>,
    /// The keys of the rule that the file gives, as JSON.
    rule: Map<String, Json>,
    pub destinations: Option<Located<Vec<LinkEntry>>>,
}

pub(super) fn read_audience(text: Text<'_>, section: &Section<'_>) -> Result<AudienceEntry, Mistake> {
    let name = section.required("name", "[[audience]]")?;
    check(&name, validate_name("name", "audience", &name.value))?;
    Ok(AudienceEntry {
        line: section.line,
        name,
        description: section.string("description")?,
        state: read_state(section)?,
        dynamic: section.flag("dynamic")?,
        rule: read_rule(text, section)?,
        destinations: read_links(text, section)?,
    })
}

fn read_state(section: &Section<'_>) -> Result<Option<Located<AudienceState>>, Mistake> {
    let Some(word) = section.string("state")? else { return Ok(None) };
    match AudienceState::parse(&word.value) {
        Some(state) => Ok(Some(Located { value: state, line: word.line })),
        None => {
            let hint = hint(&word.value, ["draft", "active", "archived"].into_iter());
            Err(Mistake::new(word.line, format!("state is “{}”. {hint}", word.value)))
        }
    }
}

/// The keys of a rule or of a group in it.
fn read_rule(text: Text<'_>, section: &Section<'_>) -> Result<Map<String, Json>, Mistake> {
    let mut rule = Map::new();
    if let Some(word) = section.string("match")? {
        if !["all", "any"].contains(&word.value.as_str()) {
            let hint = hint(&word.value, ["all", "any"].into_iter());
            return Err(Mistake::new(word.line, format!("match is “{}”. {hint}", word.value)));
        }
        rule.insert("match".to_owned(), word.value.into());
    }
    if let Some(not) = section.flag("not")? {
        rule.insert("not".to_owned(), not.value.into());
    }
    if let Some(tables) = tables(text, section, "conditions")? {
        let conditions = tables.into_iter().map(|(table, line)| read_condition(text, table, line));
        rule.insert("conditions".to_owned(), conditions.collect::<Result<Vec<Json>, Mistake>>()?.into());
    }
    if let Some(tables) = tables(text, section, "groups")? {
        let groups = tables.into_iter().map(|(table, line)| {
            read_rule(text, &Section::of(text, table, line, "A group", &GROUP_KEYS)?).map(Json::Object)
        });
        rule.insert("groups".to_owned(), groups.collect::<Result<Vec<Json>, Mistake>>()?.into());
    }
    Ok(rule)
}

/// Tables with the lines that they begin at.
type Tables<'a> = Vec<(&'a dyn TableLike, usize)>;

/// A list of tables, in whichever of the two ways it is written.
fn tables<'a>(text: Text<'_>, section: &Section<'a>, key: &str) -> Result<Option<Tables<'a>>, Mistake> {
    let Some(found) = section.item(key) else { return Ok(None) };
    let wrong = |line, found| wrong_type(line, key, "a list of tables", found);
    let mut tables: Tables<'a> = Vec::new();
    match found.value {
        Item::Value(Value::Array(list)) => {
            for value in list {
                let line = text.line(value.span());
                tables.push((value.as_inline_table().ok_or_else(|| wrong(line, value.type_name()))?, line));
            }
        }
        Item::ArrayOfTables(list) => tables.extend(list.iter().map(|table| {
            let table: (&dyn TableLike, usize) = (table, text.line(table.span()));
            table
        })),
        other => return Err(wrong(found.line, other.type_name())),
    }
    Ok(Some(tables))
}

fn read_condition(text: Text<'_>, table: &dyn TableLike, line: usize) -> Result<Json, Mistake> {
    let json = Json::Object(table_json(table));
    let condition: Condition = serde_json::from_value(json.clone()).map_err(|error| {
        let told = error.to_string();
        // “unknown field `at_lest`, expected one of `event`, `at_least`, …”
        let mut names = told.split('`').skip(1).step_by(2);
        match names.next().filter(|_| told.starts_with("unknown field")) {
            Some(key) => {
                let line = table.get_key_value(key).map_or(line, |(key, _)| text.line(key.span()));
                Mistake::new(line, format!("A condition has no key “{key}”. {}", hint(key, names)))
            }
            None => Mistake::new(line, format!("In this condition: {told}")),
        }
    })?;
    match condition.problem() {
        Some(problem) => Err(Mistake::new(line, format!("In this condition {problem}."))),
        None => Ok(json),
    }
}

fn table_json(table: &dyn TableLike) -> Map<String, Json> {
    table.iter().filter_map(|(key, item)| Some((key.to_owned(), value_json(item.as_value()?)))).collect()
}

fn value_json(value: &Value) -> Json {
    match value {
        Value::String(text) => text.value().as_str().into(),
        Value::Integer(number) => (*number.value()).into(),
        Value::Float(number) => (*number.value()).into(),
        Value::Boolean(flag) => (*flag.value()).into(),
        Value::Datetime(time) => time.value().to_string().into(),
        Value::Array(list) => list.iter().map(value_json).collect(),
        Value::InlineTable(table) => Json::Object(table_json(table)),
    }
}

/// The rule that the file wants: what it leaves out stays.
fn wanted_rule(entry: &AudienceEntry, existing: Option<&AudienceRecord>) -> Result<Rule, Mistake> {
    let wrong = |error: serde_json::Error| Mistake::new(entry.line, format!("In this audience: {error}"));
    let stored = existing.map(|found| found.rule.clone()).unwrap_or_default();
    let mut json = serde_json::to_value(stored).map_err(wrong)?;
    if let Some(keys) = json.as_object_mut() {
        keys.extend(entry.rule.clone());
    }
    let rule: Rule = serde_json::from_value(json).map_err(wrong)?;
    // One that only files put people into has none, and keeps none.
    if rule == Rule::default() && existing.is_none() {
        return Err(Mistake::new(entry.line, format!("The audience “{}” needs conditions.", entry.name.value)));
    }
    Ok(rule)
}

/// What is said of an audience beside its rule, where the file wants it otherwise.
fn describe(
    entry: &AudienceEntry,
    existing: Option<&AudienceRecord>,
    mut add: impl FnMut(usize, (String, bool, AudienceState), String),
) {
    let stored = existing.map_or((String::new(), true, AudienceState::Active), |found| {
        (found.description.clone(), found.dynamic, found.state)
    });
    let mut wanted = stored.clone();
    let mut what = Vec::new();
    let mut line = entry.line;
    if let Some(text) = entry.description.as_ref().filter(|text| text.value.trim() != stored.0) {
        text.value.trim().clone_into(&mut wanted.0);
        line = text.line;
        what.push("another description".to_owned());
    }
    if let Some(dynamic) = entry.dynamic.as_ref().filter(|dynamic| dynamic.value != stored.1) {
        (wanted.1, line) = (dynamic.value, dynamic.line);
        what.push(if dynamic.value { "dynamic" } else { "static" }.to_owned());
    }
    if let Some(state) = entry.state.as_ref().filter(|state| state.value != stored.2) {
        (wanted.2, line) = (state.value, state.line);
        what.push(format!("now {}", state.value.as_str()));
    }
    if !what.is_empty() {
        add(line, wanted, what.join(", "));
    }
}

/// Each audience that is asked for is there after the file is applied, and none asks, over others, for itself.
pub(super) fn check_references(entries: &[AudienceEntry], existing: &[AudienceRecord]) -> Result<(), Mistake> {
    let mut rules: BTreeMap<String, (&str, Rule)> =
        existing.iter().map(|found| (audience_key(&found.name), (found.name.as_str(), found.rule.clone()))).collect();
    for entry in entries {
        let key = audience_key(&entry.name.value);
        let known = existing.iter().find(|found| audience_key(&found.name) == key);
        rules.insert(key, (&entry.name.value, wanted_rule(entry, known)?));
    }
    for entry in entries {
        for asked in rules[&audience_key(&entry.name.value)].1.audiences() {
            if !rules.contains_key(&audience_key(asked)) {
                let hint = hint(asked, rules.values().map(|(name, _)| *name).filter(|name| *name != entry.name.value));
                let message = format!("“{}” asks for the audience “{asked}”. There is none. {hint}", entry.name.value);
                return Err(Mistake::new(entry.line, message));
            }
        }
    }
    let by_key: BTreeMap<String, &Rule> = rules.iter().map(|(key, (_, rule))| (key.clone(), rule)).collect();
    let Some(names) = circle(&by_key) else { return Ok(()) };
    let line = entries.iter().find(|entry| names.contains(&audience_key(&entry.name.value))).map_or(1, |e| e.line);
    Err(Mistake::new(line, format!("Audiences can't ask for each other in a circle: {}.", names.join(" → "))))
}

/// The steps for one audience. `destinations` are all that there are after the file is applied.
pub(super) fn plan(
    switchyard: &Switchyard,
    entry: &AudienceEntry,
    existing: Option<&AudienceRecord>,
    destinations: &[(String, DestinationId)],
    steps: &mut Vec<Planned>,
) -> Result<(), Mistake> {
    let name = &entry.name.value;
    let id = existing.map_or_else(|| AudienceId(switchyard.new_id()), |found| found.id);
    let mut add = |line: usize, step: Step, what: String| {
        steps.push(Planned::new(step, line, format!("audience “{name}”: {what}")));
    };
    let rule = wanted_rule(entry, existing)?;
    if existing.is_none_or(|found| found.rule != rule) {
        let what = if existing.is_some() { "changed" } else { "added" };
        let what = format!("{what}: {}", Rule::sentence(&rule));
        add(entry.line, Step::Audience(id, name.clone(), rule), what);
    }
    describe(entry, existing, |line, terms: (String, bool, AudienceState), what| {
        add(line, Step::Describe(id, terms.0, terms.1, terms.2), what);
    });
    match &entry.destinations {
        Some(wanted) => links::plan((id, name), wanted, existing, destinations, steps),
        None => Ok(()),
    }
}
