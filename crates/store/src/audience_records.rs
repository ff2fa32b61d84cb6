//! Audiences as people make and change them.

use std::collections::BTreeMap;

use domain::{
    ApiError, AudienceId, DestinationId, FieldError, Timestamp, WorkspaceId,
    audience::{Rule, audience_key, circle},
    view::audience::{AudienceForm, AudienceState, AudienceView},
    workflow::nearest,
};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use crate::{
    Author, Store, StoreError, audience_turns,
    audiences::{describe_audience, link_audience, write_audience},
    changes::note,
    members::{self, Audience, Because},
    refusals::found,
};

impl Store {
    /// The audiences of a workspace, by name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn audience_views(&self, workspace: WorkspaceId) -> Result<Vec<AudienceView>, StoreError> {
        let mut reading = self.readers.begin().await?;
        let rows =
            sqlx::query("select * from audiences where workspace_id = $1 and state <> 'deleted' order by name_key")
                .bind(workspace.0)
                .fetch_all(&mut *reading)
                .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            found.push(view(&mut reading, row).await?);
        }
        Ok(found)
    }

    /// One audience.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn audience_view(&self, workspace: WorkspaceId, id: AudienceId) -> Result<AudienceView, StoreError> {
        let mut reading = self.readers.begin().await?;
        let row = sqlx::query("select * from audiences where workspace_id = $1 and id = $2 and state <> 'deleted'")
            .bind(workspace.0)
            .bind(id.0)
            .fetch_optional(&mut *reading)
            .await?;
        view(&mut reading, &row.ok_or(ApiError::NotFound)?).await
    }

    /// Makes an audience (`state` is given), or changes one. Audiences that ask for it follow a new name.
    ///
    /// # Errors
    /// [`ApiError::Invalid`]: the name is taken, or the rule asks for an audience that is not there or asks back;
    /// [`ApiError::NotFound`].
    pub async fn save_audience(
        &self,
        workspace: WorkspaceId,
        id: AudienceId,
        form: &AudienceForm,
        state: Option<AudienceState>,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let old = match state {
            Some(_) => None,
            None => Some(name_of(&mut tx, workspace, id).await?),
        };
        check_references(&mut tx, workspace, id, form).await?;
        write_audience(&mut tx, workspace, id, &form.name, &form.rule, author.at).await?;
        describe_audience(&mut tx, workspace, id, &form.description, form.dynamic, state).await?;
        if let Some(old) = old.as_deref().filter(|old| *old != form.name.trim()) {
            rename_in_rules(&mut tx, workspace, old, form.name.trim()).await?;
        }
        link_to(&mut tx, workspace, id, &form.destinations).await?;
        let what = match state {
            Some(_) => format!("Audience “{}” made: {}", form.name.trim(), form.sentence()),
            None => format!("Audience “{}” changed: {}", form.name.trim(), form.sentence()),
        };
        note(&mut tx, author, workspace, None, &what).await?;
        Ok(tx.commit().await?)
    }

    /// Draft, active or archived.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn set_audience_state(
        &self,
        workspace: WorkspaceId,
        id: AudienceId,
        state: AudienceState,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let name = name_of(&mut tx, workspace, id).await?;
        let done = sqlx::query("update audiences set state = $3 where workspace_id = $1 and id = $2")
            .bind(workspace.0)
            .bind(id.0)
            .bind(state.as_str())
            .execute(&mut *tx)
            .await?;
        found(&done)?;
        note(&mut tx, author, workspace, None, &format!("Audience “{name}” is now {}", state.as_str())).await?;
        Ok(tx.commit().await?)
    }

    /// Deletes an audience: everybody leaves it, so that destinations let them go, too. Its row stays, without its name,
    /// for as long as destinations have to be told.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Refused`] while another audience asks for it.
    pub async fn delete_audience(
        &self,
        workspace: WorkspaceId,
        id: AudienceId,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let name = name_of(&mut tx, workspace, id).await?;
        for (asking, rule) in rules(&mut tx, workspace).await?.values() {
            if rule.audiences().iter().any(|asked| audience_key(asked) == audience_key(&name)) {
                let words = format!("The audience “{asking}” asks for “{name}”. Change that one first.");
                return Err(ApiError::Refused(words).into());
            }
        }
        let noted = audience_turns::unsettled(&mut tx, id, usize::MAX).await?;
        audience_turns::without_turn(&mut tx, &noted, Some(id), author.at).await?;
        let people: Vec<i64> = sqlx::query_scalar("select profile_no from audience_members where audience_id = $1")
            .bind(id.0)
            .fetch_all(&mut *tx)
            .await?;
        members::leave(&mut tx, &Audience { id, workspace, name: &name }, &people, Because::Hand, author.at).await?;
        for sql in [
            "delete from audience_dirty where audience_id = $1",
            "delete from audience_hours where audience_id = $1",
            "delete from audience_sync_skipped where audience_id = $1",
            "delete from audience_shares where set_no in (select no >> 1 from audience_sides where audience_id = $1)",
            // Whatever stands on either side has to leave the list.
            "delete from audience_refused where no >> 41 in (select no from audience_sides where audience_id = $1)",
            "update audience_sides set wanted = 0, sent_no = no << 41, unsent = held, resets = resets + 1
             where audience_id = $1",
        ] {
            sqlx::query(sql).bind(id.0).execute(&mut *tx).await?;
        }
        // The key of a name has no control characters: this one is taken by nobody.
        sqlx::query("update audiences set state = 'deleted', name_key = char(1) || hex(id) where id = $1")
            .bind(id.0)
            .execute(&mut *tx)
            .await?;
        note(&mut tx, author, workspace, None, &format!("Audience “{name}” deleted")).await?;
        Ok(tx.commit().await?)
    }
}

async fn view(conn: &mut SqliteConnection, row: &SqliteRow) -> Result<AudienceView, StoreError> {
    let id = AudienceId(row.try_get("id")?);
    let rule: Rule = serde_json::from_str(row.try_get("rule")?)?;
    let destinations: Vec<uuid::Uuid> =
        sqlx::query_scalar("select destination_id from audience_destinations where audience_id = $1 order by 1")
            .bind(id.0)
            .fetch_all(conn)
            .await?;
    let number = |column: &str| -> Result<u64, StoreError> { Ok(row.try_get::<i64, _>(column)?.unsigned_abs()) };
    let state: String = row.try_get("state")?;
    let state = AudienceState::parse(&state).unwrap_or(AudienceState::Draft);
    let behind = row.try_get::<i64, _>("version")? > row.try_get::<i64, _>("live_version")?;
    let form = AudienceForm {
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        rule,
        dynamic: row.try_get("dynamic")?,
        destinations: destinations.into_iter().map(DestinationId).collect(),
    };
    Ok(AudienceView {
        id,
        sentence: form.sentence(),
        form,
        state,
        size: number("size")?,
        progress: if behind && state == AudienceState::Active {
            Some((number("done")?, number("total")?))
        } else {
            None
        },
        evaluated_at: row.try_get::<Option<i64>, _>("evaluated_at")?.map(Timestamp),
        created_at: Timestamp(row.try_get("created_at")?),
    })
}

async fn name_of(conn: &mut SqliteConnection, workspace: WorkspaceId, id: AudienceId) -> Result<String, StoreError> {
    let name: Option<String> =
        sqlx::query_scalar("select name from audiences where workspace_id = $1 and id = $2 and state <> 'deleted'")
            .bind(workspace.0)
            .bind(id.0)
            .fetch_optional(conn)
            .await?;
    Ok(name.ok_or(ApiError::NotFound)?)
}

/// Names and rules by id.
async fn rules(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
) -> Result<BTreeMap<AudienceId, (String, Rule)>, StoreError> {
    let rows = sqlx::query("select id, name, rule from audiences where workspace_id = $1 and state <> 'deleted'")
        .bind(workspace.0)
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| {
            let rule = serde_json::from_str(row.try_get("rule")?)?;
            Ok((AudienceId(row.try_get("id")?), (row.try_get("name")?, rule)))
        })
        .collect()
}

/// Each audience that is asked for is there, and none asks, over others, for itself.
async fn check_references(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    id: AudienceId,
    form: &AudienceForm,
) -> Result<(), StoreError> {
    let mut others = rules(conn, workspace).await?;
    others.remove(&id);
    let mut by_name: BTreeMap<String, &Rule> = others.values().map(|(name, rule)| (audience_key(name), rule)).collect();
    by_name.insert(audience_key(&form.name), &form.rule);
    for asked in form.rule.audiences() {
        if !by_name.contains_key(&audience_key(asked)) {
            let hint = nearest(asked, others.values().map(|(name, _)| name.as_str()))
                .map_or(String::new(), |name| format!(" Did you mean “{name}”?"));
            return Err(ApiError::Invalid(vec![FieldError::new(
                "rule",
                format!("There is no audience “{asked}”.{hint}"),
            )])
            .into());
        }
    }
    match circle(&by_name) {
        Some(names) => {
            let message = format!("Audiences can't ask for each other in a circle: {}.", names.join(" → "));
            Err(ApiError::field("rule", message).into())
        }
        None => Ok(()),
    }
}

async fn rename_in_rules(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    from: &str,
    to: &str,
) -> Result<(), StoreError> {
    for (id, (_, rule)) in rules(conn, workspace).await? {
        let renamed = rule.clone().with_renamed_audience(from, to);
        if renamed != rule {
            sqlx::query("update audiences set rule = $2 where id = $1")
                .bind(id.0)
                .bind(serde_json::to_string(&renamed)?)
                .execute(&mut *conn)
                .await?;
        }
    }
    Ok(())
}

async fn link_to(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    id: AudienceId,
    destinations: &[DestinationId],
) -> Result<(), StoreError> {
    sqlx::query("delete from audience_destinations where audience_id = $1").bind(id.0).execute(&mut *conn).await?;
    for destination in destinations {
        let own: bool =
            sqlx::query_scalar("select exists (select 1 from destinations where id = $1 and workspace_id = $2)")
                .bind(destination.0)
                .bind(workspace.0)
                .fetch_one(&mut *conn)
                .await?;
        if !own {
            return Err(ApiError::NotFound.into());
        }
        link_audience(conn, id, *destination).await?;
    }
    Ok(())
}
