//! Rename, switch on or off, delete.

use domain::{config::validate_name, view::DestinationOverview};
use leptos::prelude::*;

use super::Actions;
use crate::{
    browser,
    components::{ConfirmForm, FormError, PostForm, SubmitButton, TextField, failure},
    pages::destinations::route::field_value,
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
    let (id, name) = (overview.row.id.to_string(), overview.row.name.clone());
    let found = RwSignal::new(None::<String>);
    let check = move |ev: &leptos::ev::SubmitEvent| {
        let mistake = validate_name("name", "destination", &field_value(ev, "name")).map(|error| error.message);
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
        <PostForm action=actions.rename check=check attr:class="form">
            <input type="hidden" name="id" value=id/>
            <TextField
                name="name"
                id="destination-name"
                label="Destination name"
                value=name
                error=mistake
            />
            <FormError failure=failed/>
            <div class="actions"><SubmitButton label="Rename" pending=actions.rename.pending() class="button"/></div>
        </PostForm>
    }
    .into_any()
}

fn enable(overview: &DestinationOverview, actions: Actions) -> AnyView {
    let (id, enabled) = (overview.row.id.to_string(), overview.row.enabled);
    view! {
        <PostForm action=actions.enable>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="enabled" value=(!enabled).to_string()/>
            <button type="submit" class="button">{if enabled { "Disable" } else { "Enable" }}</button>
        </PostForm>
    }
    .into_any()
}

fn delete(overview: &DestinationOverview, actions: Actions) -> AnyView {
    let (id, loses) = (overview.row.id.to_string(), overview.loses.clone());
    let title = format!("Delete “{}”?", overview.row.name);
    view! {
        <ConfirmForm
            action=actions.delete
            id="delete"
            open_label="Delete"
            class="button danger"
            title=title
            verb="Delete destination"
        >
            <input type="hidden" name="id" value=id/>
            <p>{loses}</p>
            <p>"This can't be undone. To stop sending for a while, disable it instead."</p>
        </ConfirmForm>
    }
    .into_any()
}
