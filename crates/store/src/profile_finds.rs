//! Identifiers by the beginning of their key. Keys have no order: in one tree each new one changes a page of its own, once that has
//! grown large. So those that came last stand in a small tree, and move into the large one a part of all keys at a time: many keys
//! into each of few pages (docs/adr/0012).

use sqlx::SqliteConnection;

use crate::StoreError;

/// The number of an identifier in `profile_keys`, or null: what finds it, by an expression for the beginning of its key.
macro_rules! number_of {
    ($key:literal) => {
        concat!(
            "coalesce((select f.no from profile_finds_young f where f.key = ",
            $key,
            "), (select f.no from profile_finds f where f.key = ",
            $key,
            "))"
        )
    };
}
pub(crate) use number_of;

/// Parts of all keys, by their first byte.
const PARTS: i64 = 16;
/// After so many new identifiers the next part moves.
const MOVE_AFTER: i64 = 8_192;

/// The highest number of an identifier.
pub(crate) async fn last(conn: &mut SqliteConnection) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar("select coalesce(max(no), 0) from profile_keys").fetch_one(conn).await?)
}

/// Identifiers with higher numbers than `last` are new: from now on they are found.
pub(crate) async fn enter(conn: &mut SqliteConnection, last: i64) -> Result<(), StoreError> {
    // `or fail`: the transaction is given up as a whole anyway, so nothing has to be copied for taking back one statement.
    let done = sqlx::query(
        "insert or fail into profile_finds_young (key, no)
         select substr(key, 1, 16), no from profile_keys where no > $1 order by 1",
    )
    .bind(last)
    .execute(&mut *conn)
    .await?;
    let entered = i64::try_from(done.rows_affected()).unwrap_or(i64::MAX);
    let (before, now) = (last / MOVE_AFTER, last.saturating_add(entered) / MOVE_AFTER);
    for turn in before.max(now - PARTS)..now {
        move_part(conn, turn % PARTS).await?;
    }
    Ok(())
}

/// Moves a part of the keys into the large tree.
async fn move_part(conn: &mut SqliteConnection, part: i64) -> Result<(), StoreError> {
    for sql in [
        "insert or fail into profile_finds (key, no)
         select key, no from profile_finds_young where key >= $1 and key < $2 order by key",
        "delete from profile_finds_young where key >= $1 and key < $2",
    ] {
        sqlx::query(sql).bind(bound(part)).bind(bound(part + 1)).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Where a part begins.
fn bound(part: i64) -> Vec<u8> {
    match u8::try_from(part * (256 / PARTS)) {
        Ok(first) => vec![first],
        // After every key: it is longer.
        Err(_) => vec![u8::MAX; crate::sighted::FOUND_BY + 1],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sha2::{Digest, Sha256};
    use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

    use super::*;
    use crate::sqlite::MIGRATIONS;

    async fn number(conn: &mut SqliteConnection, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(conn).await.unwrap()
    }

    async fn add(conn: &mut SqliteConnection, from: i64, count: i64) {
        let last = last(conn).await.unwrap();
        let keys: Vec<_> = (from..from + count).map(|no| const_hex::encode(Sha256::digest(no.to_be_bytes()))).collect();
        sqlx::query(
            "insert into profile_keys (key, profile_no, kind, sealed, brought, first_at)
             select unhex(value), 1, 'user', x'00', '[]', 1 from json_each($1)",
        )
        .bind(json!(keys).to_string())
        .execute(&mut *conn)
        .await
        .unwrap();
        enter(conn, last).await.unwrap();
    }

    /// How many are in the small tree and how many in the large one, each once and found.
    async fn places(conn: &mut SqliteConnection) -> (i64, i64) {
        let young = number(conn, "select count(*) from profile_finds_young").await;
        let others = number(conn, "select count(*) from profile_finds").await;
        assert_eq!(number(conn, "select count(*) from profile_keys").await, young + others);
        const LOST: &str =
            concat!("select count(*) from profile_keys k where k.no is not ", number_of!("substr(k.key, 1, 16)"));
        assert_eq!(number(conn, LOST).await, 0);
        (young, others)
    }

    #[tokio::test]
    async fn identifiers_are_found_wherever_they_stand() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let mut conn = SqliteConnectOptions::new().filename(&path).create_if_missing(true).connect().await.unwrap();
        MIGRATIONS.run(&mut conn).await.unwrap();
        let mut all = 0;
        for (count, moved) in
            [(MOVE_AFTER - 1, false), (1, true), (3, true), (PARTS * MOVE_AFTER, true), (MOVE_AFTER, true)]
        {
            add(&mut conn, all, count).await;
            all += count;
            let (young, others) = places(&mut conn).await;
            assert!(young <= PARTS * MOVE_AFTER && (others > 0) == moved, "{young} {others}");
        }
        let (young, others) = places(&mut conn).await;
        assert!(young > 0 && others > PARTS * MOVE_AFTER);
        sqlx::query("delete from profile_keys where no % 2 = 0").execute(&mut conn).await.unwrap();
        let (fewer_young, fewer_others) = places(&mut conn).await;
        assert!(fewer_young < young && fewer_others < others);
        conn.close().await.unwrap();
    }
}
