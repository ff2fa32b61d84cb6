//! OAuth 2.0: the login page, codes, access and refresh tokens.

mod authorize;
pub mod grants;
mod token;

pub use authorize::Asked;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::sim::Sim;

/// Sending conversions.
pub const CONVERSIONS: &str = "snapchat-offline-conversions-api";
/// The Ads API.
pub const MARKETING: &str = "snapchat-marketing-api";

/// `/login/oauth2/…`
pub fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/login/oauth2/authorize", get(authorize::page).post(authorize::sign_in))
        .route("/login/oauth2/access_token", post(token::issue))
}
