//! What events are searched by: message id, order id, e-mail address. Each leaves 32 bits of a hash in the bucket of its event, which is
//! one row, written once the bucket is full. A search goes over all buckets, and looks at the events of the last one themselves
//! (docs/adr/0013).

use std::collections::BTreeMap;

use domain::{EventId, WorkspaceId};
use serde_json::json;
use sqlx::SqliteConnection;

use crate::{Store, StoreError};

/// Numbers of events that make up a bucket. What stands in `event_finds` was written with this.
pub(crate) const BUCKET: i64 = 1_024;
/// The marks of one event: of its message id, its order id and its e-mail address. Zero is none.
const MARKS: usize = 3;
/// The bytes of a mark.
const MARK: usize = size_of::<u32>();
/// Buckets that are read at once.
const PAGE: i64 = 64;

/// What a message id or an order id leaves, however it is written. Several may leave the same: whoever finds an event compares the id
/// itself.
fn id_mark(id: &str) -> u32 {
    crc32fast::hash(id.to_lowercase().as_bytes()).max(1)
}

/// What is left of the look-up key of an e-mail address, which is a hash already.
fn email_mark(key: &[u8]) -> u32 {
    key.first_chunk().map_or(0, |first| u32::from_be_bytes(*first)).max(1)
}

/// An event's place in its bucket, its message id, its order id, and the beginning of its e-mail address's look-up key.
type Searched = (usize, String, Option<String>, String);

impl Store {
    /// Writes the buckets that are full.
    pub(crate) async fn write_buckets(&self) -> Result<(), StoreError> {
        let mut reading = self.readers.acquire().await?;
        loop {
            let (first, full) = next_bucket(&mut reading).await?;
            self.unsettled.found_before(first);
            if !full {
                return Ok(());
            }
            let mut tx = self.write_unsynced().await?;
            write_bucket(&mut tx).await?;
            tx.commit().await?;
        }
    }
}

/// The first event without a bucket, and whether its bucket is full.
async fn next_bucket(conn: &mut SqliteConnection) -> Result<(i64, bool), StoreError> {
    let (first, last): (i64, i64) = sqlx::query_as(
        "select at, (select coalesce(max(seq), 0) from sqlite_sequence where name = 'events')
         from followers where name = 'event_finds'",
    )
    .fetch_one(conn)
    .await?;
    Ok((first, last >= first + BUCKET - 1))
}

/// Writes the next bucket, unless another process has done it.
async fn write_bucket(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    let (first, full) = next_bucket(conn).await?;
    if !full {
        return Ok(());
    }
    // The system's own are found by an index.
    let events: String = sqlx::query_scalar(
        "select json_group_array(json_array(id - $1, message_id, order_id, hex(substr(email_key, 1, 4))))
         from events where id >= $1 and id < $1 + $2 and source_id <> zeroblob(16)",
    )
    .bind(first)
    .bind(BUCKET)
    .fetch_one(&mut *conn)
    .await?;
    let events: Vec<Searched> = serde_json::from_str(&events)?;
    sqlx::query("insert or replace into event_finds (bucket, marks) values ($1 / $2, $3)")
        .bind(first)
        .bind(BUCKET)
        .bind(marks_of(&events))
        .execute(&mut *conn)
        .await?;
    sqlx::query("update followers set at = $1 where name = 'event_finds'").bind(first + BUCKET).execute(conn).await?;
    Ok(())
}

/// A bucket: the marks of each number, one after the other.
fn marks_of(events: &[Searched]) -> Vec<u8> {
    let mut bucket = vec![0; MARKS * MARK * BUCKET.unsigned_abs() as usize];
    for (place, message, order, email) in events {
        let email = u32::from_str_radix(email, 16).map_or(0, |mark| mark.max(1));
        let marks: [_; MARKS] = [id_mark(message), order.as_deref().map_or(0, id_mark), email];
        let bytes = marks.map(u32::to_be_bytes);
        bucket[place * MARKS * MARK..][..MARKS * MARK].copy_from_slice(bytes.as_flattened());
    }
    bucket
}

/// The places in a bucket that have one of these marks.
fn places<'a>(bucket: &'a [u8], wanted: &'a [u32]) -> impl Iterator<Item = i64> + 'a {
    let has = |marks: &[u8]| {
        let (marks, _) = marks.as_chunks::<MARK>();
        marks.iter().any(|mark| wanted.contains(&u32::from_be_bytes(*mark)))
    };
    (0..).zip(bucket.chunks_exact(MARKS * MARK)).filter(move |(_, marks)| has(marks)).map(|(place, _)| place)
}

/// What is looked for.
struct Question<'q> {
    workspace: WorkspaceId,
    /// As it was typed, in capital and in small letters, a JSON list: the database knows those of English only.
    ids: String,
    /// Its English letters small.
    id: String,
    email_key: Option<&'q [u8]>,
}

/// Those among these events that are looked for, newest first.
macro_rules! among {
    ($events:literal) => {
        concat!(
            "select e.id from ",
            $events,
            " where e.workspace_id = $2 and (e.message_id in (select value from json_each($3))
                 or e.order_id in (select value from json_each($3)) or lower(e.message_id) = $5 or lower(e.order_id) = $5
                 or e.email_key = $4)
             order by e.id desc"
        )
    };
}
const AFTER: &str = among!("json_each($1) c cross join events e on e.id >= c.value");
const LISTED: &str = among!("json_each($1) c cross join events e on e.id = c.value");

impl Question<'_> {
    async fn ask(
        &self,
        conn: &mut SqliteConnection,
        sql: &'static str,
        events: String,
    ) -> Result<Vec<EventId>, StoreError> {
        let found = sqlx::query_scalar::<_, i64>(sql)
            .bind(events)
            .bind(self.workspace.0)
            .bind(&self.ids)
            .bind(self.email_key)
            .bind(&self.id)
            .fetch_all(conn)
            .await?;
        Ok(found.into_iter().map(EventId).collect())
    }
}

/// The newest events with this message id or order id, or with this look-up key of an e-mail address. Ids are found in whatever case they
/// are retyped.
pub(crate) async fn find(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    id: &str,
    email_key: Option<&[u8]>,
    limit: usize,
) -> Result<Vec<EventId>, StoreError> {
    let ids = [id.to_owned(), id.to_uppercase(), id.to_lowercase()];
    let wanted: Vec<u32> = [id_mark(id)].into_iter().chain(email_key.map(email_mark)).collect();
    let question = Question { workspace, ids: json!(ids).to_string(), id: id.to_ascii_lowercase(), email_key };
    let first: i64 =
        sqlx::query_scalar("select at from followers where name = 'event_finds'").fetch_one(&mut *conn).await?;
    let mut found = question.ask(conn, AFTER, json!([first]).to_string()).await?;
    let mut before = first / BUCKET;
    while found.len() < limit {
        let buckets: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("select bucket, marks from event_finds where bucket < $1 order by bucket desc limit $2")
                .bind(before)
                .bind(PAGE)
                .fetch_all(&mut *conn)
                .await?;
        let Some((last, _)) = buckets.last() else { break };
        before = *last;
        let candidates: Vec<i64> = buckets
            .iter()
            .flat_map(|(bucket, marks)| places(marks, &wanted).map(move |place| bucket * BUCKET + place))
            .collect();
        if !candidates.is_empty() {
            found.extend(question.ask(conn, LISTED, json!(candidates).to_string()).await?);
        }
    }
    found.truncate(limit);
    Ok(found)
}

/// Takes events out of their buckets: nothing that they were found by is left.
pub(crate) async fn forget(conn: &mut SqliteConnection, events: &[i64]) -> Result<(), StoreError> {
    let mut gone: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for id in events {
        gone.entry(id / BUCKET).or_default().push((id % BUCKET).unsigned_abs() as usize);
    }
    for (bucket, places) in gone {
        let marks: Option<Vec<u8>> = sqlx::query_scalar("select marks from event_finds where bucket = $1")
            .bind(bucket)
            .fetch_optional(&mut *conn)
            .await?;
        let Some(mut marks) = marks else { continue };
        for place in places {
            marks[place * MARKS * MARK..][..MARKS * MARK].fill(0);
        }
        sqlx::query("update event_finds set marks = $2 where bucket = $1")
            .bind(bucket)
            .bind(marks)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sqlx::{ConnectOptions, Connection, migrate::Migrator, sqlite::SqliteConnectOptions};
    use uuid::Uuid;

    use super::*;
    use crate::{Keys, Store, sqlite::MIGRATIONS};

    /// The last version that found events by indexes of their own.
    const BEFORE: i64 = 13;

    #[tokio::test]
    async fn events_of_an_older_version_are_found_wherever_they_stand() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let (keys, workspace) = (Keys::new(&[1; 32]), WorkspaceId(Uuid::from_u128(1)));
        let email = keys.lookup("email", "dana@example.com");
        let mut old = SqliteConnectOptions::new().filename(&path).create_if_missing(true).connect().await.unwrap();
        let before = MIGRATIONS.iter().filter(|migration| migration.version <= BEFORE).cloned().collect();
        Migrator::with_migrations(before).run(&mut old).await.unwrap();
        for (id, message, order) in [
            (7_i64, "order-1001-order_completed".to_owned(), None),
            // The same beginning and end, so that both stand under one key.
            (9, "order-1002-order_completed".to_owned(), Some("ünïcödé-7001-äöü-ünïcödé")),
            (9_000, "short".to_owned(), Some("A-7")),
        ] {
            sqlx::query(
                "insert into events (id, workspace_id, source_id, message_id, kind, name, event_key, occurred_at,
                                     received_at, body, order_id, email_key)
                 values ($1, $2, $3, $4, 'track', 'E', 'e', 1, 1, '{}', $5, $6)",
            )
            .bind(id)
            .bind(workspace.0)
            .bind(Uuid::from_u128(2))
            .bind(message)
            .bind(order)
            .bind(email.to_vec())
            .execute(&mut old)
            .await
            .unwrap();
        }
        old.close().await.unwrap();
        let store = Store::open(&format!("sqlite://{}", path.display()), keys).await.unwrap();
        let mut conn = store.readers.acquire().await.unwrap();
        for (text, key, expected) in [
            ("order-1001-order_completed", None, vec![7]),
            ("order-1002-order_completed", None, vec![9]),
            ("ünïcödé-7001-äöü-ünïcödé", None, vec![9]),
            ("A-7", None, vec![9_000]),
            ("a-7", None, vec![9_000]),
            ("Order-1001-Order_Completed", None, vec![7]),
            ("ÜNÏCÖDÉ-7001-ÄÖÜ-ÜNÏCÖDÉ", None, vec![9]),
            ("short", None, vec![9_000]),
            ("dana@example.com", Some(&email[..]), vec![7, 9, 9_000]),
            ("order-1003-order_completed", None, vec![]),
        ] {
            let found = find(&mut conn, workspace, text, key, 10).await.unwrap();
            let mut found: Vec<i64> = found.into_iter().map(|id| id.0).collect();
            found.sort_unstable();
            assert_eq!(found, expected, "{text}");
        }
        let stranger = WorkspaceId(Uuid::from_u128(3));
        assert!(find(&mut conn, stranger, "short", None, 10).await.unwrap().is_empty());
        let mut tx = store.write().await.unwrap();
        forget(&mut tx, &[7, 9]).await.unwrap();
        tx.commit().await.unwrap();
        let found = find(&mut conn, workspace, "dana@example.com", Some(&email[..]), 10).await.unwrap();
        assert_eq!(found, [EventId(9_000)]);
    }
}
