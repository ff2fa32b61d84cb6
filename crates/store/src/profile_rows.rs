//! The rows of people, many at once.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{
    SourceId, Timestamp, WorkspaceId,
    audience::Folded,
    delivery::Reason,
    profile::{LookupKey, Outcome, ProfileId, TraitSeen},
};
use serde_json::{Value, json};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use crate::{
    Keys, NewRejection, SightedEvent, StoreError,
    audience_rules::trait_hash,
    erasures,
    profile_follow::{find_key, key_place},
    rejections,
};

/// Numbers of names: workspace, `event` or `trait`, key.
pub(crate) type Names = HashMap<(WorkspaceId, &'static str, String), i64>;

/// Leaves out events of people who were erased, and forgets what they hold.
pub(crate) async fn without_suppressed<'a>(
    conn: &mut SqliteConnection,
    seen: &'a [SightedEvent],
    now: Timestamp,
) -> Result<Vec<&'a SightedEvent>, StoreError> {
    let keys: HashSet<String> = seen.iter().flat_map(|event| &event.keys).map(const_hex::encode).collect();
    let found: Vec<Vec<u8>> =
        sqlx::query_scalar("select key from suppressed_keys where key in (select unhex(value) from json_each($1))")
            .bind(json!(keys).to_string())
            .fetch_all(&mut *conn)
            .await?;
    if found.is_empty() {
        return Ok(seen.iter().collect());
    }
    let found: HashSet<Vec<u8>> = found.into_iter().collect();
    let (dropped, kept): (Vec<&SightedEvent>, Vec<&SightedEvent>) =
        seen.iter().partition(|event| event.keys.iter().any(|key| found.contains(key.as_slice())));
    let ids: Vec<i64> = dropped.iter().map(|event| event.id.0).collect();
    tell_sources(conn, &ids, now).await?;
    erasures::forget_events(conn, &ids).await?;
    Ok(kept)
}

/// The debugger of a source says what became of events that are dropped; of the person it says nothing.
async fn tell_sources(conn: &mut SqliteConnection, ids: &[i64], now: Timestamp) -> Result<(), StoreError> {
    let rows = sqlx::query("select source_id, name from events where id in (select value from json_each($1))")
        .bind(json!(ids).to_string())
        .fetch_all(&mut *conn)
        .await?;
    let told = |row: &SqliteRow| -> Result<NewRejection, StoreError> {
        let message = "It is of a person who was erased, and was dropped.";
        Ok(NewRejection {
            source: SourceId(row.try_get("source_id")?),
            at: now,
            reason: Reason::new("erased_person", message),
            excerpt: row.try_get("name")?,
        })
    };
    let rejections = rows.iter().map(told).collect::<Result<Vec<_>, _>>()?;
    rejections::insert(conn, &rejections).await
}

/// `each`: how many events one of these is; a row of a file is none.
pub(crate) async fn insert_people(
    conn: &mut SqliteConnection,
    seen: &[&SightedEvent],
    outcome: &Outcome,
    each: i64,
) -> Result<(), StoreError> {
    struct Tally<'a> {
        workspace: WorkspaceId,
        person: Option<&'a String>,
        first: i64,
        last: i64,
        events: i64,
    }
    let mut tallies: BTreeMap<ProfileId, Tally<'_>> = BTreeMap::new();
    for (event, person) in seen.iter().zip(&outcome.people) {
        let Some(person) = person else { continue };
        let at = event.sighting.at.0;
        let tally = tallies.entry(*person).or_insert(Tally {
            workspace: event.workspace,
            person: None,
            first: at,
            last: at,
            events: 0,
        });
        tally.person = event.person.as_ref().or(tally.person);
        tally.first = tally.first.min(at);
        tally.last = tally.last.max(at);
        tally.events += each;
    }
    let rows: Vec<Value> = tallies
        .iter()
        .map(|(no, t)| json!([no.0, hex(t.workspace.0.as_bytes()), t.person, t.first, t.last, t.events]))
        .collect();
    sqlx::query(
        "insert into profiles (no, workspace_id, person, first_seen, last_seen, events)
         select value ->> 0, unhex(value ->> 1), value ->> 2, value ->> 3, value ->> 4, value ->> 5
         from jsonb_each($1) where true
         on conflict (no) do update
         set person = coalesce(excluded.person, person), first_seen = min(first_seen, excluded.first_seen),
             last_seen = max(last_seen, excluded.last_seen), events = events + excluded.events",
    )
    .bind(Value::Array(rows).to_string())
    .execute(&mut *conn)
    .await?;
    // Numbers of people who came and were merged within these events are not given again either.
    let highest = outcome.new.iter().map(|no| no.0).max().unwrap_or(0);
    sqlx::query("update sqlite_sequence set seq = max(seq, $1) where name = 'profiles'")
        .bind(highest)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn write_keys(
    conn: &mut SqliteConnection,
    keys: &Keys,
    seen: &[&SightedEvent],
    outcome: &Outcome,
) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(outcome.keys.len());
    let mut done: HashSet<&LookupKey> = HashSet::new();
    for event in seen {
        for (key, identifier) in event.keys.iter().zip(&event.sighting.identifiers) {
            let Some(state) = outcome.keys.get(key).filter(|_| done.insert(key)) else { continue };
            rows.push(json!([
                hex(key),
                state.profile.0,
                state.kind.as_str(),
                hex(&keys.seal(&key_place(key), identifier.raw.as_bytes())),
                event.country,
                state.shared,
                json!(state.brought).to_string(),
                event.sighting.at.0,
                find_key(keys, event.workspace, identifier).map(|key| hex(&key)),
            ]));
        }
    }
    sqlx::query(
        "insert into profile_keys (key, profile_no, kind, sealed, country, shared, brought, first_at, find_key)
         select unhex(value ->> 0), value ->> 1, value ->> 2, unhex(value ->> 3), value ->> 4, value ->> 5, value ->> 6,
                value ->> 7, unhex(value ->> 8)
         from jsonb_each($1) where true
         on conflict (key) do update
         set profile_no = excluded.profile_no, shared = excluded.shared, brought = excluded.brought",
    )
    .bind(Value::Array(rows).to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// The numbers of all names in these events; new ones are numbered.
pub(crate) async fn names(conn: &mut SqliteConnection, seen: &[&SightedEvent]) -> Result<Names, StoreError> {
    let mut wanted: HashMap<(WorkspaceId, &'static str, &str), (&str, bool)> = HashMap::new();
    for event in seen {
        if !event.event_key.is_empty() {
            wanted.entry((event.workspace, "event", &event.event_key)).or_insert((&event.name, false));
        }
        for told in &event.sighting.traits {
            wanted.entry((event.workspace, "trait", &told.key)).or_insert((&told.name, told.personal));
        }
    }
    let rows: Vec<Value> = wanted
        .iter()
        .map(|((workspace, kind, key), (name, personal))| {
            json!([hex(workspace.0.as_bytes()), kind, key, name, personal])
        })
        .collect();
    let rows = Value::Array(rows).to_string();
    sqlx::query(
        "insert into profile_names (workspace_id, kind, key, name, personal)
         select unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4 from jsonb_each($1) where true
         on conflict do nothing",
    )
    .bind(&rows)
    .execute(&mut *conn)
    .await?;
    let found = sqlx::query(
        "select n.no, n.workspace_id, n.kind, n.key from jsonb_each($1) w
         join profile_names n on n.workspace_id = unhex(w.value ->> 0) and n.kind = w.value ->> 1 and n.key = w.value ->> 2",
    )
    .bind(&rows)
    .fetch_all(conn)
    .await?;
    let mut names = Names::with_capacity(found.len());
    for row in &found {
        let kind = if row.try_get::<&str, _>("kind")? == "event" { "event" } else { "trait" };
        names.insert((WorkspaceId(row.try_get("workspace_id")?), kind, row.try_get("key")?), row.try_get("no")?);
    }
    Ok(names)
}

pub(crate) async fn insert_history(
    conn: &mut SqliteConnection,
    seen: &[&SightedEvent],
    outcome: &Outcome,
    names: &Names,
) -> Result<(), StoreError> {
    let (mut events, mut facts) = (Vec::new(), Vec::new());
    for (event, person) in seen.iter().zip(&outcome.people) {
        let Some(person) = person else { continue };
        let Some(name) = names.get(&(event.workspace, "event", event.event_key.clone())) else { continue };
        events.push(json!([name, person.0, event.sighting.at.0, event.id.0]));
        if let Some(told) = &event.sighting.facts {
            facts.push(json!([event.id.0, told]));
        }
    }
    sqlx::query(
        "insert into profile_events (name_no, profile_no, at, event_id)
         select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from jsonb_each($1)",
    )
    .bind(Value::Array(events).to_string())
    .execute(&mut *conn)
    .await?;
    sqlx::query("insert into event_facts (event_id, facts) select value ->> 0, value ->> 1 from jsonb_each($1)")
        .bind(Value::Array(facts).to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// The newest event that tells a trait wins, in whatever order events arrive.
pub(crate) async fn write_traits(
    conn: &mut SqliteConnection,
    keys: &Keys,
    seen: &[&SightedEvent],
    outcome: &Outcome,
    names: &Names,
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for (event, person) in seen.iter().zip(&outcome.people) {
        let Some(person) = person else { continue };
        for told in &event.sighting.traits {
            if let Some(name) = names.get(&(event.workspace, "trait", told.key.clone())) {
                rows.push(trait_row(keys, event, *person, *name, told));
            }
        }
    }
    sqlx::query(
        "insert into profile_traits (name_no, profile_no, personal, value, sealed, text, number, date, many, changed_at, seen_at)
         select value ->> 0, value ->> 1, value ->> 2, value ->> 3, unhex(value ->> 4), value ->> 5, value ->> 6,
                value ->> 7, value ->> 8, value ->> 9, value ->> 9
         from jsonb_each($1) where true
         on conflict (name_no, profile_no) do update
         set personal = excluded.personal, value = excluded.value, sealed = excluded.sealed, text = excluded.text,
             number = excluded.number, date = excluded.date, many = excluded.many, seen_at = excluded.seen_at,
             changed_at = case when text is excluded.text and many is excluded.many then changed_at
                               else excluded.changed_at end
         where excluded.seen_at >= profile_traits.seen_at",
    )
    .bind(Value::Array(rows).to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// A value that is taken away stays as a row without one, so that an older event can't bring it back.
fn trait_row(keys: &Keys, event: &SightedEvent, person: ProfileId, name: i64, told: &TraitSeen) -> Value {
    let place = trait_place(event.workspace, &told.key);
    let value = told.value.to_string();
    let folded: Vec<Folded> = if told.personal {
        let hashed = |folded: &Folded| Folded {
            text: trait_hash(keys, event.workspace, &told.key, &folded.text),
            number: None,
            date: None,
        };
        told.folded.iter().map(hashed).collect()
    } else {
        told.folded.clone()
    };
    let (one, many) = match folded.as_slice() {
        [] => (None, None),
        [one] if !told.value.is_array() => (Some(one), None),
        several => (None, Some(many_values(several))),
    };
    json!([
        name,
        person.0,
        told.personal,
        (!told.personal).then_some(&value),
        told.personal.then(|| hex(&keys.seal(&place, value.as_bytes()))),
        one.map(|one| &one.text),
        one.and_then(|one| one.number),
        one.and_then(|one| one.date),
        many,
        event.sighting.at.0,
    ])
}

/// What a personal trait is sealed for. Not bound to its person: merges hand it over.
pub(crate) fn trait_place(workspace: WorkspaceId, key: &str) -> String {
    format!("profile_traits/{workspace}/{key}")
}

fn many_values(values: &[Folded]) -> String {
    let texts: Vec<&String> = values.iter().map(|value| &value.text).collect();
    let numbers: Vec<i64> = values.iter().filter_map(|value| value.number).collect();
    let dates: Vec<i64> = values.iter().filter_map(|value| value.date).collect();
    json!({"t": texts, "n": numbers, "d": dates}).to_string()
}

fn hex(bytes: &[u8]) -> String {
    const_hex::encode(bytes)
}
