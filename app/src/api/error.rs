//! The error of every server function: `ApiError`, in the form that leptos carries.

use std::fmt;

use domain::ApiError;
use leptos::{
    prelude::{FromServerFnError, ServerFnErrorErr},
    server_fn::codec::JsonEncoding,
};
use serde::{Deserialize, Serialize};

/// What a page is told when a server function fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PageError(pub ApiError);

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for PageError {}

impl From<ApiError> for PageError {
    fn from(error: ApiError) -> Self {
        #[cfg(feature = "ssr")]
        answer_with_status(&error);
        Self(error)
    }
}

/// What an HTTP answer says about a failure.
#[cfg(feature = "ssr")]
pub(crate) fn status(error: &ApiError) -> http::StatusCode {
    use http::StatusCode;
    match error {
        ApiError::SignedOut => StatusCode::UNAUTHORIZED,
        ApiError::Forbidden => StatusCode::FORBIDDEN,
        ApiError::NotFound => StatusCode::NOT_FOUND,
        ApiError::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        ApiError::Invalid(_) | ApiError::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        ApiError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A script's call is answered with the failure's own status instead of 500 for all. A page has its status from what it shows,
/// and a form without scripts is sent back to its page.
#[cfg(feature = "ssr")]
fn answer_with_status(error: &ApiError) {
    use leptos::prelude::use_context;
    let Some(parts) = use_context::<http::request::Parts>() else { return };
    let accept = parts.headers.get(http::header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_call = parts.uri.path().starts_with("/api/") && !accept.contains("text/html");
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>().filter(|_| is_call) {
        response.set_status(status(error));
    }
}

impl FromServerFnError for PageError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        use ServerFnErrorErr as E;
        Self(match error {
            E::Request(_) | E::UnsupportedRequestMethod(_) => ApiError::Refused(
                "The server could not be reached. Check the connection and try again; nothing was changed.".into(),
            ),
            E::Args(_) | E::MissingArg(_) => {
                ApiError::Refused("The server could not read this form. Reload the page and try again.".into())
            }
            // A proxy's page, or a server of another version than this page.
            _ => ApiError::Refused("The server's answer could not be read. Reload the page and try again.".into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crosses_the_wire_as_it_is() {
        for error in [
            ApiError::SignedOut,
            ApiError::field("email", "Enter an e-mail address."),
            ApiError::TooMany(30),
            ApiError::Internal("00c0ffee".into()),
        ] {
            let error = PageError(error);
            assert_eq!(PageError::de(error.ser()), error);
        }
    }

    #[test]
    fn what_cannot_be_read_says_so() {
        let PageError(error) = PageError::de("<html>502</html>".into());
        assert!(matches!(error, ApiError::Refused(_)));
    }
}
