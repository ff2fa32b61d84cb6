//! Server functions of the profiles: finding a person, everything about one, and erasing.

#[cfg(feature = "ssr")]
use domain::view::audience::PageKey;
use domain::{
    profile::ProfileId,
    view::audience::{ProfilePage, ProfileView},
};
use leptos::prelude::*;

use super::error::PageError;
#[cfg(feature = "ssr")]
use super::session::actor;

/// The people whom a text names; without one those whose events came last, after the one of the address if it names one.
#[server]
pub async fn find_people(
    #[server(default)] search: String,
    #[server(default)] after: String,
) -> Result<ProfilePage, PageError> {
    let (switchyard, actor) = actor().await?;
    if search.trim().is_empty() {
        return Ok(switchyard.latest_people(&actor, after.parse::<PageKey>().ok()).await?);
    }
    Ok(ProfilePage { rows: switchyard.find_person(&actor, &search).await?, next: None })
}

/// Everything about a person.
#[server]
pub async fn find_profile(id: ProfileId) -> Result<ProfileView, PageError> {
    let (switchyard, actor) = actor().await?;
    Ok(switchyard.person(&actor, id).await?)
}

/// Erases a person, in a day or at once.
#[server]
pub async fn erase_person(
    id: ProfileId,
    #[server(default)] typed_id: String,
    #[server(default)] when: String,
) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    let at_once = when == "now";
    switchyard.erase_person(&actor, id, &typed_id, at_once).await?;
    let address = if at_once {
        "/profiles?notice=person_erased".to_owned()
    } else {
        format!("/profiles/{id}?notice=erasure_planned")
    };
    leptos_axum::redirect(&address);
    Ok(())
}

/// Takes back that a person is erased.
#[server]
pub async fn cancel_erasure(id: ProfileId) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.cancel_erasure(&actor, id).await?;
    leptos_axum::redirect(&format!("/profiles/{id}?notice=erasure_cancelled"));
    Ok(())
}
