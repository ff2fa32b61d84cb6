//! The states of deliveries: every transition after arrival stands in this file, and each names the state and lease it leaves.

mod orders;

use std::collections::{BTreeMap, HashSet};

use domain::{
    DestinationId, EventId, Timestamp,
    decide::History,
    delivery::{DeliveryState, Reason},
    time::HOUR,
};
use serde_json::json;
use sqlx::SqliteConnection;

use crate::{
    Store, StoreError, at_once::at_once, attempts, attempts::NewRequest, delivery_counts, quality, quality::Carried,
};

pub use self::orders::ORDER_WINDOW;
pub(crate) use self::orders::hold;

/// A delivery that a worker holds.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Its number.
    pub id: i64,
    /// Where it goes.
    pub destination: DestinationId,
    /// Its event.
    pub event: EventId,
    /// The key of the event's settings.
    pub event_key: String,
    /// What it becomes there.
    pub snap_event: Option<String>,
    /// The lease that it is held with.
    pub lease_no: i64,
    /// What the attempts so far say.
    pub history: History,
}

/// A waiting or held delivery as the database writes it.
type Columns = (i64, DestinationId, EventId, String, Option<String>, i64, i64, i64, Timestamp, Option<Timestamp>);

/// A delivery `d` as a JSON list, for [`at_once`].
macro_rules! columns {
    () => {
        "json_array(d.id, hex(d.destination_id), d.event_id, d.event_key, d.snap_event, d.lease_no, d.failures, d.crashes,
                    d.created_at, d.first_unanswered)"
    };
}

impl From<Columns> for Claimed {
    fn from(columns: Columns) -> Self {
        let (id, destination, event, event_key, snap_event, lease_no, failures, crashes, created_at, first_unanswered) =
            columns;
        let history = History { failures, crashes, created_at, first_unanswered };
        Self { id, destination, event, event_key, snap_event, lease_no, history }
    }
}

/// Which waiting deliveries a claim takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// Those that never crashed a worker.
    Healthy,
    /// Those that were held when a worker crashed: few at a time.
    Suspect,
    /// One that was held by a crashing worker twice: alone, so that a crash names the culprit.
    Alone,
}

/// What becomes of a held delivery.
#[derive(Clone, Debug)]
pub struct Move {
    /// The delivery.
    pub id: i64,
    /// The lease that it has to be held with still.
    pub lease_no: i64,
    /// The next state; `Leased` keeps it held for a further call.
    pub state: DeliveryState,
    /// When it is due again, or the lease's new end.
    pub due_at: Timestamp,
    /// What the attempts so far say.
    pub history: History,
    /// Why, or what the last attempt met.
    pub reason: Option<Reason>,
    /// Advised fields that it lacks, JSON.
    pub warnings: Option<String>,
    /// The item as sent, hashed and masked, JSON.
    pub sent: Option<String>,
    /// The attempt's outcome in a word, and its detail; without one no attempt is logged.
    pub attempt: Option<(&'static str, Option<String>)>,
    /// Whether the order id is free again, since this delivery will not be sent.
    pub frees_order: bool,
}

impl Store {
    /// `waiting → leased`: takes what is due for one destination, oldest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn claim(
        &self,
        destination: DestinationId,
        pick: Pick,
        limit: i64,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Vec<Claimed>, StoreError> {
        let query = match pick {
            Pick::Healthy => sqlx::query_scalar(concat!(
                "select json_group_array(",
                columns!(),
                ") from deliveries d where d.id in (
                     select id from deliveries
                     where destination_id = $1 and state = 'waiting' and crashes = 0 and due_at <= $2
                     order by due_at, id limit $3)"
            )),
            Pick::Suspect | Pick::Alone => sqlx::query_scalar(concat!(
                "select json_group_array(",
                columns!(),
                ") from deliveries d where d.id in (
                     select id from deliveries
                     where destination_id = $1 and state = 'waiting' and crashes > 0 and due_at <= $2
                       and (crashes > 1) = $4
                     order by due_at, id limit $3)"
            )),
        };
        let alone = pick == Pick::Alone;
        let query = query.bind(destination.0).bind(now.0).bind(if alone { 1 } else { limit });
        let query = if pick == Pick::Healthy { query } else { query.bind(alone) };
        let mut tx = self.write().await?;
        let mut claimed: Vec<Claimed> =
            at_once::<Columns>(query, &mut *tx).await?.into_iter().map(Claimed::from).collect();
        claimed.sort_unstable_by_key(|claimed| claimed.id);
        if !claimed.is_empty() {
            let ids: Vec<i64> = claimed.iter().map(|claimed| claimed.id).collect();
            sqlx::query(
                "update deliveries set state = 'leased', lease_no = lease_no + 1, lease_until = $2
                 where id in (select value from json_each($1))",
            )
            .bind(json!(ids).to_string())
            .bind(lease_until.0)
            .execute(&mut *tx)
            .await?;
            let leased = claimed.iter().map(|_| DeliveryState::Leased);
            delivery_counts::moved(&mut tx, destination, DeliveryState::Waiting, leased).await?;
            claimed.iter_mut().for_each(|claimed| claimed.lease_no += 1);
        }
        tx.commit().await?;
        Ok(claimed)
    }

    /// Deliveries whose lease ran out: their worker crashed or vanished.
    ///
    /// # Errors
    /// What the database says.
    pub async fn expired_leases(&self, now: Timestamp) -> Result<Vec<Claimed>, StoreError> {
        let query = sqlx::query_scalar(concat!(
            "select json_group_array(",
            columns!(),
            ") from (select * from deliveries where state = 'leased' and lease_until <= $1 order by lease_until limit 5000) d"
        ));
        let rows: Vec<Columns> = at_once(query.bind(now.0), &self.readers).await?;
        Ok(rows.into_iter().map(Claimed::from).collect())
    }

    /// `leased → …`: records what became of held deliveries of one destination, with the request that decided it.
    /// Those whose lease was lost are left as they are; answers which were moved.
    ///
    /// # Errors
    /// What the database says.
    pub async fn finish(
        &self,
        destination: DestinationId,
        request: Option<&NewRequest>,
        moves: &[Move],
        now: Timestamp,
    ) -> Result<HashSet<i64>, StoreError> {
        self.finish_counted(destination, request, moves, None, now).await
    }

    /// As [`Store::finish`], and counts what the finished ones carried.
    ///
    /// # Errors
    /// What the database says.
    pub async fn finish_counted(
        &self,
        destination: DestinationId,
        request: Option<&NewRequest>,
        moves: &[Move],
        carried: Option<&Carried>,
        now: Timestamp,
    ) -> Result<HashSet<i64>, StoreError> {
        if moves.is_empty() && request.is_none() {
            return Ok(HashSet::new());
        }
        let mut tx = self.write().await?;
        let request_id = match request {
            Some(request) => Some(attempts::insert_request(&mut tx, destination, request).await?),
            None => None,
        };
        let moved = apply(&mut tx, moves, now).await?;
        let kept: Vec<&Move> = moves.iter().filter(|m| moved.contains_key(&m.id)).collect();
        attempts::insert(&mut tx, request_id, request.map_or(now, |request| request.at), &kept).await?;
        count(&mut tx, destination, &kept, &moved, now).await?;
        delivery_counts::moved(&mut tx, destination, DeliveryState::Leased, kept.iter().map(|m| m.state)).await?;
        if let Some(carried) = carried {
            quality::count(&mut tx, destination, &kept, &moved, carried, now).await?;
        }
        orders::free(&mut tx, destination, &kept).await?;
        tx.commit().await?;
        Ok(kept.iter().map(|m| m.id).collect())
    }

    /// `dead → waiting`: a person wants it tried again; its windows begin anew.
    ///
    /// # Errors
    /// What the database says.
    pub async fn revive(&self, deliveries: &[i64], now: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let list = json!(deliveries).to_string();
        sqlx::query(
            "insert into delivery_counts (destination_id, waiting, dead)
             select destination_id, count(*), -count(*) from deliveries
             where id in (select value from json_each($1)) and state = 'dead' group by destination_id
             on conflict (destination_id) do update set waiting = waiting + excluded.waiting, dead = dead + excluded.dead",
        )
        .bind(&list)
        .execute(&mut *tx)
        .await?;
        let done = sqlx::query(
            "update deliveries
             set state = 'waiting', due_at = $2, failures = 0, crashes = 0, first_unanswered = null, created_at = $2,
                 finished_at = null, reason_code = null, reason = null
             where id in (select value from json_each($1)) and state = 'dead'",
        )
        .bind(list)
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}

/// Updates the rows; answers with the event keys of those that were still held with the right lease.
async fn apply(tx: &mut SqliteConnection, moves: &[Move], now: Timestamp) -> Result<BTreeMap<i64, String>, StoreError> {
    let rows: Vec<_> = moves
        .iter()
        .map(|m| {
            json!([
                m.id,
                m.lease_no,
                m.state.as_str(),
                m.due_at.0,
                m.history.failures,
                m.history.crashes,
                m.history.first_unanswered,
                m.reason.as_ref().map(|reason| &reason.code),
                m.reason.as_ref().map(|reason| &reason.message),
                m.warnings,
                m.sent,
                i32::from(m.attempt.is_some()),
            ])
        })
        .collect();
    let rows = serde_json::Value::Array(rows).to_string();
    let held = sqlx::query_scalar(
        "select json_group_array(json_array(d.id, d.event_key)) from jsonb_each($1) r
         cross join deliveries d on d.id = r.value ->> '$[0]' where d.state = 'leased' and d.lease_no = r.value ->> '$[1]'",
    );
    let held: Vec<(i64, String)> = at_once(held.bind(&rows), &mut *tx).await?;
    sqlx::query(
        "with r as materialized (select value from jsonb_each($1)) -- otherwise each look into a value copies it
         update deliveries
         set state = r.value ->> '$[2]',
             due_at = case when r.value ->> '$[2]' = 'leased' then due_at else r.value ->> '$[3]' end,
             lease_until = case when r.value ->> '$[2]' = 'leased' then r.value ->> '$[3]' end,
             failures = r.value ->> '$[4]', crashes = r.value ->> '$[5]', first_unanswered = r.value ->> '$[6]',
             reason_code = r.value ->> '$[7]', reason = r.value ->> '$[8]',
             warnings = coalesce(r.value ->> '$[9]', warnings), sent = coalesce(r.value ->> '$[10]', sent),
             attempts = attempts + (r.value ->> '$[11]'),
             finished_at = case when r.value ->> '$[2]' in ('delivered', 'dead', 'filtered') then $2 end
         from r
         where deliveries.id = r.value ->> '$[0]' and deliveries.state = 'leased'
           and deliveries.lease_no = r.value ->> '$[1]'",
    )
    .bind(&rows)
    .bind(now.0)
    .execute(tx)
    .await?;
    Ok(held.into_iter().collect())
}

async fn count(
    tx: &mut SqliteConnection,
    destination: DestinationId,
    moves: &[&Move],
    keys: &BTreeMap<i64, String>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut counts: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
    for m in moves {
        let slot = match m.state {
            DeliveryState::Delivered => 0,
            DeliveryState::Dead => 1,
            DeliveryState::Filtered => 2,
            DeliveryState::Waiting | DeliveryState::Leased => continue,
        };
        if let Some(key) = keys.get(&m.id) {
            counts.entry(key).or_default()[slot] += 1;
        }
    }
    if counts.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into delivery_hours (destination_id, hour, event_key, delivered, dead, filtered)
         select $1, $2 - $2 % $3, value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]' from json_each($4) where true
         on conflict (destination_id, hour, event_key) do update
         set delivered = delivered + excluded.delivered, dead = dead + excluded.dead,
             filtered = filtered + excluded.filtered",
    )
    .bind(destination.0)
    .bind(now.0)
    .bind(HOUR)
    .bind(json!(counts.iter().map(|(key, n)| json!([key, n[0], n[1], n[2]])).collect::<Vec<_>>()).to_string())
    .execute(tx)
    .await?;
    Ok(())
}
