//! From who is in an audience to what destinations should hold: digests of every identifier of each member.

use domain::{
    AudienceId,
    destination::IdentifierKind as ListKind,
    profile::{IdentifierKind, ProfileId},
};
use store::{DirtyPerson, StoreError, WantedDigest};
use tokio_util::sync::CancellationToken;

use crate::Switchyard;

/// Somebody in an audience.
type Place = (AudienceId, ProfileId);
/// People with what destinations should know them by.
type Digested = Vec<(Vec<WantedDigest>, DirtyPerson)>;

/// People of one transaction.
const AT_ONCE: u32 = 5_000;

/// Works out the wanted state of everybody for whom it may have changed.
pub(super) async fn plan(switchyard: &Switchyard, stop: &CancellationToken) -> Result<(), StoreError> {
    let store = switchyard.store();
    store.mark_changed_plans(switchyard.now()).await?;
    let mut next = digested(switchyard.clone(), None).await?;
    while let Some((people, last)) = next {
        if stop.is_cancelled() {
            return Ok(());
        }
        // While these are written, the next ones are read and digested, on another core.
        let following = tokio::spawn(digested(switchyard.clone(), Some(last)));
        store.write_wanted(&people).await?;
        next = joined(following.await)?;
    }
    Ok(())
}

/// Those after one of them, with what they are known by, and the last of them.
async fn digested(switchyard: Switchyard, after: Option<Place>) -> Result<Option<(Digested, Place)>, StoreError> {
    let people = switchyard.store().dirty_people(after, AT_ONCE).await?;
    let Some(last) = people.last().map(|last| (last.audience, last.person)) else { return Ok(None) };
    let digesting = move || people.into_iter().map(|person| (digests(&switchyard, &person), person)).collect();
    Ok(Some((joined(tokio::task::spawn_blocking(digesting).await), last)))
}

/// What a task came to; its panic is ours.
fn joined<T>(ended: Result<T, tokio::task::JoinError>) -> T {
    ended.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
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
            let digest = destination.digest(kind, &identifier.raw, identifier.country.as_deref());
            found.extend(digest.and_then(|digest| WantedDigest::from_hex(link.destination, kind, &digest)));
        }
    }
    found
}
