//! The runs of a sync, each with its requests.

use domain::view_sync::{RequestView, RunView, SyncState};
use leptos::prelude::*;

use crate::components::{StatusChip, Time, Tone, count_of, grouped};

/// The runs, newest first.
pub(super) fn run_list(state: &SyncState, runs: Vec<RunView>) -> AnyView {
    if runs.is_empty() {
        return view! { <h3>"Runs"</h3> <p class="muted">"Nothing has been sent yet."</p> }.into_any();
    }
    let label = format!("Runs to {}", state.name);
    let runs: Vec<AnyView> = runs.into_iter().map(item).collect();
    view! { <h3>"Runs"</h3> <ul class="runs" aria-label=label>{runs}</ul> }.into_any()
}

fn item(run: RunView) -> AnyView {
    let shown = run.last_requests.len() as u64;
    let more = (run.requests > shown)
        .then(|| view! { <p class="muted">{format!("The last {shown} of {} requests.", grouped(run.requests))}</p> });
    let requests: Vec<AnyView> = run.last_requests.into_iter().rev().map(request).collect();
    let problem = run.problem.clone().map(|problem| view! { <p class="callout warning">{problem}</p> });
    let (tone, word) = match (run.ended_at, &run.problem) {
        (_, Some(_)) => (Tone::Warning, "Broke off"),
        (Some(_), None) => (Tone::Good, "Done"),
        (None, None) => (Tone::Info, "Running"),
    };
    view! {
        <li>
            <details>
                <summary>
                    <span class="run-line">
                        <span class="run-at"><Time at=run.started_at/></span>
                        <span>{grouped(run.added)} " added"</span>
                        <span>{grouped(run.removed)} " removed"</span>
                        <span>{grouped(run.skipped)} " skipped"</span>
                        <span>{count_of(run.requests, "request", "requests")}</span>
                        <StatusChip tone=tone label=word/>
                    </span>
                </summary>
                {problem}
                {more}
                <ul class="run-requests">{requests}</ul>
            </details>
        </li>
    }
    .into_any()
}

fn request(request: RequestView) -> AnyView {
    let identifiers = request.identifiers.map(|(sent, received)| {
        let sent = count_of(sent, "identifier", "identifiers");
        match received {
            Some(received) => format!("{sent}, {} received by Snapchat. ", grouped(received)),
            None => format!("{sent}. "),
        }
    });
    let problem = request.problem.map(|problem| view! { <p class="bad">{problem}</p> });
    view! {
        <li>
            <p>
                <strong>{request.what}</strong> " "
                <span class="muted">{identifiers} <Time at=request.at/> ", " {grouped(request.duration_ms.unsigned_abs())} " ms"</span>
            </p>
            {problem}
        </li>
    }
    .into_any()
}
