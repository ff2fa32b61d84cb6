//! Erasing a person: from audiences, from destinations' wanted state, and from all tables. Later events are dropped.

use domain::{
    AudienceId, Timestamp, UserId, WorkspaceId,
    profile::{LookupKey, ProfileId},
};
use serde_json::json;
use sqlx::{Row, SqliteConnection};

use crate::{
    Store, StoreError, audience_turns,
    audience_wanted::let_go,
    delivery_counts::uncount,
    devices, event_finds,
    members::{self, Audience, Because},
};

/// A request to erase a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Its number.
    pub id: i64,
    /// Who asked for it.
    pub requested_by: String,
    /// When it happens.
    pub due_at: Timestamp,
}

impl Store {
    /// Asks for a person to be erased at `due`. One open request is enough: a second one may only bring it forward.
    ///
    /// # Errors
    /// What the database says.
    pub async fn request_erasure(
        &self,
        workspace: WorkspaceId,
        person: ProfileId,
        user: UserId,
        due: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let brought_forward =
            sqlx::query("update erasures set due_at = min(due_at, $2) where profile_no = $1 and done_at is null")
                .bind(person.0)
                .bind(due.0)
                .execute(&mut *tx)
                .await?;
        if brought_forward.rows_affected() == 0 {
            sqlx::query(
                "insert into erasures (workspace_id, profile_no, requested_by, requested_at, due_at)
                 values ($1, $2, coalesce((select name from users where id = $3), 'somebody'), $4, $5)",
            )
            .bind(workspace.0)
            .bind(person.0)
            .bind(user.0)
            .bind(now.0)
            .bind(due.0)
            .execute(&mut *tx)
            .await?;
            let what = format!("Asked for person {person} to be erased");
            note(&mut tx, workspace, Some(user), None, &what, now).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Takes an open request back; `false` if there is none.
    ///
    /// # Errors
    /// What the database says.
    pub async fn cancel_erasure(
        &self,
        workspace: WorkspaceId,
        person: ProfileId,
        user: UserId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query("delete from erasures where workspace_id = $1 and profile_no = $2 and done_at is null")
            .bind(workspace.0)
            .bind(person.0)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() > 0 {
            note(&mut tx, workspace, Some(user), None, &format!("Took back that person {person} is erased"), now)
                .await?;
        }
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// The open request for a person.
    ///
    /// # Errors
    /// What the database says.
    pub async fn open_erasure(&self, person: ProfileId) -> Result<Option<Erasure>, StoreError> {
        let row =
            sqlx::query("select id, requested_by, due_at from erasures where profile_no = $1 and done_at is null")
                .bind(person.0)
                .fetch_optional(&self.readers)
                .await?;
        row.map(|row| {
            Ok(Erasure {
                id: row.try_get("id")?,
                requested_by: row.try_get("requested_by")?,
                due_at: Timestamp(row.try_get("due_at")?),
            })
        })
        .transpose()
    }

    /// Erases whoever is due; how many.
    ///
    /// # Errors
    /// What the database says.
    pub async fn erase_due(&self, now: Timestamp) -> Result<u64, StoreError> {
        let due: Vec<i64> =
            sqlx::query_scalar("select id from erasures where done_at is null and due_at <= $1 order by id")
                .bind(now.0)
                .fetch_all(&self.readers)
                .await?;
        let mut erased = 0;
        for id in due {
            let mut tx = self.write().await?;
            let row = sqlx::query(
                "select workspace_id, profile_no, requested_by from erasures where id = $1 and done_at is null",
            )
            .bind(id)
            .fetch_optional(&mut *tx)
            .await?;
            let Some(row) = row else { continue };
            let workspace = WorkspaceId(row.try_get("workspace_id")?);
            let by: String = row.try_get("requested_by")?;
            erase(&mut tx, id, workspace, ProfileId(row.try_get("profile_no")?), &by, now).await?;
            tx.commit().await?;
            erased += 1;
        }
        Ok(erased)
    }
}

impl Store {
    /// The look-up keys of erased people, if there were more erasures than `known`, with how many there were.
    ///
    /// # Errors
    /// What the database says.
    pub async fn suppressed_since(&self, known: i64) -> Result<Option<(i64, Vec<LookupKey>)>, StoreError> {
        let mut reading = self.readers.begin().await?;
        let erasures: i64 = sqlx::query_scalar("select count(*) from erasures where done_at is not null")
            .fetch_one(&mut *reading)
            .await?;
        if erasures == known {
            return Ok(None);
        }
        let keys: Vec<Vec<u8>> = sqlx::query_scalar("select key from suppressed_keys").fetch_all(&mut *reading).await?;
        Ok(Some((erasures, keys.into_iter().filter_map(|key| key.try_into().ok()).collect())))
    }
}

async fn erase(
    tx: &mut SqliteConnection,
    erasure: i64,
    workspace: WorkspaceId,
    person: ProfileId,
    by: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let audiences = leave_all(tx, workspace, person, now).await?;
    for sql in devices::ERASE {
        sqlx::query(sql).bind(workspace.0).bind(person.0).execute(&mut *tx).await?;
    }
    // A value that many people have must not keep the others away.
    let identifiers = sqlx::query(
        "insert into suppressed_keys (key, erasure_id)
         select key, $2 from profile_keys where profile_no = $1 and not shared on conflict do nothing",
    )
    .bind(person.0)
    .bind(erasure)
    .execute(&mut *tx)
    .await?
    .rows_affected();
    let_go(tx, person).await?;
    let events: Vec<i64> = sqlx::query_scalar(
        "select e.event_id from profile_names n join profile_events e on e.name_no = n.no and e.profile_no = $2
         where n.workspace_id = $1 and n.kind = 'event'",
    )
    .bind(workspace.0)
    .bind(person.0)
    .fetch_all(&mut *tx)
    .await?;
    forget_events(tx, &events).await?;
    for sql in [
        "delete from profile_events where profile_no = $2 and name_no in (
             select no from profile_names where workspace_id = $1 and kind = 'event')",
        "delete from profile_traits where profile_no = $2 and name_no in (
             select no from profile_names where workspace_id = $1 and kind = 'trait')",
        "delete from profile_visits where profile_no = $2 and $1 is not null",
        "delete from profile_keys where profile_no = $2 and $1 is not null",
        "delete from profile_merges where to_no = $2 and $1 is not null",
        "delete from audience_dirty where profile_no = $2 and $1 is not null",
        "delete from profile_refusals where profile_no = $2 and $1 is not null",
        "delete from profiles where no = $2 and workspace_id = $1",
    ] {
        sqlx::query(sql).bind(workspace.0).bind(person.0).execute(&mut *tx).await?;
    }
    sqlx::query("update erasures set done_at = $2 where id = $1").bind(erasure).bind(now.0).execute(&mut *tx).await?;
    let what = format!(
        "Erased person {person}: {} events, {identifiers} identifiers, out of {audiences} audiences; later events are dropped",
        events.len()
    );
    note(tx, workspace, None, Some(by), &what, now).await
}

/// Out of every audience; what the system noted about the person's coming and going loses their face.
async fn leave_all(
    tx: &mut SqliteConnection,
    workspace: WorkspaceId,
    person: ProfileId,
    now: Timestamp,
) -> Result<usize, StoreError> {
    audience_turns::without_turn(tx, &[person.0], None, now).await?;
    let rows = sqlx::query(
        "select a.id, a.name, m.profile_no is not null as inside from audiences a
         left join audience_members m on m.audience_id = a.id and m.profile_no = $2 where a.workspace_id = $1",
    )
    .bind(workspace.0)
    .bind(person.0)
    .fetch_all(&mut *tx)
    .await?;
    let mut left = 0;
    for row in &rows {
        let (id, name): (_, String) = (AudienceId(row.try_get("id")?), row.try_get("name")?);
        if row.try_get("inside")? {
            let audience = Audience { id, workspace, name: &name };
            members::leave(tx, &audience, &[person.0], Because::Erased, now).await?;
            left += 1;
        }
        // Message ids of system events begin with audience and person; the semicolon follows the colon.
        sqlx::query(
            "update events set person = null where workspace_id = $1 and message_id >= $2 and message_id < $3
             and source_id = x'00000000000000000000000000000000'",
        )
        .bind(workspace.0)
        .bind(format!("{id}:{person}:"))
        .bind(format!("{id}:{person};"))
        .execute(&mut *tx)
        .await?;
    }
    Ok(left)
}

/// Deletes events with what became of them, so that the books still balance.
pub(crate) async fn forget_events(conn: &mut SqliteConnection, events: &[i64]) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let list = json!(events).to_string();
    for sql in [
        "delete from attempts where delivery_id in (
             select d.id from json_each($1) e join deliveries d on d.id >= e.value * 4096 and d.id < (e.value + 1) * 4096)",
        uncount!(
            "id in (
             select d.id from json_each($1) e join deliveries d on d.id >= e.value * 4096 and d.id < (e.value + 1) * 4096)"
        ),
        "delete from deliveries where id in (
             select d.id from json_each($1) e join deliveries d on d.id >= e.value * 4096 and d.id < (e.value + 1) * 4096)",
        "delete from event_facts where event_id in (select value from json_each($1))",
        "delete from sent_orders where event_id in (select value from json_each($1))",
        "delete from message_keys where key in (
             select message_key from events where id in (select value from json_each($1)))",
        "delete from seen_messages where (source_id, message_id) in (
             select source_id, message_id from events where id in (select value from json_each($1)))",
        // Whoever holds their messages in memory forgets them, too.
        "update followers set at = at + 1 where name = 'erasures' and $1 is not null",
        "delete from events where id in (select value from json_each($1))",
    ] {
        sqlx::query(sql).bind(&list).execute(&mut *conn).await?;
    }
    event_finds::forget(conn, events).await
}

async fn note(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    user: Option<UserId>,
    who: Option<&str>,
    what: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into changes (workspace_id, user_id, who, what, at)
         values ($1, $2, coalesce($3, (select name from users where id = $2), 'system'), $4, $5)",
    )
    .bind(workspace.0)
    .bind(user.map(|id| id.0))
    .bind(who)
    .bind(what)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}
