//! One event: what was received, how it was read, what was sent for it and what was answered, per destination and side.

mod delivery;

use std::time::Duration;

use domain::{
    ApiError, AudienceId, EventId,
    delivery::{DeliveryState, Reason},
    profile::ProfileId,
    view::EventDetail,
    workflow::{ADDED_TO_SEGMENT, event_key, is_audience_event},
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use self::delivery::delivery_view;
use super::destinations::route::successes;
use crate::{
    api::{
        error::PageError,
        events::{ReplayDelivery, event},
    },
    components::{
        CopyButton, ErrorBox, FormAction, FormError, JsonView, Loaded, PageHead, Time, effect, failure, load, when_read,
    },
};

/// How often the page looks again while something is still on its way.
const EVERY: Duration = Duration::from_secs(2);

/// The page.
#[component]
pub fn EventDetailPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").and_then(|id| id.parse::<EventId>().ok()));
    let replay = FormAction::<ReplayDelivery>::new();
    let replayed = successes(replay);
    let data = load(
        move || (id.get(), replayed.get()),
        |(id, _)| async move { event(id.ok_or(PageError(ApiError::NotFound))?).await },
    );
    look_again(data);
    when_read(move || async move {
        match data.await {
            Ok(detail) => page(detail, replay),
            Err(error) => view! { <ErrorBox error=error/> }.into_any(),
        }
    })
}

fn look_again(data: Loaded<Result<EventDetail, PageError>>) {
    effect(move || {
        let under_way = data.with(|answer| {
            matches!(answer, Some(Ok(detail)) if detail.deliveries.iter().any(|delivery| {
                matches!(delivery.state, DeliveryState::Waiting | DeliveryState::Leased)
            }))
        });
        if under_way && let Ok(timer) = set_timeout_with_handle(move || data.refetch(), EVERY) {
            on_cleanup(move || timer.clear());
        }
    });
}

fn page(detail: EventDetail, replay: FormAction<ReplayDelivery>) -> AnyView {
    let event = detail.event_id;
    let sentence = sentence(&detail);
    let membership = membership(&detail);
    // What is made here, such as the events of audiences, has no source.
    let source = if detail.source.is_empty() { "Switchyard".to_owned() } else { detail.source };
    let deliveries: Vec<AnyView> =
        detail.deliveries.into_iter().map(|delivery| delivery_view(event, delivery, replay)).collect();
    view! {
        <PageHead
            title=detail.event.clone()
            crumbs=vec![("All events".to_owned(), "/events".to_owned())]
            sentence=sentence
        />
        <FormError failure=failure(replay)/>
        <dl class="facts">
            <dt>"Event id"</dt><dd><code>{event.to_string()}</code></dd>
            <dt>"Message id"</dt>
            <dd><code>{detail.message_id.clone()}</code> " " <CopyButton text=detail.message_id what="message id"/></dd>
            <dt>"Source"</dt><dd>{source.clone()}</dd>
            {membership}
            <dt>"Happened"</dt><dd><Time at=detail.occurred_at/></dd>
        </dl>
        <ol class="timeline">
            <li class="step ok">
                <h2>"Received"</h2>
                <p><Time at=detail.received_at/> " from " {source}</p>
                {match detail.came {
                    Some(came) => view! { <JsonView value=came what="received event"/> }.into_any(),
                    None => view! { <p class="muted">"As it came it is kept for a short while only."</p> }.into_any(),
                }}
            </li>
            <li class=if detail.notes.is_empty() { "step ok" } else { "step noted" }>
                <h2>"Understood"</h2>
                {reasons(&detail.notes, "Nothing odd was found.")}
                <JsonView value=detail.received what="understood event"/>
            </li>
        </ol>
        <div class="deliveries">{deliveries}</div>
    }
    .into_any()
}

/// Reasons as a list of sentences.
fn reasons(reasons: &[Reason], none: &'static str) -> AnyView {
    if reasons.is_empty() {
        return view! { <p class="muted">{none}</p> }.into_any();
    }
    let items: Vec<AnyView> = reasons
        .iter()
        .map(|reason| {
            view! { <li>{reason.message.clone()} " " <code class="muted">{reason.code.clone()}</code></li> }.into_any()
        })
        .collect();
    view! { <ul class="reasons">{items}</ul> }.into_any()
}

/// Which audience an audience's event is about, and who came or went.
fn membership(detail: &EventDetail) -> Option<AnyView> {
    let properties = detail.received.get("properties").filter(|_| is_audience_event(&detail.event))?;
    let audience: AudienceId = properties.get("audience_id")?.as_str()?.parse().ok()?;
    let name = properties.get("audience")?.as_str()?.to_owned();
    let person: ProfileId = properties.get("profile_id")?.to_string().parse().ok()?;
    let view = view! {
        <dt>"Audience"</dt><dd><a href=format!("/audiences/{audience}")>{name}</a></dd>
        <dt>"Person"</dt><dd><a href=format!("/profiles/{person}")>"Person " {person.to_string()}</a></dd>
    };
    Some(view.into_any())
}

fn sentence(detail: &EventDetail) -> String {
    if detail.deliveries.is_empty() && is_audience_event(&detail.event) {
        let moved = if event_key(&detail.event) == event_key(ADDED_TO_SEGMENT) { "came into" } else { "left" };
        return format!(
            "Somebody {moved} an audience. Its lists at destinations follow; this event itself is sent nowhere."
        );
    }
    if detail.deliveries.is_empty() {
        return "Received and kept. There was no destination to send it to.".to_owned();
    }
    let told: Vec<String> = DeliveryState::ALL
        .into_iter()
        .filter_map(|state| {
            let many = detail.deliveries.iter().filter(|delivery| delivery.state == state).count();
            (many > 0).then(|| format!("{many} {}", state.label().to_lowercase()))
        })
        .collect();
    let ways = if detail.deliveries.len() == 1 { "way" } else { "ways" };
    format!("{} {ways}: {}.", detail.deliveries.len(), told.join(", "))
}
