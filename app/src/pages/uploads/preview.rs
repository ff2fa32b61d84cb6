//! What is in a file: how many rows will be taken, which will not, and why.

use domain::view_uploads::{ReasonCount, RejectedRow, UploadReport, UploadView};
use leptos::prelude::*;

use super::list::rows;
use crate::components::{count_of, grouped};

/// The panel.
pub(super) fn preview_panel(upload: &UploadView) -> AnyView {
    let Some(report) = upload.report.clone() else { return ().into_any() };
    let UploadReport { rows: all, taken, reasons, left_out, rejected, first } = report;
    let names: Vec<String> =
        upload.plan.iter().flat_map(|plan| &plan.columns).map(|column| column.name.clone()).collect();
    let lost = all - taken;
    view! {
        <section class="panel" aria-labelledby="preview">
            <h2 id="preview">"What will be taken"</h2>
            <p>
                <strong>{rows(taken)}</strong> " will be taken"
                {if lost == 0 { ".".to_owned() } else { format!(", {} will not:", grouped(lost)) }}
            </p>
            {reason_list(reasons, "row", "rows")}
            {(!left_out.is_empty()).then(|| view! { <p>"Some values will be left out; the rest of their rows is taken:"</p> })}
            {reason_list(left_out, "value", "values")}
            {rejected_table(rejected)}
            {first_rows(names, first)}
        </section>
    }
    .into_any()
}

fn reason_list(reasons: Vec<ReasonCount>, one: &'static str, many: &'static str) -> AnyView {
    if reasons.is_empty() {
        return ().into_any();
    }
    let items: Vec<AnyView> = reasons
        .into_iter()
        .map(|it| {
            let told = format!(
                "{}: {} First on line {}.",
                count_of(it.count, one, many),
                it.reason.message,
                grouped(it.first_line)
            );
            view! { <li>{told}</li> }.into_any()
        })
        .collect();
    view! { <ul class="upload-reasons">{items}</ul> }.into_any()
}

fn rejected_table(rejected: Vec<RejectedRow>) -> AnyView {
    if rejected.is_empty() {
        return ().into_any();
    }
    let shown = format!("The first {} of those that will not be taken", rejected.len());
    let rows: Vec<AnyView> = rejected
        .into_iter()
        .map(|row| {
            view! {
                <tr>
                    <th scope="row">{grouped(row.line)}</th>
                    <td data-label="Why">{row.message}</td>
                    <td data-label="Row"><span class="upload-row">{row.row}</span></td>
                </tr>
            }
            .into_any()
        })
        .collect();
    view! {
        <details class="upload-details">
            <summary>{shown}</summary>
            <div class="table-scroll">
                <table class="data cards">
                    <caption class="visually-hidden">"Rows that will not be taken"</caption>
                    <thead>
                        <tr><th scope="col">"Line"</th><th scope="col">"Why"</th><th scope="col">"Row, masked"</th></tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}

fn first_rows(names: Vec<String>, first: Vec<Vec<String>>) -> AnyView {
    let heads: Vec<AnyView> = names.into_iter().map(|name| view! { <th scope="col">{name}</th> }.into_any()).collect();
    let rows: Vec<AnyView> = first
        .into_iter()
        .map(|row| {
            let cells: Vec<AnyView> = row.into_iter().map(|text| view! { <td>{text}</td> }.into_any()).collect();
            view! { <tr>{cells}</tr> }.into_any()
        })
        .collect();
    view! {
        <details class="upload-details">
            <summary>"The first rows, masked"</summary>
            <div class="table-region" tabindex="0" role="region" aria-label="First rows">
                <table class="data dense">
                    <thead><tr>{heads}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}
