//! The last 24 hours of a destination: chart, counts by state, and what needs attention, in words.

use domain::{
    delivery::{DeliveryState, Reason},
    view::DestinationOverview,
};
use leptos::prelude::*;

use crate::components::{HourChart, grouped, state_chip};

/// The panels.
pub fn day(overview: &DestinationOverview) -> AnyView {
    let events = format!("/destinations/{}/events", overview.row.id);
    view! {
        <section class="panel">
            <h2>"Last 24 hours"</h2>
            <HourChart hours=overview.hours.clone()/>
        </section>
        <section class="panel">
            <h2>"Where events stand"</h2>
            {by_state(overview, &events)}
        </section>
        <section class="panel">
            <h2>"What needs attention"</h2>
            {attention(overview, &events)}
        </section>
    }
    .into_any()
}

fn by_state(overview: &DestinationOverview, events: &str) -> AnyView {
    let counts: Vec<AnyView> = DeliveryState::ALL
        .into_iter()
        .map(|state| {
            let count = overview.by_state.iter().find(|(each, _)| *each == state).map_or(0, |(_, count)| *count);
            let href = format!("{events}?status={}", state.as_str());
            let label = format!("{} {}", grouped(count), state.label().to_lowercase());
            view! {
                <li>
                    {state_chip(state, None)}
                    <a class="count" href=href aria-label=label>{grouped(count)}</a>
                </li>
            }
            .into_any()
        })
        .collect();
    view! { <ul class="state-counts">{counts}</ul> }.into_any()
}

fn attention(overview: &DestinationOverview, events: &str) -> AnyView {
    if overview.reasons.is_empty() {
        return view! { <p class="muted">"Nothing. No event failed or was left out in the last 24 hours."</p> }
            .into_any();
    }
    let reasons: Vec<AnyView> =
        overview.reasons.iter().map(|(state, reason, many)| reason_line(*state, reason, *many, events)).collect();
    view! { <ul class="attention">{reasons}</ul> }.into_any()
}

fn reason_line(state: DeliveryState, reason: &Reason, many: u64, events: &str) -> AnyView {
    let noun = if many == 1 { "event" } else { "events" };
    let what = match state {
        DeliveryState::Dead => "failed",
        DeliveryState::Filtered => "left out",
        DeliveryState::Waiting | DeliveryState::Leased => "waiting",
        DeliveryState::Delivered => "delivered",
    };
    let href = format!("{events}?status={}", state.as_str());
    let label = format!("See them: {what}, {}", reason.code);
    view! {
        <li class=if state == DeliveryState::Dead { "bad" } else { "" }>
            <strong>{format!("{} {noun} {what}", grouped(many))}</strong>
            ": " {reason.message.clone()} " "
            <a href=href aria-label=label>"See them"</a>
        </li>
    }
    .into_any()
}
