//! Storing what arrived: many requests in one transaction, each event exactly once, with one delivery per destination.

use std::collections::HashSet;

use domain::{
    DestinationId, SourceId, Timestamp, WorkspaceId,
    delivery::code,
    event::EventKind,
    options::PURCHASE,
    time::{DAY, HOUR},
};
use serde_json::json;
use sqlx::{Row, SqliteConnection};

use crate::{NewRejection, Store, StoreError, rejections};

/// How long a repeated `messageId` counts as a duplicate (contract section 3).
pub const DUPLICATE_WINDOW: i64 = 7 * DAY;
/// How old an event may be on arrival and still be delivered (contract section 3).
pub const DELIVERY_AGE: i64 = 7 * DAY;
/// What is left of that age after an event was held: time for tries.
const HOLD_SPARE: i64 = 6 * HOUR;

/// An event as it is stored: personal data masked in `body`, the originals sealed.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// Where it came from.
    pub source: SourceId,
    /// The sender's id, unique per source.
    pub message_id: String,
    /// The call.
    pub kind: EventKind,
    /// The name.
    pub name: String,
    /// The key of its settings.
    pub event_key: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it reached us.
    pub received_at: Timestamp,
    /// The masked body, JSON.
    pub body: String,
    /// The originals, sealed for [`event_place`].
    pub sealed: Option<Vec<u8>>,
    /// The order id.
    pub order_id: Option<String>,
    /// Look-up key of the e-mail address.
    pub email_key: Option<[u8; 32]>,
    /// Look-up key of the phone number.
    pub phone_key: Option<[u8; 32]>,
    /// Who it is, masked.
    pub person: Option<String>,
    /// Oddities, JSON.
    pub notes: Option<String>,
    /// Whether the person agreed to marketing, if the event says.
    pub consent: Option<bool>,
    /// Destinations whose pixel the browser tag handed it to.
    pub client: Vec<DestinationId>,
}

/// What the originals of an event are sealed for.
#[must_use]
pub fn event_place(source: SourceId, message_id: &str) -> String {
    format!("events/{source}/{message_id}")
}

/// An event written out for the ingest statement, so that the writer only has to join texts.
#[derive(Clone, Debug)]
pub struct PreparedEvent {
    row: String,
    seen: String,
    workspace: WorkspaceId,
    consent: Option<bool>,
    client: Vec<DestinationId>,
}

impl NewEvent {
    /// Writes it out.
    #[must_use]
    pub fn prepare(&self) -> PreparedEvent {
        let source = hex(self.source.0.as_bytes());
        let row = json!([
            source,
            hex(self.workspace.0.as_bytes()),
            self.message_id,
            self.kind.as_str(),
            self.name,
            self.event_key,
            self.occurred_at.0,
            self.received_at.0,
            self.body,
            self.sealed.as_deref().map(hex),
            self.order_id,
            self.email_key.map(|key| hex(&key)),
            self.phone_key.map(|key| hex(&key)),
            self.person,
            self.notes,
        ]);
        PreparedEvent {
            row: row.to_string(),
            seen: json!([source, self.message_id]).to_string(),
            workspace: self.workspace,
            consent: self.consent,
            client: self.client.clone(),
        }
    }
}

impl PreparedEvent {
    /// Its size in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.row.len() + self.seen.len() + size_of::<Self>()
    }
}

/// What one request came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ingested {
    /// Events that are stored now.
    pub accepted: usize,
    /// Events that had arrived before.
    pub duplicates: usize,
}

impl Store {
    /// Stores the events of many requests in one transaction and tells for each request what it came to.
    /// If the rows of one break a constraint, each request gets a transaction of its own, so that its neighbours survive.
    pub async fn ingest(
        &self,
        requests: &[Vec<PreparedEvent>],
        rejected: &[NewRejection],
        now: Timestamp,
    ) -> Vec<Result<Ingested, StoreError>> {
        match self.ingest_together(requests, rejected, now).await {
            Ok(ingested) => ingested.into_iter().map(Ok).collect(),
            Err(error) if is_constraint(&error) && (requests.len() > 1 || !rejected.is_empty()) => {
                let mut results = Vec::with_capacity(requests.len());
                for request in requests {
                    let alone = self.ingest_together(std::slice::from_ref(request), &[], now).await;
                    results.push(alone.map(|ingested| ingested[0]));
                }
                results
            }
            Err(error) => {
                let text = error.to_string();
                let again = || StoreError::Sql(sqlx::Error::Protocol(text.clone()));
                let mut results: Vec<_> = requests.iter().skip(1).map(|_| Err(again())).collect();
                results.insert(0, Err(error));
                results.truncate(requests.len());
                results
            }
        }
    }

    async fn ingest_together(
        &self,
        requests: &[Vec<PreparedEvent>],
        rejected: &[NewRejection],
        now: Timestamp,
    ) -> Result<Vec<Ingested>, StoreError> {
        let mut tx = self.write().await?;
        let fresh = insert_group(&mut tx, requests, now).await?;
        if !rejected.is_empty() {
            rejections::insert(&mut tx, rejected).await?;
        }
        tx.commit().await?;
        let mut ordinal = 0;
        let count = |request: &Vec<PreparedEvent>| {
            let accepted = request.iter().enumerate().filter(|(n, _)| fresh.contains(&(ordinal + n))).count();
            ordinal += request.len();
            Ingested { accepted, duplicates: request.len() - accepted }
        };
        Ok(requests.iter().map(count).collect())
    }
}

/// Inserts the group's events and all that follows from them; answers with the ordinals of the new ones.
pub(crate) async fn insert_group(
    tx: &mut SqliteConnection,
    requests: &[Vec<PreparedEvent>],
    now: Timestamp,
) -> Result<HashSet<usize>, StoreError> {
    let events: Vec<&PreparedEvent> = requests.iter().flatten().collect();
    if events.is_empty() {
        return Ok(HashSet::new());
    }
    let base: i64 = sqlx::query_scalar("select coalesce(max(seq), 0) from sqlite_sequence where name = 'events'")
        .fetch_one(&mut *tx)
        .await?;
    let fresh = insert_seen(tx, &events, base, now).await?;
    if fresh.is_empty() {
        return Ok(fresh);
    }
    insert_events(tx, &events, base).await?;
    insert_deliveries(tx, &events, base, now).await?;
    insert_client_deliveries(tx, &events, base, now).await?;
    count_hours(tx, base, now).await?;
    Ok(fresh)
}

/// Marks the messages as seen; the new ones carry the number of their event.
async fn insert_seen(
    tx: &mut SqliteConnection,
    events: &[&PreparedEvent],
    base: i64,
    now: Timestamp,
) -> Result<HashSet<usize>, StoreError> {
    let rows = sqlx::query(
        "insert into seen_messages (source_id, message_id, seen_at, event_id)
         select unhex(value ->> 0), value ->> 1, $3, $2 + 1 + key from jsonb_each($1) where true
         on conflict (source_id, message_id) do update set seen_at = excluded.seen_at, event_id = excluded.event_id
         where seen_messages.seen_at <= $4
         returning event_id",
    )
    .bind(array(events.iter().map(|event| event.seen.as_str())))
    .bind(base)
    .bind(now.0)
    .bind(now.minus(DUPLICATE_WINDOW).0)
    .fetch_all(tx)
    .await?;
    let ordinal =
        |row: &sqlx::sqlite::SqliteRow| Ok(usize::try_from(row.try_get::<i64, _>(0)? - base - 1).unwrap_or(0));
    rows.iter().map(ordinal).collect()
}

async fn insert_events(tx: &mut SqliteConnection, events: &[&PreparedEvent], base: i64) -> Result<(), StoreError> {
    sqlx::query(
        "insert into events (id, source_id, workspace_id, message_id, kind, name, event_key, occurred_at, received_at,
                             body, sealed, order_id, email_key, phone_key, person, notes)
         select s.event_id, s.source_id, unhex(r.value ->> 1), s.message_id, r.value ->> 3, r.value ->> 4, r.value ->> 5,
                r.value ->> 6, r.value ->> 7, r.value ->> 8, unhex(r.value ->> 9), r.value ->> 10,
                unhex(r.value ->> 11), unhex(r.value ->> 12), r.value ->> 13, r.value ->> 14
         from jsonb_each($1) r
         cross join seen_messages s on s.source_id = unhex(r.value ->> 0) and s.message_id = r.value ->> 2
         where s.event_id = $2 + 1 + r.key",
    )
    .bind(array(events.iter().map(|event| event.row.as_str())))
    .bind(base)
    .execute(tx)
    .await?;
    Ok(())
}

/// One server-side delivery per new event and destination of its workspace, born `filtered` where it is not to be sent.
async fn insert_deliveries(
    tx: &mut SqliteConnection,
    events: &[&PreparedEvent],
    base: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let reasons = json!({
        code::DESTINATION_DISABLED: "The destination was disabled when the event arrived.",
        code::SERVER_SIDE_OFF: "“Send data via Server-side” was off when the event arrived.",
        code::SWITCHED_OFF: "Server-side was off for this event in the event workflow when it arrived.",
        code::NO_CONSENT: "There is no marketing consent: the event says so, or its source requires context.consent.marketing to be true.",
        code::TOO_OLD: "It happened more than 7 days before it arrived.",
    });
    sqlx::query(
        "with d as materialized (
             select id, workspace_id, enabled, send_server_side,
                    coalesce(settings ->> 'hold_seconds', 0) * 1000 as hold,
                    coalesce(settings ->> 'hold_purchases', 0) as holds_purchases,
                    row_number() over (partition by workspace_id order by id) as place
             from destinations where workspace_id in (select unhex(value) from json_each($2))
         ), judged as (
             select e.id as event_id, e.workspace_id, e.event_key, d.id as destination_id, d.place,
                    nullif(s.snap_event, '') as snap_event,
                    case when s.snap_event = $8 and not d.holds_purchases then 0
                         when e.occurred_at + $5 < $3 + d.hold + $9 then 0
                         else d.hold end as hold,
                    case when not d.enabled then 'destination_disabled'
                         when not d.send_server_side then 'server_side_off'
                         when coalesce(s.server, 0) = 0 or s.snap_event = '' then 'switched_off'
                         when e.id in (select $1 + 1 + value from json_each($6)) then 'no_consent'
                         when src.consent_required and e.id not in (select $1 + 1 + value from json_each($7)) then 'no_consent'
                         when e.occurred_at < e.received_at - $5 then 'too_old' end as code
             from events e
             join d on d.workspace_id = e.workspace_id
             left join event_settings s on s.destination_id = d.id and s.event_key = e.event_key
             left join sources src on src.id = e.source_id
             where e.id > $1
         )
         insert into deliveries (id, workspace_id, destination_id, event_id, event_key, side, snap_event, state, due_at,
                                 reason_code, reason, created_at, finished_at)
         select event_id * 4096 + place, workspace_id, destination_id, event_id, event_key, 'server', snap_event,
                case when code is null then 'waiting' else 'filtered' end, $3 + hold, code, $4 ->> code, $3,
                case when code is not null then $3 end
         from judged order by event_id, place",
    )
    .bind(base)
    .bind(workspaces(events))
    .bind(now.0)
    .bind(reasons.to_string())
    .bind(DELIVERY_AGE)
    .bind(ordinals(events, Some(false)))
    .bind(ordinals(events, Some(true)))
    .bind(PURCHASE)
    .bind(HOLD_SPARE)
    .execute(tx)
    .await?;
    Ok(())
}

/// What the browser tag says that it handed to a pixel, where the event workflow agrees.
async fn insert_client_deliveries(
    tx: &mut SqliteConnection,
    events: &[&PreparedEvent],
    base: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let handed = events.iter().enumerate().flat_map(|(n, event)| event.client.iter().map(move |id| (n, id)));
    let handed: Vec<_> = handed.map(|(n, id)| json!([n, hex(id.0.as_bytes())])).collect();
    if handed.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "with d as materialized (
             select id, workspace_id, row_number() over (partition by workspace_id order by id) as place, enabled
             from destinations where workspace_id in (select unhex(value) from json_each($2))
         )
         insert into deliveries (id, workspace_id, destination_id, event_id, event_key, side, snap_event, state, due_at,
                                 reason_code, reason, created_at, finished_at)
         select e.id * 4096 + 2048 + d.place, e.workspace_id, d.id, e.id, e.event_key, 'client', s.snap_event,
                'delivered', $3, 'handed_to_pixel', 'The browser tag handed it to the Snap Pixel.', $3, $3
         from (select distinct $1 + 1 + (value ->> 0) as event_id, unhex(value ->> 1) as destination_id
               from json_each($4)) h
         join events e on e.id = h.event_id
         join d on d.id = h.destination_id and d.workspace_id = e.workspace_id and d.enabled
         join event_settings s on s.destination_id = d.id and s.event_key = e.event_key and s.client
         order by e.id, d.place",
    )
    .bind(base)
    .bind(workspaces(events))
    .bind(now.0)
    .bind(serde_json::Value::Array(handed).to_string())
    .execute(tx)
    .await?;
    Ok(())
}

/// Adds the new events and their finished deliveries to the hourly counts.
async fn count_hours(tx: &mut SqliteConnection, base: i64, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "insert into event_hours (workspace_id, hour, event_key, source_id, name, received, last_at)
         select workspace_id, received_at - received_at % $2, event_key, source_id, max(name), count(*), max(received_at)
         from events not indexed where id > $1 group by 1, 2, 3, 4
         on conflict (workspace_id, hour, event_key, source_id) do update
         set name = excluded.name, received = received + excluded.received, last_at = max(last_at, excluded.last_at)",
    )
    .bind(base)
    .bind(HOUR)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "insert into delivery_hours (destination_id, hour, event_key, delivered, filtered)
         select destination_id, $2 - $2 % $3, event_key, sum(state = 'delivered'), sum(state = 'filtered')
         from deliveries not indexed where id >= ($1 + 1) * 4096 and state in ('delivered', 'filtered') group by 1, 3
         on conflict (destination_id, hour, event_key) do update
         set delivered = delivered + excluded.delivered, filtered = filtered + excluded.filtered",
    )
    .bind(base)
    .bind(now.0)
    .bind(HOUR)
    .execute(tx)
    .await?;
    Ok(())
}

/// Where the events stand that say this of consent.
fn ordinals(events: &[&PreparedEvent], consent: Option<bool>) -> String {
    let said = events.iter().enumerate().filter(|(_, event)| event.consent == consent).map(|(n, _)| n);
    json!(said.collect::<Vec<_>>()).to_string()
}

fn workspaces(events: &[&PreparedEvent]) -> String {
    let distinct: HashSet<_> = events.iter().map(|event| event.workspace).collect();
    json!(distinct.into_iter().map(|id| hex(id.0.as_bytes())).collect::<Vec<_>>()).to_string()
}

fn array<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut out = String::from("[");
    for (n, text) in texts.enumerate() {
        if n > 0 {
            out.push(',');
        }
        out.push_str(text);
    }
    out.push(']');
    out
}

fn hex(bytes: &[u8]) -> String {
    const_hex::encode(bytes)
}

fn is_constraint(error: &StoreError) -> bool {
    matches!(error, StoreError::Sql(sqlx::Error::Database(db))
        if !matches!(db.kind(), sqlx::error::ErrorKind::Other))
}
