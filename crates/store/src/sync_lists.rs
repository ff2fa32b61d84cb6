//! The lists of an audience at a destination: made or chosen, told their name, asked for their size, and left.

use domain::{ApiError, AudienceId, DestinationId, Timestamp, destination::Segment, lists::ListSlot};

use crate::{
    Store, StoreError, StoredList, SyncLane, SyncRequest,
    sync_farewells::{adopt, retire},
    sync_lanes::{read_lists, renew},
    sync_requests::record,
};

/// A list that an audience gets.
#[derive(Clone, Debug)]
pub struct NewList<'a> {
    /// What goes there.
    pub slot: ListSlot,
    /// Its ad account.
    pub ad_account: &'a str,
    /// Its id there.
    pub id: &'a str,
    /// Chosen by a person: its name and description are theirs.
    pub chosen: bool,
    /// The audience's name, description and retention that it was told.
    pub told: (&'a str, &'a str, u32),
    /// When to ask for its size and state.
    pub poll_at: Timestamp,
}

impl Store {
    /// From now on an audience has this list. Whoever was about to leave it leaves as one of the audience's.
    ///
    /// # Errors
    /// [`ApiError::Refused`] if another audience fills it.
    pub async fn sync_list_found(
        &self,
        lane: &SyncLane,
        list: &NewList<'_>,
        request: &SyncRequest,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        if !renew(&mut tx, lane, until).await? {
            return Ok(false);
        }
        let added = sqlx::query(
            "insert into audience_lists (audience_id, destination_id, slot, ad_account_id, list_id, chosen,
                                         told_name, told_description, told_retention, poll_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(lane.audience.0)
        .bind(lane.destination.0)
        .bind(list.slot.as_str())
        .bind(list.ad_account)
        .bind(list.id)
        .bind(list.chosen)
        .bind((!list.chosen).then_some(list.told.0))
        .bind((!list.chosen).then_some(list.told.1))
        .bind((!list.chosen).then_some(list.told.2))
        .bind(list.poll_at.0)
        .execute(&mut *tx)
        .await;
        if let Err(sqlx::Error::Database(error)) = &added
            && error.is_unique_violation()
        {
            let words = "Another audience is kept in this list already; two would take each other's people out. Choose another list.";
            return Err(ApiError::Refused(words.to_owned()).into());
        }
        added?;
        adopt(&mut tx, lane, list.id, list.slot).await?;
        record(&mut tx, lane, request).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// A list was told this name, description and retention.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_list_told(
        &self,
        lane: &SyncLane,
        slot: ListSlot,
        told: (&str, &str, u32),
        request: &SyncRequest,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        if !renew(&mut tx, lane, until).await? {
            return Ok(false);
        }
        sqlx::query(
            "update audience_lists set told_name = $4, told_description = $5, told_retention = $6
             where audience_id = $1 and destination_id = $2 and slot = $3",
        )
        .bind(lane.audience.0)
        .bind(lane.destination.0)
        .bind(slot.as_str())
        .bind(told.0)
        .bind(told.1)
        .bind(told.2)
        .execute(&mut *tx)
        .await?;
        record(&mut tx, lane, request).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Somebody deleted a list there: nothing goes to it until a person says so.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_list_gone(&self, lane: &SyncLane, slot: ListSlot) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(
            "update audience_lists set gone = 1, users = null, upload_status = null, targetable_status = null
             where audience_id = $1 and destination_id = $2 and slot = $3",
        )
        .bind(lane.audience.0)
        .bind(lane.destination.0)
        .bind(slot.as_str())
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// What the destination tells of a list.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_list_polled(
        &self,
        lane: &SyncLane,
        slot: ListSlot,
        told: &Segment,
        now: Timestamp,
        poll_at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(
            "update audience_lists set users = $4, upload_status = $5, targetable_status = $6, polled_at = $7, poll_at = $8
             where audience_id = $1 and destination_id = $2 and slot = $3",
        )
        .bind(lane.audience.0)
        .bind(lane.destination.0)
        .bind(slot.as_str())
        .bind(told.approximate_users.map(|users| users.max(0)))
        .bind(&told.upload_status)
        .bind(&told.targetable_status)
        .bind(now.0)
        .bind(poll_at.0)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Asks for the sizes and states of an audience's lists at `at`, if they would be asked for later.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_poll_at(&self, lane: &SyncLane, at: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(
            "update audience_lists set poll_at = min(poll_at, $3) where audience_id = $1 and destination_id = $2",
        )
        .bind(lane.audience.0)
        .bind(lane.destination.0)
        .bind(at.0)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Has an audience's lists asked for now, unless they were asked for since `before`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_poll_now(
        &self,
        audience: AudienceId,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let stale: bool = sqlx::query_scalar(
            "select exists (select 1 from audience_lists
                            where audience_id = $1 and gone = 0 and poll_at > $3 and coalesce(polled_at, 0) < $2)",
        )
        .bind(audience.0)
        .bind(before.0)
        .bind(now.0)
        .fetch_one(&self.readers)
        .await?;
        if !stale {
            return Ok(());
        }
        let mut tx = self.write().await?;
        sqlx::query(
            "update audience_lists set poll_at = $3
             where audience_id = $1 and gone = 0 and poll_at > $3 and coalesce(polled_at, 0) < $2",
        )
        .bind(audience.0)
        .bind(before.0)
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Leaves lists that no longer fit the destination or the settings. `false` if the lane is another process's.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_retire(
        &self,
        lane: &SyncLane,
        lists: &[StoredList],
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        if !renew(&mut tx, lane, until).await? {
            return Ok(false);
        }
        for list in lists {
            retire(&mut tx, lane.audience, lane.destination, list).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// The lists of an audience at a destination.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_lists(
        &self,
        audience: AudienceId,
        destination: DestinationId,
    ) -> Result<Vec<StoredList>, StoreError> {
        let mut reading = self.readers.begin().await?;
        read_lists(&mut reading, audience, destination).await
    }
}
