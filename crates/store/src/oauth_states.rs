//! Consents under way: a state is used once, by the session that it was made for.

use domain::{DestinationId, Timestamp, UserId, WorkspaceId, time::DAY};
use sha2::{Digest, Sha256};
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

use crate::{Store, StoreError, refusals::found, sessions::session_hash};

/// How long a state that is over is remembered, so that it can be told from a forged one.
const REMEMBERED: i64 = DAY;

/// Whose browser it is.
#[derive(Clone, Copy, Debug)]
pub struct Browser<'a> {
    /// The session's id.
    pub session: &'a str,
    /// The signed-in user.
    pub user: UserId,
    /// The workspace of the session.
    pub workspace: WorkspaceId,
}

/// What a state that came back turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnedState {
    /// It was made here for this browser, and is used up now.
    Taken(DestinationId),
    /// It was used before.
    Replayed(DestinationId),
    /// It took too long.
    Expired(DestinationId),
    /// It was made for another session, user or workspace.
    Foreign,
    /// It was not made here.
    Forged,
}

impl Store {
    /// Remembers a state for a destination of the browser's workspace.
    ///
    /// # Errors
    /// [`domain::ApiError::NotFound`] if the destination is not there.
    pub async fn oauth_begin(
        &self,
        browser: &Browser<'_>,
        destination: DestinationId,
        state: &str,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query("delete from oauth_states where expires_at < $1")
            .bind(now.minus(REMEMBERED).0)
            .execute(&mut *tx)
            .await?;
        let done = sqlx::query(
            "insert into oauth_states (state_hash, session_hash, destination_id, user_id, expires_at)
             select $1, $2, id, $4, $5 from destinations where id = $3 and workspace_id = $6",
        )
        .bind(state_hash(state))
        .bind(session_hash(browser.session))
        .bind(destination.0)
        .bind(browser.user.0)
        .bind(expires.0)
        .bind(browser.workspace.0)
        .execute(&mut *tx)
        .await?;
        found(&done)?;
        Ok(tx.commit().await?)
    }

    /// Tells what a returned state is, and uses it up if it is good.
    ///
    /// # Errors
    /// What the database says.
    pub async fn oauth_return(
        &self,
        browser: &Browser<'_>,
        state: &str,
        now: Timestamp,
    ) -> Result<ReturnedState, StoreError> {
        let mut tx = self.write().await?;
        let answer = take(&mut tx, browser, state, now).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Where to tell that a return was refused: the destination that its state was made for, if that is of the browser's workspace; else
    /// the one whose consent this browser began last; else the only one that there is.
    ///
    /// # Errors
    /// What the database says.
    pub async fn oauth_refused_at(
        &self,
        browser: &Browser<'_>,
        state: &str,
    ) -> Result<Option<DestinationId>, StoreError> {
        let row = sqlx::query(
            "select id from (
                 select d.id, case when s.state_hash = $1 then 0 else 1 end as place, s.expires_at
                 from oauth_states s join destinations d on d.id = s.destination_id
                 where d.workspace_id = $4 and (s.state_hash = $1 or (s.session_hash = $2 and s.user_id = $3))
                 union all
                 select id, 2, 0 from destinations
                 where workspace_id = $4 and (select count(*) from destinations where workspace_id = $4) = 1
             ) order by place, expires_at desc limit 1",
        )
        .bind(state_hash(state))
        .bind(session_hash(browser.session))
        .bind(browser.user.0)
        .bind(browser.workspace.0)
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| Ok(DestinationId(row.try_get("id")?))).transpose()
    }
}

async fn take(
    conn: &mut SqliteConnection,
    browser: &Browser<'_>,
    state: &str,
    now: Timestamp,
) -> Result<ReturnedState, StoreError> {
    let row = sqlx::query(
        "select s.session_hash, s.user_id, s.destination_id, s.expires_at, s.used_at, d.workspace_id
         from oauth_states s join destinations d on d.id = s.destination_id where s.state_hash = $1",
    )
    .bind(state_hash(state))
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(ReturnedState::Forged) };
    let own = row.try_get::<Vec<u8>, _>("session_hash")? == session_hash(browser.session)
        && row.try_get::<Uuid, _>("user_id")? == browser.user.0
        && row.try_get::<Uuid, _>("workspace_id")? == browser.workspace.0;
    if !own {
        return Ok(ReturnedState::Foreign);
    }
    let destination = DestinationId(row.try_get("destination_id")?);
    if row.try_get::<Option<i64>, _>("used_at")?.is_some() {
        return Ok(ReturnedState::Replayed(destination));
    }
    if row.try_get::<i64, _>("expires_at")? <= now.0 {
        return Ok(ReturnedState::Expired(destination));
    }
    let done = sqlx::query("update oauth_states set used_at = $2 where state_hash = $1 and used_at is null")
        .bind(state_hash(state))
        .bind(now.0)
        .execute(conn)
        .await?;
    Ok(match done.rows_affected() {
        1 => ReturnedState::Taken(destination),
        _ => ReturnedState::Replayed(destination),
    })
}

fn state_hash(state: &str) -> Vec<u8> {
    Sha256::digest(state.as_bytes()).to_vec()
}
