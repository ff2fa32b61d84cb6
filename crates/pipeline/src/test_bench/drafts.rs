//! What people are trying out: kept in memory for a while, since it may hold personal data, under tickets for addresses.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use domain::{Actor, ApiError, DestinationId, Timestamp, UserId, WorkspaceId, time::MINUTE};

use crate::random::url_token;

/// How long a draft is kept.
const KEPT_FOR: i64 = 30 * MINUTE;
/// The drafts of one person; the oldest go first.
const PER_PERSON: usize = 10;
/// The drafts of all.
const IN_ALL: usize = 500;

/// Drafts of one kind.
pub(crate) struct Drafts<T> {
    kept: Mutex<VecDeque<Draft<T>>>,
}

struct Draft<T> {
    ticket: String,
    user: UserId,
    workspace: WorkspaceId,
    destination: DestinationId,
    at: Timestamp,
    what: T,
}

impl<T> Default for Drafts<T> {
    fn default() -> Self {
        Self { kept: Mutex::default() }
    }
}

impl<T: Clone> Drafts<T> {
    /// Keeps a draft for the one who made it; answers with its ticket.
    pub(crate) fn keep(&self, actor: &Actor, destination: DestinationId, what: T, now: Timestamp) -> String {
        let ticket = url_token();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|draft| now.since(draft.at) < KEPT_FOR);
        let own = kept.iter().filter(|draft| draft.user == actor.user).count();
        if own >= PER_PERSON
            && let Some(oldest) = kept.iter().position(|draft| draft.user == actor.user)
        {
            kept.remove(oldest);
        }
        while kept.len() >= IN_ALL {
            kept.pop_front();
        }
        let (user, workspace) = (actor.user, actor.workspace);
        kept.push_back(Draft { ticket: ticket.clone(), user, workspace, destination, at: now, what });
        ticket
    }

    /// The draft behind a ticket, for the one who made it.
    ///
    /// # Errors
    /// [`ApiError::Refused`] if it is kept no longer.
    pub(crate) fn find(
        &self,
        actor: &Actor,
        destination: DestinationId,
        ticket: &str,
        now: Timestamp,
    ) -> Result<T, ApiError> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let own = |draft: &&Draft<T>| {
            draft.ticket == ticket
                && (draft.user, draft.workspace, draft.destination) == (actor.user, actor.workspace, destination)
                && now.since(draft.at) < KEPT_FOR
        };
        let gone = || ApiError::Refused("This is kept for half an hour and is gone now. Start again.".into());
        kept.iter().find(own).map(|draft| draft.what.clone()).ok_or_else(gone)
    }
}

#[cfg(test)]
mod tests {
    use domain::Role;
    use uuid::Uuid;

    use super::*;

    fn actor(n: u128) -> Actor {
        Actor { user: UserId(Uuid::from_u128(n)), workspace: WorkspaceId(Uuid::from_u128(9)), role: Role::Viewer }
    }

    #[test]
    fn only_their_author_sees_them_and_not_for_long() {
        let (drafts, now) = (Drafts::default(), Timestamp(1_000));
        let (id, other) = (DestinationId(Uuid::from_u128(7)), DestinationId(Uuid::from_u128(8)));
        let ticket = drafts.keep(&actor(1), id, "text", now);
        assert_eq!(drafts.find(&actor(1), id, &ticket, now), Ok("text"));
        assert!(drafts.find(&actor(2), id, &ticket, now).is_err());
        assert!(drafts.find(&actor(1), other, &ticket, now).is_err());
        assert!(drafts.find(&actor(1), id, "x", now).is_err());
        assert!(drafts.find(&actor(1), id, &ticket, now.plus(KEPT_FOR)).is_err());
    }

    #[test]
    fn one_person_pushes_out_only_own_drafts() {
        let (drafts, now, id) = (Drafts::default(), Timestamp(1_000), DestinationId(Uuid::from_u128(7)));
        let theirs = drafts.keep(&actor(2), id, 0, now);
        let first = drafts.keep(&actor(1), id, 1, now);
        let last = (0..PER_PERSON).map(|_| drafts.keep(&actor(1), id, 2, now)).last().unwrap_or_default();
        assert!(drafts.find(&actor(1), id, &first, now).is_err());
        assert_eq!((drafts.find(&actor(1), id, &last, now), drafts.find(&actor(2), id, &theirs, now)), (Ok(2), Ok(0)));
    }
}
