//! The Audiences page.

mod builder_page;
mod building;

use domain::{Actor, ApiError, AudienceId, view::AudienceRow};

pub use self::builder_page::BuilderRequest;

use crate::{Switchyard, api_error};

impl Switchyard {
    /// All audiences of the workspace, by name.
    ///
    /// # Errors
    /// [`ApiError::Internal`].
    pub async fn audiences(&self, actor: &Actor) -> Result<Vec<AudienceRow>, ApiError> {
        let audiences = self.store().audiences(actor.workspace).await.map_err(api_error)?;
        let views = self.store().audience_views(actor.workspace).await.map_err(api_error)?;
        let size = |id| views.iter().find(|view| view.id == id && view.evaluated_at.is_some()).map(|view| view.size);
        let states = self.sync_states(actor).await?;
        let sync = |audience: AudienceId| {
            let own = states.iter().filter(move |(id, _)| *id == audience);
            own.map(|(_, state)| (state.destination, state.name.clone(), state.sentence.clone())).collect()
        };
        Ok(audiences
            .into_iter()
            .map(|audience| AudienceRow {
                id: audience.id,
                name: audience.name,
                sentence: audience.rule.sentence(),
                size: size(audience.id),
                destinations: sync(audience.id),
            })
            .collect())
    }
}
