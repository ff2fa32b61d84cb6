//! What an event or a row of a file tells of a person, ready to be written: hashed and sealed before the transaction, which
//! others wait for.

use domain::{
    EventId, SourceId, Timestamp, WorkspaceId,
    audience::Folded,
    profile::{Identifier, IdentifierKind, LookupKey, Sighting, TraitSeen, Visit},
};
use serde_json::json;

use crate::{Keys, audience_rules::trait_hash};

/// Bytes of a look-up key that it is found by: 128 bits of a keyed hash are one value's alone.
pub(crate) const FOUND_BY: usize = 16;

/// An event as the follower has read it, or a row of a file.
#[derive(Clone, Debug)]
pub struct SightedEvent {
    /// The event; of a row its line.
    pub id: EventId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// Where it came from; a row of a file from nowhere.
    pub source: SourceId,
    /// The key of its settings.
    pub event_key: String,
    /// Its name.
    pub name: String,
    /// Who it is, masked.
    pub person: Option<String>,
    /// The default country of its source.
    pub country: Option<String>,
    /// What it says of marketing. One that says no tells nothing else.
    pub consent: Option<bool>,
    /// What it tells.
    pub told: Told,
}

/// What is told of a person.
#[derive(Clone, Debug)]
pub struct Told {
    /// When.
    pub at: Timestamp,
    /// The look-up keys of the identifiers, strongest first.
    pub keys: Vec<LookupKey>,
    pub(crate) identifiers: Vec<SealedIdentifier>,
    pub(crate) traits: Vec<SealedTrait>,
    pub(crate) facts: Option<String>,
    /// Sealed where it is written: of many visits only the last one is.
    pub(crate) visit: Visit,
}

/// An identifier as it is stored. Its key stands beside it in [`Told::keys`].
#[derive(Clone, Debug)]
pub(crate) struct SealedIdentifier {
    pub kind: IdentifierKind,
    pub sealed: Vec<u8>,
    /// What an id with capitals, or a number without its country code, is found by, too.
    pub find_key: Option<Vec<u8>>,
}

/// A trait as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct SealedTrait {
    pub key: String,
    pub name: String,
    pub personal: bool,
    pub value: Option<String>,
    pub sealed: Option<Vec<u8>>,
    pub text: Option<String>,
    pub number: Option<i64>,
    pub date: Option<i64>,
    /// For lists, instead of the three before.
    pub many: Option<String>,
}

impl Told {
    /// Hashes and seals it.
    #[must_use]
    pub fn seal(keys: &Keys, workspace: WorkspaceId, sighting: Sighting) -> Self {
        let of = |it: &Identifier| profile_key(keys, workspace, it.kind, &it.folded);
        let found_by: Vec<LookupKey> = sighting.identifiers.iter().map(of).collect();
        let identifiers = sighting.identifiers.iter().zip(&found_by);
        Self {
            at: sighting.at,
            identifiers: identifiers.map(|(it, key)| SealedIdentifier::new(keys, workspace, it, key)).collect(),
            traits: sighting.traits.into_iter().map(|it| SealedTrait::new(keys, workspace, it)).collect(),
            facts: sighting.facts,
            visit: sighting.visit,
            keys: found_by,
        }
    }
}

impl SealedIdentifier {
    fn new(keys: &Keys, workspace: WorkspaceId, identifier: &Identifier, key: &LookupKey) -> Self {
        // People look for an id in small letters, and for a number as it was typed.
        let sought = match identifier.kind {
            IdentifierKind::Phone => identifier.kind.fold(&identifier.raw).unwrap_or_default(),
            _ => identifier.folded.to_lowercase(),
        };
        let find_key = (sought != identifier.folded && !sought.is_empty())
            .then(|| profile_key(keys, workspace, identifier.kind, &sought)[..FOUND_BY].to_vec());
        let sealed = keys.seal(&key_place(key), identifier.raw.as_bytes());
        Self { kind: identifier.kind, sealed, find_key }
    }
}

impl SealedTrait {
    /// A value that is taken away stays as a row without one, so that an older event can't bring it back.
    fn new(keys: &Keys, workspace: WorkspaceId, told: TraitSeen) -> Self {
        let TraitSeen { key, name, value, mut folded, personal } = told;
        if personal {
            for it in &mut folded {
                *it = Folded { text: trait_hash(keys, workspace, &key, &it.text), number: None, date: None };
            }
        }
        let is_list = value.is_array();
        let value = value.to_string();
        let sealed = personal.then(|| keys.seal(&trait_place(workspace, &key), value.as_bytes()));
        let many = (folded.len() > 1 || is_list && !folded.is_empty()).then(|| many_values(&folded));
        let one = folded.pop().filter(|_| many.is_none());
        let (text, number, date) = one.map_or((None, None, None), |it| (Some(it.text), it.number, it.date));
        Self { key, name, personal, value: (!personal).then_some(value), sealed, text, number, date, many }
    }
}

fn many_values(values: &[Folded]) -> String {
    let texts: Vec<&String> = values.iter().map(|value| &value.text).collect();
    let numbers: Vec<i64> = values.iter().filter_map(|value| value.number).collect();
    let dates: Vec<i64> = values.iter().filter_map(|value| value.date).collect();
    json!({"t": texts, "n": numbers, "d": dates}).to_string()
}

/// The look-up key of a person's identifier.
#[must_use]
pub fn profile_key(keys: &Keys, workspace: WorkspaceId, kind: IdentifierKind, folded: &str) -> LookupKey {
    keys.lookup("profile", &format!("{workspace}/{}/{folded}", kind.as_str()))
}

/// What look-up keys are found by, as a JSON list of hexadecimal texts. Each once and in the order in which the index holds them,
/// so that neighbours are looked up one after the other.
pub(crate) fn found_by<'a>(keys: impl IntoIterator<Item = &'a LookupKey>) -> String {
    let mut sorted: Vec<[u8; FOUND_BY]> = keys.into_iter().filter_map(|key| key.first_chunk().copied()).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let mut list = String::with_capacity(2 + sorted.len() * (2 * FOUND_BY + 3));
    let mut hex = const_hex::Buffer::<FOUND_BY>::new();
    for key in &sorted {
        list.push_str(if list.is_empty() { "[\"" } else { "\",\"" });
        list.push_str(hex.format(key));
    }
    list.push_str(if list.is_empty() { "[]" } else { "\"]" });
    list
}

/// What an identifier is sealed for.
pub(crate) fn key_place(key: &LookupKey) -> String {
    format!("profile_keys/{}", const_hex::encode(key))
}

/// What a personal trait is sealed for. Not bound to its person: merges hand it over.
pub(crate) fn trait_place(workspace: WorkspaceId, key: &str) -> String {
    format!("profile_traits/{workspace}/{key}")
}
