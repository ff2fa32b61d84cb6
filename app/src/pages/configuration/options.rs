//! Options beside the credentials: where events of apps go, how long events are held, and limited data use.

use domain::{options::OptionsForm, view::Configuration};
use leptos::{html, prelude::*};

use super::Actions;
use crate::{
    browser,
    components::{FormError, PostForm, SelectField, SubmitButton, Switch, TextField, failure},
};

/// The panel.
pub fn panel(configuration: &Configuration, actions: Actions) -> AnyView {
    let (app, hold) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let found = RwSignal::new(Vec::<domain::FieldError>::new());
    let check = move |ev: &leptos::ev::SubmitEvent| {
        let text = |field: NodeRef<html::Input>| field.try_get_untracked().flatten().map(|input| input.value());
        let form = OptionsForm {
            snap_app_id: text(app).unwrap_or_default(),
            hold_seconds: text(hold).unwrap_or_default(),
            ..OptionsForm::default()
        };
        let mistakes = form.read().err().unwrap_or_default();
        if !mistakes.is_empty() {
            ev.prevent_default();
            browser::focus_first_invalid();
        }
        found.set(mistakes);
    };
    let failed = failure(actions.options);
    let mistake = move |field: &'static str| {
        let told = failed.field(field);
        Signal::derive(move || {
            let here =
                found.with(|found| found.iter().find(|error| error.field == field).map(|error| error.message.clone()));
            here.or_else(|| told.get())
        })
    };
    let (id, options) = (configuration.id.to_string(), configuration.options.clone());
    let held = if options.hold_seconds > 0 { options.hold_seconds.to_string() } else { String::new() };
    view! {
        <section class="panel" aria-labelledby="options">
            <h2 id="options">"Options"</h2>
            <PostForm action=actions.options check=check attr:class="form">
                <input type="hidden" name="id" value=id/>
                <TextField
                    name="snap_app_id"
                    label="Snap App ID"
                    value=options.snap_app_id.unwrap_or_default()
                    placeholder="4f2b7c1a-8d3e-4a5f-9b6c-1d2e3f4a5b6c"
                    hint="Where events of your app go. It stands in Snapchat Events Manager under Apps; without it they are filtered."
                    error=mistake("snap_app_id")
                    node_ref=app
                />
                <TextField
                    name="hold_seconds"
                    label="Hold events for (seconds)"
                    value=held
                    placeholder="0"
                    inputmode="numeric"
                    hint="An event waits this long for what is still learnt of its person, such as an e-mail address by an identify call. Empty: sent at once."
                    error=mistake("hold_seconds")
                    node_ref=hold
                />
                <Switch
                    name="hold_purchases"
                    label="Hold purchases, too"
                    checked=options.hold_purchases
                    hint="While it is off, purchases are sent at once."
                />
                <SelectField
                    name="limited_data_use"
                    label="Limited data use"
                    options=choices()
                    value=options.limited_data_use.unwrap_or_default()
                    hint="Sent as data_processing_options with every event. While it is off, an event may ask for it itself."
                    error=mistake("limited_data_use")
                />
                <FormError failure=failed/>
                <div class="actions">
                    <SubmitButton label="Save options" pending=actions.options.pending() class="button"/>
                </div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn choices() -> Vec<(String, String)> {
    [
        ("", "Off: no restriction"),
        ("LMU", "LMU, as in Snapchat's documentation"),
        ("LDU", "LDU, as in Snapchat's software kits"),
    ]
    .map(|(value, label)| (value.to_owned(), label.to_owned()))
    .to_vec()
}
