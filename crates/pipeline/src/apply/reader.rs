//! Reads tables of a TOML file, and names the line and the nearest right name of what is wrong in them.

use domain::workflow::nearest;
use toml_edit::{Item, TableLike};

use super::Mistake;

/// A value with the line that it stands in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Located<T> {
    pub value: T,
    pub line: usize,
}

/// A text whose lines can be told.
#[derive(Clone, Copy)]
pub(super) struct Text<'a>(pub &'a str);

impl Text<'_> {
    pub fn line(self, span: Option<std::ops::Range<usize>>) -> usize {
        let at = span.map_or(0, |span| span.start).min(self.0.len());
        1 + self.0.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count()
    }
}

/// A table whose keys are known.
pub(super) struct Section<'a> {
    text: Text<'a>,
    table: &'a dyn TableLike,
    pub line: usize,
}

impl<'a> Section<'a> {
    /// Takes an item as a table with these keys. `what` names it in messages: `[[source]]`.
    pub fn new(text: Text<'a>, item: &'a Item, what: &str, allowed: &[&str]) -> Result<Self, Mistake> {
        let line = text.line(item.span());
        let table = item.as_table_like().ok_or_else(|| wrong_type(line, what, "a table", item.type_name()))?;
        Self::of(text, table, line, what, allowed)
    }

    /// Takes a table.
    pub fn of(
        text: Text<'a>,
        table: &'a dyn TableLike,
        line: usize,
        what: &str,
        allowed: &[&str],
    ) -> Result<Self, Mistake> {
        for (name, _) in table.iter() {
            if !allowed.contains(&name) {
                let line = table.get_key_value(name).map_or(line, |(key, _)| text.line(key.span()));
                return Err(Mistake::new(
                    line,
                    format!("{what} has no key “{name}”. {}", hint(name, allowed.iter().copied())),
                ));
            }
        }
        Ok(Self { text, table, line })
    }

    /// The item of a key, with its line.
    pub fn item(&self, key: &str) -> Option<Located<&'a Item>> {
        let (key, item) = self.table.get_key_value(key)?;
        Some(Located { value: item, line: self.text.line(key.span()) })
    }

    /// A text.
    pub fn string(&self, key: &str) -> Result<Option<Located<String>>, Mistake> {
        self.typed(key, "a text in quotes", |item| item.as_str().map(str::to_owned))
    }

    /// A text that has to be there and not be empty.
    pub fn required(&self, key: &str, what: &str) -> Result<Located<String>, Mistake> {
        match self.string(key)? {
            Some(found) if !found.value.trim().is_empty() => {
                Ok(Located { value: found.value.trim().to_owned(), line: found.line })
            }
            Some(found) => Err(Mistake::new(found.line, format!("{key} is empty"))),
            None => Err(Mistake::new(self.line, format!("{what} needs a {key}: add {key} = \"…\""))),
        }
    }

    /// True or false.
    pub fn flag(&self, key: &str) -> Result<Option<Located<bool>>, Mistake> {
        self.typed(key, "true or false", Item::as_bool)
    }

    /// A whole number.
    pub fn number(&self, key: &str) -> Result<Option<Located<i64>>, Mistake> {
        self.typed(key, "a whole number", Item::as_integer)
    }

    /// All keys with their items.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, Located<&'a Item>)> {
        self.table.iter().map(|(name, item)| {
            let span = self.table.get_key_value(name).and_then(|(key, _)| key.span());
            (name, Located { value: item, line: self.text.line(span) })
        })
    }

    fn typed<T>(
        &self,
        key: &str,
        expected: &str,
        read: impl Fn(&Item) -> Option<T>,
    ) -> Result<Option<Located<T>>, Mistake> {
        let Some(found) = self.item(key) else { return Ok(None) };
        match read(found.value) {
            Some(value) => Ok(Some(Located { value, line: found.line })),
            None => Err(wrong_type(found.line, key, expected, found.value.type_name())),
        }
    }
}

/// "Did you mean …?"
pub(super) fn hint<'a>(wrong: &str, right: impl Iterator<Item = &'a str>) -> String {
    match nearest(wrong, right) {
        Some(best) => format!("Did you mean “{best}”?"),
        None => "There are none yet.".to_owned(),
    }
}

pub(super) fn wrong_type(line: usize, key: &str, expected: &str, found: &str) -> Mistake {
    Mistake::new(line, format!("{key} is of the type {found}, but {expected} is expected"))
}
