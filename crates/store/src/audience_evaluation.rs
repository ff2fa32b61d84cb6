//! Evaluation: who is in which audience now. Everybody who may have changed is asked again in the transaction that changes
//! the membership, so that no answer is older than what it is written over.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::{
    AudienceId, Timestamp, WorkspaceId,
    audience::{Condition, Period, Rule, audience_key},
    catalogue::setting_key,
    time::DAY,
};
use serde_json::json;
use sqlx::{Row, SqliteConnection};

use crate::{
    Keys, Store, StoreError,
    at_once::at_once,
    audience_rules::{People, Question, matching},
    audience_turns,
    members::{self, Audience, Because},
    people_sets as sets,
};

/// What changed of a person: the names of [`subjects`]; `None` stands for everything.
pub(crate) type Touched = BTreeMap<i64, Option<HashSet<String>>>;

/// An audience that is kept up.
pub(crate) struct Standing {
    id: AudienceId,
    name: String,
    key: String,
    rule: Rule,
    subjects: HashSet<String>,
    /// Its rule is not the one that its members stand by.
    behind: bool,
    /// Its members are those of a new rule, and not all of them are settled.
    turned: bool,
}

/// The audiences of a workspace, each after those that it asks for.
pub(crate) struct Lineup {
    workspace: WorkspaceId,
    standing: Vec<Standing>,
    by_name: HashMap<String, AudienceId>,
}

/// An audience that has to be evaluated as a whole.
#[derive(Clone, Debug)]
pub struct WholeEvaluation {
    /// The audience.
    pub audience: AudienceId,
    /// Its version: if it is another one at the end, it was changed meanwhile.
    pub version: i64,
    /// The people whose membership may have to change, ascending.
    pub people: Vec<i64>,
}

impl Lineup {
    /// All audiences of the workspace by their [`audience_key`].
    pub(crate) fn by_name(&self) -> &HashMap<String, AudienceId> {
        &self.by_name
    }
}

/// What a rule may ask for, as words that [`Touched`] uses, too.
pub(crate) fn event_subject(key: &str) -> String {
    format!("event {key}")
}

/// See [`event_subject`].
pub(crate) fn trait_subject(key: &str) -> String {
    format!("trait {key}")
}

fn subjects(rule: &Rule) -> HashSet<String> {
    rule.all_conditions()
        .filter_map(|condition| match condition {
            Condition::Event(condition) => Some(event_subject(&setting_key(&condition.event))),
            Condition::Value { origin, name, .. } => Some(trait_subject(&origin.key(name))),
            Condition::Audience { .. } => None,
        })
        .collect()
}

/// The audiences that follow their rules; a static one only while it is worked out.
pub(crate) async fn line_up(conn: &mut SqliteConnection, workspace: WorkspaceId) -> Result<Lineup, StoreError> {
    let rows = sqlx::query(
        "select id, name, rule, version > live_version as behind, turned,
                state = 'active' and (dynamic or version > live_version) as standing
         from audiences where workspace_id = $1 and state <> 'deleted'",
    )
    .bind(workspace.0)
    .fetch_all(conn)
    .await?;
    let mut by_name = HashMap::new();
    let mut unsorted = BTreeMap::new();
    for row in &rows {
        let (id, name): (_, String) = (AudienceId(row.try_get("id")?), row.try_get("name")?);
        let key = audience_key(&name);
        by_name.insert(key.clone(), id);
        if row.try_get("standing")? {
            let rule: Rule = serde_json::from_str(row.try_get("rule")?)?;
            let subjects = subjects(&rule);
            let (behind, turned) = (row.try_get("behind")?, row.try_get("turned")?);
            unsorted.insert(key.clone(), Standing { id, name, key, rule, subjects, behind, turned });
        }
    }
    Ok(Lineup { workspace, standing: in_order(unsorted), by_name })
}

/// Each after those that it asks for. A circle, which saving refuses, is cut somewhere.
fn in_order(mut unsorted: BTreeMap<String, Standing>) -> Vec<Standing> {
    let mut sorted: Vec<Standing> = Vec::with_capacity(unsorted.len());
    while !unsorted.is_empty() {
        let free = |standing: &Standing| {
            standing.rule.audiences().iter().all(|asked| !unsorted.contains_key(&audience_key(asked)))
        };
        let next = unsorted.values().find(|standing| free(standing)).or_else(|| unsorted.values().next());
        let Some(key) = next.map(|standing| standing.key.clone()) else { break };
        sorted.extend(unsorted.remove(&key));
    }
    sorted
}

/// Asks again for these people: each audience for whom it may concern, then those that ask for that audience. `changed`: who came or
/// went already, by audience.
pub(crate) async fn evaluate(
    conn: &mut SqliteConnection,
    keys: &Keys,
    lineup: &Lineup,
    mut changed: HashMap<String, People>,
    concerned: impl Fn(AudienceId, &HashSet<String>) -> People,
    now: Timestamp,
) -> Result<(), StoreError> {
    for standing in &lineup.standing {
        let mut scope = concerned(standing.id, &standing.subjects);
        for asked in standing.rule.audiences() {
            if let Some(people) = changed.get(audience_key(asked).as_str()) {
                scope = sets::either(&scope, people);
            }
        }
        if scope.is_empty() {
            continue;
        }
        let moved = evaluate_one(conn, keys, lineup, standing, &scope, now).await?;
        if !moved.is_empty() {
            let people = changed.entry(standing.key.clone()).or_default();
            *people = sets::either(people, &moved);
        }
    }
    Ok(())
}

/// Who came or went, as everybody sees it.
async fn evaluate_one(
    conn: &mut SqliteConnection,
    keys: &Keys,
    lineup: &Lineup,
    standing: &Standing,
    scope: &[i64],
    now: Timestamp,
) -> Result<People, StoreError> {
    let audience = Audience { id: standing.id, workspace: lineup.workspace, name: &standing.name };
    let settled =
        if standing.turned { audience_turns::settle(conn, &audience, scope, now).await? } else { People::new() };
    if standing.turned && standing.behind {
        // It is looked at as a whole again as soon as everybody is settled: later than now.
        return Ok(settled);
    }
    let question = Question { keys, workspace: lineup.workspace, now, scope: Some(scope), audiences: &lineup.by_name };
    let matched = matching(conn, &question, &standing.rule).await?;
    if standing.behind {
        audience_turns::stage(conn, standing.id, scope, &matched, now).await?;
        return Ok(settled);
    }
    let inside = members_among(conn, standing.id, scope).await?;
    let come = sets::without(&matched, &inside);
    let go = members::without_put_in(conn, standing.id, &sets::without(&inside, &matched)).await?;
    members::enter(conn, &audience, &come, Because::Rule, now).await?;
    members::leave(conn, &audience, &go, Because::Rule, now).await?;
    Ok(sets::either(&settled, &sets::either(&come, &go)))
}

/// Asks again for people of whom something changed.
pub(crate) async fn evaluate_touched(
    conn: &mut SqliteConnection,
    keys: &Keys,
    workspace: WorkspaceId,
    touched: &Touched,
    now: Timestamp,
) -> Result<(), StoreError> {
    let lineup = line_up(conn, workspace).await?;
    let concerned = |_, subjects: &HashSet<String>| {
        let concerns = |what: &Option<HashSet<String>>| match what {
            None => true,
            Some(what) => !what.is_disjoint(subjects),
        };
        touched.iter().filter(|(_, what)| concerns(what)).map(|(no, _)| *no).collect()
    };
    let now = steady(conn, now).await?;
    evaluate(conn, keys, &lineup, HashMap::new(), concerned, now).await
}

async fn members_among(conn: &mut SqliteConnection, audience: AudienceId, scope: &[i64]) -> Result<People, StoreError> {
    let query = sqlx::query_scalar(
        "select json_group_array(profile_no order by profile_no) from audience_insiders
         where audience_id = $1 and profile_no in (select value from json_each($2))",
    );
    at_once(query.bind(audience.0).bind(json!(scope).to_string()), conn).await
}

/// Time doesn't go back behind what windows were last moved to, also if another process' clock is ahead.
pub(crate) async fn steady(conn: &mut SqliteConnection, now: Timestamp) -> Result<Timestamp, StoreError> {
    let windows: i64 = sqlx::query_scalar("select at from followers where name = 'windows'").fetch_one(conn).await?;
    Ok(Timestamp(windows.max(now.0)))
}

impl Store {
    /// The active audiences whose rule or state changed since everybody was last looked at. Those whose members are not all
    /// settled have to wait for that.
    ///
    /// # Errors
    /// What the database says.
    pub async fn audiences_to_evaluate(&self) -> Result<Vec<AudienceId>, StoreError> {
        let rows = sqlx::query(
            "select id from audiences where version > live_version and state = 'active' and turned = 0 order by created_at, id",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| Ok(AudienceId(row.try_get(0)?))).collect()
    }

    /// Works out an audience for everybody, beside the writer: whose membership may have to change, with those who are noted
    /// already as who come or go. `None` if it is gone or no longer active.
    ///
    /// # Errors
    /// What the database says.
    pub async fn whole_evaluation(
        &self,
        audience: AudienceId,
        now: Timestamp,
    ) -> Result<Option<WholeEvaluation>, StoreError> {
        let mut reading = self.readers.begin().await?;
        let row = sqlx::query("select workspace_id, rule, version from audiences where id = $1 and state = 'active'")
            .bind(audience.0)
            .fetch_optional(&mut *reading)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let rule: Rule = serde_json::from_str(row.try_get("rule")?)?;
        let workspace = WorkspaceId(row.try_get("workspace_id")?);
        let matched = self.rule_people(&mut reading, workspace, &rule, now).await?;
        let inside: People = sqlx::query_scalar(
            "select profile_no from audience_members where audience_id = $1 and turn <> 2 order by profile_no",
        )
        .bind(audience.0)
        .fetch_all(&mut *reading)
        .await?;
        let people = sets::difference(&matched, &inside);
        Ok(Some(WholeEvaluation { audience, version: row.try_get("version")?, people }))
    }

    pub(crate) async fn rule_people(
        &self,
        conn: &mut SqliteConnection,
        workspace: WorkspaceId,
        rule: &Rule,
        now: Timestamp,
    ) -> Result<People, StoreError> {
        let lineup = line_up(conn, workspace).await?;
        let now = steady(conn, now).await?;
        let question = Question { keys: &self.keys, workspace, now, scope: None, audiences: &lineup.by_name };
        matching(conn, &question, rule).await
    }

    /// Asks again for these people, ascending, in one audience and those that ask for it. `progress`: how many of how
    /// many are done after this.
    ///
    /// # Errors
    /// What the database says.
    pub async fn evaluate_people(
        &self,
        audience: AudienceId,
        people: &[i64],
        progress: Option<(usize, usize)>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let row = sqlx::query("select workspace_id from audiences where id = $1 and state = 'active'")
            .bind(audience.0)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(()) };
        let lineup = line_up(&mut tx, WorkspaceId(row.try_get(0)?)).await?;
        // Somebody who was merged or erased meanwhile is asked for no more.
        let query = sqlx::query_scalar(
            "select json_group_array(no order by no) from profiles where no in (select value from json_each($1))",
        );
        let people: People = at_once(query.bind(json!(people).to_string()), &mut *tx).await?;
        let concerned = |id, _: &HashSet<String>| if id == audience { people.clone() } else { Vec::new() };
        let now = steady(&mut tx, now).await?;
        evaluate(&mut tx, &self.keys, &lineup, HashMap::new(), concerned, now).await?;
        if let Some((done, total)) = progress {
            sqlx::query("update audiences set done = $2, total = $3 where id = $1")
                .bind(audience.0)
                .bind(i64::try_from(done).unwrap_or(0))
                .bind(i64::try_from(total).unwrap_or(0))
                .execute(&mut *tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }

    /// Who has an event that left a window of time since windows were last moved: per audience, with the time from
    /// which they are moved.
    ///
    /// # Errors
    /// What the database says.
    pub async fn window_changes(&self, now: Timestamp) -> Result<(i64, Vec<(AudienceId, People)>), StoreError> {
        let mut reading = self.readers.begin().await?;
        let from: i64 =
            sqlx::query_scalar("select at from followers where name = 'windows'").fetch_one(&mut *reading).await?;
        if from == 0 || from >= now.0 {
            return Ok((from, Vec::new()));
        }
        let rows = sqlx::query("select id, workspace_id, rule from audiences where state = 'active' and dynamic")
            .fetch_all(&mut *reading)
            .await?;
        let mut found = Vec::new();
        for row in &rows {
            let workspace = WorkspaceId(row.try_get("workspace_id")?);
            let rule: Rule = serde_json::from_str(row.try_get("rule")?)?;
            let mut people = People::new();
            for (key, days) in windows(&rule) {
                let left = left_window(&mut reading, workspace, &key, from, now.0, i64::from(days) * DAY).await?;
                people = sets::either(&people, &left);
            }
            if !people.is_empty() {
                found.push((AudienceId(row.try_get("id")?), people));
            }
        }
        Ok((from, found))
    }

    /// Windows are moved to `now`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn windows_moved(&self, from: i64, now: Timestamp) -> Result<(), StoreError> {
        if now.0 <= from {
            return Ok(());
        }
        let mut tx = self.write().await?;
        sqlx::query("update followers set at = $2 where name = 'windows' and at = $1")
            .bind(from)
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}

fn windows(rule: &Rule) -> BTreeSet<(String, u32)> {
    rule.all_conditions()
        .filter_map(|condition| match condition {
            Condition::Event(condition) => match condition.period {
                Period::Within(days) => Some((setting_key(&condition.event), days)),
                _ => None,
            },
            _ => None,
        })
        .collect()
}

async fn left_window(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    key: &str,
    from: i64,
    now: i64,
    length: i64,
) -> Result<People, StoreError> {
    Ok(sqlx::query_scalar(
        "select distinct profile_no from profile_events indexed by profile_events_by_time
         where name_no = (select no from profile_names where workspace_id = $1 and kind = 'event' and key = $2)
           and at >= $3 and at < $4 order by profile_no",
    )
    .bind(workspace.0)
    .bind(key)
    .bind(from - length)
    .bind(now - length)
    .fetch_all(conn)
    .await?)
}
