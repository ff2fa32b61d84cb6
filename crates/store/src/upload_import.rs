//! A portion of a file of people: taken in one transaction with how far the import is, so that a crash takes nothing twice.

use std::collections::{BTreeSet, HashSet};

use domain::{AudienceId, Timestamp, UploadId, WorkspaceId, profile::ProfileId, upload::Refusal};
use serde_json::json;
use sqlx::{Row, SqliteConnection};

use crate::{
    Keys, SightedEvent, Store, StoreError,
    at_once::at_once,
    audience_evaluation::{Touched, evaluate_touched, trait_subject},
    audience_turns, consents,
    members::{self, Audience, Because},
    people_sets, profile_follow, profile_merge, profile_rows,
};

/// A portion of a file.
#[derive(Clone, Debug)]
pub struct UploadStep {
    /// The file.
    pub upload: UploadId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// The audience that its people come into.
    pub audience: Option<AudienceId>,
    /// Where it begins in the file.
    pub from: u64,
    /// Where the next portion begins.
    pub to: u64,
    /// On which line the next portion begins.
    pub line: u64,
    /// The rows that are taken; the number of each is its line.
    pub rows: Vec<SightedEvent>,
    /// The rows that are not.
    pub rejects: Vec<UploadReject>,
    /// Values left out of rows that are taken.
    pub left_out: u64,
}

/// A row that is not taken.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct UploadReject {
    /// Its line.
    pub line: u64,
    /// Why.
    pub message: String,
    /// What it held, column by column; nothing where that can't be kept.
    pub fields: Vec<String>,
}

/// What the rows that were not taken are sealed for.
fn rejects_place(upload: UploadId, line: u64) -> String {
    format!("upload_rejects/{upload}/{line}")
}

impl Store {
    /// Takes a portion. `false`: the import was stopped, or another process took the portion; nothing was changed.
    ///
    /// # Errors
    /// What the database says.
    pub async fn import_rows(&self, step: &UploadStep, now: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.write_in_bulk().await?;
        let moved =
            sqlx::query("update uploads set byte = $3, line = $4 where id = $1 and byte = $2 and state = 'running'")
                .bind(step.upload.0)
                .bind(number(step.from))
                .bind(number(step.to))
                .bind(number(step.line))
                .execute(&mut *tx)
                .await?;
        if moved.rows_affected() != 1 {
            return Ok(false);
        }
        let (rows, erased) = without_erased(&mut tx, &step.rows).await?;
        let new_people = if rows.is_empty() { 0 } else { self.take_rows(&mut tx, step, &rows, now).await? };
        let mut rejects = step.rejects.clone();
        rejects.extend(erased);
        insert_rejects(&mut tx, &self.keys, step.upload, &rejects).await?;
        sqlx::query(
            "update uploads set done = done + $2 + $3, taken = taken + $2, rejected = rejected + $3,
                    left_out = left_out + $4, new_people = new_people + $5 where id = $1",
        )
        .bind(step.upload.0)
        .bind(number(rows.len() as u64))
        .bind(number(rejects.len() as u64))
        .bind(number(step.left_out))
        .bind(new_people)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// People, merges, identifiers, traits, and the audience; how many people are new.
    async fn take_rows(
        &self,
        tx: &mut SqliteConnection,
        step: &UploadStep,
        rows: &[&SightedEvent],
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        let outcome = profile_follow::resolve(tx, rows).await?;
        for (from, to) in &outcome.merged {
            profile_merge::merge(tx, *from, *to, now).await?;
        }
        profile_rows::insert_people(tx, rows, &outcome, 0).await?;
        profile_rows::write_keys(tx, rows, &outcome).await?;
        let names = profile_rows::names(tx, rows).await?;
        profile_rows::write_traits(tx, rows, &outcome, &names).await?;
        profile_merge::mark_members_with_new_keys(tx, rows, &outcome).await?;
        consents::settle_file(tx, rows, &outcome, now).await?;
        let people: BTreeSet<i64> = outcome.people.iter().flatten().map(|person| person.0).collect();
        if let Some(audience) = step.audience {
            put_in(tx, (step.workspace, audience), &people, &outcome.new, now).await?;
        }
        let new: HashSet<i64> = outcome.new.iter().chain(outcome.merged.values()).map(|person| person.0).collect();
        // Other audiences may ask who is in this one.
        let whole = |no: &i64| step.audience.is_some() || new.contains(no);
        let told: HashSet<&str> = rows.iter().flat_map(|row| &row.told.traits).map(|told| told.key.as_str()).collect();
        let subjects: HashSet<String> = told.into_iter().map(trait_subject).collect();
        let touched: Touched = people.into_iter().map(|no| (no, (!whole(&no)).then(|| subjects.clone()))).collect();
        evaluate_touched(tx, &self.keys, step.workspace, &touched, now).await?;
        Ok(i64::try_from(outcome.new.len()).unwrap_or(0))
    }

    /// Rows that were not taken, in the order of the file: those of the portions after one of them.
    ///
    /// # Errors
    /// What the database says.
    pub async fn upload_rejects(
        &self,
        upload: UploadId,
        after: i64,
    ) -> Result<Option<(i64, Vec<UploadReject>)>, StoreError> {
        let row = sqlx::query(
            "select id, line, sealed from upload_rejects where upload_id = $1 and id > $2 order by id limit 1",
        )
        .bind(upload.0)
        .bind(after)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let place = rejects_place(upload, row.try_get::<i64, _>("line")?.unsigned_abs());
        let plain = self.keys.open(&place, row.try_get("sealed")?)?;
        Ok(Some((row.try_get("id")?, serde_json::from_slice(&plain)?)))
    }
}

/// These people come into an audience by hand, unless they said no to marketing; who is in already stays, whatever the rule says.
/// `new`, ascending, are known by this portion: they are in nothing yet.
async fn put_in(
    tx: &mut SqliteConnection,
    (workspace, audience): (WorkspaceId, AudienceId),
    people: &BTreeSet<i64>,
    new: &[ProfileId],
    now: Timestamp,
) -> Result<(), StoreError> {
    let name: Option<String> =
        sqlx::query_scalar("select name from audiences where id = $1 and state <> 'deleted' and not dynamic")
            .bind(audience.0)
            .fetch_optional(&mut *tx)
            .await?;
    let Some(name) = name else { return Ok(()) };
    let new: Vec<i64> = new.iter().map(|person| person.0).collect();
    let all: Vec<i64> = people.iter().copied().collect();
    let known = people_sets::without(&all, &new);
    audience_turns::without_turn(tx, &known, Some(audience), now).await?;
    let list = json!(known).to_string();
    let query = sqlx::query_scalar(
        "select json_group_array(value order by value) from json_each($2) where not exists (
             select 1 from audience_members where audience_id = $1 and profile_no = value)
           and value not in (select profile_no from profile_refusals)",
    );
    let strangers: Vec<i64> = at_once(query.bind(audience.0).bind(&list), &mut *tx).await?;
    let refused: Vec<i64> = sqlx::query_scalar(
        "select profile_no from profile_refusals where profile_no in (select value from json_each($1)) order by profile_no",
    )
    .bind(json!(new).to_string())
    .fetch_all(&mut *tx)
    .await?;
    let strangers = people_sets::either(&strangers, &people_sets::without(&new, &refused));
    members::enter(tx, &Audience { id: audience, workspace, name: &name }, &strangers, Because::Hand, now).await?;
    if strangers.len() < people.len() {
        sqlx::query(
            "update audience_members set by_hand = 1
             where audience_id = $1 and profile_no in (select value from json_each($2)) and by_hand = 0",
        )
        .bind(audience.0)
        .bind(&list)
        .execute(tx)
        .await?;
    }
    Ok(())
}

/// Leaves out rows of people who were erased. Of those nothing but their line is kept.
async fn without_erased<'a>(
    conn: &mut SqliteConnection,
    rows: &'a [SightedEvent],
) -> Result<(Vec<&'a SightedEvent>, Vec<UploadReject>), StoreError> {
    let any: bool = sqlx::query_scalar("select exists (select 1 from suppressed_keys)").fetch_one(&mut *conn).await?;
    if !any {
        return Ok((rows.iter().collect(), Vec::new()));
    }
    let keys: HashSet<String> = rows.iter().flat_map(|row| &row.told.keys).map(const_hex::encode).collect();
    let found: HashSet<Vec<u8>> = sqlx::query_scalar::<_, Vec<u8>>(
        "select key from suppressed_keys where key in (select unhex(value) from json_each($1))",
    )
    .bind(json!(keys).to_string())
    .fetch_all(conn)
    .await?
    .into_iter()
    .collect();
    let (erased, kept): (Vec<&SightedEvent>, Vec<&SightedEvent>) =
        rows.iter().partition(|row| row.told.keys.iter().any(|key| found.contains(key.as_slice())));
    let told = erased.into_iter().map(|row| UploadReject {
        line: row.id.0.unsigned_abs(),
        message: Refusal::Erased.reason().message,
        fields: Vec::new(),
    });
    Ok((kept, told.collect()))
}

async fn insert_rejects(
    conn: &mut SqliteConnection,
    keys: &Keys,
    upload: UploadId,
    rejects: &[UploadReject],
) -> Result<(), StoreError> {
    let Some(first) = rejects.first() else { return Ok(()) };
    let sealed = keys.seal(&rejects_place(upload, first.line), &serde_json::to_vec(rejects)?);
    sqlx::query("insert into upload_rejects (upload_id, line, sealed) values ($1, $2, $3)")
        .bind(upload.0)
        .bind(number(first.line))
        .bind(sealed)
        .execute(conn)
        .await?;
    Ok(())
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
