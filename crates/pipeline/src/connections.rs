//! The login of a destination: consent, tokens, the lists that it sees, and the check of it all.

mod assets;
mod check;
mod oauth;
mod tokens;

use domain::{ApiError, destination::ConnectError};

pub use oauth::{OAuthOutcome, OAuthReturn};
pub(crate) use tokens::{Refreshes, TokenError};

use crate::api_error;

/// What a page is told when a call with the login failed.
pub(crate) fn connect_error(error: ConnectError) -> ApiError {
    ApiError::Refused(match error {
        ConnectError::NeedsReconnect(_) => {
            "Snapchat no longer accepts this login. Press “Authenticate Snapchat” to log in again.".to_owned()
        }
        ConnectError::Unavailable(_) => format!("{error}. Try again in a minute."),
        other => other.to_string(),
    })
}

impl From<TokenError> for ApiError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::NoLogin => {
                Self::Refused("There is no Snapchat login. Press “Authenticate Snapchat” first.".to_owned())
            }
            TokenError::Connect(error) => connect_error(error),
            TokenError::Store(error) => api_error(error),
        }
    }
}
