//! Workspaces and who belongs to them, in which role.

use domain::{ApiError, Role, UserId, WorkspaceId};
use sqlx::{Row, SqliteConnection};

use crate::{
    Store, StoreError,
    accounts::{NewUser, email_key, email_place, insert_user, insert_workspace},
    changes::{Author, note},
    refusals::found,
    sessions::end_sessions,
};

/// A member of a workspace.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who.
    pub id: UserId,
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// The role.
    pub role: Role,
}

impl Store {
    /// The user's role in a workspace, if it is a member.
    ///
    /// # Errors
    /// What the database says.
    pub async fn role(&self, user: UserId, workspace: WorkspaceId) -> Result<Option<Role>, StoreError> {
        let row = sqlx::query("select role from memberships where workspace_id = $1 and user_id = $2")
            .bind(workspace.0)
            .bind(user.0)
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| read_role(&row)).transpose()
    }

    /// The workspaces of a user, by name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn workspaces_of(&self, user: UserId) -> Result<Vec<(WorkspaceId, String)>, StoreError> {
        let rows = sqlx::query(
            "select w.id, w.name from memberships m join workspaces w on w.id = m.workspace_id
             where m.user_id = $1 order by lower(w.name), w.id",
        )
        .bind(user.0)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| Ok((WorkspaceId(row.try_get("id")?), row.try_get("name")?))).collect()
    }

    /// A workspace's name.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn workspace_name(&self, workspace: WorkspaceId) -> Result<String, StoreError> {
        let row = sqlx::query("select name from workspaces where id = $1")
            .bind(workspace.0)
            .fetch_optional(&self.readers)
            .await?
            .ok_or(ApiError::NotFound)?;
        Ok(row.try_get("name")?)
    }

    /// The members of a workspace, by name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn members(&self, workspace: WorkspaceId) -> Result<Vec<Member>, StoreError> {
        let mut conn = self.readers.acquire().await?;
        members(&mut conn, &self.keys, workspace).await
    }

    /// Makes a workspace with its maker as the admin.
    ///
    /// # Errors
    /// What the database says.
    pub async fn create_workspace(
        &self,
        id: WorkspaceId,
        name: &str,
        admin: UserId,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        insert_workspace(&mut tx, id, name, author.at).await?;
        add_member(&mut tx, id, admin, Role::Admin).await?;
        note(&mut tx, author, id, None, &format!("Workspace “{}” created", name.trim())).await?;
        Ok(tx.commit().await?)
    }

    /// Gives a workspace another name.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn rename_workspace(&self, id: WorkspaceId, name: &str, author: &Author) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query("update workspaces set name = $2 where id = $1")
            .bind(id.0)
            .bind(name.trim())
            .execute(&mut *tx)
            .await?;
        found(&done)?;
        note(&mut tx, author, id, None, &format!("Workspace renamed to “{}”", name.trim())).await?;
        Ok(tx.commit().await?)
    }

    /// Adds a person. Somebody who has an account already keeps name and password, and becomes a member.
    ///
    /// # Errors
    /// A mistake in `email` if the person is a member already.
    pub async fn add_person(
        &self,
        workspace: WorkspaceId,
        user: &NewUser,
        role: Role,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let known = user_by_email(&mut tx, &email_key(&self.keys, &user.email)).await?;
        let id = match known {
            Some(id) => id,
            None => {
                insert_user(&mut tx, &self.keys, user, author.at).await?;
                user.id
            }
        };
        if !add_member(&mut tx, workspace, id, role).await? {
            return Err(ApiError::field("email", "This person is in the workspace already.").into());
        }
        let name = user_name(&mut tx, id).await?;
        note(&mut tx, author, workspace, None, &format!("{name} added as {role}")).await?;
        Ok(tx.commit().await?)
    }

    /// Gives a member another role.
    ///
    /// # Errors
    /// [`ApiError::NotFound`], or a refusal for the last admin.
    pub async fn change_role(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        role: Role,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query("update memberships set role = $3 where workspace_id = $1 and user_id = $2")
            .bind(workspace.0)
            .bind(user.0)
            .bind(role.as_str())
            .execute(&mut *tx)
            .await?;
        found(&done)?;
        keep_an_admin(&mut tx, workspace).await?;
        let name = user_name(&mut tx, user).await?;
        note(&mut tx, author, workspace, None, &format!("{name} is now {role}")).await?;
        Ok(tx.commit().await?)
    }

    /// Takes a person out of a workspace. Whoever belongs to no workspace any more is deleted.
    ///
    /// # Errors
    /// [`ApiError::NotFound`], or a refusal for the last admin.
    pub async fn remove_person(&self, workspace: WorkspaceId, user: UserId, author: &Author) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query("delete from memberships where workspace_id = $1 and user_id = $2")
            .bind(workspace.0)
            .bind(user.0)
            .execute(&mut *tx)
            .await?;
        found(&done)?;
        keep_an_admin(&mut tx, workspace).await?;
        let name = user_name(&mut tx, user).await?;
        note(&mut tx, author, workspace, None, &format!("{name} removed")).await?;
        let gone = sqlx::query(
            "delete from users where id = $1 and not exists (select 1 from memberships where user_id = $1)",
        )
        .bind(user.0)
        .execute(&mut *tx)
        .await?;
        if gone.rows_affected() == 1 {
            end_sessions(&mut tx, user).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// False if the user is a member already.
pub(crate) async fn add_member(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    user: UserId,
    role: Role,
) -> Result<bool, StoreError> {
    let done =
        sqlx::query("insert into memberships (workspace_id, user_id, role) values ($1, $2, $3) on conflict do nothing")
            .bind(workspace.0)
            .bind(user.0)
            .bind(role.as_str())
            .execute(conn)
            .await?;
    Ok(done.rows_affected() == 1)
}

pub(crate) async fn members(
    conn: &mut SqliteConnection,
    keys: &crate::Keys,
    workspace: WorkspaceId,
) -> Result<Vec<Member>, StoreError> {
    let rows = sqlx::query(
        "select u.id, u.name, u.email_sealed, m.role from memberships m join users u on u.id = m.user_id
         where m.workspace_id = $1 order by lower(u.name), u.id",
    )
    .bind(workspace.0)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let id = UserId(row.try_get("id")?);
            let email = keys.open_text(&email_place(id), row.try_get("email_sealed")?)?;
            Ok(Member { id, name: row.try_get("name")?, email, role: read_role(row)? })
        })
        .collect()
}

pub(crate) async fn user_by_email(conn: &mut SqliteConnection, key: &[u8]) -> Result<Option<UserId>, StoreError> {
    let row = sqlx::query("select id from users where email_key = $1").bind(key).fetch_optional(conn).await?;
    row.map(|row| Ok(UserId(row.try_get("id")?))).transpose()
}

async fn user_name(conn: &mut SqliteConnection, user: UserId) -> Result<String, StoreError> {
    let row = sqlx::query("select name from users where id = $1").bind(user.0).fetch_one(conn).await?;
    Ok(row.try_get("name")?)
}

/// Checked after the change, inside its transaction: of two admins who remove each other one is refused.
pub(crate) async fn keep_an_admin(conn: &mut SqliteConnection, workspace: WorkspaceId) -> Result<(), StoreError> {
    let row =
        sqlx::query("select exists (select 1 from memberships where workspace_id = $1 and role = 'admin') as any")
            .bind(workspace.0)
            .fetch_one(conn)
            .await?;
    if row.try_get("any")? {
        return Ok(());
    }
    Err(ApiError::Refused("A workspace needs an admin. Make somebody else an admin first.".into()).into())
}

fn read_role(row: &sqlx::sqlite::SqliteRow) -> Result<Role, StoreError> {
    let text: String = row.try_get("role")?;
    text.parse().map_err(|error: String| sqlx::Error::Decode(error.into()).into())
}
