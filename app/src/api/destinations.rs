//! Server functions of the destinations: the lists, one overview, and what can be done to a destination.

use domain::{
    DestinationId,
    view::{DestinationOverview, DestinationRow, DestinationType},
};
use leptos::prelude::*;

use super::error::PageError;
#[cfg(feature = "ssr")]
use super::session::actor;

/// "My Destinations".
#[server]
pub async fn list_destinations() -> Result<Vec<DestinationRow>, PageError> {
    let (switchyard, actor) = actor().await?;
    Ok(switchyard.destinations(&actor).await?)
}

/// "All Destinations": the types that can be added.
#[server]
pub async fn destination_types() -> Result<Vec<DestinationType>, PageError> {
    let (switchyard, actor) = actor().await?;
    Ok(switchyard.destination_types(&actor).await?)
}

/// One destination with its checklist and its day.
#[server]
pub async fn destination(id: DestinationId) -> Result<DestinationOverview, PageError> {
    let (switchyard, actor) = actor().await?;
    Ok(switchyard.destination(&actor, id).await?)
}

/// Adds a destination, switched on, and goes to its configuration.
#[server]
pub async fn create_destination(type_slug: String, #[server(default)] name: String) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    let id = switchyard.create_destination(&actor, &type_slug, &name).await?;
    leptos_axum::redirect(&format!("/destinations/{id}/configuration?notice=destination_created"));
    Ok(())
}

/// Gives a destination another name.
#[server]
pub async fn rename_destination(id: DestinationId, #[server(default)] name: String) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.rename_destination(&actor, id, &name).await?;
    leptos_axum::redirect(&format!("/destinations/{id}?notice=destination_renamed"));
    Ok(())
}

/// Switches a destination on or off.
#[server]
pub async fn set_destination_enabled(
    id: DestinationId,
    enabled: bool,
    #[server(default)] from_list: bool,
) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.set_destination_enabled(&actor, id, enabled).await?;
    let notice = if enabled { "destination_enabled" } else { "destination_disabled" };
    let page = if from_list { "/destinations".to_owned() } else { format!("/destinations/{id}") };
    leptos_axum::redirect(&format!("{page}?notice={notice}"));
    Ok(())
}

/// Deletes a destination with its settings.
#[server]
pub async fn delete_destination(id: DestinationId) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.delete_destination(&actor, id).await?;
    leptos_axum::redirect("/destinations?notice=destination_deleted");
    Ok(())
}
