//! Server functions of Configuration Settings: the Snapchat login, the choice of assets, the token and the check.

use domain::{
    DestinationId,
    view::{AssetLists, Configuration, ConnectionCheck},
};
use leptos::prelude::*;

use super::error::PageError;
#[cfg(feature = "ssr")]
use super::session::actor;

/// Everything on the page except the live lists.
#[server]
pub async fn read_configuration(id: DestinationId) -> Result<Configuration, PageError> {
    let (switchyard, actor) = actor().await?;
    Ok(switchyard.configuration(&actor, id).await?)
}

/// Sends the browser to Snapchat's consent page.
#[server]
pub async fn start_oauth(id: DestinationId) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    let session = super::session::session_id().await?;
    let url = switchyard.start_oauth(&actor, id, &session).await?;
    leptos_axum::redirect(&url);
    Ok(())
}

/// The lists of the asset picker, read from Snapchat now.
#[server]
pub async fn read_asset_lists(
    id: DestinationId,
    business: Option<String>,
    ad_account: Option<String>,
) -> Result<AssetLists, PageError> {
    let (switchyard, actor) = actor().await?;
    Ok(switchyard.asset_lists(&actor, id, business.as_deref(), ad_account.as_deref()).await?)
}

/// Stores the chosen business, ad account and pixel.
#[server]
pub async fn choose_assets(
    id: DestinationId,
    #[server(default)] business_id: String,
    #[server(default)] ad_account_id: String,
    #[server(default)] pixel_id: String,
) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.choose_assets(&actor, id, &business_id, &ad_account_id, &pixel_id).await?;
    leptos_axum::redirect(&format!("/destinations/{id}/configuration?notice=assets_chosen"));
    Ok(())
}

/// The form behind "Save Changes".
#[server]
pub async fn save_configuration(
    id: DestinationId,
    #[server(default)] capi_token: String,
    #[server(default)] send_server_side: bool,
) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    let form = domain::view::ConfigurationForm { capi_token: capi_token.trim().to_owned(), send_server_side };
    switchyard.save_configuration(&actor, id, form).await?;
    leptos_axum::redirect(&format!("/destinations/{id}/configuration?notice=configuration_saved"));
    Ok(())
}

/// The form of the options.
#[server]
pub async fn save_options(
    id: DestinationId,
    #[server(default)] snap_app_id: String,
    #[server(default)] hold_seconds: String,
    #[server(default)] hold_purchases: bool,
    #[server(default)] limited_data_use: String,
) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    let form = domain::options::OptionsForm { snap_app_id, hold_seconds, hold_purchases, limited_data_use };
    switchyard.save_options(&actor, id, form).await?;
    leptos_axum::redirect(&format!("/destinations/{id}/configuration?notice=options_saved"));
    Ok(())
}

/// Tries what is stored against Snapchat without sending an event that counts.
#[server]
pub async fn check_connection(id: DestinationId) -> Result<ConnectionCheck, PageError> {
    let (switchyard, actor) = actor().await?;
    Ok(switchyard.check_connection(&actor, id).await?)
}

/// Forgets the Snapchat login.
#[server]
pub async fn disconnect(id: DestinationId) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.disconnect(&actor, id).await?;
    leptos_axum::redirect(&format!("/destinations/{id}/configuration?notice=disconnected"));
    Ok(())
}
