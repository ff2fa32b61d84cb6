//! What events are searched by: message id, order id, e-mail address. Gathered in buckets by arrival, so that taking events is
//! cheap, and a search looks into each bucket (docs/adr/0007).

use domain::{EventId, WorkspaceId};
use serde_json::json;
use sqlx::SqliteConnection;

use crate::StoreError;

/// Ids up to so many characters are kept whole; of longer ones the beginning and the end.
const WHOLE: usize = 20;
const BEGINNING: usize = 8;
const END: usize = 12;

/// What a message id or an order id is found by. Several may share it: whoever finds an event compares the id itself.
pub(crate) fn find_key(id: &str) -> String {
    let length = id.chars().count();
    if length <= WHOLE {
        return id.to_owned();
    }
    id.chars().take(BEGINNING).chain(id.chars().skip(length - END)).collect()
}

/// What an e-mail address is found by: the beginning of its look-up key.
pub(crate) fn email_find_key(key: &[u8]) -> String {
    const_hex::encode(&key[..8])
}

/// The newest events with this message id or order id, or with this look-up key of an e-mail address. Ids are also found by their
/// capital and by their small letters, which is how people retype them.
pub(crate) async fn find(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    id: &str,
    email_key: Option<&[u8]>,
    limit: i64,
) -> Result<Vec<EventId>, StoreError> {
    let ids = [id.to_owned(), id.to_uppercase(), id.to_lowercase()];
    let keys: Vec<String> = ids.iter().map(|id| find_key(id)).chain(email_key.map(email_find_key)).collect();
    let found = sqlx::query_scalar::<_, i64>(
        "with recursive buckets (bucket) as (
             select (select max(id) from events) / 512 union all
             select bucket - 1 from buckets where bucket > (select min(id) from events) / 512
         )
         select distinct e.id from buckets b
         cross join event_finds f on f.bucket = b.bucket and f.key in (select value from json_each($2))
         cross join events e on e.id = f.event_id
         where e.workspace_id = $1 and (e.message_id in (select value from json_each($3))
               or e.order_id in (select value from json_each($3)) or e.email_key = $4)
         limit $5",
    )
    .bind(workspace.0)
    .bind(json!(keys).to_string())
    .bind(json!(ids).to_string())
    .bind(email_key)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(found.into_iter().map(EventId).collect())
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
    }
}
