//! Orders: a purchase is sent once per order id and destination. The first event that is to be sent holds its order.

use std::collections::{HashMap, HashSet};

use domain::{DestinationId, EventId, Timestamp, delivery::RepeatedOrder, time::DAY};
use serde_json::json;
use sqlx::{Row, SqliteConnection, SqliteExecutor};

use super::Move;
use crate::{Store, StoreError};

/// How long an order id keeps a second purchase from being sent (contract section 3).
pub const ORDER_WINDOW: i64 = 30 * DAY;

impl Store {
    /// Holds order ids for their events, and answers for each event that came second which event holds its order, and whether
    /// that one may still turn out not to be sent.
    ///
    /// # Errors
    /// What the database says.
    pub async fn hold_orders(
        &self,
        destination: DestinationId,
        orders: &[(String, EventId)],
        now: Timestamp,
    ) -> Result<Vec<RepeatedOrder>, StoreError> {
        let mut tx = self.write().await?;
        let repeated = hold(&mut tx, destination, orders, now).await?;
        let firsts: Vec<EventId> = repeated.iter().map(|(_, first)| *first).collect();
        let unsettled = unsettled(&mut *tx, destination, &firsts).await?;
        tx.commit().await?;
        let told = |(event, first)| RepeatedOrder { event, first, unsettled: unsettled.get(&first).copied() };
        Ok(repeated.into_iter().map(told).collect())
    }

    /// When the delivery of an event is due, or until when a worker holds it; nothing if it is settled.
    ///
    /// # Errors
    /// What the database says.
    pub async fn unsettled(&self, destination: DestinationId, event: EventId) -> Result<Option<Timestamp>, StoreError> {
        Ok(unsettled(&self.readers, destination, &[event]).await?.remove(&event))
    }
}

/// Holds order ids for their events; answers with the events that came second, each with the one that holds its order. One that
/// isn't sent after all gives its order back in the transaction that settles it ([`free`]).
pub(crate) async fn hold(
    tx: &mut SqliteConnection,
    destination: DestinationId,
    orders: &[(String, EventId)],
    now: Timestamp,
) -> Result<Vec<(EventId, EventId)>, StoreError> {
    let rows = json!(orders).to_string();
    sqlx::query(
        "insert into sent_orders (destination_id, order_key, event_id, sent_at)
         select $1, value ->> '$[0]', value ->> '$[1]', $3 from json_each($2) where true order by value ->> '$[1]'
         on conflict (destination_id, order_key) do update set event_id = excluded.event_id, sent_at = excluded.sent_at
         where sent_orders.sent_at <= $4",
    )
    .bind(destination.0)
    .bind(&rows)
    .bind(now.0)
    .bind(now.minus(ORDER_WINDOW).0)
    .execute(&mut *tx)
    .await?;
    let rows = sqlx::query(
        "select o.value ->> '$[1]', s.event_id from json_each($2) o
             cross join sent_orders s on s.destination_id = $1 and s.order_key = o.value ->> '$[0]'
         where s.event_id <> o.value ->> '$[1]'",
    )
    .bind(destination.0)
    .bind(&rows)
    .fetch_all(&mut *tx)
    .await?;
    rows.iter().map(|row| Ok((EventId(row.try_get(0)?), EventId(row.try_get(1)?)))).collect()
}

/// Which of these events' deliveries are not settled: when each is due, or until when it is held.
async fn unsettled(
    from: impl SqliteExecutor<'_>,
    destination: DestinationId,
    events: &[EventId],
) -> Result<HashMap<EventId, Timestamp>, StoreError> {
    if events.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query(
        "select d.event_id, coalesce(d.lease_until, d.due_at) from json_each($2) e
             cross join deliveries d on d.id >= e.value * 4096 and d.id < (e.value + 1) * 4096
         where d.destination_id = $1 and d.side = 'server' and d.state in ('waiting', 'leased')",
    )
    .bind(destination.0)
    .bind(json!(events).to_string())
    .fetch_all(from)
    .await?;
    rows.iter().map(|row| Ok((EventId(row.try_get(0)?), Timestamp(row.try_get(1)?)))).collect()
}

/// Gives the orders of those back that turned out not to be sent.
pub(super) async fn free(
    tx: &mut SqliteConnection,
    destination: DestinationId,
    moves: &[&Move],
) -> Result<(), StoreError> {
    let freed: HashSet<i64> = moves.iter().filter(|m| m.frees_order).map(|m| m.id / 4096).collect();
    if freed.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "delete from sent_orders indexed by sent_orders_by_event
         where event_id in (select value from json_each($2)) and destination_id = $1",
    )
    .bind(destination.0)
    .bind(json!(freed).to_string())
    .execute(tx)
    .await?;
    Ok(())
}
