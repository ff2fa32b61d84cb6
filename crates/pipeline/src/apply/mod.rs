//! `switchyard apply`: brings a workspace to the state that a file describes. All of it or nothing.

mod audiences;
mod destinations;
mod file;
mod links;
mod options;
mod people;
mod plan;
mod reader;

use std::fmt;

use domain::{ApiError, WorkspaceId};
use store::{ApplyFailure, Author};

use crate::{Switchyard, api_error};

/// Why a file was not applied. Nothing is changed then.
#[derive(Debug)]
pub enum ApplyError {
    /// A mistake in the file.
    Mistake {
        /// The file's name.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and the nearest right name.
        message: String,
    },
    /// The database failed.
    Failed(ApiError),
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mistake { file, line, message } => write!(f, "{file}:{line}: {message}"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ApplyError {}

impl From<ApiError> for ApplyError {
    fn from(error: ApiError) -> Self {
        Self::Failed(error)
    }
}

/// A mistake at a line.
#[derive(Debug)]
pub(crate) struct Mistake {
    line: usize,
    message: String,
}

impl Mistake {
    fn new(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }

    fn of(self, file: &str) -> ApplyError {
        ApplyError::Mistake { file: file.to_owned(), line: self.line, message: self.message }
    }
}

/// Applies a file; the sentences tell what was changed, none if nothing. `env` gives the values of the variables that
/// the file names.
///
/// # Errors
/// [`ApplyError`]; then nothing is changed.
pub async fn apply(
    switchyard: &Switchyard,
    text: &str,
    file: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<String>, ApplyError> {
    let described = file::read(text, env, switchyard).map_err(|mistake| mistake.of(file))?;
    let accounts = people::look_up(switchyard, &described.users).await?;
    let author = Author { user: None, at: switchyard.now() };
    let fresh = WorkspaceId(switchyard.new_id());
    let done = switchyard
        .store()
        .apply(&described.workspace.value, fresh, &author, |found| plan::plan(switchyard, &described, &accounts, found))
        .await;
    match done {
        Ok(steps) => {
            switchyard.wake();
            Ok(steps.into_iter().map(|planned| planned.what).collect())
        }
        Err(ApplyFailure::Plan(mistake)) => Err(mistake.of(file)),
        Err(ApplyFailure::Step(line, error)) => match api_error(error) {
            internal @ ApiError::Internal(_) => Err(internal.into()),
            refusal => Err(Mistake::new(line, refusal.to_string()).of(file)),
        },
        Err(ApplyFailure::Store(error)) => Err(api_error(error).into()),
    }
}
