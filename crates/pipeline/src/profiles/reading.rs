//! From stored events to what they tell about people.

use domain::{
    profile::{Sighting, Visit, complete, sighting},
    reading::marketing_consent,
};
use store::{Keys, SightedEvent, StoreError, Told, UnreadEvent};

use super::{FollowOptions, suppressed};
use crate::Switchyard;

/// Reads some events and takes what they tell; `false` if there were none. `ahead`: while many wait, the newest come first.
pub(super) async fn follow_some(
    switchyard: &Switchyard,
    options: FollowOptions,
    ahead: bool,
) -> Result<bool, StoreError> {
    let store = switchyard.store();
    let (place, unread) = store.unread_events(options.at_once, ahead.then_some(options.ahead_over)).await?;
    if place.is_empty() {
        return Ok(false);
    }
    let (keys, here) = (store.keys().clone(), switchyard.clone());
    // Opening and reading keeps a core busy for a while; connections are served beside it.
    let reading = move || unread.into_iter().filter_map(|event| read(&here, event, &keys)).collect::<Vec<_>>();
    let seen = match tokio::task::spawn_blocking(reading).await {
        Ok(seen) => seen,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    };
    let dropped = suppressed::erased_people(switchyard).await?;
    store.follow(place, &seen, switchyard.now()).await?;
    if seen.iter().any(|event| dropped.has_any(&event.told.keys)) {
        switchyard.suppressed().log_has_traces();
    }
    Ok(true)
}

/// One that can't be opened tells nothing; it must not hold up the others. Nor does one whose person did not agree to marketing, beside
/// that they did not: what is known of people ends in audiences and in events that are sent.
fn read(switchyard: &Switchyard, event: UnreadEvent, keys: &Keys) -> Option<SightedEvent> {
    let UnreadEvent { stored, workspace, event_key, person, country, consent_required } = event;
    let (id, source) = (stored.id, stored.source);
    let (whole, originals) = stored
        .open_with_originals(keys)
        .inspect_err(|error| tracing::error!(event.id = %id, %error, "an event can't be opened"))
        .ok()?;
    let consent = marketing_consent(&whole);
    let mut sighting = match consent {
        None if consent_required => return None,
        Some(false) => refusal(sighting(&whole, &originals)),
        _ => sighting(&whole, &originals),
    };
    complete(&mut sighting.identifiers, |raw| switchyard.whole_number(raw, country.as_deref()));
    let told = Told::seal(keys, workspace, sighting);
    Some(SightedEvent { id, workspace, source, event_key, name: whole.name, person, country, consent, told })
}

/// Who said no, and when.
fn refusal(sighting: Sighting) -> Sighting {
    Sighting { traits: Vec::new(), facts: None, visit: Visit::default(), ..sighting }
}
