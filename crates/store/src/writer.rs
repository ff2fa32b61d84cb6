//! The connection that writes, and transactions on it.

use std::{
    ops::{Deref, DerefMut},
    thread,
};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, SqlSafeStr, Sqlite, SqliteConnection,
    pool::PoolConnection,
    query::Query,
    sqlite::{SqliteArguments, SqliteConnectOptions, SqliteTransactionManager},
};
use sqlx_core::transaction::TransactionManager;
use tokio::{
    runtime::Handle,
    sync::{MappedMutexGuard, Mutex, MutexGuard, oneshot},
};

use crate::{Store, StoreError, ingest_sql, log_sync::LogSync, priority::go_first, sqlite::migrate, turns::Turn};

/// The one connection that writes: all others queue here instead of meeting `SQLITE_BUSY`. Not a pool of one, which would ask
/// the connection whether it is well before and after each use, and wait for both answers.
pub(crate) struct Writer {
    options: SqliteConnectOptions,
    state: Mutex<State>,
}

enum State {
    Open(SqliteConnection),
    /// Its thread has ended, after a failure that it could not undo.
    Lost,
    Closed,
}

/// The connection, until it is dropped.
pub(crate) type Taken<'w> = MappedMutexGuard<'w, SqliteConnection>;

impl Writer {
    /// Connects, and brings the schema up to date.
    pub(crate) async fn open(options: SqliteConnectOptions) -> Result<Self, StoreError> {
        let mut conn = connect(&options).await?;
        migrate(&mut conn).await?;
        // A migration may have failed without them, and another process have done it.
        sqlx::raw_sql("pragma foreign_keys = on").execute(&mut conn).await?;
        make_procedure(&mut conn).await?;
        Ok(Self { options, state: Mutex::new(State::Open(conn)) })
    }

    /// Waits for the connection.
    pub(crate) async fn take(&self) -> Result<Taken<'_>, sqlx::Error> {
        let mut state = self.state.lock().await;
        if matches!(*state, State::Lost) {
            let mut conn = connect(&self.options).await?;
            make_procedure(&mut conn).await?;
            *state = State::Open(conn);
        }
        MutexGuard::try_map(state, |state| match state {
            State::Open(conn) => Some(conn),
            State::Lost | State::Closed => None,
        })
        .map_err(|_| sqlx::Error::PoolClosed)
    }

    /// After a failure: if it was the end of the connection's thread, the next one to take it connects anew.
    pub(crate) async fn failed(&self, error: &sqlx::Error) {
        if matches!(error, sqlx::Error::WorkerCrashed) {
            let mut state = self.state.lock().await;
            if matches!(*state, State::Open(_)) {
                *state = State::Lost;
            }
        }
    }

    /// Closes it for good.
    pub(crate) async fn close(&self) {
        let mut state = self.state.lock().await;
        if let State::Open(conn) = std::mem::replace(&mut *state, State::Closed)
            && let Err(error) = conn.close().await
        {
            tracing::warn!(%error, "the connection that writes could not be closed in order");
        }
    }
}

/// A connection whose thread goes first: it inherits that from the thread that starts it.
async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, sqlx::Error> {
    let (options, runtime) = (options.clone(), Handle::current());
    let (tell, told) = oneshot::channel();
    thread::Builder::new().name("connect".into()).spawn(move || {
        go_first();
        // Nobody waits any more if the process ends meanwhile.
        let _ = tell.send(runtime.block_on(options.connect()));
    })?;
    told.await.map_err(|_| sqlx::Error::WorkerCrashed)?
}

/// Temporary, so that it is of this version whatever the database's.
async fn make_procedure(conn: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(ingest_sql::procedure())).execute(conn).await.map(drop)
}

/// A write transaction, in the turn of this process. Undone if it is dropped.
pub(crate) struct Write<'s> {
    conn: On<'s>,
    /// What makes its commit durable, unless it needn't be.
    log: Option<&'s LogSync>,
    open: bool,
    _turn: Turn<'s>,
}

enum On<'s> {
    Writer(Taken<'s>),
    /// Another connection, in the writer's turn.
    Bulk(PoolConnection<Sqlite>, #[expect(dead_code, reason = "held until it is dropped")] Taken<'s>),
}

impl<'s> Write<'s> {
    async fn begin(conn: On<'s>, log: Option<&'s LogSync>, turn: Turn<'s>) -> Result<Self, sqlx::Error> {
        let mut write = Self { conn, log, open: false, _turn: turn };
        SqliteTransactionManager::begin(&mut write, Some("BEGIN IMMEDIATE".into_sql_str())).await?;
        write.open = true;
        Ok(write)
    }

    /// Makes it durable. Others may write, and read what it wrote, as soon as it is in the log.
    pub(crate) async fn commit(mut self) -> Result<(), sqlx::Error> {
        SqliteTransactionManager::commit(&mut self).await?;
        self.open = false;
        let log = self.log;
        drop(self);
        match log {
            Some(log) => Ok(log.sync().await?),
            None => Ok(()),
        }
    }

    /// Undoes it.
    pub(crate) async fn rollback(mut self) -> Result<(), sqlx::Error> {
        SqliteTransactionManager::rollback(&mut self).await?;
        self.open = false;
        Ok(())
    }
}

impl Drop for Write<'_> {
    fn drop(&mut self) {
        if self.open {
            SqliteTransactionManager::start_rollback(self);
        }
    }
}

impl Deref for Write<'_> {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match &self.conn {
            On::Writer(conn) => conn,
            On::Bulk(conn, _) => conn,
        }
    }
}

impl DerefMut for Write<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match &mut self.conn {
            On::Writer(conn) => conn,
            On::Bulk(conn, _) => conn,
        }
    }
}

/// The connection for one statement, which is a transaction of its own and durable once the log was synced.
pub(crate) struct Single<'s> {
    conn: Taken<'s>,
    _turn: Turn<'s>,
}

impl Deref for Single<'_> {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.conn
    }
}

impl DerefMut for Single<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.conn
    }
}

impl Store {
    /// Begins a write transaction. Nothing but SQL may be awaited before it ends.
    pub(crate) async fn write(&self) -> Result<Write<'_>, StoreError> {
        let turn = self.turns.take().await;
        let begun = Write::begin(On::Writer(self.writer.take().await?), Some(&self.log), turn).await;
        if let Err(error) = &begun {
            self.writer.failed(error).await;
        }
        Ok(begun?)
    }

    /// Begins a write transaction that a power loss may take back as a whole.
    pub(crate) async fn write_unsynced(&self) -> Result<Write<'_>, StoreError> {
        let mut write = self.write().await?;
        write.log = None;
        Ok(write)
    }

    /// Begins a write transaction that a power loss may take back as a whole, after all that waits for the writer already.
    pub(crate) async fn write_in_bulk(&self) -> Result<Write<'_>, StoreError> {
        let turn = self.turns.take().await;
        let writer = self.writer.take().await?;
        Ok(Write::begin(On::Bulk(self.bulk.acquire().await?, writer), None, turn).await?)
    }

    /// Waits until one statement may be written.
    pub(crate) async fn write_one(&self) -> Result<Single<'_>, StoreError> {
        let turn = self.turns.take().await;
        Ok(Single { conn: self.writer.take().await?, _turn: turn })
    }

    /// Makes a change of one statement; the number of its rows.
    pub(crate) async fn change(&self, query: Query<'_, Sqlite, SqliteArguments>) -> Result<u64, StoreError> {
        let mut conn = self.write_one().await?;
        let done = query.execute(&mut *conn).await?;
        drop(conn);
        self.log.sync().await.map_err(StoreError::Sync)?;
        Ok(done.rows_affected())
    }

    /// Calls back once everything is durable that was committed before.
    pub fn when_durable(&self, done: impl FnOnce(Result<(), StoreError>) + Send + 'static) {
        self.log.then(|synced| done(synced.map_err(StoreError::Sync)));
    }
}
