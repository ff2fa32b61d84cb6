//! One call of a lane: in its turn, with a token that lives, and while the lane is held.

use std::sync::Arc;

use domain::{
    destination::{BoxFuture, ConnectError, Destination, Secret},
    lists::{AudienceLists, Break, ListError, SyncHealth, break_after},
    time::MINUTE,
};
use store::SyncRequest;

use super::{
    CALL, LEASE,
    lane::{Halt, Pass},
};
use crate::connections::TokenError;

/// When a login that is missing is looked for again; a new one wakes the lane at once.
const NO_LOGIN: i64 = 15 * MINUTE;

/// Failures in a row after which a login is over whose new tokens are refused.
const REFUSED_MAX: u32 = 3;

/// The lists of a type that is known to have some.
pub(super) fn lists(kind: &Arc<dyn Destination>) -> Result<&dyn AudienceLists, ListError> {
    kind.lists().ok_or_else(|| ListError::Refused("it has no lists".to_owned()))
}

impl Pass<'_> {
    /// Makes a call; after a 401 once more with a new token. The answer, and the request for the receipts.
    pub(super) async fn call<'c, T>(
        &mut self,
        what: String,
        identifiers: Option<usize>,
        call: impl Fn(Arc<dyn Destination>, Secret) -> BoxFuture<'c, Result<T, ListError>>,
    ) -> Result<(Result<T, ListError>, SyncRequest), Halt> {
        self.limiter.until_ready().await;
        if self.sync.stop.is_cancelled() {
            return Err(Halt::Stopped);
        }
        let token = self.token().await?;
        self.hold().await?;
        let at = self.now();
        let mut answer = call(self.kind.clone(), token.clone()).await;
        if matches!(answer, Err(ListError::Unauthorized(_))) && !std::mem::replace(&mut self.renewed, true) {
            let token = self.other_token(&token).await?;
            self.hold().await?;
            answer = call(self.kind.clone(), token).await;
        }
        if let Err(ListError::Unauthorized(words)) = &answer {
            // A new token was given and refused. It may be too new, or somebody's slip; only if it stays so it is the login.
            if self.lane.failures < REFUSED_MAX {
                answer =
                    Err(ListError::Unavailable(format!("a login that was only just renewed was refused: {words}")));
            } else {
                let refused = self.sync.switchyard.login_refused(self.lane.destination, words).await;
                refused.map_err(|error| self.no_token(error))?;
            }
        } else {
            self.renewed = false;
        }
        let request = SyncRequest {
            at,
            duration_ms: self.now().since(at),
            what,
            identifiers: identifiers.and_then(|count| count.try_into().ok()),
            received: None,
            problem: answer.as_ref().err().map(ToString::to_string),
        };
        Ok((answer, request))
    }

    /// Notes a request that failed, and breaks off.
    pub(super) async fn fail(&mut self, error: &ListError, request: &SyncRequest) -> Halt {
        let until = self.keep();
        match self.sync.switchyard.store().sync_note(&self.lane, request, until).await {
            Ok(true) => self.halt(error),
            Ok(false) => Halt::Lost,
            Err(error) => Halt::Store(error),
        }
    }

    /// A call is made only while the lane is held for longer than it may take.
    async fn hold(&mut self) -> Result<(), Halt> {
        let now = self.now();
        if self.held_until.since(now) >= CALL {
            return Ok(());
        }
        let until = now.plus(LEASE);
        if !self.sync.switchyard.store().sync_renew(&self.lane, until).await? {
            return Err(Halt::Lost);
        }
        self.held_until = until;
        Ok(())
    }

    async fn token(&mut self) -> Result<Secret, Halt> {
        // Asked for each time: it is fetched anew early, and the pass may be long.
        match self.sync.switchyard.access_token(self.lane.destination).await {
            Ok(token) => {
                if self.token.as_ref() != Some(&token) {
                    self.token = Some(token.clone());
                    self.renewed = false;
                }
                Ok(token)
            }
            Err(error) => Err(self.no_token(error)),
        }
    }

    async fn other_token(&mut self, refused: &Secret) -> Result<Secret, Halt> {
        match self.sync.switchyard.access_token_after(self.lane.destination, refused).await {
            Ok(token) => {
                self.token = Some(token.clone());
                Ok(token)
            }
            Err(error) => Err(self.no_token(error)),
        }
    }

    fn no_token(&self, error: TokenError) -> Halt {
        let person = |health: SyncHealth, reason: String| {
            let until = self.now().plus(NO_LOGIN);
            Halt::Break(Break { health, reason, until, failures: self.lane.failures })
        };
        match error {
            TokenError::Store(error) => Halt::Store(error),
            TokenError::NoLogin => person(
                SyncHealth::NeedsReconnect,
                "Lists need a Snapchat login: press “Authenticate Snapchat” in the Configuration Settings.".to_owned(),
            ),
            TokenError::Connect(ConnectError::NeedsReconnect(words)) => {
                let dice = self.sync.switchyard.dice();
                Halt::Break(break_after(&ListError::Unauthorized(words), self.lane.failures, self.now(), dice))
            }
            TokenError::Connect(ConnectError::Unavailable(words)) => self.halt(&ListError::Unavailable(words)),
            TokenError::Connect(error) => person(SyncHealth::Paused, error.to_string()),
        }
    }
}
