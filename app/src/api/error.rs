//! The error of every server function: `ApiError`, in the form that leptos carries.

use std::fmt;

use domain::ApiError;
use leptos::{
    prelude::{FromServerFnError, ServerFnErrorErr},
    server_fn::codec::JsonEncoding,
};
use serde::{Deserialize, Serialize};

/// What a page's script accepts as the answer to a form: the refusal itself with status 200, or `null` when there is none. Browsers
/// write any answer of 400 and above on the console, as if the page were at fault.
pub const FORM_ANSWER: &str = "application/vnd.switchyard.form+json";

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
        Self(error)
    }
}

/// What an HTTP answer says about a failure.
#[cfg(feature = "ssr")]
#[must_use]
pub fn status(error: &ApiError) -> http::StatusCode {
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
