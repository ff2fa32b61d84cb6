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

/// Refuses a database that isn't there: what only reads would make an empty one out of a mistyped name.
pub fn expect_database(database: &DatabaseArgs) -> anyhow::Result<()> {
    let path = sqlite_path(&database.database_url)?;
    let expected = "the address of a database that is there (`serve` and `apply` make one)";
    anyhow::ensure!(path.exists(), SettingError::new("SWITCHYARD_DATABASE_URL", &database.database_url, expected));
    Ok(())
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    #[test]
    fn what_only_reads_makes_no_database() {
        let expect = |url: &str| {
            let Command::Check { database, .. } =
                Cli::parse_from(["switchyard", "check", "--database-url", url]).command
            else {
                unreachable!()
            };
            expect_database(&database).map_err(|error| error.to_string())
        };
        let refused = expect("sqlite://no-such-folder/switchyard.db").unwrap_err();
        assert!(
            refused.starts_with("SWITCHYARD_DATABASE_URL is \"sqlite://no-such-folder/switchyard.db\""),
            "{refused}"
        );
        assert_eq!(expect(&format!("sqlite://{}/Cargo.toml", env!("CARGO_MANIFEST_DIR"))), Ok(()));
    }
}
