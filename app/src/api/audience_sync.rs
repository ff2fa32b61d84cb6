//! Server functions of an audience's way to its destinations.

use domain::{ApiError, AudienceId, DestinationId, destination::Asset, view_sync::AudienceSync};
#[cfg(feature = "ssr")]
use domain::{Role, view_sync::LinkSettings};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::PageError;
#[cfg(feature = "ssr")]
use super::session::actor;

/// The sync page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncPage {
    /// The receipts.
    pub sync: AudienceSync,
    /// The settings that are open.
    pub choosing: Option<ListChoice>,
}

/// What the settings of a link can choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListChoice {
    /// Whose settings are open.
    pub destination: DestinationId,
    /// The lists of its ad account, or why they can't be read.
    pub lists: Result<Vec<Asset>, ApiError>,
}

/// The sync page. Of the destination `choosing` the ad account's lists are read, too: they are asked for at Snapchat.
#[server]
pub async fn read_audience_sync(id: AudienceId, choosing: Option<DestinationId>) -> Result<SyncPage, PageError> {
    let (switchyard, actor) = actor().await?;
    let sync = switchyard.audience_sync(&actor, id).await?;
    let linked = |id: &DestinationId| sync.links.iter().any(|link| link.linked && link.state.destination == *id);
    let choosing = match choosing.filter(|id| actor.role >= Role::Marketer && linked(id)) {
        Some(destination) => Some(ListChoice { destination, lists: switchyard.lists_there(&actor, destination).await }),
        None => None,
    };
    Ok(SyncPage { sync, choosing })
}

/// Which list, how many, and how long people stay. `lists` is `one`, `each` or `existing`.
#[server]
pub async fn save_link_settings(
    audience: AudienceId,
    destination: DestinationId,
    #[server(default)] lists: String,
    #[server(default)] existing: String,
    #[server(default)] retention_days: String,
) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    let settings = LinkSettings {
        existing: (lists == "existing").then_some(existing),
        // What is no number is out of range, and told as such.
        retention_days: retention_days.trim().replace(',', "").parse().unwrap_or(0),
        one_each: lists == "each",
    };
    switchyard.save_link_settings(&actor, audience, destination, &settings).await?;
    back(audience, "sync_settings_saved");
    Ok(())
}

/// Sends everything of an audience again.
#[server]
pub async fn resync_audience(audience: AudienceId, destination: DestinationId) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.resync_audience(&actor, audience, destination).await?;
    back(audience, "sync_again");
    Ok(())
}

/// Makes lists anew that were deleted at the destination.
#[server]
pub async fn remake_lists(audience: AudienceId, destination: DestinationId) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.remake_lists(&actor, audience, destination).await?;
    back(audience, "sync_list_anew");
    Ok(())
}

/// Sends an audience to a destination, or no more.
#[server]
pub async fn set_audience_link(
    audience: AudienceId,
    destination: DestinationId,
    #[server(default)] on: bool,
) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.set_audience_link(&actor, audience, destination, on).await?;
    back(audience, if on { "sync_started" } else { "sync_stopped" });
    Ok(())
}

#[cfg(feature = "ssr")]
fn back(audience: AudienceId, notice: &str) {
    leptos_axum::redirect(&format!("/audiences/{audience}/sync?notice={notice}"));
}
