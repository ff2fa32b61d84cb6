//! Server functions of the settings: the workspace, its people, one's own password.

use domain::{Role, UserId, view::Settings};
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use pipeline::accounts::SignedIn;

use super::error::PageError;
#[cfg(feature = "ssr")]
use super::session::{self, actor};

/// Everything on the page.
#[server]
pub async fn load_settings() -> Result<Settings, PageError> {
    let (switchyard, actor) = actor().await?;
    Ok(switchyard.settings(&actor).await?)
}

/// Gives the workspace another name.
#[server]
pub async fn rename_workspace(#[server(default)] name: String) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.rename_workspace(&actor, &name).await?;
    leptos_axum::redirect("/settings?notice=workspace_renamed");
    Ok(())
}

/// Adds somebody to the workspace.
#[server]
pub async fn add_person(
    #[server(default)] name: String,
    #[server(default)] email: String,
    role: Role,
    #[server(default)] password: String,
) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.add_person(&actor, &name, &email, role, &password).await?;
    leptos_axum::redirect("/settings?notice=person_added");
    Ok(())
}

/// Gives somebody other rights.
#[server]
pub async fn change_role(person: UserId, role: Role) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.change_role(&actor, person, role).await?;
    leptos_axum::redirect("/settings?notice=role_changed");
    Ok(())
}

/// Takes somebody out of the workspace.
#[server]
pub async fn remove_person(person: UserId) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.remove_person(&actor, person).await?;
    leptos_axum::redirect("/settings?notice=person_removed");
    Ok(())
}

/// Changes one's own password.
#[server]
pub async fn change_password(
    #[server(default)] current: String,
    #[server(default)] new: String,
) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.change_password(&actor, &current, &new).await?;
    // That ended every session; this one goes on under a new id.
    session::begin(&SignedIn { user: actor.user, workspace: actor.workspace }).await?;
    leptos_axum::redirect("/settings?notice=password_changed");
    Ok(())
}

/// Makes another workspace and goes there.
#[server]
pub async fn create_workspace(#[server(default)] workspace: String) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    let id = switchyard.create_workspace(&actor, &workspace).await?;
    let signed_in = switchyard.switch_workspace(&actor, id).await?;
    session::begin(&signed_in).await?;
    leptos_axum::redirect("/destinations?notice=workspace_created");
    Ok(())
}
