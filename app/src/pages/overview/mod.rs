//! A destination's overview: first what is left to set up, afterwards how its day goes and what needs a person.

mod checklist;
mod day;
mod manage;

use domain::{
    ApiError,
    view::{ConnectionState, DestinationOverview, DestinationRow, SetupSteps},
};
use leptos::prelude::*;

use super::destinations::route::{crumbs, destination_id, successes};
use crate::{
    api::{
        destinations::{DeleteDestination, RenameDestination, SetDestinationEnabled, destination},
        error::PageError,
    },
    components::{ErrorBox, FormAction, PageHead, Tabs, grouped, load, when_read},
};

/// The page's actions: they outlive the reading anew of what they changed.
#[derive(Clone, Copy)]
struct Actions {
    rename: FormAction<RenameDestination>,
    enable: FormAction<SetDestinationEnabled>,
    delete: FormAction<DeleteDestination>,
}

/// The page.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let id = destination_id();
    let actions = Actions { rename: FormAction::new(), enable: FormAction::new(), delete: FormAction::new() };
    let (renamed, enabled) = (successes(actions.rename), successes(actions.enable));
    let data = load(
        move || (id.get(), renamed.get(), enabled.get()),
        |(id, ..)| async move { destination(id.ok_or(PageError(ApiError::NotFound))?).await },
    );
    view! {
        {when_read(move || async move {
                match data.await {
                    Ok(overview) => page(overview, actions),
                    Err(error) => view! { <ErrorBox error=error/> }.into_any(),
                }
        })}
    }
}

fn page(overview: DestinationOverview, actions: Actions) -> AnyView {
    let row = &overview.row;
    let done = is_done(&overview.setup);
    view! {
        <PageHead title=row.name.clone() crumbs=crumbs(&row.name, None) sentence=sentence(row)/>
        <Tabs id=row.id/>
        {(!done).then(|| checklist::checklist(&overview))}
        {(done || row.last_event.is_some()).then(|| day::day(&overview))}
        {manage::manage(&overview, actions)}
    }
    .into_any()
}

fn is_done(setup: &SetupSteps) -> bool {
    setup.authenticated && setup.pixel_chosen && setup.token_stored && setup.server_side_on && setup.events_on > 0
}

fn sentence(row: &DestinationRow) -> String {
    match &row.state {
        ConnectionState::Healthy if row.login_problem.is_some() => {
            "Events are sent with the Conversion API Token. Sign in to Snapchat again in Configuration Settings to sync audiences."
                .to_owned()
        }
        ConnectionState::Healthy => match (row.delivered_today, row.failed_today) {
            (0, 0) => "Connected. Nothing was delivered today yet.".to_owned(),
            (delivered, 0) => format!("Delivering. {} events today, all accepted.", grouped(delivered)),
            (delivered, failed) => {
                format!("Delivering. {} events today, {} failed.", grouped(delivered), grouped(failed))
            }
        },
        ConnectionState::Disabled => "Switched off. Events that arrive now are not sent.".to_owned(),
        ConnectionState::Incomplete(why)
        | ConnectionState::Retrying(why)
        | ConnectionState::NeedsReconnect(why)
        | ConnectionState::Paused(why) => why.clone(),
    }
}
