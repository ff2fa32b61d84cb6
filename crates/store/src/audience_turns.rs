//! A changed rule is worked out beside the members of before: who comes and who goes is noted at their rows and seen by nobody,
//! until a single row says that it is the turn of them all. Then each is settled: told of, once, in the transaction that makes
//! the row an ordinary one. Nobody is seen twice, or as of the rule before, in between: pages, rules and lists read the view
//! `audience_insiders`.

use std::collections::HashMap;

use domain::{AudienceId, Timestamp, WorkspaceId, audience::audience_key};
use serde_json::json;
use sqlx::{Row, SqliteConnection};

use crate::{
    Store, StoreError, WholeEvaluation,
    at_once::at_once,
    audience_evaluation::{evaluate, line_up, steady},
    members::{self, Audience},
    people_sets as sets,
};

/// A row that comes, or goes, with the next turn.
const COMES: i64 = 1;
const GOES: i64 = 2;

impl Store {
    /// Everybody was looked at under this version: now all who come and go by it do, at once. `false` if it was changed meanwhile.
    ///
    /// # Errors
    /// What the database says.
    pub async fn finish_evaluation(&self, done: &WholeEvaluation, now: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let turned = turn(&mut tx, done.audience, done.version, now).await?;
        tx.commit().await?;
        Ok(turned)
    }

    /// The audiences whose members are those of a new rule, and not all of them are settled.
    ///
    /// # Errors
    /// What the database says.
    pub async fn audiences_to_settle(&self) -> Result<Vec<AudienceId>, StoreError> {
        let rows =
            sqlx::query("select id from audiences where turned = 1 and state <> 'deleted' order by created_at, id")
                .fetch_all(&self.readers)
                .await?;
        rows.iter().map(|row| Ok(AudienceId(row.try_get("id")?))).collect()
    }

    /// Some who came or went by a new rule are told of, and the audiences that ask for this one follow. `false` if all are settled.
    ///
    /// # Errors
    /// What the database says.
    pub async fn settle_some(&self, audience: AudienceId, limit: usize, now: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let row = sqlx::query("select workspace_id, name from audiences where id = $1 and turned = 1")
            .bind(audience.0)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(false) };
        let (workspace, name): (_, String) = (WorkspaceId(row.try_get(0)?), row.try_get(1)?);
        let now = steady(&mut tx, now).await?;
        let people = unsettled(&mut tx, audience, limit).await?;
        let of = Audience { id: audience, workspace, name: &name };
        let settled = settle(&mut tx, &of, &people, now).await?;
        let lineup = line_up(&mut tx, workspace).await?;
        let changed = HashMap::from([(audience_key(&name), settled)]);
        evaluate(&mut tx, &self.keys, &lineup, changed, |_, _| Vec::new(), now).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Notes who of `scope` comes and who goes with the next turn: those that `matched`, and no others.
pub(crate) async fn stage(
    conn: &mut SqliteConnection,
    audience: AudienceId,
    scope: &[i64],
    matched: &[i64],
    now: Timestamp,
) -> Result<(), StoreError> {
    let turns = turns_of(conn, audience, scope).await?;
    let with = |wanted: &[i64]| -> Vec<i64> {
        let of = |person: &&i64| turns.get(*person).is_some_and(|turn| wanted.contains(turn));
        scope.iter().filter(of).copied().collect()
    };
    let come = sets::without(matched, &with(&[0, COMES]));
    let go = sets::without(&with(&[0, COMES]), matched);
    let go = members::without_put_in(conn, audience, &go).await?;
    let (stay, new) = (sets::both(&come, &with(&[GOES])), sets::without(&come, &with(&[GOES])));
    let (leave, none) = (sets::both(&go, &with(&[0])), sets::both(&go, &with(&[COMES])));
    for (sql, people) in [
        (
            "insert into audience_members (audience_id, profile_no, since, turn)
             select $1, value, $3, 1 from json_each($2) where true",
            &new,
        ),
        (
            "update audience_members set turn = 0
             where audience_id = $1 and profile_no in (select value from json_each($2)) and $3 = $3",
            &stay,
        ),
        (
            "update audience_members set turn = 2
             where audience_id = $1 and profile_no in (select value from json_each($2)) and $3 = $3",
            &leave,
        ),
        (
            "delete from audience_members
             where audience_id = $1 and profile_no in (select value from json_each($2)) and $3 = $3",
            &none,
        ),
    ] {
        if !people.is_empty() {
            sqlx::query(sql).bind(audience.0).bind(json!(people).to_string()).bind(now.0).execute(&mut *conn).await?;
        }
    }
    count(conn, audience, number(&new) - number(&none), number(&leave) - number(&stay)).await
}

fn number(people: &[i64]) -> i64 {
    i64::try_from(people.len()).unwrap_or(0)
}

async fn turns_of(
    conn: &mut SqliteConnection,
    audience: AudienceId,
    scope: &[i64],
) -> Result<HashMap<i64, i64>, StoreError> {
    let query = sqlx::query_scalar(
        "select json_group_array(json_array(profile_no, turn)) from audience_members
         where audience_id = $1 and profile_no in (select value from json_each($2))",
    );
    Ok(at_once(query.bind(audience.0).bind(json!(scope).to_string()), conn).await?.into_iter().collect())
}

async fn count(conn: &mut SqliteConnection, audience: AudienceId, come: i64, go: i64) -> Result<(), StoreError> {
    if come == 0 && go == 0 {
        return Ok(());
    }
    sqlx::query("update audiences set coming = coming + $2, going = going + $3 where id = $1")
        .bind(audience.0)
        .bind(come)
        .bind(go)
        .execute(conn)
        .await?;
    Ok(())
}

/// It is the turn of all who were noted, if the audience is still as it was then; whether it is.
pub(crate) async fn turn(
    conn: &mut SqliteConnection,
    audience: AudienceId,
    version: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update audiences set turned = coming + going > 0, size = size + coming - going, live_version = version,
                evaluated_at = $3, done = 0, total = 0
         where id = $1 and version = $2 and turned = 0",
    )
    .bind(audience.0)
    .bind(version)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Some of those whose turn was and who are not settled, ascending.
pub(crate) async fn unsettled(
    conn: &mut SqliteConnection,
    audience: AudienceId,
    limit: usize,
) -> Result<Vec<i64>, StoreError> {
    let query = sqlx::query_scalar(
        "select json_group_array(profile_no order by profile_no) from (
             select profile_no from audience_members indexed by audience_members_turning
             where audience_id = $1 and turn <> 0 order by profile_no limit $2)",
    );
    at_once(query.bind(audience.0).bind(i64::try_from(limit).unwrap_or(i64::MAX)), conn).await
}

/// Those of these people whose turn was are told of and become ordinary members, or none; who they are, ascending.
pub(crate) async fn settle(
    conn: &mut SqliteConnection,
    audience: &Audience<'_>,
    people: &[i64],
    now: Timestamp,
) -> Result<Vec<i64>, StoreError> {
    let turns = turns_of(conn, audience.id, people).await?;
    let with =
        |turn: i64| -> Vec<i64> { people.iter().filter(|person| turns.get(*person) == Some(&turn)).copied().collect() };
    let (come, go) = (with(COMES), with(GOES));
    for (sql, people) in [
        (
            "update audience_members set turn = 0, since = $3
             where audience_id = $1 and profile_no in (select value from json_each($2))",
            &come,
        ),
        (
            "delete from audience_members
             where audience_id = $1 and profile_no in (select value from json_each($2)) and $3 = $3",
            &go,
        ),
    ] {
        if !people.is_empty() {
            sqlx::query(sql)
                .bind(audience.id.0)
                .bind(json!(people).to_string())
                .bind(now.0)
                .execute(&mut *conn)
                .await?;
        }
    }
    members::tell_settled(conn, audience, (&come, &go), now).await?;
    count(conn, audience.id, -number(&come), -number(&go)).await?;
    sqlx::query(
        "update audiences set turned = 0, coming = 0, going = 0 where id = $1 and turned = 1 and not exists (
             select 1 from audience_members indexed by audience_members_turning where audience_id = $1 and turn <> 0)",
    )
    .bind(audience.id.0)
    .execute(conn)
    .await?;
    Ok(sets::either(&come, &go))
}

/// Something happens to these people beside any rule: where their turn was they are settled; where it is still to come, they
/// are as they were, and whoever calls this has them asked again. In one audience, or in all.
pub(crate) async fn without_turn(
    conn: &mut SqliteConnection,
    people: &[i64],
    audience: Option<AudienceId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let listed = json!(people).to_string();
    let rows = sqlx::query(
        "select a.id, a.workspace_id, a.name, a.turned, json_group_array(m.profile_no order by m.profile_no) as people
         from audience_members m join audiences a on a.id = m.audience_id
         where m.profile_no in (select value from json_each($1)) and m.turn <> 0 and ($2 is null or m.audience_id = $2)
         group by a.id",
    )
    .bind(&listed)
    .bind(audience.map(|id| id.0))
    .fetch_all(&mut *conn)
    .await?;
    for row in &rows {
        let (id, name): (_, String) = (AudienceId(row.try_get("id")?), row.try_get("name")?);
        let people: Vec<i64> = serde_json::from_str(row.try_get("people")?)?;
        if row.try_get("turned")? {
            let audience = Audience { id, workspace: WorkspaceId(row.try_get("workspace_id")?), name: &name };
            settle(conn, &audience, &people, now).await?;
        } else {
            forget(conn, id, &people).await?;
        }
    }
    Ok(())
}

/// These people are as they were before they were noted.
async fn forget(conn: &mut SqliteConnection, audience: AudienceId, people: &[i64]) -> Result<(), StoreError> {
    let people = json!(people).to_string();
    let mut counts = [0; 2];
    for (count, sql) in counts.iter_mut().zip([
        "delete from audience_members
         where audience_id = $1 and turn = 1 and profile_no in (select value from json_each($2))",
        "update audience_members set turn = 0
         where audience_id = $1 and turn = 2 and profile_no in (select value from json_each($2))",
    ]) {
        let done = sqlx::query(sql).bind(audience.0).bind(&people).execute(&mut *conn).await?;
        *count = i64::try_from(done.rows_affected()).unwrap_or(0);
    }
    count(conn, audience, -counts[0], -counts[1]).await
}
