//! What became of an event at one destination: mapped, sent, answered.

use domain::{
    EventId,
    delivery::{DeliveryState, Reason, Side},
    view::{AttemptView, DeliveryDetail},
};
use leptos::{html, prelude::*};

use super::reasons;
use crate::{
    api::events::ReplayDelivery,
    components::{FormAction, JsonView, PostForm, Time, count_of, open_at_first, state_chip},
};

/// The delivery as a panel with its own timeline.
pub fn delivery_view(event: EventId, delivery: DeliveryDetail, replay: FormAction<ReplayDelivery>) -> AnyView {
    let (destination, name) = delivery.destination.clone();
    let heading = format!("{name}, {}", delivery.side.label());
    let of = heading.clone();
    view! {
        <section class="panel delivery">
            <header class="delivery-head">
                <h2><a href=format!("/destinations/{destination}/events")>{heading}</a></h2>
                {state_chip(delivery.state, None)}
                {(delivery.state == DeliveryState::Dead).then(|| replay_form(event, delivery.id, replay))}
            </header>
            {why(&delivery)}
            <ol class="timeline">
                {mapped(&delivery)}
                {sent(&delivery)}
                {answered(&delivery)}
            </ol>
            {attempts(&of, delivery.attempts)}
        </section>
    }
    .into_any()
}

fn replay_form(event: EventId, delivery: i64, replay: FormAction<ReplayDelivery>) -> impl IntoView {
    view! {
        <PostForm action=replay>
            <input type="hidden" name="event" value=event.to_string()/>
            <input type="hidden" name="delivery" value=delivery.to_string()/>
            <button type="submit" class="button">"Replay"</button>
        </PostForm>
    }
    .into_any()
}

fn why(delivery: &DeliveryDetail) -> AnyView {
    let class = match delivery.state {
        DeliveryState::Dead => "callout danger",
        DeliveryState::Waiting | DeliveryState::Leased => "callout warning",
        DeliveryState::Delivered | DeliveryState::Filtered => "callout",
    };
    let due = delivery.due_at.filter(|_| delivery.state == DeliveryState::Waiting);
    let due = due.map(|at| view! { <p>"Due " <Time at=at/> "."</p> });
    let reason = delivery.reason.as_ref().map(|Reason { code, message }| {
        view! { <p>{message.clone()} " " <code class="muted">{code.clone()}</code></p> }
    });
    if due.is_none() && reason.is_none() {
        return ().into_any();
    }
    view! { <div class=class>{reason}{due}</div> }.into_any()
}

fn mapped(delivery: &DeliveryDetail) -> AnyView {
    let becomes = delivery.snap_event.clone().map_or_else(
        || "It has no Snap event.".to_owned(),
        |name| format!("It becomes {name}. Personal data is hashed."),
    );
    let class = match (&delivery.mapped, delivery.warnings.is_empty()) {
        (None, _) => "step",
        (Some(_), true) => "step ok",
        (Some(_), false) => "step noted",
    };
    view! {
        <li class=class>
            <h3>"Mapped"</h3>
            <p>{becomes}</p>
            {(!delivery.warnings.is_empty()).then(|| reasons(&delivery.warnings, ""))}
            {delivery.mapped.clone().map(|value| view! { <JsonView value=value what="mapped event"/> })}
        </li>
    }
    .into_any()
}

fn sent(delivery: &DeliveryDetail) -> AnyView {
    let told = match (delivery.side, delivery.attempts.last()) {
        (_, Some(last)) => view! {
            <p><Time at=last.at/> " to " <code>{last.url.clone()}</code> {together(last.batch)}</p>
        }
        .into_any(),
        (Side::Client, None) if delivery.state == DeliveryState::Delivered => {
            view! { <p>"The visitor's browser sent it through the Snap Pixel."</p> }.into_any()
        }
        (_, None) if delivery.state == DeliveryState::Filtered => {
            view! { <p class="muted">"It was not meant to be sent."</p> }.into_any()
        }
        (_, None) => view! { <p class="muted">"Not yet."</p> }.into_any(),
    };
    let class = if delivery.attempts.is_empty() { "step" } else { "step ok" };
    view! { <li class=class><h3>"Sent"</h3>{told}</li> }.into_any()
}

fn together(batch: u32) -> String {
    match batch {
        0 | 1 => " on its own".to_owned(),
        many => format!(" together with {}", count_of(u64::from(many - 1), "other", "others")),
    }
}

fn answered(delivery: &DeliveryDetail) -> AnyView {
    let Some(last) = delivery.attempts.last() else {
        return view! { <li class="step"><h3>"Answered"</h3><p class="muted">"No answer to show."</p></li> }.into_any();
    };
    let class = if delivery.state == DeliveryState::Delivered { "step ok" } else { "step failed" };
    view! {
        <li class=class>
            <h3>"Answered"</h3>
            <p>{status(last)} ", " {last.outcome.clone()} ", after " {last.duration_ms.to_string()} " ms"</p>
            {answer(&last.answer)}
        </li>
    }
    .into_any()
}

fn status(attempt: &AttemptView) -> String {
    attempt.status.map_or_else(|| "No answer came".to_owned(), |status| format!("HTTP {status}"))
}

fn answer(text: &str) -> AnyView {
    match serde_json::from_str(text) {
        Ok(value @ (serde_json::Value::Object(_) | serde_json::Value::Array(_))) => {
            view! { <JsonView value=value what="answer"/> }.into_any()
        }
        _ if text.trim().is_empty() => ().into_any(),
        _ => view! { <pre class="answer"><code>{text.to_owned()}</code></pre> }.into_any(),
    }
}

fn attempts(of: &str, attempts: Vec<AttemptView>) -> AnyView {
    if attempts.is_empty() {
        return ().into_any();
    }
    let told = format!("Attempts ({})", attempts.len());
    let region = format!("Attempts: {of}");
    let rows: Vec<AnyView> = attempts
        .into_iter()
        .map(|attempt| {
            let status = status(&attempt);
            view! {
                <tr>
                    <td class="number">{attempt.number.to_string()}</td>
                    <td><Time at=attempt.at/></td>
                    <td class="number">{attempt.duration_ms.to_string()} " ms"</td>
                    <td class="number">{attempt.batch.to_string()}</td>
                    <td class="number">{attempt.normaliser.map_or_else(|| "–".to_owned(), |version| version.to_string())}</td>
                    <td>{status}</td>
                    <td>{attempt.outcome}</td>
                    <td class="answer-cell"><code>{attempt.answer}</code></td>
                </tr>
            }
            .into_any()
        })
        .collect();
    let details = NodeRef::<html::Details>::new();
    view! {
        <details class="attempts" node_ref={details} {..open_at_first(details)}>
            <summary>{told}</summary>
            <div class="table-region" tabindex="0" role="region" aria-label=region>
                <table class="data dense">
                    <thead>
                        <tr>
                            <th scope="col" class="number">"No."</th>
                            <th scope="col">"Time"</th>
                            <th scope="col" class="number">"Took"</th>
                            <th scope="col" class="number">"Events in it"</th>
                            <th scope="col" class="number">"Normaliser"</th>
                            <th scope="col">"Answer"</th>
                            <th scope="col">"Meaning"</th>
                            <th scope="col">"Text"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}
