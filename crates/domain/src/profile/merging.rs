//! Who an event is about, given what is known: new people, new identifiers, and people who turn out to be one.
//!
//! A value that many people share (a shop's own address on every guest order, an id written into the page) would glue
//! them all together. Each value therefore counts how many identifiers of each kind it has brought; beyond
//! [`limit`] it is marked as shared, and from then on brings nobody together.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasherDefault, Hasher},
};

use super::{IdentifierKind, ProfileId};

/// The keyed hash of workspace, kind and value.
pub type LookupKey = [u8; 32];

/// What belongs to each look-up key.
pub type KeyMap<V> = HashMap<LookupKey, V, BuildHasherDefault<KeyHasher>>;

/// Look-up keys are keyed hashes: their first bytes are as good as any hash of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.first_chunk().map_or(0, |first| u64::from_le_bytes(*first));
    }

    /// The length, which is always the same.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

/// What is stored of an identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyState {
    /// Whose it is.
    pub profile: ProfileId,
    /// Its kind.
    pub kind: IdentifierKind,
    /// Whether it brings people together no more.
    pub shared: bool,
    /// How many identifiers of each kind came to its person through it, in the order of [`IdentifierKind::ALL`].
    pub brought: [u32; 6],
}

/// An identifier of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// How it is looked up.
    pub key: LookupKey,
    /// Its kind.
    pub kind: IdentifierKind,
}

/// How many identifiers of kind `other` one value may bring to a person before it counts as shared.
#[must_use]
pub fn limit(kind: IdentifierKind, other: IdentifierKind) -> u32 {
    use IdentifierKind::{Anonymous, Email, External, MobileAd, Phone, User};
    match (kind, other) {
        // People come back with a fresh browser each week for years.
        (User, Anonymous) => 1_000,
        (Email | Phone | External, Anonymous) => 100,
        (Anonymous, Anonymous) => 50,
        (_, External) => 50,
        (_, MobileAd) => 50,
        (User, Email | Phone) => 20,
        (Email | Phone | External | Anonymous, User | Email | Phone) | (User, User) => 5,
        (MobileAd, _) => 0,
    }
}

/// What a run of events comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The person of each event, in the order of the calls; `None` for an event about nobody.
    pub people: Vec<Option<ProfileId>>,
    /// People that are new.
    pub new: Vec<ProfileId>,
    /// Stored people that became part of another: from, to.
    pub merged: BTreeMap<ProfileId, ProfileId>,
    /// Identifiers that are new or changed.
    pub keys: KeyMap<KeyState>,
    /// Those of them that were stored before.
    pub stored: KeyMap<()>,
}

#[derive(Debug)]
struct Entry {
    state: KeyState,
    stored: bool,
    changed: bool,
}

/// Works through events in the order of their numbers.
#[derive(Debug)]
pub struct Resolver {
    keys: KeyMap<Entry>,
    /// Who became part of whom in this run.
    parents: HashMap<ProfileId, ProfileId>,
    next: i64,
    first: i64,
    people: Vec<Option<ProfileId>>,
}

impl Resolver {
    /// Starts from what is stored of the identifiers at hand. New people are numbered from `next` on.
    #[must_use]
    pub fn new(keys: KeyMap<KeyState>, next: i64) -> Self {
        let keys = keys.into_iter().map(|(key, state)| (key, Entry { state, stored: true, changed: false })).collect();
        Self { keys, parents: HashMap::new(), next, first: next, people: Vec::new() }
    }

    /// Makes room for so many identifiers more.
    pub fn reserve(&mut self, identifiers: usize) {
        self.keys.reserve(identifiers);
    }

    /// Takes the next event's identifiers, strongest first.
    pub fn see(&mut self, identifiers: &[Known]) {
        let person = self.find(identifiers);
        self.people.push(person);
    }

    fn find(&mut self, identifiers: &[Known]) -> Option<ProfileId> {
        if identifiers.is_empty() {
            return None;
        }
        // Those that may bring people together, with whom they lead to.
        let mut person: Option<ProfileId> = None;
        for known in identifiers.iter().filter(|known| known.kind != IdentifierKind::MobileAd) {
            let Some(state) = self.state(&known.key).filter(|state| !state.shared) else { continue };
            let other = self.root(state.profile);
            person = Some(match person {
                None => other,
                Some(person) if person == other => person,
                Some(person) => self.bring_together(person, other, known, identifiers),
            });
        }
        let person = match person {
            Some(person) => person,
            None => self.nobody_known(identifiers),
        };
        for known in identifiers {
            self.attach(person, known, identifiers);
        }
        // What this event's own values brought may have made one of them shared: the person stays the same.
        Some(self.root(person))
    }

    /// Nobody is known by a value that may bring people together. An event with nothing but shared values is about
    /// whoever the first of them belongs to; with anything of its own it is about a new person.
    fn nobody_known(&mut self, identifiers: &[Known]) -> ProfileId {
        let has_own = identifiers
            .iter()
            .any(|known| known.kind != IdentifierKind::MobileAd && !self.keys.contains_key(&known.key));
        if !has_own && let Some(state) = identifiers.iter().find_map(|known| self.state(&known.key)) {
            return self.root(state.profile);
        }
        let person = ProfileId(self.next);
        self.next += 1;
        person
    }

    /// Two people become one, unless a value of the event would bring too many. The older number stays.
    fn bring_together(
        &mut self,
        person: ProfileId,
        other: ProfileId,
        link: &Known,
        identifiers: &[Known],
    ) -> ProfileId {
        let leading: Vec<Known> = identifiers
            .iter()
            .filter(|known| known.kind != IdentifierKind::MobileAd)
            .filter(|known| {
                self.state(&known.key).is_some_and(|state| !state.shared && self.root(state.profile) == person)
            })
            .copied()
            .collect();
        // Each side's values have brought the other's.
        let mut refused = false;
        for known in &leading {
            refused |= !self.brings(known, link.kind);
            refused |= !self.brings(link, known.kind);
        }
        if refused {
            return person;
        }
        let (from, to) = if person < other { (other, person) } else { (person, other) };
        self.parents.insert(from, to);
        to
    }

    fn attach(&mut self, person: ProfileId, known: &Known, identifiers: &[Known]) {
        if self.keys.contains_key(&known.key) {
            return;
        }
        let state = KeyState { profile: person, kind: known.kind, shared: false, brought: [0; 6] };
        self.keys.insert(known.key, Entry { state, stored: false, changed: true });
        let root = self.root(person);
        for other in identifiers.iter().filter(|other| other.key != known.key) {
            let same = self.state(&other.key).is_some_and(|state| self.root(state.profile) == root);
            if same {
                self.brings(other, known.kind);
            }
        }
    }

    /// Counts that a value brought an identifier of a kind; `false` if that was one too many.
    fn brings(&mut self, value: &Known, kind: IdentifierKind) -> bool {
        let Some(Entry { state, changed, .. }) = self.keys.get_mut(&value.key) else { return true };
        if state.shared || value.kind == IdentifierKind::MobileAd {
            return false;
        }
        let place = IdentifierKind::ALL.iter().position(|one| *one == kind).unwrap_or(0);
        *changed = true;
        if state.brought[place] >= limit(value.kind, kind) {
            state.shared = true;
            return false;
        }
        state.brought[place] += 1;
        true
    }

    fn state(&self, key: &LookupKey) -> Option<&KeyState> {
        self.keys.get(key).map(|entry| &entry.state)
    }

    fn root(&self, person: ProfileId) -> ProfileId {
        let mut person = person;
        while let Some(parent) = self.parents.get(&person) {
            person = *parent;
        }
        person
    }

    /// What it all came to.
    #[must_use]
    pub fn finish(mut self) -> Outcome {
        let people = self.people.iter().map(|person| person.map(|person| self.root(person))).collect();
        let new = (self.first..self.next).map(ProfileId).filter(|person| !self.parents.contains_key(person)).collect();
        let merged = self
            .parents
            .keys()
            .filter(|person| person.0 < self.first)
            .map(|person| (*person, self.root(*person)))
            .collect();
        let (mut keys, mut stored) = (KeyMap::default(), KeyMap::default());
        keys.reserve(self.keys.len());
        for (key, entry) in std::mem::take(&mut self.keys).into_iter().filter(|(_, entry)| entry.changed) {
            keys.insert(key, KeyState { profile: self.root(entry.state.profile), ..entry.state });
            if entry.stored {
                stored.insert(key, ());
            }
        }
        Outcome { people, new, merged, keys, stored }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use IdentifierKind::{Anonymous, Email, User};

    fn id(kind: IdentifierKind, n: u8) -> Known {
        numbered(kind, u32::from(n))
    }

    fn numbered(kind: IdentifierKind, n: u32) -> Known {
        let mut key = [0; 32];
        key[0] = kind as u8;
        key[1..5].copy_from_slice(&n.to_be_bytes());
        Known { key, kind }
    }

    fn stored(known: Known, profile: i64) -> (LookupKey, KeyState) {
        let state = KeyState { profile: ProfileId(profile), kind: known.kind, shared: false, brought: [0; 6] };
        (known.key, state)
    }

    #[test]
    fn strangers_become_people_and_one_event_brings_two_together() {
        let known = [stored(id(User, 1), 7), stored(id(Anonymous, 2), 3)].into_iter().collect();
        let mut resolver = Resolver::new(known, 10);
        resolver.see(&[id(Anonymous, 9)]);
        resolver.see(&[]);
        resolver.see(&[id(User, 1)]);
        resolver.see(&[id(User, 1), id(Anonymous, 2)]);
        resolver.see(&[id(User, 1), id(Email, 4)]);
        let outcome = resolver.finish();
        let people: Vec<_> = outcome.people.iter().map(|person| person.map(|p| p.0)).collect();
        assert_eq!(people, [Some(10), None, Some(3), Some(3), Some(3)]);
        assert_eq!(outcome.new, [ProfileId(10)]);
        assert_eq!(outcome.merged, [(ProfileId(7), ProfileId(3))].into());
        assert_eq!(outcome.keys[&id(Email, 4).key].profile, ProfileId(3));
    }

    #[test]
    fn people_of_the_same_run_merge_without_a_trace() {
        let mut resolver = Resolver::new(KeyMap::default(), 1);
        resolver.see(&[id(Anonymous, 1)]);
        resolver.see(&[id(User, 2)]);
        resolver.see(&[id(User, 2), id(Anonymous, 1)]);
        let outcome = resolver.finish();
        assert_eq!(outcome.people, [Some(ProfileId(1)); 3]);
        assert_eq!((outcome.new.len(), outcome.merged.len()), (1, 0));
        assert_eq!(outcome.keys[&id(User, 2).key].profile, ProfileId(1));
    }

    #[test]
    fn a_shared_address_glues_no_more_than_its_limit() {
        let mut resolver = Resolver::new(KeyMap::default(), 1);
        for n in 0..1_000 {
            resolver.see(&[numbered(User, n), id(Email, 1), numbered(Anonymous, n)]);
        }
        resolver.see(&[id(Email, 1)]);
        let outcome = resolver.finish();
        assert!(outcome.keys[&id(Email, 1).key].shared);
        let people: std::collections::HashSet<_> = outcome.people.iter().collect();
        assert!(people.len() > 990, "{}", people.len());
        assert_eq!(outcome.people.last(), outcome.people.first());
    }

    #[test]
    fn a_shared_address_does_not_merge_known_people_either() {
        let mut known: KeyMap<_> = (0..100).map(|n| stored(numbered(User, n), i64::from(n) + 1)).collect();
        known.extend([stored(id(Email, 1), 1)]);
        let mut resolver = Resolver::new(known, 1_000);
        for n in 0..100 {
            resolver.see(&[numbered(User, n), id(Email, 1)]);
        }
        let outcome = resolver.finish();
        assert!(outcome.merged.len() <= 5, "{}", outcome.merged.len());
        assert_eq!(outcome.people[50], Some(ProfileId(51)));
    }

    #[test]
    fn a_device_id_brings_nobody_together() {
        let mut resolver = Resolver::new(KeyMap::default(), 1);
        resolver.see(&[id(User, 1), id(IdentifierKind::MobileAd, 1)]);
        resolver.see(&[id(User, 2), id(IdentifierKind::MobileAd, 1)]);
        assert_eq!(resolver.finish().people, [Some(ProfileId(1)), Some(ProfileId(2))]);
    }
}
