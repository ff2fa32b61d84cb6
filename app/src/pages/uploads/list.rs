//! The list of files.

use domain::view_uploads::{UploadState, UploadView};
use leptos::prelude::*;

use crate::{
    api::uploads::list_uploads,
    components::{
        AudienceTabs, EmptyState, ErrorBox, PageHead, StatusChip, Time, Tone, count_of, grouped, load, when_read,
    },
};

/// The page.
#[component]
pub fn UploadsPage() -> impl IntoView {
    let data = load(|| (), |()| list_uploads());
    view! {
        <PageHead title="Upload people" sentence="Files of people, as traits or straight into an audience.">
            <a class="button primary" href="/uploads/new">"Upload a file"</a>
        </PageHead>
        <AudienceTabs/>
        {when_read(move || async move {
                match data.await {
                    Ok(uploads) => table(uploads),
                    Err(error) => view! { <ErrorBox error=error/> }.into_any(),
                }
        })}
    }
    .into_any()
}

fn table(uploads: Vec<UploadView>) -> AnyView {
    if uploads.is_empty() {
        return view! {
            <EmptyState
                icon="sources"
                title="No file yet"
                sentence="A CSV file of e-mail addresses, phone numbers or ids becomes people that you know, or members of an audience."
            />
        }
        .into_any();
    }
    let rows: Vec<AnyView> = uploads.into_iter().map(row).collect();
    view! {
        <div class="table-scroll">
            <table class="data cards">
                <caption class="visually-hidden">"Uploaded files"</caption>
                <thead>
                    <tr>
                        <th scope="col">"File"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" class="number">"Rows"</th>
                        <th scope="col" class="number">"Taken"</th>
                        <th scope="col" class="number">"Not taken"</th>
                        <th scope="col">"Uploaded"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(upload: UploadView) -> AnyView {
    let counts = upload.counts;
    view! {
        <tr class="linked">
            <th scope="row"><a class="row-link" href=format!("/uploads/{}", upload.id)>{upload.name}</a></th>
            <td data-label="State">{state_chip(upload.state)}</td>
            <td data-label="Rows" class="number">{grouped(counts.total)}</td>
            <td data-label="Taken" class="number">{grouped(counts.taken)}</td>
            <td data-label="Not taken" class="number">{grouped(counts.rejected)}</td>
            <td data-label="Uploaded"><Time at=upload.created_at/> <span class="muted">" by " {upload.created_by}</span></td>
        </tr>
    }
    .into_any()
}

/// Where a file stands, in a word.
pub(super) fn state_chip(state: UploadState) -> AnyView {
    let (tone, icon, hint) = match state {
        UploadState::Receiving => (Tone::Info, "clock", "Its bytes are arriving."),
        UploadState::Draft => (Tone::Warning, "info", "Say what its columns hold, and start the import."),
        UploadState::Waiting => (Tone::Info, "clock", "It is imported as soon as those before it are."),
        UploadState::Running => (Tone::Info, "send", "Its rows are being imported."),
        UploadState::Done => (Tone::Good, "check", "Every row was looked at."),
        UploadState::Cancelled => (Tone::Neutral, "off", "What was imported before stays."),
        UploadState::Failed => (Tone::Danger, "cross", "What was imported before stays."),
    };
    view! { <StatusChip tone=tone label=state.label() icon=icon hint=hint/> }.into_any()
}

/// `1,204 rows`.
pub(super) fn rows(count: u64) -> String {
    count_of(count, "row", "rows")
}
