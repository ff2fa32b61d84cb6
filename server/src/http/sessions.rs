//! Sessions in our own database: tower-sessions with a store of four methods.

use std::sync::Arc;

use async_trait::async_trait;
use domain::Timestamp;
use pipeline::Switchyard;
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    Expiry, SessionManagerLayer, SessionStore,
    cookie::SameSite,
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::settings::ServeSettings;

/// A session ends after so long without a change.
const IDLE: Duration = Duration::days(14);

/// The layer that reads and writes the session's cookie.
pub fn layer(settings: &Arc<ServeSettings>, switchyard: Switchyard) -> SessionManagerLayer<SqlSessions> {
    SessionManagerLayer::new(SqlSessions(switchyard))
        .with_name("switchyard")
        .with_http_only(true)
        // Lax: the way back from Snapchat's consent is a cross-site navigation.
        .with_same_site(SameSite::Lax)
        .with_secure(settings.public_url.scheme() == "https")
        .with_expiry(Expiry::OnInactivity(IDLE))
}

/// The store. The id is hashed before it is stored.
#[derive(Clone)]
pub struct SqlSessions(Switchyard);

impl std::fmt::Debug for SqlSessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqlSessions")
    }
}

#[async_trait]
impl SessionStore for SqlSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        // An id has 128 random bits: the store refuses to overwrite in the case that never happens.
        while !self
            .0
            .store()
            .session_create(&record.id.to_string(), &encode(record)?, expiry(record))
            .await
            .map_err(backend)?
        {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.0.store().session_save(&record.id.to_string(), &encode(record)?, expiry(record)).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = self.0.store().session_load(&id.to_string(), self.0.now()).await.map_err(backend)?;
        found
            .map(|(data, expires)| {
                Ok(Record {
                    id: *id,
                    data: serde_json::from_str(&data).map_err(|error| Error::Decode(error.to_string()))?,
                    expiry_date: OffsetDateTime::from_unix_timestamp_nanos(i128::from(expires.0) * 1_000_000)
                        .map_err(|error| Error::Decode(error.to_string()))?,
                })
            })
            .transpose()
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.0.store().session_delete(&id.to_string()).await.map_err(backend)
    }
}

fn encode(record: &Record) -> Result<String> {
    serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))
}

fn expiry(record: &Record) -> Timestamp {
    let ms = record.expiry_date.unix_timestamp_nanos() / 1_000_000;
    Timestamp(i64::try_from(ms).unwrap_or(i64::MAX))
}

fn backend(error: store::StoreError) -> Error {
    Error::Backend(error.to_string())
}
