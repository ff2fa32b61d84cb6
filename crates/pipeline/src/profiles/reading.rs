//! From stored events to what they tell about people.

use domain::{profile::sighting, reading::marketing_consent};
use store::{Keys, SightedEvent, StoreError, Told, UnreadEvent};

use super::suppressed;
use crate::Switchyard;

/// Reads some events and takes what they tell; `false` if there were none.
pub(super) async fn follow_some(switchyard: &Switchyard, limit: i64) -> Result<bool, StoreError> {
    let store = switchyard.store();
    let (from, last, unread) = store.unread_events(limit).await?;
    if last == from {
        return Ok(false);
    }
    let keys = store.keys().clone();
    // Opening and reading keeps a core busy for a while; connections are served beside it.
    let reading = move || unread.into_iter().filter_map(|event| read(event, &keys)).collect::<Vec<_>>();
    let seen = match tokio::task::spawn_blocking(reading).await {
        Ok(seen) => seen,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    };
    let dropped = suppressed::erased_people(switchyard).await?;
    store.follow(from, last, &seen, switchyard.now()).await?;
    if seen.iter().any(|event| dropped.has_any(&event.told.keys)) {
        switchyard.suppressed().log_has_traces();
    }
    Ok(true)
}

/// One that can't be opened tells nothing; it must not hold up the others. Nor does one whose person did not agree to marketing: what
/// is known of people ends in audiences and in events that are sent.
fn read(event: UnreadEvent, keys: &Keys) -> Option<SightedEvent> {
    let UnreadEvent { stored, workspace, event_key, person, country, consent_required } = event;
    let (id, source) = (stored.id, stored.source);
    let (whole, originals) = stored
        .open_with_originals(keys)
        .inspect_err(|error| tracing::error!(event.id = %id, %error, "an event can't be opened"))
        .ok()?;
    if !marketing_consent(&whole).unwrap_or(!consent_required) {
        return None;
    }
    let told = Told::seal(keys, workspace, sighting(&whole, &originals));
    Some(SightedEvent { id, workspace, source, event_key, name: whole.name, person, country, told })
}
