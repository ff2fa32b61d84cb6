//! The key that seals tokens and personal data: given, or made at first start in a file beside the database.

use std::{
    fs, io,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::settings::SettingError;

/// 32 bytes.
pub type MasterKey = Zeroizing<[u8; 32]>;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(transparent)]
    Setting(#[from] SettingError),
    #[error("the key file {} can't be used: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("the key file {} does not hold a base64 key of 32 bytes; restore it from a backup", path.display())]
    Damaged { path: PathBuf },
}

/// The key that was given, or the one beside the database, which is made if it is missing.
pub fn load(given: Option<&str>, database: &Path) -> Result<MasterKey, KeyError> {
    if let Some(text) = given.filter(|text| !text.trim().is_empty()) {
        return decode(text).ok_or_else(|| {
            SettingError::new(
                "SWITCHYARD_SECRET_KEY",
                "(hidden)",
                "32 bytes in base64, as `openssl rand -base64 32` prints them,",
            )
            .into()
        });
    }
    let path = beside(database);
    let file_error = |source| KeyError::File { path: path.clone(), source };
    match fs::read_to_string(&path) {
        Ok(text) => decode(&text).ok_or(KeyError::Damaged { path }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut key = MasterKey::default();
            getrandom::fill(&mut key[..]).map_err(|error| file_error(io::Error::other(error.to_string())))?;
            match write_new(&path, &STANDARD.encode(&key[..])) {
                // Another process was first: its key counts.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => load(None, database),
                Err(error) => Err(file_error(error)),
                Ok(()) => Ok(key),
            }
        }
        Err(error) => Err(file_error(error)),
    }
}

/// `switchyard.db` → `switchyard.db.key`
fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".key");
    name.into()
}

/// Writes the whole file under another name first, so that nobody reads half a key.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_extension(format!("key.{}", std::process::id()));
    let written = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| {
            writeln!(file, "{text}")?;
            file.sync_all()
        })
        .and_then(|()| fs::hard_link(&draft, path));
    fs::remove_file(&draft)?;
    written
}

fn decode(text: &str) -> Option<MasterKey> {
    let bytes = Zeroizing::new(STANDARD.decode(text.trim()).ok()?);
    Some(Zeroizing::new(bytes.as_slice().try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn is_made_once_and_kept_private() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a.db");
        let first = load(None, &database).unwrap();
        assert_eq!(*load(None, &database).unwrap(), *first);
        let mode = fs::metadata(folder.path().join("a.db.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_wrong_key_is_told_and_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let error = load(Some("c2hvcnQ="), &folder.path().join("a.db")).unwrap_err().to_string();
        assert!(error.contains("SWITCHYARD_SECRET_KEY") && !error.contains("c2hvcnQ"), "{error}");
        fs::write(folder.path().join("a.db.key"), "nonsense").unwrap();
        assert!(matches!(load(None, &folder.path().join("a.db")), Err(KeyError::Damaged { .. })));
    }
}
