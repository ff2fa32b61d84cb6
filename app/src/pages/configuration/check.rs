//! "Check connection": tries what is stored against Snapchat and tells each step.

use domain::{DestinationId, view::ConnectionCheck};
use leptos::prelude::*;

use super::{Data, address};
use crate::{
    api::{configuration::CheckConnection, error::PageError},
    components::Icon,
};

/// The panel. Without scripts the button asks for the page with `?check=1`, which answers with the steps.
pub fn panel(id: DestinationId, data: Data) -> AnyView {
    let (action, asked) = (data.actions.check, data.asked_check);
    let pending = action.pending();
    let run = move |ev: leptos::ev::SubmitEvent| {
        ev.prevent_default();
        action.dispatch(CheckConnection { id });
    };
    view! {
        <section class="panel">
            <h2>"Connection"</h2>
            <p>"Asks Snapchat whether the login, the pixel and the token work. Nothing that counts is sent."</p>
            <form class="for-marketers" method="get" action=address(id) on:submit=run>
                <input type="hidden" name="check" value="1"/>
                <button type="submit" class="button" aria-busy=move || pending.get().then_some("true")>
                    "Check connection"
                </button>
            </form>
            <div aria-live="polite" class="check-result">
                <Transition>
                    {move || Suspend::new(async move {
                        let first = asked.await;
                        move || action.value().get().or_else(|| first.clone()).map(told)
                    })}
                </Transition>
            </div>
        </section>
    }
    .into_any()
}

fn told(answer: Result<ConnectionCheck, PageError>) -> AnyView {
    let check = match answer {
        Ok(check) => check,
        Err(error) => return view! { <p class="callout danger" role="alert">{error.0.to_string()}</p> }.into_any(),
    };
    let steps: Vec<AnyView> = check
        .steps
        .into_iter()
        .map(|step| {
            let (icon, word, class) =
                if step.ok { ("check", "Works: ", "step ok") } else { ("warning", "Does not work: ", "step failed") };
            view! {
                <li class=class>
                    <Icon name=icon/>
                    <div>
                        <strong><span class="visually-hidden">{word}</span>{step.title}</strong>
                        <p>{step.detail}</p>
                    </div>
                </li>
            }
            .into_any()
        })
        .collect();
    view! { <ol class="steps">{steps}</ol> }.into_any()
}
