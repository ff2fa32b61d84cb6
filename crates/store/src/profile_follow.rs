//! Events become people: the follower's one verb. What it read of the events and what it made of them is one transaction.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{
    Timestamp, WorkspaceId,
    profile::{KeyState, Known, LookupKey, Outcome, ProfileId, Resolver},
};
use sqlx::{Row, SqliteConnection};

use crate::{
    SightedEvent, Store, StoreError, StoredEvent,
    audience_evaluation::{Touched, evaluate_touched, event_subject, trait_subject},
    events, profile_merge, profile_rows, profile_visits,
    sighted::found_by,
};

/// Events that are looked at in one go: many of the system's own may stand between two others.
const LOOKED_AT: i64 = 20_000;

/// An event that the follower has not seen yet.
#[derive(Clone, Debug)]
pub struct UnreadEvent {
    /// The event, still sealed.
    pub stored: StoredEvent,
    /// Whose.
    pub workspace: WorkspaceId,
    /// The key of its settings.
    pub event_key: String,
    /// Who it is, masked.
    pub person: Option<String>,
    /// The default country of its source.
    pub country: Option<String>,
    /// Whether its source takes silence about marketing for a no.
    pub consent_required: bool,
}

impl Store {
    /// The events after the last one that was read, in the order of their numbers; system events are left out. Answers
    /// with the number read from, and the last number looked at.
    ///
    /// # Errors
    /// What the database says.
    pub async fn unread_events(&self, limit: i64) -> Result<(i64, i64, Vec<UnreadEvent>), StoreError> {
        let mut reading = self.readers.begin().await?;
        let from: i64 =
            sqlx::query_scalar("select at from followers where name = 'profiles'").fetch_one(&mut *reading).await?;
        let rows = sqlx::query(
            "select e.id, e.workspace_id, e.source_id, e.kind, e.name, e.event_key, e.message_id, e.occurred_at,
                    e.received_at, e.body, e.sealed, e.order_id, e.person, s.default_country,
                    coalesce(s.consent_required, 0) as consent_required
             from events e left join sources s on s.id = e.source_id
             where e.id > $1 and e.id <= $1 + $3 and e.source_id <> zeroblob(16) order by e.id limit $2",
        )
        .bind(from)
        .bind(limit)
        .bind(LOOKED_AT)
        .fetch_all(&mut *reading)
        .await?;
        let mut events = Vec::with_capacity(rows.len());
        for row in &rows {
            events.push(UnreadEvent {
                stored: events::read(row)?,
                workspace: WorkspaceId(row.try_get("workspace_id")?),
                event_key: row.try_get("event_key")?,
                person: row.try_get("person")?,
                country: row.try_get("default_country")?,
                consent_required: row.try_get("consent_required")?,
            });
        }
        let last = match events.last() {
            Some(event) if i64::try_from(events.len()).is_ok_and(|count| count >= limit) => event.stored.id.0,
            _ => {
                let highest: i64 =
                    sqlx::query_scalar("select coalesce(max(id), 0) from events").fetch_one(&mut *reading).await?;
                highest.min(from + LOOKED_AT).max(from)
            }
        };
        Ok((from, last, events))
    }

    /// Takes what was read of the events after `from` up to `last`: people, merges, traits, history, and who is in which
    /// audience now. `false`: another process was faster, and nothing was changed.
    ///
    /// # Errors
    /// What the database says.
    pub async fn follow(
        &self,
        from: i64,
        last: i64,
        seen: &[SightedEvent],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let moved = sqlx::query("update followers set at = $2 where name = 'profiles' and at = $1")
            .bind(from)
            .bind(last)
            .execute(&mut *tx)
            .await?;
        if moved.rows_affected() != 1 {
            return Ok(false);
        }
        let seen = profile_rows::without_suppressed(&mut tx, seen, now).await?;
        if !seen.is_empty() {
            self.take(&mut tx, &seen, now).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn take(&self, tx: &mut SqliteConnection, seen: &[&SightedEvent], now: Timestamp) -> Result<(), StoreError> {
        let outcome = resolve(tx, seen).await?;
        let workspaces: BTreeMap<ProfileId, WorkspaceId> = seen
            .iter()
            .zip(&outcome.people)
            .filter_map(|(event, person)| Some(((*person)?, event.workspace)))
            .collect();
        for (from, to) in &outcome.merged {
            profile_merge::merge(tx, *from, *to, now).await?;
        }
        profile_rows::insert_people(tx, seen, &outcome, 1).await?;
        profile_rows::write_keys(tx, seen, &outcome).await?;
        profile_visits::write(tx, &self.keys, seen, &outcome).await?;
        let names = profile_rows::names(tx, seen).await?;
        profile_rows::insert_history(tx, seen, &outcome, &names).await?;
        profile_rows::write_traits(tx, seen, &outcome, &names).await?;
        profile_merge::mark_members_with_new_keys(tx, &outcome).await?;
        for (workspace, touched) in touched(seen, &outcome, &workspaces) {
            evaluate_touched(tx, &self.keys, workspace, &touched, now).await?;
        }
        Ok(())
    }
}

pub(crate) async fn resolve(tx: &mut SqliteConnection, seen: &[&SightedEvent]) -> Result<Outcome, StoreError> {
    let wanted: HashSet<&LookupKey> = seen.iter().flat_map(|event| &event.told.keys).collect();
    let rows = sqlx::query(
        "select key, profile_no, kind, shared, brought from profile_keys
         where substr(key, 1, 16) in (select unhex(value) from json_each($1))",
    )
    .bind(found_by(wanted))
    .fetch_all(&mut *tx)
    .await?;
    let mut known = HashMap::with_capacity(rows.len());
    for row in &rows {
        let key: Vec<u8> = row.try_get("key")?;
        let kind: String = row.try_get("kind")?;
        let (Ok(key), Some(kind)) = (LookupKey::try_from(key), domain::profile::IdentifierKind::parse(&kind)) else {
            continue;
        };
        let state = KeyState {
            profile: ProfileId(row.try_get("profile_no")?),
            kind,
            shared: row.try_get("shared")?,
            brought: serde_json::from_str(row.try_get("brought")?)?,
        };
        known.insert(key, state);
    }
    let next: i64 = sqlx::query_scalar("select coalesce(max(seq), 0) + 1 from sqlite_sequence where name = 'profiles'")
        .fetch_one(tx)
        .await?;
    let mut resolver = Resolver::new(known, next);
    for event in seen {
        let identifiers: Vec<Known> = event
            .told
            .keys
            .iter()
            .zip(&event.told.identifiers)
            .map(|(key, identifier)| Known { key: *key, kind: identifier.kind })
            .collect();
        resolver.see(&identifiers);
    }
    Ok(resolver.finish())
}

/// What changed of whom, per workspace. New and merged people are asked for everything.
fn touched(
    seen: &[&SightedEvent],
    outcome: &Outcome,
    workspaces: &BTreeMap<ProfileId, WorkspaceId>,
) -> BTreeMap<WorkspaceId, Touched> {
    let whole: HashSet<ProfileId> = outcome.new.iter().chain(outcome.merged.values()).copied().collect();
    let mut found: BTreeMap<WorkspaceId, Touched> = BTreeMap::new();
    for (event, person) in seen.iter().zip(&outcome.people) {
        let Some(person) = person else { continue };
        let of = found.entry(event.workspace).or_default();
        if whole.contains(person) {
            of.insert(person.0, None);
        } else if let Some(subjects) = of.entry(person.0).or_insert_with(|| Some(HashSet::new())) {
            subjects.insert(event_subject(&event.event_key));
            subjects.extend(event.told.traits.iter().map(|seen| trait_subject(&seen.key)));
        }
    }
    for person in &whole {
        if let Some(workspace) = workspaces.get(person) {
            found.entry(*workspace).or_default().insert(person.0, None);
        }
    }
    found
}
