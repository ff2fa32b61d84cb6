//! Makes a database of people with a history, as if their events had been followed for a year: `fill_people FOLDER PEOPLE EVENTS`.
//! `cargo xtask bench audiences` runs this; the last line is JSON.

use std::{fs, path::Path, time::Instant};

use domain::{Timestamp, UserId, WorkspaceId, workflow::event_key};
use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use store::{Keys, NewUser, Store};
use uuid::Uuid;

type Failure = Box<dyn std::error::Error>;

/// The workspace of all of them.
const WORKSPACE: WorkspaceId = WorkspaceId(Uuid::from_u128(2));
/// Events, and how many of a hundred they are.
const EVENTS: [(&str, i64); 4] =
    [("Page View", 50), ("Product Viewed", 30), ("Product Added", 12), ("Order Completed", 8)];
/// Traits, and how many values each has.
const TRAITS: [(&str, i64); 2] = [("country", 20), ("plan", 5)];
/// A year of history.
const YEAR: i64 = 365 * 24 * 3_600 * 1_000;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, people, events] = arguments.as_slice() else { return Err("fill_people FOLDER PEOPLE EVENTS".into()) };
    let (people, events): (i64, i64) = (people.parse()?, events.parse()?);
    let path = Path::new(folder).join("people.db");
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{end}", path.display()));
    }
    let now = now()?;
    set_up(&path, now).await?;
    let began = Instant::now();
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off)
        .pragma("cache_size", "-200000");
    let mut conn = options.connect().await?;
    let mut tx = conn.begin().await?;
    insert_people(&mut tx, people, now).await?;
    insert_history(&mut tx, people, events, now).await?;
    tx.commit().await?;
    sqlx::query("pragma journal_mode = wal").execute(&mut conn).await?;
    conn.close().await?;
    println!(
        "{}",
        serde_json::json!({
            "people": people, "events": events, "seconds": began.elapsed().as_secs_f64(),
            "mb": fs::metadata(&path)?.len() as f64 / 1e6,
        })
    );
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "a program of its own needs the system's time")]
fn now() -> Result<Timestamp, Failure> {
    let since = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH)?;
    Ok(Timestamp(i64::try_from(since.as_millis())?))
}

async fn set_up(path: &Path, now: Timestamp) -> Result<(), Failure> {
    let store = Store::open(&format!("sqlite://{}", path.display()), Keys::new(&[7; 32])).await?;
    let user = NewUser {
        id: UserId(Uuid::from_u128(1)),
        name: "Bench".into(),
        email: "bench@n.example".into(),
        password_hash: "x".into(),
    };
    store.set_up(WORKSPACE, "Bench", &user, now).await?;
    store.close().await;
    Ok(())
}

async fn insert_people(conn: &mut SqliteConnection, people: i64, now: Timestamp) -> Result<(), Failure> {
    sqlx::query(
        "with recursive n (i) as (select 1 union all select i + 1 from n where i < $1)
         insert into profiles (no, workspace_id, person, first_seen, last_seen, events)
         select i, $2, 'p' || i || '•••', $3 - $4, $3 - i % $4, 20 from n",
    )
    .bind(people)
    .bind(WORKSPACE.0)
    .bind(now.0)
    .bind(YEAR)
    .execute(&mut *conn)
    .await?;
    for (name, values) in TRAITS {
        let no = name_of(conn, "trait", name).await?;
        sqlx::query(
            "with recursive n (i) as (select 1 union all select i + 1 from n where i < $1)
             insert into profile_traits (name_no, profile_no, personal, value, text, changed_at, seen_at)
             select $2, i, 0, '\"' || $3 || '-' || (i * 7919 % $4) || '\"', $3 || '-' || (i * 7919 % $4), $5, $5 from n",
        )
        .bind(people)
        .bind(no)
        .bind(name)
        .bind(values)
        .bind(now.0)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Events in the order of the table, at times of the year in no order, with properties that stand wherever the event came.
async fn insert_history(conn: &mut SqliteConnection, people: i64, events: i64, now: Timestamp) -> Result<(), Failure> {
    let by_time: String = sqlx::query_scalar("select sql from sqlite_master where name = 'profile_events_by_time'")
        .fetch_one(&mut *conn)
        .await?;
    sqlx::query("drop index profile_events_by_time").execute(&mut *conn).await?;
    let mut before = 0;
    for (name, share) in EVENTS {
        let no = name_of(conn, "event", name).await?;
        let count = events * share / 100;
        sqlx::query(
            "with recursive n (i) as (select 0 union all select i + 1 from n where i < $1 - 1)
             insert into profile_events (name_no, profile_no, at, event_id)
             select $2, 1 + i * $3 / $1, $4 - (i * 2654435761 + i / 7) % $5, 1 + ($6 + i) * 9999991 % $7 from n",
        )
        .bind(count)
        .bind(no)
        .bind(people)
        .bind(now.0)
        .bind(YEAR)
        .bind(before)
        .bind(events)
        .execute(&mut *conn)
        .await?;
        before += count;
    }
    sqlx::query(
        "with recursive n (i) as (select 1 union all select i + 1 from n where i < $1)
         insert into event_facts (event_id, facts)
         select i, '{\"n\":{\"value\":' || (i * 7919 % 500 * 10000) || '},\"t\":{\"category\":\"category-' || (i % 40) || '\"}}' from n",
    )
    .bind(events)
    .execute(&mut *conn)
    .await?;
    sqlx::query(sqlx::AssertSqlSafe(by_time)).execute(&mut *conn).await?;
    // What is stored next comes after these, and is followed from there on.
    for sql in [
        "insert into sqlite_sequence (name, seq) values ('events', $1)",
        "update followers set at = $1 where name = 'profiles'",
    ] {
        sqlx::query(sql).bind(events).execute(&mut *conn).await?;
    }
    Ok(())
}

async fn name_of(conn: &mut SqliteConnection, kind: &str, name: &str) -> Result<i64, Failure> {
    let row = sqlx::query_scalar(
        "insert into profile_names (workspace_id, kind, key, name) values ($1, $2, $3, $4) returning no",
    )
    .bind(WORKSPACE.0)
    .bind(kind)
    .bind(event_key(name))
    .bind(name)
    .fetch_one(conn)
    .await?;
    Ok(row)
}
