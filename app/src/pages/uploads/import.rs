//! The import: where the people go, how far it is, and what it came to.

use domain::{
    AudienceId,
    view_uploads::{UploadState, UploadView},
};
use leptos::prelude::*;

use super::{list::rows, one::UploadActions};
use crate::components::{
    ConfirmForm, Form, FormError, PostForm, SelectField, SubmitButton, TextField, count_of, failure, grouped,
};

/// Where the people go, and the button that starts it.
pub(super) fn import_panel(
    upload: &UploadView,
    audiences: Vec<(AudienceId, String)>,
    actions: UploadActions,
) -> AnyView {
    let failure = failure(actions.start);
    let (id, stopped) = (upload.id.to_string(), upload.id.to_string());
    let possible = upload.report.as_ref().is_some_and(|report| report.taken > 0);
    let existing = (!audiences.is_empty()).then(|| {
        let options = audiences.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
        view! {
            <label><input type="radio" name="target" value="audience"/> <span>"Into a static audience that is there"</span></label>
            <SelectField name="audience" label="Static audience" options=options error=failure.field("audience")/>
        }
    });
    view! {
        <section class="panel" aria-labelledby="import">
            <h2 id="import">"Import"</h2>
            <PostForm action=actions.start attr:class="form">
                <input type="hidden" name="id" value=id/>
                <fieldset class="choices">
                    <legend>"Where the people go"</legend>
                    <label><input type="radio" name="target" value="profiles" checked=true/> <span>"Among your profiles, with their traits"</span></label>
                    {existing}
                    <label><input type="radio" name="target" value="new"/> <span>"Into a new static audience, too"</span></label>
                    <TextField
                        name="audience_name"
                        label="Name of the new audience"
                        hint="Only for a new audience."
                        maxlength=100
                        error=failure.field("audience_name")
                    />
                </fieldset>
                <FieldProblem failure=failure.field("columns")/>
                <FormError failure=failure/>
                <div class="actions">
                    {possible.then(|| view! { <SubmitButton label="Start the import" pending=actions.start.pending()/> })}
                    {(!possible).then(|| view! { <p class="muted">"No row can be taken as it is read now."</p> })}
                </div>
            </PostForm>
            <div class="actions panel-foot">
                {stop_button(actions.cancel.into(), stopped, "Forget this file", "Forget this file?", "Forget", "The file is deleted. Nothing of it was imported.")}
            </div>
        </section>
    }
    .into_any()
}

/// A mistake that belongs to another panel's fields.
#[component]
fn FieldProblem(failure: Signal<Option<String>>) -> impl IntoView {
    view! { <p class="field-error" role="alert" hidden=move || failure.with(Option::is_none)>{move || failure.get()}</p> }
        .into_any()
}

fn stop_button(
    action: Form,
    id: String,
    label: &'static str,
    title: &'static str,
    verb: &'static str,
    lost: &'static str,
) -> AnyView {
    view! {
        <ConfirmForm action=action id="stop-upload" open_label=label title=title verb=verb class="button">
            <input type="hidden" name="id" value=id/>
            <p>{lost}</p>
        </ConfirmForm>
    }
    .into_any()
}

/// How far it is.
pub(super) fn progress_panel(upload: &UploadView, may_change: bool, actions: UploadActions) -> AnyView {
    let counts = upload.counts;
    let percent = (counts.done * 100).checked_div(counts.total).unwrap_or(0).min(100);
    let stop = may_change.then(|| {
        let lost = "What was imported until now stays. The rest of the file is deleted.";
        stop_button(actions.cancel.into(), upload.id.to_string(), "Stop the import", "Stop this import?", "Stop", lost)
    });
    view! {
        <section class="panel" aria-labelledby="progress">
            <h2 id="progress">"Import"</h2>
            <progress class="progress" max="100" value=percent.to_string() aria-labelledby="progress"></progress>
            <p>{format!("{percent} %: {} of {}, {} not taken.", grouped(counts.done), rows(counts.total), grouped(counts.rejected))}</p>
            <p class="muted">
                "It goes on without this page, also after a restart. " <a href=format!("/uploads/{}", upload.id)>"Look again"</a>
            </p>
            <div class="actions panel-foot">{stop}</div>
        </section>
    }
    .into_any()
}

/// What it came to.
pub(super) fn result_panel(upload: &UploadView, may_change: bool) -> AnyView {
    let counts = upload.counts;
    let problem = upload.problem.clone().map(|problem| view! { <p class="callout danger">{problem}</p> });
    let audience = upload.audience.clone().map(|(id, name)| {
        view! { <dt>"Audience"</dt><dd><a href=format!("/audiences/{id}")>{name}</a></dd> }
    });
    let rejects = (upload.has_rejects && may_change).then(|| {
        view! {
            <p>"The rows that were not taken can be downloaded for 7 days, each with its line and the reason. Mend them, and upload that file."</p>
            <div class="actions">
                <a class="button" href=format!("/uploads/{}/rejected.csv", upload.id) rel="external" download="">
                    {format!("Download {} not taken", rows(counts.rejected))}
                </a>
            </div>
        }
    });
    let title = if upload.state == UploadState::Done { "Imported" } else { "Imported in part" };
    view! {
        <section class="panel" aria-labelledby="result">
            <h2 id="result">{title}</h2>
            {problem}
            <dl class="facts">
                <dt>"Rows taken"</dt><dd>{grouped(counts.taken)}</dd>
                <dt>"New people"</dt><dd>{grouped(counts.new_people)}</dd>
                <dt>"Rows not taken"</dt><dd>{grouped(counts.rejected)}</dd>
                <dt>"Left out of rows"</dt><dd>{count_of(counts.left_out, "value", "values")}</dd>
                {audience}
            </dl>
            {rejects}
        </section>
    }
    .into_any()
}
