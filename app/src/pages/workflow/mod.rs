//! Setup Event Workflow: which events go to the destination, on which side, and what they become there.

mod filter;
mod form;
mod row;
mod save_bar;
mod table;

use domain::{ApiError, FieldError, view::Workflow};
use leptos::{html, prelude::*, web_sys};

use self::{filter::RowFilter, save_bar::save_bar, table::workflow_table};
use super::destinations::route::{crumbs, destination_id, successes};
use crate::{
    api::{
        error::PageError,
        workflow::{SaveWorkflow, read_workflow},
    },
    browser,
    components::{ErrorBox, FormAction, PageHead, PostForm, Tabs, effect, guard_unsaved, load, when_read},
};

/// What the page keeps while its table is read anew.
#[derive(Clone, Copy)]
struct PageState {
    save: FormAction<SaveWorkflow>,
    form: NodeRef<html::Form>,
    filter: RowFilter,
    /// What a save would change, in words.
    changes: RwSignal<Vec<String>>,
    /// What the browser found wrong.
    found: RwSignal<Vec<FieldError>>,
    /// How many rows for new events there are.
    new_rows: RwSignal<u32>,
}

impl PageState {
    /// Reads the form again: after each change of a switch, and once when the page comes alive.
    fn recount(self) {
        self.changes.set(form::changes(&form::read_rows(self.form)));
    }

    fn recount_soon(self) {
        request_animation_frame(move || self.recount());
    }

    /// Forgets what was found wrong along with the changes; the browser itself restores the fields.
    fn discard(self) {
        self.new_rows.set(1);
        self.found.set(Vec::new());
        self.save.clear();
        self.recount_soon();
    }

    /// What is wrong: what the browser found, else what the server said.
    fn errors(self) -> Vec<FieldError> {
        let found = self.found.get();
        match self.save.value().get() {
            Some(Err(PageError(ApiError::Invalid(errors)))) if found.is_empty() => errors,
            _ => found,
        }
    }
}

/// The page.
#[component]
pub fn WorkflowPage() -> impl IntoView {
    let id = destination_id();
    let state = PageState {
        save: FormAction::new(),
        form: NodeRef::new(),
        filter: RowFilter::from_address(),
        changes: RwSignal::new(Vec::new()),
        found: RwSignal::new(Vec::new()),
        new_rows: RwSignal::new(1),
    };
    guard_unsaved(Signal::derive(move || !state.changes.with(Vec::is_empty) && !state.save.pending().get()));
    let saved = successes(state.save);
    let data = load(
        move || (id.get(), saved.get()),
        |(id, _)| async move { read_workflow(id.ok_or(PageError(ApiError::NotFound))?).await },
    );
    when_read(move || async move {
        match data.await {
            Ok(workflow) => workflow_view(workflow, state),
            Err(error) => view! { <ErrorBox error=error/> }.into_any(),
        }
    })
}

fn workflow_view(workflow: Workflow, state: PageState) -> AnyView {
    let (id, version) = (workflow.id, workflow.version);
    let allowed = StoredValue::new(workflow.snap_events.clone());
    // A fresh table starts without blank rows that were filled before.
    state.new_rows.set(1);
    effect(move || state.recount_soon());
    let check = move |ev: &web_sys::SubmitEvent| {
        let mistakes = form::mistakes(&form::read_rows(state.form), &allowed.get_value());
        let wrong = !mistakes.is_empty();
        state.found.set(mistakes);
        if wrong {
            ev.prevent_default();
            browser::focus_first_invalid();
        }
    };
    view! {
        <PageHead
            title="Setup Event Workflow"
            crumbs=crumbs(&workflow.name, Some(id))
            sentence=sentence(&workflow)
        />
        <Tabs id=id/>
        {(!workflow.send_server_side).then(|| server_side_off(&workflow))}
        {state.filter.view()}
        <PostForm
            action=state.save
            node_ref=state.form
            check=check
            on:change=move |_| state.recount()
            on:input=move |_| state.recount()
            on:reset=move |_| state.discard()
            attr:class="workflow"
            attr:aria-label="Event workflow"
        >
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="version" value=version.to_string()/>
            {workflow_table(workflow, state)}
            {save_bar(state)}
        </PostForm>
    }
    .into_any()
}

fn sentence(workflow: &Workflow) -> String {
    let on = |side: fn(&domain::workflow::EventSetting) -> bool| {
        workflow.rows.iter().filter(|row| side(&row.setting)).count()
    };
    match (on(|setting| setting.server), on(|setting| setting.client)) {
        (0, 0) => "No event is switched on, so nothing is sent yet.".to_owned(),
        (server, client) => format!(
            "{server} {} Server-side, {client} Client-side. A change counts for events that arrive after it is saved.",
            if server == 1 { "event goes" } else { "events go" }
        ),
    }
}

fn server_side_off(workflow: &Workflow) -> impl IntoView + use<> {
    let to = format!("/destinations/{}/configuration", workflow.id);
    view! {
        <p class="callout warning">
            "Send data via Server-side is off, so Server-side switches wait without effect. "
            <a href=to>"Switch it on"</a>
        </p>
    }
    .into_any()
}
