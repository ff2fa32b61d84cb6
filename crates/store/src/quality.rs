//! Counts of what events carried: written with the transaction that finishes them, read for a week.

use std::collections::{BTreeMap, HashMap};

use domain::{DestinationId, Timestamp, delivery::DeliveryState, fields::Quality, time::DAY};
use serde_json::json;
use sqlx::{Row, SqliteConnection};

use crate::{Store, StoreError, deliveries::Move};

/// The row that counts all events.
const ALL: &str = "";
/// The row that counts events that lacked too much to be sent.
const LEFT_OUT: &str = "left_out";

/// What the deliveries of one transaction carried.
#[derive(Clone, Debug)]
pub struct Carried {
    /// What counts at this destination.
    pub quality: Quality,
    /// The bits of [`Quality::carried`] by delivery; of those that lacked too much, nothing.
    pub by_delivery: HashMap<i64, Option<u64>>,
}

/// What the events of one name carried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QualityCounts {
    /// All of them.
    pub events: u64,
    /// Those that lacked too much to be sent.
    pub left_out: u64,
    /// By field.
    pub fields: BTreeMap<String, u64>,
}

impl Store {
    /// What events carried since the start of a day, by event key.
    ///
    /// # Errors
    /// What the database says.
    pub async fn quality_counts(
        &self,
        destination: DestinationId,
        since: Timestamp,
    ) -> Result<BTreeMap<String, QualityCounts>, StoreError> {
        let rows = sqlx::query(
            "select event_key, field, sum(n) as n from match_quality where destination_id = $1 and day >= $2 group by 1, 2",
        )
        .bind(destination.0)
        .bind(since.0 / DAY * DAY)
        .fetch_all(&self.readers)
        .await?;
        let mut counts: BTreeMap<String, QualityCounts> = BTreeMap::new();
        for row in &rows {
            let of_event = counts.entry(row.try_get("event_key")?).or_default();
            let (field, n): (String, i64) = (row.try_get("field")?, row.try_get("n")?);
            let n = n.unsigned_abs();
            match field.as_str() {
                ALL => of_event.events = n,
                LEFT_OUT => of_event.left_out = n,
                _ => drop(of_event.fields.insert(field, n)),
            }
        }
        Ok(counts)
    }
}

/// Adds what was finished just now: one statement, however many events there are.
pub(crate) async fn count(
    tx: &mut SqliteConnection,
    destination: DestinationId,
    moves: &[&Move],
    keys: &BTreeMap<i64, String>,
    carried: &Carried,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let finished = moves.iter().filter(|m| matches!(m.state, DeliveryState::Delivered | DeliveryState::Filtered));
    for (id, bits) in finished.filter_map(|m| Some((m.id, carried.by_delivery.get(&m.id)?))) {
        let Some(key) = keys.get(&id) else { continue };
        let mut add = |field| *counts.entry((key, field)).or_default() += 1;
        add(ALL);
        match bits {
            Some(bits) => {
                let has = |n: usize| bits & (1 << n) != 0;
                carried
                    .quality
                    .fields
                    .iter()
                    .take(64)
                    .enumerate()
                    .filter(|(n, _)| has(*n))
                    .for_each(|(_, f)| add(f.name));
            }
            None => add(LEFT_OUT),
        }
    }
    if counts.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = counts.iter().map(|((key, field), n)| json!([key, field, n])).collect();
    sqlx::query(
        "insert into match_quality (destination_id, day, event_key, field, n)
         select $1, $2, value ->> '$[0]', value ->> '$[1]', value ->> '$[2]' from json_each($3) where true
         on conflict (destination_id, day, event_key, field) do update set n = n + excluded.n",
    )
    .bind(destination.0)
    .bind(now.0 / DAY * DAY)
    .bind(serde_json::Value::Array(rows).to_string())
    .execute(tx)
    .await?;
    Ok(())
}
