//! Puts the parts together: database, keys, destinations.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context;
use domain::destination::Destination;
use pipeline::{Parts, Switchyard};
use store::{Keys, Store};

use crate::{
    cli::DatabaseArgs,
    clock::{SystemClock, dice},
    secret_key,
    settings::{SettingError, SnapchatSettings},
};

/// Opens the database and builds the machinery on it.
pub async fn switchyard(
    database: &DatabaseArgs,
    destination: Arc<dyn Destination>,
    public_url: String,
) -> anyhow::Result<Switchyard> {
    let path = sqlite_path(&database.database_url)?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("SWITCHYARD_DATABASE_URL: the folder {} can't be made", folder.display()))?;
    }
    let key = secret_key::load(database.secret_key.as_deref(), &path)?;
    let store = Store::open(&database.database_url, Keys::new(&key))
        .await
        .with_context(|| format!("SWITCHYARD_DATABASE_URL: {} can't be opened", path.display()))?;
    let destinations = vec![destination];
    Ok(Switchyard::new(Parts { store, clock: Arc::new(SystemClock), dice, destinations, public_url }))
}

/// The Snapchat destination with these settings.
pub fn snapchat(settings: &SnapchatSettings) -> anyhow::Result<Arc<dyn Destination>> {
    let base = |url: &url::Url| url.as_str().trim_end_matches('/').to_owned();
    let settings = snapchat::Settings {
        client_id: settings.client_id.clone(),
        client_secret: settings.client_secret.clone(),
        accounts_url: base(&settings.accounts_url),
        ads_api_url: base(&settings.ads_api_url),
        capi_url: base(&settings.capi_url),
    };
    Ok(Arc::new(snapchat::Snapchat::new(settings, Arc::new(SystemClock))?))
}

fn sqlite_path(url: &str) -> Result<PathBuf, SettingError> {
    const EXPECTED: &str = "sqlite://PATH";
    match url.strip_prefix("sqlite://").map(|rest| rest.split('?').next().unwrap_or_default()) {
        Some(path) if !path.is_empty() => Ok(path.into()),
        // What it held may carry a password.
        _ if url.contains('@') => {
            Err(SettingError::new("SWITCHYARD_DATABASE_URL", "(an address with a password)", EXPECTED))
        }
        _ => Err(SettingError::new("SWITCHYARD_DATABASE_URL", url, EXPECTED)),
    }
}
