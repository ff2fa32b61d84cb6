//! Configuration Settings of a destination: chosen assets, the CAPI token, the server-side switch.
//! Each change sets the health back to `ok`, so that the worker tries again at once.

use domain::{
    DestinationId, Timestamp, WorkspaceId,
    destination::{Asset, Secret},
    options::DestinationOptions,
};
use sqlx::{Row, SqliteConnection};

use crate::{
    Keys, Store, StoreError,
    changes::{Author, note},
    refusals::found,
    sync_settings::wake_links,
};

/// The assets that events and audiences go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenAssets {
    /// The business.
    pub business: Asset,
    /// The ad account.
    pub ad_account: Asset,
    /// The pixel.
    pub pixel: Asset,
}

impl Store {
    /// Stores the choice of assets. `problem` is what the login doesn't see of it, if anything.
    ///
    /// # Errors
    /// [`domain::ApiError::NotFound`].
    pub async fn choose_assets(
        &self,
        workspace: WorkspaceId,
        id: DestinationId,
        chosen: &ChosenAssets,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(
            "update destinations set business_id = $3, business_name = $4, ad_account_id = $5, ad_account_name = $6,
                    pixel_id = $7, pixel_name = $8, health = 'ok', health_reason = null, health_until = null
             where workspace_id = $1 and id = $2",
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(&chosen.business.id)
        .bind(&chosen.business.name)
        .bind(&chosen.ad_account.id)
        .bind(&chosen.ad_account.name)
        .bind(&chosen.pixel.id)
        .bind(&chosen.pixel.name)
        .execute(&mut *tx)
        .await?;
        found(&done)?;
        wake_links(&mut tx, id).await?;
        // The login was just seen to see all three.
        sqlx::query("update connections set problem = null where destination_id = $1")
            .bind(id.0)
            .execute(&mut *tx)
            .await?;
        let what = format!("Snap Pixel “{}” of ad account “{}” chosen", chosen.pixel.name, chosen.ad_account.name);
        note(&mut tx, author, workspace, Some(id), &what).await?;
        Ok(tx.commit().await?)
    }

    /// Stores the form behind "Save Changes"; without a token the stored one stays. `changed` are the sentences for the
    /// log of changes.
    ///
    /// # Errors
    /// [`domain::ApiError::NotFound`].
    pub async fn save_configuration(
        &self,
        workspace: WorkspaceId,
        id: DestinationId,
        send_server_side: bool,
        capi_token: Option<&Secret>,
        changed: &[String],
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        update_server_side(&mut tx, workspace, id, send_server_side).await?;
        if let Some(token) = capi_token {
            update_capi_token(&mut tx, &self.keys, id, token, author.at).await?;
        }
        for what in changed {
            note(&mut tx, author, workspace, Some(id), what).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Stores the options. `changed` are the sentences for the log of changes.
    ///
    /// # Errors
    /// [`domain::ApiError::NotFound`].
    pub async fn save_options(
        &self,
        workspace: WorkspaceId,
        id: DestinationId,
        options: &DestinationOptions,
        changed: &[String],
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        update_options(&mut tx, workspace, id, options).await?;
        for what in changed {
            note(&mut tx, author, workspace, Some(id), what).await?;
        }
        Ok(tx.commit().await?)
    }

    /// The CAPI token of a destination, if one is stored.
    ///
    /// # Errors
    /// [`StoreError::Open`] if it was sealed with another key.
    pub async fn capi_token(&self, id: DestinationId) -> Result<Option<Secret>, StoreError> {
        let mut conn = self.readers.acquire().await?;
        read_capi_token(&mut conn, &self.keys, id).await
    }
}

pub(crate) async fn read_capi_token(
    conn: &mut SqliteConnection,
    keys: &Keys,
    id: DestinationId,
) -> Result<Option<Secret>, StoreError> {
    let row = sqlx::query("select capi_token_sealed from destinations where id = $1 and capi_token_sealed is not null")
        .bind(id.0)
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok(Secret(keys.open_text(&capi_token_place(id), row.try_get("capi_token_sealed")?)?))).transpose()
}

pub(crate) async fn update_server_side(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    id: DestinationId,
    on: bool,
) -> Result<(), StoreError> {
    let done = sqlx::query(
        "update destinations set send_server_side = $3, health = 'ok', health_reason = null, health_until = null
         where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(on)
    .execute(conn)
    .await?;
    found(&done)
}

pub(crate) async fn update_options(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    id: DestinationId,
    options: &DestinationOptions,
) -> Result<(), StoreError> {
    let done = sqlx::query(
        "update destinations set settings = $3, health = 'ok', health_reason = null, health_until = null
         where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(serde_json::to_string(options)?)
    .execute(conn)
    .await?;
    found(&done)
}

pub(crate) async fn update_capi_token(
    conn: &mut SqliteConnection,
    keys: &Keys,
    id: DestinationId,
    token: &Secret,
    now: Timestamp,
) -> Result<(), StoreError> {
    let done = sqlx::query(
        "update destinations set capi_token_sealed = $2, capi_token_last4 = $3, capi_token_set_at = $4,
                health = 'ok', health_reason = null, health_until = null
         where id = $1",
    )
    .bind(id.0)
    .bind(keys.seal(&capi_token_place(id), token.0.as_bytes()))
    .bind(last4(&token.0))
    .bind(now.0)
    .execute(conn)
    .await?;
    found(&done)
}

fn capi_token_place(id: DestinationId) -> String {
    format!("destinations/{id}/capi_token")
}

/// The last four characters; of a short token not even those.
fn last4(token: &str) -> String {
    let count = token.chars().count();
    token.chars().skip(count.saturating_sub(if count >= 8 { 4 } else { 0 })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_four_characters_of_a_long_token_and_none_of_a_short_one() {
        assert_eq!(last4("eyJhbGciOiJIUzI1NiJ9.abcd"), "abcd");
        assert_eq!(last4("short"), "");
    }
}
