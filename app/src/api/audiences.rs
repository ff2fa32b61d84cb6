//! Server functions of the audiences.

use domain::view::AudienceRow;
use leptos::prelude::*;

use super::error::PageError;
#[cfg(feature = "ssr")]
use super::session::actor;

/// The audiences of the workspace.
#[server]
pub async fn list_audiences() -> Result<Vec<AudienceRow>, PageError> {
    let (switchyard, actor) = actor().await?;
    Ok(switchyard.audiences(&actor).await?)
}
