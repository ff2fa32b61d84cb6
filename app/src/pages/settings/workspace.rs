//! The workspace's name, and another workspace.

use domain::view::Settings;
use leptos::prelude::*;

use super::Actions;
use crate::{
    api::settings::CreateWorkspace,
    components::{FormAction, FormError, PostForm, SubmitButton, TextField, failure},
};

/// The name; admins change it.
pub fn panel(settings: &Settings, is_admin: bool, actions: Actions) -> AnyView {
    let name = settings.workspace.clone();
    if !is_admin {
        return view! {
            <section class="panel" aria-labelledby="workspace-panel">
                <h2 id="workspace-panel">"Workspace"</h2>
                <p>{name}</p>
                <p class="hint">"Admins of this workspace can rename it and manage its people."</p>
            </section>
        }
        .into_any();
    }
    let failure = failure(actions.rename);
    view! {
        <section class="panel" aria-labelledby="workspace-panel">
            <h2 id="workspace-panel">"Workspace"</h2>
            <PostForm action=actions.rename attr:class="field-row">
                <TextField
                    name="name"
                    id="workspace-name"
                    label="Workspace name"
                    value=name
                    required=true
                    maxlength=100
                    error=failure.field("name")
                />
                <FormError failure=failure/>
                <SubmitButton label="Rename workspace" pending=actions.rename.pending() class="button"/>
            </PostForm>
        </section>
    }
    .into_any()
}

/// Another workspace, apart from this one in everything.
pub fn another_panel(create: FormAction<CreateWorkspace>) -> AnyView {
    let failure = failure(create);
    view! {
        <section class="panel" aria-labelledby="another">
            <h2 id="another">"Another workspace"</h2>
            <p>"Its sources, destinations, events and people are apart from this one. You become its admin, and switch between the two in the sidebar."</p>
            <PostForm action=create attr:class="field-row">
                <TextField
                    name="workspace"
                    id="new-workspace"
                    label="Name of the new workspace"
                    required=true
                    maxlength=100
                    error=failure.field("name")
                />
                <FormError failure=failure/>
                <SubmitButton label="Create workspace" pending=create.pending() class="button"/>
            </PostForm>
        </section>
    }
    .into_any()
}
