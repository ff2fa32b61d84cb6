//! The lists of a lane: found or made on the first sync, told their name, asked for their size.

use domain::{
    ApiError, Timestamp,
    destination::{IdentifierKind, Segment},
    lists::{Break, LIFETIME_DAYS, ListDraft, ListError, ListSlot, SyncHealth, next_poll},
    time::{DAY, MINUTE, SECOND},
};
use store::{NewList, StoreError, StoredList, SyncRequest};

use super::{
    calls::lists,
    lane::{Halt, Pass},
};

/// When a choice that doesn't fit is looked at again; another choice wakes the lane at once.
const WRONG_CHOICE: i64 = 15 * MINUTE;
/// From sending to the first question for size and state.
const FIRST_POLL: i64 = 15 * SECOND;
/// Characters of an audience's description that go along.
const DESCRIPTION_MAX: usize = 500;

impl Pass<'_> {
    /// Every list that the settings ask for is there, in the ad account of today, under the name of today.
    pub(super) async fn ready_lists(&mut self) -> Result<(), Halt> {
        if !self.lane.adds {
            return Ok(());
        }
        let Some(account) = self.lane.ad_account.clone() else {
            return Err(
                self.person("Choose an ad account in the Configuration Settings of the destination.".to_owned())
            );
        };
        self.leave_other_accounts(&account).await?;
        self.refresh().await?;
        for slot in self.slots().await? {
            if !self.lane.lists.iter().any(|list| list.slot == slot) {
                self.get_list(slot, &account).await?;
            }
        }
        for list in self.lane.lists.clone() {
            if !list.chosen && list.told != Some(self.told()) {
                self.tell(&list, &account).await?;
            }
        }
        Ok(())
    }

    /// Where the list forgets people after some days, those who are still in the audience are added again twice in that time.
    async fn refresh(&mut self) -> Result<(), Halt> {
        let (days, now) = (self.lane.settings.retention_days, self.now());
        if days >= LIFETIME_DAYS || self.lane.refresh_at > now {
            return Ok(());
        }
        let until = self.keep();
        match self.sync.switchyard.store().sync_refresh(&self.lane, now.plus(i64::from(days) * DAY / 2), until).await? {
            true => Ok(()),
            false => Err(Halt::Lost),
        }
    }

    async fn leave_other_accounts(&mut self, account: &str) -> Result<(), Halt> {
        let others: Vec<StoredList> =
            self.lane.lists.iter().filter(|list| list.ad_account != account).cloned().collect();
        if others.is_empty() {
            return Ok(());
        }
        let until = self.keep();
        if !self.sync.switchyard.store().sync_retire(&self.lane, &others, until).await? {
            return Err(Halt::Lost);
        }
        self.lane.lists.retain(|list| list.ad_account == account);
        Ok(())
    }

    /// The lists that there should be. One for advertising ids is made once there are some: most shops have none.
    async fn slots(&self) -> Result<Vec<ListSlot>, Halt> {
        if !self.lane.settings.one_each {
            return Ok(vec![ListSlot::All]);
        }
        let mut slots = vec![ListSlot::Only(IdentifierKind::Email), ListSlot::Only(IdentifierKind::Phone)];
        let store = self.sync.switchyard.store();
        let ads = store.sync_changes(&self.lane, IdentifierKind::MobileAdId, true, 1, self.now()).await?;
        if !ads.digests().is_empty() {
            slots.push(ListSlot::Only(IdentifierKind::MobileAdId));
        }
        Ok(slots)
    }

    /// The list that was chosen, or one that an earlier pass made without coming to write it down, or a new one.
    async fn get_list(&mut self, slot: ListSlot, account: &str) -> Result<(), Halt> {
        let (answer, request) = {
            let of = account.to_owned();
            self.call("Looked for the list".to_owned(), None, move |kind, token| {
                let of = of.clone();
                Box::pin(async move { lists(&kind)?.all_lists(&token, &of).await })
            })
            .await?
        };
        let found = match answer {
            Ok(found) => found,
            Err(ListError::NotFound(words)) => {
                self.note(&request).await?;
                return Err(self.person(format!("Snapchat doesn't know the ad account: {words}")));
            }
            Err(error) => return Err(self.fail(&error, &request).await),
        };
        if let Some(id) = self.lane.settings.existing.clone() {
            if found.iter().any(|list| list.id == id) {
                return self.have(slot, account, &id, true, ("", "", 0), &request).await;
            }
            self.note(&request).await?;
            return Err(self.person(format!(
                "The list {id} that was chosen is not in the ad account. Choose another one, or have a new one made."
            )));
        }
        let marker = self.marker(slot);
        let ours = |list: &&Segment| list.description.as_deref().is_some_and(|text| text.contains(&marker));
        if let Some(ours) = found.iter().find(ours) {
            return self.have(slot, account, &ours.id, false, ("", "", 0), &request).await;
        }
        self.note(&request).await?;
        self.make(slot, account).await
    }

    async fn make(&mut self, slot: ListSlot, account: &str) -> Result<(), Halt> {
        let draft = self.draft(slot);
        let (answer, request) = {
            let (of, draft) = (account.to_owned(), draft.clone());
            self.call(format!("Made the list “{}”", draft.name), None, move |kind, token| {
                let (of, draft) = (of.clone(), draft.clone());
                Box::pin(async move { lists(&kind)?.create_list(&token, &of, &draft).await })
            })
            .await?
        };
        match answer {
            Ok(made) => {
                let (name, description, days) = self.told();
                self.have(slot, account, &made.id, false, (&name, &description, days), &request).await
            }
            Err(ListError::NotFound(words)) => {
                self.note(&request).await?;
                Err(self.person(format!("Snapchat doesn't know the ad account: {words}")))
            }
            Err(error) => Err(self.fail(&error, &request).await),
        }
    }

    /// Writes down which list it is.
    async fn have(
        &mut self,
        slot: ListSlot,
        account: &str,
        id: &str,
        chosen: bool,
        told: (&str, &str, u32),
        request: &SyncRequest,
    ) -> Result<(), Halt> {
        let poll_at = self.now();
        let list = NewList { slot, ad_account: account, id, chosen, told, poll_at };
        let until = self.keep();
        match self.sync.switchyard.store().sync_list_found(&self.lane, &list, request, until).await {
            Ok(true) => {}
            Ok(false) => return Err(Halt::Lost),
            Err(StoreError::Refused(ApiError::Refused(words))) => return Err(self.person(words)),
            Err(error) => return Err(error.into()),
        }
        self.lane.lists.push(StoredList {
            slot,
            ad_account: account.to_owned(),
            id: id.to_owned(),
            chosen,
            gone: false,
            told: (!chosen).then(|| (told.0.to_owned(), told.1.to_owned(), told.2)),
            poll_at,
        });
        Ok(())
    }

    /// Keeps name, description and retention in step.
    async fn tell(&mut self, list: &StoredList, account: &str) -> Result<(), Halt> {
        let draft = self.draft(list.slot);
        let (answer, request) = {
            let (of, id, draft) = (account.to_owned(), list.id.clone(), draft.clone());
            self.call(
                format!("Told the list its name “{}” and its retention", draft.name),
                None,
                move |kind, token| {
                    let (of, id, draft) = (of.clone(), id.clone(), draft.clone());
                    Box::pin(async move { lists(&kind)?.update_list(&token, &of, &id, &draft).await })
                },
            )
            .await?
        };
        match answer {
            Ok(()) => {
                let (name, description, days) = self.told();
                let until = self.keep();
                let store = self.sync.switchyard.store();
                let told = (name.as_str(), description.as_str(), days);
                match store.sync_list_told(&self.lane, list.slot, told, &request, until).await? {
                    true => Ok(()),
                    false => Err(Halt::Lost),
                }
            }
            Err(error) => Err(self.failed_at(list, &error, &request).await),
        }
    }

    /// Asks for the sizes and states that are due.
    pub(super) async fn ask_for_sizes(&mut self) -> Result<(), Halt> {
        if self.sent {
            let soon = self.now().plus(FIRST_POLL);
            self.sync.switchyard.store().sync_poll_at(&self.lane, soon).await?;
        }
        for list in self.lane.lists.clone() {
            let now = self.now();
            if list.gone || list.poll_at > now {
                continue;
            }
            let (answer, request) = {
                let id = list.id.clone();
                self.call("Asked for the list's size and state".to_owned(), None, move |kind, token| {
                    let id = id.clone();
                    Box::pin(async move { lists(&kind)?.list(&token, &id).await })
                })
                .await?
            };
            match answer {
                Ok(told) => {
                    let last_sent = if self.sent { now } else { self.lane.last_sent.unwrap_or(Timestamp(0)) };
                    let poll_at = next_poll(last_sent, now);
                    self.sync.switchyard.store().sync_list_polled(&self.lane, list.slot, &told, now, poll_at).await?;
                }
                Err(error) => return Err(self.failed_at(&list, &error, &request).await),
            }
        }
        Ok(())
    }

    /// A call about one list failed: if the list is gone, that is written down.
    pub(super) async fn failed_at(&mut self, list: &StoredList, error: &ListError, request: &SyncRequest) -> Halt {
        if matches!(error, ListError::NotFound(_)) {
            if let Err(error) = self.sync.switchyard.store().sync_list_gone(&self.lane, list.slot).await {
                return Halt::Store(error);
            }
            let gone = ListError::NotFound(
                "Somebody deleted the list in Snapchat. Nothing is sent until you create it anew.".to_owned(),
            );
            return self.fail(&gone, request).await;
        }
        self.fail(error, request).await
    }

    async fn note(&mut self, request: &SyncRequest) -> Result<(), Halt> {
        let until = self.keep();
        match self.sync.switchyard.store().sync_note(&self.lane, request, until).await? {
            true => Ok(()),
            false => Err(Halt::Lost),
        }
    }

    fn person(&self, reason: String) -> Halt {
        let until = self.now().plus(WRONG_CHOICE);
        Halt::Break(Break { health: SyncHealth::Paused, reason, until, failures: self.lane.failures })
    }

    /// What lists are told, as the audience has it.
    fn told(&self) -> (String, String, u32) {
        (self.lane.name.clone(), self.lane.description.clone(), self.lane.settings.retention_days)
    }

    fn draft(&self, slot: ListSlot) -> ListDraft {
        let suffix = match slot {
            ListSlot::All => String::new(),
            ListSlot::Only(kind) => format!(" ({})", kind.label()),
        };
        let room = self.limits.name_max.saturating_sub(suffix.chars().count());
        let name: String = self.lane.name.chars().take(room).collect();
        let description: String = self.lane.description.trim().chars().take(DESCRIPTION_MAX).collect();
        let description = format!("{description} Kept up to date by Switchyard. [{}]", self.marker(slot));
        ListDraft {
            name: format!("{name}{suffix}"),
            description: description.trim_start().to_owned(),
            retention_days: self.lane.settings.retention_days,
        }
    }

    /// What a list is known by before its id is written down: so a stop in between makes no second one.
    fn marker(&self, slot: ListSlot) -> String {
        let both = self.lane.audience.0.as_u128() ^ self.lane.destination.0.as_u128().rotate_left(64);
        format!("switchyard:{both:032x}:{}", slot.as_str())
    }
}
