//! What came back from a form: mistakes beside their fields, everything else above the button.

use domain::ApiError;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{form::Form, waiting::effect};
use crate::{api::error::PageError, browser};

/// The failure of an action, if its last run failed.
#[derive(Clone, Copy)]
pub struct Failure(Signal<Option<ApiError>>);

/// The failure of `action`, with or without scripts. The first wrong field gets the focus.
pub fn failure(action: impl Into<Form>) -> Failure {
    failure_of(action.into())
}

fn failure_of(action: Form) -> Failure {
    let value = action.value();
    let version = action.version();
    let query = use_query_map();
    let error = Signal::derive(move || {
        // An error that the address brought back belongs to that address alone.
        let counts = version.get() > 0 || query.with(|query| query.get_str("__err").is_some());
        value.with(|value| match value {
            Some(Err(PageError(error))) if counts => Some(error.clone()),
            _ => None,
        })
    });
    effect(move || {
        version.track();
        if error.with(|error| matches!(error, Some(ApiError::Invalid(_)))) {
            browser::focus_first_invalid();
        }
    });
    Failure(error)
}

impl Failure {
    /// What is wrong with the field `name`.
    #[must_use]
    pub fn field(self, name: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.0.with(|error| error.as_ref().and_then(|error| error.for_field(name)).map(str::to_owned))
        })
    }

    /// What is wrong and belongs to no field.
    #[must_use]
    pub fn general(self) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.0.with(|error| match error {
                None | Some(ApiError::Invalid(_)) => None,
                Some(error) => Some(error.to_string()),
            })
        })
    }

    /// Whether there is one now.
    #[must_use]
    pub fn is_some_untracked(self) -> bool {
        self.0.with_untracked(Option::is_some)
    }
}

/// A form's failure that belongs to no field, told as soon as it is there.
#[component]
pub fn FormError(
    /// The form's failure.
    failure: Failure,
) -> impl IntoView {
    let message = failure.general();
    view! {
        <div class="form-error" role="alert" hidden=move || message.with(Option::is_none)>{move || message.get()}</div>
    }
    .into_any()
}

/// The button of a form; it waits while the form is on its way.
#[component]
pub fn SubmitButton(
    /// What stands on it.
    #[prop(into)]
    label: String,
    /// Whether the form is on its way.
    #[prop(optional, into)]
    pending: Signal<bool>,
    /// Its classes.
    #[prop(default = "button primary")]
    class: &'static str,
) -> impl IntoView {
    view! {
        <button type="submit" class=class disabled=move || pending.get() aria-busy=move || pending.get().then_some("true")>
            {label}
        </button>
    }
    .into_any()
}
