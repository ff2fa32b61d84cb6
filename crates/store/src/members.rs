//! Entering and leaving: the membership, the size, and the system event, in one transaction, once per change.

use domain::{
    AudienceId, Timestamp, WorkspaceId,
    time::HOUR,
    workflow::{ADDED_TO_SEGMENT, REMOVED_FROM_SEGMENT, event_key},
};
use serde_json::json;
use sqlx::SqliteConnection;

use crate::{StoreError, audience_moves::count_moves, people_sets};

/// Whose members change.
pub(crate) struct Audience<'a> {
    pub id: AudienceId,
    pub workspace: WorkspaceId,
    pub name: &'a str,
}

/// Why somebody left beside the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Because {
    /// The rule says so.
    Rule,
    /// Two people turned out to be one.
    Merged,
    /// The person is erased.
    Erased,
    /// The person said no to marketing.
    Refused,
    /// Somebody chose it by hand, or the audience is deleted.
    Hand,
}

impl Because {
    fn word(self) -> Option<&'static str> {
        match self {
            Self::Rule => None,
            Self::Merged => Some("merged"),
            Self::Erased => Some("erased"),
            Self::Refused => Some("no_consent"),
            Self::Hand => Some("by_hand"),
        }
    }
}

/// These people, who are no members, come in.
pub(crate) async fn enter(
    conn: &mut SqliteConnection,
    audience: &Audience<'_>,
    people: &[i64],
    because: Because,
    now: Timestamp,
) -> Result<(), StoreError> {
    if people.is_empty() {
        return Ok(());
    }
    let done = sqlx::query(
        "insert into audience_members (audience_id, profile_no, since, by_hand)
         select $1, value, $3, $4 from json_each($2) where true on conflict do nothing",
    )
    .bind(audience.id.0)
    .bind(json!(people).to_string())
    .bind(now.0)
    .bind(because == Because::Hand)
    .execute(&mut *conn)
    .await?;
    changed(conn, audience, people, Direction::In, because, now, done.rows_affected()).await
}

/// These people, who are members, go.
pub(crate) async fn leave(
    conn: &mut SqliteConnection,
    audience: &Audience<'_>,
    people: &[i64],
    because: Because,
    now: Timestamp,
) -> Result<(), StoreError> {
    if people.is_empty() {
        return Ok(());
    }
    let done = sqlx::query(
        "delete from audience_members where audience_id = $1 and profile_no in (select value from json_each($2))",
    )
    .bind(audience.id.0)
    .bind(json!(people).to_string())
    .execute(&mut *conn)
    .await?;
    changed(conn, audience, people, Direction::Out, because, now, done.rows_affected()).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    In,
    Out,
}

async fn changed(
    conn: &mut SqliteConnection,
    audience: &Audience<'_>,
    people: &[i64],
    direction: Direction,
    because: Because,
    now: Timestamp,
    rows: u64,
) -> Result<(), StoreError> {
    if rows != people.len() as u64 {
        // The caller asks for changes only; anything else would make an event without a change.
        return Err(sqlx::Error::Protocol("a membership was changed twice".into()).into());
    }
    let sign = if direction == Direction::In { 1 } else { -1 };
    sqlx::query("update audiences set size = size + $2 where id = $1")
        .bind(audience.id.0)
        .bind(sign * i64::try_from(rows).unwrap_or(0))
        .execute(&mut *conn)
        .await?;
    tell(conn, audience, people, direction, because, now).await
}

/// The size knows already of those who came and went by a turn (`audience_turns`); now they are told of, one by one.
pub(crate) async fn tell_settled(
    conn: &mut SqliteConnection,
    audience: &Audience<'_>,
    (come, gone): (&[i64], &[i64]),
    now: Timestamp,
) -> Result<(), StoreError> {
    for (people, direction) in [(come, Direction::In), (gone, Direction::Out)] {
        if !people.is_empty() {
            tell(conn, audience, people, direction, Because::Rule, now).await?;
        }
    }
    Ok(())
}

async fn tell(
    conn: &mut SqliteConnection,
    audience: &Audience<'_>,
    people: &[i64],
    direction: Direction,
    because: Because,
    now: Timestamp,
) -> Result<(), StoreError> {
    let count = people.len() as u64;
    let (name, moves) = match direction {
        Direction::In => (ADDED_TO_SEGMENT, (count, 0)),
        Direction::Out => (REMOVED_FROM_SEGMENT, (0, count)),
    };
    count_moves(conn, audience.id, moves, now).await?;
    insert_events(conn, audience, people, name, because, now).await?;
    mark(conn, audience.id, people).await
}

/// The system's events have a source of zeros and no deliveries: they are no conversions.
async fn insert_events(
    conn: &mut SqliteConnection,
    audience: &Audience<'_>,
    people: &[i64],
    name: &'static str,
    because: Because,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into events (workspace_id, source_id, message_id, kind, name, event_key, occurred_at, received_at, body, person)
         select $1, zeroblob(16), $2 || ':' || c.value || ':' || $5 || ':' || $6, 'track', $3, $5, $6, $6,
                json_object('type', 'track', 'event', $3, 'properties', case when $8 is null
                    then json_object('audience_id', $2, 'audience', $7, 'profile_id', c.value)
                    else json_object('audience_id', $2, 'audience', $7, 'profile_id', c.value, 'reason', $8) end),
                p.person
         from json_each($4) c left join profiles p on p.no = c.value",
    )
    .bind(audience.workspace.0)
    .bind(audience.id.to_string())
    .bind(name)
    .bind(json!(people).to_string())
    .bind(event_key(name))
    .bind(now.0)
    .bind(audience.name)
    .bind(because.word())
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "insert into event_hours (workspace_id, source_id, event_key, hour, name, received, last_at)
         values ($1, zeroblob(16), $2, $3 - $3 % $4, $5, $6, $3)
         on conflict (workspace_id, event_key, hour, source_id) do update
         set received = received + excluded.received, last_at = max(last_at, excluded.last_at)",
    )
    .bind(audience.workspace.0)
    .bind(event_key(name))
    .bind(now.0)
    .bind(HOUR)
    .bind(name)
    .bind(i64::try_from(people.len()).unwrap_or(0))
    .execute(conn)
    .await?;
    Ok(())
}

/// Their wanted state at destinations has to be worked out anew.
pub(crate) async fn mark(conn: &mut SqliteConnection, audience: AudienceId, people: &[i64]) -> Result<(), StoreError> {
    sqlx::query(
        "insert into audience_dirty (audience_id, profile_no) select $1, value from json_each($2)
         where exists (select 1 from audience_destinations where audience_id = $1)
            or exists (select 1 from audience_sides where audience_id = $1 and held > 0)
         on conflict do nothing",
    )
    .bind(audience.0)
    .bind(json!(people).to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// Those whom a file put into a static audience stay in it.
pub(crate) async fn without_put_in(
    conn: &mut SqliteConnection,
    audience: AudienceId,
    go: &[i64],
) -> Result<Vec<i64>, StoreError> {
    if go.is_empty() {
        return Ok(Vec::new());
    }
    let put_in: Vec<i64> = sqlx::query_scalar(
        "select m.profile_no from audience_members m join audiences a on a.id = m.audience_id and not a.dynamic
         where m.audience_id = $1 and m.by_hand and m.profile_no in (select value from json_each($2)) order by m.profile_no",
    )
    .bind(audience.0)
    .bind(json!(go).to_string())
    .fetch_all(conn)
    .await?;
    Ok(people_sets::without(go, &put_in))
}
