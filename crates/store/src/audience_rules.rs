//! Rules as SQL: each condition becomes one query that answers with the people it holds for; groups combine the answers.
//! The texts of queries are put together from fixed parts; every value is bound.

use std::{collections::HashMap, future::Future, pin::Pin};

use domain::{
    AudienceId, Timestamp, WorkspaceId,
    audience::{
        Check, Condition, EventCondition, Folded, Match, Measure, Occurrence, Rule, audience_key, personal_text,
    },
    catalogue::setting_key,
    time::DAY,
    workflow::event_key,
};
use serde_json::json;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use crate::{Keys, StoreError, people_sets as sets};

/// What a rule is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub keys: &'a Keys,
    pub workspace: WorkspaceId,
    pub now: Timestamp,
    /// Only these people, ascending; all of the workspace without.
    pub scope: Option<&'a [i64]>,
    /// The workspace's audiences by [`audience_key`].
    pub audiences: &'a HashMap<String, AudienceId>,
}

/// People, ascending.
pub(crate) type People = Vec<i64>;

/// What a query is put together with.
type Sql = QueryBuilder<Sqlite>;

/// The people that a rule matches, of those who did not say no to marketing.
pub(crate) async fn matching(
    conn: &mut SqliteConnection,
    question: &Question<'_>,
    rule: &Rule,
) -> Result<People, StoreError> {
    if rule.is_empty() {
        return Ok(Vec::new());
    }
    let everybody = if needs_everybody(rule) { everybody(conn, question).await? } else { Vec::new() };
    let found = group(conn, question, rule, &everybody).await?;
    let refused = refused(conn, question).await?;
    Ok(if refused.is_empty() { found } else { sets::without(&found, &refused) })
}

/// Who said no to marketing: no rule matches them.
async fn refused(conn: &mut SqliteConnection, question: &Question<'_>) -> Result<People, StoreError> {
    let mut sql = Sql::new(
        "select group_concat(no) from (select r.profile_no as no from profile_refusals r where r.workspace_id = ",
    );
    sql.push_bind(question.workspace.0);
    push_scope(&mut sql, "r.profile_no", question);
    fetch(conn, sql).await
}

fn group<'a>(
    conn: &'a mut SqliteConnection,
    question: &'a Question<'a>,
    rule: &'a Rule,
    everybody: &'a [i64],
) -> Pin<Box<dyn Future<Output = Result<People, StoreError>> + Send + 'a>> {
    Box::pin(async move {
        if rule.is_empty() {
            return Ok(Vec::new());
        }
        let mut found: Option<People> = None;
        let mut take = |people: People| {
            found = Some(match (found.take(), rule.r#match) {
                (None, _) => people,
                (Some(found), Match::All) => sets::both(&found, &people),
                (Some(found), Match::Any) => sets::either(&found, &people),
            });
        };
        for condition in &rule.conditions {
            take(condition_people(conn, question, condition, everybody).await?);
        }
        for inner in &rule.groups {
            take(group(&mut *conn, question, inner, everybody).await?);
        }
        let found = found.unwrap_or_default();
        Ok(if rule.not { sets::without(everybody, &found) } else { found })
    })
}

/// Whether some part holds for people of whom nothing is stored.
fn needs_everybody(rule: &Rule) -> bool {
    let condition = |condition: &Condition| match condition {
        Condition::Event(condition) => holds_without_events(condition),
        Condition::Value { test, .. } => test.check().is_some_and(|(_, negated)| negated),
        Condition::Audience { member, .. } => !member,
    };
    rule.not || rule.conditions.iter().any(condition) || rule.groups.iter().any(needs_everybody)
}

async fn everybody(conn: &mut SqliteConnection, question: &Question<'_>) -> Result<People, StoreError> {
    if let Some(scope) = question.scope {
        return Ok(scope.to_vec());
    }
    let mut sql = Sql::new("select group_concat(no) from (select p.no as no from profiles p where p.workspace_id = ");
    sql.push_bind(question.workspace.0);
    fetch(conn, sql).await
}

async fn condition_people(
    conn: &mut SqliteConnection,
    question: &Question<'_>,
    condition: &Condition,
    everybody: &[i64],
) -> Result<People, StoreError> {
    match condition {
        Condition::Event(condition) => event_people(conn, question, condition, everybody).await,
        Condition::Value { origin, name, test } => {
            let Some((check, negated)) = test.check() else { return Ok(Vec::new()) };
            let key = origin.key(name);
            let mut sql = Sql::new(
                "select group_concat(no) from (select x.profile_no as no from profile_traits x where x.name_no = ",
            );
            push_name(&mut sql, question, "trait", &key);
            push_scope(&mut sql, "x.profile_no", question);
            push_trait_check(&mut sql, question, &key, &check);
            let found = fetch(conn, sql).await?;
            Ok(if negated { sets::without(everybody, &found) } else { found })
        }
        Condition::Audience { audience, member } => {
            let found = match question.audiences.get(&audience_key(audience)) {
                None => Vec::new(),
                Some(id) => {
                    let mut sql = Sql::new(
                        "select group_concat(no) from (select m.profile_no as no from audience_insiders m where m.audience_id = ",
                    );
                    sql.push_bind(id.0);
                    push_scope(&mut sql, "m.profile_no", question);
                    fetch(conn, sql).await?
                }
            };
            Ok(if *member { found } else { sets::without(everybody, &found) })
        }
    }
}

/// Zero events count as 0 and add up to 0; there is no greatest, first or last of them.
fn holds_without_events(condition: &EventCondition) -> bool {
    let Some((low, high)) = condition.measure.bounds() else { return false };
    matches!(condition.measure, Measure::Count(..) | Measure::Sum(..))
        && low.is_none_or(|low| low <= 0)
        && high.is_none_or(|high| high >= 0)
}

async fn event_people(
    conn: &mut SqliteConnection,
    question: &Question<'_>,
    condition: &EventCondition,
    everybody: &[i64],
) -> Result<People, StoreError> {
    let checks: Option<Vec<_>> =
        condition.filters.iter().map(|filter| Some((event_key(&filter.property), filter.test.check()?))).collect();
    let (Some(checks), Some((since, until)), Some((low, high))) =
        (checks, condition.period.bounds(question.now), condition.measure.bounds())
    else {
        return Ok(Vec::new());
    };
    // Where none at all would do, those are looked for with whom it doesn't.
    let inverted = holds_without_events(condition);
    let key = setting_key(&condition.event);
    let by_time = question.scope.is_none() && is_small_part(conn, question, &key, since).await?;
    let mut sql = Sql::new("select group_concat(no) from (select e.profile_no as no from profile_events e");
    if by_time {
        sql.push(" indexed by profile_events_by_time");
    }
    if !checks.is_empty() || matches!(condition.measure, Measure::Sum(..) | Measure::Max(..)) {
        sql.push(" left join event_facts f on f.event_id = e.event_id");
    }
    sql.push(" where e.name_no = ");
    push_name(&mut sql, question, "event", &key);
    push_scope(&mut sql, "e.profile_no", question);
    if !matches!(condition.measure, Measure::Occurrence(_)) {
        // The plus keeps the planner from the index on times: in the order of people nothing has to be sorted.
        let column = if by_time || question.scope.is_some() { "e.at" } else { "+e.at" };
        push_period(&mut sql, column, since, until);
    }
    for (property, (check, negated)) in &checks {
        sql.push(if *negated { " and not " } else { " and " });
        push_fact_check(&mut sql, property, check);
    }
    sql.push(" group by e.profile_no having ");
    if inverted {
        sql.push("not ");
    }
    sql.push("(true");
    match &condition.measure {
        Measure::Count(..) => push_bounds(&mut sql, "count(*)", low, high),
        Measure::Sum(property, ..) => {
            push_measured(&mut sql, "total", property, low, high);
        }
        Measure::Max(property, ..) => {
            push_measured(&mut sql, "max", property, low.or(Some(i64::MIN)), high);
        }
        Measure::Occurrence(Occurrence::First) => push_period(&mut sql, "min(e.at)", since, until),
        Measure::Occurrence(Occurrence::Last) => push_period(&mut sql, "max(e.at)", since, until),
    }
    sql.push(")");
    let found = fetch(conn, sql).await?;
    Ok(if inverted { sets::without(everybody, &found) } else { found })
}

/// Whether a period covers so little of an event's history that going by time and sorting by person pays.
async fn is_small_part(
    conn: &mut SqliteConnection,
    question: &Question<'_>,
    key: &str,
    since: i64,
) -> Result<bool, StoreError> {
    let mut sql = Sql::new("select min(at) from profile_events where name_no = ");
    push_name(&mut sql, question, "event", key);
    let first: Option<i64> = sql.build_query_scalar().fetch_one(conn).await?;
    let Some(first) = first else { return Ok(true) };
    let (history, part) = (question.now.0.saturating_sub(first), question.now.0.saturating_sub(since));
    Ok(part < DAY || part < history / 8)
}

fn push_name(sql: &mut Sql, question: &Question<'_>, kind: &'static str, key: &str) {
    sql.push("(select no from profile_names where workspace_id = ");
    sql.push_bind(question.workspace.0);
    sql.push(" and kind = ").push_bind(kind);
    sql.push(" and key = ").push_bind(key.to_owned()).push(")");
}

fn push_scope(sql: &mut Sql, column: &'static str, question: &Question<'_>) {
    if let Some(scope) = question.scope {
        sql.push(" and ").push(column).push(" in (select value from json_each(");
        sql.push_bind(json!(scope).to_string()).push("))");
    }
}

fn push_period(sql: &mut Sql, column: &'static str, since: i64, until: i64) {
    if since > i64::MIN {
        sql.push(" and ").push(column).push(" >= ").push_bind(since);
    }
    if until < i64::MAX {
        sql.push(" and ").push(column).push(" < ").push_bind(until);
    }
}

fn push_bounds(sql: &mut Sql, column: &'static str, low: Option<i64>, high: Option<i64>) {
    if let Some(low) = low {
        sql.push(" and ").push(column).push(" >= ").push_bind(low);
    }
    if let Some(high) = high {
        sql.push(" and ").push(column).push(" <= ").push_bind(high);
    }
}

/// The sum or maximum of a property's numbers.
fn push_measured(sql: &mut Sql, how: &'static str, property: &str, low: Option<i64>, high: Option<i64>) {
    let path = fact_path("n", &event_key(property));
    for (sign, bound) in [(" >= ", low), (" <= ", high)] {
        let Some(bound) = bound else { continue };
        sql.push(" and ").push(how).push("((select ").push(how).push("(v.value) from json_each(f.facts, ");
        sql.push_bind(path.clone()).push(") v))").push(sign).push_bind(bound);
    }
}

fn fact_path(part: &str, key: &str) -> String {
    format!("$.{part}.\"{key}\"")
}

fn push_fact_check(sql: &mut Sql, key: &str, check: &Check) {
    let part = match check {
        Check::Number(..) => "n",
        Check::Date(..) => "d",
        _ => "t",
    };
    sql.push("(exists (select 1 from json_each(f.facts, ").push_bind(fact_path(part, key)).push(") v where ");
    push_value_check(sql, "v.value", check);
    sql.push(")");
    if let Check::Equals(values) = check {
        let numbers = numbers(values);
        if !numbers.is_empty() {
            sql.push(" or exists (select 1 from json_each(f.facts, ").push_bind(fact_path("n", key));
            sql.push(") v where v.value in (select value from json_each(");
            sql.push_bind(json!(numbers).to_string()).push(")))");
        }
    }
    sql.push(")");
}

/// The check of one text, number or date.
fn push_value_check(sql: &mut Sql, column: &'static str, check: &Check) {
    match check {
        Check::Exists => drop(sql.push("true")),
        Check::Equals(values) => push_among(sql, column, &texts(values)),
        Check::Contains(text) => {
            sql.push("instr(").push(column).push(", ").push_bind(text.clone()).push(") > 0");
        }
        Check::StartsWith(text) => {
            sql.push("instr(").push(column).push(", ").push_bind(text.clone()).push(") = 1");
        }
        Check::Number(low, high) => {
            sql.push(column).push(" is not null");
            push_bounds(sql, column, *low, *high);
        }
        Check::Date(after, before) => {
            sql.push(column).push(" is not null");
            push_period(sql, column, after.unwrap_or(i64::MIN), before.unwrap_or(i64::MAX));
        }
    }
}

fn push_among(sql: &mut Sql, column: &'static str, texts: &[String]) {
    sql.push(column).push(" in (select value from json_each(").push_bind(json!(texts).to_string()).push("))");
}

fn texts(values: &[Folded]) -> Vec<String> {
    values.iter().map(|value| value.text.clone()).collect()
}

fn numbers(values: &[Folded]) -> Vec<i64> {
    values.iter().filter_map(|value| value.number).collect()
}

fn push_trait_check(sql: &mut Sql, question: &Question<'_>, key: &str, check: &Check) {
    sql.push(" and (");
    match check {
        // What was taken away is a row without a value.
        Check::Exists => drop(sql.push("x.text is not null or x.many is not null")),
        Check::Equals(values) => {
            // Of a personal trait the keyed hash is compared.
            let mut wanted = texts(values);
            wanted.extend(values.iter().map(|value| trait_hash(question.keys, question.workspace, key, &value.text)));
            let numbers = json!(numbers(values)).to_string();
            push_among(sql, "x.text", &wanted);
            sql.push(" or x.number in (select value from json_each(").push_bind(numbers.clone());
            sql.push(")) or exists (select 1 from json_each(x.many, '$.t') v where ");
            push_among(sql, "v.value", &wanted);
            sql.push(
                ") or exists (select 1 from json_each(x.many, '$.n') v where v.value in (select value from json_each(",
            );
            sql.push_bind(numbers).push(")))");
        }
        Check::Contains(_) | Check::StartsWith(_) => {
            sql.push("x.personal = 0 and (coalesce(");
            push_value_check(sql, "x.text", check);
            sql.push(", false) or exists (select 1 from json_each(x.many, '$.t') v where ");
            push_value_check(sql, "v.value", check);
            sql.push("))");
        }
        Check::Number(..) => push_scalar_or_many(sql, "x.number", "'$.n'", check),
        Check::Date(..) => push_scalar_or_many(sql, "x.date", "'$.d'", check),
    }
    sql.push(")");
}

fn push_scalar_or_many(sql: &mut Sql, column: &'static str, path: &'static str, check: &Check) {
    push_value_check(sql, column, check);
    sql.push(" or exists (select 1 from json_each(x.many, ").push(path).push(") v where ");
    push_value_check(sql, "v.value", check);
    sql.push(")");
}

/// What stands for the value of a personal trait.
pub(crate) fn trait_hash(keys: &Keys, workspace: WorkspaceId, key: &str, folded: &str) -> String {
    const_hex::encode(keys.lookup("trait", &format!("{workspace}/{key}/{}", personal_text(key, folded))))
}

/// Runs a query that begins with `select group_concat(no) from (`. One row comes back: a million rows would each pass a channel.
async fn fetch(conn: &mut SqliteConnection, mut query: Sql) -> Result<People, StoreError> {
    query.push(")");
    let found: Option<String> = query.build_query_scalar().fetch_one(conn).await?;
    let mut people = Vec::new();
    if let Some(found) = found {
        for no in found.split(',') {
            people.push(no.parse().map_err(|_| sqlx::Error::Decode("a person's number is none".into()))?);
        }
    }
    people.sort_unstable();
    people.dedup();
    Ok(people)
}
