//! The login of a destination: its tokens, sealed, and what is wrong with them.

use domain::{
    DestinationId, Timestamp, WorkspaceId,
    destination::{Secret, TokenSet},
};
use sqlx::{Row, SqliteConnection};

use crate::{
    Store, StoreError,
    changes::{Author, note},
    refusals::found,
    sync_settings::wake_links,
};

/// A stored login with its tokens.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The type of the destination.
    pub slug: String,
    /// Sent with calls.
    pub access: Secret,
    /// Gets new access tokens.
    pub refresh: Option<Secret>,
    /// When the access token ends.
    pub expires_at: Timestamp,
    /// From here on a new one is fetched.
    pub refresh_at: Timestamp,
    /// Up with each stored token set.
    pub token_no: i64,
    /// Why it is not accepted, or what it doesn't see.
    pub problem: Option<String>,
}

/// A consent to be stored.
#[derive(Clone, Copy, Debug)]
pub struct NewLogin<'a> {
    /// Display name at the destination.
    pub name: &'a str,
    /// What the exchange brought.
    pub tokens: &'a TokenSet,
    /// How long they last.
    pub times: TokenTimes,
    /// What of the chosen assets it doesn't see.
    pub problem: Option<&'a str>,
}

/// When an access token ends, and when a new one is fetched.
#[derive(Clone, Copy, Debug)]
pub struct TokenTimes {
    /// The end.
    pub expires_at: Timestamp,
    /// Early enough before the end.
    pub refresh_at: Timestamp,
}

impl Store {
    /// The login of a destination.
    ///
    /// # Errors
    /// [`StoreError::Open`] if it was sealed with another key.
    pub async fn connection(&self, id: DestinationId) -> Result<Option<Connection>, StoreError> {
        let row = sqlx::query(
            "select d.type, c.access_sealed, c.refresh_sealed, c.expires_at, c.refresh_at, c.token_no, c.problem
             from connections c join destinations d on d.id = c.destination_id where c.destination_id = $1",
        )
        .bind(id.0)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let refresh: Option<Vec<u8>> = row.try_get("refresh_sealed")?;
        let refresh = refresh.map(|sealed| self.keys.open_text(&place(id, "refresh"), &sealed)).transpose()?;
        Ok(Some(Connection {
            slug: row.try_get("type")?,
            access: Secret(self.keys.open_text(&place(id, "access"), row.try_get("access_sealed")?)?),
            refresh: refresh.map(Secret),
            expires_at: Timestamp(row.try_get("expires_at")?),
            refresh_at: Timestamp(row.try_get("refresh_at")?),
            token_no: row.try_get("token_no")?,
            problem: row.try_get("problem")?,
        }))
    }

    /// Stores a consent. A consent of the same login that brings no refresh token keeps the one that is there.
    ///
    /// # Errors
    /// [`domain::ApiError::NotFound`] if the destination is gone.
    pub async fn store_login(
        &self,
        workspace: WorkspaceId,
        id: DestinationId,
        login: &NewLogin<'_>,
        author: &Author,
    ) -> Result<(), StoreError> {
        let NewLogin { name, tokens, times, problem } = *login;
        let mut tx = self.write().await?;
        reset_health(&mut tx, workspace, id).await?;
        sqlx::query(
            "insert into connections (destination_id, login_name, access_sealed, refresh_sealed, expires_at, refresh_at,
                                      scope, problem, connected_at, connected_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             on conflict (destination_id) do update set
               refresh_sealed = case when excluded.refresh_sealed is not null then excluded.refresh_sealed
                                     when excluded.login_name = connections.login_name then connections.refresh_sealed end,
               login_name = excluded.login_name, access_sealed = excluded.access_sealed,
               expires_at = excluded.expires_at, refresh_at = excluded.refresh_at, refreshing_until = null,
               token_no = connections.token_no + 1, scope = excluded.scope, problem = excluded.problem,
               connected_at = excluded.connected_at, connected_by = excluded.connected_by",
        )
        .bind(id.0)
        .bind(name)
        .bind(self.seal_access(id, tokens))
        .bind(self.seal_refresh(id, tokens))
        .bind(times.expires_at.0)
        .bind(times.refresh_at.0)
        .bind(&tokens.scope)
        .bind(problem)
        .bind(author.at.0)
        .bind(author.user.map(|user| user.0))
        .execute(&mut *tx)
        .await?;
        note(&mut tx, author, workspace, Some(id), &format!("Snapchat login “{name}” stored")).await?;
        Ok(tx.commit().await?)
    }

    /// Forgets the login and its tokens.
    ///
    /// # Errors
    /// [`domain::ApiError::NotFound`].
    pub async fn forget_login(
        &self,
        workspace: WorkspaceId,
        id: DestinationId,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        reset_health(&mut tx, workspace, id).await?;
        let done =
            sqlx::query("delete from connections where destination_id = $1").bind(id.0).execute(&mut *tx).await?;
        if done.rows_affected() == 1 {
            note(&mut tx, author, workspace, Some(id), "Snapchat login forgotten").await?;
        }
        Ok(tx.commit().await?)
    }

    /// Asks to be the one process that refreshes a login until `until`; false if another one is at it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn refresh_begin(
        &self,
        id: DestinationId,
        token_no: i64,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let query = sqlx::query(
            "update connections set refreshing_until = $4
             where destination_id = $1 and token_no = $2 and (refreshing_until is null or refreshing_until <= $3)",
        );
        Ok(self.change(query.bind(id.0).bind(token_no).bind(now.0).bind(until.0)).await? == 1)
    }

    /// Stores refreshed tokens, unless the login was replaced meanwhile. Without a new refresh token the old one stays.
    ///
    /// # Errors
    /// What the database says.
    pub async fn refresh_done(
        &self,
        id: DestinationId,
        token_no: i64,
        tokens: &TokenSet,
        times: TokenTimes,
    ) -> Result<bool, StoreError> {
        let query = sqlx::query(
            "update connections set access_sealed = $3, refresh_sealed = coalesce($4, refresh_sealed), expires_at = $5,
                    refresh_at = $6, scope = coalesce($7, scope), refreshing_until = null, token_no = token_no + 1
             where destination_id = $1 and token_no = $2",
        )
        .bind(id.0)
        .bind(token_no)
        .bind(self.seal_access(id, tokens))
        .bind(self.seal_refresh(id, tokens))
        .bind(times.expires_at.0)
        .bind(times.refresh_at.0)
        .bind(&tokens.scope);
        Ok(self.change(query).await? == 1)
    }

    /// Ends a refresh that failed for now.
    ///
    /// # Errors
    /// What the database says.
    pub async fn refresh_failed(&self, id: DestinationId, token_no: i64) -> Result<(), StoreError> {
        let query =
            sqlx::query("update connections set refreshing_until = null where destination_id = $1 and token_no = $2");
        self.change(query.bind(id.0).bind(token_no)).await.map(drop)
    }

    /// Records that the login is no longer accepted. What needs it waits; a destination that sends with a CAPI token of
    /// its own goes on.
    ///
    /// # Errors
    /// What the database says.
    pub async fn login_refused(&self, id: DestinationId, token_no: i64, problem: &str) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(
            "update connections set problem = $3, refreshing_until = null where destination_id = $1 and token_no = $2",
        )
        .bind(id.0)
        .bind(token_no)
        .bind(problem)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 1 {
            sqlx::query(
                "update destinations set health = 'needs_reconnect', health_reason = $2, health_until = null
                 where id = $1 and capi_token_sealed is null",
            )
            .bind(id.0)
            .bind(problem)
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }

    /// Lets the worker try again at once, since a check went well.
    ///
    /// # Errors
    /// [`domain::ApiError::NotFound`].
    pub async fn reset_health(&self, workspace: WorkspaceId, id: DestinationId) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        reset_health(&mut tx, workspace, id).await?;
        Ok(tx.commit().await?)
    }

    fn seal_access(&self, id: DestinationId, tokens: &TokenSet) -> Vec<u8> {
        self.keys.seal(&place(id, "access"), tokens.access.0.as_bytes())
    }

    /// `None` also for an empty one: nothing that is stored is overwritten with emptiness.
    fn seal_refresh(&self, id: DestinationId, tokens: &TokenSet) -> Option<Vec<u8>> {
        let token = tokens.refresh.as_ref().filter(|token| !token.0.is_empty())?;
        Some(self.keys.seal(&place(id, "refresh"), token.0.as_bytes()))
    }
}

/// The worker tries again at once after a change of the login.
async fn reset_health(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    id: DestinationId,
) -> Result<(), StoreError> {
    let done = sqlx::query(
        "update destinations set health = 'ok', health_reason = null, health_until = null
         where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(id.0)
    .execute(&mut *conn)
    .await?;
    found(&done)?;
    wake_links(conn, id).await
}

fn place(id: DestinationId, token: &str) -> String {
    format!("connections/{id}/{token}")
}
