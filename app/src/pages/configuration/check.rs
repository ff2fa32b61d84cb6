//! "Check connection": tries what is stored against Snapchat and tells each step.

use domain::{DestinationId, view::ConnectionCheck};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_query_map;

use super::address;
use crate::{
    api::{configuration::check_connection, error::PageError},
    components::{Icon, Loaded, load},
};

/// The check as the page's button runs it.
#[derive(Clone, Copy)]
pub struct Check {
    answer: RwSignal<Option<Answer>>,
    pending: RwSignal<bool>,
    /// The answer, if the address asks for the check.
    asked: Loaded<Option<Answer>>,
}

type Answer = Result<ConnectionCheck, PageError>;

impl Check {
    /// Runs it at once if the address asks for it. To be made by the page, as whatever reads.
    pub fn new(id: Memo<Option<DestinationId>>) -> Self {
        let query = use_query_map();
        let asked = load(
            move || id.get().filter(|_| query.with(|query| query.get("check").is_some())),
            |asked| async move {
                match asked {
                    Some(id) => Some(check_connection(id).await),
                    None => None,
                }
            },
        );
        Self { answer: RwSignal::new(None), pending: RwSignal::new(false), asked }
    }

    fn run(self, id: DestinationId) {
        self.pending.set(true);
        spawn_local(async move {
            let answer = check_connection(id).await;
            // The page may be gone by now.
            self.pending.try_set(false);
            self.answer.try_set(Some(answer));
        });
    }
}

/// The panel. Without scripts the button asks for the page with `?check=1`, which answers with the steps.
pub fn panel(id: DestinationId, check: Check) -> AnyView {
    let Check { answer, pending, asked } = check;
    let run = move |ev: leptos::ev::SubmitEvent| {
        ev.prevent_default();
        check.run(id);
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
                        let shown = move || answer.get().or_else(|| first.clone()).map_or_else(|| ().into_any(), told);
                        shown.into_any()
                    })}
                </Transition>
            </div>
        </section>
    }
    .into_any()
}

fn told(answer: Answer) -> AnyView {
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
