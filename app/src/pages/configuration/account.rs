//! The Snapchat login: authenticate, authenticate again, disconnect.

use domain::view::{Configuration, LoginView};
use leptos::{prelude::*, server_fn::ServerFn};

use super::Actions;
use crate::{
    api::configuration::StartOauth,
    components::{ConfirmForm, CopyButton, FormError, Time, failure},
};

/// The panel.
pub fn panel(configuration: &Configuration, actions: Actions) -> AnyView {
    let missing = &configuration.missing_oauth_settings;
    view! {
        <section class="panel">
            <h2>"Snapchat account"</h2>
            {match &configuration.login {
                Some(login) => signed_in(login).into_any(),
                None => view! {
                    <p>
                        "Sign in at Snapchat and allow access to your ad accounts. You come back here to choose the Snap Pixel. "
                        "It takes about 30 seconds."
                    </p>
                }
                .into_any(),
            }}
            {if missing.is_empty() { ().into_any() } else { missing_settings(configuration) }}
            <FormError failure=failure(actions.start)/>
            <div class="actions">
                {authenticate(configuration)}
                {configuration.login.is_some().then(|| disconnect(configuration, actions))}
            </div>
        </section>
    }
    .into_any()
}

fn signed_in(login: &LoginView) -> impl IntoView + use<> {
    view! {
        <p>"Signed in as " <strong>{login.name.clone()}</strong> ", connected " <Time at=login.connected_at/> "."</p>
        {login.problem.clone().map(|problem| view! { <p class="callout danger" role="alert">{problem}</p> })}
    }
    .into_any()
}

/// A plain form: the answer leads to another site, which only the browser itself can follow.
fn authenticate(configuration: &Configuration) -> AnyView {
    let healthy = configuration.login.as_ref().is_some_and(|login| login.problem.is_none());
    let class = if healthy { "button" } else { "button primary" };
    let action = <StartOauth as ServerFn>::url();
    view! {
        <form method="post" action=action>
            <input type="hidden" name="id" value=configuration.id.to_string()/>
            <button type="submit" class=class>"Authenticate Snapchat"</button>
        </form>
    }
    .into_any()
}

fn missing_settings(configuration: &Configuration) -> AnyView {
    let names: Vec<AnyView> = configuration
        .missing_oauth_settings
        .iter()
        .map(|name| view! { <li><code>{name.clone()}</code></li> }.into_any())
        .collect();
    let redirect_uri = configuration.redirect_uri.clone();
    view! {
        <div class="callout warning">
            <p>"This server can't sign in at Snapchat yet. Whoever runs it has to set:"</p>
            <ul>{names}</ul>
            <p>
                "Both come from an OAuth app in Snapchat's Business Manager (Business Details → OAuth Apps). "
                "Register this redirect URI there, exactly as it stands:"
            </p>
            <p class="copy-line"><code>{redirect_uri.clone()}</code> <CopyButton text=redirect_uri what="redirect URI"/></p>
        </div>
    }
    .into_any()
}

fn disconnect(configuration: &Configuration, actions: Actions) -> AnyView {
    let id = configuration.id.to_string();
    view! {
        <ConfirmForm
            action=actions.disconnect
            id="disconnect"
            open_label="Disconnect"
            title="Disconnect this Snapchat login?"
            verb="Disconnect now"
        >
            <input type="hidden" name="id" value=id/>
            <p>
                "The stored login is forgotten: the lists of accounts and pixels can't be read any more, and audiences stop syncing. "
                "The chosen pixel, the token and the event workflow stay."
            </p>
            <p>
                "To take the permission back at Snapchat too, open accounts.snapchat.com, go to Manage Apps, and remove this app there."
            </p>
        </ConfirmForm>
    }
    .into_any()
}
