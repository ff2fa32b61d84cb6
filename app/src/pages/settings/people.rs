//! The people of the workspace.

use domain::{
    Role,
    view::{Person, Settings},
};
use leptos::prelude::*;

use super::{Actions, person::add_dialog};
use crate::components::{ConfirmForm, DialogButton, FormError, PostForm, failure};

/// The dialog that adds somebody.
pub const ADD_DIALOG: &str = "add-person";

/// Value, label and meaning of each role.
pub const ROLES: [(Role, &str, &str); 3] = [
    (Role::Admin, "Admin", "also manages people and the workspace"),
    (Role::Marketer, "Marketer", "sets up sources, destinations, workflows and audiences"),
    (Role::Viewer, "Viewer", "sees everything, changes nothing"),
];

/// The panel. Admins change it.
pub fn panel(settings: &Settings, is_admin: bool, actions: Actions) -> AnyView {
    let rows: Vec<AnyView> = settings.people.iter().map(|person| row(person, settings, is_admin, actions)).collect();
    view! {
        <section class="panel" aria-labelledby="people">
            <header class="section-head">
                <h2 id="people">"People"</h2>
                {is_admin.then(|| view! { <DialogButton opens=ADD_DIALOG>"Add person"</DialogButton> })}
            </header>
            <FormError failure=failure(actions.role)/>
            <div class="table-scroll">
                <table class="data cards">
                    <caption class="visually-hidden">"People in this workspace"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            {is_admin.then(|| view! { <th scope="col">"Email"</th> })}
                            <th scope="col">"Role"</th>
                            {is_admin.then(|| view! { <th scope="col"><span class="visually-hidden">"Actions"</span></th> })}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="hint">{ROLES.map(|(_, label, meaning)| format!("{label}: {meaning}.")).join(" ")}</p>
        </section>
        {is_admin.then(|| add_dialog(actions.add))}
    }
    .into_any()
}

fn row(person: &Person, settings: &Settings, is_admin: bool, actions: Actions) -> AnyView {
    let name = person.name.clone();
    if !is_admin {
        let role = ROLES.iter().find(|(role, ..)| *role == person.role).map_or("", |(_, label, _)| *label);
        return view! { <tr><th scope="row">{name}</th><td data-label="Role">{role}</td></tr> }.into_any();
    }
    let id = person.id.to_string();
    let (dialog, role_id, told) = (format!("remove-{id}"), id.clone(), name.clone());
    let (role_of, save_of, remove) =
        (format!("Role of {name}"), format!("Save the role of {name}"), format!("Remove {name}"));
    let options: Vec<AnyView> = ROLES
        .into_iter()
        .map(|(role, label, _)| {
            view! { <option value=role.as_str() selected=role == person.role>{label}</option> }.into_any()
        })
        .collect();
    view! {
        <tr>
            <th scope="row">{name.clone()}</th>
            <td data-label="Email">{person.email.clone()}</td>
            <td data-label="Role">
                <PostForm action=actions.role attr:class="inline-form">
                    <input type="hidden" name="person" value=role_id/>
                    <select name="role" aria-label=role_of>{options}</select>
                    <button type="submit" class="button small" aria-label=save_of>"Save"</button>
                </PostForm>
            </td>
            <td class="row-actions">
                <ConfirmForm
                    action=actions.remove
                    id=dialog
                    open_label="Remove"
                    open_name=remove
                    class="button small"
                    title=format!("Remove {name} from {}?", settings.workspace)
                    verb="Remove"
                >
                    <input type="hidden" name="person" value=id/>
                    <p>{format!("{told} can no longer open this workspace. What they set up stays, and so does the log of their changes.")}</p>
                </ConfirmForm>
            </td>
        </tr>
    }
    .into_any()
}
