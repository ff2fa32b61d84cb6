//! Whom events are of, and what is known of them: a few statements for a whole batch of events.

use std::collections::{BTreeSet, HashMap};

use domain::{
    EventId, Timestamp, WorkspaceId,
    profile::{IdentifierKind, KnownIdentifier, KnownPerson, LookupKey, ProfileId, Visit},
    time::MINUTE,
};
use serde_json::json;
use sqlx::SqliteConnection;

use crate::{
    Keys, Store, StoreError,
    at_once::{Blob, at_once},
    profile_finds::number_of,
    profile_visits::visit_place,
    sighted::{found_by, key_place, trait_place},
};

/// The people of some events, their values still sealed.
#[derive(Debug, Default)]
pub struct FoundPeople {
    workspace: Option<WorkspaceId>,
    by_event: HashMap<EventId, ProfileId>,
    people: HashMap<ProfileId, Sealed>,
}

#[derive(Debug, Default)]
struct Sealed {
    identifiers: Vec<SealedIdentifier>,
    traits: Vec<(String, String, Told)>,
    visit: [Option<SealedPart>; 3],
}

#[derive(Debug)]
struct SealedPart {
    value: Vec<u8>,
    /// From when on it counts.
    at: Timestamp,
}

#[derive(Debug)]
struct SealedIdentifier {
    kind: IdentifierKind,
    key: LookupKey,
    value: Vec<u8>,
    country: Option<String>,
}

#[derive(Debug)]
enum Told {
    Plain(String),
    Personal(Vec<u8>),
}

/// The parts of a visit as they are sealed, in their order.
const PARTS: [&str; 3] = ["click", "cookie", "page"];
/// How much later than an event a click or a page may be and still be of its visit: as long as web analytics let a visitor pause
/// within one, since a shop's server and a visitor's browser tell the time by clocks of their own.
const ONE_VISIT: i64 = 30 * MINUTE;

impl FoundPeople {
    /// What is known of the person of an event that happened at this time, opened. An ad click and a page that came after it have
    /// nothing to do with it.
    ///
    /// # Errors
    /// If it was sealed with other keys.
    pub fn of(&self, event: EventId, at: Timestamp, keys: &Keys) -> Result<Option<KnownPerson>, StoreError> {
        let found = self.by_event.get(&event).and_then(|person| self.people.get(person));
        let (Some(sealed), Some(workspace)) = (found, self.workspace) else { return Ok(None) };
        let mut person = KnownPerson::default();
        for SealedIdentifier { kind, key, value, country } in &sealed.identifiers {
            let raw = keys.open_text(&key_place(key), value)?;
            person.identifiers.push(KnownIdentifier { kind: *kind, raw, country: country.clone() });
        }
        for (key, name, told) in &sealed.traits {
            let value = match told {
                Told::Plain(json) => serde_json::from_str(json)?,
                Told::Personal(value) => serde_json::from_slice(&keys.open(&trait_place(workspace, key), value)?)?,
            };
            person.traits.push((name.clone(), value));
        }
        let mut opened = [None, None, None];
        for ((part, value), opened) in PARTS.iter().zip(&sealed.visit).zip(&mut opened) {
            let before = value.as_ref().filter(|part| part.at.since(at) <= ONE_VISIT);
            *opened = before.map(|told| keys.open_text(&visit_place(workspace, part), &told.value)).transpose()?;
        }
        let [click_id, cookie, page] = opened;
        person.visit = Visit { click_id, cookie, page };
        Ok(Some(person))
    }
}

impl Store {
    /// The people of events: for each, whoever has the first of its look-up keys that is known and no other person's, too.
    /// `traits` are the keys of the traits that are wanted.
    ///
    /// # Errors
    /// What the database says.
    pub async fn known_people(
        &self,
        workspace: WorkspaceId,
        events: &[(EventId, Vec<LookupKey>)],
        traits: &BTreeSet<String>,
    ) -> Result<FoundPeople, StoreError> {
        let mut reading = self.readers.begin().await?;
        let holders = holders(&mut reading, events).await?;
        let of = |keys: &Vec<LookupKey>| keys.iter().find_map(|key| holders.get(key)).copied();
        let by_event: HashMap<EventId, ProfileId> =
            events.iter().filter_map(|(event, keys)| Some((*event, of(keys)?))).collect();
        let mut found = FoundPeople { workspace: Some(workspace), people: HashMap::new(), by_event };
        let people: BTreeSet<i64> = found.by_event.values().map(|person| person.0).collect();
        if !people.is_empty() {
            let people = json!(people).to_string();
            read_identifiers(&mut reading, &people, &mut found).await?;
            read_traits(&mut reading, workspace, &people, traits, &mut found).await?;
            read_visits(&mut reading, &people, &mut found).await?;
        }
        Ok(found)
    }
}

/// Who has each of the keys that no second person has.
async fn holders(
    conn: &mut SqliteConnection,
    events: &[(EventId, Vec<LookupKey>)],
) -> Result<HashMap<LookupKey, ProfileId>, StoreError> {
    let wanted: BTreeSet<&LookupKey> = events.iter().flat_map(|(_, keys)| keys).collect();
    let query = sqlx::query_scalar(concat!(
        "select json_group_array(json_array(hex(k.key), k.profile_no)) from json_each($1) w
         cross join profile_keys k on k.no = ",
        number_of!("unhex(w.value)"),
        " where k.shared = 0",
    ));
    let rows: Vec<(Blob, ProfileId)> = at_once(query.bind(found_by(wanted)), conn).await?;
    Ok(rows.into_iter().filter_map(|(key, person)| Some((LookupKey::try_from(key.0).ok()?, person))).collect())
}

async fn read_identifiers(
    conn: &mut SqliteConnection,
    people: &str,
    found: &mut FoundPeople,
) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(
        "select json_group_array(json_array(k.first_at, hex(k.key), k.profile_no, k.kind, hex(k.sealed), k.country))
         from json_each($1) p cross join profile_keys k on k.profile_no = p.value
         where k.shared = 0 and k.kind in ('user', 'email', 'phone', 'mobile_ad')",
    );
    let mut rows: Vec<(i64, Blob, ProfileId, String, Blob, Option<String>)> = at_once(query.bind(people), conn).await?;
    rows.sort_unstable_by(|(at, key, ..), (other_at, other_key, ..)| (at, &key.0).cmp(&(other_at, &other_key.0)));
    for (_, key, person, kind, sealed, country) in rows {
        if let (Some(kind), Ok(key)) = (IdentifierKind::parse(&kind), LookupKey::try_from(key.0)) {
            let identifier = SealedIdentifier { kind, key, value: sealed.0, country };
            found.people.entry(person).or_default().identifiers.push(identifier);
        }
    }
    Ok(())
}

async fn read_traits(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    people: &str,
    traits: &BTreeSet<String>,
    found: &mut FoundPeople,
) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(
        "select json_group_array(json_array(t.profile_no, n.key, n.name, t.personal, t.value, hex(t.sealed)))
         from profile_names n cross join json_each($2) p
         cross join profile_traits t on t.name_no = n.no and t.profile_no = p.value
         where n.workspace_id = $1 and n.kind = 'trait' and n.key in (select value from json_each($3))
           and (t.text is not null or t.many is not null)",
    );
    let query = query.bind(workspace.0).bind(people).bind(json!(traits).to_string());
    let rows: Vec<(ProfileId, String, String, u8, Option<String>, Blob)> = at_once(query, conn).await?;
    for (person, key, name, personal, value, sealed) in rows {
        let told = if personal == 0 { Told::Plain(value.unwrap_or_default()) } else { Told::Personal(sealed.0) };
        found.people.entry(person).or_default().traits.push((key, name, told));
    }
    Ok(())
}

/// A part of a visit with its time.
type Timed = (Blob, Option<i64>);

async fn read_visits(conn: &mut SqliteConnection, people: &str, found: &mut FoundPeople) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(
        "select json_group_array(json_array(v.profile_no, json_array(hex(v.click), v.click_at), hex(v.cookie),
                                             json_array(hex(v.page), v.page_at)))
         from json_each($1) p cross join profile_visits v on v.profile_no = p.value",
    );
    let rows: Vec<(ProfileId, Timed, Blob, Timed)> = at_once(query.bind(people), conn).await?;
    for (person, click, cookie, page) in rows {
        let part =
            |(blob, at): Timed| blob.some().map(|value| SealedPart { value, at: Timestamp(at.unwrap_or_default()) });
        // The cookie is the browser's, whenever it was seen.
        found.people.entry(person).or_default().visit = [part(click), part((cookie, None)), part(page)];
    }
    Ok(())
}
