//! Fills a database that has a source and destinations with events that were delivered within the last six days:
//! `fill_events DATABASE EVENTS`. `cargo xtask bench backlog --logged N` runs this; the last line is JSON.

use std::{fs, path::Path, time::Instant};

use sqlx::{
    ConnectOptions, Connection, Row, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use uuid::Uuid;

type Failure = Box<dyn std::error::Error>;

/// How far back they go: message ids of seven days are remembered.
const SPAN: i64 = 6 * 24 * 3_600 * 1_000;

/// The events, numbered by `i` from 1. Message and order ids are in no order, as those of browsers are.
const STATEMENTS: [&str; 9] = [
    "insert into events (id, workspace_id, source_id, message_id, message_key, kind, name, event_key, occurred_at, received_at, body, sealed,
                         order_id, email_key, person)
     select i, $2, $3, printf('ajs-next-%016x', i * 2654435761 % 4294967296 * 4096 + i % 4096), random(), 'track', 'Order Completed',
            'ordercompleted', $4 - $5 + i * $5 / $1, $4 - $5 + i * $5 / $1,
            json_object('type', 'track', 'event', 'Order Completed', 'anonymousId', 'anon-' || i / 10, 'context', json($6),
                        'properties', json_object('order_id', 'o-' || i, 'revenue', 349.0, 'currency', 'USD', 'products', json($7))),
            zeroblob(220), 'o-' || i, randomblob(32), 'v•••@e•••.com'
     from n",
    "insert into message_keys (key, event_id) select message_key, id from events order by 1",
    "insert into event_finds (bucket, marks) select i - 1, randomblob(12 * 1024) from n where i <= ($1 + 1) / 1024",
    "insert into deliveries (id, workspace_id, destination_id, event_id, event_key, side, snap_event, state, due_at, lease_no,
                             attempts, sent, created_at, finished_at)
     select e.id * 4096 + d.place, e.workspace_id, d.id, e.id, e.event_key, 'server', 'PURCHASE', 'delivered', e.received_at, 1, 1,
            json_object('action_source', 'WEB', 'event_name', 'PURCHASE', 'event_id', e.message_id, 'event_time', e.occurred_at,
                        'custom_data', json_object('currency', 'USD', 'value', 349, 'order_id', e.order_id),
                        'user_data', json_object('em', json_array('542d24…3345'), 'client_ip_address', '203.0.•••')),
            e.received_at, e.received_at + 1000
     from events e join (select id, row_number() over (order by id) as place from destinations where workspace_id = $2) d
     order by 1",
    "insert into requests (id, destination_id, at, duration_ms, url, status, answer, events)
     select i, (select min(id) from destinations where workspace_id = $2), $4 - $5 + i * 2000 * $5 / $1, 120,
            'https://tr.snapchat.com/v3/pixel/events', 200, '{\"status\":\"VALID\"}', 2000
     from n where i <= $1 / 2000 + 1",
    "insert into attempts (delivery_id, number, request_id, at, outcome)
     select id, 1, event_id / 2000 + 1, finished_at, 'accepted' from deliveries order by id",
    "insert into sent_orders (destination_id, order_key, event_id, sent_at)
     select d.destination_id, 'PURCHASE ' || e.order_id, e.id, d.finished_at
     from deliveries d join events e on e.id = d.event_id order by 1, 2",
    "insert into event_hours (workspace_id, source_id, event_key, hour, name, received, last_at)
     select workspace_id, source_id, event_key, received_at - received_at % 3600000, max(name), count(*), max(received_at)
     from events group by 1, 2, 3, 4",
    "insert into delivery_hours (destination_id, hour, event_key, delivered)
     select destination_id, finished_at - finished_at % 3600000, event_key, count(*) from deliveries group by 1, 2, 3",
];

/// What the browser says, masked.
const CONTEXT: &str = r#"{"ip":"203.0.•••","userAgent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)","locale":"en-US",
    "traits":{"email":"v•••@e•••.com"},"page":{"url":"https://shop.northwind.example/thanks"}}"#;
const PRODUCTS: &str =
    r#"[{"product_id":"NW-1001","name":"Ridgeline 2 Tent","category":"Tents","price":349.0,"quantity":1}]"#;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, events] = arguments.as_slice() else { return Err("fill_events DATABASE EVENTS".into()) };
    let (path, events): (&Path, i64) = (path.as_ref(), events.parse()?);
    let began = Instant::now();
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off)
        .pragma("cache_size", "-400000");
    let mut conn = options.connect().await?;
    let mut tx = conn.begin().await?;
    fill(&mut tx, events).await?;
    tx.commit().await?;
    sqlx::query("pragma journal_mode = wal").execute(&mut conn).await?;
    conn.close().await?;
    let (seconds, mb) = (began.elapsed().as_secs_f64(), fs::metadata(path)?.len() as f64 / 1e6);
    println!("{}", serde_json::json!({ "events": events, "seconds": seconds, "mb": mb }));
    Ok(())
}

async fn fill(conn: &mut SqliteConnection, events: i64) -> Result<(), Failure> {
    let source = sqlx::query("select id, workspace_id from sources limit 1").fetch_one(&mut *conn).await?;
    let (source, workspace): (Uuid, Uuid) = (source.try_get("id")?, source.try_get("workspace_id")?);
    let now = now()?;
    for sql in STATEMENTS {
        let sql = format!("with recursive n (i) as (select 1 union all select i + 1 from n where i < $1) {sql}");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(events)
            .bind(workspace)
            .bind(source)
            .bind(now)
            .bind(SPAN)
            .bind(CONTEXT)
            .bind(PRODUCTS)
            .execute(&mut *conn)
            .await?;
    }
    // They were followed to people already, and count for destinations from the first one on.
    for sql in [
        "update followers set at = $1 where name in ('profiles', 'young_messages')",
        "update followers set at = ($1 + 1) / 1024 * 1024 where name = 'event_finds'",
        "update destinations set first_event_id = 1 where $1 > 0",
    ] {
        sqlx::query(sql).bind(events).execute(&mut *conn).await?;
    }
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "a program of its own needs the system's time")]
fn now() -> Result<i64, Failure> {
    let since = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH)?;
    Ok(i64::try_from(since.as_millis())?)
}
