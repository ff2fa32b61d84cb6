//! Configuration Settings: the Snapchat login, the chosen pixel, the Conversions API token, and whether it all works.

mod account;
mod assets;
mod check;
mod conversions;
mod options;
mod problem;

pub use problem::return_problem;

use domain::{ApiError, DestinationId, view::Configuration};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::destinations::route::{crumbs, destination_id, successes};
use crate::{
    api::{
        configuration::{ChooseAssets, Disconnect, SaveConfiguration, SaveOptions, StartOauth, read_configuration},
        error::PageError,
    },
    components::{ErrorBox, FormAction, PageHead, Tabs, Time, load, when_read},
};

/// The page's actions: they outlive the reading anew of what they changed.
#[derive(Clone, Copy)]
struct Actions {
    start: FormAction<StartOauth>,
    choose: FormAction<ChooseAssets>,
    save: FormAction<SaveConfiguration>,
    options: FormAction<SaveOptions>,
    disconnect: FormAction<Disconnect>,
}

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Data {
    actions: Actions,
    /// Whether the address asks to change the pixel.
    changing: Memo<bool>,
    picking: assets::Picking,
    check: check::Check,
}

/// The page.
#[component]
pub fn ConfigurationPage() -> impl IntoView {
    let id = destination_id();
    let actions = Actions {
        start: FormAction::new(),
        choose: FormAction::new(),
        save: FormAction::new(),
        options: FormAction::new(),
        disconnect: FormAction::new(),
    };
    let (chosen, saved, gone) = (successes(actions.choose), successes(actions.save), successes(actions.disconnect));
    let optioned = successes(actions.options);
    let data = load(
        move || (id.get(), chosen.get(), saved.get(), gone.get(), optioned.get()),
        |(id, ..)| async move { read_configuration(id.ok_or(PageError(ApiError::NotFound))?).await },
    );
    let query = use_query_map();
    let changing =
        Memo::new(move |_| query.with(|query| query.get("change").is_some() || query.get("business_id").is_some()));
    let parts = Data { actions, changing, picking: assets::Picking::new(id, changing), check: check::Check::new(id) };
    when_read(move || async move {
        match data.await {
            Ok(configuration) => page(configuration, parts),
            Err(error) => view! { <ErrorBox error=error/> }.into_any(),
        }
    })
}

fn page(configuration: Configuration, data: Data) -> AnyView {
    let id = configuration.id;
    let Data { actions, changing, picking, check } = data;
    let shown = configuration.clone();
    let assets = move || match (&shown.login, assets::is_picking(&shown, changing.get())) {
        (None, _) => ().into_any(),
        (_, false) => assets::chosen(&shown).into_any(),
        (_, true) => view! { <assets::AssetPicker configuration=shown.clone() picking=picking action=actions.choose/> }
            .into_any(),
    };
    view! {
        <PageHead
            title="Configuration Settings"
            crumbs=crumbs(&configuration.name, Some(id))
            sentence=sentence(&configuration)
        />
        <Tabs id=id/>
        {return_problem()}
        <div class="settings-panels">
            {account::panel(&configuration, actions)}
            {assets}
            {conversions::panel(&configuration, actions)}
            {options::panel(&configuration, actions)}
            {check::panel(id, check)}
            {history(&configuration)}
        </div>
    }
    .into_any()
}

fn sentence(configuration: &Configuration) -> String {
    use domain::view::ConnectionState::{Disabled, Healthy, Incomplete, NeedsReconnect, Paused, Retrying};
    match &configuration.state {
        // With a token of its own it sends without the login.
        Healthy if configuration.login.as_ref().is_some_and(|login| login.problem.is_some()) => {
            "Events are sent with the Conversion API Token. The Snapchat login below needs your attention.".to_owned()
        }
        Healthy => "Connected. Nothing needs your attention.".to_owned(),
        Disabled => "This destination is switched off; its settings are kept.".to_owned(),
        Incomplete(next) => next.clone(),
        Retrying(why) | NeedsReconnect(why) | Paused(why) => why.clone(),
    }
}

fn history(configuration: &Configuration) -> AnyView {
    if configuration.changes.is_empty() {
        return ().into_any();
    }
    let changes: Vec<AnyView> = configuration
        .changes
        .iter()
        .map(|change| {
            view! {
                <li>
                    <span class="change-what">{change.what.clone()}</span>
                    <span class="muted">{change.who.clone()} " · " <Time at=change.at/></span>
                </li>
            }
            .into_any()
        })
        .collect();
    view! {
        <section class="panel">
            <h2>"Change history"</h2>
            <ol class="changes">{changes}</ol>
        </section>
    }
    .into_any()
}

/// The address of this page.
fn address(id: DestinationId) -> String {
    format!("/destinations/{id}/configuration")
}
