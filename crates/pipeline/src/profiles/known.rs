//! What profiles know of the people of events, for mappings to fill from.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::{
    EventId, Timestamp, WorkspaceId,
    audience::Origin,
    destination::Destination,
    event::TrackedEvent,
    profile::{IdentifierKind, LookupKey, complete, identifiers},
    time::SECOND,
    workflow::FieldRule,
};
use serde_json::Value;
use store::{FoundPeople, Keys, Lane, StoreError, profile_key};

use crate::Switchyard;

/// What is known of a person, as Segment's traits.
pub(crate) type Profile = BTreeMap<String, Value>;

/// How long after its arrival an event waits for people to be read up to it. Under a backlog nothing waits.
const PATIENCE: i64 = 2 * SECOND;
/// How often it is looked.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// The look-up keys of an event's identifiers, strongest first. `country`: the default country of its source.
pub(crate) fn lookup_keys(
    switchyard: &Switchyard,
    event: &TrackedEvent,
    workspace: WorkspaceId,
    country: Option<&str>,
) -> LookupKeys {
    let keys = switchyard.store().keys();
    let mut found = identifiers(event);
    complete(&mut found, |raw| switchyard.whole_number(raw, country));
    LookupKeys(found.iter().map(|it| (it.kind, profile_key(keys, workspace, it.kind, &it.folded))).collect())
}

/// Look-up keys with their kinds.
pub(crate) struct LookupKeys(Vec<(IdentifierKind, LookupKey)>);

impl LookupKeys {
    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &LookupKey> {
        self.0.iter().map(|(_, key)| key)
    }

    /// Those that name a person. Several people may use one device, so its advertising id names nobody.
    pub(crate) fn naming(&self) -> Vec<LookupKey> {
        self.0.iter().filter(|(kind, _)| *kind != IdentifierKind::MobileAd).map(|(_, key)| *key).collect()
    }
}

/// The people of events of one workspace, by a few statements for all.
pub(crate) async fn find(
    switchyard: &Switchyard,
    destination: &dyn Destination,
    lane: &Lane,
    events: &[(EventId, Vec<LookupKey>)],
) -> Result<FoundPeople, StoreError> {
    let rules = lane.fields.values().flat_map(BTreeMap::values);
    let traits = wanted_traits(destination, rules);
    switchyard.store().known_people(lane.workspace, events, &traits).await
}

/// What is known of one event's person under these rules.
pub(crate) async fn of(
    switchyard: &Switchyard,
    destination: &dyn Destination,
    (workspace, country): (WorkspaceId, Option<&str>),
    rules: &BTreeMap<String, FieldRule>,
    event: &TrackedEvent,
) -> Result<Profile, StoreError> {
    let (store, id) = (switchyard.store(), EventId(0));
    let named = lookup_keys(switchyard, event, workspace, country).naming();
    let traits = wanted_traits(destination, rules.values());
    opened(
        &store.known_people(workspace, &[(id, named)], &traits).await?,
        (id, event.occurred_at),
        destination,
        store.keys(),
    )
}

/// What was found of the person of an event that happened at this time.
pub(crate) fn opened(
    found: &FoundPeople,
    (event, at): (EventId, Timestamp),
    destination: &dyn Destination,
    keys: &Keys,
) -> Result<Profile, StoreError> {
    let abroad = |raw: &str, country: &str| Some(format!("+{}", destination.whole_number(raw, Some(country))?));
    Ok(found.of(event, at, keys)?.map(|person| person.filled(abroad)).unwrap_or_default())
}

/// The traits that the destination's fields and these rules may be filled from.
fn wanted_traits<'r>(destination: &dyn Destination, rules: impl Iterator<Item = &'r FieldRule>) -> BTreeSet<String> {
    let named = rules.filter_map(|rule| match rule {
        FieldRule::Path(path) => path.strip_prefix("profile.").map(str::to_owned),
        FieldRule::Constant(_) | FieldRule::Off => None,
    });
    destination.profile_traits().into_iter().chain(named).map(|name| Origin::Trait.key(&name)).collect()
}

/// Waits until people were read up to an event that has only just arrived: what was told before it counts for it.
pub(crate) async fn read_up_to(
    switchyard: &Switchyard,
    newest: Option<(EventId, Timestamp)>,
) -> Result<(), StoreError> {
    let Some((event, received_at)) = newest.filter(|_| switchyard.follows()) else { return Ok(()) };
    let left = PATIENCE - switchyard.now().since(received_at);
    let Some(left) = u64::try_from(left).ok().filter(|left| *left > 0) else { return Ok(()) };
    let reading = async {
        while !switchyard.store().has_followed(event).await? {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    };
    tokio::time::timeout(Duration::from_millis(left), reading).await.unwrap_or(Ok(()))
}
