//! Sessions of signed-in browsers. The cookie's id is stored as its SHA-256 alone.

use domain::{Timestamp, UserId};
use sha2::{Digest, Sha256};
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

use crate::{Store, StoreError};

impl Store {
    /// Stores a new session; false if the id is taken.
    ///
    /// # Errors
    /// What the database says.
    pub async fn session_create(&self, id: &str, data: &str, expires: Timestamp) -> Result<bool, StoreError> {
        let query = sqlx::query(
            "insert into sessions (id_hash, user_id, data, expires_at) values ($1, $2, $3, $4) on conflict do nothing",
        );
        let query = query.bind(session_hash(id)).bind(user_of(data)).bind(data).bind(expires.0);
        Ok(self.change(query).await? == 1)
    }

    /// Replaces the data of a session that is still there. One that was ended meanwhile stays ended.
    ///
    /// # Errors
    /// What the database says.
    pub async fn session_save(&self, id: &str, data: &str, expires: Timestamp) -> Result<(), StoreError> {
        let query = sqlx::query("update sessions set user_id = $2, data = $3, expires_at = $4 where id_hash = $1");
        let query = query.bind(session_hash(id)).bind(user_of(data)).bind(data).bind(expires.0);
        self.change(query).await.map(drop)
    }

    /// The data and the end of a session that has not expired.
    ///
    /// # Errors
    /// What the database says.
    pub async fn session_load(&self, id: &str, now: Timestamp) -> Result<Option<(String, Timestamp)>, StoreError> {
        let row = sqlx::query("select data, expires_at from sessions where id_hash = $1 and expires_at > $2")
            .bind(session_hash(id))
            .bind(now.0)
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| Ok((row.try_get("data")?, Timestamp(row.try_get("expires_at")?)))).transpose()
    }

    /// Ends a session.
    ///
    /// # Errors
    /// What the database says.
    pub async fn session_delete(&self, id: &str) -> Result<(), StoreError> {
        self.change(sqlx::query("delete from sessions where id_hash = $1").bind(session_hash(id))).await.map(drop)
    }

    /// Deletes what has expired; the number of sessions.
    ///
    /// # Errors
    /// What the database says.
    pub async fn delete_expired_sessions(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.change(sqlx::query("delete from sessions where expires_at <= $1").bind(now.0)).await
    }
}

/// What a session's id is stored as.
pub(crate) fn session_hash(id: &str) -> Vec<u8> {
    Sha256::digest(id.as_bytes()).to_vec()
}

/// Ends every session of a user.
pub(crate) async fn end_sessions(conn: &mut SqliteConnection, user: UserId) -> Result<(), StoreError> {
    sqlx::query("delete from sessions where user_id = $1").bind(user.0).execute(conn).await?;
    Ok(())
}

/// The user that a session's data names: a `user` at the top, or in one of the values there.
fn user_of(data: &str) -> Option<Uuid> {
    let data: serde_json::Value = serde_json::from_str(data).ok()?;
    let named = |value: &serde_json::Value| value.get("user")?.as_str()?.parse().ok();
    named(&data).or_else(|| data.as_object()?.values().find_map(named))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_whose_session_it_is() {
        let id = "01920000-0000-7000-8000-000000000001";
        let uuid: Uuid = id.parse().unwrap();
        assert_eq!(user_of(&format!(r#"{{"user":"{id}"}}"#)), Some(uuid));
        assert_eq!(user_of(&format!(r#"{{"signed_in":{{"user":"{id}","workspace":"x"}}}}"#)), Some(uuid));
        for nobody in ["", "{}", "[]", r#"{"user":7}"#, r#"{"user":"dana"}"#] {
            assert_eq!(user_of(nobody), None, "{nobody}");
        }
    }
}
