//! The field mapping of one event: where each field of Snapchat's comes from, previewed on the last real event.

use domain::{
    ApiError, FieldError,
    fields::FieldTrace,
    view_fields::{FieldMapping, MappedField, Preview},
    workflow::FieldRule,
};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{
    destinations::route::{crumbs, destination_id, successes},
    test_event::{origin, shown},
};
use crate::{
    api::{
        error::PageError,
        fields::{SaveFields, read_fields},
    },
    components::{ErrorBox, FormAction, FormError, PageHead, PostForm, Tabs, Time, failure, load, when_read},
};

/// Where a field may come from: the word in the form and the label.
const CHOICES: [(&str, &str); 4] =
    [("default", "Default paths"), ("path", "Another path"), ("constant", "A constant"), ("off", "Not sent")];
/// How many default paths are told; the rest is in the tooltip's list.
const PATHS_SHOWN: usize = 2;
/// Groups of fields by how their names begin; what fits none belongs to the first.
const GROUPS: [(&str, &str); 4] = [
    ("", "The event itself"),
    ("user_data.", "Who it was"),
    ("custom_data.", "What it was about"),
    ("app_data.", "The app and its device"),
];

/// The page.
#[component]
pub fn FieldsPage() -> impl IntoView {
    let id = destination_id();
    let (params, query) = (use_params_map(), use_query_map());
    let key = Memo::new(move |_| params.read().get("event").unwrap_or_default());
    let draft = Memo::new(move |_| query.read().get("draft"));
    let save = FormAction::<SaveFields>::new();
    let saved = successes(save);
    let data = load(
        move || (id.get(), key.get(), draft.get(), saved.get()),
        |(id, key, draft, _)| async move { read_fields(id.ok_or(PageError(ApiError::NotFound))?, key, draft).await },
    );
    when_read(move || async move {
        match data.await {
            Ok(mapping) => page_view(mapping, save),
            Err(error) => view! { <ErrorBox error=error/> }.into_any(),
        }
    })
}

fn page_view(mapping: FieldMapping, save: FormAction<SaveFields>) -> AnyView {
    let FieldMapping { id, name, event, key, snap_event, version, fields, preview, unsaved, mistakes } = mapping;
    let mut crumbs = crumbs(&name, Some(id));
    crumbs.push(("Event workflow".to_owned(), format!("/destinations/{id}/workflow")));
    let becomes =
        if snap_event.is_empty() { "It becomes nothing yet.".to_owned() } else { format!("It becomes {snap_event}.") };
    let ruled = fields.iter().filter(|field| field.rule.is_some()).count();
    let state = match ruled {
        0 => "Every field comes from its default paths.".to_owned(),
        1 => "One field has a rule of its own.".to_owned(),
        many => format!("{many} fields have rules of their own."),
    };
    let unsaved = unsaved.then(|| {
        view! { <p class="callout warning">"This is a preview. The rules below are not saved yet."</p> }
    });
    let wrong = (!mistakes.is_empty()).then(|| {
        let count = mistakes.len();
        let what = if count == 1 { "One rule is".to_owned() } else { format!("{count} rules are") };
        view! { <p class="callout danger" role="alert">{what} " wrong. Mend what is marked below."</p> }
    });
    let bodies = bodies(fields, &mistakes);
    view! {
        <PageHead title=format!("Fields of {event}") crumbs=crumbs sentence=format!("{becomes} {state}")/>
        <Tabs id=id/>
        {unsaved}
        {wrong}
        {preview_sentence(preview)}
        <PostForm action=save attr:aria-label="Field mapping">
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="key" value=key/>
            <input type="hidden" name="version" value=version.to_string()/>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Fields">
                <table class="data dense fields-table">
                    <caption class="visually-hidden">"Fields and where they come from"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Field"</th>
                            <th scope="col">"Comes from"</th>
                            <th scope="col">"Path or constant"</th>
                            <th scope="col">"In the last event"</th>
                        </tr>
                    </thead>
                    {bodies}
                </table>
            </div>
            <div class="save-bar">
                <span class="save-told"><FormError failure=failure(save)/></span>
                <button type="submit" class="button" name="then" value="preview">"Preview"</button>
                <button type="submit" class="button primary" name="then" value="save">"Save Changes"</button>
            </div>
        </PostForm>
    }
    .into_any()
}

fn preview_sentence(preview: Option<Preview>) -> AnyView {
    let Some(preview) = preview else {
        return view! { <p class="muted">"No event of this name has arrived yet, so there is no preview."</p> }
            .into_any();
    };
    let link = format!("/events/{}", preview.event);
    let problem = preview.problem.map(|problem| {
        view! { <p class="callout warning">"With these rules it would not be sent. " {problem.message}</p> }
    });
    let warnings: Vec<AnyView> =
        preview.warnings.into_iter().map(|warning| view! { <li>{warning.message}</li> }.into_any()).collect();
    let warnings = (!warnings.is_empty()).then(|| {
        view! {
            <details class="preview-warnings">
                <summary>"What it lacks"</summary>
                <ul>{warnings}</ul>
            </details>
        }
    });
    view! {
        <p>
            "The last column shows " <a href=link>"the last event of this name"</a> ", received "
            <Time at=preview.received_at/> ", with personal data masked."
        </p>
        {problem}
        {warnings}
    }
    .into_any()
}

fn bodies(fields: Vec<MappedField>, mistakes: &[FieldError]) -> Vec<AnyView> {
    let group_of = |name: &str| GROUPS.iter().rposition(|(start, _)| name.starts_with(start)).unwrap_or(0);
    let mut rows: [Vec<AnyView>; GROUPS.len()] = Default::default();
    for (index, field) in fields.into_iter().enumerate() {
        let mistake = mistakes.iter().find(|mistake| mistake.field == field.info.name);
        rows[group_of(&field.info.name)].push(row(index, field, mistake.map(|mistake| mistake.message.clone())));
    }
    let body = |(rows, (_, title)): (Vec<AnyView>, (&str, &'static str))| {
        view! {
            <tbody>
                <tr class="group"><th scope="colgroup" colspan="4">{title}</th></tr>
                {rows}
            </tbody>
        }
        .into_any()
    };
    rows.into_iter().zip(GROUPS).map(body).collect()
}

fn row(index: usize, field: MappedField, mistake: Option<String>) -> AnyView {
    let MappedField { info, rule, trace } = field;
    let (chosen, text) = match rule {
        None => ("default", String::new()),
        Some(FieldRule::Path(path)) => ("path", path),
        Some(FieldRule::Constant(text)) => ("constant", text),
        Some(FieldRule::Off) => ("off", String::new()),
    };
    let options: Vec<AnyView> = CHOICES
        .into_iter()
        .map(|(word, label)| view! { <option value=word selected=word == chosen>{label}</option> }.into_any())
        .collect();
    let name = info.name.clone();
    let posted = move |what: &str| format!("rows[{index}][{what}]");
    let error_id = format!("rule-error-{index}");
    let wrong = mistake.is_some();
    view! {
        <tr>
            <th scope="row">
                <code>{name.clone()}</code>
                <input type="hidden" name=posted("name") value=name.clone()/>
                {default_paths(&info.paths)}
            </th>
            <td><select name=posted("from") aria-label=format!("Source of {name}")>{options}</select></td>
            <td>
                <input
                    type="text"
                    name=posted("text")
                    value=text
                    aria-label=format!("Path or constant for {name}")
                    aria-invalid=wrong.then_some("true")
                    aria-describedby=wrong.then(|| error_id.clone())
                    autofocus=wrong
                    autocomplete="off"
                    spellcheck="false"
                    maxlength="500"
                />
                {mistake.map(|message| view! { <p class="field-error" id=error_id><span>{message}</span></p> })}
            </td>
            <td>{trace.map(traced)}</td>
        </tr>
    }
    .into_any()
}

fn default_paths(paths: &[String]) -> AnyView {
    let first = paths.iter().take(PATHS_SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if paths.len() <= PATHS_SHOWN {
        return view! { <span class="default-paths">{first}</span> }.into_any();
    }
    let rest = paths[PATHS_SHOWN..].join(", ");
    let count = paths.len() - PATHS_SHOWN;
    view! {
        <details class="default-paths">
            <summary>{first} {format!(" and {count} more")}</summary>
            {rest}
        </details>
    }
    .into_any()
}

fn traced(trace: FieldTrace) -> AnyView {
    let sent = match &trace.sent {
        Some(sent) => view! { <code>{shown(sent)}</code> }.into_any(),
        None => view! { <span class="muted">"Not sent"</span> }.into_any(),
    };
    let found = trace
        .found
        .as_ref()
        .filter(|found| Some(*found) != trace.sent.as_ref())
        .map(|found| view! { <code>{shown(found)}</code> " → " });
    view! { <p>{found} {sent}</p> <p class="muted">{origin(&trace.origin)}</p> }.into_any()
}
