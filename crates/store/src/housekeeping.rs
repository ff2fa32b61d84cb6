//! Forgetting what has served its time, a little at a time, so that nobody waits for it.

use domain::{
    Timestamp,
    time::{DAY, HOUR},
};
use sqlx::Row;

use crate::{DUPLICATE_WINDOW, ORDER_WINDOW, Store, StoreError, delivery_counts::uncount};

/// How long events and what became of them are kept.
pub const EVENTS_KEPT: i64 = 90 * DAY;
/// How long refused events are kept.
pub const REJECTIONS_KEPT_FOR: i64 = DAY;
/// How long counts of match quality are kept: the week that is shown, and some days to look back.
const QUALITY_KEPT: i64 = 30 * DAY;
/// A message is marked when its event is stored, which is later than when it arrived; not by so much.
const MARK_SPARE: i64 = HOUR;
/// Rows that one transaction deletes: short enough for ingestion not to notice.
const AT_ONCE: i64 = 2_000;

impl Store {
    /// Deletes some of what is over its time; answers whether there may be more.
    ///
    /// # Errors
    /// What the database says.
    pub async fn forget_some(&self, now: Timestamp) -> Result<bool, StoreError> {
        let mut more = false;
        for (sql, before) in [
            (
                "delete from sent_orders where (destination_id, order_key) in (
                     select destination_id, order_key from sent_orders where sent_at <= $1 limit $2)",
                now.minus(ORDER_WINDOW),
            ),
            (
                "delete from rejections where id in (select id from rejections where at <= $1 limit $2)",
                now.minus(REJECTIONS_KEPT_FOR),
            ),
            (
                "delete from oauth_states where state_hash in (
                     select state_hash from oauth_states where expires_at <= $1 limit $2)",
                now.minus(DAY),
            ),
            (
                "delete from match_quality where (destination_id, day, event_key, field) in (
                     select destination_id, day, event_key, field from match_quality where day <= $1 limit $2)",
                now.minus(QUALITY_KEPT),
            ),
            (
                "delete from refused_keys where key in (select key from refused_keys where at <= $1 limit $2)",
                now.minus(EVENTS_KEPT),
            ),
        ] {
            let mut tx = self.write().await?;
            let done = sqlx::query(sql).bind(before.0).bind(AT_ONCE).execute(&mut *tx).await?;
            tx.commit().await?;
            more |= done.rows_affected() >= AT_ONCE.unsigned_abs();
        }
        more |= self.forget_messages(now.minus(DUPLICATE_WINDOW)).await?;
        Ok(self.forget_events(now.minus(EVENTS_KEPT)).await? || more)
    }

    /// Deletes the marks of messages that were seen before, by their events: those are in the order of arrival. A message that
    /// came again after its time has a later event.
    async fn forget_messages(&self, before: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let (last, n): (Option<i64>, i64) = sqlx::query_as(
            "select max(id), count(*) from (
                 select id, received_at from events
                 where id > (select at from followers where name = 'seen_messages') order by id limit $2)
             where received_at <= $1",
        )
        .bind(before.minus(MARK_SPARE).0)
        .bind(AT_ONCE)
        .fetch_one(&mut *tx)
        .await?;
        let Some(last) = last else { return Ok(false) };
        for sql in [
            "delete from message_keys where key in (
                 select message_key from events
                 where id > (select at from followers where name = 'seen_messages') and id <= $1)
             and event_id <= $1",
            // Where versions before kept them.
            "delete from seen_messages where (source_id, message_id) in (
                 select source_id, message_id from events
                 where id > (select at from followers where name = 'seen_messages') and id <= $1)
             and event_id <= $1 and seen_at <= $2",
        ] {
            sqlx::query(sql).bind(last).bind(before.0).execute(&mut *tx).await?;
        }
        sqlx::query("update followers set at = $1 where name = 'seen_messages'").bind(last).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(n >= AT_ONCE)
    }

    /// Deletes the oldest events with their deliveries and attempts. One that still has an open delivery stays, and what
    /// is younger than it stays, too, until it is closed.
    async fn forget_events(&self, before: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let row = sqlx::query(
            "select min(id) as first, max(id) as last, count(*) as n from (
                 select id from (select id, received_at from events order by id limit $2) where received_at < $1)",
        )
        .bind(before.0)
        .bind(AT_ONCE)
        .fetch_one(&mut *tx)
        .await?;
        let (first, last): (Option<i64>, Option<i64>) = (row.try_get("first")?, row.try_get("last")?);
        let (Some(first), Some(last)) = (first, last) else { return Ok(false) };
        let open: Option<i64> = sqlx::query_scalar(
            "select min(event_id) from deliveries
             where id >= $1 * 4096 and id < ($2 + 1) * 4096 and state in ('waiting', 'leased')",
        )
        .bind(first)
        .bind(last)
        .fetch_one(&mut *tx)
        .await?;
        let end = open.unwrap_or(last + 1);
        for sql in [
            "delete from attempts where delivery_id >= $1 * 4096 and delivery_id < $2 * 4096",
            uncount!("id >= $1 * 4096 and id < $2 * 4096"),
            "delete from deliveries where id >= $1 * 4096 and id < $2 * 4096",
            "delete from events where id >= $1 and id < $2",
            // Buckets of which no event is left.
            "delete from event_finds where bucket between $1 / 1024 and $2 / 1024 - 1",
        ] {
            sqlx::query(sql).bind(first).bind(end).execute(&mut *tx).await?;
        }
        sqlx::query("delete from requests where id in (select id from requests where at < $1 limit $2)")
            .bind(before.0)
            .bind(AT_ONCE)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(open.is_none() && row.try_get::<i64, _>("n")? >= AT_ONCE)
    }
}
