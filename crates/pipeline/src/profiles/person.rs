//! The Profiles page.

use domain::{
    Actor, ApiError, Role,
    profile::ProfileId,
    time::DAY,
    view::audience::{ProfileRow, ProfileView},
};

use crate::{Switchyard, api_error};

/// How long one may change one's mind about erasing a person.
const SECOND_THOUGHTS: i64 = DAY;
/// People of the list without a search.
const LATEST: u32 = 50;

impl Switchyard {
    /// The people whom an e-mail address, a phone number or an id names; the latest ones for an empty text.
    ///
    /// # Errors
    /// [`ApiError::Internal`].
    pub async fn find_person(&self, actor: &Actor, text: &str) -> Result<Vec<ProfileRow>, ApiError> {
        let found = match text.trim() {
            "" => self.store().latest_people(actor.workspace, LATEST).await,
            text => self.store().find_people(actor.workspace, text).await,
        };
        found.map_err(api_error)
    }

    /// Everything about a person, personal data masked.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn person(&self, actor: &Actor, id: ProfileId) -> Result<ProfileView, ApiError> {
        self.store().profile(actor.workspace, id).await.map_err(api_error)?.ok_or(ApiError::NotFound)
    }

    /// Erases a person, at once or after a day. `typed_id` is the person's number, typed again.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `typed_id`; [`ApiError::NotFound`].
    pub async fn erase_person(
        &self,
        actor: &Actor,
        id: ProfileId,
        typed_id: &str,
        at_once: bool,
    ) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        let person = self.person(actor, id).await?.row.id;
        if typed_id.trim() != id.to_string() && typed_id.trim() != person.to_string() {
            return Err(ApiError::field("typed_id", format!("Type {id}, the number of this person.")));
        }
        let now = self.now();
        let due = if at_once { now } else { now.plus(SECOND_THOUGHTS) };
        self.store().request_erasure(actor.workspace, person, actor.user, due, now).await.map_err(api_error)?;
        if at_once {
            self.store().erase_due(now).await.map_err(api_error)?;
        }
        Ok(())
    }

    /// Takes back that a person is erased.
    ///
    /// # Errors
    /// [`ApiError::Refused`] if it has happened or was never asked for.
    pub async fn cancel_erasure(&self, actor: &Actor, id: ProfileId) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        let now = self.now();
        if self.store().cancel_erasure(actor.workspace, id, actor.user, now).await.map_err(api_error)? {
            return Ok(());
        }
        Err(ApiError::Refused("There is nothing to take back: this person is not about to be erased.".into()))
    }
}
