//! The Audiences page.

mod builder_page;
mod building;

use domain::{
    Actor, ApiError,
    time::DAY,
    view::audience_list::{AudienceFilter, AudienceList, AudienceRow},
};

pub use self::builder_page::BuilderRequest;

use crate::{Switchyard, api_error};

impl Switchyard {
    /// The audiences of the workspace that are asked for, by name.
    ///
    /// # Errors
    /// [`ApiError::Internal`].
    pub async fn audiences(&self, actor: &Actor, filter: &AudienceFilter) -> Result<AudienceList, ApiError> {
        let views = self.audience_list(actor).await?;
        let since = self.now().minus(DAY);
        let moves = self.store().audience_moves(actor.workspace, since).await.map_err(api_error)?;
        let states = self.sync_states(actor).await?;
        let mut list = AudienceList::default();
        for view in views {
            list.counts.add(view.state);
            let asked = filter.state.is_none_or(|state| state == view.state)
                && filter.finds(&[&view.form.name, &view.form.description, &view.sentence]);
            if !asked {
                continue;
            }
            let moves = moves.get(&view.id).copied().unwrap_or_default();
            let own = states.iter().filter(|(id, _)| *id == view.id);
            list.rows.push(AudienceRow {
                id: view.id,
                name: view.form.name,
                sentence: view.sentence,
                state: view.state,
                size: view.evaluated_at.map(|_| view.size),
                moves,
                progress: view.progress,
                updated_at: moves.last_at.max(view.evaluated_at),
                syncs: own.map(|(_, state)| state.clone()).collect(),
            });
        }
        Ok(list)
    }
}
