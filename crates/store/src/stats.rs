//! Counts per event for the last 24 hours.

use domain::{DestinationId, Timestamp, WorkspaceId, time::HOUR, view::EventCount};
use sqlx::Row;

use crate::{Store, StoreError};

const HOURS: i64 = 24;

impl Store {
    /// Events per name of the last 24 hours, most frequent first; with a destination, only those switched on for it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn event_counts(
        &self,
        workspace: WorkspaceId,
        destination: Option<DestinationId>,
        now: Timestamp,
    ) -> Result<Vec<EventCount>, StoreError> {
        let first = now.0 / HOUR * HOUR - (HOURS - 1) * HOUR;
        // The hours are keyed by name first: each name is found by a step of its own, and its last hours by another.
        let rows = sqlx::query(
            "with recursive names (k) as (
                 select min(event_key) from event_hours where workspace_id = $1
                 union all
                 select (select min(event_key) from event_hours where workspace_id = $1 and event_key > k)
                 from names where k is not null
             )
             select h.event_key, h.hour, max(h.name) as name, sum(h.received) as received, max(h.last_at) as last_at
             from names cross join event_hours h on h.workspace_id = $1 and h.event_key = names.k and h.hour >= $2
             where $3 is null or exists (select 1 from event_settings s where s.destination_id = $3
                                         and s.event_key = h.event_key and (s.server or s.client))
             group by h.event_key, h.hour order by h.event_key, h.hour",
        )
        .bind(workspace.0)
        .bind(first)
        .bind(destination.map(|id| id.0))
        .fetch_all(&self.readers)
        .await?;
        let mut counts: Vec<(String, EventCount)> = Vec::new();
        for row in &rows {
            let key: String = row.try_get("event_key")?;
            let received = row.try_get::<i64, _>("received")?.unsigned_abs();
            let last = Timestamp(row.try_get("last_at")?);
            let slot = usize::try_from((row.try_get::<i64, _>("hour")? - first) / HOUR).unwrap_or(usize::MAX);
            if counts.last().is_none_or(|(last_key, _)| *last_key != key) {
                let hours = vec![0; usize::try_from(HOURS).unwrap_or(0)];
                counts.push((key, EventCount { event: String::new(), total: 0, hours, last_seen: last }));
            }
            let Some((_, count)) = counts.last_mut() else { continue };
            count.event = row.try_get("name")?;
            count.total += received;
            count.last_seen = count.last_seen.max(last);
            if let Some(hour) = count.hours.get_mut(slot) {
                *hour += received;
            }
        }
        counts.sort_by(|(_, a), (_, b)| b.total.cmp(&a.total).then_with(|| a.event.cmp(&b.event)));
        Ok(counts.into_iter().map(|(_, count)| count).collect())
    }
}
