//! What came of a test: the verdict, each step, each field, and what Snapchat says when asked.

use domain::{
    DestinationId,
    view_bench::{StepState, TestAnswer, TestRequest, TestRun, TestStep, TestedEvent},
};
use leptos::prelude::*;
use serde_json::Value;

use super::{TestActions, fields::field_table};
use crate::components::{FormError, Icon, JsonView, PostForm, SubmitButton, failure};

/// The lower half of the page.
pub fn result(
    id: DestinationId,
    run: TestRun,
    request: Option<TestRequest>,
    ticket: String,
    may_ask: bool,
    actions: TestActions,
) -> AnyView {
    let title = match (&run.event, &run.snap_event) {
        (event, _) if event.is_empty() => "What became of it".to_owned(),
        (event, Some(snap)) => format!("{event} becomes {snap}"),
        (event, None) => event.clone(),
    };
    let steps: Vec<AnyView> = run.steps.iter().map(step).collect();
    let masked = run.masked.then(|| {
        view! { <p class="muted">"This event arrived from a visitor, so personal data is masked."</p> }
    });
    let ask = (may_ask && run.item.is_some()).then(|| ask(id, request, ticket, actions));
    let fields = (!run.fields.is_empty()).then(|| field_table(run.fields));
    view! {
        <section class="test-result" aria-labelledby="result">
            <h2 id="result">{title}</h2>
            <div aria-live="polite">{verdict(run.problem.map(|problem| problem.message))}</div>
            {masked}
            <ol class="steps panel">{steps}</ol>
            {fields}
            {json("What came in", Some(run.received))}
            {json("What was understood", run.read)}
            {json("What would be sent", run.item)}
            {run.answer.map(answer)}
            {ask}
        </section>
    }
    .into_any()
}

fn verdict(problem: Option<String>) -> AnyView {
    match problem {
        None => view! { <p class="callout good">"This event would be sent."</p> }.into_any(),
        Some(problem) => view! { <p class="callout warning">"This event would not be sent. " {problem}</p> }.into_any(),
    }
}

fn step(step: &TestStep) -> AnyView {
    let (icon, word, class) = match step.state {
        StepState::Passed => ("check", "Passed: ", "step ok"),
        StepState::Noted => ("info", "To note: ", "step noted"),
        StepState::Stopped => ("warning", "Stops here: ", "step failed"),
    };
    let stopped = step.state == StepState::Stopped;
    let notes: Vec<AnyView> = step
        .notes
        .iter()
        .map(|note| {
            let message = (!stopped).then(|| format!("{} ", note.message));
            view! { <li>{message}<code>{note.code.clone()}</code></li> }.into_any()
        })
        .collect();
    let notes = (!notes.is_empty()).then(|| view! { <ul class="step-notes">{notes}</ul> });
    view! {
        <li class=class>
            <Icon name=icon/>
            <div>
                <strong><span class="visually-hidden">{word}</span>{step.title.clone()}</strong>
                <p>{step.detail.clone()}</p>
                {notes}
            </div>
        </li>
    }
    .into_any()
}

fn json(title: &'static str, value: Option<Value>) -> Option<AnyView> {
    let value = value?;
    let view = view! {
        <details class="panel test-json">
            <summary>{title}</summary>
            <JsonView value=value what=title/>
        </details>
    };
    Some(view.into_any())
}

fn answer(answer: TestAnswer) -> AnyView {
    let class = if answer.ok { "callout good" } else { "callout danger" };
    let status = answer.status.map(|status| format!("HTTP {status}"));
    let body = (!answer.body.is_empty()).then(|| view! { <pre class="answer-body">{answer.body}</pre> });
    view! {
        <section aria-labelledby="answer">
            <h3 id="answer">"Snapchat's answer"</h3>
            <p class=class>{answer.sentence}</p>
            <p class="muted">{status}</p>
            {body}
        </section>
    }
    .into_any()
}

fn ask(id: DestinationId, request: Option<TestRequest>, ticket: String, actions: TestActions) -> AnyView {
    let event = match request.map(|request| request.event) {
        Some(TestedEvent::Stored(id)) => id.to_string(),
        _ => String::new(),
    };
    view! {
        <PostForm action=actions.ask attr:class="ask-form">
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="ticket" value=ticket/>
            <input type="hidden" name="test[event]" value=event/>
            <FormError failure=failure(actions.ask)/>
            <SubmitButton label="Ask Snapchat to validate it" pending=actions.ask.pending() class="button"/>
            <p class="hint">"Sends it, hashed, to Snapchat's validate endpoint. Snapchat counts nothing there."</p>
        </PostForm>
    }
    .into_any()
}
