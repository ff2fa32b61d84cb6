//! Two people become one: everything of the one is handed to the other.

use std::collections::BTreeSet;

use domain::{
    AudienceId, Timestamp, WorkspaceId,
    profile::{Outcome, ProfileId},
};
use serde_json::json;
use sqlx::{Row, SqliteConnection};

use crate::{
    SightedEvent, StoreError, audience_turns, audience_wanted, devices,
    members::{self, Audience, Because},
    profile_rows, profile_visits,
};

/// Hands everything of `from` to `to`, and forgets `from`.
pub(crate) async fn merge(
    conn: &mut SqliteConnection,
    from: ProfileId,
    to: ProfileId,
    now: Timestamp,
) -> Result<(), StoreError> {
    audience_turns::without_turn(conn, &[from.0, to.0], None, now).await?;
    hand_over_audiences(conn, from, to, now).await?;
    audience_wanted::merge(conn, from, to).await?;
    for sql in [
        // Two events of one person are two: their numbers differ.
        "update profile_events set profile_no = $2 where profile_no = $1 and name_no in (
             select n.no from profile_names n join profiles p on p.workspace_id = n.workspace_id
             where p.no = $1 and n.kind = 'event')",
        "insert into profile_traits (name_no, profile_no, personal, value, sealed, text, number, date, many, changed_at, seen_at)
         select t.name_no, $2, t.personal, t.value, t.sealed, t.text, t.number, t.date, t.many, t.changed_at, t.seen_at
         from profile_names n join profiles p on p.workspace_id = n.workspace_id
         join profile_traits t on t.name_no = n.no and t.profile_no = $1
         where p.no = $1 and n.kind = 'trait'
         on conflict (name_no, profile_no) do update
         set personal = excluded.personal, value = excluded.value, sealed = excluded.sealed, text = excluded.text,
             number = excluded.number, date = excluded.date, many = excluded.many, changed_at = excluded.changed_at,
             seen_at = excluded.seen_at
         where excluded.seen_at > profile_traits.seen_at",
        "delete from profile_traits where profile_no = $1 and $2 > 0 and name_no in (
             select n.no from profile_names n join profiles p on p.workspace_id = n.workspace_id
             where p.no = $1 and n.kind = 'trait')",
        profile_visits::MERGE[0],
        profile_visits::MERGE[1],
        "update profile_keys set profile_no = $2 where profile_no = $1",
        devices::MERGE[0],
        devices::MERGE[1],
        "insert into profile_refusals (profile_no, workspace_id, at)
         select $2, workspace_id, at from profile_refusals where profile_no = $1
         on conflict (profile_no) do update set at = max(at, excluded.at)",
        "delete from profile_refusals where profile_no = $1 and $2 > 0",
        "update erasures set profile_no = $2 where profile_no = $1",
        "update profiles set first_seen = min(profiles.first_seen, o.first_seen), last_seen = max(profiles.last_seen, o.last_seen),
                events = profiles.events + o.events, person = coalesce(profiles.person, o.person)
         from (select * from profiles where no = $1) o where profiles.no = $2",
        "delete from profiles where no = $1 and $2 > 0",
        "update profile_merges set to_no = $2 where to_no = $1",
    ] {
        sqlx::query(sql).bind(from.0).bind(to.0).execute(&mut *conn).await?;
    }
    sqlx::query("insert into profile_merges (from_no, to_no, at) values ($1, $2, $3)")
        .bind(from.0)
        .bind(to.0)
        .bind(now.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// The one who stays takes a place over; where both are members, one of them leaves, so that each entering has its leaving.
async fn hand_over_audiences(
    conn: &mut SqliteConnection,
    from: ProfileId,
    to: ProfileId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let rows = sqlx::query(
        "select a.id, a.workspace_id, a.name,
                exists (select 1 from audience_members o where o.audience_id = m.audience_id and o.profile_no = $2) as both
         from audience_members m join audiences a on a.id = m.audience_id where m.profile_no = $1",
    )
    .bind(from.0)
    .bind(to.0)
    .fetch_all(&mut *conn)
    .await?;
    for row in &rows {
        let id = AudienceId(row.try_get("id")?);
        if row.try_get("both")? {
            // Whom a file put in stays put in.
            sqlx::query(
                "update audience_members set by_hand = max(by_hand, (
                     select by_hand from audience_members where audience_id = $1 and profile_no = $2))
                 where audience_id = $1 and profile_no = $3",
            )
            .bind(id.0)
            .bind(from.0)
            .bind(to.0)
            .execute(&mut *conn)
            .await?;
            let name: String = row.try_get("name")?;
            let audience = Audience { id, workspace: WorkspaceId(row.try_get("workspace_id")?), name: &name };
            members::leave(conn, &audience, &[from.0], Because::Merged, now).await?;
        } else {
            sqlx::query("update audience_members set profile_no = $3 where audience_id = $1 and profile_no = $2")
                .bind(id.0)
                .bind(from.0)
                .bind(to.0)
                .execute(&mut *conn)
                .await?;
        }
        members::mark(conn, id, &[from.0, to.0]).await?;
    }
    Ok(())
}

/// A member with another identifier is wanted by that one, too.
pub(crate) async fn mark_members_with_new_keys(
    conn: &mut SqliteConnection,
    seen: &[&SightedEvent],
    outcome: &Outcome,
) -> Result<(), StoreError> {
    // Who is new is in no audience yet.
    let new = profile_rows::new_people(outcome);
    let known = outcome.keys.values().map(|state| state.profile).filter(|person| !new.contains(person));
    let mut people: BTreeSet<i64> = known.map(|person| person.0).collect();
    people.extend(devices::note(conn, seen, outcome).await?);
    if people.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into audience_dirty (audience_id, profile_no)
         select m.audience_id, m.profile_no from audience_members m
         where m.profile_no in (select value from json_each($1))
           and exists (select 1 from audience_destinations d where d.audience_id = m.audience_id)
         on conflict do nothing",
    )
    .bind(json!(people).to_string())
    .execute(conn)
    .await?;
    Ok(())
}
