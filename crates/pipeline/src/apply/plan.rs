//! Compares what a file describes with what there is: the steps from one to the other.

use domain::{DestinationId, SourceId, time::DAY};
use store::{NewSource, Planned, SourceSnapshot, Step, WorkspaceSnapshot};

use super::{
    Mistake, audiences, destinations,
    file::{Described, SourceEntry},
    people::{self, Account},
};
use crate::{Switchyard, random};

/// How long the write key before is still accepted.
const OLD_KEY_LIFE: i64 = 7 * DAY;

pub(super) fn plan(
    switchyard: &Switchyard,
    described: &Described,
    accounts: &[Account],
    found: &[WorkspaceSnapshot],
) -> Result<Vec<Planned>, Mistake> {
    let workspace = &described.workspace;
    if found.len() > 1 {
        let message = format!("{} workspaces have the name “{}”. Rename one first.", found.len(), workspace.value);
        return Err(Mistake::new(workspace.line, message));
    }
    let existing = found.first();
    let mut steps = Vec::new();
    if existing.is_none() {
        let what = format!("workspace “{}” added", workspace.value);
        steps.push(Planned::new(Step::Workspace(workspace.value.clone()), workspace.line, what));
    }
    people::plan(switchyard, &described.users, accounts, existing, &mut steps)?;
    for entry in &described.sources {
        let source = existing.and_then(|found| found.sources.iter().find(|s| same(&s.name, &entry.name.value)));
        plan_source(switchyard, entry, source, &mut steps);
    }
    let mut all: Vec<(String, DestinationId)> =
        existing.map(|found| found.destinations.iter().map(|d| (d.name.clone(), d.id)).collect()).unwrap_or_default();
    for entry in &described.destinations {
        let known = existing.and_then(|found| found.destinations.iter().find(|d| same(&d.name, &entry.name.value)));
        let id = destinations::plan(switchyard, entry, known, &mut steps)?;
        if known.is_none() {
            all.push((entry.name.value.clone(), id));
        }
    }
    audiences::check_references(&described.audiences, existing.map_or(&[][..], |found| &found.audiences))?;
    for entry in &described.audiences {
        let known = existing.and_then(|found| found.audiences.iter().find(|a| same(&a.name, &entry.name.value)));
        audiences::plan(switchyard, entry, known, &all, &mut steps)?;
    }
    Ok(steps)
}

fn plan_source(
    switchyard: &Switchyard,
    entry: &SourceEntry,
    existing: Option<&SourceSnapshot>,
    steps: &mut Vec<Planned>,
) {
    let name = &entry.name.value;
    let mut add = |line: usize, step: Step, what: String| {
        steps.push(Planned::new(step, line, format!("source “{name}”: {what}")));
    };
    let country = entry.default_country.as_ref();
    let id = match existing {
        None => {
            let source = NewSource {
                id: SourceId(switchyard.new_id()),
                name: name.clone(),
                write_key: entry.write_key.as_ref().map_or_else(random::write_key, |key| key.value.clone()),
                default_country: country.map(|country| country.value.clone()),
            };
            let (id, what) = (source.id, format!("added, write key {}", source.write_key));
            add(entry.write_key.as_ref().map_or(entry.line, |key| key.line), Step::Source(source), what);
            id
        }
        Some(found) => {
            if let Some(key) = entry.write_key.as_ref().filter(|key| key.value != found.write_key) {
                let until = switchyard.now().plus(OLD_KEY_LIFE);
                let what = format!("new write key {}; the old one is accepted for 7 days more", key.value);
                add(key.line, Step::SourceKey(found.id, key.value.clone(), until), what);
            }
            if let Some(country) = country.filter(|new| found.default_country.as_ref() != Some(&new.value)) {
                let what = format!("default country {}", country.value);
                add(country.line, Step::SourceCountry(found.id, country.value.clone()), what);
            }
            found.id
        }
    };
    if let Some(on) = entry.enabled.as_ref().filter(|on| existing.is_none_or(|found| found.enabled) != on.value) {
        let what = if on.value { "switched on" } else { "switched off" };
        add(on.line, Step::SourceEnabled(id, on.value), what.to_owned());
    }
    let required = existing.is_some_and(|found| found.consent_required);
    if let Some(on) = entry.require_consent.as_ref().filter(|on| on.value != required) {
        let what = if on.value { "marketing consent required" } else { "marketing consent not required" };
        add(on.line, Step::SourceConsent(id, on.value), what.to_owned());
    }
}

/// Names are the same without regard to case and to blanks around them.
fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}
