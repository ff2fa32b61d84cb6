//! The Conversions API form: the token, and whether events are sent from the server at all.

use domain::{Timestamp, config::validate_capi_token, time::DAY, view::Configuration};
use leptos::{html, prelude::*};

use super::Actions;
use crate::{
    browser,
    components::{FormError, Icon, PostForm, SubmitButton, Switch, Time, failure, use_now},
};

const FIELD: &str = "capi_token";

/// The panel with the page's "Save Changes".
pub fn panel(configuration: &Configuration, actions: Actions) -> AnyView {
    let found = RwSignal::new(None::<String>);
    let token = NodeRef::<html::Input>::new();
    let check = move |ev: &leptos::ev::SubmitEvent| {
        let text = token.try_get_untracked().flatten().map(|input| input.value()).unwrap_or_default();
        // An empty field keeps the stored token.
        let mistake = Some(text.trim())
            .filter(|text| !text.is_empty())
            .and_then(|text| validate_capi_token(FIELD, text))
            .map(|error| error.message);
        if mistake.is_some() {
            ev.prevent_default();
            browser::focus_first_invalid();
        }
        found.set(mistake);
    };
    let failed = failure(actions.save);
    let told = failed.field(FIELD);
    let mistake = Signal::derive(move || found.get().or_else(|| told.get()));
    let id = configuration.id.to_string();
    let field = token_field(configuration, token, mistake);
    let on = configuration.send_server_side;
    view! {
        <section class="panel">
            <h2>"Conversions API"</h2>
            <PostForm action=actions.save check=check attr:class="form">
                <input type="hidden" name="id" value=id/>
                {field}
                <Switch
                    name="send_server_side"
                    label="Send data via Server-side"
                    checked=on
                    hint="While it is off, nothing is sent from the server. What each event is set to is kept."
                />
                <FormError failure=failed/>
                <div class="actions">
                    <SubmitButton label="Save Changes" pending=actions.save.pending()/>
                </div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn token_field(configuration: &Configuration, token: NodeRef<html::Input>, mistake: Signal<Option<String>>) -> AnyView {
    let stored = configuration.capi_token.clone();
    let placeholder = if stored.is_some() { "Paste a new token to replace the stored one" } else { "Paste the token" };
    view! {
        <div class="field">
            <label for=FIELD>"Conversion API Token"</label>
            <input
                id=FIELD
                name=FIELD
                type="password"
                node_ref=token
                placeholder=placeholder
                autocomplete="off"
                spellcheck="false"
                aria-invalid=move || mistake.with(Option::is_some).then_some("true")
                aria-describedby="capi_token-hint capi_token-error"
            />
            <div id="capi_token-hint" class="hint">
                {stored.map(|secret| view! {
                    <p>
                        "Stored: ends in " <code>"…" {secret.last4}</code> ", added " <Age since=secret.set_at/>
                        " Leave the field empty to keep it, or paste a new one to replace it."
                    </p>
                })}
                <p>
                    "In Snapchat: Business dropdown at the top left → Business Dashboard → section Conversion API Tokens → Generate CAPI Token. "
                    "It is stored encrypted and never shown again."
                </p>
            </div>
            <p id="capi_token-error" class="field-error" hidden=move || mistake.with(Option::is_none)>
                <Icon name="warning"/>
                <span>{move || mistake.get()}</span>
            </p>
        </div>
    }
    .into_any()
}

/// How old something is in days, once the page is alive; before that, and within the first day, when it was. Ends the sentence, since
/// an empty text is written as a blank.
#[component]
fn Age(since: Timestamp) -> impl IntoView {
    let now = use_now();
    let days = Memo::new(move |_| now.get().map_or(0, |now| now.since(since) / DAY));
    let told = move || {
        Some(match days.get() {
            ..=0 => ".".to_owned(),
            1 => " (1 day ago).".to_owned(),
            days => format!(" ({days} days ago)."),
        })
    };
    view! { <Time at=since/> {told} }.into_any()
}
