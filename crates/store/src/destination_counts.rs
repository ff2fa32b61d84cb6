//! What the pages of destinations count, from hourly sums and from the counts of what is not finished.

use domain::{
    DestinationId, Timestamp, WorkspaceId,
    delivery::{DeliveryState, Reason},
    time::{DAY, HOUR},
    view::HourCount,
};
use sqlx::Row;

use crate::{Store, StoreError};

/// How many of the newest log entries the reasons are counted from: reading them all would not be quick.
const REASONS_FROM: i64 = 10_000;
/// How many reasons are told.
const REASONS_SHOWN: i64 = 5;

/// Counts of one destination for the list.
#[derive(Clone, Copy, Debug, Default)]
pub struct RowCounts {
    /// Since midnight UTC.
    pub delivered_today: u64,
    /// Since midnight UTC.
    pub failed_today: u64,
    /// Now.
    pub waiting: u64,
    /// When an event of those switched on last arrived.
    pub last_event: Option<Timestamp>,
}

impl Store {
    /// Counts for the list, per destination of the workspace.
    ///
    /// # Errors
    /// What the database says.
    pub async fn destination_counts(
        &self,
        workspace: WorkspaceId,
        only: Option<DestinationId>,
        now: Timestamp,
    ) -> Result<Vec<(DestinationId, RowCounts)>, StoreError> {
        let rows = sqlx::query(
            "select d.id,
                    (select coalesce(sum(h.delivered), 0) from delivery_hours h
                     where h.destination_id = d.id and h.hour >= $3) as delivered,
                    (select coalesce(sum(h.dead), 0) from delivery_hours h
                     where h.destination_id = d.id and h.hour >= $3) as dead,
                    coalesce((select c.waiting from delivery_counts c where c.destination_id = d.id), 0) as waiting,
                    (select max((select max(l.last_at) from event_hours l
                                 where l.workspace_id = d.workspace_id and l.event_key = s.event_key
                                   and l.hour = (select max(m.hour) from event_hours m
                                                 where m.workspace_id = d.workspace_id and m.event_key = s.event_key)))
                     from event_settings s
                     where s.destination_id = d.id and (s.server = 1 or s.client = 1)) as last_event,
                    d.created_at
             from destinations d where d.workspace_id = $1 and ($2 is null or d.id = $2)",
        )
        .bind(workspace.0)
        .bind(only.map(|id| id.0))
        .bind(now.0 / DAY * DAY)
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                let made: i64 = row.try_get("created_at")?;
                let last: Option<i64> = row.try_get("last_event")?;
                let counts = RowCounts {
                    delivered_today: row.try_get::<i64, _>("delivered")?.unsigned_abs(),
                    failed_today: row.try_get::<i64, _>("dead")?.unsigned_abs(),
                    waiting: row.try_get::<i64, _>("waiting")?.unsigned_abs(),
                    last_event: last.filter(|at| *at >= made).map(Timestamp),
                };
                Ok((DestinationId(row.try_get("id")?), counts))
            })
            .collect()
    }

    /// Finished deliveries per hour of the last 24, oldest first; hours without any are there with zeros.
    ///
    /// # Errors
    /// What the database says.
    pub async fn delivery_hours(&self, id: DestinationId, now: Timestamp) -> Result<Vec<HourCount>, StoreError> {
        let first = now.0 / HOUR * HOUR - 23 * HOUR;
        let rows = sqlx::query(
            "select hour, sum(delivered) as delivered, sum(dead) as dead, sum(filtered) as filtered
             from delivery_hours where destination_id = $1 and hour >= $2 group by hour",
        )
        .bind(id.0)
        .bind(first)
        .fetch_all(&self.readers)
        .await?;
        let mut hours: Vec<HourCount> = (0..24)
            .map(|n| HourCount { hour: Timestamp(first + n * HOUR), delivered: 0, dead: 0, filtered: 0 })
            .collect();
        for row in &rows {
            let at: i64 = row.try_get("hour")?;
            let slot = usize::try_from((at - first) / HOUR).ok().and_then(|n| hours.get_mut(n));
            let Some(slot) = slot else { continue };
            slot.delivered = row.try_get::<i64, _>("delivered")?.unsigned_abs();
            slot.dead = row.try_get::<i64, _>("dead")?.unsigned_abs();
            slot.filtered = row.try_get::<i64, _>("filtered")?.unsigned_abs();
        }
        Ok(hours)
    }

    /// How many deliveries are in each state now. Delivered and filtered ones are never touched again, so their sums do.
    ///
    /// # Errors
    /// What the database says.
    pub async fn deliveries_by_state(&self, id: DestinationId) -> Result<Vec<(DeliveryState, u64)>, StoreError> {
        let row = sqlx::query(
            "select (select coalesce(sum(delivered), 0) from delivery_hours where destination_id = $1) as delivered,
                    (select coalesce(sum(filtered), 0) from delivery_hours where destination_id = $1) as filtered,
                    coalesce((select waiting from delivery_counts where destination_id = $1), 0) as waiting,
                    coalesce((select leased from delivery_counts where destination_id = $1), 0) as leased,
                    coalesce((select dead from delivery_counts where destination_id = $1), 0) as dead",
        )
        .bind(id.0)
        .fetch_one(&self.readers)
        .await?;
        DeliveryState::ALL
            .into_iter()
            .map(|state| Ok((state, row.try_get::<i64, _>(state.as_str())?.unsigned_abs())))
            .collect()
    }

    /// The most frequent reasons among the newest dead and filtered deliveries of the last 24 hours.
    ///
    /// # Errors
    /// What the database says.
    pub async fn delivery_reasons(
        &self,
        id: DestinationId,
        now: Timestamp,
    ) -> Result<Vec<(DeliveryState, Reason, u64)>, StoreError> {
        let rows = sqlx::query(
            "select state, reason_code, max(reason) as reason, count(*) as many from
               (select state, reason_code, reason, created_at from deliveries
                where destination_id = $1 order by id desc limit $3)
             where state in ('dead', 'filtered') and created_at > $2 and reason_code is not null
             group by state, reason_code order by many desc, reason_code limit $4",
        )
        .bind(id.0)
        .bind(now.minus(DAY).0)
        .bind(REASONS_FROM)
        .bind(REASONS_SHOWN)
        .fetch_all(&self.readers)
        .await?;
        let mut reasons = Vec::with_capacity(rows.len());
        for row in &rows {
            let state: String = row.try_get("state")?;
            let Some(state) = DeliveryState::parse(&state) else { continue };
            let sentence: Option<String> = row.try_get("reason")?;
            let reason = Reason { code: row.try_get("reason_code")?, message: sentence.unwrap_or_default() };
            reasons.push((state, reason, row.try_get::<i64, _>("many")?.unsigned_abs()));
        }
        Ok(reasons)
    }
}
