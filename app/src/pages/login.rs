//! Signing in.

use leptos::prelude::*;
use leptos_router::{components::Redirect, hooks::use_query_map};

use crate::{
    api::accounts::{Gate, SignIn, find_gate, safe_next},
    components::{Door, ErrorBox, FormAction, FormError, PostForm, SubmitButton, TextField, failure, load_first},
};

/// The page. Whoever is signed in already goes on.
#[component]
pub fn LoginPage() -> impl IntoView {
    let action = FormAction::<SignIn>::new();
    let next = use_query_map().with_untracked(|query| query.get("next")).unwrap_or_default();
    let next = StoredValue::new(safe_next(&next).to_owned());
    let gate = load_first(|()| find_gate());
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match gate.await {
                    Ok(Gate::SignedOut { email }) => form(action, next.get_value(), email),
                    Ok(Gate::Setup) => view! { <Redirect path="/setup"/> }.into_any(),
                    Ok(Gate::Open { .. }) => view! { <Redirect path=next.get_value()/> }.into_any(),
                    Err(error) => view! { <main id="content" class="lone"><ErrorBox error=error/></main> }.into_any(),
                }
            })}
        </Suspense>
    }
}

fn form(action: FormAction<SignIn>, next: String, email: Option<String>) -> AnyView {
    let failure = failure(action);
    view! {
        <Door title="Sign in" sentence="To the place where your events change tracks.">
            <PostForm action=action>
                <input type="hidden" name="next" value=next/>
                <TextField
                    name="email"
                    label="Email"
                    kind="email"
                    value=email.unwrap_or_default()
                    autocomplete="username"
                    required=true
                    error=failure.field("email")
                />
                <TextField
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="current-password"
                    required=true
                    error=failure.field("password")
                />
                <FormError failure=failure/>
                <SubmitButton label="Sign in" pending=action.pending() class="button primary wide"/>
            </PostForm>
        </Door>
    }
    .into_any()
}
