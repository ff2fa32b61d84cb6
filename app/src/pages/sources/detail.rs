//! One source: its key and settings, and its debugger, which shows what arrives as it arrives.

use domain::{
    ApiError, SourceId, Timestamp,
    delivery::Reason,
    view::{SourceEvent, SourceView},
};
use leptos::{prelude::*, tachys::view::keyed::keyed};
use leptos_router::hooks::use_params_map;

use super::{
    list::{enabled_chip, key_and_snippet},
    manage::{ManageActions, manage},
};
use crate::{
    api::{
        error::PageError,
        sources::{SourceActivity, find_source, watch_source},
    },
    components::{CopyButton, ErrorBox, PageHead, Time, count_of, effect, load, use_now, when_read},
    pages::destinations::route::successes,
};

/// How often the debugger looks again.
const LOOK_AGAIN: std::time::Duration = std::time::Duration::from_secs(3);

/// What keeps calls until the tag has loaded (`docs/tag.md`).
const STUB: &str = r#"<script>
  window.switchyard = window.switchyard || [];
  ["page", "track", "identify", "group", "reset", "consent"].forEach(function (name) {
    switchyard[name] = switchyard[name] || function () { switchyard.push([name].concat([].slice.call(arguments))); };
  });
</script>"#;

/// The page.
#[component]
pub fn SourcePage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").and_then(|id| id.parse::<SourceId>().ok()));
    let actions = ManageActions::new();
    let (saved, switched, rotated) = (successes(actions.save), successes(actions.switch), successes(actions.rotate));
    let asked = successes(actions.consent);
    let source = load(
        move || (id.get(), saved.get(), switched.get(), rotated.get(), asked.get()),
        |(id, ..)| async move { find_source(id.ok_or(PageError(ApiError::NotFound))?).await },
    );
    let activity =
        load(move || id.get(), |id| async move { watch_source(id.ok_or(PageError(ApiError::NotFound))?).await });
    effect(move || {
        if let Ok(interval) = set_interval_with_handle(
            move || {
                if !document().hidden() {
                    activity.refetch()
                }
            },
            LOOK_AGAIN,
        ) {
            on_cleanup(move || interval.clear());
        }
    });
    view! {
        {when_read(move || async move {
                match source.await {
                    Ok(source) => page(&source, actions),
                    Err(error) => view! { <ErrorBox error=error/> }.into_any(),
                }
        })}
        {when_read(move || async move {
                // The part above tells what is wrong, once for both.
                activity.await.map_or_else(|_| ().into_any(), debugger)
        })}
    }
}

fn page(source: &SourceView, actions: ManageActions) -> AnyView {
    let sentence = if source.enabled {
        format!("{} in the last 24 hours.", count_of(source.events_24h, "event", "events"))
    } else {
        "This source is off: its events are refused.".to_owned()
    };
    let enabled = source.enabled;
    view! {
        <PageHead
            title=source.name.clone()
            crumbs=vec![("All sources".to_owned(), "/sources".to_owned())]
            sentence=sentence
        >
            {enabled_chip(enabled)}
        </PageHead>
        <section class="panel" aria-labelledby="use">
            <h2 id="use">"Key and snippet"</h2>
            <p>"Paste the snippet into the head of every page, or send events with the key by any Segment library."</p>
            {key_and_snippet(source)}
            <details class="early-calls">
                <summary>"Calls made before the tag has loaded"</summary>
                <p>
                    "The tag loads beside the page, so it may come later than the page's own scripts. With these lines in front of the                      snippet, calls that they make are kept and carried out in order."
                </p>
                <pre class="answer-body" tabindex="0" role="region" aria-label="Lines for early calls"><code>{STUB}</code></pre>
                <CopyButton text=STUB.to_owned() what="lines for early calls".to_owned()/>
            </details>
        </section>
        {manage(source, actions)}
    }
    .into_any()
}

fn debugger(activity: SourceActivity) -> AnyView {
    let now = use_now();
    let (none_arrived, none_refused) = (activity.events.is_empty(), activity.rejections.is_empty());
    let refused: Vec<AnyView> = activity.rejections.into_iter().map(refusal_row).collect();
    // By its id, so that a row that has the focus keeps it when newer ones come above it.
    let events = keyed(activity.events, |row| row.id, |_, row| (|_| {}, event_row(row)));
    view! {
        <section aria-labelledby="debugger" class="debugger">
            <header class="section-head">
                <h2 id="debugger">"Debugger"</h2>
                <span class="live" hidden=move || now.get().is_none()>"Live"</span>
                <a href="/events">"See all events"</a>
            </header>
            <h3>"Refused in the last 24 hours"</h3>
            {if none_refused {
                view! { <p class="muted">"None. Every event could be read."</p> }.into_any()
            } else {
                table("Refused events", &["When", "Why", "Event"], refused.into_any())
            }}
            <h3>"Received last"</h3>
            {if none_arrived {
                view! { <p class="muted">"Nothing recent. An event shows here within seconds of being sent."</p> }.into_any()
            } else {
                table("Received events", &["When", "Event", "Person", "Understood as"], events.into_any())
            }}
        </section>
    }
    .into_any()
}

fn table(caption: &'static str, heads: &[&'static str], rows: AnyView) -> AnyView {
    let heads: Vec<AnyView> = heads.iter().map(|head| view! { <th scope="col">{*head}</th> }.into_any()).collect();
    view! {
        <div class="table-scroll">
            <table class="data">
                <caption class="visually-hidden">{caption}</caption>
                <thead><tr>{heads}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn event_row(row: SourceEvent) -> AnyView {
    view! {
        <tr class="linked">
            <td class="muted"><Time at=row.received_at/></td>
            <td><a class="row-link" href=format!("/events/{}", row.id)>{row.event}</a></td>
            <td class="muted">{row.person.unwrap_or_else(|| "anonymous".to_owned())}</td>
            <td class="told"><code>{row.told}</code></td>
        </tr>
    }
    .into_any()
}

fn refusal_row((at, reason, event): (Timestamp, Reason, String)) -> AnyView {
    view! {
        <tr>
            <td class="muted"><Time at=at/></td>
            <td>{reason.message} " " <code>{reason.code}</code></td>
            <td><code>{event}</code></td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::STUB;

    #[test]
    fn the_lines_for_early_calls_are_those_of_the_documentation() {
        assert!(include_str!("../../../../docs/tag.md").contains(STUB));
    }
}
