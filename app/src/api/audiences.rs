//! Server functions of the audiences.

use std::collections::BTreeMap;

#[cfg(feature = "ssr")]
use domain::{
    ApiError,
    view::{audience::AudienceForm, builder::PostedAudience},
};
use domain::{
    AudienceId, FieldError,
    view::{
        audience::{AudiencePreview, AudienceState},
        audience_list::{AudienceFilter, AudienceList},
        builder::{BuilderPage, BuiltAudience},
    },
};
use leptos::prelude::*;

use super::error::PageError;
#[cfg(feature = "ssr")]
use super::{events::encode, session::actor};

/// The audiences of the workspace that are asked for.
#[server]
pub async fn list_audiences(filter: AudienceFilter) -> Result<AudienceList, PageError> {
    let (switchyard, actor) = actor().await?;
    Ok(switchyard.audiences(&actor, &filter).await?)
}

/// The builder of one audience, or of a new one. `draft` is a form that came back, as JSON.
#[server]
pub async fn read_builder(
    id: Option<AudienceId>,
    draft: Option<String>,
    suggestion: Option<String>,
    copy: Option<AudienceId>,
) -> Result<BuilderPage, PageError> {
    let (switchyard, actor) = actor().await?;
    let tried = draft.and_then(|draft| serde_json::from_str(&draft).ok());
    let request = pipeline::audiences::BuilderRequest { id, tried, suggestion, copy };
    Ok(switchyard.audience_builder(&actor, request).await?)
}

/// One audience as it stands now: its size, its members, and how far it is worked out.
#[server]
pub async fn read_built_audience(id: AudienceId) -> Result<BuiltAudience, PageError> {
    let (switchyard, actor) = actor().await?;
    Ok(switchyard.built_audience(&actor, id).await?)
}

/// Whom a rule that is being edited matches now, or everything that is wrong with it, by place: an unfinished rule is no failure.
#[server]
pub async fn preview_audience(
    rule: BTreeMap<String, String>,
) -> Result<Result<AudiencePreview, Vec<FieldError>>, PageError> {
    let (switchyard, actor) = actor().await?;
    let (rule, problems) = domain::audience::Draft::from_fields(&rule).rule();
    if !problems.is_empty() {
        return Ok(Err(problems.into_iter().map(FieldError::from).collect()));
    }
    match switchyard.audience_size(&actor, &rule).await {
        Err(ApiError::Invalid(wrong)) => Ok(Err(wrong)),
        found => Ok(Ok(found?)),
    }
}

/// Does what a button of the builder says. `order` is `draft`, `activate` or `save`; without scripts also an order of
/// [`domain::audience::Draft::apply`], which the page comes back with.
#[server]
pub async fn save_audience(
    #[server(default)] id: String,
    #[server(default)] name: String,
    #[server(default)] description: String,
    #[server(default)] fixed: bool,
    #[server(default)] order: String,
    #[server(default)] rule: BTreeMap<String, String>,
    #[server(default)] to: BTreeMap<String, String>,
) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    let id: Option<AudienceId> = id.parse().ok();
    let mut posted = PostedAudience { name, description, fixed, rule, to };
    let mut draft = posted.draft();
    if !matches!(order.as_str(), "draft" | "activate" | "save") {
        draft.apply(&order);
        posted.rule = draft.to_fields();
        come_back(id, &posted);
        return Ok(());
    }
    let (rule, problems) = draft.rule();
    let refused = problems.into_iter().map(FieldError::from);
    let refused: Vec<_> =
        domain::config::validate_name("name", "audience", &posted.name).into_iter().chain(refused).collect();
    let form = AudienceForm {
        name: posted.name.trim().to_owned(),
        description: posted.description.trim().to_owned(),
        rule,
        dynamic: !posted.fixed,
        destinations: posted.destinations(),
    };
    let state = if order == "activate" { AudienceState::Active } else { AudienceState::Draft };
    let saved = match (refused.is_empty(), id) {
        (false, _) => Err(ApiError::Invalid(refused)),
        (true, Some(id)) => switchyard.update_audience(&actor, id, &form).await.map(|()| id),
        (true, None) => switchyard.create_audience(&actor, &form, state).await,
    };
    match saved {
        Ok(saved) => {
            let notice = match (id, state) {
                (Some(_), _) => "audience_saved",
                (None, AudienceState::Active) => "audience_activated",
                (None, _) => "audience_drafted",
            };
            leptos_axum::redirect(&format!("/audiences/{saved}?notice={notice}"));
            Ok(())
        }
        // Without scripts the page comes back as it was filled in, and tells by itself what is wrong.
        Err(ApiError::Invalid(wrong)) if !by_script() && wrong.iter().all(|error| error.field != "rule") => {
            come_back(id, &posted);
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Draft, active or archived.
#[server]
pub async fn set_audience_state(id: AudienceId, state: AudienceState) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.set_audience_state(&actor, id, state).await?;
    let notice = match state {
        AudienceState::Active => "audience_activated",
        AudienceState::Archived => "audience_archived",
        AudienceState::Draft => "audience_drafted",
    };
    leptos_axum::redirect(&format!("/audiences/{id}?notice={notice}"));
    Ok(())
}

/// Deletes an audience.
#[server]
pub async fn delete_audience(id: AudienceId) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    switchyard.delete_audience(&actor, id).await?;
    leptos_axum::redirect("/audiences?notice=audience_deleted");
    Ok(())
}

#[cfg(feature = "ssr")]
fn by_script() -> bool {
    let accept = use_context::<http::request::Parts>()
        .and_then(|parts| parts.headers.get(http::header::ACCEPT)?.to_str().ok().map(str::to_owned));
    !accept.is_some_and(|accept| accept.contains("text/html"))
}

#[cfg(feature = "ssr")]
fn come_back(id: Option<AudienceId>, posted: &PostedAudience) {
    let page = id.map_or_else(|| "new".to_owned(), |id| id.to_string());
    let draft = serde_json::to_string(posted).unwrap_or_default();
    leptos_axum::redirect(&format!("/audiences/{page}?draft={}", encode(&draft)));
}
