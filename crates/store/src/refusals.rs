//! Refusals that several verbs share: a row that is not there, a name that is taken.

use domain::ApiError;
use sqlx::sqlite::SqliteQueryResult;

use crate::StoreError;

/// `NotFound` unless exactly this row was there.
pub(crate) fn found(done: &SqliteQueryResult) -> Result<(), StoreError> {
    if done.rows_affected() == 1 { Ok(()) } else { Err(ApiError::NotFound.into()) }
}

/// A unique constraint that was broken becomes a mistake in a field.
pub(crate) fn taken(error: sqlx::Error, field: &str, message: &str) -> StoreError {
    match &error {
        sqlx::Error::Database(db) if db.is_unique_violation() => ApiError::field(field, message).into(),
        _ => error.into(),
    }
}

/// What a name is compared by: without regard to case and to blanks around it.
pub(crate) fn name_key(name: &str) -> String {
    name.trim().to_lowercase()
}
