//! Looking people up, and everything that is known of one.

use domain::{
    AudienceId, Timestamp, WorkspaceId,
    audience::Rule,
    profile::{IdentifierKind, LookupKey, ProfileId},
    reading::privacy::{mask_text, masked_email, masked_phone, masked_text},
    view::audience::{EventTotal, PageKey, ProfileRow, ProfileView, TraitView},
};
use serde_json::{Value, json};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use crate::{
    Store, StoreError,
    profile_finds::number_of,
    profile_told,
    sighted::{found_by, profile_key, trait_place},
};

/// People that one search may find.
const FOUND_MAX: i64 = 50;

impl Store {
    /// The people whom a text names: an e-mail address, a phone number, any id, or a person's number. `numbers`: the text as
    /// whole phone numbers.
    ///
    /// # Errors
    /// What the database says.
    pub async fn find_people(
        &self,
        workspace: WorkspaceId,
        text: &str,
        numbers: &[String],
    ) -> Result<Vec<ProfileRow>, StoreError> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let whole = |number: &String| profile_key(&self.keys, workspace, IdentifierKind::Phone, number);
        let mut keys: Vec<LookupKey> = numbers.iter().map(whole).collect();
        for spelling in spellings(&text) {
            let folded = IdentifierKind::ALL.into_iter().filter_map(|kind| Some((kind, kind.fold(&spelling)?)));
            keys.extend(folded.map(|(kind, id)| profile_key(&self.keys, workspace, kind, &id)));
        }
        let rows = sqlx::query(concat!(
            "select * from profiles where workspace_id = $1 and (
                 no in (select k.profile_no from json_each($2) w cross join profile_keys k on k.no = ",
            number_of!("unhex(w.value)"),
            "    ) or no in (select profile_no from profile_keys where find_key in (select unhex(value) from json_each($2)))
                 or no = $3 or no in (select to_no from profile_merges where from_no = $3))
             order by last_seen desc limit $4",
        ))
        .bind(workspace.0)
        .bind(found_by(&keys))
        .bind(text.parse::<i64>().ok())
        .bind(FOUND_MAX)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(profile_row).collect()
    }

    /// The people of a workspace whose events came last, or those after one of them.
    ///
    /// # Errors
    /// What the database says.
    pub async fn latest_people(
        &self,
        workspace: WorkspaceId,
        after: Option<PageKey>,
        limit: u32,
    ) -> Result<Vec<ProfileRow>, StoreError> {
        let PageKey(at, no) = after.unwrap_or(PageKey(Timestamp(i64::MAX), ProfileId(i64::MAX)));
        let rows = sqlx::query(
            "select * from profiles where workspace_id = $1 and (last_seen, no) < ($2, $3)
             order by last_seen desc, no desc limit $4",
        )
        .bind(workspace.0)
        .bind(at.0)
        .bind(no.0)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(profile_row).collect()
    }

    /// How many people a rule matches now, and some of them.
    ///
    /// # Errors
    /// What the database says.
    pub async fn preview_rule(
        &self,
        workspace: WorkspaceId,
        rule: &Rule,
        sample: usize,
        now: Timestamp,
    ) -> Result<(u64, Vec<ProfileRow>), StoreError> {
        let mut reading = self.readers.begin().await?;
        let people = self.rule_people(&mut reading, workspace, rule, now).await?;
        let some: Vec<i64> = people.iter().rev().take(sample).copied().collect();
        let rows = sqlx::query("select * from profiles where no in (select value from json_each($1)) order by no desc")
            .bind(json!(some).to_string())
            .fetch_all(&mut *reading)
            .await?;
        Ok((people.len() as u64, rows.iter().map(profile_row).collect::<Result<_, _>>()?))
    }

    /// Some members of an audience, newest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn member_sample(&self, audience: AudienceId, limit: u32) -> Result<Vec<ProfileRow>, StoreError> {
        let rows = sqlx::query(
            "select p.* from audience_insiders m join profiles p on p.no = m.profile_no
             where m.audience_id = $1 order by m.profile_no desc limit $2",
        )
        .bind(audience.0)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(profile_row).collect()
    }

    /// Everything about a person; under an old number, whom they became part of.
    ///
    /// # Errors
    /// What the database says.
    pub async fn profile(
        &self,
        workspace: WorkspaceId,
        id: ProfileId,
        now: Timestamp,
    ) -> Result<Option<ProfileView>, StoreError> {
        let mut reading = self.readers.begin().await?;
        let row = sqlx::query(
            "select * from profiles where workspace_id = $1
             and no = coalesce((select to_no from profile_merges where from_no = $2), $2)",
        )
        .bind(workspace.0)
        .bind(id.0)
        .fetch_optional(&mut *reading)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let row = profile_row(&row)?;
        let conn = &mut *reading;
        let identifiers = self.identifiers(conn, row.id).await?;
        let erasure: Option<(i64, String)> =
            sqlx::query_as("select due_at, requested_by from erasures where profile_no = $1 and done_at is null")
                .bind(row.id.0)
                .fetch_optional(&mut *conn)
                .await?;
        let refused_at: Option<i64> = sqlx::query_scalar("select at from profile_refusals where profile_no = $1")
            .bind(row.id.0)
            .fetch_optional(&mut *conn)
            .await?;
        Ok(Some(ProfileView {
            identifiers: identifiers.into_iter().map(|i| (i.kind, masked(i.kind, &i.raw), i.shared)).collect(),
            traits: self.traits(conn, workspace, row.id).await?,
            totals: totals(conn, workspace, row.id).await?,
            recent: profile_told::recent(conn, workspace, row.id).await?,
            audiences: self.memberships(conn, workspace, row.id, now).await?,
            synced: profile_told::synced(conn, row.id).await?,
            refused_at: refused_at.map(Timestamp),
            erasure: erasure.map(|(due, by)| (Timestamp(due), by)),
            row,
        }))
    }

    async fn traits(
        &self,
        conn: &mut SqliteConnection,
        workspace: WorkspaceId,
        id: ProfileId,
    ) -> Result<Vec<TraitView>, StoreError> {
        let rows = sqlx::query(
            "select n.key, n.name, t.personal, t.value, t.sealed, t.changed_at from profile_names n
             join profile_traits t on t.name_no = n.no and t.profile_no = $2
             where n.workspace_id = $1 and n.kind = 'trait' and (t.text is not null or t.many is not null) order by n.key",
        )
        .bind(workspace.0)
        .bind(id.0)
        .fetch_all(conn)
        .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let key: String = row.try_get("key")?;
            let value = if row.try_get("personal")? {
                let plain = self.keys.open_text(&trait_place(workspace, &key), row.try_get("sealed")?)?;
                masked_trait(&key, &serde_json::from_str(&plain)?)
            } else {
                serde_json::from_str(row.try_get("value")?)?
            };
            let changed_at = Timestamp(row.try_get("changed_at")?);
            found.push(TraitView { name: row.try_get("name")?, value, changed_at });
        }
        Ok(found)
    }
}

/// How a text may have been spelt when it came: with its capitals, without, with all of them; and a number alone may be one
/// that another system gave.
fn spellings(text: &str) -> Vec<String> {
    let mut found = vec![text.to_owned(), text.to_lowercase(), text.to_uppercase()];
    found.extend(["id:", "customerlabs_user_id:"].map(|kind| format!("{kind}{}", text.to_lowercase())));
    found.extend(["id:", "customerlabs_user_id:"].map(|kind| format!("{kind}{text}")));
    found
}

fn profile_row(row: &SqliteRow) -> Result<ProfileRow, StoreError> {
    Ok(ProfileRow {
        id: ProfileId(row.try_get("no")?),
        person: row.try_get("person")?,
        first_seen: Timestamp(row.try_get("first_seen")?),
        last_seen: Timestamp(row.try_get("last_seen")?),
        events: row.try_get::<i64, _>("events")?.unsigned_abs(),
    })
}

fn masked(kind: IdentifierKind, raw: &str) -> String {
    match kind {
        IdentifierKind::Email => masked_email(raw),
        IdentifierKind::Phone => masked_phone(raw),
        // A shop may use the address or the number as the id.
        _ => mask_text(raw).into_owned(),
    }
}

fn masked_trait(key: &str, value: &Value) -> Value {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Value::String(match key {
        _ if text.contains('@') => masked_email(&text),
        key if key.contains("phone") || key.contains("mobile") => masked_phone(&text),
        _ => masked_text(),
    })
}

async fn totals(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    id: ProfileId,
) -> Result<Vec<EventTotal>, StoreError> {
    let rows = sqlx::query(
        "select n.name, count(*) as count, min(e.at) as first, max(e.at) as last,
                cast(sum((select total(v.value) from json_each(f.facts, '$.n.value') v)) as integer) as value,
                max(f.facts ->> '$.n.value' is not null) as has_value
         from profile_names n join profile_events e on e.name_no = n.no and e.profile_no = $2
         left join event_facts f on f.event_id = e.event_id
         where n.workspace_id = $1 and n.kind = 'event' group by n.no order by last desc",
    )
    .bind(workspace.0)
    .bind(id.0)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(EventTotal {
                event: row.try_get("name")?,
                count: row.try_get::<i64, _>("count")?.unsigned_abs(),
                first: Timestamp(row.try_get("first")?),
                last: Timestamp(row.try_get("last")?),
                value: row.try_get::<Option<i64>, _>("value")?.filter(|_| row.try_get("has_value").unwrap_or(false)),
            })
        })
        .collect()
}
