//! What the worker needs to know of a destination: read afresh for each claim.

use std::collections::{BTreeMap, HashMap};

use domain::{
    DestinationId, SourceId, Timestamp, WorkspaceId, destination::Secret, options::DestinationOptions,
    workflow::FieldRule,
};
use sqlx::Row;

use crate::{Store, StoreError, configuration::read_capi_token};

/// A destination's health, as the worker leaves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// All is well.
    Ok,
    /// Slow, throttling or down; tried again by itself.
    Retrying,
    /// The credential was refused.
    NeedsReconnect,
    /// The pixel or the right was refused.
    Paused,
}

impl Health {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Retrying => "retrying",
            Self::NeedsReconnect => "needs_reconnect",
            Self::Paused => "paused",
        }
    }
}

/// A destination as the worker sees it.
#[derive(Clone, Debug)]
pub struct Lane {
    /// The destination.
    pub id: DestinationId,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// The type's slug.
    pub kind: String,
    /// Whether deliveries may leave: enabled, and sending server-side.
    pub open: bool,
    /// The pixel.
    pub pixel_id: Option<String>,
    /// App id, hold window, limited data use.
    pub options: DestinationOptions,
    /// The CAPI token.
    pub capi_token: Option<Secret>,
    /// Whether it is `ok`.
    pub healthy: bool,
    /// The most events that one request may carry, learnt from 413 answers.
    pub batch_limit: Option<usize>,
    /// Field rules by event key.
    pub fields: HashMap<String, BTreeMap<String, FieldRule>>,
    /// Default countries by source.
    pub countries: HashMap<SourceId, String>,
    /// The site that events of a source are of, where one is known.
    pub sites: HashMap<SourceId, String>,
}

impl Store {
    /// Destinations with deliveries that are due and may be tried now.
    ///
    /// # Errors
    /// What the database says.
    pub async fn due_lanes(&self, now: Timestamp) -> Result<Vec<DestinationId>, StoreError> {
        let rows = sqlx::query(
            "select d.id from destinations d
             where d.enabled and d.send_server_side
               and (d.pixel_id <> '' or d.settings ->> 'snap_app_id' <> '')
               and (d.capi_token_sealed is not null
                    or exists (select 1 from connections c where c.destination_id = d.id))
               and (d.health = 'ok' or d.health_until is null or d.health_until <= $1)
               and (exists (select 1 from deliveries w where w.destination_id = d.id and w.state = 'waiting'
                            and w.crashes = 0 and w.due_at <= $1)
                    or exists (select 1 from deliveries w where w.destination_id = d.id and w.state = 'waiting'
                               and w.crashes > 0 and w.due_at <= $1))",
        )
        .bind(now.0)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| Ok(DestinationId(row.try_get(0)?))).collect()
    }

    /// A destination as it is configured now; `None` if it is gone.
    ///
    /// # Errors
    /// What the database says.
    pub async fn lane(&self, id: DestinationId) -> Result<Option<Lane>, StoreError> {
        let mut reading = self.readers.begin().await?;
        let row = sqlx::query(
            "select workspace_id, type, enabled and send_server_side as open, pixel_id, settings, health, batch_limit
             from destinations where id = $1",
        )
        .bind(id.0)
        .fetch_optional(&mut *reading)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let workspace = WorkspaceId(row.try_get("workspace_id")?);
        let capi_token = read_capi_token(&mut reading, &self.keys, id).await?;
        let mut lane = Lane {
            id,
            workspace,
            kind: row.try_get("type")?,
            open: row.try_get("open")?,
            pixel_id: row.try_get::<Option<String>, _>("pixel_id")?.filter(|id| !id.is_empty()),
            options: serde_json::from_str(row.try_get("settings")?)?,
            capi_token,
            healthy: row.try_get::<&str, _>("health")? == "ok",
            batch_limit: row.try_get::<Option<i64>, _>("batch_limit")?.and_then(|n| usize::try_from(n).ok()),
            fields: HashMap::new(),
            countries: HashMap::new(),
            sites: HashMap::new(),
        };
        let rows =
            sqlx::query("select event_key, fields from event_settings where destination_id = $1 and fields <> '{}'")
                .bind(id.0)
                .fetch_all(&mut *reading)
                .await?;
        for row in rows {
            lane.fields.insert(row.try_get("event_key")?, serde_json::from_str(row.try_get("fields")?)?);
        }
        let mut unsited = Vec::new();
        let rows =
            sqlx::query("select id, nullif(default_country, '') as country, site from sources where workspace_id = $1")
                .bind(workspace.0)
                .fetch_all(&mut *reading)
                .await?;
        for row in rows {
            let id = SourceId(row.try_get("id")?);
            lane.countries.extend(row.try_get::<Option<String>, _>("country")?.map(|country| (id, country)));
            match row.try_get::<Option<String>, _>("site")? {
                Some(site) => drop(lane.sites.insert(id, site)),
                None => unsited.push(id),
            }
        }
        let mut known: Vec<String> = lane.sites.values().cloned().collect();
        known.dedup();
        // Where all that is known is one site, sources that name no pages are of it, too.
        if let [only] = known.as_slice() {
            lane.sites.extend(unsited.into_iter().map(|id| (id, only.clone())));
        }
        Ok(Some(lane))
    }

    /// Notes how a destination fares, and when it is tried again.
    ///
    /// # Errors
    /// What the database says.
    pub async fn set_health(
        &self,
        id: DestinationId,
        health: Health,
        reason: Option<&str>,
        until: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query("update destinations set health = $2, health_reason = $3, health_until = $4 where id = $1")
            .bind(id.0)
            .bind(health.as_str())
            .bind(reason)
            .bind(until.map(|until| until.0))
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Remembers how many events one request may carry.
    ///
    /// # Errors
    /// What the database says.
    pub async fn set_batch_limit(&self, id: DestinationId, limit: usize) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query("update destinations set batch_limit = $2 where id = $1")
            .bind(id.0)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// When the next waiting delivery of any destination is due, or the next probe of one that is not well.
    ///
    /// # Errors
    /// What the database says.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let next: Option<i64> = sqlx::query_scalar(
            "select min(max(due, coalesce(case when health <> 'ok' then health_until end, 0))) from (
                 select d.health, d.health_until,
                        (select min(w.due_at) from deliveries w where w.destination_id = d.id and w.state = 'waiting'
                           and w.crashes = 0) as due
                 from destinations d where d.enabled and d.send_server_side
                 union all
                 select d.health, d.health_until,
                        (select min(w.due_at) from deliveries w where w.destination_id = d.id and w.state = 'waiting'
                           and w.crashes > 0)
                 from destinations d where d.enabled and d.send_server_side) where due is not null",
        )
        .fetch_one(&self.readers)
        .await?;
        Ok(next.map(Timestamp))
    }
}
