//! Storing what arrived: many requests in one transaction, each event exactly once, with one delivery per destination.

use domain::{DestinationTail, SourceId, Timestamp, WorkspaceId, event::EventKind};
use sqlx::SqliteConnection;

use crate::{
    NewRejection, Store, StoreError,
    ingest_group::{IngestGroup, Statement},
    rejections,
};

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
    pub client: Vec<DestinationTail>,
}

/// What the originals of an event are sealed for.
#[must_use]
pub fn event_place(source: SourceId, message_id: &str) -> String {
    format!("events/{source}/{message_id}")
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
    /// Stores a group in one transaction and tells for each request what it came to. It is durable once [`Store::when_durable`] says so. If
    /// the rows of one break a constraint, each request gets a transaction of its own, so that its neighbours survive.
    ///
    /// The group is spent by it: what is left of it only waits to be dropped, when there is time for that.
    pub async fn ingest(&self, group: &mut IngestGroup, now: Timestamp) -> Vec<Result<Ingested, StoreError>> {
        match self.ingest_together(group, now).await {
            Ok(ingested) => ingested.into_iter().map(Ok).collect(),
            Err(error) if is_constraint(&error) && (group.requests.len() > 1 || !group.rejected.is_empty()) => {
                let mut results = Vec::with_capacity(group.requests.len());
                for request in std::mem::take(&mut group.requests) {
                    let alone = self.ingest_together(&mut IngestGroup::from_iter([request]), now).await;
                    results.push(alone.map(|ingested| ingested[0]));
                }
                results
            }
            Err(error) => {
                let text = error.to_string();
                let again = || StoreError::Sql(sqlx::Error::Protocol(text.clone()));
                let mut results: Vec<_> = group.requests.iter().skip(1).map(|_| Err(again())).collect();
                results.insert(0, Err(error));
                results.truncate(group.requests.len());
                results
            }
        }
    }

    async fn ingest_together(&self, group: &mut IngestGroup, now: Timestamp) -> Result<Vec<Ingested>, StoreError> {
        let events = group.take_statement();
        let mut ingested: Vec<_> =
            group.requests.iter().map(|request| Ingested { accepted: 0, duplicates: request.len() }).collect();
        let (requests, fresh) = (events.requests.clone(), self.insert(events, &group.rejected, now).await?);
        self.unsettled.stored(fresh.base, fresh.places.len());
        for place in fresh.places {
            let of = &mut ingested[requests[place]];
            (of.accepted, of.duplicates) = (of.accepted + 1, of.duplicates - 1);
        }
        Ok(ingested)
    }

    async fn insert(&self, events: Statement, rejected: &[NewRejection], now: Timestamp) -> Result<Fresh, StoreError> {
        if !rejected.is_empty() {
            let mut tx = self.write().await?;
            rejections::insert(&mut tx, rejected).await?;
            let fresh = insert_group(&mut tx, events, now).await?;
            tx.commit().await?;
            return Ok(fresh);
        }
        // The group's statement needs no transaction around it.
        let mut conn = self.write_one().await?;
        let fresh = insert_group(&mut conn, events, now).await;
        drop(conn);
        if let Err(StoreError::Sql(error)) = &fresh {
            self.writer.failed(error).await;
        }
        fresh
    }
}

/// What is new in a group.
#[derive(Default)]
pub(crate) struct Fresh {
    /// The last event before.
    base: i64,
    /// Where the new ones stand in the group.
    pub(crate) places: Vec<usize>,
}

/// Inserts the group's events and all that follows from them.
pub(crate) async fn insert_group(
    conn: &mut SqliteConnection,
    events: Statement,
    now: Timestamp,
) -> Result<Fresh, StoreError> {
    if events.requests.is_empty() {
        return Ok(Fresh::default());
    }
    // Read to its end: the last step is the commit, if there is no transaction around it.
    let fresh = events.bound(now).fetch_all(conn).await?;
    let (base, places) = &fresh[0];
    Ok(Fresh { base: *base, places: serde_json::from_str(places)? })
}

fn is_constraint(error: &StoreError) -> bool {
    matches!(error, StoreError::Sql(sqlx::Error::Database(db))
        if !matches!(db.kind(), sqlx::error::ErrorKind::Other))
}

#[cfg(test)]
mod tests {
    use domain::time::DAY;
    use uuid::Uuid;

    use super::*;
    use crate::Keys;

    const NOW: Timestamp = Timestamp(1_795_600_000_000);

    /// A source that asks for consent and one that doesn't, a destination that is on and one that is off; purchases go on both sides.
    const ROWS: &str = "
        insert into workspaces values (x'00000000000000000000000000000001', 'Northwind', 0);
        insert into sources (id, workspace_id, name, name_key, write_key, consent_required, created_at)
        values (x'00000000000000000000000000000011', x'00000000000000000000000000000001', 'Web', 'web', 'wk_web', 0, 0),
               (x'00000000000000000000000000000012', x'00000000000000000000000000000001', 'App', 'app', 'wk_app', 1, 0);
        insert into destinations (id, workspace_id, type, name, name_key, enabled, send_server_side, first_event_id, created_at)
        values (x'000000000000700080000000000000a1', x'00000000000000000000000000000001', 'snapchat', 'US', 'us', 1, 1, 1, 0),
               (x'000000000000700080000000000000a2', x'00000000000000000000000000000001', 'snapchat', 'Off', 'off', 0, 1, 1, 0);
        insert into event_settings (destination_id, event_key, event, snap_event, server, client)
        select id, 'ordercompleted', 'Order Completed', 'PURCHASE', 1, 1 from destinations;";

    /// What is counted, beside what the rows say.
    const COUNTED: &str = "
        select 'events ' || event_key || ' ' || hex(substr(source_id, 16)), sum(received),
               (select count(*) from events e where e.event_key = h.event_key and e.source_id = h.source_id)
        from event_hours h group by event_key, source_id
        union all select state || ' ' || hex(substr(destination_id, 16)), sum(n), (
            select count(*) from deliveries d where d.destination_id = h.destination_id and d.state = h.state)
        from (select destination_id, 'filtered' as state, filtered as n from delivery_hours
              union all select destination_id, 'delivered', delivered from delivery_hours
              union all select destination_id, 'waiting', waiting from delivery_counts) h
        group by destination_id, state order by 1";

    fn event(source: u128, message: &str, name: &str, consent: Option<bool>, age: i64) -> NewEvent {
        NewEvent {
            workspace: WorkspaceId(Uuid::from_u128(1)),
            source: SourceId(Uuid::from_u128(source)),
            message_id: message.into(),
            kind: EventKind::Track,
            name: name.into(),
            event_key: domain::reading::setting_key(name),
            occurred_at: NOW.minus(age),
            received_at: NOW,
            body: format!("{{\"event\":\"{name}\"}}"),
            sealed: (age > 0).then(|| vec![7; 40]),
            order_id: None,
            email_key: consent.map(|_| [3; 32]),
            phone_key: None,
            person: None,
            notes: None,
            consent,
            client: Vec::new(),
        }
    }

    #[tokio::test]
    async fn a_group_of_many_kinds_is_stored_judged_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("a.db").display());
        let store = Store::open(&url, Keys::new(&[1; 32])).await.unwrap();
        sqlx::raw_sql(ROWS).execute(&mut *store.writer.take().await.unwrap()).await.unwrap();
        let (web, app) = (0x11, 0x12);
        let pixel: Vec<_> = ["a1", "a2"].map(|id| format!("00000000-0000-7000-8000-0000000000{id}")).into();
        let pixel = pixel.iter().map(|id| id.parse::<domain::DestinationId>().unwrap().into()).collect();
        let first =
            [event(web, "m-1", "Order Completed", None, 0), event(app, "m-1", "Order Completed", Some(true), 5)];
        let second = [
            event(web, "m-1", "Product Viewed", None, 0), // a repeat, under another name
            NewEvent { client: pixel, ..event(web, "m-2", "order_completed", None, 0) },
            event(app, "m-2", "Order Completed", None, 0),
            event(web, "m-3", "Order Completed", Some(false), 0),
            event(web, "m-4", "Product Viewed", None, 0),
            event(web, "m-5", "Order Completed", None, 8 * DAY),
            event(app, "m-1", "Order Completed", Some(true), 5),
            event(web, "m-2", "Order Completed", None, 0), // twice in the group
        ];
        for (group, new) in [(&first[..], 2), (&second[..], 5)] {
            let request = group.iter().cloned().map(NewEvent::prepare).collect();
            let answer = store.ingest(&mut IngestGroup::from_iter([request]), NOW).await.remove(0).unwrap();
            assert_eq!((answer.accepted, answer.duplicates), (new, group.len() - new));
        }
        let states: Vec<(i64, String, String, Option<String>)> = sqlx::query_as(
            "select e.id, d.side || ' ' || hex(substr(d.destination_id, 16)), d.state, d.reason_code
             from events e join deliveries d on d.event_id = e.id order by d.id",
        )
        .fetch_all(&store.readers)
        .await
        .unwrap();
        let states: Vec<_> =
            states.iter().map(|(id, on, state, code)| (*id, &**on, &**state, code.as_deref())).collect();
        let off = |id| (id, "server A2", "filtered", Some("destination_disabled"));
        let on = |id, code: Option<&'static str>| {
            (id, "server A1", if code.is_some() { "filtered" } else { "waiting" }, code)
        };
        // Numbers follow the places in the group, and repeats leave gaps.
        let expected = [
            on(1, None),
            off(1),
            on(2, None),
            off(2),
            on(4, None),
            off(4),
            (4, "client A1", "delivered", Some("handed_to_pixel")),
            on(5, Some("no_consent")),
            off(5),
            on(6, Some("no_consent")),
            off(6),
            on(7, Some("switched_off")),
            off(7),
            on(8, Some("too_old")),
            off(8),
        ];
        assert_eq!(states, expected);
        let counted: Vec<(String, i64, i64)> = sqlx::query_as(COUNTED).fetch_all(&store.readers).await.unwrap();
        for (what, counted, there) in &counted {
            assert_eq!(counted, there, "{what}");
        }
        assert_eq!(counted.len(), 3 + 5);
        let (body, sealed, email): (String, Option<Vec<u8>>, Option<Vec<u8>>) =
            sqlx::query_as("select body, sealed, email_key from events where id = 2")
                .fetch_one(&store.readers)
                .await
                .unwrap();
        assert_eq!(
            (body.as_str(), sealed, email),
            (r#"{"event":"Order Completed"}"#, Some(vec![7; 40]), Some(vec![3; 32]))
        );
    }
}
