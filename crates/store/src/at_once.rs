//! Many rows as one answer. The database's thread wakes whoever waits for each row that it hands over, which costs several times
//! what the row itself does; a JSON list of all of them is one row.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error};
use sqlx::{Executor, Sqlite, query::QueryScalar, sqlite::SqliteArguments};

use crate::StoreError;

/// The rows of a query that answers with one JSON list: `select json_group_array(json_array(…)) from …`. It is in no order.
pub(crate) async fn at_once<'c, T: DeserializeOwned>(
    query: QueryScalar<'_, Sqlite, String, SqliteArguments>,
    conn: impl Executor<'c, Database = Sqlite>,
) -> Result<Vec<T>, StoreError> {
    Ok(serde_json::from_str(&query.fetch_one(conn).await?)?)
}

/// Bytes, written as `hex(…)`; nothing is empty.
#[derive(Debug)]
pub(crate) struct Blob(pub Vec<u8>);

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        const_hex::decode(text.as_bytes()).map(Self).map_err(D::Error::custom)
    }
}

impl Blob {
    /// The bytes, if there are any.
    pub(crate) fn some(self) -> Option<Vec<u8>> {
        Some(self.0).filter(|bytes| !bytes.is_empty())
    }
}
