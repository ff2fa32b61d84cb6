//! The forms about one person: adding somebody, and one's own password.

use leptos::prelude::*;

use super::people::{ADD_DIALOG, ROLES};
use crate::{
    api::settings::{AddPerson, ChangePassword},
    components::{Dialog, FormAction, FormError, PostForm, SelectField, SubmitButton, TextField, failure},
    pages::setup::password_hint,
};

/// Somebody new.
pub fn add_dialog(action: FormAction<AddPerson>) -> AnyView {
    let failure = failure(action);
    let roles: Vec<(String, String)> =
        ROLES.iter().map(|(role, label, meaning)| (role.as_str().to_owned(), format!("{label}: {meaning}"))).collect();
    view! {
        <Dialog id=ADD_DIALOG title="Add a person" failure=failure>
            <PostForm action=action>
                <TextField name="name" id="person-name" label="Name" required=true maxlength=100 error=failure.field("name")/>
                <TextField name="email" id="person-email" label="Email" kind="email" required=true error=failure.field("email")/>
                <SelectField name="role" id="person-role" label="Role" options=roles value="marketer" error=failure.field("role")/>
                <TextField
                    name="password"
                    id="person-password"
                    label="First password"
                    kind="password"
                    autocomplete="new-password"
                    required=true
                    hint=format!("{} Tell it to the person, who can change it here. Somebody who has an account already keeps their own.", password_hint())
                    error=failure.field("password")
                />
                <FormError failure=failure/>
                <div class="dialog-actions"><SubmitButton label="Add to workspace" pending=action.pending()/></div>
            </PostForm>
        </Dialog>
    }
    .into_any()
}

/// One's own password.
pub fn password_panel(email: String, action: FormAction<ChangePassword>) -> AnyView {
    let failure = failure(action);
    view! {
        <section class="panel" aria-labelledby="password-panel">
            <h2 id="password-panel">"Your password"</h2>
            <PostForm action=action attr:class="field-row own">
                // Password managers want to know whose password it is.
                <input type="text" name="username" autocomplete="username" value=email hidden=true/>
                <TextField
                    name="current"
                    label="Current password"
                    kind="password"
                    autocomplete="current-password"
                    required=true
                    error=failure.field("current")
                />
                <TextField
                    name="new"
                    label="New password"
                    kind="password"
                    autocomplete="new-password"
                    required=true
                    hint=password_hint()
                    error=failure.field("new")
                />
                <FormError failure=failure/>
                <SubmitButton label="Change password" pending=action.pending() class="button"/>
            </PostForm>
        </section>
    }
    .into_any()
}
