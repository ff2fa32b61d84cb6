//! The Sources page: where events come from, write keys, and the line for the shop's pages.

use domain::{
    Actor, ApiError, Role, SourceId,
    config::{validate_country, validate_name},
    time::DAY,
    view::{SourceEvent, SourceView},
};
use store::{NewSource, SourceRecord};

use crate::{Switchyard, accounts::invalid_if_any, api_error, random};

/// How long the key before a rotation is still accepted.
const OLD_KEY_LIFE: i64 = 7 * DAY;
/// Events that the debugger lists.
const EVENTS_SHOWN: u32 = 25;

impl Switchyard {
    /// All sources of the workspace.
    ///
    /// # Errors
    /// [`ApiError::Internal`].
    pub async fn sources(&self, actor: &Actor) -> Result<Vec<SourceView>, ApiError> {
        let sources = self.store().sources(actor.workspace, self.now()).await.map_err(api_error)?;
        Ok(sources.into_iter().map(|source| self.source_view(source)).collect())
    }

    /// The last events of a source, as its debugger lists them.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn source_events(&self, actor: &Actor, id: SourceId) -> Result<Vec<SourceEvent>, ApiError> {
        if !self.store().owns_source(actor.workspace, id).await.map_err(api_error)? {
            return Err(ApiError::NotFound);
        }
        self.store().source_events(id, EVENTS_SHOWN).await.map_err(api_error)
    }

    /// Adds a source with a write key of its own.
    ///
    /// # Errors
    /// Mistakes in `name` and `default_country`.
    pub async fn add_source(
        &self,
        actor: &Actor,
        name: &str,
        default_country: Option<&str>,
    ) -> Result<SourceId, ApiError> {
        actor.require(Role::Marketer)?;
        let country = country(default_country);
        invalid_if_any([
            validate_name("name", "source", name),
            country.as_deref().and_then(|code| validate_country("default_country", code)),
        ])?;
        let source = NewSource {
            id: SourceId(self.new_id()),
            name: name.trim().to_owned(),
            write_key: random::write_key(),
            default_country: country,
        };
        self.store().add_source(actor.workspace, &source, &self.author(actor)).await.map_err(api_error)?;
        Ok(source.id)
    }

    /// Gives a source another name.
    ///
    /// # Errors
    /// A mistake in `name`.
    pub async fn rename_source(&self, actor: &Actor, id: SourceId, name: &str) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        invalid_if_any([validate_name("name", "source", name)])?;
        self.store().rename_source(actor.workspace, id, name, &self.author(actor)).await.map_err(api_error)
    }

    /// Sets the country of phone numbers without a country code.
    ///
    /// # Errors
    /// A mistake in `default_country`.
    pub async fn set_source_country(
        &self,
        actor: &Actor,
        id: SourceId,
        default_country: Option<&str>,
    ) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        let country = country(default_country);
        invalid_if_any([country.as_deref().and_then(|code| validate_country("default_country", code))])?;
        self.store()
            .set_source_country(actor.workspace, id, country.as_deref(), &self.author(actor))
            .await
            .map_err(api_error)
    }

    /// Accepts or refuses the source's events from now on.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn set_source_enabled(&self, actor: &Actor, id: SourceId, enabled: bool) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        self.store().set_source_enabled(actor.workspace, id, enabled, &self.author(actor)).await.map_err(api_error)
    }

    /// Gives a source a new write key; the old one is accepted for seven days more.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn rotate_write_key(&self, actor: &Actor, id: SourceId) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        let until = self.now().plus(OLD_KEY_LIFE);
        self.store()
            .rotate_write_key(actor.workspace, id, &random::write_key(), until, &self.author(actor))
            .await
            .map_err(api_error)
    }

    fn source_view(&self, source: SourceRecord) -> SourceView {
        let snippet = format!(r#"<script async src="{}/tag/{}.js"></script>"#, self.public_url(), source.write_key);
        SourceView {
            id: source.id,
            name: source.name,
            write_key: source.write_key,
            old_key: source.old_key,
            default_country: source.default_country,
            enabled: source.enabled,
            consent_required: source.consent_required,
            events_24h: source.events_24h,
            last_event: source.last_event,
            rejected_24h: source.rejected_24h,
            snippet,
        }
    }
}

/// An empty field is no country.
fn country(text: Option<&str>) -> Option<String> {
    text.map(|code| code.trim().to_ascii_uppercase()).filter(|code| !code.is_empty())
}
