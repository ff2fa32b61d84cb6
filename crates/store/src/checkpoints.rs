//! Moves what commits have gathered in the write-ahead log into the database file, beside the writer: a commit only has to append
//! to the log.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use tokio::time::{Instant, MissedTickBehavior};

use crate::{Store, StoreError, turns::Turns, writer::Writer};

/// How often, while this process writes.
const EVERY: Duration = Duration::from_millis(500);

/// A log of more pages is to begin anew. Under load some commit always comes during a checkpoint, so that it would grow without an
/// end; and what is written over costs less than what makes a file longer.
const PAGES_MAX: i64 = 4_096;

/// The connection that moves pages: it must not hold up the writer.
pub(crate) struct Checkpoints {
    conn: SqlitePool,
    writer: Arc<Writer>,
    turns: Arc<Turns>,
}

impl Checkpoints {
    /// Starts to do it in the background, until it is dropped or closed.
    pub(crate) fn start(options: SqliteConnectOptions, writer: Arc<Writer>, turns: Arc<Turns>) -> Arc<Self> {
        let conn = SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options);
        let checkpoints = Arc::new(Self { conn, writer, turns });
        tokio::spawn(run(Arc::downgrade(&checkpoints)));
        checkpoints
    }

    pub(crate) async fn close(&self) {
        self.conn.close().await;
    }

    /// Moves what is there, unless another process does just now. How many pages the log has; if all of them were moved, the next
    /// commit begins it anew, unless somebody still reads in it.
    async fn checkpoint(&self) -> Result<i64, StoreError> {
        let (_busy, pages, _moved): (i64, i64, i64) =
            sqlx::query_as("pragma wal_checkpoint(passive)").fetch_one(&self.conn).await?;
        Ok(pages)
    }

    /// Moves everything: commits have to wait until the last pages are moved.
    async fn begin_log_anew(&self) -> Result<(), StoreError> {
        // What came during the checkpoint before is little, and what comes during this one is less.
        self.checkpoint().await?;
        let _turn = self.turns.take().await;
        let _writer = self.writer.take().await?;
        // This turn writes nothing, and what others wrote before it is moved now.
        self.turns.were_taken();
        self.checkpoint().await?;
        Ok(())
    }
}

async fn run(checkpoints: Weak<Checkpoints>) {
    let mut ticks = tokio::time::interval_at(Instant::now() + EVERY, EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(checkpoints) = checkpoints.upgrade().filter(|checkpoints| !checkpoints.conn.is_closed()) else {
            return;
        };
        if !checkpoints.turns.were_taken() {
            continue;
        }
        let done = match checkpoints.checkpoint().await {
            Ok(pages) if pages > PAGES_MAX => checkpoints.begin_log_anew().await,
            done => done.map(drop),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "a checkpoint failed; the next one takes its work on");
        }
    }
}

impl Store {
    /// Moves everything into the database file and empties the write-ahead log, so that nothing of what was deleted is left
    /// in it. `false` if somebody was reading: it has to be tried again.
    ///
    /// # Errors
    /// What the database says.
    pub async fn empty_log(&self) -> Result<bool, StoreError> {
        let mut conn = self.checkpoints.conn.acquire().await?;
        // It holds up the writer while it waits for readers, so it doesn't wait long.
        sqlx::query("pragma busy_timeout = 100").execute(&mut *conn).await?;
        let busy = sqlx::query_scalar::<_, bool>("pragma wal_checkpoint(truncate)").fetch_one(&mut *conn).await;
        sqlx::query("pragma busy_timeout = 10000").execute(&mut *conn).await?;
        Ok(!busy?)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, ops::DerefMut, path::Path};

    use sqlx::SqliteConnection;

    use super::*;
    use crate::Keys;

    async fn opened(folder: &Path) -> Store {
        let url = format!("sqlite://{}", folder.join("a.db").display());
        let store = Store::open(&url, Keys::new(&[1; 32])).await.unwrap();
        let made = sqlx::query("create table blobs (blob)").execute(&mut *store.writer.take().await.unwrap()).await;
        assert!(made.is_ok(), "{made:?}");
        store
    }

    async fn commit(mut conn: impl DerefMut<Target = SqliteConnection>) {
        sqlx::query("insert into blobs values (zeroblob(200000))").execute(&mut *conn).await.unwrap();
    }

    #[tokio::test]
    async fn whoever_writes_what_is_written_gets_into_the_database() {
        let folder = tempfile::tempdir().unwrap();
        let store = opened(folder.path()).await;
        commit(store.write_one().await.unwrap()).await;
        for _ in 0..1_000 {
            if fs::metadata(folder.path().join("a.db")).unwrap().len() > 200_000 {
                return;
            }
            tokio::time::sleep(EVERY / 10).await;
        }
        panic!("it stayed in the log");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_log_begins_anew_while_commits_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let store = opened(folder.path()).await;
        for _ in 0..200 {
            commit(store.writer.take().await.unwrap()).await;
        }
        let before = store.checkpoints.checkpoint().await.unwrap();
        let busy = store.clone();
        let busy = tokio::spawn(async move {
            loop {
                commit(busy.writer.take().await.unwrap()).await;
            }
        });
        store.checkpoints.begin_log_anew().await.unwrap();
        assert!(!store.turns.were_taken(), "it would go on and on");
        busy.abort();
        assert!(busy.await.is_err_and(|error| error.is_cancelled()));
        commit(store.writer.take().await.unwrap()).await;
        let after = store.checkpoints.checkpoint().await.unwrap();
        assert!(after < before, "{after} pages after {before}");
    }
}
