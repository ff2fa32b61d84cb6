//! What people can say about an audience's way to a destination.

use domain::{Actor, ApiError, AudienceId, DestinationId, Role, destination::Asset, view_sync::LinkSettings};

use super::calls::lists;
use crate::{Switchyard, api_error};

impl Switchyard {
    /// Sends an audience to a destination, or no more.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn set_audience_link(
        &self,
        actor: &Actor,
        audience: AudienceId,
        destination: DestinationId,
        on: bool,
    ) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        let author = self.author(actor);
        self.store().set_link(actor.workspace, (audience, destination), on, &author).await.map_err(api_error)
    }

    /// Which list, how many, and how long people stay.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `existing`, `retention_days` or `one_each`; [`ApiError::NotFound`].
    pub async fn save_link_settings(
        &self,
        actor: &Actor,
        audience: AudienceId,
        destination: DestinationId,
        settings: &LinkSettings,
    ) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        if let Some(problem) = settings.problem() {
            return Err(ApiError::Invalid(vec![problem]));
        }
        let author = self.author(actor);
        let link = (audience, destination);
        self.store().save_link_settings(actor.workspace, link, settings, &author).await.map_err(api_error)
    }

    /// Makes lists anew that were deleted at the destination.
    ///
    /// # Errors
    /// [`ApiError::Refused`] if none is gone; [`ApiError::NotFound`].
    pub async fn remake_lists(
        &self,
        actor: &Actor,
        audience: AudienceId,
        destination: DestinationId,
    ) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        let author = self.author(actor);
        self.store().remake_lists(actor.workspace, (audience, destination), &author).await.map_err(api_error)
    }

    /// Sends everything of an audience again.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn resync_audience(
        &self,
        actor: &Actor,
        audience: AudienceId,
        destination: DestinationId,
    ) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        let author = self.author(actor);
        self.store().resync_audience(actor.workspace, (audience, destination), &author).await.map_err(api_error)
    }

    /// The lists of a destination's ad account, read from there now.
    ///
    /// # Errors
    /// What the destination says, in plain words; [`ApiError::NotFound`].
    pub async fn lists_there(&self, actor: &Actor, id: DestinationId) -> Result<Vec<Asset>, ApiError> {
        let row = self.store().destination(actor.workspace, id).await.map_err(api_error)?;
        let kind = self.destination_type(&row.slug).ok_or(ApiError::NotFound)?;
        let Some(account) = row.ad_account.map(|account| account.id) else {
            return Err(ApiError::Refused("Choose an ad account in the Configuration Settings first.".to_owned()));
        };
        let found = self
            .with_login(kind, id, |kind, token| {
                let account = account.clone();
                Box::pin(async move { Ok(lists(&kind)?.all_lists(&token, &account).await?) })
            })
            .await?;
        Ok(found
            .into_iter()
            .map(|list| Asset { id: list.id, name: list.name, status: list.targetable_status })
            .collect())
    }
}
