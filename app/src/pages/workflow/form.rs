//! The workflow's form as the browser holds it: it is the only copy of what is not saved yet.
//!
//! Switches stay uncontrolled, so what was switched before the page came alive is kept, and a save reads exactly what is seen.

use std::collections::BTreeMap;

use domain::{
    FieldError,
    workflow::{event_key, validate_settings},
};
use leptos::{html, prelude::*, wasm_bindgen::JsCast, web_sys};

use crate::{
    api::workflow::{PostedRow, changed_settings},
    browser,
};

/// The form's element.
pub type FormRef = NodeRef<html::Form>;

/// The rows as they are on the page now.
pub fn read_rows(form: FormRef) -> Vec<PostedRow> {
    let mut rows = BTreeMap::<usize, PostedRow>::new();
    for (name, value) in browser::form_fields(form) {
        let place = name.strip_prefix("rows[").and_then(|rest| rest.strip_suffix(']')?.split_once("]["));
        let Some((Ok(number), field)) = place.map(|(number, field)| (number.parse(), field)) else { continue };
        rows.entry(number).or_default().take(field, value);
    }
    rows.into_values().collect()
}

/// What saving these rows would change, one sentence each.
pub fn changes(rows: &[PostedRow]) -> Vec<String> {
    rows.iter().filter_map(PostedRow::change).collect()
}

/// What is wrong with the rows that would be saved: the same rules as on the server, and no name twice in the table.
pub fn mistakes(rows: &[PostedRow], allowed: &[String]) -> Vec<FieldError> {
    let mut errors = validate_settings(&changed_settings(rows), allowed);
    for (i, row) in rows.iter().enumerate().filter(|(_, row)| row.was.is_empty() && row.is_changed()) {
        let key = event_key(&row.event);
        if rows[..i].iter().any(|other| event_key(&other.event) == key)
            && !errors.iter().any(|error| error.field == row.event.trim())
        {
            let message = format!("“{}” is in the table already. Switch it there.", row.event.trim());
            errors.push(FieldError::new(row.event.trim(), message));
        }
    }
    errors
}

/// Switches one side of every row that is shown and has something to become; told by the form's own change event.
pub fn switch_shown(form: FormRef, side: &str, on: bool) {
    let Some(form) = form.get_untracked() else { return };
    let groups = siblings(form.query_selector("tbody").ok().flatten());
    let rows = groups.flat_map(|group| siblings(group.first_element_child()));
    for row in rows.filter(|row| !row.has_attribute("hidden")) {
        let sent = find::<web_sys::HtmlSelectElement>(&row, "select").is_none_or(|select| !select.value().is_empty());
        let switch = find::<web_sys::HtmlInputElement>(&row, &format!("input[data-side='{side}']:not(:disabled)"));
        if let Some(switch) = switch.filter(|_| sent || !on) {
            switch.set_checked(on);
        }
    }
}

/// The element and those that follow it.
fn siblings(first: Option<web_sys::Element>) -> impl Iterator<Item = web_sys::Element> {
    std::iter::successors(first, web_sys::Element::next_element_sibling)
}

fn find<T: JsCast>(row: &web_sys::Element, selector: &str) -> Option<T> {
    row.query_selector(selector).ok().flatten()?.dyn_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(event: &str, was: &str, snap: &str, server: bool) -> PostedRow {
        PostedRow { event: event.into(), snap: snap.into(), server, was: was.into(), ..PostedRow::default() }
    }

    #[test]
    fn a_new_event_may_not_repeat_one_of_the_table() {
        let allowed = ["PURCHASE".to_owned()];
        let table =
            [row("Order Completed", "PURCHASE|0|0", "PURCHASE", false), row("order_completed", "", "PURCHASE", true)];
        assert!(mistakes(&table, &allowed)[0].message.contains("already"));
        let table = [row("Old", "|0|0", "", false), row("Lead", "", "PURCHASE", true), row("", "", "", false)];
        assert_eq!(mistakes(&table, &allowed), []);
    }

    #[test]
    fn only_changed_rows_are_checked() {
        let untouched = row("error_log", "|0|0", "", false);
        let wrong = row("Lead", "|0|0", "", true);
        let found = mistakes(&[untouched, wrong], &[]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].field, "Lead");
    }
}
