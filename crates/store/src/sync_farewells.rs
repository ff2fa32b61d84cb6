//! Whoever has to leave a list that is no longer an audience's.

use domain::{Timestamp, destination::IdentifierKind};
use sqlx::Row;

use crate::{Store, StoreError, SyncLane, SyncRequest, sync_changes::record, sync_lanes::renew};

/// Identifiers that leave a list which is no longer the audience's.
#[derive(Clone, Debug)]
pub struct Farewells {
    /// The list.
    pub list: String,
    /// Their kind.
    pub kind: IdentifierKind,
    /// The digests.
    pub digests: Vec<String>,
}

impl Store {
    /// Some identifiers that have to leave a list which is no longer the audience's.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_farewells(&self, lane: &SyncLane, limit: usize) -> Result<Option<Farewells>, StoreError> {
        let first = sqlx::query(
            "select list_id, kind from audience_farewells where audience_id = $1 and destination_id = $2 limit 1",
        )
        .bind(lane.audience.0)
        .bind(lane.destination.0)
        .fetch_optional(&self.readers)
        .await?;
        let Some(first) = first else { return Ok(None) };
        let (list, kind): (String, String) = (first.try_get(0)?, first.try_get(1)?);
        let digests = sqlx::query_scalar(
            "select digest from audience_farewells
             where destination_id = $2 and list_id = $3 and kind = $4 and audience_id = $1 limit $5",
        )
        .bind(lane.audience.0)
        .bind(lane.destination.0)
        .bind(&list)
        .bind(&kind)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.readers)
        .await?;
        let kind = IdentifierKind::parse(&kind).unwrap_or(IdentifierKind::Email);
        Ok(Some(Farewells { list, kind, digests }))
    }

    /// These have left. With `all`, whoever is left of that list, too: it isn't there any more.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sync_bade_farewell(
        &self,
        lane: &SyncLane,
        farewells: &Farewells,
        all: bool,
        request: &SyncRequest,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        if !renew(&mut tx, lane, until).await? {
            return Ok(false);
        }
        sqlx::query(
            "delete from audience_farewells
             where destination_id = $1 and list_id = $2
               and ($5 or (kind = $3 and digest in (select value from json_each($4))))",
        )
        .bind(lane.destination.0)
        .bind(&farewells.list)
        .bind(farewells.kind.as_str())
        .bind(serde_json::to_string(&farewells.digests)?)
        .bind(all)
        .execute(&mut *tx)
        .await?;
        let run = record(&mut tx, lane, request).await?;
        if request.problem.is_none() {
            sqlx::query("update audience_runs set removed = removed + $2 where id = $1")
                .bind(run)
                .bind(i64::try_from(farewells.digests.len()).unwrap_or(0))
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}
