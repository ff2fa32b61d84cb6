//! Rename, switch on or off, delete.

use domain::{config::validate_name, view::DestinationOverview};
use leptos::{html, prelude::*};

use super::Actions;
use crate::{
    browser,
    components::{ConfirmForm, FormError, failure},
};

/// The panel.
pub fn manage(overview: &DestinationOverview, actions: Actions) -> AnyView {
    view! {
        <section class="panel">
            <h2>"Manage"</h2>
            {rename(overview, actions)}
            <FormError failure=failure(actions.enable)/>
            <div class="actions">
                {enable(overview, actions)}
                {delete(overview, actions)}
            </div>
        </section>
    }
    .into_any()
}

fn rename(overview: &DestinationOverview, actions: Actions) -> AnyView {
    let input = NodeRef::<html::Input>::new();
    let found = RwSignal::new(None::<String>);
    let check = move |ev: leptos::ev::SubmitEvent| {
        let text = input.get_untracked().map(|input| input.value()).unwrap_or_default();
        let mistake = validate_name("name", "destination", &text).map(|error| error.message);
        if mistake.is_some() {
            ev.prevent_default();
            browser::focus_first_invalid();
        }
        found.set(mistake);
    };
    let failed = failure(actions.rename);
    let told = failed.field("name");
    let mistake = Memo::new(move |_| found.get().or_else(|| told.get()));
    view! {
        <ActionForm action=actions.rename on:submit:capture=check attr:class="form">
            <input type="hidden" name="id" value=overview.row.id.to_string()/>
            <div class="field">
                <label for="destination-name">"Destination name"</label>
                <div class="field-line">
                    <input
                        id="destination-name"
                        name="name"
                        type="text"
                        node_ref=input
                        value=overview.row.name.clone()
                        maxlength="100"
                        autocomplete="off"
                        aria-invalid=move || mistake.with(Option::is_some).then_some("true")
                        aria-describedby="destination-name-error"
                    />
                    <button type="submit" class="button">"Rename"</button>
                </div>
                <p id="destination-name-error" class="field-error" role="alert">{move || mistake.get()}</p>
            </div>
            <FormError failure=failed/>
        </ActionForm>
    }
    .into_any()
}

fn enable(overview: &DestinationOverview, actions: Actions) -> AnyView {
    let enabled = overview.row.enabled;
    view! {
        <ActionForm action=actions.enable>
            <input type="hidden" name="id" value=overview.row.id.to_string()/>
            <input type="hidden" name="enabled" value=(!enabled).to_string()/>
            <button type="submit" class="button">{if enabled { "Disable" } else { "Enable" }}</button>
        </ActionForm>
    }
    .into_any()
}

fn delete(overview: &DestinationOverview, actions: Actions) -> AnyView {
    let id = overview.row.id.to_string();
    view! {
        <ConfirmForm
            action=actions.delete
            id="delete"
            open_label="Delete"
            class="button danger"
            title=format!("Delete “{}”?", overview.row.name)
            verb="Delete destination"
        >
            <input type="hidden" name="id" value=id/>
            <p>{overview.loses.clone()}</p>
            <p>"This can't be undone. To stop sending for a while, disable it instead."</p>
        </ConfirmForm>
    }
    .into_any()
}
