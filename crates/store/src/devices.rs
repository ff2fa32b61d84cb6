//! A device may have several users: its advertising id stands with the first of them, and the others are noted beside it.

use std::collections::BTreeSet;

use domain::profile::{IdentifierKind, Outcome};
use serde_json::json;
use sqlx::SqliteConnection;

use crate::{SightedEvent, StoreError, profile_finds::number_of, sighted::FOUND_BY};

/// People beside the first whom one advertising id may stand for. One that more have is no device's own.
const USERS_MAX: i64 = 20;

/// Notes who else was seen with a device. Answers with those for whom it is new.
pub(crate) async fn note(
    conn: &mut SqliteConnection,
    seen: &[&SightedEvent],
    outcome: &Outcome,
) -> Result<BTreeSet<i64>, StoreError> {
    let used: BTreeSet<(String, i64)> = seen
        .iter()
        .zip(&outcome.people)
        .filter_map(|(event, person)| Some((event, (*person)?)))
        .flat_map(|(event, person)| {
            let devices = event.told.identifiers.iter().zip(&event.told.keys);
            devices
                .filter(|(identifier, _)| identifier.kind == IdentifierKind::MobileAd)
                .map(move |(_, key)| (const_hex::encode(&key[..FOUND_BY]), person.0))
        })
        .collect();
    if used.is_empty() {
        return Ok(BTreeSet::new());
    }
    let new: Vec<i64> = sqlx::query_scalar(concat!(
        "insert into profile_devices (key, profile_no)
         select substr(k.key, 1, 16), w.value ->> '$[1]' from json_each($1) w cross join profile_keys k on k.no = ",
        number_of!("unhex(w.value ->> '$[0]')"),
        "
         where k.profile_no <> w.value ->> '$[1]'
           and (select count(*) from profile_devices d where d.key = substr(k.key, 1, 16)) < $2
         on conflict do nothing returning profile_no",
    ))
    .bind(json!(used).to_string())
    .bind(USERS_MAX)
    .fetch_all(conn)
    .await?;
    Ok(new.into_iter().collect())
}

/// What a merge does with them.
pub(crate) const MERGE: [&str; 2] = [
    "insert into profile_devices (key, profile_no) select key, $2 from profile_devices where profile_no = $1
     on conflict do nothing",
    "delete from profile_devices where profile_no = $1 and $2 > 0",
];

/// Somebody is erased: a device that others use, too, is theirs from now on.
pub(crate) const ERASE: [&str; 2] = [
    "update profile_keys set profile_no = (
         select min(d.profile_no) from profile_devices d where d.key = substr(profile_keys.key, 1, 16) and d.profile_no <> $2)
     where profile_no = $2 and kind = 'mobile_ad' and $1 is not null and exists (
         select 1 from profile_devices d where d.key = substr(profile_keys.key, 1, 16) and d.profile_no <> $2)",
    "delete from profile_devices where profile_no = $2 and $1 is not null",
];
