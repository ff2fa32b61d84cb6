//! Choosing a file. A form of its own kind: the browser sends the file as it is, with or without scripts.

use domain::Role;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    api::accounts::Gate,
    components::{AudienceTabs, Icon, PageHead, use_gate},
};

/// The page.
#[component]
pub fn NewUploadPage() -> impl IntoView {
    let query = use_query_map();
    let problem = Memo::new(move |_| query.with(|query| query.get("problem").and_then(|word| sentence(&word))));
    let gate = use_gate();
    view! {
        <PageHead title="Upload a file" crumbs=vec![("All uploads".to_owned(), "/uploads".to_owned())] sentence="A CSV file of people, up to 1 GiB. Nothing is imported yet: first you see what is in it."/>
        <AudienceTabs/>
        <Suspense>
            {move || Suspend::new(async move {
                match gate.await {
                    Ok(Gate::Open { me, .. }) if me.role >= Role::Marketer => form(problem),
                    _ => view! { <p class="callout">"Only marketers and admins upload files."</p> }.into_any(),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn form(problem: Memo<Option<&'static str>>) -> AnyView {
    let wrong = move || problem.get().is_some().then_some("true");
    view! {
        <section class="panel" aria-labelledby="choose">
            <h2 id="choose">"Choose a file"</h2>
            <form class="form" method="post" action="/uploads/file" enctype="multipart/form-data">
                <div class="field">
                    <label for="file">"CSV file"</label>
                    <input
                        id="file"
                        name="file"
                        type="file"
                        accept=".csv,.txt,.tsv,text/csv,text/plain"
                        required=true
                        aria-invalid=wrong
                        aria-describedby="file-hint file-error"
                    />
                    <p class="hint" id="file-hint">
                        "One person a line: e-mail address, phone number or an id, and whatever else you know. Commas, semicolons or tabs between the columns, UTF-8. The file is kept sealed until it was imported, and deleted then."
                    </p>
                    <p class="field-error" id="file-error" hidden=move || problem.get().is_none()>
                        <Icon name="warning"/>
                        <span>{move || problem.get()}</span>
                    </p>
                </div>
                <div class="actions"><button type="submit" class="button primary">"Upload"</button></div>
            </form>
        </section>
    }
    .into_any()
}

/// What a word in the address says. The address's text itself is never shown.
fn sentence(word: &str) -> Option<&'static str> {
    Some(match word {
        "no_file" => "Choose a file first.",
        "empty" => "This file is empty.",
        "no_rows" => "This file has no rows below the names of its columns.",
        "columns" => "The first line of this file has no columns.",
        "not_utf8" => "The names of its columns are not UTF-8. Save the file as “CSV UTF-8”, and upload that.",
        "too_many_columns" => "This file has more than 200 columns. Leave out those that say nothing of people.",
        "too_large" => "This file is larger than 1 GiB. Split it, and upload the parts.",
        "broken" => "The file did not arrive whole: the connection ended before. Upload it again.",
        "utf16" => "This file is UTF-16. Save it as “CSV UTF-8”, and upload that.",
        "excel" => "This is an Excel workbook. Save it as “CSV UTF-8” in Excel, and upload that.",
        "binary" => "This is no text file. Export the list as CSV, and upload that.",
        _ => return None,
    })
}
