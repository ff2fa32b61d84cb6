//! Where Snapchat sends the browser back to after the consent.

use app::api::session;
use axum::{
    Router,
    extract::{Query, State, rejection::QueryRejection},
    response::Redirect,
    routing::get,
};
use pipeline::{Switchyard, connections::OAuthReturn};
use tower_sessions::Session;

use super::AppState;

pub fn router() -> Router<AppState> {
    Router::new().route("/oauth/snapchat/callback", get(callback))
}

async fn callback(
    State(switchyard): State<Switchyard>,
    session: Session,
    answer: Result<Query<OAuthReturn>, QueryRejection>,
) -> Redirect {
    // A query that can't be read was not written by Snapchat.
    let answer = answer.map(|Query(answer)| answer).unwrap_or_default();
    let actor = session::actor_of(&switchyard, &session).await.ok();
    let id = session.id().map(|id| id.to_string()).unwrap_or_default();
    let outcome = switchyard.finish_oauth(actor.as_ref(), &id, answer).await;
    let page = outcome.destination.map_or("/destinations".to_owned(), |id| format!("/destinations/{id}/configuration"));
    Redirect::to(&match outcome.problem {
        Some(code) => format!("{page}?problem={code}"),
        None if outcome.chosen => format!("{page}?notice=authenticated_again"),
        None => format!("{page}?notice=authenticated"),
    })
}
