//! Who said no to marketing: such a person is in no audience and in no list until a later event says yes. What was said last
//! counts, in whatever order it is read.

use std::collections::BTreeSet;

use domain::{
    AudienceId, Timestamp, WorkspaceId,
    profile::{Outcome, ProfileId},
    reading::marketing_consent,
};
use serde_json::json;
use sqlx::{Row, SqliteConnection};

use crate::{
    SightedEvent, StoreError, audience_turns, events,
    members::{self, Audience, Because},
    profile_finds::number_of,
    sighted::{FOUND_BY, found_by},
};

/// Events of a person that are looked through for a yes.
const LOOKED_THROUGH: i64 = 1_000;

/// Takes what events say of consent, once it is known who they are about and what they did: `refusing` say no, and tell
/// nothing else. Answers with those who may come back.
pub(crate) async fn settle(
    conn: &mut SqliteConnection,
    seen: &[&SightedEvent],
    outcome: &Outcome,
    refusing: &[&SightedEvent],
    now: Timestamp,
) -> Result<BTreeSet<ProfileId>, StoreError> {
    let mut stirred: BTreeSet<i64> = outcome.merged.values().map(|person| person.0).collect();
    stirred.extend(refuse(conn, refusing).await?);
    stirred.extend(remember(conn, seen).await?);
    if !any(conn).await? {
        return Ok(BTreeSet::new());
    }
    let mut back = lift(conn, seen, outcome).await?;
    back.extend(lift_by_history(conn, &stirred).await?);
    take_out(conn, &stirred, now).await?;
    Ok(back.into_iter().map(ProfileId).collect())
}

/// A file tells of nobody's consent. It may bring somebody who said no before they were known, or show that such a one is another.
pub(crate) async fn settle_file(
    conn: &mut SqliteConnection,
    rows: &[&SightedEvent],
    outcome: &Outcome,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut stirred: BTreeSet<i64> = outcome.merged.values().map(|person| person.0).collect();
    stirred.extend(remember(conn, rows).await?);
    if stirred.is_empty() || !any(conn).await? {
        return Ok(());
    }
    lift_by_history(conn, &stirred).await?;
    take_out(conn, &stirred, now).await
}

async fn any(conn: &mut SqliteConnection) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar("select exists (select 1 from profile_refusals)").fetch_one(conn).await?)
}

/// A no counts for whoever is known by an identifier of its own. Nobody comes to be known by it: where nobody is, only a
/// keyed hash of it waits.
async fn refuse(conn: &mut SqliteConnection, refusing: &[&SightedEvent]) -> Result<Vec<i64>, StoreError> {
    if refusing.is_empty() {
        return Ok(Vec::new());
    }
    let said: Vec<_> = refusing
        .iter()
        .flat_map(|event| event.told.keys.iter().map(|key| (const_hex::encode(&key[..FOUND_BY]), event.told.at.0)))
        .collect();
    let said = json!(said).to_string();
    sqlx::query(concat!(
        "insert into refused_keys (key, at)
         select unhex(w.value ->> '$[0]'), max(w.value ->> '$[1]') from json_each($1) w where ",
        number_of!("unhex(w.value ->> '$[0]')"),
        " is null group by 1 on conflict (key) do update set at = max(at, excluded.at)",
    ))
    .bind(&said)
    .execute(&mut *conn)
    .await?;
    Ok(sqlx::query_scalar(concat!(
        "insert into profile_refusals (profile_no, workspace_id, at)
         select k.profile_no, p.workspace_id, max(w.value ->> '$[1]')
         from json_each($1) w cross join profile_keys k on k.no = ",
        number_of!("unhex(w.value ->> '$[0]')"),
        "     and not k.shared and k.kind <> 'mobile_ad'
         join profiles p on p.no = k.profile_no group by k.profile_no
         on conflict (profile_no) do update set at = max(at, excluded.at) returning profile_no",
    ))
    .bind(said)
    .fetch_all(conn)
    .await?)
}

/// Somebody comes to be known by an identifier that a no was said of before.
async fn remember(conn: &mut SqliteConnection, seen: &[&SightedEvent]) -> Result<Vec<i64>, StoreError> {
    let waiting: bool = sqlx::query_scalar("select exists (select 1 from refused_keys)").fetch_one(&mut *conn).await?;
    if !waiting {
        return Ok(Vec::new());
    }
    let keys = found_by(seen.iter().flat_map(|event| &event.told.keys));
    let stirred = sqlx::query_scalar(concat!(
        "insert into profile_refusals (profile_no, workspace_id, at)
         select k.profile_no, p.workspace_id, max(r.at)
         from json_each($1) w cross join refused_keys r on r.key = unhex(w.value)
         cross join profile_keys k on k.no = ",
        number_of!("r.key"),
        "     and not k.shared and k.kind <> 'mobile_ad'
         join profiles p on p.no = k.profile_no group by k.profile_no
         on conflict (profile_no) do update set at = max(at, excluded.at) returning profile_no",
    ))
    .bind(&keys)
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query("delete from refused_keys where key in (select unhex(value) from json_each($1))")
        .bind(keys)
        .execute(conn)
        .await?;
    Ok(stirred)
}

/// A yes counts if it was said after the no.
async fn lift(conn: &mut SqliteConnection, seen: &[&SightedEvent], outcome: &Outcome) -> Result<Vec<i64>, StoreError> {
    let said: Vec<(i64, i64)> = seen
        .iter()
        .zip(&outcome.people)
        .filter(|(event, _)| event.consent == Some(true))
        .filter_map(|(event, person)| Some(((*person)?.0, event.told.at.0)))
        .collect();
    if said.is_empty() {
        return Ok(Vec::new());
    }
    Ok(sqlx::query_scalar(
        "delete from profile_refusals where exists (
             select 1 from json_each($1) w where w.value ->> '$[0]' = profile_no and w.value ->> '$[1]' > at)
           and profile_no in (select value ->> '$[0]' from json_each($1)) returning profile_no",
    )
    .bind(json!(said).to_string())
    .fetch_all(conn)
    .await?)
}

/// The yes may have been read before the no, or have been another's who turns out to be the same.
async fn lift_by_history(conn: &mut SqliteConnection, people: &BTreeSet<i64>) -> Result<Vec<i64>, StoreError> {
    let refusals: Vec<(i64, uuid::Uuid, i64)> = sqlx::query_as(
        "select profile_no, workspace_id, at from profile_refusals
         where profile_no in (select value from json_each($1))",
    )
    .bind(json!(people).to_string())
    .fetch_all(&mut *conn)
    .await?;
    let mut lifted = Vec::new();
    for (person, workspace, at) in refusals {
        let rows = sqlx::query(
            "select e.* from profile_names n
             join profile_events x on x.name_no = n.no and x.profile_no = $2 and x.at > $3
             join events e on e.id = x.event_id
             where n.workspace_id = $1 and n.kind = 'event' order by x.at desc limit $4",
        )
        .bind(workspace)
        .bind(person)
        .bind(at)
        .bind(LOOKED_THROUGH)
        .fetch_all(&mut *conn)
        .await?;
        let mut yes = false;
        for row in &rows {
            yes |= marketing_consent(events::read(row)?.masked()) == Some(true);
        }
        if yes {
            sqlx::query("delete from profile_refusals where profile_no = $1").bind(person).execute(&mut *conn).await?;
            lifted.push(person);
        }
    }
    Ok(lifted)
}

/// Whoever of these said no leaves every audience, also those that keep their members, and every list.
async fn take_out(conn: &mut SqliteConnection, people: &BTreeSet<i64>, now: Timestamp) -> Result<(), StoreError> {
    let people = json!(people).to_string();
    let refused: Vec<i64> = sqlx::query_scalar(
        "select profile_no from profile_refusals where profile_no in (select value from json_each($1)) order by profile_no",
    )
    .bind(&people)
    .fetch_all(&mut *conn)
    .await?;
    audience_turns::without_turn(conn, &refused, None, now).await?;
    let rows = sqlx::query(
        "select a.id, a.workspace_id, a.name, json_group_array(m.profile_no) as people
         from profile_refusals r join audience_members m on m.profile_no = r.profile_no
         join audiences a on a.id = m.audience_id
         where r.profile_no in (select value from json_each($1)) group by a.id",
    )
    .bind(&people)
    .fetch_all(&mut *conn)
    .await?;
    for row in &rows {
        let name: String = row.try_get("name")?;
        let audience = Audience {
            id: AudienceId(row.try_get("id")?),
            workspace: WorkspaceId(row.try_get("workspace_id")?),
            name: &name,
        };
        let leaving: Vec<i64> = serde_json::from_str(row.try_get("people")?)?;
        members::leave(conn, &audience, &leaving, Because::Refused, now).await?;
    }
    // Lists may hold somebody who has left the audience: with `removed_from_segment` off.
    sqlx::query(
        "insert into audience_dirty (audience_id, profile_no)
         select s.audience_id, d.profile_no from audience_digests d join audience_sides s on s.no = d.no >> 41
         join profile_refusals r on r.profile_no = d.profile_no
         where d.profile_no in (select value from json_each($1))
         union select s.audience_id, h.profile_no from audience_shares h join audience_sides s on s.no = 2 * h.set_no
         join profile_refusals r on r.profile_no = h.profile_no
         where h.profile_no in (select value from json_each($1))
         on conflict do nothing",
    )
    .bind(&people)
    .execute(conn)
    .await?;
    Ok(())
}
