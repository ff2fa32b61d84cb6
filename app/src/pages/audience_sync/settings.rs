//! The settings of an audience at one destination: which list, how many, and how long people stay.

use domain::{
    AudienceId,
    destination::Asset,
    view_sync::{LinkSettings, SyncState},
};
use leptos::prelude::*;

use super::SyncActions;
use crate::{
    api::audience_sync::ListChoice,
    components::{FormError, PostForm, SelectField, SubmitButton, TextField, failure},
};

/// The settings in words, and the way to change them.
pub(super) fn settings_line(audience: AudienceId, state: &SyncState, settings: &LinkSettings) -> AnyView {
    let href = format!("/audiences/{audience}/sync?settings={}", state.destination);
    let label = format!("Change the settings for {}", state.name);
    view! {
        <h3>"Settings"</h3>
        <p>"It " {settings.sentence()} ". " <a href=href aria-label=label>"Change"</a></p>
    }
    .into_any()
}

/// The form. The lists to choose from are those that Snapchat just told.
pub(super) fn settings_form(
    audience: AudienceId,
    state: &SyncState,
    settings: &LinkSettings,
    choice: ListChoice,
    actions: SyncActions,
) -> AnyView {
    let failure = failure(actions.save);
    let (found, trouble) = match choice.lists {
        Ok(found) => (found, None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    let trouble = trouble.map(
        |trouble| view! { <p class="callout warning">"The lists of the ad account can't be read: " {trouble}</p> },
    );
    let (chosen, one_each, days) =
        (settings.existing.is_some(), settings.one_each, settings.retention_days.to_string());
    let (form_name, destination) = (format!("Settings for {}", state.name), state.destination.to_string());
    let options = list_options(found, settings.existing.as_deref());
    let existing = (!options.is_empty()).then(|| {
        view! {
            {radio("existing", "A list that is in the ad account already", chosen)}
            <SelectField
                name="existing"
                label="List of the ad account"
                hint="Its name, description and retention stay as they are. People who are in it and not in the audience stay, too."
                options=options
                value=settings.existing.clone().unwrap_or_default()
                error=failure.field("existing")
            />
        }
    });
    view! {
        <PostForm action=actions.save attr:class="form sync-settings" attr:aria-label=form_name>
            <h3>"Settings"</h3>
            <input type="hidden" name="audience" value=audience.to_string()/>
            <input type="hidden" name="destination" value=destination/>
            {trouble}
            <fieldset class="choices">
                <legend>"Which list it fills"</legend>
                {radio("one", "A list of its own for all identifiers", !chosen && !one_each)}
                {radio("each", "A list of its own for each kind: e-mail addresses, phone numbers, advertising ids", !chosen && one_each)}
                {existing}
            </fieldset>
            <TextField
                name="retention_days"
                label="Retention in days"
                hint="After so many days Snapchat forgets who was not added again; Switchyard adds again whoever is still in the audience. 9999 keeps people until they leave."
                value=days
                error=failure.field("retention_days")
            />
            <p class="hint">"When another list is filled, people are taken out of the one before."</p>
            <FormError failure=failure/>
            <div class="actions">
                <SubmitButton label="Save Changes" pending=actions.save.pending()/>
                <a class="button plain" href=format!("/audiences/{audience}/sync")>"Cancel"</a>
            </div>
        </PostForm>
    }
    .into_any()
}

fn radio(value: &'static str, label: &'static str, checked: bool) -> AnyView {
    view! {
        <label class="check"><input type="radio" name="lists" value=value checked=checked/> <span>{label}</span></label>
    }
    .into_any()
}

/// Value and label of each list. One that is filled now can be kept also if Snapchat no longer tells of it.
fn list_options(found: Vec<Asset>, filled: Option<&str>) -> Vec<(String, String)> {
    let missing = filled.filter(|id| !found.iter().any(|list| list.id == **id));
    let missing = missing.map(|id| (id.to_owned(), format!("{id}, not found in the ad account")));
    let told = found.into_iter().map(|list| {
        let label = format!("{} ({})", list.name, list.id);
        (list.id, label)
    });
    missing.into_iter().chain(told).collect()
}
