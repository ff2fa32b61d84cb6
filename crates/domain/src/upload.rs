//! Files of people: what their columns mean, and what one row comes to. Pure.

mod guess;
mod row;

use serde::{Deserialize, Serialize};

use crate::FieldError;

pub use guess::{guess_meaning, guess_separator, looks_like_header};
pub use row::{Columns, LeftOut, Refusal, UploadedPerson};

/// Bytes that one row may have: longer ones come from a quote that was not closed.
pub const ROW_BYTES_MAX: usize = 64 * 1024;
/// Columns that a file may have.
pub const COLUMNS_MAX: usize = 200;
/// Bytes that a file may have.
pub const FILE_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// What separates the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Separator {
    /// `,`
    #[default]
    Comma,
    /// `;`
    Semicolon,
    /// A tab.
    Tab,
    /// `|`
    Pipe,
}

impl Separator {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Pipe];

    /// The character.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }

    /// The word in forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
            Self::Pipe => "pipe",
        }
    }

    /// The words for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Comma => "Comma ,",
            Self::Semicolon => "Semicolon ;",
            Self::Tab => "Tab",
            Self::Pipe => "Bar |",
        }
    }

    /// The separator that the word names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// Nothing that is wanted.
    Skip,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// The shop's own id of a customer.
    User,
    /// A browser's or app's own id.
    Anonymous,
    /// An advertising id.
    MobileAd,
    /// A trait with the column's name.
    Trait,
}

impl Meaning {
    /// All of them, as lists show them.
    pub const ALL: [Self; 7] =
        [Self::Skip, Self::Email, Self::Phone, Self::User, Self::Anonymous, Self::MobileAd, Self::Trait];

    /// The word in forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::User => "user",
            Self::Anonymous => "anonymous",
            Self::MobileAd => "mobile_ad",
            Self::Trait => "trait",
        }
    }

    /// The words for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Skip => "Leave out",
            Self::Email => "E-mail",
            Self::Phone => "Phone",
            Self::User => "User id",
            Self::Anonymous => "Anonymous id",
            Self::MobileAd => "Advertising id",
            Self::Trait => "Trait with this name",
        }
    }

    /// The meaning that the word names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// Whether it tells who a person is.
    #[must_use]
    pub fn identifies(self) -> bool {
        !matches!(self, Self::Skip | Self::Trait)
    }
}

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name, or `Column 3` without one.
    pub name: String,
    /// What it holds.
    pub meaning: Meaning,
}

/// How a file is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What separates its columns.
    pub separator: Separator,
    /// Whether its first line holds the names of the columns.
    pub header: bool,
    /// Its columns.
    pub columns: Vec<Column>,
    /// ISO 3166 alpha-2 country of phone numbers without a country code.
    pub country: Option<String>,
}

impl Plan {
    /// What has to be changed before it can be imported.
    #[must_use]
    pub fn problem(&self) -> Option<FieldError> {
        let mut names = std::collections::HashSet::new();
        for column in self.columns.iter().filter(|column| column.meaning == Meaning::Trait) {
            let key = crate::audience::Origin::Trait.key(&column.name);
            if key.is_empty() {
                let message = format!("A trait can't be called “{}”. Leave this column out.", column.name);
                return Some(FieldError::new("columns", message));
            }
            if !names.insert(key) {
                let message = format!("Two columns tell the trait “{}”. Leave one of them out.", column.name);
                return Some(FieldError::new("columns", message));
            }
        }
        (!self.columns.iter().any(|column| column.meaning.identifies())).then(|| {
            let message = "Choose at least one column that tells who a person is: E-mail, Phone or an id.";
            FieldError::new("columns", message)
        })
    }
}
