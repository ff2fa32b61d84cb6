//! The three lists: businesses, ad accounts and pixels that the login sees, and the choice among them.

use domain::{Actor, ApiError, DestinationId, Role, destination::Asset, view::AssetLists};
use store::ChosenAssets;

use crate::{Switchyard, api_error};

impl Switchyard {
    /// The lists, read from the destination now; one is `None` until what it depends on is chosen.
    ///
    /// # Errors
    /// What the destination says, in plain words.
    pub async fn asset_lists(
        &self,
        actor: &Actor,
        id: DestinationId,
        business: Option<&str>,
        ad_account: Option<&str>,
    ) -> Result<AssetLists, ApiError> {
        let business = business.filter(|id| !id.is_empty());
        let ad_account = ad_account.filter(|id| !id.is_empty() && business.is_some());
        let row = self.store().destination(actor.workspace, id).await.map_err(api_error)?;
        let kind = self.destination_type(&row.slug).ok_or(ApiError::NotFound)?;
        let businesses =
            self.with_login(kind, id, |kind, token| Box::pin(async move { kind.businesses(&token).await })).await?;
        let mut lists = AssetLists { businesses, ad_accounts: None, pixels: None };
        // Only what was listed is asked for: the text in the request is not an id until it was seen in a list.
        let Some(business) = business.filter(|id| holds(&lists.businesses, id)) else { return Ok(lists) };
        let accounts = self
            .with_login(kind, id, |kind, token| Box::pin(async move { kind.ad_accounts(&token, business).await }))
            .await?;
        let ad_account = ad_account.filter(|id| holds(&accounts, id));
        lists.ad_accounts = Some(accounts);
        if let Some(ad_account) = ad_account {
            let pixels = self
                .with_login(kind, id, |kind, token| Box::pin(async move { kind.pixels(&token, ad_account).await }))
                .await?;
            lists.pixels = Some(pixels);
        }
        Ok(lists)
    }

    /// Stores the choice, after each part of it was seen in the live lists.
    ///
    /// # Errors
    /// Mistakes in `business_id`, `ad_account_id`, `pixel_id`.
    pub async fn choose_assets(
        &self,
        actor: &Actor,
        id: DestinationId,
        business: &str,
        ad_account: &str,
        pixel: &str,
    ) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        let lists = self.asset_lists(actor, id, Some(business), Some(ad_account)).await?;
        let chosen = ChosenAssets {
            business: pick(Some(&lists.businesses), business, "business_id", "Choose a Business Manager account.")?,
            ad_account: pick(lists.ad_accounts.as_ref(), ad_account, "ad_account_id", "Choose an Ad Account.")?,
            pixel: pick(lists.pixels.as_ref(), pixel, "pixel_id", "Choose a Snap Pixel.")?,
        };
        self.store().choose_assets(actor.workspace, id, &chosen, &self.author(actor)).await.map_err(api_error)?;
        self.wake();
        Ok(())
    }
}

fn holds(list: &[Asset], id: &str) -> bool {
    list.iter().any(|asset| asset.id == id)
}

fn pick(list: Option<&Vec<Asset>>, id: &str, field: &str, message: &str) -> Result<Asset, ApiError> {
    list.and_then(|list| list.iter().find(|asset| asset.id == id)).cloned().ok_or_else(|| {
        let gone = " It may have been removed since the page was loaded.";
        ApiError::field(field, format!("{message}{}", if id.is_empty() { "" } else { gone }))
    })
}
