//! What a page is told when a call fails.

use serde::{Deserialize, Serialize};

/// A mistake that belongs to one field of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The `name` of the field.
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl FieldError {
    /// A mistake in `field`.
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), message: message.into() }
    }
}

/// The failures that cross to a page. `Internal` carries an id and no text: the cause is in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ApiError {
    /// Nobody is signed in.
    #[error("Please sign in.")]
    SignedOut,
    /// The role does not allow it.
    #[error("Your role does not allow this. Ask an admin of this workspace.")]
    Forbidden,
    /// There is no such thing in this workspace.
    #[error("This page does not exist, or it belongs to another workspace.")]
    NotFound,
    /// Fields to mend; the first one gets the focus.
    #[error("{}", .0.iter().map(|e| e.message.as_str()).collect::<Vec<_>>().join(" "))]
    Invalid(Vec<FieldError>),
    /// A refusal in plain words that belongs to no field (also: what Snapchat said).
    #[error("{0}")]
    Refused(String),
    /// Too many tries.
    #[error("Too many attempts. Try again in {0} {unit}.", unit = if *.0 == 1 { "second" } else { "seconds" })]
    TooMany(u64),
    /// An unexpected failure, found in the log by its id.
    #[error(
        "This did not work because of an internal error (id {0}). Nothing was changed. Try again; if it stays, look for the id in the server's log."
    )]
    Internal(String),
}

impl ApiError {
    /// One field is wrong.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }

    /// The message for `field`, if it has one.
    #[must_use]
    pub fn for_field(&self, field: &str) -> Option<&str> {
        match self {
            Self::Invalid(errors) => errors.iter().find(|e| e.field == field).map(|e| e.message.as_str()),
            _ => None,
        }
    }
}
