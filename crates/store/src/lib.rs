//! All SQL of Switchyard, as verbs of the domain. One verb is one transaction.

mod keys;
mod sqlite;
mod tag;

pub use keys::{Keys, OpenError};
pub use sqlite::StoreError;
pub use tag::{TagPixel, TagSource};

use sqlx::SqlitePool;

/// The database: one write connection, several for reading, and the keys of what is sealed in it.
#[derive(Clone)]
pub struct Store {
    /// One connection: write transactions queue here instead of meeting `SQLITE_BUSY`.
    writer: SqlitePool,
    readers: SqlitePool,
    /// A checkpoint may write the database file, and must not hold up the writer.
    checkpointer: SqlitePool,
    keys: Keys,
}

impl Store {
    /// The keys of this database.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }
}
