//! The rows of people, many at once.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{
    SourceId, Timestamp, WorkspaceId,
    delivery::Reason,
    profile::{KeyMap, Outcome, ProfileId},
};
use serde_json::{Value, json};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use crate::{
    NewRejection, SightedEvent, StoreError, erasures,
    many::Insert,
    profile_finds::{self, number_of},
    rejections,
    sighted::FOUND_BY,
};

// What is known to be new is inserted without asking what to do about a conflict, and without taking back the statement's other
// rows: for that SQLite copies each page that a statement changes, and identifiers change one each.
const NEW_PEOPLE: Insert = Insert {
    head: "insert or fail into profiles (no, workspace_id, person, first_seen, last_seen, events)",
    columns: 6,
    tail: "",
};
const PEOPLE: Insert = Insert {
    head: "insert into profiles (no, workspace_id, person, first_seen, last_seen, events)",
    columns: 6,
    tail: "on conflict (no) do update
           set person = coalesce(excluded.person, person), first_seen = min(first_seen, excluded.first_seen),
               last_seen = max(last_seen, excluded.last_seen), events = events + excluded.events",
};
const NEW_KEYS: Insert = Insert {
    head: "insert or fail into profile_keys (key, profile_no, kind, sealed, country, shared, brought, first_at, find_key)",
    columns: 9,
    tail: "",
};
/// An update of what is known of identifiers.
const KEYS: Insert = Insert {
    head: "with told (key, profile_no, shared, brought) as (",
    columns: 4,
    tail: concat!(
        ") update profile_keys set profile_no = told.profile_no, shared = told.shared, brought = told.brought
         from told where no = ",
        number_of!("told.key"),
    ),
};
const HISTORY: Insert =
    Insert { head: "insert into profile_events (name_no, profile_no, at, event_id)", columns: 4, tail: "" };
const FACTS: Insert = Insert { head: "insert into event_facts (event_id, facts)", columns: 2, tail: "" };
const NEW_TRAITS: Insert = Insert {
    head: "insert or fail into profile_traits (name_no, profile_no, personal, value, sealed, text, number, date, many, changed_at, seen_at)",
    columns: 11,
    tail: "",
};
/// The newest event that tells a trait wins, in whatever order events arrive.
const TRAITS: Insert = Insert {
    head: "insert into profile_traits (name_no, profile_no, personal, value, sealed, text, number, date, many, changed_at, seen_at)",
    columns: 11,
    tail: "on conflict (name_no, profile_no) do update
           set personal = excluded.personal, value = excluded.value, sealed = excluded.sealed, text = excluded.text,
               number = excluded.number, date = excluded.date, many = excluded.many, seen_at = excluded.seen_at,
               changed_at = case when text is excluded.text and many is excluded.many then changed_at
                                 else excluded.changed_at end
           where excluded.seen_at >= profile_traits.seen_at",
};

/// Numbers of names: by workspace and `event` or `trait`, then by key.
pub(crate) type Names = HashMap<(WorkspaceId, &'static str), HashMap<String, i64>>;

fn number(names: &Names, workspace: WorkspaceId, kind: &'static str, key: &str) -> Option<i64> {
    names.get(&(workspace, kind))?.get(key).copied()
}

/// Leaves out events of people who were erased, and forgets what they hold.
pub(crate) async fn without_suppressed<'a>(
    conn: &mut SqliteConnection,
    seen: &'a [SightedEvent],
    now: Timestamp,
) -> Result<Vec<&'a SightedEvent>, StoreError> {
    let keys: HashSet<String> = seen.iter().flat_map(|event| &event.told.keys).map(const_hex::encode).collect();
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
        seen.iter().partition(|event| event.told.keys.iter().any(|key| found.contains(key.as_slice())));
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
        person: Option<&'a str>,
        first: i64,
        last: i64,
        events: i64,
    }
    let mut tallies: BTreeMap<ProfileId, Tally<'_>> = BTreeMap::new();
    for (event, person) in seen.iter().zip(&outcome.people) {
        let Some(person) = person else { continue };
        let at = event.told.at.0;
        let tally = tallies.entry(*person).or_insert(Tally {
            workspace: event.workspace,
            person: None,
            first: at,
            last: at,
            events: 0,
        });
        tally.person = event.person.as_deref().or(tally.person);
        tally.first = tally.first.min(at);
        tally.last = tally.last.max(at);
        tally.events += each;
    }
    let new = new_people(outcome);
    let (fresh, known): (Vec<_>, Vec<_>) = tallies.into_iter().partition(|(person, _)| new.contains(person));
    for (insert, rows) in [(&NEW_PEOPLE, fresh), (&PEOPLE, known)] {
        insert
            .rows(conn, &rows, |values, (no, t)| {
                let values = values.add(no.0).add(t.workspace.0).add(t.person);
                values.add(t.first).add(t.last).add(t.events);
            })
            .await?;
    }
    // Numbers of people who came and were merged within these events are not given again either.
    let highest = outcome.new.iter().map(|no| no.0).max().unwrap_or(0);
    sqlx::query("update sqlite_sequence set seq = max(seq, $1) where name = 'profiles'")
        .bind(highest)
        .execute(conn)
        .await?;
    Ok(())
}

/// Of these people nothing is stored.
pub(crate) fn new_people(outcome: &Outcome) -> HashSet<ProfileId> {
    outcome.new.iter().copied().collect()
}

pub(crate) async fn write_keys(
    conn: &mut SqliteConnection,
    seen: &[&SightedEvent],
    outcome: &Outcome,
) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(outcome.keys.len());
    let mut done: KeyMap<()> = KeyMap::with_capacity_and_hasher(outcome.keys.len(), Default::default());
    for event in seen {
        for (key, identifier) in event.told.keys.iter().zip(&event.told.identifiers) {
            if let Some(state) = outcome.keys.get(key).filter(|_| done.insert(*key, ()).is_none()) {
                rows.push((*event, key, identifier, state));
            }
        }
    }
    let (known, new): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, key, ..)| outcome.stored.contains_key(*key));
    KEYS.rows(conn, &known, |values, (_, key, _, state)| {
        values.add(&key[..FOUND_BY]).add(state.profile.0).add(state.shared).add(listed(&state.brought));
    })
    .await?;
    if new.is_empty() {
        return Ok(());
    }
    let last = profile_finds::last(conn).await?;
    NEW_KEYS
        .rows(conn, &new, |values, (event, key, identifier, state)| {
            let values = values.add(key.as_slice()).add(state.profile.0).add(state.kind.as_str());
            let values = values.add(identifier.sealed.as_slice()).add(event.country.as_deref()).add(state.shared);
            values.add(listed(&state.brought)).add(event.told.at.0).add(identifier.find_key.as_deref());
        })
        .await?;
    profile_finds::enter(conn, last).await
}

/// The numbers of all names in these events; new ones are numbered.
pub(crate) async fn names(conn: &mut SqliteConnection, seen: &[&SightedEvent]) -> Result<Names, StoreError> {
    let mut wanted: HashMap<(WorkspaceId, &'static str, &str), (&str, bool)> = HashMap::new();
    for event in seen {
        if !event.event_key.is_empty() {
            wanted.entry((event.workspace, "event", &event.event_key)).or_insert((&event.name, false));
        }
        for told in &event.told.traits {
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
         select unhex(value ->> '$[0]'), value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]' from jsonb_each($1) where true
         on conflict do nothing",
    )
    .bind(&rows)
    .execute(&mut *conn)
    .await?;
    let found = sqlx::query(
        "select n.no, n.workspace_id, n.kind, n.key from jsonb_each($1) w
         join profile_names n on n.workspace_id = unhex(w.value ->> '$[0]') and n.kind = w.value ->> '$[1]' and n.key = w.value ->> '$[2]'",
    )
    .bind(&rows)
    .fetch_all(conn)
    .await?;
    let mut names = Names::new();
    for row in &found {
        let kind = if row.try_get::<&str, _>("kind")? == "event" { "event" } else { "trait" };
        let of = names.entry((WorkspaceId(row.try_get("workspace_id")?), kind)).or_default();
        of.insert(row.try_get("key")?, row.try_get("no")?);
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
        let Some(name) = number(names, event.workspace, "event", &event.event_key) else { continue };
        events.push((name, person.0, event.told.at.0, event.id.0));
        if let Some(told) = &event.told.facts {
            facts.push((event.id.0, told));
        }
    }
    HISTORY
        .rows(conn, &events, |values, (name, person, at, event)| {
            values.add(*name).add(*person).add(*at).add(*event);
        })
        .await?;
    FACTS
        .rows(conn, &facts, |values, (event, told)| {
            values.add(*event).add(told.as_str());
        })
        .await
}

pub(crate) async fn write_traits(
    conn: &mut SqliteConnection,
    seen: &[&SightedEvent],
    outcome: &Outcome,
    names: &Names,
) -> Result<(), StoreError> {
    let new = new_people(outcome);
    // What a new person is told to have first can't be there already; what comes later may change it.
    let (mut first, mut later, mut there) = (Vec::new(), Vec::new(), HashSet::new());
    for (event, person) in seen.iter().zip(&outcome.people) {
        let Some(person) = person else { continue };
        let is_new = new.contains(person);
        for told in &event.told.traits {
            if let Some(name) = number(names, event.workspace, "trait", &told.key) {
                let rows = if is_new && there.insert((name, person.0)) { &mut first } else { &mut later };
                rows.push((name, person.0, told, event.told.at.0));
            }
        }
    }
    for (insert, rows) in [(&NEW_TRAITS, first), (&TRAITS, later)] {
        insert
            .rows(conn, &rows, |values, (name, person, told, at)| {
                let values = values.add(*name).add(*person).add(told.personal);
                let values = values.add(told.value.as_deref()).add(told.sealed.as_deref());
                let values = values.add(told.text.as_deref()).add(told.number).add(told.date).add(told.many.as_deref());
                values.add(*at).add(*at);
            })
            .await?;
    }
    Ok(())
}

/// Numbers as a JSON list.
fn listed(numbers: &[u32]) -> String {
    let mut text = String::with_capacity(2 + 2 * numbers.len());
    for number in numbers {
        text.push(if text.is_empty() { '[' } else { ',' });
        text.push_str(&number.to_string());
    }
    text.push(']');
    text
}

fn hex(bytes: &[u8]) -> String {
    const_hex::encode(bytes)
}
