//! The Settings page: the workspace, its people, its log of changes.

use domain::{
    Actor, ApiError, Role, UserId, WorkspaceId,
    config::{validate_email, validate_name, validate_password},
    view::{Person, Settings},
};

use crate::{
    Switchyard,
    accounts::{SignedIn, invalid_if_any},
    api_error,
};

/// How many changes the page shows.
const CHANGES_SHOWN: u32 = 100;

impl Switchyard {
    /// The page. Addresses are for admins, and each for its owner.
    ///
    /// # Errors
    /// [`ApiError::Internal`].
    pub async fn settings(&self, actor: &Actor) -> Result<Settings, ApiError> {
        let members = self.store().members(actor.workspace).await.map_err(api_error)?;
        let visible = |id: UserId| actor.role == Role::Admin || id == actor.user;
        let people = members
            .into_iter()
            .map(|m| Person { email: visible(m.id).then_some(m.email), id: m.id, name: m.name, role: m.role })
            .collect();
        Ok(Settings {
            workspace: self.store().workspace_name(actor.workspace).await.map_err(api_error)?,
            people,
            changes: self.store().changes(actor.workspace, None, CHANGES_SHOWN).await.map_err(api_error)?,
        })
    }

    /// Gives the workspace another name.
    ///
    /// # Errors
    /// A mistake in `name`.
    pub async fn rename_workspace(&self, actor: &Actor, name: &str) -> Result<(), ApiError> {
        actor.require(Role::Admin)?;
        invalid_if_any([validate_name("name", "workspace", name)])?;
        self.store().rename_workspace(actor.workspace, name, &self.author(actor)).await.map_err(api_error)
    }

    /// Adds a person. Who has an account already keeps its name and password.
    ///
    /// # Errors
    /// Mistakes in `name`, `email`, `password`.
    pub async fn add_person(
        &self,
        actor: &Actor,
        name: &str,
        email: &str,
        role: Role,
        password: &str,
    ) -> Result<(), ApiError> {
        actor.require(Role::Admin)?;
        invalid_if_any([
            validate_name("name", "person", name),
            validate_email("email", email),
            validate_password("password", password),
        ])?;
        let user = self.new_user(name, email, password).await?;
        self.store().add_person(actor.workspace, &user, role, &self.author(actor)).await.map_err(api_error)
    }

    /// Gives a member another role.
    ///
    /// # Errors
    /// A refusal for the last admin.
    pub async fn change_role(&self, actor: &Actor, user: UserId, role: Role) -> Result<(), ApiError> {
        actor.require(Role::Admin)?;
        self.store().change_role(actor.workspace, user, role, &self.author(actor)).await.map_err(api_error)
    }

    /// Takes a person out of the workspace.
    ///
    /// # Errors
    /// A refusal for the last admin.
    pub async fn remove_person(&self, actor: &Actor, user: UserId) -> Result<(), ApiError> {
        actor.require(Role::Admin)?;
        self.store().remove_person(actor.workspace, user, &self.author(actor)).await.map_err(api_error)
    }

    /// Makes a workspace whose admin is the actor.
    ///
    /// # Errors
    /// A mistake in `name`.
    pub async fn create_workspace(&self, actor: &Actor, name: &str) -> Result<WorkspaceId, ApiError> {
        actor.require(Role::Admin)?;
        invalid_if_any([validate_name("name", "workspace", name)])?;
        let id = WorkspaceId(self.new_id());
        self.store().create_workspace(id, name, actor.user, &self.author(actor)).await.map_err(api_error)?;
        Ok(id)
    }

    /// What the session holds from now on.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] if the actor is not a member.
    pub async fn switch_workspace(&self, actor: &Actor, workspace: WorkspaceId) -> Result<SignedIn, ApiError> {
        let role = self.store().role(actor.user, workspace).await.map_err(api_error)?;
        role.map(|_| SignedIn { user: actor.user, workspace }).ok_or(ApiError::NotFound)
    }
}
