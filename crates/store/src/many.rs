//! Inserts of many rows with few statements.

use sqlx::{AssertSqlSafe, Encode, Sqlite, SqliteConnection, Type, error::BoxDynError, sqlite::SqliteArguments};

use crate::StoreError;

/// Takes the values of a statement, one after the other.
pub(crate) struct Values {
    arguments: SqliteArguments,
    failed: Option<BoxDynError>,
}

impl Values {
    /// The next value.
    pub(crate) fn add<'v, V: Encode<'v, Sqlite> + Type<Sqlite>>(&mut self, value: V) -> &mut Self {
        if let Err(error) = sqlx::Arguments::add(&mut self.arguments, value) {
            self.failed = Some(error);
        }
        self
    }
}

/// Rows of one statement. What is left comes in smaller ones, so that no more than these are ever prepared for a table.
const SIZES: [usize; 5] = [256, 64, 16, 4, 1];

/// An insert, but for its values.
pub(crate) struct Insert {
    /// Up to `values`.
    pub head: &'static str,
    /// How many values a row has.
    pub columns: usize,
    /// What comes after the values.
    pub tail: &'static str,
}

impl Insert {
    /// Inserts rows. Their values are bound one by one, which takes the database a fraction of the time that it needs to
    /// read them out of JSON; while it works on some, the next ones are bound.
    pub(crate) async fn rows<R>(
        &self,
        conn: &mut SqliteConnection,
        rows: &[R],
        add: impl Fn(&mut Values, &R),
    ) -> Result<(), StoreError> {
        let mut portions = portions(rows);
        let mut bound = portions.next().map(|some| self.bind(some, &add));
        while let Some(statement) = bound {
            let (text, values) = statement?;
            let running = sqlx::query_with(AssertSqlSafe(text), values).execute(&mut *conn);
            let (done, next) = tokio::join!(running, async { portions.next().map(|some| self.bind(some, &add)) });
            done?;
            bound = next;
        }
        Ok(())
    }

    fn bind<R>(&self, rows: &[R], add: impl Fn(&mut Values, &R)) -> Result<(String, SqliteArguments), StoreError> {
        let mut values = Values { arguments: SqliteArguments::default(), failed: None };
        sqlx::Arguments::reserve(&mut values.arguments, rows.len() * self.columns, 0);
        rows.iter().for_each(|row| add(&mut values, row));
        match values.failed {
            Some(error) => Err(sqlx::Error::Encode(error).into()),
            None => Ok((self.text(rows.len()), values.arguments)),
        }
    }

    /// Put together from fixed parts alone.
    fn text(&self, rows: usize) -> String {
        let tuple = format!("({})", vec!["?"; self.columns].join(","));
        format!("{} values {} {}", self.head, vec![tuple; rows].join(","), self.tail)
    }
}

/// Rows in portions of the sizes above.
fn portions<R>(rows: &[R]) -> impl Iterator<Item = &[R]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= rest.len())?;
        let (some, others) = rest.split_at(size);
        rest = others;
        Some(some)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_are_of_few_sizes_and_leave_nothing_out() {
        for count in [0, 1, 3, 4, 255, 256, 1_000] {
            let rows: Vec<usize> = (0..count).collect();
            assert!(portions(&rows).all(|some| SIZES.contains(&some.len())), "{count}");
            assert_eq!(portions(&rows).flatten().copied().collect::<Vec<_>>(), rows);
        }
    }
}
