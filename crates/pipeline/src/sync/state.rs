//! Where an audience stands at a destination, in a word and a sentence.

use domain::{
    lists::SyncHealth,
    view_sync::{SyncState, SyncStatus},
};
use store::LinkRecord;

/// The state of a link.
pub(super) fn state_of(link: &LinkRecord) -> SyncState {
    let (status, sentence) = told(link);
    SyncState { destination: link.destination, name: link.name.clone(), status, sentence }
}

fn told(link: &LinkRecord) -> (SyncStatus, String) {
    let say = |status: SyncStatus, sentence: &str| (status, sentence.to_owned());
    if !link.enabled {
        return say(SyncStatus::Off, "Off: the destination is disabled");
    }
    if !link.linked && !link.waiting {
        return say(SyncStatus::Off, "No longer goes there");
    }
    if link.health != SyncHealth::Ok {
        return (SyncStatus::Hindered(link.health), link.reason.clone().unwrap_or_default());
    }
    if !link.linked {
        return say(SyncStatus::Sending, "No longer goes there; its people are being taken out");
    }
    if !link.adds {
        return say(SyncStatus::Off, "Off: switch on added_to_segment in the event workflow");
    }
    if !link.has_account {
        return say(
            SyncStatus::Hindered(SyncHealth::Paused),
            "Choose an ad account in the Configuration Settings first",
        );
    }
    match (link.has_list, link.waiting) {
        (false, _) if !link.active => say(SyncStatus::Off, "Off: the audience is not active"),
        (false, _) => say(SyncStatus::First, "Waits for its first sync"),
        (true, true) => say(SyncStatus::Sending, "Changes are on their way"),
        (true, false) if !link.active => say(SyncStatus::InStep, "Stands as it was: the audience is not active"),
        (true, false) => say(SyncStatus::InStep, "In step with the audience"),
    }
}
