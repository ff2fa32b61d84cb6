//! Events become people: the follower's one verb. What it read of the events and what it made of them is one transaction.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::{
    Timestamp, WorkspaceId,
    profile::{IdentifierKind, KeyMap, KeyState, Known, LookupKey, Outcome, ProfileId, Resolver},
};
use sqlx::SqliteConnection;

use crate::{
    Place, SightedEvent, Store, StoreError,
    at_once::{Blob, at_once},
    audience_evaluation::{Touched, evaluate_touched, event_subject, trait_subject},
    consents,
    profile_finds::number_of,
    profile_merge, profile_rows, profile_visits,
    sighted::found_by,
};

impl Store {
    /// Takes what was read of the events of a place: people, merges, traits, history, and who is in which audience now.
    /// `false`: another process was faster, and nothing was changed.
    ///
    /// # Errors
    /// What the database says.
    pub async fn follow(&self, place: Place, seen: &[SightedEvent], now: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        if !place.take(&mut tx).await? {
            return Ok(false);
        }
        let seen = profile_rows::without_suppressed(&mut tx, seen, now).await?;
        let (refusing, seen): (Vec<&SightedEvent>, Vec<&SightedEvent>) =
            seen.into_iter().partition(|event| event.consent == Some(false));
        if !(seen.is_empty() && refusing.is_empty()) {
            self.take(&mut tx, &seen, &refusing, now).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn take(
        &self,
        tx: &mut SqliteConnection,
        seen: &[&SightedEvent],
        refusing: &[&SightedEvent],
        now: Timestamp,
    ) -> Result<(), StoreError> {
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
        profile_merge::mark_members_with_new_keys(tx, seen, &outcome).await?;
        let back = consents::settle(tx, seen, &outcome, refusing, now).await?;
        for (workspace, touched) in touched(seen, &outcome, &back, &workspaces) {
            evaluate_touched(tx, &self.keys, workspace, &touched, now).await?;
        }
        Ok(())
    }
}

pub(crate) async fn resolve(tx: &mut SqliteConnection, seen: &[&SightedEvent]) -> Result<Outcome, StoreError> {
    let wanted = seen.iter().flat_map(|event| &event.told.keys);
    let query = sqlx::query_scalar(concat!(
        "select json_group_array(json_array(hex(k.key), k.profile_no, k.kind, k.shared, k.brought)) from json_each($1) w
         cross join profile_keys k on k.no = ",
        number_of!("unhex(w.value)"),
    ));
    let rows: Vec<(Blob, ProfileId, String, u8, String)> = at_once(query.bind(found_by(wanted)), &mut *tx).await?;
    let mut known = KeyMap::with_capacity_and_hasher(rows.len(), Default::default());
    for (key, profile, kind, shared, brought) in rows {
        if let (Ok(key), Some(kind)) = (LookupKey::try_from(key.0), IdentifierKind::parse(&kind)) {
            let brought = serde_json::from_str(&brought)?;
            known.insert(key, KeyState { profile, kind, shared: shared != 0, brought });
        }
    }
    let next: i64 = sqlx::query_scalar("select coalesce(max(seq), 0) + 1 from sqlite_sequence where name = 'profiles'")
        .fetch_one(tx)
        .await?;
    let mut resolver = Resolver::new(known, next);
    resolver.reserve(seen.iter().map(|event| event.told.keys.len()).sum());
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

/// What changed of whom, per workspace. New and merged people, and those who may come back, are asked for everything.
fn touched(
    seen: &[&SightedEvent],
    outcome: &Outcome,
    back: &BTreeSet<ProfileId>,
    workspaces: &BTreeMap<ProfileId, WorkspaceId>,
) -> BTreeMap<WorkspaceId, Touched> {
    let whole: HashSet<ProfileId> = outcome.new.iter().chain(outcome.merged.values()).chain(back).copied().collect();
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
