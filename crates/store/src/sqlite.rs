//! Opening the SQLite database: settings of its connections, and migrations.

use std::{
    path::PathBuf,
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};

use domain::ApiError;
use sqlx::{
    SqliteConnection,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::time::sleep;

use crate::{
    Keys, OpenError, Store, checkpoints::Checkpoints, log_sync::LogSync, settling::Unsettled, turns::Turns,
    writer::Writer,
};

pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// Connections for reading: pages, the worker's claims and look-ups.
const READERS: u32 = 4;
/// How long the memory of large changes is kept after the last one.
const BULK_IDLE: Duration = Duration::from_secs(10);
/// How long a write waits for another process's write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Where SQLite doesn't wait by itself: another process makes the database just now, or closes it as the last one.
const BUSY_PAUSE: Duration = Duration::from_millis(20);

/// A failure of the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address is not one that can be opened.
    #[error("{0}")]
    Address(String),
    /// The database refused or failed.
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    /// The files that order the writing of several processes can't be made beside it.
    #[error("the files .next and .turn beside the database can't be opened: {0}")]
    Turns(std::io::Error),
    /// What was written could not be made durable.
    #[error("the database's log can't be synced: {0}")]
    Sync(std::io::Error),
    /// The schema could not be brought up to date.
    #[error("the database's schema could not be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A sealed value can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A stored JSON text can't be read.
    #[error("a stored value is not what was written: {0}")]
    Json(#[from] serde_json::Error),
    /// A refusal for the user: not found, taken, invalid.
    #[error(transparent)]
    Refused(#[from] ApiError),
}

impl StoreError {
    /// Whether another process is in the way for a moment.
    fn is_busy(&self) -> bool {
        // The number of SQLITE_BUSY.
        matches!(self, Self::Sql(error) if error.as_database_error().and_then(|error| error.code()).as_deref() == Some("5"))
    }
}

/// Processes may start together on a new database: whoever comes second at a step fails, and finds it done when it looks again.
pub(crate) async fn migrate(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    // At each step at most.
    for _ in MIGRATIONS.iter() {
        match MIGRATIONS.run(&mut *conn).await {
            Err(MigrateError::Execute(_) | MigrateError::ExecuteMigration(..)) => {}
            done => return Ok(done?),
        }
    }
    Ok(MIGRATIONS.run(conn).await?)
}

impl Store {
    /// Opens (and makes, and migrates) the database at `sqlite://PATH`.
    ///
    /// An acknowledged write survives power loss: commits go to the write-ahead log, which is synced before anybody is told, by a
    /// thread that does it for all of them. Checkpoints go on beside, until the store is closed or dropped.
    ///
    /// # Errors
    /// [`StoreError::Address`] for another scheme; otherwise what the database says.
    pub async fn open(url: &str, keys: Keys) -> Result<Self, StoreError> {
        let began = Instant::now();
        loop {
            match Self::open_at_once(url, keys.clone()).await {
                Err(error) if error.is_busy() && began.elapsed() < BUSY_TIMEOUT => sleep(BUSY_PAUSE).await,
                done => return done,
            }
        }
    }

    async fn open_at_once(url: &str, keys: Keys) -> Result<Self, StoreError> {
        if !url.starts_with("sqlite:") {
            return Err(StoreError::Address("only sqlite://PATH is supported by this version".into()));
        }
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            // Of a new database: events of a kilobyte fill pages of four badly.
            .page_size(8_192)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .pragma("wal_autocheckpoint", "0")
            .pragma("temp_store", "memory")
            // What is deleted is overwritten: an erased person leaves no trace in the file.
            .pragma("secure_delete", "on")
            .pragma("cache_size", "-16000")
            .statement_cache_capacity(256);
        // Each commit goes over the whole cache, since sorting siblings takes a page number behind all others.
        let writer = Arc::new(Writer::open(options.clone().pragma("cache_size", "-4000")).await?);
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone().read_only(true))
            .await?;
        let mut folder = options.get_filename().as_os_str().to_owned();
        folder.push(".uploads");
        // A large change goes over very many pages.
        let bulk = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(BULK_IDLE)
            .connect_lazy_with(options.clone().pragma("cache_size", "-64000"));
        let turns = Arc::new(Turns::open(options.get_filename()).map_err(StoreError::Turns)?);
        let log = Arc::new(LogSync::start(options.get_filename()).map_err(StoreError::Sync)?);
        let checkpoints = Checkpoints::start(options, writer.clone(), turns.clone());
        let unsettled = Arc::new(Unsettled::new());
        let store = Self {
            writer,
            log,
            bulk,
            readers,
            checkpoints,
            keys,
            uploads_folder: PathBuf::from(folder).into(),
            turns,
            unsettled,
        };
        // After the version before: buckets are made anew.
        store.write_buckets().await?;
        Ok(store)
    }

    /// Closes all connections; the write-ahead log is folded in by the last one.
    pub async fn close(&self) {
        self.readers.close().await;
        self.checkpoints.close().await;
        self.bulk.close().await;
        self.writer.close().await;
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        Timestamp, WorkspaceId,
        profile::{IdentifierKind, ProfileId},
    };
    use sqlx::{ConnectOptions, Connection};
    use uuid::Uuid;

    use super::*;
    use crate::sighted::{key_place, profile_key};

    #[tokio::test]
    async fn opens_migrates_and_opens_again() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("a.db").display());
        for _ in 0..2 {
            let store = Store::open(&url, Keys::new(&[1; 32])).await.unwrap();
            assert!(store.empty_log().await.unwrap());
            store.close().await;
        }
        assert!(matches!(Store::open("postgres://x", Keys::new(&[1; 32])).await, Err(StoreError::Address(_))));
    }

    #[tokio::test]
    async fn processes_that_start_together_agree_on_the_schema() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("a.db").display());
        let open = || async { Store::open(&url, Keys::new(&[1; 32])).await.map(drop) };
        let (one, two, three) = tokio::join!(open(), open(), open());
        assert!(one.is_ok() && two.is_ok() && three.is_ok(), "{one:?} {two:?} {three:?}");
    }

    #[tokio::test]
    async fn who_came_and_went_before_it_was_counted_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let mut old = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .foreign_keys(false)
            .connect()
            .await
            .unwrap();
        let before = MIGRATIONS.iter().filter(|migration| migration.version < 13).cloned().collect();
        Migrator::with_migrations(before).run(&mut old).await.unwrap();
        let (workspace, audience) = (WorkspaceId(Uuid::from_u128(1)), domain::AudienceId(Uuid::from_u128(2)));
        sqlx::query("insert into audiences (id, workspace_id, name, name_key, rule, created_at) values ($1, $2, 'x', 'x', '{}', 1)")
            .bind(audience.0)
            .bind(workspace.0)
            .execute(&mut old)
            .await
            .unwrap();
        for (number, name) in ["added_to_segment", "added_to_segment", "removed_from_segment"].iter().enumerate() {
            sqlx::query(
                "insert into events (workspace_id, source_id, message_id, kind, name, event_key, occurred_at, received_at, body)
                 values ($1, zeroblob(16), $2, 'track', $3, replace($3, '_', ''), 5, 5,
                         json_object('properties', json_object('audience_id', $4)))",
            )
            .bind(workspace.0)
            .bind(format!("m-{number}"))
            .bind(name)
            .bind(audience.to_string())
            .execute(&mut old)
            .await
            .unwrap();
        }
        old.close().await.unwrap();
        let url = format!("sqlite://{}", path.display());
        let store = Store::open(&url, Keys::new(&[1; 32])).await.unwrap();
        let moves = store.audience_moves(workspace, domain::Timestamp(10)).await.unwrap()[&audience];
        assert_eq!((moves.joined, moves.left, moves.last_at), (2, 1, Some(domain::Timestamp(5))));
        store.close().await;
    }

    #[tokio::test]
    async fn identifiers_of_an_older_version_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let mut old = SqliteConnectOptions::new().filename(&path).create_if_missing(true).connect().await.unwrap();
        let before = MIGRATIONS.iter().filter(|migration| migration.version < 8).cloned().collect();
        Migrator::with_migrations(before).run(&mut old).await.unwrap();
        let (keys, workspace) = (Keys::new(&[1; 32]), WorkspaceId(Uuid::from_u128(1)));
        let key_of = |id| profile_key(&keys, workspace, IdentifierKind::User, id);
        sqlx::query("insert into profiles (no, workspace_id, first_seen, last_seen, events) values (7, $1, 1, 1, 1)")
            .bind(workspace.0)
            .execute(&mut old)
            .await
            .unwrap();
        for (id, lower) in [("Ab-7", Some("ab-7")), ("cd-8", None)] {
            let sealed = keys.seal(&key_place(&key_of(id)), id.as_bytes());
            sqlx::query(
                "insert into profile_keys (key, profile_no, kind, sealed, brought, first_at, find_key)
                 values ($1, 7, 'user', $2, '[0,0,0,0,0,0]', 1, $3)",
            )
            .bind(key_of(id).to_vec())
            .bind(sealed)
            .bind(lower.map(|lower| key_of(lower).to_vec()))
            .execute(&mut old)
            .await
            .unwrap();
        }
        old.close().await.unwrap();
        let store = Store::open(&format!("sqlite://{}", path.display()), keys.clone()).await.unwrap();
        for text in ["Ab-7", "ab-7", "cd-8"] {
            assert_eq!(store.find_people(workspace, text, &[]).await.unwrap().len(), 1, "{text}");
        }
        let person = store.profile(workspace, ProfileId(7), Timestamp(2)).await.unwrap().unwrap();
        let ids: Vec<&str> = person.identifiers.iter().map(|(_, id, _)| id.as_str()).collect();
        assert_eq!(ids.len(), 2);
        assert!(ids.contains(&"Ab-7") && ids.contains(&"cd-8"));
    }
}
