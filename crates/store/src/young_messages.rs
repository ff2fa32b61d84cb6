//! Messages of the last seven days, by a hash of source and message id, so that one that comes again is known. Hashes have no order: each
//! new one would change a page of its own of `message_keys`. So they gather in memory first, in a temporary table of the connection
//! that writes, and move into the large table a part of all hashes at a time: many into each page (docs/adr/0013). What memory
//! forgets is read from the events that it came from.

use domain::SourceId;
use sha2::{Digest, Sha256};
use sqlx::SqliteConnection;

use crate::{Store, StoreError};

/// So many are kept in memory: some 2 MB. A start reads up to twice as many events.
pub(crate) const KEPT: usize = 65_536;
/// Parts of all hashes. One of them moves in a few milliseconds, which ingestion waits for.
const PARTS: i64 = 64;

/// The temporary tables. `known` is the last event whose message is in `young_messages`, unless it is in `message_keys`. `part` moves next;
/// once all parts have moved, the messages of all events up to `from_known` are in `message_keys`.
pub(crate) const TABLES: &str =
    "create temp table young_messages (key integer primary key not null, event_id integer not null);
     create temp table young_state (known, part, from_known, erasures);
     insert into young_state select 0, 0, 0, at from followers where name = 'erasures';";

/// Reads the messages of the group before, and of events that were stored before this connection was opened or by another process. A
/// step of the procedure.
pub(crate) const CATCH_UP: &str = "insert into young_messages (key, event_id)
     select message_key, id from events
     where id > (select max(known, at) from young_state, followers where name = 'young_messages') and message_key is not null
     on conflict (key) do update set event_id = excluded.event_id where excluded.event_id > young_messages.event_id;
     update young_state set known = new.base;";

/// What a message is found by. Two may share it: whoever finds an event compares source and id themselves.
pub(crate) fn message_key(source: SourceId, message_id: &str) -> i64 {
    let hash = Sha256::new().chain_update(source.0.as_bytes()).chain_update(message_id).finalize();
    i64::from_be_bytes(hash[..8].try_into().expect("a hash of 32 bytes"))
}

impl Store {
    /// Moves some messages from memory into their table, if it holds many.
    pub(crate) async fn settle_messages(&self) -> Result<(), StoreError> {
        let mut tx = self.write_unsynced().await?;
        let left = settle_some(&mut tx, KEPT).await?;
        tx.commit().await?;
        self.unsettled.messages_left(left);
        Ok(())
    }
}

/// Moves the next part if there are too many; how many are left.
async fn settle_some(conn: &mut SqliteConnection, kept: usize) -> Result<usize, StoreError> {
    let held = count(conn).await?;
    if held < kept {
        return Ok(held);
    }
    let (part, erased): (i64, bool) =
        sqlx::query_as("select part, erasures <> at from young_state, followers where name = 'erasures'")
            .fetch_one(&mut *conn)
            .await?;
    if erased {
        // Messages of erased events mustn't move: forget all, and read those of the events that are left.
        sqlx::raw_sql(
            "delete from young_messages;
             update young_state set known = 0, part = 0, erasures = (select at from followers where name = 'erasures')",
        )
        .execute(conn)
        .await?;
        return Ok(0);
    }
    move_part(conn, part).await?;
    count(conn).await
}

async fn move_part(conn: &mut SqliteConnection, part: i64) -> Result<(), StoreError> {
    let width = 1 << (64 - PARTS.ilog2());
    let first = (part - PARTS / 2) * width;
    for sql in [
        "update young_state set from_known = known where part = 0",
        // Those of events that housekeeping has passed would stay for ever.
        "insert into message_keys (key, event_id)
         select key, event_id from young_messages
         where key between $1 and $2 and event_id > (select at from followers where name = 'seen_messages') order by key
         on conflict (key) do update set event_id = excluded.event_id where excluded.event_id > message_keys.event_id",
        "delete from young_messages where key between $1 and $2",
        "update young_state set part = (part + 1) % $3",
        // At the end of a round all have moved that stood there when it began.
        "update followers set at = max(at, (select from_known from young_state))
         where name = 'young_messages' and (select part from young_state) = 0",
    ] {
        sqlx::query(sql).bind(first).bind(first + (width - 1)).bind(PARTS).execute(&mut *conn).await?;
    }
    Ok(())
}

async fn count(conn: &mut SqliteConnection) -> Result<usize, StoreError> {
    let count: i64 = sqlx::query_scalar("select count(*) from young_messages").fetch_one(conn).await?;
    Ok(usize::try_from(count).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use domain::{
        SourceId, Timestamp, WorkspaceId,
        event::EventKind,
        time::{DAY, HOUR},
    };
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{DUPLICATE_WINDOW, IngestGroup, Keys, NewEvent, erasures::forget_events};

    #[derive(Clone, Debug)]
    enum Deed {
        /// A group with these messages.
        Arrive(Vec<u8>),
        /// So many parts move.
        Settle(u8),
        /// The process ends and starts again.
        Restart,
        /// The events of a message are erased.
        Erase(u8),
        Forget,
        Wait(i64),
    }

    fn deed() -> impl Strategy<Value = Deed> {
        prop_oneof![
            6 => proptest::collection::vec(0..40_u8, 1..12).prop_map(Deed::Arrive),
            4 => prop_oneof![1..40_u8, Just(64)].prop_map(Deed::Settle),
            1 => Just(Deed::Restart),
            1 => (0..40_u8).prop_map(Deed::Erase),
            2 => Just(Deed::Forget),
            2 => (HOUR..5 * DAY).prop_map(Deed::Wait),
        ]
    }

    struct World {
        url: String,
        /// On one database.
        processes: Vec<Store>,
        now: Timestamp,
        /// When each message was accepted last; nothing is promised of those whose events were erased.
        accepted: HashMap<u8, Option<Timestamp>>,
    }

    impl World {
        async fn open(url: &str) -> Store {
            Store::open(url, Keys::new(&[1; 32])).await.unwrap()
        }

        async fn arrive(&mut self, process: usize, messages: &[u8]) {
            let event = |message: &u8| NewEvent {
                workspace: WorkspaceId(Uuid::from_u128(1)),
                source: SourceId(Uuid::from_u128(2)),
                message_id: format!("m-{message}"),
                kind: EventKind::Track,
                name: "E".into(),
                event_key: "e".into(),
                occurred_at: self.now,
                received_at: self.now,
                body: "{}".into(),
                sealed: None,
                order_id: None,
                email_key: None,
                phone_key: None,
                person: None,
                notes: None,
                consent: None,
                client: Vec::new(),
            };
            let mut group: IngestGroup = messages.iter().map(|message| vec![event(message).prepare()]).collect();
            let answers = self.processes[process].ingest(&mut group, self.now).await;
            for (message, answer) in messages.iter().zip(answers) {
                let new = answer.unwrap().accepted == 1;
                let over = self.now.minus(DUPLICATE_WINDOW);
                match self.accepted.get(message) {
                    Some(None) => {}
                    Some(Some(at)) => assert_eq!(new, *at <= over, "{message}"),
                    None => assert!(new, "{message}"),
                }
                if new {
                    self.accepted.insert(*message, Some(self.now));
                }
            }
        }

        async fn erase(&mut self, process: usize, message: u8) {
            let mut tx = self.processes[process].write().await.unwrap();
            let events: Vec<i64> = sqlx::query_scalar("select id from events where message_id = $1")
                .bind(format!("m-{message}"))
                .fetch_all(&mut *tx)
                .await
                .unwrap();
            forget_events(&mut tx, &events).await.unwrap();
            tx.commit().await.unwrap();
            self.accepted.insert(message, None);
        }

        async fn settle(&self, process: usize, parts: u8) {
            for _ in 0..parts {
                let mut tx = self.processes[process].write_unsynced().await.unwrap();
                settle_some(&mut tx, 1).await.unwrap();
                tx.commit().await.unwrap();
            }
        }

        async fn deed(&mut self, process: usize, deed: Deed) {
            match deed {
                Deed::Arrive(messages) => self.arrive(process, &messages).await,
                Deed::Settle(parts) => self.settle(process, parts).await,
                Deed::Restart => {
                    self.processes[process].close().await;
                    self.processes[process] = Self::open(&self.url).await;
                }
                Deed::Erase(message) => self.erase(process, message).await,
                Deed::Forget => while self.processes[process].forget_some(self.now).await.unwrap() {},
                Deed::Wait(span) => self.now = self.now.plus(span),
            }
        }

        /// Once all have moved no mark is there of an erased event, nor one that would stay for ever.
        async fn end(self) {
            for process in 0..self.processes.len() {
                self.settle(process, 64).await;
                let strays: Vec<i64> = sqlx::query_scalar(
                    "select event_id from message_keys k
                     where not exists (select 1 from events where id = k.event_id)
                        or event_id <= (select at from followers where name = 'seen_messages')",
                )
                .fetch_all(&self.processes[process].readers)
                .await
                .unwrap();
                assert!(strays.is_empty(), "{strays:?}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, ..ProptestConfig::default() })]

        #[test]
        fn a_message_is_accepted_once_a_week(deeds in proptest::collection::vec((0..2_usize, deed()), 1..60)) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let folder = tempfile::tempdir().unwrap();
                let url = format!("sqlite://{}", folder.path().join("a.db").display());
                let processes = vec![World::open(&url).await, World::open(&url).await];
                let mut world = World { url, processes, now: Timestamp(100 * DAY), accepted: HashMap::new() };
                for (process, deed) in deeds {
                    world.deed(process, deed).await;
                }
                world.end().await;
            });
        }
    }
}
