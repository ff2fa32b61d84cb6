//! What is left to set up, each step with its place and what it takes.

use domain::view::DestinationOverview;
use leptos::prelude::*;

use crate::components::Icon;

struct Step {
    title: &'static str,
    why: &'static str,
    takes: &'static str,
    page: &'static str,
    done: bool,
}

/// The checklist; the first step that is open is the one to do now.
pub fn checklist(overview: &DestinationOverview) -> AnyView {
    let steps = steps(overview);
    let (done, all) = (steps.iter().filter(|step| step.done).count(), steps.len());
    let next = steps.iter().position(|step| !step.done);
    let id = overview.row.id;
    let items: Vec<AnyView> = steps
        .into_iter()
        .enumerate()
        .map(|(i, step)| item(step, format!("/destinations/{id}"), Some(i) == next))
        .collect();
    view! {
        <section class="panel">
            <h2>"Setup"</h2>
            <p class="muted">{format!("{done} of {all} done")}</p>
            <ol class="checklist">{items}</ol>
        </section>
    }
    .into_any()
}

fn item(step: Step, destination: String, next: bool) -> AnyView {
    let class = match (step.done, next) {
        (true, _) => "done",
        (false, true) => "next",
        (false, false) => "open",
    };
    let href = format!("{destination}/{}", step.page);
    view! {
        <li class=class>
            <span class="check-mark">
                {step.done.then(|| view! { <Icon name="check"/> })}
                <span class="visually-hidden">{if step.done { "Done: " } else { "To do: " }}</span>
            </span>
            <div>
                <a href=href>{step.title}</a>
                <p class="muted">{step.why} {(!step.done).then(|| format!(" Takes {}.", step.takes))}</p>
            </div>
        </li>
    }
    .into_any()
}

fn steps(overview: &DestinationOverview) -> Vec<Step> {
    let setup = &overview.setup;
    let step = |title, why, takes, page, done| Step { title, why, takes, page, done };
    vec![
        step(
            "Authenticate",
            "Sign in at Snapchat so that your accounts and pixels can be read.",
            "about 30 seconds",
            "configuration",
            setup.authenticated,
        ),
        step(
            "Choose the pixel",
            "Pick the business, the ad account and the Snap Pixel that events belong to.",
            "about 20 seconds",
            "configuration",
            setup.pixel_chosen,
        ),
        step(
            "Add the token",
            "Generate a Conversions API token in Snapchat's Business Dashboard and paste it.",
            "about a minute",
            "configuration",
            setup.token_stored,
        ),
        step(
            "Turn on sending from the server",
            "One switch lets events go out; it keeps what each event is set to.",
            "a few seconds",
            "configuration",
            setup.server_side_on,
        ),
        step(
            "Turn on events",
            "Choose which events go to Snapchat, and on which side.",
            "about a minute",
            "workflow",
            setup.events_on > 0,
        ),
    ]
}
