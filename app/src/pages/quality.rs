//! Match quality: how much of what Snapchat matches by was in the events of the last week, and what would raise it most.

use domain::{
    ApiError, DestinationId,
    view_quality::{EventQuality, FieldShare, MatchQuality, QualityScore},
};
use leptos::prelude::*;

use super::destinations::route::{crumbs, destination_id};
use crate::{
    api::{error::PageError, quality::read_quality},
    components::{EmptyState, ErrorBox, PageHead, Tabs, count_of, grouped, load, when_read},
};

/// From here on a score is good, and from the second on fair.
const GOOD: u32 = 70;
const FAIR: u32 = 45;

/// The page.
#[component]
pub fn QualityPage() -> impl IntoView {
    let id = destination_id();
    let data = load(move || id.get(), |id| async move { read_quality(id.ok_or(PageError(ApiError::NotFound))?).await });
    when_read(move || async move {
        match data.await {
            Ok(quality) => page_view(quality),
            Err(error) => view! { <ErrorBox error=error/> }.into_any(),
        }
    })
}

fn page_view(quality: MatchQuality) -> AnyView {
    let MatchQuality { id, name, total, events } = quality;
    let body = match total {
        Some(total) => {
            let events: Vec<AnyView> = events.into_iter().map(|event| event_view(id, event)).collect();
            view! { {total_view(total)} {events} }.into_any()
        }
        None => view! {
            <EmptyState
                sentence="No event was sent to Snapchat in the last 7 days, so there is nothing to judge yet."
                action="Switch events on"
                href=format!("/destinations/{id}/workflow")
            />
        }
        .into_any(),
    };
    view! {
        <PageHead
            title="Match quality"
            crumbs=crumbs(&name, Some(id))
            sentence="What Snapchat needs to match events to people, and how many events of the last 7 days carried it."
        />
        <Tabs id=id/>
        {body}
    }
    .into_any()
}

fn total_view(total: QualityScore) -> AnyView {
    view! {
        <section class="panel quality-total" aria-labelledby="all-events">
            <h2 id="all-events">"All events"</h2>
            {score_line(&total)}
            {advice(total.advice)}
        </section>
    }
    .into_any()
}

fn score_line(score: &QualityScore) -> AnyView {
    let (class, word) = match score.score {
        GOOD.. => ("score good", "Good"),
        FAIR..GOOD => ("score fair", "Fair"),
        _ => ("score poor", "Poor"),
    };
    let left_out = (score.left_out > 0).then(|| {
        format!(
            " {} not sent for lack of data.",
            if score.left_out == 1 { "One was".to_owned() } else { format!("{} were", grouped(score.left_out)) }
        )
    });
    view! {
        <p class=class>
            <strong>{score.score}</strong>
            <span>" of 100 · " {word} " · " {count_of(score.events, "event", "events")} "." {left_out}</span>
        </p>
    }
    .into_any()
}

fn advice(advice: Option<String>) -> AnyView {
    match advice {
        Some(advice) => view! { <p class="advice"><strong>"What would help most: "</strong> {advice}</p> }.into_any(),
        None => view! { <p class="advice">"Every event carried everything."</p> }.into_any(),
    }
}

fn event_view(id: DestinationId, event: EventQuality) -> AnyView {
    let heading = format!("quality-{}", event.key);
    let labelled = heading.clone();
    let mapping = format!("/destinations/{id}/workflow/{}", crate::api::events::encode(&event.key));
    let (who, what): (Vec<FieldShare>, Vec<FieldShare>) = event.fields.into_iter().partition(|field| field.identifies);
    let table_label = format!("Fields of {}", event.event);
    view! {
        <section class="panel quality-event" aria-labelledby=labelled>
            <header class="section-head">
                <h2 id=heading>{event.event.clone()}</h2>
                <code class="becomes">{event.snap_event}</code>
                <a href=mapping aria-label=format!("Field mapping of {}", event.event)>"Field mapping"</a>
            </header>
            {score_line(&event.score)}
            {advice(event.score.advice)}
            <details>
                <summary>"Share of events by field"</summary>
                <table class="data dense quality-table">
                    <caption class="visually-hidden">{table_label}</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Field"</th>
                            <th scope="col" class="number">"Weight"</th>
                            <th scope="col" class="number">"Events with it"</th>
                            <th scope="col"><span class="visually-hidden">"As a bar"</span></th>
                        </tr>
                    </thead>
                    {shares("Identifiers", who)}
                    {shares("Parameters", what)}
                </table>
            </details>
        </section>
    }
    .into_any()
}

fn shares(title: &'static str, fields: Vec<FieldShare>) -> AnyView {
    let rows: Vec<AnyView> = fields
        .into_iter()
        .map(|field| {
            view! {
                <tr>
                    <th scope="row">{field.label} " " <code class="muted">{field.name}</code></th>
                    <td class="number">{field.weight}</td>
                    <td class="number">{format!("{} %", field.percent)}</td>
                    <td>
                        <svg class="share-bar" viewBox="0 0 100 8" width="120" height="8" preserveAspectRatio="none" aria-hidden="true">
                            <rect class="share-all" width="100" height="8" rx="2"/>
                            <rect class="share-part" width=field.percent.to_string() height="8" rx="2"/>
                        </svg>
                    </td>
                </tr>
            }
            .into_any()
        })
        .collect();
    view! {
        <tbody>
            <tr class="group"><th scope="colgroup" colspan="4">{title}</th></tr>
            {rows}
        </tbody>
    }
    .into_any()
}
