//! Server functions of the uploads. The files themselves go and come by routes of their own.

#[cfg(feature = "ssr")]
use domain::{
    ApiError,
    view_uploads::{PlanForm, UploadTarget},
};
use domain::{AudienceId, UploadId, upload::Meaning, view_uploads::UploadView};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::PageError;
#[cfg(feature = "ssr")]
use super::session::actor;

/// A file, and the audiences that its people may be put into.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UploadPageData {
    /// The file.
    pub upload: UploadView,
    /// The static audiences.
    pub audiences: Vec<(AudienceId, String)>,
}

/// The files of the workspace.
#[server]
pub async fn list_uploads() -> Result<Vec<UploadView>, PageError> {
    let (switchyard, actor) = actor().await?;
    Ok(switchyard.uploads(&actor).await?)
}

/// One file.
#[server]
pub async fn find_upload(id: UploadId) -> Result<UploadPageData, PageError> {
    let (switchyard, actor) = actor().await?;
    let upload = switchyard.upload(&actor, id).await?;
    let audiences = switchyard.static_audiences(&actor).await?;
    Ok(UploadPageData { upload, audiences })
}

/// Has a file read in another way.
#[server]
pub async fn plan_upload(
    id: UploadId,
    #[server(default)] separator: String,
    #[server(default)] header: bool,
    #[server(default)] columns: Vec<Meaning>,
    #[server(default)] country: String,
) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.plan_upload(&actor, id, PlanForm { separator, header, columns, country }).await?;
    leptos_axum::redirect(&format!("/uploads/{id}?notice=upload_read"));
    Ok(())
}

/// Has a file imported.
#[server]
pub async fn start_upload(
    id: UploadId,
    #[server(default)] target: String,
    #[server(default)] audience: String,
    #[server(default)] audience_name: String,
) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    let target = match target.as_str() {
        "audience" => {
            let wrong = |_| ApiError::field("audience", "Choose a static audience of the list.");
            UploadTarget::Audience(audience.parse().map_err(wrong)?)
        }
        "new" => UploadTarget::NewAudience(audience_name),
        _ => UploadTarget::Profiles,
    };
    switchyard.start_upload(&actor, id, target).await?;
    leptos_axum::redirect(&format!("/uploads/{id}?notice=upload_started"));
    Ok(())
}

/// Stops an import, or forgets a file.
#[server]
pub async fn cancel_upload(id: UploadId) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.cancel_upload(&actor, id).await?;
    leptos_axum::redirect(&format!("/uploads/{id}?notice=upload_cancelled"));
    Ok(())
}
