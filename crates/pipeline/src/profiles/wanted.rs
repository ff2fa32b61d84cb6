//! From who is in an audience to what destinations should hold: digests of every identifier of each member.

use domain::{destination::IdentifierKind as ListKind, profile::IdentifierKind};
use store::{DirtyPerson, StoreError, WantedDigest};
use tokio_util::sync::CancellationToken;

use crate::Switchyard;

/// People of one transaction.
const AT_ONCE: u32 = 1_000;

/// Works out the wanted state of everybody for whom it may have changed.
pub(super) async fn plan(switchyard: &Switchyard, stop: &CancellationToken) -> Result<(), StoreError> {
    let store = switchyard.store();
    store.mark_changed_plans(switchyard.now()).await?;
    let mut after = None;
    while !stop.is_cancelled() {
        let people = store.dirty_people(after, AT_ONCE).await?;
        let Some(last) = people.last() else { return Ok(()) };
        after = Some((last.audience, last.person));
        let here = switchyard.clone();
        let digesting = move || people.into_iter().map(|person| (digests(&here, &person), person)).collect::<Vec<_>>();
        let digested = match tokio::task::spawn_blocking(digesting).await {
            Ok(digested) => digested,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
        store.write_wanted(&digested, switchyard.now()).await?;
    }
    Ok(())
}

/// A value that many people share stands for none of them and is left out.
fn digests(switchyard: &Switchyard, person: &DirtyPerson) -> Vec<WantedDigest> {
    let mut found = Vec::new();
    for link in &person.links {
        let Some(destination) = switchyard.destination_type(&link.kind) else { continue };
        for identifier in person.identifiers.iter().filter(|identifier| !identifier.shared) {
            let kind = match identifier.kind {
                IdentifierKind::Email => ListKind::Email,
                IdentifierKind::Phone => ListKind::Phone,
                IdentifierKind::MobileAd => ListKind::MobileAdId,
                IdentifierKind::User | IdentifierKind::External | IdentifierKind::Anonymous => continue,
            };
            if let Some(digest) = destination.digest(kind, &identifier.raw, identifier.country.as_deref()) {
                found.push(WantedDigest { destination: link.destination, kind, digest });
            }
        }
    }
    found
}
