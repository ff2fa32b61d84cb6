//! Configuration Settings: what is stored, and the form behind "Save Changes".

use domain::{
    Actor, ApiError, DestinationId, Role,
    config::validate_capi_token,
    destination::{ConnectError, Secret},
    options::OptionsForm,
    view::{Configuration, ConfigurationForm, LoginView, SecretView},
};

use crate::{Switchyard, accounts::invalid_if_any, api_error, destination_state::state_of};

/// How many changes the page shows.
const CHANGES_SHOWN: u32 = 20;

impl Switchyard {
    /// The page, except for the live lists.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn configuration(&self, actor: &Actor, id: DestinationId) -> Result<Configuration, ApiError> {
        let row = self.store().destination(actor.workspace, id).await.map_err(api_error)?;
        let changes = self.store().changes(actor.workspace, Some(id), CHANGES_SHOWN).await.map_err(api_error)?;
        let redirect_uri = self.redirect_uri(&row.slug);
        Ok(Configuration {
            id,
            missing_oauth_settings: self.missing_oauth_settings(&row.slug, &redirect_uri),
            redirect_uri,
            state: state_of(&row),
            name: row.name,
            login: row.login.map(|login| LoginView {
                name: login.name,
                connected_at: login.connected_at,
                problem: login.problem,
            }),
            business: row.business,
            ad_account: row.ad_account,
            pixel: row.pixel,
            capi_token: row.capi_token.map(|(last4, set_at)| SecretView { last4, set_at }),
            send_server_side: row.send_server_side,
            options: row.options,
            changes,
        })
    }

    /// Saves the form; an empty token keeps the stored one.
    ///
    /// # Errors
    /// A mistake in `capi_token`.
    pub async fn save_configuration(
        &self,
        actor: &Actor,
        id: DestinationId,
        form: ConfigurationForm,
    ) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        let row = self.store().destination(actor.workspace, id).await.map_err(api_error)?;
        let token = form.capi_token.trim();
        if !token.is_empty() {
            invalid_if_any([validate_capi_token("capi_token", token)])?;
        }
        let stored = self.store().capi_token(id).await.map_err(api_error)?;
        let new = Some(Secret(token.to_owned())).filter(|new| !token.is_empty() && stored.as_ref() != Some(new));
        let mut changed = Vec::new();
        if new.is_some() {
            changed.push(token_sentence(stored.is_some()).to_owned());
        }
        if row.send_server_side != form.send_server_side {
            changed.push(server_side_sentence(form.send_server_side).to_owned());
        }
        self.store()
            .save_configuration(actor.workspace, id, form.send_server_side, new.as_ref(), &changed, &self.author(actor))
            .await
            .map_err(api_error)?;
        self.wake();
        Ok(())
    }

    /// Saves the options: where events of apps go, how long events are held, limited data use.
    ///
    /// # Errors
    /// Mistakes by field.
    pub async fn save_options(&self, actor: &Actor, id: DestinationId, form: OptionsForm) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        let stored = self.store().destination(actor.workspace, id).await.map_err(api_error)?.options;
        let options = form.read().map_err(ApiError::Invalid)?;
        let changed = stored.changes_to(&options);
        self.store()
            .save_options(actor.workspace, id, &options, &changed, &self.author(actor))
            .await
            .map_err(api_error)?;
        self.wake();
        Ok(())
    }

    /// What is registered with the OAuth app of a type.
    pub(crate) fn redirect_uri(&self, slug: &str) -> String {
        format!("{}/oauth/{slug}/callback", self.public_url())
    }

    /// The names of the settings that the message names, or the message itself.
    fn missing_oauth_settings(&self, slug: &str, redirect_uri: &str) -> Vec<String> {
        let Some(kind) = self.destination_type(slug) else { return Vec::new() };
        match kind.authorize_url("", redirect_uri) {
            Err(ConnectError::NotConfigured(message)) => {
                let names = setting_names(&message);
                if names.is_empty() { vec![message] } else { names }
            }
            _ => Vec::new(),
        }
    }
}

/// What the log of changes says of a token.
pub(crate) fn token_sentence(replaced: bool) -> &'static str {
    if replaced { "Conversion API token replaced" } else { "Conversion API token stored" }
}

/// What the log of changes says of the switch.
pub(crate) fn server_side_sentence(on: bool) -> &'static str {
    if on { "“Send data via Server-side” switched on" } else { "“Send data via Server-side” switched off" }
}

fn setting_names(message: &str) -> Vec<String> {
    message
        .split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))
        .filter(|word| word.contains('_'))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_names_of_settings() {
        assert_eq!(
            setting_names("Set SNAPCHAT_CLIENT_ID and SNAPCHAT_CLIENT_SECRET, then restart."),
            ["SNAPCHAT_CLIENT_ID", "SNAPCHAT_CLIENT_SECRET"]
        );
        assert!(setting_names("Ask the operator.").is_empty());
    }
}
