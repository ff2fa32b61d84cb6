//! The bar at the bottom that tells what is not saved, and saves it.

use domain::ApiError;
use leptos::prelude::*;

use super::PageState;
use crate::api::error::PageError;

/// The bar. It is always there, so that saving works before the page has come alive.
pub fn save_bar(state: PageState) -> AnyView {
    let count = move || state.changes.with(Vec::len);
    let told = move || match count() {
        0 => "No changes".to_owned(),
        1 => "1 change".to_owned(),
        many => format!("{many} changes"),
    };
    let sentences = move || {
        state.changes.with(|changes| {
            changes.iter().map(|change| view! { <li>{change.clone()}</li> }.into_any()).collect::<Vec<_>>()
        })
    };
    let pending = state.save.pending();
    view! {
        <div class="save-bar" class:dirty=move || count() != 0>
            <div class="save-told">
                <details hidden=move || count() == 0>
                    <summary>{told}</summary>
                    <ul>{sentences}</ul>
                </details>
                <span class="muted" hidden=move || count() != 0>"Nothing is changed until you save."</span>
                <div class="save-error" role="alert">{move || problem(state)}</div>
            </div>
            <button type="reset" class="button plain">"Discard"</button>
            <button type="submit" class="button primary" aria-busy=move || pending.get().then_some("true")>
                "Save Changes"
            </button>
        </div>
    }
    .into_any()
}

fn problem(state: PageState) -> Option<AnyView> {
    let errors = state.errors();
    if !errors.is_empty() {
        let messages: Vec<AnyView> =
            errors.into_iter().map(|error| view! { <li>{error.message}</li> }.into_any()).collect();
        return Some(view! { <p>"Not saved:"</p><ul id="new-row-mistakes">{messages}</ul> }.into_any());
    }
    match state.save.value().get() {
        Some(Err(PageError(error @ ApiError::Refused(_)))) => Some(
            view! { <p>{error.to_string()} " " <a href="" rel="external">"Load the newest settings"</a></p> }
                .into_any(),
        ),
        Some(Err(PageError(error))) if !matches!(error, ApiError::Invalid(_)) => {
            Some(view! { <p>{error.to_string()}</p> }.into_any())
        }
        _ => None,
    }
}
