//! Which event is tried: a pasted one, one that arrived, or a made-up one.

use domain::view_bench::{TestPage, TestedEvent};
use leptos::prelude::*;

use super::TestActions;
use crate::components::{FormError, PostForm, SelectField, SubmitButton, failure, utc_short};

/// What stands in the empty field: both shapes are read.
const EXAMPLE: &str = r#"{"type": "track", "event": "Order Completed", "userId": "42", "properties": {"order_id": "A-1", "value": 84.5, "currency": "USD"}}"#;

/// The three forms.
pub fn forms(page: &TestPage, actions: TestActions) -> AnyView {
    let failure = failure(actions.start);
    view! {
        <div class="test-forms">
            {paste(page, actions)}
            <div class="test-others">{recent(page, actions)} {made_up(page, actions)}</div>
        </div>
        <FormError failure=failure/>
    }
    .into_any()
}

fn paste(page: &TestPage, actions: TestActions) -> AnyView {
    let destination = page.id.to_string();
    let mistake = failure(actions.start).field("text");
    let pasted = match page.request.as_ref().map(|request| &request.event) {
        Some(TestedEvent::Pasted(text)) => text.clone(),
        _ => String::new(),
    };
    let chosen = page.request.as_ref().and_then(|request| request.source).map(|id| id.to_string());
    let sources: Vec<(String, String)> = page.sources.iter().map(|(id, name)| (id.to_string(), name.clone())).collect();
    let source = (sources.len() > 1).then(|| {
        view! {
            <SelectField
                name="test[source]"
                id="test-source"
                label="As if it came from"
                options=sources
                value=chosen.unwrap_or_default()
            />
        }
    });
    view! {
        <section class="panel" aria-labelledby="test-paste">
            <h2 id="test-paste">"Paste an event"</h2>
            <PostForm action=actions.start attr:class="form own">
                <input type="hidden" name="id" value=destination/>
                <div class="field">
                    <label for="test-text">"Event as JSON"</label>
                    <textarea
                        id="test-text"
                        name="test[text]"
                        class="code-input"
                        rows="10"
                        spellcheck="false"
                        autocomplete="off"
                        placeholder=EXAMPLE
                        aria-describedby="test-text-hint test-text-error"
                        aria-invalid=move || mistake.with(Option::is_some).then_some("true")
                    >
                        {pasted}
                    </textarea>
                    <p class="hint" id="test-text-hint">
                        "A call of the Segment API, a batch (its first event is taken), or an event in CustomerLabs' shape. It is kept in memory for half an hour, for you alone."
                    </p>
                    <p class="field-error" id="test-text-error" hidden=move || mistake.with(Option::is_none)>
                        <span>{move || mistake.get()}</span>
                    </p>
                </div>
                {source}
                <div><SubmitButton label="Test this event" pending=actions.start.pending()/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn recent(page: &TestPage, actions: TestActions) -> AnyView {
    if page.recent.is_empty() {
        return view! {
            <section class="panel" aria-labelledby="test-recent">
                <h2 id="test-recent">"Take a recent event"</h2>
                <p class="muted">"None has arrived yet."</p>
            </section>
        }
        .into_any();
    }
    let option = |(id, name, at): &(domain::EventId, String, domain::Timestamp)| {
        (id.to_string(), format!("{name} · {}", utc_short(*at)))
    };
    let chosen = match page.request.as_ref().map(|request| &request.event) {
        Some(TestedEvent::Stored(id)) => id.to_string(),
        _ => String::new(),
    };
    select_form(
        page,
        actions,
        ["test-recent", "Take a recent event", "test[event]", "Event", "Test it"],
        page.recent.iter().map(option).collect(),
        chosen,
    )
}

fn made_up(page: &TestPage, actions: TestActions) -> AnyView {
    let chosen = match page.request.as_ref().map(|request| &request.event) {
        Some(TestedEvent::Standard(name)) => name.clone(),
        _ => String::new(),
    };
    let options = page.standard.iter().map(|name| (name.clone(), name.clone())).collect();
    select_form(
        page,
        actions,
        ["test-standard", "Generate one", "test[standard]", "Standard event", "Generate and test"],
        options,
        chosen,
    )
}

fn select_form(
    page: &TestPage,
    actions: TestActions,
    [id, title, name, label, button]: [&'static str; 5],
    options: Vec<(String, String)>,
    chosen: String,
) -> AnyView {
    let destination = page.id.to_string();
    view! {
        <section class="panel" aria-labelledby=id>
            <h2 id=id>{title}</h2>
            <PostForm action=actions.start attr:class="form own">
                <input type="hidden" name="id" value=destination/>
                <SelectField name=name id=format!("{id}-choice") label=label options=options value=chosen/>
                <div><SubmitButton label=button pending=actions.start.pending() class="button"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}
