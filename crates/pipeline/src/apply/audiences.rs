//! `[[audience]]`: reading, and what has to change.

use domain::{
    AudienceId, DestinationId,
    audience::{Condition, Match, Rule},
    config::validate_name,
};
use serde_json::Value as Json;
use store::{AudienceRecord, Planned, Step};
use toml_edit::{Item, TableLike, Value};

use super::{
    Mistake,
    file::check,
    reader::{Located, Section, Text, hint, wrong_type},
};
use crate::Switchyard;

pub(super) const KEYS: [&str; 4] = ["name", "match", "conditions", "destinations"];
const EVENT_KEYS: [&str; 4] = ["event", "at_least", "at_most", "within_days"];
const TRAIT_KEYS: [&str; 2] = ["trait", "is"];

/// An `[[audience]]`; what it leaves out stays.
pub(super) struct AudienceEntry {
    pub line: usize,
    pub name: Located<String>,
    matches: Option<Match>,
    conditions: Option<Vec<Condition>>,
    pub destinations: Option<Located<Vec<Located<String>>>>,
}

pub(super) fn read_audience(text: Text<'_>, section: &Section<'_>) -> Result<AudienceEntry, Mistake> {
    let name = section.required("name", "[[audience]]")?;
    check(&name, validate_name("name", "audience", &name.value))?;
    let matches = match section.string("match")? {
        None => None,
        Some(word) => Some(match word.value.as_str() {
            "all" => Match::All,
            "any" => Match::Any,
            other => {
                let hint = hint(other, ["all", "any"].into_iter());
                return Err(Mistake::new(word.line, format!("match is “{other}”. {hint}")));
            }
        }),
    };
    Ok(AudienceEntry {
        line: section.line,
        name,
        matches,
        conditions: read_conditions(text, section)?,
        destinations: section.strings("destinations")?,
    })
}

fn read_conditions(text: Text<'_>, section: &Section<'_>) -> Result<Option<Vec<Condition>>, Mistake> {
    let Some(found) = section.item("conditions") else { return Ok(None) };
    let mut conditions = Vec::new();
    match found.value {
        Item::Value(Value::Array(list)) => {
            for value in list {
                let line = text.line(value.span());
                let table = value
                    .as_inline_table()
                    .ok_or_else(|| wrong_type(line, "conditions", "a list of tables", value.type_name()))?;
                conditions.push(read_condition(text, table, line)?);
            }
        }
        Item::ArrayOfTables(tables) => {
            for table in tables {
                conditions.push(read_condition(text, table, text.line(table.span()))?);
            }
        }
        other => return Err(wrong_type(found.line, "conditions", "a list of tables", other.type_name())),
    }
    Ok(Some(conditions))
}

fn read_condition(text: Text<'_>, table: &dyn TableLike, line: usize) -> Result<Condition, Mistake> {
    let condition = if table.contains_key("trait") {
        let section = Section::of(text, table, line, "A condition on a trait", &TRAIT_KEYS)?;
        let is = section.item("is").ok_or_else(|| Mistake::new(line, "A condition on a trait needs is = …"))?;
        Condition::Trait { r#trait: section.required("trait", "A condition")?.value, is: json(&is)? }
    } else {
        let section = Section::of(text, table, line, "A condition on an event", &EVENT_KEYS)?;
        if section.item("event").is_none() {
            return Err(Mistake::new(
                line,
                "A condition is about an event (event = \"…\") or a trait (trait = \"…\").",
            ));
        }
        Condition::Event {
            event: section.required("event", "A condition")?.value,
            at_least: section.number("at_least")?,
            at_most: section.number("at_most")?,
            within_days: section.number("within_days")?,
        }
    };
    match condition.problem() {
        Some(problem) => Err(Mistake::new(line, format!("In this condition {problem}."))),
        None => Ok(condition),
    }
}

fn json(is: &Located<&Item>) -> Result<Json, Mistake> {
    match is.value.as_value() {
        Some(Value::String(text)) => Ok(Json::from(text.value().as_str())),
        Some(Value::Integer(number)) => Ok(Json::from(*number.value())),
        Some(Value::Float(number)) => Ok(Json::from(*number.value())),
        Some(Value::Boolean(flag)) => Ok(Json::from(*flag.value())),
        _ => Err(wrong_type(is.line, "is", "a text, a number, true or false", is.value.type_name())),
    }
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
        steps.push(Planned { step, line, what: format!("audience “{name}”: {what}") });
    };
    let mut rule = existing.map(|found| found.rule.clone()).unwrap_or_default();
    rule.r#match = entry.matches.unwrap_or(rule.r#match);
    if let Some(conditions) = &entry.conditions {
        rule.conditions.clone_from(conditions);
    }
    if rule.conditions.is_empty() {
        return Err(Mistake::new(entry.line, format!("The audience “{name}” needs conditions.")));
    }
    if existing.is_none_or(|found| found.rule != rule) {
        let what = if existing.is_some() { "changed" } else { "added" };
        let what = format!("{what}: {}", Rule::sentence(&rule));
        add(entry.line, Step::Audience(id, name.clone(), rule), what);
    }
    let Some(wanted) = &entry.destinations else { return Ok(()) };
    let linked: Vec<DestinationId> =
        existing.map(|found| found.destinations.iter().map(|(id, ..)| *id).collect()).unwrap_or_default();
    let mut kept = Vec::new();
    for wanted in &wanted.value {
        let key = wanted.value.trim().to_lowercase();
        let Some((_, to)) = destinations.iter().find(|(name, _)| name.to_lowercase() == key) else {
            let hint = hint(&wanted.value, destinations.iter().map(|(name, _)| name.as_str()));
            return Err(Mistake::new(wanted.line, format!("There is no destination “{}”. {hint}", wanted.value)));
        };
        if !linked.contains(to) && !kept.contains(to) {
            add(wanted.line, Step::Link(id, *to), format!("goes to {}", wanted.value));
        }
        kept.push(*to);
    }
    for (name, gone) in destinations.iter().filter(|(_, id)| linked.contains(id) && !kept.contains(id)) {
        add(wanted.line, Step::Unlink(id, *gone), format!("goes to {name} no more"));
    }
    Ok(())
}
