//! The options of a `[[destination]]`: what the file leaves out stays.

use domain::{
    DestinationId,
    options::{DestinationOptions, check_hold, read_app_id, read_limited_data_use},
};
use store::Step;

use super::{
    Mistake,
    reader::{Located, Section},
};

/// What the file says of options.
pub(super) struct OptionsEntry {
    snap_app_id: Option<Located<Option<String>>>,
    hold_seconds: Option<Located<u32>>,
    hold_purchases: Option<Located<bool>>,
    limited_data_use: Option<Located<Option<String>>>,
}

pub(super) fn read(section: &Section<'_>) -> Result<OptionsEntry, Mistake> {
    Ok(OptionsEntry {
        snap_app_id: checked(section.string("snap_app_id")?, |id| read_app_id("snap_app_id", id))?,
        hold_seconds: checked(section.number("hold_seconds")?, |seconds| check_hold("hold_seconds", *seconds))?,
        hold_purchases: section.flag("hold_purchases")?,
        limited_data_use: checked(section.string("limited_data_use")?, |word| {
            read_limited_data_use("limited_data_use", word)
        })?,
    })
}

/// The value as the rules read it.
fn checked<T, U>(
    found: Option<Located<T>>,
    rule: impl Fn(&T) -> Result<U, domain::FieldError>,
) -> Result<Option<Located<U>>, Mistake> {
    let Some(Located { value, line }) = found else { return Ok(None) };
    match rule(&value) {
        Ok(value) => Ok(Some(Located { value, line })),
        Err(mistake) => Err(Mistake::new(line, format!("{}: {}", mistake.field, mistake.message))),
    }
}

/// One step for all of them.
pub(super) fn plan(
    entry: &OptionsEntry,
    existing: Option<&DestinationOptions>,
    id: DestinationId,
    add: &mut impl FnMut(usize, Step, String),
) {
    let stored = existing.cloned().unwrap_or_default();
    let mut wanted = stored.clone();
    let mut lines = Vec::new();
    if let Some(at) = &entry.snap_app_id {
        wanted.snap_app_id.clone_from(&at.value);
        lines.push(at.line);
    }
    if let Some(at) = &entry.hold_seconds {
        wanted.hold_seconds = at.value;
        lines.push(at.line);
    }
    if let Some(at) = &entry.hold_purchases {
        wanted.hold_purchases = at.value;
        lines.push(at.line);
    }
    if let Some(at) = &entry.limited_data_use {
        wanted.limited_data_use.clone_from(&at.value);
        lines.push(at.line);
    }
    let said = stored.changes_to(&wanted);
    if let Some(line) = lines.into_iter().min().filter(|_| !said.is_empty()) {
        add(line, Step::Options(id, wanted), said.join("; "));
    }
}
