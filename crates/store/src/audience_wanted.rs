//! Who wants which identifier in a list. Several people may have one: it stays wanted while one of them does.

use std::collections::HashSet;

use domain::{AudienceId, Timestamp, profile::ProfileId};
use serde_json::json;
use sqlx::SqliteConnection;

use crate::{DirtyPerson, StoreError, WantedDigest, at_once::at_once, many::Insert};

const WANTED: Insert = Insert {
    head: "insert into audience_sync (audience_id, destination_id, kind, digest, profile_no, wanted, changed_at)",
    columns: 7,
    tail: "on conflict (audience_id, destination_id, kind, digest) do update
           set profile_no = case when wanted = 0 or profile_no is null then excluded.profile_no else profile_no end,
               wanted_version = wanted_version + (wanted = 0),
               changed_at = case when wanted = 0 then excluded.changed_at else changed_at end,
               retry_at = retry_at * wanted, refusals = refusals * wanted,
               refused = case when wanted = 1 then refused end, wanted = 1",
};

/// What some people want in one audience, as lists that the statements below read.
struct Wanted {
    audience: AudienceId,
    /// All of the people.
    people: String,
    /// Those who are members.
    inside: String,
    /// What members want: `[destination, kind, digest, person]`.
    rows: String,
}

/// Writes what these people want in one audience: a member each digest, others none.
pub(crate) async fn write(
    tx: &mut SqliteConnection,
    audience: AudienceId,
    people: &[(&[WantedDigest], &DirtyPerson)],
    now: Timestamp,
) -> Result<(), StoreError> {
    let all: Vec<i64> = people.iter().map(|(_, dirty)| dirty.person.0).collect();
    let all = json!(all).to_string();
    let query = sqlx::query_scalar(
        "select json_group_array(m.profile_no) from audience_members m join audiences a on a.id = m.audience_id
         where m.audience_id = $1 and m.profile_no in (select value from json_each($2))",
    );
    let inside: HashSet<i64> = at_once::<i64>(query.bind(audience.0).bind(&all), &mut *tx).await?.into_iter().collect();
    let members: Vec<_> = people.iter().filter(|(_, dirty)| inside.contains(&dirty.person.0)).copied().collect();
    let rows: Vec<(i64, &WantedDigest)> =
        members.iter().flat_map(|(digests, dirty)| digests.iter().map(|digest| (dirty.person.0, digest))).collect();
    let listed = |(person, it): &(i64, &WantedDigest)| {
        json!([const_hex::encode(it.destination.0.as_bytes()), it.kind.as_str(), it.digest, person])
    };
    let wanted = Wanted {
        audience,
        people: all,
        inside: json!(inside).to_string(),
        rows: json!(rows.iter().map(listed).collect::<Vec<_>>()).to_string(),
    };
    want(tx, &wanted, &rows, now).await?;
    hand_over(tx, &wanted).await?;
    no_longer(tx, &wanted, now).await?;
    note_skipped(tx, &wanted, &members).await?;
    sqlx::query(
        "delete from audience_dirty where audience_id = $1 and profile_no in (select value from json_each($2))",
    )
    .bind(audience.0)
    .bind(&wanted.people)
    .execute(tx)
    .await?;
    Ok(())
}

/// Each of the digests is wanted; who isn't the first to have one shares it.
async fn want(
    tx: &mut SqliteConnection,
    wanted: &Wanted,
    rows: &[(i64, &WantedDigest)],
    now: Timestamp,
) -> Result<(), StoreError> {
    WANTED
        .rows(tx, rows, |values, (person, it)| {
            let values = values.add(wanted.audience.0).add(it.destination.0).add(it.kind.as_str());
            values.add(it.digest.as_str()).add(*person).add(true).add(now.0);
        })
        .await?;
    sqlx::query(
        "insert into audience_sync_shares (audience_id, destination_id, kind, digest, profile_no)
         select $1, s.destination_id, s.kind, s.digest, w.value ->> 3
         from json_each($2) w cross join audience_sync s on s.audience_id = $1 and s.destination_id = unhex(w.value ->> 0)
              and s.kind = w.value ->> 1 and s.digest = w.value ->> 2
         where s.profile_no <> w.value ->> 3 on conflict do nothing",
    )
    .bind(wanted.audience.0)
    .bind(&wanted.rows)
    .execute(tx)
    .await?;
    Ok(())
}

/// What somebody no longer wants and another one does is the other's from now on.
async fn hand_over(tx: &mut SqliteConnection, wanted: &Wanted) -> Result<(), StoreError> {
    let any: bool = sqlx::query_scalar("select exists (select 1 from audience_sync_shares where audience_id = $1)")
        .bind(wanted.audience.0)
        .fetch_one(&mut *tx)
        .await?;
    if !any {
        return Ok(());
    }
    for sql in [
        "delete from audience_sync_shares
         where profile_no in (select value from json_each($2)) and audience_id = $1
           and (hex(destination_id), kind, digest, profile_no) not in (
               select upper(value ->> 0), value ->> 1, value ->> 2, value ->> 3 from json_each($3))
           and (profile_no in (select profile_no from profile_refusals)
                or exists (select 1 from event_settings s where s.destination_id = audience_sync_shares.destination_id
                           and s.event_key = 'removedfromsegment' and s.server = 1))
           and (profile_no not in (select value from json_each($4))
                or exists (select 1 from event_settings s where s.destination_id = audience_sync_shares.destination_id
                           and s.event_key = 'addedtosegment' and s.server = 1))",
        "update audience_sync indexed by audience_sync_by_profile set profile_no = coalesce((
             select min(h.profile_no) from audience_sync_shares h
             where h.audience_id = $1 and h.destination_id = audience_sync.destination_id and h.kind = audience_sync.kind
               and h.digest = audience_sync.digest), profile_no)
         where profile_no in (select value from json_each($2)) and audience_id = $1 and wanted = 1 and $4 = $4
           and (hex(destination_id), kind, digest, profile_no) not in (
               select upper(value ->> 0), value ->> 1, value ->> 2, value ->> 3 from json_each($3))",
    ] {
        sqlx::query(sql)
            .bind(wanted.audience.0)
            .bind(&wanted.people)
            .bind(&wanted.rows)
            .bind(&wanted.inside)
            .execute(&mut *tx)
            .await?;
    }
    sqlx::query(
        "delete from audience_sync_shares where audience_id = $1 and exists (
             select 1 from audience_sync s where s.audience_id = $1
             and s.destination_id = audience_sync_shares.destination_id and s.kind = audience_sync_shares.kind
             and s.digest = audience_sync_shares.digest and s.profile_no = audience_sync_shares.profile_no)",
    )
    .bind(wanted.audience.0)
    .execute(tx)
    .await?;
    Ok(())
}

/// What is no longer wanted goes, unless the workflow keeps people in, or nothing is synced there any more. Who said no to
/// marketing goes all the same.
async fn no_longer(tx: &mut SqliteConnection, wanted: &Wanted, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "update audience_sync indexed by audience_sync_by_profile
         set wanted = 0, wanted_version = wanted_version + 1, changed_at = $5,
                retry_at = 0, refusals = 0, refused = null
         where profile_no in (select value from json_each($2)) and audience_id = $1 and wanted = 1
           and (hex(destination_id), kind, digest, profile_no) not in (
               select upper(value ->> 0), value ->> 1, value ->> 2, value ->> 3 from json_each($3))
           and (profile_no in (select profile_no from profile_refusals)
                or exists (select 1 from event_settings s where s.destination_id = audience_sync.destination_id
                           and s.event_key = 'removedfromsegment' and s.server = 1))
           and (profile_no not in (select value from json_each($4))
                or exists (select 1 from event_settings s where s.destination_id = audience_sync.destination_id
                           and s.event_key = 'addedtosegment' and s.server = 1))",
    )
    .bind(wanted.audience.0)
    .bind(&wanted.people)
    .bind(&wanted.rows)
    .bind(&wanted.inside)
    .bind(now.0)
    .execute(tx)
    .await?;
    Ok(())
}

/// A member without an identifier that a destination takes is counted there.
async fn note_skipped(
    tx: &mut SqliteConnection,
    wanted: &Wanted,
    members: &[(&[WantedDigest], &DirtyPerson)],
) -> Result<(), StoreError> {
    sqlx::query(
        "delete from audience_sync_skipped where audience_id = $1 and profile_no in (select value from json_each($2))",
    )
    .bind(wanted.audience.0)
    .bind(&wanted.people)
    .execute(&mut *tx)
    .await?;
    let skipped: Vec<_> = members
        .iter()
        .flat_map(|(digests, dirty)| {
            let without = |link: &&crate::SyncLink| !digests.iter().any(|it| it.destination == link.destination);
            let of = |link: &crate::SyncLink| json!([const_hex::encode(link.destination.0.as_bytes()), dirty.person.0]);
            dirty.links.iter().filter(without).map(of).collect::<Vec<_>>()
        })
        .collect();
    if skipped.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into audience_sync_skipped (audience_id, destination_id, profile_no)
         select $1, unhex(value ->> 0), value ->> 1 from json_each($2) where true on conflict do nothing",
    )
    .bind(wanted.audience.0)
    .bind(json!(skipped).to_string())
    .execute(tx)
    .await?;
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
