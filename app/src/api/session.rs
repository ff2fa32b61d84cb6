//! Who asks: the session's user in the session's workspace.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use domain::{Actor, ApiError, UserId, WorkspaceId};
use http::request::Parts;
use leptos::prelude::use_context;
use pipeline::{Switchyard, accounts::SignedIn};
use tower_sessions::Session;

const USER: &str = "user";
const WORKSPACE: &str = "workspace";

/// The machinery that the server has put into the context.
pub fn switchyard() -> Result<Switchyard, ApiError> {
    use_context().ok_or_else(|| internal("no pipeline in the context"))
}

/// The request's session.
pub async fn session() -> Result<Session, ApiError> {
    leptos_axum::extract().await.map_err(internal)
}

/// The machinery, and who asks. The rights are read anew with each request.
pub async fn actor() -> Result<(Switchyard, Actor), ApiError> {
    let switchyard = switchyard()?;
    let actor = actor_of(&switchyard, &session().await?).await?;
    Ok((switchyard, actor))
}

/// Who a session belongs to, for routes outside the pages.
pub async fn actor_of(switchyard: &Switchyard, session: &Session) -> Result<Actor, ApiError> {
    let user: Option<String> = session.get(USER).await.map_err(internal)?;
    let workspace: Option<String> = session.get(WORKSPACE).await.map_err(internal)?;
    let ids = user
        .zip(workspace)
        .and_then(|(user, workspace)| Some((user.parse::<UserId>().ok()?, workspace.parse::<WorkspaceId>().ok()?)));
    let (user, workspace) = ids.ok_or(ApiError::SignedOut)?;
    switchyard.actor(user, workspace).await
}

/// The id of the session, for what is bound to it.
pub async fn session_id() -> Result<String, ApiError> {
    let session = session().await?;
    session.id().map(|id| id.to_string()).ok_or(ApiError::SignedOut)
}

/// Signs in under a new session id, so that an id that was known before is worth nothing.
pub async fn begin(signed_in: &SignedIn) -> Result<(), ApiError> {
    let session = session().await?;
    session.cycle_id().await.map_err(internal)?;
    session.insert(USER, signed_in.user.to_string()).await.map_err(internal)?;
    session.insert(WORKSPACE, signed_in.workspace.to_string()).await.map_err(internal)
}

/// Forgets the session.
pub async fn end() -> Result<(), ApiError> {
    session().await?.flush().await.map_err(internal)
}

/// The address of the other end, for slowing down guesses.
pub fn peer() -> String {
    use_context::<Parts>()
        .and_then(|parts| parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_string()))
        .unwrap_or_else(|| "unknown".to_owned())
}

fn internal(error: impl std::fmt::Display) -> ApiError {
    tracing::error!(error = %error, "a request's session could not be used");
    ApiError::Internal("session".to_owned())
}
