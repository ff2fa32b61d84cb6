//! Server functions of the sources: the list, what can be done to one, and its debugger.

use domain::{
    SourceId, Timestamp,
    delivery::Reason,
    view::{SourceEvent, SourceView},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::PageError;
#[cfg(feature = "ssr")]
use super::session::actor;

/// What the debugger of a source shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceActivity {
    /// Its last events, newest first.
    pub events: Vec<SourceEvent>,
    /// What was refused: when, why, and which event.
    pub rejections: Vec<(Timestamp, Reason, String)>,
}

/// The sources of the workspace.
#[server]
pub async fn list_sources() -> Result<Vec<SourceView>, PageError> {
    let (switchyard, actor) = actor().await?;
    Ok(switchyard.sources(&actor).await?)
}

/// One source.
#[server]
pub async fn find_source(id: SourceId) -> Result<SourceView, PageError> {
    let (switchyard, actor) = actor().await?;
    let sources = switchyard.sources(&actor).await?;
    Ok(sources.into_iter().find(|source| source.id == id).ok_or(domain::ApiError::NotFound)?)
}

/// What arrived last from a source.
#[server]
pub async fn watch_source(id: SourceId) -> Result<SourceActivity, PageError> {
    let (switchyard, actor) = actor().await?;
    let events = switchyard.source_events(&actor, id).await?;
    let rejections = switchyard.rejections(&actor, id).await?;
    Ok(SourceActivity { events, rejections })
}

/// Adds a source.
#[server]
pub async fn add_source(
    #[server(default)] name: String,
    #[server(default)] default_country: String,
) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    let country = Some(default_country.as_str()).filter(|country| !country.is_empty());
    let id = switchyard.add_source(&actor, &name, country).await?;
    leptos_axum::redirect(&format!("/sources/{id}?notice=source_added"));
    Ok(())
}

/// Changes the name and the country of a source.
#[server]
pub async fn save_source(
    id: SourceId,
    #[server(default)] name: String,
    #[server(default)] default_country: String,
) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.rename_source(&actor, id, &name).await?;
    let country = Some(default_country.as_str()).filter(|country| !country.is_empty());
    switchyard.set_source_country(&actor, id, country).await?;
    leptos_axum::redirect(&format!("/sources/{id}?notice=source_saved"));
    Ok(())
}

/// Accepts or refuses a source's events.
#[server]
pub async fn set_source_enabled(id: SourceId, enabled: bool) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.set_source_enabled(&actor, id, enabled).await?;
    let notice = if enabled { "source_enabled" } else { "source_disabled" };
    leptos_axum::redirect(&format!("/sources/{id}?notice={notice}"));
    Ok(())
}

/// Asks for marketing consent, or no longer.
#[server]
pub async fn set_source_consent(id: SourceId, #[server(default)] require_consent: bool) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.set_source_consent(&actor, id, require_consent).await?;
    let notice = if require_consent { "consent_required" } else { "consent_not_required" };
    leptos_axum::redirect(&format!("/sources/{id}?notice={notice}"));
    Ok(())
}

/// Makes a new write key; the old one stays valid for a while.
#[server]
pub async fn rotate_write_key(id: SourceId) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.rotate_write_key(&actor, id).await?;
    leptos_axum::redirect(&format!("/sources/{id}?notice=key_rotated"));
    Ok(())
}
