//! How a file is read: the separator, the first line, and what each column holds.

use domain::{
    upload::{Column, Meaning, Plan, Separator},
    view_uploads::UploadView,
};
use leptos::prelude::*;

use super::one::UploadActions;
use crate::{
    components::{FormError, Icon, PostForm, SelectField, SubmitButton, Switch, failure},
    pages::sources::country_options,
};

/// The panel.
pub(super) fn reading_panel(upload: &UploadView, may_change: bool, actions: UploadActions) -> AnyView {
    let Some(plan) = upload.plan.clone() else { return ().into_any() };
    let examples = upload.report.as_ref().and_then(|report| report.first.first()).cloned().unwrap_or_default();
    let failure = failure(actions.plan);
    let id = upload.id.to_string();
    let problem = plan.problem().map(|problem| {
        view! { <p class="field-error"><Icon name="warning"/> <span>{problem.message}</span></p> }
    });
    let save = may_change
        .then(|| view! { <SubmitButton label="Read it like this" pending=actions.plan.pending() class="button"/> });
    view! {
        <section class="panel" aria-labelledby="reading">
            <h2 id="reading">"What its columns hold"</h2>
            <PostForm action=actions.plan>
                <input type="hidden" name="id" value=id/>
                {columns_table(&plan, examples, may_change)}
                {problem}
                {settings(&plan)}
                <FormError failure=failure/>
                <div class="actions panel-foot">{save}</div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn columns_table(plan: &Plan, examples: Vec<String>, may_change: bool) -> AnyView {
    let examples = examples.into_iter().chain(std::iter::repeat(String::new()));
    let rows: Vec<AnyView> = plan
        .columns
        .iter()
        .zip(examples)
        .enumerate()
        .map(|(index, (column, example))| column_row(index, column, example, may_change))
        .collect();
    view! {
        <div class="table-scroll">
            <table class="data cards">
                <caption class="visually-hidden">"Columns"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Column"</th>
                        <th scope="col">"First value, masked"</th>
                        <th scope="col">"Holds"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn column_row(index: usize, column: &Column, example: String, may_change: bool) -> AnyView {
    let options: Vec<AnyView> = Meaning::ALL
        .into_iter()
        .map(|meaning| {
            view! { <option value=meaning.as_str() selected=meaning == column.meaning>{meaning.label()}</option> }
                .into_any()
        })
        .collect();
    let label = format!("What {} holds", column.name);
    view! {
        <tr>
            <th scope="row">{column.name.clone()}</th>
            <td data-label="First value">{example}</td>
            <td data-label="Holds">
                <select name=format!("columns[{index}]") aria-label=label disabled=!may_change>{options}</select>
            </td>
        </tr>
    }
    .into_any()
}

fn settings(plan: &Plan) -> AnyView {
    let separators = Separator::ALL.into_iter().map(|it| (it.as_str().to_owned(), it.label().to_owned())).collect();
    view! {
        <div class="field-row upload-settings">
            <SelectField name="separator" label="Separator" options=separators value=plan.separator.as_str()/>
            <SelectField
                name="country"
                label="Default country"
                hint="For phone numbers that come without a country code."
                options=country_options()
                value=plan.country.clone().unwrap_or_default()
            />
            <Switch name="header" label="The first line names the columns" checked=plan.header/>
        </div>
    }
    .into_any()
}
