//! Sessions in our own database: tower-sessions with a store of four methods.

use std::sync::Arc;

use app::api::session;
use async_trait::async_trait;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use domain::Timestamp;
use pipeline::Switchyard;
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, SessionStore,
    cookie::SameSite,
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::settings::ServeSettings;

/// A session ends after so long without anything that its owner does: each hour of work begins the time anew.
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

/// Before a request of a browser is answered: its session lives on.
pub async fn renew(State(switchyard): State<Switchyard>, session: Session, request: Request, next: Next) -> Response {
    // A session that can't be read is told by whatever needs it.
    let _ = session::renew(&session, switchyard.now()).await;
    next.run(request).await
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

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, sync::Mutex};

    use domain::time::{HOUR, MINUTE};

    use super::*;

    /// Counts what is written.
    #[derive(Debug, Default)]
    struct Memory(Mutex<(HashMap<Id, Record>, u32)>);

    #[async_trait]
    impl SessionStore for Memory {
        async fn save(&self, record: &Record) -> Result<()> {
            let mut all = self.0.lock().unwrap();
            all.0.insert(record.id, record.clone());
            all.1 += 1;
            Ok(())
        }

        async fn load(&self, id: &Id) -> Result<Option<Record>> {
            Ok(self.0.lock().unwrap().0.get(id).cloned())
        }

        async fn delete(&self, id: &Id) -> Result<()> {
            self.0.lock().unwrap().0.remove(id);
            Ok(())
        }
    }

    /// One request, as the layer around it treats its session.
    async fn visit(store: &Arc<Memory>, id: Option<Id>, now: Timestamp) -> Option<Id> {
        let session = Session::new(id, store.clone(), Some(Expiry::OnInactivity(IDLE)));
        session::renew(&session, now).await.unwrap();
        if session.is_modified() {
            session.save().await.unwrap();
        }
        session.id()
    }

    #[tokio::test]
    async fn a_session_in_use_is_written_once_an_hour() {
        let store = Arc::new(Memory::default());
        let start = Session::new(None, store.clone(), Some(Expiry::OnInactivity(IDLE)));
        start.insert("user", "dana").await.unwrap();
        start.save().await.unwrap();
        let id = start.id();
        let written = || store.0.lock().unwrap().1;
        let first = written();
        for minutes in [0, 1, 59] {
            visit(&store, id, Timestamp(minutes * MINUTE)).await;
        }
        assert_eq!(written() - first, 1);
        visit(&store, id, Timestamp(HOUR)).await;
        visit(&store, id, Timestamp(HOUR + MINUTE)).await;
        assert_eq!(written() - first, 2);
    }

    #[tokio::test]
    async fn a_visitor_gets_no_session() {
        let store = Arc::new(Memory::default());
        assert_eq!(visit(&store, None, Timestamp(0)).await, None);
        assert_eq!(store.0.lock().unwrap().1, 0);
    }
}
