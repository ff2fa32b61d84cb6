//! Forms that call server functions: without scripts the browser sends them, with scripts this does, and the page stays.
//!
//! What is sent is the form itself, so nothing here is made again for each server function.

use std::marker::PhantomData;

use leptos::{
    ev::SubmitEvent,
    prelude::*,
    server::ServerActionError,
    server_fn::{ServerFn, error::ServerFnUrlError},
};

use super::{
    focus::{keep_focus, return_focus},
    notice::Confirmed,
};
use crate::{api::error::PageError, browser};

/// A server function, as a form calls it.
pub struct FormAction<S> {
    form: Form,
    server_fn: PhantomData<fn() -> S>,
}

/// What forms know of a server function and of its last run.
#[derive(Clone, Copy)]
pub struct Form {
    url: &'static str,
    value: RwSignal<Option<Result<(), PageError>>>,
    version: RwSignal<usize>,
    pending: RwSignal<bool>,
    leaving: RwSignal<bool>,
    /// Pages without the frame confirm nothing.
    confirmed: Option<Confirmed>,
}

impl<S> Clone for FormAction<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for FormAction<S> {}

impl<S> From<FormAction<S>> for Form {
    fn from(action: FormAction<S>) -> Self {
        action.form
    }
}

impl<S: ServerFn<Output = (), Error = PageError>> Default for FormAction<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: ServerFn<Output = (), Error = PageError>> FormAction<S> {
    /// Not run yet, unless the address brings an error back from a run without scripts.
    #[must_use]
    pub fn new() -> Self {
        Self { form: Form::new(S::url(), S::PATH), server_fn: PhantomData }
    }

    /// Whether a form is on its way.
    #[must_use]
    pub fn pending(self) -> Signal<bool> {
        self.form.pending.into()
    }

    /// How the last run ended.
    #[must_use]
    pub fn value(self) -> RwSignal<Option<Result<(), PageError>>> {
        self.form.value
    }

    /// Forgets how the last run ended.
    pub fn clear(self) {
        self.form.value.set(None);
    }
}

impl Form {
    fn new(url: &'static str, path: &str) -> Self {
        let failed = use_context::<ServerActionError>()
            .filter(|error| error.path() == path)
            .map(|error| Err(ServerFnUrlError::decode_err(error.err())));
        let confirmed = use_context::<Confirmed>();
        Self {
            url,
            value: RwSignal::new(failed),
            version: RwSignal::new(0),
            pending: RwSignal::new(false),
            leaving: RwSignal::new(false),
            confirmed,
        }
    }

    /// How the last run ended.
    #[must_use]
    pub fn value(self) -> RwSignal<Option<Result<(), PageError>>> {
        self.value
    }

    /// How many runs have ended.
    #[must_use]
    pub fn version(self) -> RwSignal<usize> {
        self.version
    }

    /// Whether a form is on its way.
    #[must_use]
    pub fn pending(self) -> Signal<bool> {
        self.pending.into()
    }

    /// Whether the last run ended on its way to another page.
    #[must_use]
    pub fn leaving_untracked(self) -> bool {
        self.leaving.get_untracked()
    }

    /// Sends the form unless a listener before this one has refused it.
    fn submit(self, ev: &SubmitEvent) {
        // What the last run said no longer holds beside a mistake.
        if let Some(confirmed) = self.confirmed {
            confirmed.take_back();
        }
        if ev.default_prevented() {
            return;
        }
        ev.prevent_default();
        let Some(answer) = browser::post(self.url, ev) else { return };
        // The button is not to be pressed twice, and can't have the focus meanwhile.
        keep_focus();
        self.pending.set(true);
        leptos::task::spawn_local(async move {
            let answer = answer.await;
            // The page may be gone by now, and its signals with it.
            self.pending.try_set(false);
            let leaving = matches!(answer, Ok(true));
            self.leaving.try_set(leaving);
            self.value.try_set(Some(answer.map(|_| ())));
            self.version.try_update(|version| *version += 1);
            if !leaving {
                return_focus();
            }
        });
    }
}

/// The form. Its fields are the server function's arguments.
#[component]
pub fn PostForm(
    /// What it calls.
    #[prop(into)]
    action: Form,
    /// Where the form element can be found.
    #[prop(optional)]
    node_ref: NodeRef<leptos::html::Form>,
    /// What may refuse it before it is sent. Not a listener set from outside: a form that is drawn anew would keep the first one, which
    /// knows a page that is gone.
    #[prop(optional, into)]
    check: Option<Check>,
    /// Its fields and buttons.
    children: Children,
) -> impl IntoView {
    let submit = move |ev: SubmitEvent| {
        if let Some(Check(check)) = &check {
            check(&ev);
        }
        action.submit(&ev);
    };
    view! { <form node_ref=node_ref method="post" action=action.url on:submit=submit>{children()}</form> }
}

/// Looks at a form before it is sent, and prevents that if something is wrong.
pub struct Check(Box<dyn Fn(&SubmitEvent)>);

impl<F: Fn(&SubmitEvent) + 'static> From<F> for Check {
    fn from(check: F) -> Self {
        Self(Box::new(check))
    }
}

/// The button of a filter that applies by itself where scripts run.
#[component]
pub fn FilterButton() -> impl IntoView {
    view! { <noscript inner_html="<button type=\"submit\" class=\"button plain\">Filter</button>"></noscript> }
}
