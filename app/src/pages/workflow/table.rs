//! The table of the workflow, in groups.

use domain::{
    view::{Workflow, WorkflowRow},
    workflow::is_audience_event,
};
use leptos::prelude::*;

use super::{
    PageState, form,
    row::{RowContext, known_row, new_row},
};

const GROUPS: [&str; 6] = ["Shopping", "Browsing", "People", "App", "Custom", "Audiences"];

/// The table with a row for each event, and one for an event that is not known yet.
pub fn workflow_table(workflow: Workflow, state: PageState) -> AnyView {
    let context = RowContext {
        destination: workflow.id,
        filter: state.filter,
        errors: Signal::derive(move || state.errors()),
        snap_events: StoredValue::new(workflow.snap_events),
        known: StoredValue::new(workflow.rows.iter().map(|row| row.setting.event.clone()).collect()),
    };
    let total = workflow.rows.len();
    let mut numbered: Vec<(usize, WorkflowRow)> = workflow.rows.into_iter().enumerate().collect();
    let mut bodies = Vec::new();
    for group in GROUPS {
        let (rows, rest) = numbered.into_iter().partition(|(_, row)| row.group == group);
        numbered = rest;
        bodies.push(group_rows(group, rows, total, state, context));
    }
    // A group that this page has no place for is shown all the same.
    if !numbered.is_empty() {
        bodies.push(group_rows("Other", numbered, total, state, context));
    }
    view! {
        <div class="table-region" tabindex="0" role="region" aria-label="Events and where they go">
            <table class="data workflow-table">
                {head(state)}
                {bodies}
            </table>
        </div>
        <p class="empty-filter" hidden=move || any_shown(context)>"No event matches the search."</p>
    }
    .into_any()
}

fn head(state: PageState) -> impl IntoView {
    view! {
        <thead>
            <tr>
                <th scope="col">"Event"</th>
                <th scope="col">"Snap event"</th>
                <th scope="col" class="number">"Last 24 hours"</th>
                <th scope="col">"Last seen"</th>
                <th scope="col">{side_head("server", "Server-side", state)}</th>
                <th scope="col">{side_head("client", "Client-side", state)}</th>
            </tr>
        </thead>
    }
    .into_any()
}

fn side_head(side: &'static str, label: &'static str, state: PageState) -> impl IntoView {
    let all = move |ev: leptos::ev::Event| {
        form::switch_shown(state.form, side, event_target_checked(&ev));
        state.recount();
    };
    view! {
        <label class="side-head">
            <input type="checkbox" aria-label=format!("All events shown, {label}") on:change=all/>
            <span>{label}</span>
        </label>
    }
    .into_any()
}

fn group_rows(
    group: &'static str,
    rows: Vec<(usize, WorkflowRow)>,
    total: usize,
    state: PageState,
    context: RowContext,
) -> AnyView {
    let custom = group == "Custom";
    if rows.is_empty() && !custom {
        return ().into_any();
    }
    let names: Vec<(String, String, bool)> = rows
        .iter()
        .map(|(_, row)| (row.setting.event.clone(), row.setting.snap_event.clone(), row.last_seen.is_some()))
        .collect();
    let shown = move || custom || names.iter().any(|(event, snap, seen)| context.filter.shows(event, snap, *seen));
    let audiences = rows.iter().any(|(_, row)| is_audience_event(&row.setting.event));
    let rows: Vec<AnyView> = rows.into_iter().map(|(index, row)| known_row(index, row, context)).collect();
    view! {
        <tbody>
            <tr class="group" hidden=move || !shown()>
                <th colspan="6" scope="rowgroup">
                    {group}
                    {audiences.then(|| view! {
                        <span class="group-hint">
                            " People who enter or leave an audience are added to or removed from its list at Snapchat. They are never sent as conversions."
                        </span>
                    })}
                </th>
            </tr>
            {rows}
            {custom.then(|| new_rows(total, state, context))}
        </tbody>
    }
    .into_any()
}

fn new_rows(total: usize, state: PageState, context: RowContext) -> impl IntoView {
    let index = move |number: u32| total + usize::try_from(number).unwrap_or_default();
    view! {
        <For each=move || 0..state.new_rows.get() key=|number| *number let:number>
            {new_row(index(number), number, context)}
        </For>
        <tr class="new-row-add">
            <td colspan="6">
                <button type="button" class="button plain" on:click=move |_| state.new_rows.update(|rows| *rows += 1)>
                    "Add another custom event"
                </button>
            </td>
        </tr>
    }
    .into_any()
}

fn any_shown(context: RowContext) -> bool {
    context.known.with_value(|known| known.iter().any(|event| context.filter.shows(event, "", true)))
}
