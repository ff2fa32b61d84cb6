//! Who asks: the session's user in the session's workspace.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use domain::{Actor, ApiError, Timestamp, UserId, WorkspaceId, time::HOUR};
use http::{header, request::Parts};
use leptos::prelude::use_context;
use pipeline::{Switchyard, accounts::SignedIn};
use tower_sessions::Session;

use super::events::encode;

const USER: &str = "user";
const WORKSPACE: &str = "workspace";
/// When the session was last written for its own sake, in milliseconds.
const RENEWED: &str = "renewed";
/// How often that is, at most.
const RENEWED_EVERY: i64 = HOUR;
/// The cookie with the address of a refused sign-in, for the page that tells of it.
const REFUSED: &str = "refused_email";
/// The bytes of an address that is kept.
const EMAIL_MAX: usize = 300;
/// The seconds that it lives.
const REFUSED_LIFE: u32 = 60;

/// The machinery that the server has put into the context.
pub fn switchyard() -> Result<Switchyard, ApiError> {
    use_context().ok_or_else(|| internal("no pipeline in the context"))
}

/// The request's session.
pub async fn session() -> Result<Session, ApiError> {
    leptos_axum::extract().await.map_err(internal)
}

/// The machinery, and who asks. The rights are read anew with each request.
pub async fn actor() -> Result<(Switchyard, Actor), ApiError> {
    let switchyard = switchyard()?;
    let actor = actor_of(&switchyard, &session().await?).await?;
    Ok((switchyard, actor))
}

/// Who a session belongs to, for routes outside the pages.
pub async fn actor_of(switchyard: &Switchyard, session: &Session) -> Result<Actor, ApiError> {
    let user: Option<String> = session.get(USER).await.map_err(internal)?;
    let workspace: Option<String> = session.get(WORKSPACE).await.map_err(internal)?;
    let ids = user
        .zip(workspace)
        .and_then(|(user, workspace)| Some((user.parse::<UserId>().ok()?, workspace.parse::<WorkspaceId>().ok()?)));
    let (user, workspace) = ids.ok_or(ApiError::SignedOut)?;
    switchyard.actor(user, workspace).await
}

/// Writes the session of somebody who is signed in anew, once an hour: a person who is at work is not signed out.
pub async fn renew(session: &Session, now: Timestamp) -> Result<(), ApiError> {
    let user: Option<String> = session.get(USER).await.map_err(internal)?;
    let renewed: Option<i64> = session.get(RENEWED).await.map_err(internal)?;
    if user.is_some() && renewed.is_none_or(|at| now.0.saturating_sub(at) >= RENEWED_EVERY) {
        session.insert(RENEWED, now.0).await.map_err(internal)?;
    }
    Ok(())
}

/// Keeps the address of a refused sign-in for the form that the browser is sent back to, if that is how it will see the
/// refusal: with scripts the form has stayed. It goes by a cookie, so that it stands in no address and no log.
pub fn keep_email(email: &str) {
    let by_browser = use_context::<Parts>().is_some_and(|parts| {
        parts
            .headers
            .get(header::ACCEPT)
            .and_then(|accept| accept.to_str().ok())
            .is_some_and(|a| a.contains("text/html"))
    });
    if by_browser && email.len() <= EMAIL_MAX {
        set_refused(&encode(email), REFUSED_LIFE);
    }
}

/// Forgets it.
pub fn forget_email() {
    if kept_email().is_some() {
        set_refused("", 0);
    }
}

fn set_refused(value: &str, life: u32) {
    let cookie = format!("{REFUSED}={value}; Path=/; Max-Age={life}; HttpOnly; SameSite=Lax");
    if let (Some(response), Ok(value)) =
        (use_context::<leptos_axum::ResponseOptions>(), http::HeaderValue::from_str(&cookie))
    {
        response.append_header(header::SET_COOKIE, value);
    }
}

/// The address of the sign-in that was just refused.
pub fn kept_email() -> Option<String> {
    let parts = use_context::<Parts>()?;
    let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let kept = cookies.flat_map(|value| value.split(';')).find_map(|pair| pair.trim().strip_prefix(REFUSED));
    decode(kept?.strip_prefix('=')?).filter(|email| !email.is_empty() && email.len() <= EMAIL_MAX)
}

/// The id of the session, for what is bound to it.
pub async fn session_id() -> Result<String, ApiError> {
    let session = session().await?;
    session.id().map(|id| id.to_string()).ok_or(ApiError::SignedOut)
}

/// Signs in under a new session id, so that an id that was known before is worth nothing.
pub async fn begin(signed_in: &SignedIn) -> Result<(), ApiError> {
    let session = session().await?;
    session.cycle_id().await.map_err(internal)?;
    session.insert(USER, signed_in.user.to_string()).await.map_err(internal)?;
    session.insert(WORKSPACE, signed_in.workspace.to_string()).await.map_err(internal)
}

/// Forgets the session.
pub async fn end() -> Result<(), ApiError> {
    session().await?.flush().await.map_err(internal)
}

/// The address of the other end, for slowing down guesses.
pub fn peer() -> String {
    use_context::<Parts>()
        .and_then(|parts| parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_string()))
        .unwrap_or_else(|| "unknown".to_owned())
}

fn internal(error: impl std::fmt::Display) -> ApiError {
    tracing::error!(error = %error, "a request's session could not be used");
    ApiError::Internal("session".to_owned())
}

/// What [`encode`] made a text of.
fn decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let mut digit = || char::from(bytes.next()?).to_digit(16);
            out.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_is_decoded() {
        for text in ["", "dana@northwind.example", "jörg+%41; x=1"] {
            assert_eq!(decode(&encode(text)).as_deref(), Some(text));
        }
        for bad in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
