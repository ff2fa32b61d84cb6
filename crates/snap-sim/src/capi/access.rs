//! May this token send to this asset?

use axum::Json;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use url::form_urlencoded;

use crate::directory::AssetEntry;
use crate::oauth::CONVERSIONS;
use crate::rates::{CAPI_PER_SECOND, OAUTH_PER_SECOND};
use crate::sim::Sim;

/// Why not.
pub enum Barred {
    Unauthorized,
    Forbidden(&'static str),
    UnknownAsset,
    TooMany,
}

impl IntoResponse for Barred {
    fn into_response(self) -> Response {
        let (status, reason) = match self {
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "Invalid access token"),
            Self::Forbidden(reason) => (StatusCode::FORBIDDEN, reason),
            Self::TooMany => (StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
            Self::UnknownAsset => (StatusCode::NOT_FOUND, "There is no pixel or app with this id"),
        };
        (status, Json(json!({"status": "INVALID", "reason": reason}))).into_response()
    }
}

/// The asset of the path, when the token of the query (the only place it is taken from) may be used with it.
pub fn admit<'a>(sim: &'a Sim, asset: &str, uri: &Uri) -> Result<&'a AssetEntry, Barred> {
    let query = uri.query().unwrap_or_default();
    let token = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "access_token");
    let token = token.map(|(_, token)| token).ok_or(Barred::Unauthorized)?;
    let now = sim.clock.now_ms();
    let world = &mut *sim.world();
    let owner = world.capi_tokens.owner(&token);
    let grant = match owner {
        Some(_) => None,
        None => Some(world.oauth.check(&token, now).map_err(|_| Barred::Unauthorized)?),
    };
    let per_second = if owner.is_some() { CAPI_PER_SECOND } else { OAUTH_PER_SECOND };
    if world.settings.rate_limits && !world.rates.admit(&token, per_second, now) {
        return Err(Barred::TooMany);
    }
    let asset = sim.directory.asset(asset).ok_or(Barred::UnknownAsset)?;
    let organization = sim.directory.owner(asset);
    match (owner, grant) {
        (Some(owner), _) if owner == organization.id => Ok(asset),
        (Some(_), _) => Err(Barred::Forbidden("The token belongs to another organization than the asset")),
        (None, Some(grant)) if !grant.scopes.iter().any(|scope| scope == CONVERSIONS) => {
            Err(Barred::Forbidden("The token lacks the scope snapchat-offline-conversions-api"))
        }
        (None, Some(grant)) => {
            let user = sim.directory.user(&grant.user);
            let role = user.and_then(|user| user.role_in(organization));
            role.map(|_| asset).ok_or(Barred::Forbidden("The person has no role in the organization of the asset"))
        }
        (None, None) => Err(Barred::Unauthorized),
    }
}
