//! What can be changed about a source.

use domain::view::SourceView;
use leptos::prelude::*;

use super::countries::country_options;
use crate::{
    api::sources::{RotateWriteKey, SaveSource, SetSourceConsent, SetSourceEnabled},
    components::{ConfirmForm, FormAction, FormError, PostForm, SelectField, SubmitButton, Switch, TextField, failure},
};

/// The page's actions: they outlive the reading anew of what they changed.
#[derive(Clone, Copy)]
pub struct ManageActions {
    /// Name and country.
    pub save: FormAction<SaveSource>,
    /// On and off.
    pub switch: FormAction<SetSourceEnabled>,
    /// A new key.
    pub rotate: FormAction<RotateWriteKey>,
    /// Marketing consent.
    pub consent: FormAction<SetSourceConsent>,
}

impl ManageActions {
    /// Fresh ones.
    pub fn new() -> Self {
        Self {
            save: FormAction::new(),
            switch: FormAction::new(),
            rotate: FormAction::new(),
            consent: FormAction::new(),
        }
    }
}

/// The panel.
pub fn manage(source: &SourceView, actions: ManageActions) -> AnyView {
    let failure = failure(actions.save);
    let id = source.id.to_string();
    let posted = id.clone();
    let (name, country) = (source.name.clone(), source.default_country.clone().unwrap_or_default());
    view! {
        <section class="panel" aria-labelledby="manage">
            <h2 id="manage">"Settings"</h2>
            <PostForm action=actions.save attr:class="field-row">
                <input type="hidden" name="id" value=posted/>
                <TextField name="name" label="Source name" value=name required=true maxlength=100 error=failure.field("name")/>
                <SelectField
                    name="default_country"
                    label="Default country"
                    hint="For phone numbers that come without a country code."
                    options=country_options()
                    value=country
                    error=failure.field("default_country")
                />
                <FormError failure=failure/>
                <SubmitButton label="Save Changes" pending=actions.save.pending() class="button"/>
            </PostForm>
            {consent(source, actions)}
            <div class="actions panel-foot">
                {rotate(source, actions, id.clone())}
                {if source.enabled { switch_off(source, actions, id).into_any() } else { switch_on(actions, id) }}
            </div>
        </section>
    }
    .into_any()
}

fn consent(source: &SourceView, actions: ManageActions) -> AnyView {
    let failure = failure(actions.consent);
    let (id, checked) = (source.id.to_string(), source.consent_required);
    view! {
        <PostForm action=actions.consent attr:class="form">
            <input type="hidden" name="id" value=id/>
            <Switch
                name="require_consent"
                label="Require marketing consent"
                checked=checked
                hint="The browser tag then stores and sends nothing before switchyard.consent({marketing: true}). Events of other                       senders are kept and not sent on, unless their context.consent.marketing is true."
            />
            <FormError failure=failure/>
            <div class="actions">
                <SubmitButton label="Save consent" pending=actions.consent.pending() class="button"/>
            </div>
        </PostForm>
    }
    .into_any()
}

fn rotate(source: &SourceView, actions: ManageActions, id: String) -> AnyView {
    let also = source.old_key.is_some().then(|| {
        view! { <p>"The key before this one, which is still accepted, stops working at once."</p> }
    });
    view! {
        <ConfirmForm
            action=actions.rotate
            id="rotate"
            open_label="Rotate write key"
            title=format!("Make a new write key for {}?", source.name)
            verb="Make a new key"
            class="button"
        >
            <input type="hidden" name="id" value=id/>
            <p>"The key of today keeps working for 7 more days. Put the new snippet into your pages before that; later, events with the old key are refused."</p>
            {also}
        </ConfirmForm>
    }
    .into_any()
}

fn switch_off(source: &SourceView, actions: ManageActions, id: String) -> AnyView {
    view! {
        <ConfirmForm
            action=actions.switch
            id="switch-off"
            open_label="Disable source"
            title=format!("Disable {}?", source.name)
            verb="Disable"
            class="button"
        >
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="enabled" value="false"/>
            <p>"Its events are refused until you enable it again. What is refused in the meantime is lost, unless the sender keeps it."</p>
        </ConfirmForm>
    }
    .into_any()
}

fn switch_on(actions: ManageActions, id: String) -> AnyView {
    view! {
        <PostForm action=actions.switch>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="enabled" value="true"/>
            <SubmitButton label="Enable source" pending=actions.switch.pending()/>
        </PostForm>
    }
    .into_any()
}
