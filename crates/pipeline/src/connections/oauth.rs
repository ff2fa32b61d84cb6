//! "Authenticate Snapchat": out to the consent page, and back.

use domain::{
    Actor, ApiError, DestinationId, Role,
    destination::{Asset, ConnectError, Destination, Secret},
    time::MINUTE,
};
use serde::Deserialize;
use store::{Browser, ChosenAssets, DestinationRecord, NewLogin, ReturnedState, StoreError};

use super::{connect_error, tokens::token_times};
use crate::{Switchyard, api_error, random};

/// How long a consent may take.
const CONSENT_LIFE: i64 = 10 * MINUTE;

/// What the browser brings back in the query of the callback.
#[derive(Debug, Default, Deserialize)]
pub struct OAuthReturn {
    /// To be exchanged for tokens.
    #[serde(default)]
    pub code: Option<String>,
    /// The value that went out.
    #[serde(default)]
    pub state: Option<String>,
    /// Why there is no code.
    #[serde(default)]
    pub error: Option<String>,
    /// The same in words.
    #[serde(default)]
    pub error_description: Option<String>,
}

/// Where the browser goes next, and what it is told there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OAuthOutcome {
    /// Whose configuration page.
    pub destination: Option<DestinationId>,
    /// `cancelled`, `expired`, `replayed`, `foreign`, `forged`, `refused`, `misconfigured` or `unavailable`; without one it went well.
    pub problem: Option<&'static str>,
    /// Whether a pixel was chosen before, so that nothing is left to do.
    pub chosen: bool,
}

impl OAuthOutcome {
    fn failed(destination: Option<DestinationId>, problem: &'static str) -> Self {
        Self { destination, problem: Some(problem), chosen: false }
    }
}

impl Switchyard {
    /// The address of the consent page, for this session and destination.
    ///
    /// # Errors
    /// A refusal that names the settings that are missing.
    pub async fn start_oauth(&self, actor: &Actor, id: DestinationId, session: &str) -> Result<String, ApiError> {
        actor.require(Role::Marketer)?;
        let row = self.store().destination(actor.workspace, id).await.map_err(api_error)?;
        let kind = self.destination_type(&row.slug).ok_or(ApiError::NotFound)?;
        let state = random::url_token();
        let url = kind.authorize_url(&state, &self.redirect_uri(&row.slug)).map_err(connect_error)?;
        let now = self.now();
        self.store()
            .oauth_begin(&browser(actor, session), id, &state, now, now.plus(CONSENT_LIFE))
            .await
            .map_err(api_error)?;
        Ok(url)
    }

    /// What comes of the browser's return. Whatever goes wrong ends as a code that the page has a sentence for.
    pub async fn finish_oauth(&self, actor: Option<&Actor>, session: &str, answer: OAuthReturn) -> OAuthOutcome {
        let Some(actor) = actor else { return OAuthOutcome::failed(None, "foreign") };
        match self.take_return(actor, session, &answer).await {
            Ok((id, Some(problem))) => OAuthOutcome::failed(id, problem),
            Ok((id, None)) => OAuthOutcome { destination: id, problem: None, chosen: self.has_pixel(actor, id).await },
            Err(error) => {
                tracing::error!(error = %error, "the return from the consent could not be handled");
                OAuthOutcome::failed(None, "unavailable")
            }
        }
    }

    async fn take_return(
        &self,
        actor: &Actor,
        session: &str,
        answer: &OAuthReturn,
    ) -> Result<(Option<DestinationId>, Option<&'static str>), StoreError> {
        let browser = browser(actor, session);
        let state = answer.state.as_deref().unwrap_or_default();
        let begun = match self.store().oauth_return(&browser, state, self.now()).await? {
            ReturnedState::Taken(id) => id,
            ReturnedState::Replayed(id) => return Ok((Some(id), Some("replayed"))),
            ReturnedState::Expired(id) => return Ok((Some(id), Some("expired"))),
            ReturnedState::Foreign => {
                return Ok((self.store().oauth_refused_at(&browser, state).await?, Some("foreign")));
            }
            ReturnedState::Forged => {
                return Ok((self.store().oauth_refused_at(&browser, state).await?, Some("forged")));
            }
        };
        // The role may have been taken away while the consent was under way.
        if actor.require(Role::Marketer).is_err() {
            return Ok((Some(begun), Some("foreign")));
        }
        match (answer.error.as_deref(), answer.code.as_deref().filter(|code| !code.is_empty())) {
            (Some("access_denied"), _) => Ok((Some(begun), Some("cancelled"))),
            // What passes by itself (RFC 6749, section 4.1.2.1).
            (Some("temporarily_unavailable" | "server_error"), _) => Ok((Some(begun), Some("unavailable"))),
            (Some(_), _) | (None, None) => Ok((Some(begun), Some("refused"))),
            (None, Some(code)) => Ok((Some(begun), self.exchange(actor, begun, code).await?)),
        }
    }

    async fn has_pixel(&self, actor: &Actor, id: Option<DestinationId>) -> bool {
        let Some(id) = id else { return false };
        self.store().destination(actor.workspace, id).await.is_ok_and(|row| row.pixel.is_some())
    }

    /// Exchanges the code, compares what the new login sees with what is chosen, and stores it.
    async fn exchange(&self, actor: &Actor, id: DestinationId, code: &str) -> Result<Option<&'static str>, StoreError> {
        let row = self.store().destination(actor.workspace, id).await?;
        let Some(kind) = self.destination_type(&row.slug) else { return Ok(Some("refused")) };
        let tokens = match kind.exchange(code, &self.redirect_uri(&row.slug)).await {
            Ok(tokens) => tokens,
            Err(error) => return Ok(Some(failed(id, &error))),
        };
        let times = token_times(&tokens, self.now());
        let login = match kind.login(&tokens.access).await {
            Ok(login) => login,
            Err(error) => return Ok(Some(failed(id, &error))),
        };
        let problem = unseen(kind.as_ref(), &tokens.access, &row).await.map(|what| {
            format!(
                "This login does not see {what}. The choice was kept: log in as somebody who sees it, or choose again."
            )
        });
        let login = NewLogin { name: &login.name, tokens: &tokens, times, problem: problem.as_deref() };
        let author = self.author(actor);
        self.store().store_login(actor.workspace, id, &login, &author).await?;
        if problem.is_none()
            && let Some(named) = named(kind.as_ref(), &tokens.access, &row).await
        {
            self.store().choose_assets(actor.workspace, id, &named, &author).await?;
        }
        self.wake();
        Ok(None)
    }

    /// Forgets the login and its tokens. The consent itself is withdrawn at Snapchat, by its owner.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn disconnect(&self, actor: &Actor, id: DestinationId) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        self.store().forget_login(actor.workspace, id, &self.author(actor)).await.map_err(api_error)?;
        self.wake();
        Ok(())
    }
}

fn browser<'a>(actor: &Actor, session: &'a str) -> Browser<'a> {
    Browser { session, user: actor.user, workspace: actor.workspace }
}

fn failed(id: DestinationId, error: &ConnectError) -> &'static str {
    tracing::warn!(destination.id = %id, %error, "the consent did not lead to a login");
    match error {
        ConnectError::Unavailable(_) => "unavailable",
        // A code lives for a short while.
        ConnectError::NeedsReconnect(_) => "expired",
        ConnectError::BadClient(_) | ConnectError::NotConfigured(_) => "misconfigured",
        ConnectError::Forbidden(_) | ConnectError::NotFound(_) | ConnectError::Refused(_) => "refused",
    }
}

/// The chosen assets with their names, where `switchyard apply` knew no more than their ids. Nothing if they can't be read just now.
async fn named(kind: &dyn Destination, token: &Secret, row: &DestinationRecord) -> Option<ChosenAssets> {
    let (business, ad_account, pixel) = (row.business.as_ref()?, row.ad_account.as_ref()?, row.pixel.as_ref()?);
    if [business, ad_account, pixel].iter().all(|asset| asset.name != asset.id) {
        return None;
    }
    let find = |list: Vec<Asset>, chosen: &Asset| list.into_iter().find(|asset| asset.id == chosen.id);
    Some(ChosenAssets {
        business: find(kind.businesses(token).await.ok()?, business)?,
        ad_account: find(kind.ad_accounts(token, &business.id).await.ok()?, ad_account)?,
        pixel: find(kind.pixels(token, &ad_account.id).await.ok()?, pixel)?,
    })
}

/// What of the chosen assets a login doesn't see. Nothing if the lists can't be read just now.
pub(super) async fn unseen(kind: &dyn Destination, token: &Secret, row: &DestinationRecord) -> Option<String> {
    let (business, ad_account) = (row.business.as_ref()?, row.ad_account.as_ref()?);
    let missing = |list: Result<Vec<Asset>, ConnectError>, chosen: &Asset| match list {
        Ok(list) => !list.iter().any(|asset| asset.id == chosen.id),
        Err(ConnectError::Forbidden(_) | ConnectError::NotFound(_)) => true,
        Err(_) => false,
    };
    if missing(kind.businesses(token).await, business) {
        return Some(format!("the Business Manager account “{}”", business.name));
    }
    if missing(kind.ad_accounts(token, &business.id).await, ad_account) {
        return Some(format!("the Ad Account “{}”", ad_account.name));
    }
    let pixel = row.pixel.as_ref()?;
    missing(kind.pixels(token, &ad_account.id).await, pixel).then(|| format!("the Snap Pixel “{}”", pixel.name))
}
