//! Signing in: the first user, passwords, and who acts in which workspace.

use domain::{
    Actor, ApiError, UserId, WorkspaceId,
    config::{PASSWORD_MAX, validate_email, validate_name, validate_password},
    view::Me,
};
use serde::{Deserialize, Serialize};
use store::{Author, NewUser};

use crate::{Switchyard, api_error, throttle::Guess};

/// The same for an unknown address and a wrong password.
const WRONG: &str = "E-mail or password is wrong.";

/// What a session holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// Where.
    pub workspace: WorkspaceId,
}

impl Switchyard {
    /// Whether there is no user yet: `/setup` is open.
    ///
    /// # Errors
    /// [`ApiError::Internal`].
    pub async fn needs_setup(&self) -> Result<bool, ApiError> {
        Ok(!self.store().has_users().await.map_err(api_error)?)
    }

    /// Makes the first user and workspace. Only while there is no user.
    ///
    /// # Errors
    /// Mistakes in `workspace`, `name`, `email`, `password`; a refusal if it is set up.
    pub async fn setup(&self, workspace: &str, name: &str, email: &str, password: &str) -> Result<SignedIn, ApiError> {
        if !self.needs_setup().await? {
            return Err(ApiError::Refused("This installation is set up already. Please sign in.".into()));
        }
        let mistakes = [
            validate_name("workspace", "workspace", workspace),
            validate_name("name", "person", name),
            validate_email("email", email),
            validate_password("password", password),
        ];
        invalid_if_any(mistakes)?;
        let user = self.new_user(name, email, password).await?;
        let id = WorkspaceId(self.new_id());
        self.store().set_up(id, workspace.trim(), &user, self.now()).await.map_err(api_error)?;
        Ok(SignedIn { user: user.id, workspace: id })
    }

    /// Checks e-mail and password. `peer` is the address that the request came from.
    ///
    /// # Errors
    /// The same refusal for whatever is wrong; [`ApiError::TooMany`] after repeated failures.
    pub async fn sign_in(&self, email: &str, password: &str, peer: &str) -> Result<SignedIn, ApiError> {
        let mut guesses = vec![self.account_guess(email)];
        if !peer.is_empty() {
            guesses.push(Guess::Peer(peer.to_owned()));
        }
        self.throttle().begin(&guesses, self.now()).map_err(ApiError::TooMany)?;
        let found = self.store().credentials(email).await.map_err(api_error)?;
        let found = found.filter(|_| password.len() <= PASSWORD_MAX);
        // A longer one is never right; reading all of it would be work that a stranger orders.
        let tried = if password.len() <= PASSWORD_MAX { password } else { "" };
        let right = self.passwords().verify(tried, found.as_ref().map(|user| user.password_hash.as_str())).await?;
        match found.and_then(|user| Some(SignedIn { user: user.user, workspace: user.workspace? })) {
            Some(signed_in) if right => {
                self.throttle().succeeded(&guesses);
                Ok(signed_in)
            }
            _ => Err(ApiError::Refused(WRONG.into())),
        }
    }

    /// The session's user in the session's workspace, with the role of this moment.
    ///
    /// # Errors
    /// [`ApiError::SignedOut`] if the user is no longer a member.
    pub async fn actor(&self, user: UserId, workspace: WorkspaceId) -> Result<Actor, ApiError> {
        let role = self.store().role(user, workspace).await.map_err(api_error)?;
        role.map(|role| Actor { user, workspace, role }).ok_or(ApiError::SignedOut)
    }

    /// The frame around every page.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] if the user or workspace is gone.
    pub async fn me(&self, actor: &Actor) -> Result<Me, ApiError> {
        let user = self.store().user(actor.user).await.map_err(api_error)?;
        let workspaces = self.store().workspaces_of(actor.user).await.map_err(api_error)?;
        let workspace = workspaces.iter().find(|(id, _)| *id == actor.workspace).ok_or(ApiError::NotFound)?.1.clone();
        Ok(Me {
            name: user.name,
            email: user.email,
            role: actor.role,
            workspace,
            workspace_id: actor.workspace,
            workspaces,
        })
    }

    /// Changes the actor's own password and ends all sessions of the user: give the current one a new id afterwards.
    ///
    /// # Errors
    /// Mistakes in `current` and `new`; [`ApiError::TooMany`] after repeated failures.
    pub async fn change_password(&self, actor: &Actor, current: &str, new: &str) -> Result<(), ApiError> {
        invalid_if_any([validate_password("new", new)])?;
        let user = self.store().user(actor.user).await.map_err(api_error)?;
        let guesses = [self.account_guess(&user.email)];
        self.throttle().begin(&guesses, self.now()).map_err(ApiError::TooMany)?;
        if current.len() > PASSWORD_MAX || !self.passwords().verify(current, Some(&user.password_hash)).await? {
            return Err(ApiError::field("current", "This is not your current password."));
        }
        self.throttle().succeeded(&guesses);
        let hash = self.passwords().hash(new).await?;
        self.store().set_password(actor.workspace, actor.user, &hash, &self.author(actor)).await.map_err(api_error)
    }

    /// A user with a new id and a hashed password.
    pub(crate) async fn new_user(&self, name: &str, email: &str, password: &str) -> Result<NewUser, ApiError> {
        Ok(NewUser {
            id: UserId(self.new_id()),
            name: name.trim().to_owned(),
            email: email.trim().to_owned(),
            password_hash: self.passwords().hash(password).await?,
        })
    }

    /// The actor as the author of a change made now.
    pub(crate) fn author(&self, actor: &Actor) -> Author {
        Author { user: Some(actor.user), at: self.now() }
    }

    fn account_guess(&self, email: &str) -> Guess {
        Guess::Account(self.store().keys().lookup("sign_in", &email.trim().to_lowercase()))
    }
}

/// Collects the mistakes of a form.
pub(crate) fn invalid_if_any<const N: usize>(mistakes: [Option<domain::FieldError>; N]) -> Result<(), ApiError> {
    let mistakes: Vec<_> = mistakes.into_iter().flatten().collect();
    if mistakes.is_empty() { Ok(()) } else { Err(ApiError::Invalid(mistakes)) }
}
