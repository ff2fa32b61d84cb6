//! The differences, a chunk at a time: removals always before additions.

use domain::{
    destination::IdentifierKind,
    lists::ListError,
    time::{HOUR, SECOND},
};
use store::{Changes, Farewells, StoredList, SyncRequest};

use super::{
    calls::lists,
    lane::{Halt, Pass},
};

/// So many identifiers refused alone, one after the other: then it isn't them.
const REFUSED_ALONE_MAX: u32 = 5;
/// How long a refused identifier is left out at first; four times as long after each further time.
const FIRST_RETRY: i64 = 30 * SECOND;
/// How long it is left out at most.
const LONGEST_RETRY: i64 = 6 * HOUR;

impl Pass<'_> {
    /// Sends until there is nothing to send.
    pub(super) async fn send_all(&mut self) -> Result<(), Halt> {
        loop {
            if self.send_some(false).await? || self.say_farewell().await? {
                continue;
            }
            if !self.lane.adds || !self.send_some(true).await? {
                return Ok(());
            }
        }
    }

    /// One request of additions or removals; `false` if there are none.
    async fn send_some(&mut self, wanted: bool) -> Result<bool, Halt> {
        for kind in IdentifierKind::ALL {
            let store = self.sync.switchyard.store();
            let changes = store.sync_changes(&self.lane, kind, wanted, self.limit, self.now()).await?;
            if changes.is_empty() {
                continue;
            }
            match self.lane.lists.iter().find(|list| list.slot.takes(kind)).cloned() {
                Some(list) => {
                    self.send(&list, kind, wanted, &changes).await?;
                    return Ok(true);
                }
                // Without a list nothing was ever sent that could be taken back.
                None if !wanted => store.sync_drop_unsent(&self.lane, kind).await?,
                None => {}
            }
        }
        Ok(false)
    }

    async fn send(
        &mut self,
        list: &StoredList,
        kind: IdentifierKind,
        wanted: bool,
        changes: &Changes,
    ) -> Result<(), Halt> {
        let digests = changes.digests();
        let count = digests.len();
        let what = format!("{} {}", if wanted { "Added" } else { "Removed" }, kind.label());
        let (answer, mut request) = {
            let (id, digests) = (list.id.as_str(), digests.as_slice());
            self.call(what, Some(count), move |destination, token| {
                Box::pin(async move { lists(&destination)?.change_list(&token, id, kind, digests, wanted).await })
            })
            .await?
        };
        match answer {
            Ok(received) => {
                request.received = Some(received);
                let until = self.keep();
                let store = self.sync.switchyard.store();
                if !store.sync_sent(&self.lane, wanted, changes, &request, until).await? {
                    return Err(Halt::Lost);
                }
                self.sent = true;
                self.refused_alone = 0;
                self.limit = self.limit.saturating_mul(2).min(self.limit_max);
                Ok(())
            }
            Err(ListError::TooLarge) if count > 1 => {
                self.limit_max = count.div_ceil(2);
                self.limit = self.limit_max;
                self.note_refusal(&request).await
            }
            Err(ListError::Refused(words)) if count > 1 => {
                tracing::warn!(audience.id = %self.lane.audience, destination.id = %self.lane.destination, count, "a part of an audience was refused and is split: {words}");
                self.limit = count.div_ceil(2);
                self.note_refusal(&request).await
            }
            Err(error @ (ListError::Refused(_) | ListError::TooLarge)) => self.refuse(changes, &error, &request).await,
            Err(error) => Err(self.failed_at(list, &error, &request).await),
        }
    }

    async fn note_refusal(&mut self, request: &SyncRequest) -> Result<(), Halt> {
        let until = self.keep();
        match self.sync.switchyard.store().sync_note(&self.lane, request, until).await? {
            true => Ok(()),
            false => Err(Halt::Lost),
        }
    }

    /// One identifier alone was refused: the others go on without it, unless it is all of them.
    async fn refuse(&mut self, changes: &Changes, error: &ListError, request: &SyncRequest) -> Result<(), Halt> {
        self.note_refusal(request).await?;
        let now = self.now();
        let retry_at = |refusals: u32| now.plus(left_out_for(refusals));
        self.sync.switchyard.store().sync_refused(changes, &error.to_string(), retry_at).await?;
        self.refused_alone += 1;
        if self.refused_alone >= REFUSED_ALONE_MAX { Err(self.halt(error)) } else { Ok(()) }
    }

    /// One request for people who have to leave a list that is no longer the audience's; `false` if there are none.
    async fn say_farewell(&mut self) -> Result<bool, Halt> {
        let due = self.sync.switchyard.store().sync_farewells(&self.lane, self.limit, self.now()).await?;
        let Some(farewells) = due else { return Ok(false) };
        let Farewells { list, kind, digests, .. } = &farewells;
        let (answer, request) = {
            let digests: Vec<&str> = digests.iter().map(String::as_str).collect();
            let digests = digests.as_slice();
            self.call(
                "Took people out of the list before".to_owned(),
                Some(digests.len()),
                move |destination, token| {
                    Box::pin(async move { lists(&destination)?.change_list(&token, list, *kind, digests, false).await })
                },
            )
            .await?
        };
        let whole = match &answer {
            Ok(_) => {
                self.refused_alone = 0;
                false
            }
            // It isn't there any more, or no longer this login's: there is nothing that could be done.
            Err(ListError::NotFound(_) | ListError::Forbidden(_)) => true,
            Err(ListError::TooLarge | ListError::Refused(_)) if digests.len() > 1 => {
                self.limit = digests.len().div_ceil(2);
                self.note_refusal(&request).await?;
                return Ok(true);
            }
            // One alone that is refused may be in there still.
            Err(ListError::Refused(_)) => return self.stay(&farewells, &request).await.map(|()| true),
            Err(error) => return Err(self.fail(error, &request).await),
        };
        let until = self.keep();
        let store = self.sync.switchyard.store();
        if !store.sync_bade_farewell(&self.lane, &farewells, whole, &request, until).await? {
            return Err(Halt::Lost);
        }
        Ok(true)
    }

    /// One alone could not be taken out of the list before: it is tried again later. After some, so are all others of that list, and
    /// the lane goes on without it.
    async fn stay(&mut self, farewells: &Farewells, request: &SyncRequest) -> Result<(), Halt> {
        self.refused_alone += 1;
        let all = self.refused_alone >= REFUSED_ALONE_MAX;
        let retry_at = self.now().plus(left_out_for(farewells.refusals));
        let until = self.keep();
        let store = self.sync.switchyard.store();
        if !store.sync_farewell_refused(&self.lane, farewells, all, request, retry_at, until).await? {
            return Err(Halt::Lost);
        }
        if all {
            self.refused_alone = 0;
        }
        Ok(())
    }
}

/// How long an identifier is left out that was refused so many times before.
fn left_out_for(refusals: u32) -> i64 {
    (FIRST_RETRY << (2 * refusals.min(8))).min(LONGEST_RETRY)
}
