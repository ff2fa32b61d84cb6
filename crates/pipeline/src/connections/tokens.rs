//! Access tokens: fetched anew early, and by one caller at a time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::{
    ApiError, DestinationId, Timestamp,
    destination::{BoxFuture, ConnectError, Destination, Secret, TokenSet},
    time::SECOND,
};
use store::{Connection, StoreError, TokenTimes};
use tokio::sync::Mutex as AsyncMutex;

use crate::Switchyard;

/// The part of an access token's life, in percent, after which a new one is fetched.
const REFRESH_AT_PERCENT: i64 = 80;
/// How long a process may take to refresh before another one takes over.
const REFRESH_LEASE: i64 = 30 * SECOND;
/// How often, and how many times, to look whether another process has refreshed.
const OTHER_PROCESS: (Duration, u32) = (Duration::from_millis(250), 60);

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    /// Nobody has authenticated.
    #[error("there is no login")]
    NoLogin,
    /// The destination refused, or can't be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One lock per destination: callers at the same time share one refresh.
#[derive(Default)]
pub(crate) struct Refreshes(Mutex<HashMap<DestinationId, Arc<AsyncMutex<()>>>>);

impl Refreshes {
    fn of(&self, id: DestinationId) -> Arc<AsyncMutex<()>> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that nobody holds are not needed any more: the map stays as small as what is under way.
        locks.retain(|_, lock| Arc::strong_count(lock) > 1);
        locks.entry(id).or_default().clone()
    }
}

impl Switchyard {
    /// A token that is accepted for a while longer. Fetched anew at 80 % of its life; if that fails for the moment, the
    /// current one is used to its end.
    pub(crate) async fn access_token(&self, id: DestinationId) -> Result<Secret, TokenError> {
        let stored = self.store().connection(id).await?.ok_or(TokenError::NoLogin)?;
        if self.now() < stored.refresh_at {
            return Ok(stored.access);
        }
        match self.refresh(id, None).await {
            Err(TokenError::Connect(ConnectError::Unavailable(_))) if self.now() < stored.expires_at => {
                Ok(stored.access)
            }
            other => other,
        }
    }

    /// A token other than the one that was refused with 401: what another caller has fetched meanwhile, or a new one.
    pub(crate) async fn access_token_after(&self, id: DestinationId, refused: &Secret) -> Result<Secret, TokenError> {
        self.refresh(id, Some(refused)).await
    }

    /// Makes a call with the login; after a 401 once more with a new token.
    pub(crate) async fn with_login<'a, T>(
        &self,
        kind: &Arc<dyn Destination>,
        id: DestinationId,
        call: impl Fn(Arc<dyn Destination>, Secret) -> BoxFuture<'a, Result<T, ConnectError>>,
    ) -> Result<T, ApiError> {
        let token = self.access_token(id).await?;
        match call(kind.clone(), token.clone()).await {
            Err(ConnectError::NeedsReconnect(_)) => {}
            other => return other.map_err(super::connect_error),
        }
        let token = self.access_token_after(id, &token).await?;
        let answer = call(kind.clone(), token).await;
        if let Err(ConnectError::NeedsReconnect(words)) = &answer {
            self.login_refused(id, words).await?;
        }
        answer.map_err(super::connect_error)
    }

    /// Records that the destination doesn't accept the login, also with a fresh token.
    pub(crate) async fn login_refused(&self, id: DestinationId, words: &str) -> Result<(), TokenError> {
        if let Some(stored) = self.store().connection(id).await? {
            self.store().login_refused(id, stored.token_no, &refused_sentence(words)).await?;
        }
        Ok(())
    }

    async fn refresh(&self, id: DestinationId, refused: Option<&Secret>) -> Result<Secret, TokenError> {
        let lock = self.refreshes().of(id);
        let _one_at_a_time = lock.lock().await;
        for _ in 0..OTHER_PROCESS.1 {
            let stored = self.store().connection(id).await?.ok_or(TokenError::NoLogin)?;
            let now = self.now();
            let done_meanwhile = match refused {
                Some(refused) => stored.access != *refused,
                None => now < stored.refresh_at,
            };
            if done_meanwhile {
                return Ok(stored.access);
            }
            if self.store().refresh_begin(id, stored.token_no, now, now.plus(REFRESH_LEASE)).await? {
                return self.fetch(id, &stored).await;
            }
            if refused.is_none() && now < stored.expires_at {
                return Ok(stored.access);
            }
            tokio::time::sleep(OTHER_PROCESS.0).await;
        }
        Err(ConnectError::Unavailable("another process is renewing the login".to_owned()).into())
    }

    /// Fetches new tokens, as the only one of all processes.
    async fn fetch(&self, id: DestinationId, stored: &Connection) -> Result<Secret, TokenError> {
        let kind = self.destination_type(&stored.slug).ok_or(TokenError::NoLogin)?;
        let answer = match &stored.refresh {
            Some(token) => kind.refresh(token).await,
            None => Err(ConnectError::NeedsReconnect("it gave no refresh token".to_owned())),
        };
        match answer {
            Ok(tokens) => {
                let times = token_times(&tokens, self.now());
                if self.store().refresh_done(id, stored.token_no, &tokens, times).await? {
                    tracing::info!(destination.id = %id, "login refreshed");
                    return Ok(tokens.access);
                }
                // Somebody authenticated or disconnected while the answer was on its way: theirs counts.
                Ok(self.store().connection(id).await?.ok_or(TokenError::NoLogin)?.access)
            }
            Err(ConnectError::NeedsReconnect(words)) => {
                tracing::warn!(destination.id = %id, "the login is no longer accepted");
                self.store().login_refused(id, stored.token_no, &refused_sentence(&words)).await?;
                Err(ConnectError::NeedsReconnect(words).into())
            }
            Err(error) => {
                if matches!(error, ConnectError::BadClient(_)) {
                    tracing::error!(destination.id = %id, "Snapchat refuses the OAuth app: check SNAPCHAT_CLIENT_ID and SNAPCHAT_CLIENT_SECRET");
                }
                self.store().refresh_failed(id, stored.token_no).await?;
                Err(error.into())
            }
        }
    }
}

/// When the tokens of an answer end, and when to fetch new ones.
pub(crate) fn token_times(tokens: &TokenSet, now: Timestamp) -> TokenTimes {
    let life = tokens.expires_in.max(0);
    TokenTimes { expires_at: now.plus(life), refresh_at: now.plus(life / 100 * REFRESH_AT_PERCENT) }
}

fn refused_sentence(words: &str) -> String {
    format!("Snapchat no longer accepts this login ({words}). Press “Authenticate Snapchat” to log in again.")
}
