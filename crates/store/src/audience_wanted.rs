//! Who wants which identifier in a list. Several people may have one: it stays wanted while one of them does.

use domain::{Timestamp, profile::ProfileId};
use serde_json::json;
use sqlx::{Row, SqliteConnection};

use crate::{DirtyPerson, StoreError, WantedDigest};

/// What is there of somebody already, so that the common case takes few statements.
struct Before {
    /// A member of the audience.
    inside: bool,
    /// Noted as somebody without an identifier that the destination takes.
    skipped: bool,
    /// Some identifiers of the audience have several people.
    shares: bool,
}

/// Writes what one person wants in one audience: a member each digest, others none.
pub(crate) async fn write_one(
    tx: &mut SqliteConnection,
    digests: &[WantedDigest],
    dirty: &DirtyPerson,
    now: Timestamp,
) -> Result<(), StoreError> {
    let before = before(tx, dirty).await?;
    let wanted = if before.inside { digests } else { &[] };
    let rows: Vec<_> = wanted
        .iter()
        .map(|w| json!([const_hex::encode(w.destination.0.as_bytes()), w.kind.as_str(), w.digest]))
        .collect();
    let rows = json!(rows).to_string();
    let shared_now = if wanted.is_empty() { false } else { want(tx, dirty, &rows, now).await? };
    if before.shares || shared_now {
        hand_over(tx, dirty, &rows, before.inside).await?;
    }
    no_longer(tx, dirty, &rows, before.inside, now).await?;
    note_skipped(tx, wanted, dirty, &before).await?;
    sqlx::query("delete from audience_dirty where audience_id = $1 and profile_no = $2")
        .bind(dirty.audience.0)
        .bind(dirty.person.0)
        .execute(tx)
        .await?;
    Ok(())
}

async fn before(tx: &mut SqliteConnection, dirty: &DirtyPerson) -> Result<Before, StoreError> {
    let row = sqlx::query(
        "select exists (select 1 from audience_members m join audiences a on a.id = m.audience_id
                        where m.audience_id = $1 and m.profile_no = $2),
                exists (select 1 from audience_sync_skipped where profile_no = $2 and audience_id = $1),
                exists (select 1 from audience_sync_shares where audience_id = $1)",
    )
    .bind(dirty.audience.0)
    .bind(dirty.person.0)
    .fetch_one(tx)
    .await?;
    Ok(Before { inside: row.try_get(0)?, skipped: row.try_get(1)?, shares: row.try_get(2)? })
}

/// Each of the digests is wanted. Whether another person has one of them, too.
async fn want(tx: &mut SqliteConnection, dirty: &DirtyPerson, rows: &str, now: Timestamp) -> Result<bool, StoreError> {
    let written = sqlx::query(
        "insert into audience_sync (audience_id, destination_id, kind, digest, profile_no, wanted, changed_at)
         select $1, unhex(value ->> 0), value ->> 1, value ->> 2, $2, 1, $4 from json_each($3) where true
         on conflict (audience_id, destination_id, kind, digest) do update
         set profile_no = case when wanted = 0 or profile_no is null then excluded.profile_no else profile_no end,
             wanted_version = wanted_version + (wanted = 0),
             changed_at = case when wanted = 0 then excluded.changed_at else changed_at end,
             retry_at = retry_at * wanted, refusals = refusals * wanted,
             refused = case when wanted = 1 then refused end, wanted = 1
         returning destination_id, kind, digest, profile_no",
    )
    .bind(dirty.audience.0)
    .bind(dirty.person.0)
    .bind(rows)
    .bind(now.0)
    .fetch_all(&mut *tx)
    .await?;
    let mut shared = false;
    for row in &written {
        if row.try_get::<i64, _>("profile_no")? == dirty.person.0 {
            continue;
        }
        shared = true;
        sqlx::query(
            "insert into audience_sync_shares (audience_id, destination_id, kind, digest, profile_no)
             values ($1, $2, $3, $4, $5) on conflict do nothing",
        )
        .bind(dirty.audience.0)
        .bind(row.try_get::<uuid::Uuid, _>("destination_id")?)
        .bind(row.try_get::<String, _>("kind")?)
        .bind(row.try_get::<String, _>("digest")?)
        .bind(dirty.person.0)
        .execute(&mut *tx)
        .await?;
    }
    Ok(shared)
}

/// What this person no longer wants and another one does is the other's from now on.
async fn hand_over(tx: &mut SqliteConnection, dirty: &DirtyPerson, rows: &str, inside: bool) -> Result<(), StoreError> {
    for sql in [
        "delete from audience_sync_shares
         where profile_no = $2 and audience_id = $1
           and (hex(destination_id), kind, digest) not in (
               select upper(value ->> 0), value ->> 1, value ->> 2 from json_each($3))
           and exists (select 1 from event_settings s where s.destination_id = audience_sync_shares.destination_id
                       and s.event_key = 'removedfromsegment' and s.server = 1)
           and ($4 = 0 or exists (select 1 from event_settings s where s.destination_id = audience_sync_shares.destination_id
                                  and s.event_key = 'addedtosegment' and s.server = 1))",
        "update audience_sync set profile_no = coalesce((
             select min(h.profile_no) from audience_sync_shares h
             where h.audience_id = $1 and h.destination_id = audience_sync.destination_id and h.kind = audience_sync.kind
               and h.digest = audience_sync.digest), profile_no)
         where profile_no = $2 and audience_id = $1 and wanted = 1 and $4 = $4
           and (hex(destination_id), kind, digest) not in (
               select upper(value ->> 0), value ->> 1, value ->> 2 from json_each($3))",
    ] {
        sqlx::query(sql)
            .bind(dirty.audience.0)
            .bind(dirty.person.0)
            .bind(rows)
            .bind(inside)
            .execute(&mut *tx)
            .await?;
    }
    sqlx::query(
        "delete from audience_sync_shares where audience_id = $1 and exists (
             select 1 from audience_sync s where s.audience_id = $1
             and s.destination_id = audience_sync_shares.destination_id and s.kind = audience_sync_shares.kind
             and s.digest = audience_sync_shares.digest and s.profile_no = audience_sync_shares.profile_no)",
    )
    .bind(dirty.audience.0)
    .execute(tx)
    .await?;
    Ok(())
}

/// What is no longer wanted goes, unless the workflow keeps people in, or nothing is synced there any more.
async fn no_longer(
    tx: &mut SqliteConnection,
    dirty: &DirtyPerson,
    rows: &str,
    inside: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "update audience_sync set wanted = 0, wanted_version = wanted_version + 1, changed_at = $4,
                retry_at = 0, refusals = 0, refused = null
         where profile_no = $2 and audience_id = $1 and wanted = 1
           and (hex(destination_id), kind, digest) not in (
               select upper(value ->> 0), value ->> 1, value ->> 2 from json_each($3))
           and exists (select 1 from event_settings s where s.destination_id = audience_sync.destination_id
                       and s.event_key = 'removedfromsegment' and s.server = 1)
           and ($5 = 0 or exists (select 1 from event_settings s where s.destination_id = audience_sync.destination_id
                                  and s.event_key = 'addedtosegment' and s.server = 1))",
    )
    .bind(dirty.audience.0)
    .bind(dirty.person.0)
    .bind(rows)
    .bind(now.0)
    .bind(inside)
    .execute(tx)
    .await?;
    Ok(())
}

/// A member without an identifier that a destination takes is counted there.
async fn note_skipped(
    tx: &mut SqliteConnection,
    wanted: &[WantedDigest],
    dirty: &DirtyPerson,
    before: &Before,
) -> Result<(), StoreError> {
    if before.skipped {
        sqlx::query("delete from audience_sync_skipped where profile_no = $2 and audience_id = $1")
            .bind(dirty.audience.0)
            .bind(dirty.person.0)
            .execute(&mut *tx)
            .await?;
    }
    let has = |link: &&crate::SyncLink| !wanted.iter().any(|w| w.destination == link.destination);
    for link in dirty.links.iter().filter(|_| before.inside).filter(has) {
        sqlx::query(
            "insert into audience_sync_skipped (audience_id, destination_id, profile_no) values ($1, $2, $3)
             on conflict do nothing",
        )
        .bind(dirty.audience.0)
        .bind(link.destination.0)
        .bind(dirty.person.0)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Somebody is erased: what nobody else wants is taken back everywhere, whatever the workflow says.
pub(crate) async fn let_go(tx: &mut SqliteConnection, person: ProfileId, now: Timestamp) -> Result<(), StoreError> {
    for sql in [
        "delete from audience_sync_shares where profile_no = $1 and $2 is not null",
        "update audience_sync set profile_no = (
             select min(h.profile_no) from audience_sync_shares h
             where h.audience_id = audience_sync.audience_id and h.destination_id = audience_sync.destination_id
               and h.kind = audience_sync.kind and h.digest = audience_sync.digest)
         where profile_no = $1 and wanted = 1 and $2 is not null and exists (
             select 1 from audience_sync_shares h
             where h.audience_id = audience_sync.audience_id and h.destination_id = audience_sync.destination_id
               and h.kind = audience_sync.kind and h.digest = audience_sync.digest)",
        "update audience_sync
         set wanted_version = wanted_version + wanted, wanted = 0, profile_no = null, changed_at = $2,
             retry_at = 0, refusals = 0, refused = null
         where profile_no = $1",
        "delete from audience_sync_skipped where profile_no = $1 and $2 is not null",
    ] {
        sqlx::query(sql).bind(person.0).bind(now.0).execute(&mut *tx).await?;
    }
    // Who has it alone now is no sharer any more.
    sqlx::query(
        "delete from audience_sync_shares where exists (
             select 1 from audience_sync s where s.audience_id = audience_sync_shares.audience_id
             and s.destination_id = audience_sync_shares.destination_id and s.kind = audience_sync_shares.kind
             and s.digest = audience_sync_shares.digest and s.profile_no = audience_sync_shares.profile_no)",
    )
    .execute(tx)
    .await?;
    Ok(())
}
