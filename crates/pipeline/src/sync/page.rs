//! The receipts: what the page of an audience's sync shows.

use domain::{
    Actor, ApiError, AudienceId,
    time::MINUTE,
    view_sync::{AudienceSync, LinkView, SyncState, remarks},
};
use store::LinkRecord;

use super::state::state_of;
use crate::{Switchyard, api_error};

/// What Snapchat told of a list this long ago is shown without asking again.
const FRESH: i64 = MINUTE;

impl Switchyard {
    /// Where the workspace's audiences stand at their destinations.
    ///
    /// # Errors
    /// [`ApiError::Internal`].
    pub async fn sync_states(&self, actor: &Actor) -> Result<Vec<(AudienceId, SyncState)>, ApiError> {
        let links = self.store().sync_links(actor.workspace, None).await.map_err(api_error)?;
        Ok(links.iter().filter(|link| link.linked).map(|link| (link.audience, state_of(link))).collect())
    }

    /// The sync page of an audience.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn audience_sync(&self, actor: &Actor, id: AudienceId) -> Result<AudienceSync, ApiError> {
        let audience = self.audience(actor, id).await?;
        // Whoever looks wants to know how it is: also whether somebody deleted the list there.
        let now = self.now();
        self.store().sync_poll_now(id, now.minus(FRESH), now).await.map_err(api_error)?;
        let records = self.store().sync_links(actor.workspace, Some(id)).await.map_err(api_error)?;
        let mut links = Vec::new();
        for record in records.into_iter().filter(|record| record.linked || record.waiting || record.has_list) {
            links.push(self.link_view(record, audience.size).await?);
        }
        let all = self.store().destinations(actor.workspace).await.map_err(api_error)?;
        let others = all
            .into_iter()
            .filter(|row| self.destination_type(&row.slug).is_some_and(|kind| kind.lists().is_some()))
            .filter(|row| !links.iter().any(|link| link.linked && link.state.destination == row.id))
            .map(|row| (row.id, row.name))
            .collect();
        Ok(AudienceSync { id, name: audience.form.name, size: audience.size, links, others })
    }

    async fn link_view(&self, record: LinkRecord, size: u64) -> Result<LinkView, ApiError> {
        let mut receipts = self
            .store()
            .sync_receipts((record.audience, record.destination), size, self.now())
            .await
            .map_err(api_error)?;
        let lists = self.destination_type(&record.kind).and_then(|kind| kind.lists());
        let targetable_min = lists.map_or(0, |lists| lists.limits().targetable_min);
        for list in &mut receipts.lists {
            list.remarks = remarks(list, receipts.counts.waiting > 0, targetable_min);
        }
        Ok(LinkView {
            state: state_of(&record),
            linked: record.linked,
            adds: record.adds,
            removes: record.removes,
            settings: record.settings,
            counts: receipts.counts,
            refused: receipts.refused,
            lists: receipts.lists,
            runs: receipts.runs,
        })
    }
}
