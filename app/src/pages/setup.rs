//! The first run: the workspace and its first admin.

use leptos::prelude::*;
use leptos_router::components::Redirect;

use crate::{
    api::accounts::{Gate, SetUp, find_gate},
    components::{Door, ErrorBox, FormAction, FormError, PostForm, SubmitButton, TextField, failure, load_first},
};

/// The page, as long as there is no user.
#[component]
pub fn SetupPage() -> impl IntoView {
    let action = FormAction::<SetUp>::new();
    let gate = load_first(|()| find_gate());
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match gate.await {
                    Ok(Gate::Setup) => form(action),
                    Ok(Gate::SignedOut { .. }) => view! { <Redirect path="/login"/> }.into_any(),
                    Ok(Gate::Open { .. }) => view! { <Redirect path="/destinations"/> }.into_any(),
                    Err(error) => view! { <main id="content" class="lone"><ErrorBox error=error/></main> }.into_any(),
                }
            })}
        </Suspense>
    }
}

fn form(action: FormAction<SetUp>) -> AnyView {
    let failure = failure(action);
    view! {
        <Door title="Welcome to Switchyard" sentence="Create the first account. It is the admin of the first workspace, and adds everybody else.">
            <PostForm action=action>
                <TextField
                    name="workspace"
                    label="Workspace name"
                    hint="Usually your company or shop."
                    autocomplete="organization"
                    required=true
                    error=failure.field("workspace")
                />
                <TextField name="name" label="Your name" autocomplete="name" required=true error=failure.field("name")/>
                <TextField name="email" label="Email" kind="email" autocomplete="username" required=true error=failure.field("email")/>
                <TextField
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="new-password"
                    required=true
                    hint=password_hint()
                    error=failure.field("password")
                />
                <FormError failure=failure/>
                <SubmitButton label="Create account" pending=action.pending() class="button primary wide"/>
            </PostForm>
        </Door>
    }
    .into_any()
}

/// What a new password needs.
pub(super) fn password_hint() -> String {
    format!("At least {} characters. Several words are easy to remember.", domain::config::PASSWORD_MIN)
}
