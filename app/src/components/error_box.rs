//! A page's failure, in plain words, with the right status for machines.

use domain::ApiError;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::Redirect, hooks::use_url, location::Url};

use super::Icon;
use crate::api::{error::PageError, events::encode};

/// What a page shows instead of what it could not get. A visitor who is not signed in goes to the sign-in page.
#[component]
pub fn ErrorBox(
    /// The failure.
    #[prop(into)]
    error: PageError,
) -> impl IntoView {
    let PageError(error) = error;
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && error != ApiError::SignedOut
    {
        response.set_status(crate::api::error::status(&error));
    }
    if error == ApiError::SignedOut {
        return view! { <Redirect path=login_address()/> }.into_any();
    }
    let title = match &error {
        ApiError::NotFound => "Not found",
        ApiError::Forbidden => "Not allowed",
        ApiError::Internal(_) => "An internal error",
        _ => "This did not work",
    };
    view! {
        <Title text=title/>
        <div class="empty" role="alert">
            <span class="empty-icon danger"><Icon name="warning"/></span>
            <h1>{title}</h1>
            <p>{error.to_string()}</p>
            <div class="actions"><a class="button" href="/destinations">"Go to Destinations"</a></div>
        </div>
    }
    .into_any()
}

/// The sign-in page, which leads back to this one.
pub(super) fn login_address() -> String {
    let url = use_url().get_untracked();
    let next = address(&url);
    // The place where everybody arrives needs no mention.
    if matches!(next.as_str(), "" | "/" | "/destinations") || url.path() == "/login" {
        return "/login".to_owned();
    }
    format!("/login?next={}", encode(&next))
}

/// The path of an address with its query.
pub(crate) fn address(url: &Url) -> String {
    let (path, search) = (url.path(), url.search().trim_start_matches('?'));
    if search.is_empty() { path.to_owned() } else { format!("{path}?{search}") }
}
