//! What a lane sends with: the Conversion API token, or without one the connected login.

use domain::destination::{ConnectError, Secret};
use store::{Health, Lane, StoreError};

use super::health::{breaker_probe, reconnect_probe};
use crate::{Switchyard, connections::TokenError};

/// A credential, and whether a refused one can be renewed.
pub(super) struct Credential {
    pub token: Secret,
    /// An access token that was not renewed yet in this claim.
    renewable: bool,
}

/// The lane's credential; without one its events wait, and the destination's health says why.
pub(super) async fn find(switchyard: &Switchyard, lane: &Lane) -> Result<Option<Credential>, StoreError> {
    if let Some(token) = &lane.capi_token {
        return Ok(Some(Credential { token: token.clone(), renewable: false }));
    }
    match switchyard.access_token(lane.id).await {
        Ok(token) => Ok(Some(Credential { token, renewable: true })),
        Err(TokenError::NoLogin) => Ok(None),
        Err(TokenError::Store(error)) => Err(error),
        Err(TokenError::Connect(error)) => {
            let now = switchyard.now();
            let (health, until) = match &error {
                ConnectError::Unavailable(_) => (Health::Retrying, breaker_probe(3, now)),
                _ => (Health::NeedsReconnect, reconnect_probe(now)),
            };
            switchyard.store().set_health(lane.id, health, Some(&error.to_string()), Some(until)).await?;
            Ok(None)
        }
    }
}

impl Credential {
    /// After a 401: one refresh for all. Answers whether there is another token to try.
    pub(super) async fn renew(&mut self, switchyard: &Switchyard, lane: &Lane) -> bool {
        if !std::mem::take(&mut self.renewable) {
            return false;
        }
        match switchyard.access_token_after(lane.id, &self.token).await {
            Ok(token) => {
                self.token = token;
                true
            }
            Err(error) => {
                tracing::warn!(destination.id = %lane.id, %error, "a refused login could not be renewed");
                false
            }
        }
    }
}
