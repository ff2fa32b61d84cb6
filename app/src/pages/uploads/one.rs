//! One file: how it is read, what is in it, where its people go, and how far that is.

use std::time::Duration;

use domain::{
    ApiError, Role, UploadId,
    view_uploads::{UploadState, UploadView},
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    import::{import_panel, progress_panel, result_panel},
    list::{rows, state_chip},
    preview::preview_panel,
    reading::reading_panel,
};
use crate::{
    api::{
        accounts::Gate,
        error::PageError,
        uploads::{CancelUpload, PlanUpload, StartUpload, UploadPageData, find_upload},
    },
    components::{AudienceTabs, ErrorBox, FormAction, Loaded, PageHead, effect, grouped, load, use_gate, when_read},
    pages::destinations::route::successes,
};

/// How often the page looks again while the import is under way.
const EVERY: Duration = Duration::from_secs(1);

/// The page's actions: they outlive the reading anew of what they changed.
#[derive(Clone, Copy)]
pub(super) struct UploadActions {
    pub plan: FormAction<PlanUpload>,
    pub start: FormAction<StartUpload>,
    pub cancel: FormAction<CancelUpload>,
}

/// The page.
#[component]
pub fn UploadPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").and_then(|id| id.parse::<UploadId>().ok()));
    let actions = UploadActions { plan: FormAction::new(), start: FormAction::new(), cancel: FormAction::new() };
    let changed = [successes(actions.plan), successes(actions.start), successes(actions.cancel)];
    let gate = use_gate();
    let data = load(
        move || (id.get(), changed.map(|count| count.get())),
        |(id, _)| async move { find_upload(id.ok_or(PageError(ApiError::NotFound))?).await },
    );
    look_again(data);
    when_read(move || async move {
        let may_change = matches!(gate.await, Ok(Gate::Open { me, .. }) if me.role >= Role::Marketer);
        match data.await {
            Ok(found) => page(found, may_change, actions),
            Err(error) => view! { <ErrorBox error=error/> }.into_any(),
        }
    })
}

fn look_again(data: Loaded<Result<UploadPageData, PageError>>) {
    effect(move || {
        let under_way = data.with(|answer| matches!(answer, Some(Ok(found)) if found.upload.state.is_under_way()));
        if under_way && let Ok(timer) = set_timeout_with_handle(move || data.refetch(), EVERY) {
            on_cleanup(move || timer.clear());
        }
    });
}

fn page(found: UploadPageData, may_change: bool, actions: UploadActions) -> AnyView {
    let UploadPageData { upload, audiences } = found;
    let crumbs = vec![("All uploads".to_owned(), "/uploads".to_owned())];
    let (name, sentence, state) = (upload.name.clone(), sentence(&upload), upload.state);
    let body = match state {
        UploadState::Draft => view! {
            {reading_panel(&upload, may_change, actions)}
            {preview_panel(&upload)}
            {may_change.then(|| import_panel(&upload, audiences, actions))}
        }
        .into_any(),
        UploadState::Receiving | UploadState::Waiting | UploadState::Running => {
            progress_panel(&upload, may_change, actions)
        }
        UploadState::Done | UploadState::Cancelled | UploadState::Failed => result_panel(&upload, may_change),
    };
    view! {
        <PageHead title=name crumbs=crumbs sentence=sentence>{state_chip(state)}</PageHead>
        <AudienceTabs/>
        {body}
    }
    .into_any()
}

fn sentence(upload: &UploadView) -> String {
    let counts = upload.counts;
    match upload.state {
        UploadState::Receiving => "The file is arriving.".to_owned(),
        UploadState::Draft => format!("{}. Nothing is imported yet.", rows(counts.total)),
        UploadState::Waiting => format!("{} wait for their import.", rows(counts.total)),
        UploadState::Running => format!("{} of {} are done.", grouped(counts.done), rows(counts.total)),
        UploadState::Done => format!("{} taken, {} not.", rows(counts.taken), grouped(counts.rejected)),
        UploadState::Cancelled => format!("Stopped after {} of {}.", grouped(counts.done), rows(counts.total)),
        UploadState::Failed => format!("Ended after {} of {}.", grouped(counts.done), rows(counts.total)),
    }
}
