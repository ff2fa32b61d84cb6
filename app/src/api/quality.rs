//! Server functions of the match quality.

use domain::{DestinationId, view_quality::MatchQuality};
use leptos::prelude::*;

use super::error::PageError;
#[cfg(feature = "ssr")]
use super::session::actor;

/// The match quality of the last seven days.
#[server]
pub async fn read_quality(id: DestinationId) -> Result<MatchQuality, PageError> {
    let (switchyard, actor) = actor().await?;
    Ok(switchyard.match_quality(&actor, id).await?)
}
