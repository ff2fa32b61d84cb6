//! Users and how they sign in. E-mail addresses are sealed, and found by a keyed hash.

use domain::{ApiError, Timestamp, UserId, WorkspaceId};
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

use crate::{
    Keys, Store, StoreError,
    changes::{Author, note},
    people::add_member,
    refusals::found,
    sessions::end_sessions,
};
use domain::Role;

/// A user to be stored.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The id.
    pub id: UserId,
    /// The name.
    pub name: String,
    /// The address, as typed.
    pub email: String,
    /// Argon2id, as a PHC string.
    pub password_hash: String,
}

/// What signing in needs of a user.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Who.
    pub user: UserId,
    /// Argon2id, as a PHC string.
    pub password_hash: String,
    /// The workspace to open: the first one that the user joined.
    pub workspace: Option<WorkspaceId>,
}

impl Store {
    /// Whether anybody can sign in.
    ///
    /// # Errors
    /// What the database says.
    pub async fn has_users(&self) -> Result<bool, StoreError> {
        let row = sqlx::query("select exists (select 1 from users) as any").fetch_one(&self.readers).await?;
        Ok(row.try_get("any")?)
    }

    /// Makes the first user, the admin of the first workspace. Of two at the same time one is refused.
    ///
    /// # Errors
    /// [`ApiError::Refused`] if there is a user.
    pub async fn set_up(
        &self,
        workspace: WorkspaceId,
        workspace_name: &str,
        user: &NewUser,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let taken: bool =
            sqlx::query("select exists (select 1 from users) as any").fetch_one(&mut *tx).await?.try_get("any")?;
        if taken {
            return Err(ApiError::Refused("This installation is set up already. Please sign in.".into()).into());
        }
        insert_workspace(&mut tx, workspace, workspace_name, now).await?;
        insert_user(&mut tx, &self.keys, user, now).await?;
        add_member(&mut tx, workspace, user.id, Role::Admin).await?;
        let author = Author { user: Some(user.id), at: now };
        note(&mut tx, &author, workspace, None, &format!("Workspace “{workspace_name}” created")).await?;
        Ok(tx.commit().await?)
    }

    /// The user of an e-mail address.
    ///
    /// # Errors
    /// What the database says.
    pub async fn credentials(&self, email: &str) -> Result<Option<Credentials>, StoreError> {
        let row = sqlx::query(
            "select u.id, u.password_hash,
                    (select m.workspace_id from memberships m where m.user_id = u.id order by m.workspace_id limit 1) as workspace
             from users u where u.email_key = $1",
        )
        .bind(email_key(&self.keys, email))
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| {
            Ok(Credentials {
                user: UserId(row.try_get("id")?),
                password_hash: row.try_get("password_hash")?,
                workspace: row.try_get::<Option<Uuid>, _>("workspace")?.map(WorkspaceId),
            })
        })
        .transpose()
    }

    /// A user's own name, address and password hash.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] if the user is gone.
    pub async fn user(&self, user: UserId) -> Result<NewUser, StoreError> {
        let row = sqlx::query("select name, email_sealed, password_hash from users where id = $1")
            .bind(user.0)
            .fetch_optional(&self.readers)
            .await?
            .ok_or(ApiError::NotFound)?;
        let email = self.keys.open_text(&email_place(user), row.try_get("email_sealed")?)?;
        Ok(NewUser { id: user, name: row.try_get("name")?, email, password_hash: row.try_get("password_hash")? })
    }

    /// Replaces a password and ends all sessions of the user.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] if the user is gone.
    pub async fn set_password(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        hash: &str,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        replace_password(&mut tx, user, hash).await?;
        note(&mut tx, author, workspace, None, "Password changed; all other sessions ended").await?;
        Ok(tx.commit().await?)
    }
}

pub(crate) async fn replace_password(conn: &mut SqliteConnection, user: UserId, hash: &str) -> Result<(), StoreError> {
    let done = sqlx::query("update users set password_hash = $2 where id = $1")
        .bind(user.0)
        .bind(hash)
        .execute(&mut *conn)
        .await?;
    found(&done)?;
    end_sessions(conn, user).await
}

pub(crate) async fn insert_workspace(
    conn: &mut SqliteConnection,
    id: WorkspaceId,
    name: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("insert into workspaces (id, name, created_at) values ($1, $2, $3)")
        .bind(id.0)
        .bind(name.trim())
        .bind(now.0)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn insert_user(
    conn: &mut SqliteConnection,
    keys: &Keys,
    user: &NewUser,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into users (id, name, email_key, email_sealed, password_hash, created_at) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(user.id.0)
    .bind(user.name.trim())
    .bind(email_key(keys, &user.email))
    .bind(keys.seal(&email_place(user.id), user.email.trim().as_bytes()))
    .bind(&user.password_hash)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// What an address is found by. Its own kind: nobody can compare users with the people of events.
pub(crate) fn email_key(keys: &Keys, email: &str) -> Vec<u8> {
    keys.lookup("user_email", &email.trim().to_lowercase()).to_vec()
}

pub(crate) fn email_place(user: UserId) -> String {
    format!("users/{user}/email")
}
