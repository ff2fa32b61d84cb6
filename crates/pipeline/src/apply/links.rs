//! `destinations = [...]` of an audience: a name, or a table with the settings of the list there.

use domain::{AudienceId, DestinationId, view_sync::LinkSettings};
use store::{AudienceRecord, Planned, Step};
use toml_edit::Value;

use super::{
    Mistake,
    reader::{Located, Section, Text, hint, wrong_type},
};

const KEYS: [&str; 4] = ["name", "list", "retention_days", "lists"];

/// A destination of an audience; settings that are left out stay.
pub(super) struct LinkEntry {
    line: usize,
    name: String,
    /// An existing list; empty for one that is made.
    list: Option<Located<String>>,
    retention_days: Option<Located<i64>>,
    one_each: Option<bool>,
}

pub(super) fn read_links(text: Text<'_>, section: &Section<'_>) -> Result<Option<Located<Vec<LinkEntry>>>, Mistake> {
    let Some(found) = section.item("destinations") else { return Ok(None) };
    let expected = "a list of names, or of tables such as { name = \"Snapchat US\", retention_days = 30 }";
    let list = found
        .value
        .as_array()
        .ok_or_else(|| wrong_type(found.line, "destinations", expected, found.value.type_name()))?;
    let entries = list.iter().map(|value| {
        let line = text.line(value.span());
        match value {
            Value::String(name) => Ok(LinkEntry::plain(line, name.value())),
            Value::InlineTable(table) => {
                read_link(&Section::of(text, table, line, "A destination of an audience", &KEYS)?)
            }
            other => Err(wrong_type(line, "destinations", expected, other.type_name())),
        }
    });
    Ok(Some(Located { value: entries.collect::<Result<_, _>>()?, line: found.line }))
}

fn read_link(section: &Section<'_>) -> Result<LinkEntry, Mistake> {
    let name = section.required("name", "A destination of an audience")?;
    let one_each = match section.string("lists")? {
        None => None,
        Some(word) if word.value == "one" => Some(false),
        Some(word) if word.value == "each" => Some(true),
        Some(word) => {
            let hint = hint(&word.value, ["one", "each"].into_iter());
            return Err(Mistake::new(word.line, format!("lists is “{}”. {hint}", word.value)));
        }
    };
    Ok(LinkEntry {
        list: section.string("list")?,
        retention_days: section.number("retention_days")?,
        one_each,
        ..LinkEntry::plain(section.line, &name.value)
    })
}

impl LinkEntry {
    fn plain(line: usize, name: &str) -> Self {
        Self { line, name: name.to_owned(), list: None, retention_days: None, one_each: None }
    }

    /// The settings that the file wants: what it leaves out stays.
    fn settings(&self, stored: LinkSettings) -> Result<LinkSettings, Mistake> {
        let wanted = LinkSettings {
            existing: match &self.list {
                None => stored.existing,
                Some(id) => Some(id.value.trim().to_owned()).filter(|id| !id.is_empty()),
            },
            retention_days: match &self.retention_days {
                None => stored.retention_days,
                // What no retention can be is told as one that is out of bounds.
                Some(days) => days.value.try_into().unwrap_or(0),
            },
            one_each: self.one_each.unwrap_or(stored.one_each),
        };
        match wanted.problem() {
            None => Ok(wanted),
            Some(problem) => {
                let line = match problem.field.as_str() {
                    "existing" => self.list.as_ref().map(|found| found.line),
                    "retention_days" => self.retention_days.as_ref().map(|found| found.line),
                    _ => None,
                };
                Err(Mistake::new(line.unwrap_or(self.line), problem.message))
            }
        }
    }
}

/// The steps for the destinations of one audience. `destinations` are all that there are after the file is applied.
pub(super) fn plan(
    (id, audience): (AudienceId, &str),
    wanted: &Located<Vec<LinkEntry>>,
    existing: Option<&AudienceRecord>,
    destinations: &[(String, DestinationId)],
    steps: &mut Vec<Planned>,
) -> Result<(), Mistake> {
    let linked: Vec<DestinationId> =
        existing.map(|found| found.destinations.iter().map(|(id, ..)| *id).collect()).unwrap_or_default();
    let mut add = |line: usize, step: Step, what: String| {
        steps.push(Planned::new(step, line, format!("audience “{audience}”: {what}")));
    };
    let mut kept = Vec::new();
    for entry in &wanted.value {
        let key = entry.name.trim().to_lowercase();
        let Some((_, to)) = destinations.iter().find(|(name, _)| name.to_lowercase() == key) else {
            let hint = hint(&entry.name, destinations.iter().map(|(name, _)| name.as_str()));
            return Err(Mistake::new(entry.line, format!("There is no destination “{}”. {hint}", entry.name)));
        };
        if !linked.contains(to) && !kept.contains(to) {
            add(entry.line, Step::Link(id, *to), format!("goes to {}", entry.name));
        }
        kept.push(*to);
        let stored = existing.and_then(|found| found.links.get(to)).cloned().unwrap_or_default();
        let settings = entry.settings(stored.clone())?;
        if settings != stored {
            let what = format!("at {} {}", entry.name, settings.sentence());
            add(entry.line, Step::LinkSettings(id, *to, settings), what);
        }
    }
    for (name, gone) in destinations.iter().filter(|(_, id)| linked.contains(id) && !kept.contains(id)) {
        add(wanted.line, Step::Unlink(id, *gone), format!("goes to {name} no more"));
    }
    Ok(())
}
