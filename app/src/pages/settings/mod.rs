//! Settings: the workspace, its people, one's own password, and who changed what.

mod changes;
mod people;
mod person;
mod workspace;

use domain::{
    Role,
    view::{Me, Settings},
};
use leptos::prelude::*;

use crate::{
    api::{
        accounts::Gate,
        settings::{
            AddPerson, ChangePassword, ChangeRole, CreateWorkspace, RemovePerson, RenameWorkspace, load_settings,
        },
    },
    components::{ErrorBox, FormAction, PageHead, count_of, load, use_gate, when_read},
    pages::destinations::route::successes,
};

/// The page's actions: they outlive the reading anew of what they changed.
#[derive(Clone, Copy)]
struct Actions {
    rename: FormAction<RenameWorkspace>,
    add: FormAction<AddPerson>,
    role: FormAction<ChangeRole>,
    remove: FormAction<RemovePerson>,
    password: FormAction<ChangePassword>,
    create: FormAction<CreateWorkspace>,
}

/// The page.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let actions = Actions {
        rename: FormAction::new(),
        add: FormAction::new(),
        role: FormAction::new(),
        remove: FormAction::new(),
        password: FormAction::new(),
        create: FormAction::new(),
    };
    let gate = use_gate();
    let changed =
        [successes(actions.rename), successes(actions.add), successes(actions.role), successes(actions.remove)];
    let data = load(move || changed.map(|count| count.get()), |_| load_settings());
    // The sidebar names the workspace too, and lists all of them.
    let (renamed, created) = (changed[0], successes(actions.create));
    Effect::new(move |before: Option<u32>| {
        let now = renamed.get() + created.get();
        if before.is_some_and(|before| before != now) {
            gate.refetch();
        }
        now
    });
    view! {
        {when_read(move || async move {
                let me = match gate.await {
                    Ok(Gate::Open { me, .. }) => Some(me),
                    _ => None,
                };
                match data.await {
                    Ok(settings) => page(&settings, me, actions),
                    Err(error) => view! { <ErrorBox error=error/> }.into_any(),
                }
        })}
    }
}

fn page(settings: &Settings, me: Option<Me>, actions: Actions) -> AnyView {
    let is_admin = me.as_ref().is_some_and(|me| me.role == Role::Admin);
    let email = me.map(|me| me.email).unwrap_or_default();
    let people = count_of(settings.people.len() as u64, "person works", "people work");
    view! {
        <PageHead title="Settings" sentence=format!("{people} in {}.", settings.workspace)/>
        <div class="settings-panels">
            {workspace::panel(settings, is_admin, actions)}
            {people::panel(settings, is_admin, actions)}
            {person::password_panel(email, actions.password)}
            {is_admin.then(|| workspace::another_panel(actions.create))}
            {changes::panel(&settings.changes)}
        </div>
    }
    .into_any()
}
