//! The Profiles page.

use domain::{
    Actor, ApiError, Role,
    profile::ProfileId,
    time::DAY,
    view::audience::{PageKey, ProfilePage, ProfileRow, ProfileView},
};

use crate::{Switchyard, api_error};

/// How long one may change one's mind about erasing a person.
const SECOND_THOUGHTS: i64 = DAY;
/// People of one page of the list.
const LATEST: usize = 50;

impl Switchyard {
    /// The people whom an e-mail address, a phone number or an id names. Capitals, blanks and a plus sign don't matter.
    ///
    /// # Errors
    /// [`ApiError::Internal`].
    pub async fn find_person(&self, actor: &Actor, text: &str) -> Result<Vec<ProfileRow>, ApiError> {
        let countries = self.store().default_countries(actor.workspace).await.map_err(api_error)?;
        let countries = countries.iter().map(|country| Some(country.as_str())).chain([None]);
        let numbers: Vec<String> = countries.filter_map(|country| self.whole_number(text, country)).collect();
        self.store().find_people(actor.workspace, text, &numbers).await.map_err(api_error)
    }

    /// The people whose events came last, or those after one of them.
    ///
    /// # Errors
    /// [`ApiError::Internal`].
    pub async fn latest_people(&self, actor: &Actor, after: Option<PageKey>) -> Result<ProfilePage, ApiError> {
        // One more than shown tells whether there are more.
        let limit = u32::try_from(LATEST + 1).unwrap_or(u32::MAX);
        let mut rows = self.store().latest_people(actor.workspace, after, limit).await.map_err(api_error)?;
        let more = rows.len() > LATEST;
        rows.truncate(LATEST);
        let next = rows.last().filter(|_| more).map(|last| PageKey(last.last_seen, last.id));
        Ok(ProfilePage { rows, next })
    }

    /// Everything about a person, personal data masked.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn person(&self, actor: &Actor, id: ProfileId) -> Result<ProfileView, ApiError> {
        self.store().profile(actor.workspace, id, self.now()).await.map_err(api_error)?.ok_or(ApiError::NotFound)
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
        let (id, now) = (self.person(actor, id).await?.row.id, self.now());
        if self.store().cancel_erasure(actor.workspace, id, actor.user, now).await.map_err(api_error)? {
            return Ok(());
        }
        Err(ApiError::Refused("There is nothing to take back: this person is not about to be erased.".into()))
    }
}
