//! One row: who it is about and what it tells, or why it is not taken.

use serde_json::{Map, Value, json};

use super::{Meaning, Plan};
use crate::{
    audience::{Origin, fold_all},
    delivery::Reason,
    profile::{Identifier, IdentifierKind, TraitSeen, is_digest},
    reading::privacy::{self, masked_email, masked_phone},
};

/// Characters that the value of a trait may have.
const VALUE_MAX: usize = 1_000;

/// A plan, worked out so that rows need little.
#[derive(Clone, Debug)]
pub struct Columns {
    columns: Vec<Ready>,
}

#[derive(Clone, Debug)]
struct Ready {
    name: String,
    meaning: Meaning,
    /// The trait that it tells, and whether whatever it holds is personal.
    told: Option<(String, String, bool)>,
}

/// What a row tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UploadedPerson {
    /// Who it is about, strongest first.
    pub identifiers: Vec<Identifier>,
    /// What it tells.
    pub traits: Vec<TraitSeen>,
    /// Who it is about, masked.
    pub person: Option<String>,
    /// Values that were no address, number or id.
    pub left_out: Vec<LeftOut>,
}

/// A value that is left out of a row that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The column's name.
    pub column: String,
    /// What it should have been.
    pub wanted: &'static str,
}

/// Why a row is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It has more or fewer columns than the first one.
    Columns {
        /// It has.
        has: usize,
        /// It should have.
        wanted: usize,
    },
    /// It is longer than a row may be.
    TooLong,
    /// A quote is opened and never closed.
    OpenQuote,
    /// It is not UTF-8.
    NotUtf8,
    /// Nothing in it tells who it is about.
    Nobody,
    /// It is of somebody who was erased.
    Erased,
}

impl Refusal {
    /// A stable code and a sentence.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Columns { has, wanted } => Reason::new(
                "column_count",
                format!("It has {has} columns, the first line has {wanted}. Is a separator or a quote missing?"),
            ),
            Self::TooLong => {
                Reason::new("too_long", "It is longer than 64 KiB. Is a quote missing at the end of a value?")
            }
            Self::OpenQuote => Reason::new("open_quote", "A quote is opened here and never closed."),
            Self::NotUtf8 => {
                Reason::new("not_utf8", "It has characters that are not UTF-8. Save the file as “CSV UTF-8”.")
            }
            Self::Nobody => {
                Reason::new("no_identifier", "None of its columns has an e-mail address, phone number or id.")
            }
            Self::Erased => Reason::new("erased", "It is of a person who was erased."),
        }
    }
}

impl Plan {
    /// Works it out.
    #[must_use]
    pub fn ready(&self) -> Columns {
        let ready = |column: &super::Column| {
            let name = match column.meaning {
                Meaning::Email => "email",
                Meaning::Phone => "phone",
                Meaning::Trait => column.name.as_str(),
                _ => "",
            };
            let told = (!name.is_empty()).then(|| (Origin::Trait.key(name), name.to_owned(), is_personal(name)));
            Ready { name: column.name.clone(), meaning: column.meaning, told }
        };
        Columns { columns: self.columns.iter().map(ready).collect() }
    }
}

/// Whether events would seal a trait of this name.
fn is_personal(name: &str) -> bool {
    let mut body = Map::new();
    body.insert("traits".into(), json!({ name: "x" }));
    !privacy::split(&mut body).originals.is_empty()
}

impl Columns {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.columns.len()
    }

    /// Reads a row.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn read<'a>(&self, fields: impl ExactSizeIterator<Item = &'a str>) -> Result<UploadedPerson, Refusal> {
        if fields.len() != self.columns.len() {
            return Err(Refusal::Columns { has: fields.len(), wanted: self.columns.len() });
        }
        let mut person = UploadedPerson::default();
        for (column, text) in self.columns.iter().zip(fields) {
            let text = text.trim();
            if !text.is_empty() && column.meaning != Meaning::Skip {
                column.take(text, &mut person);
            }
        }
        if person.identifiers.is_empty() {
            return Err(Refusal::Nobody);
        }
        person.identifiers.sort_by_key(|it| it.kind);
        Ok(person)
    }

    /// A row as it may be shown.
    #[must_use]
    pub fn masked<'a>(&self, fields: impl Iterator<Item = &'a str>) -> Vec<String> {
        let columns = self.columns.iter().map(Some).chain(std::iter::repeat(None));
        fields.zip(columns).map(|(text, column)| masked(text.trim(), column)).collect()
    }
}

fn masked(text: &str, column: Option<&Ready>) -> String {
    const SHOWN: usize = 40;
    let shown = match column.map(|column| (column.meaning, &column.told)) {
        _ if text.is_empty() => String::new(),
        Some((Meaning::Email, _)) => masked_email(text),
        Some((Meaning::Phone, _)) => masked_phone(text),
        Some((Meaning::Trait, Some((.., false))))
        | Some((Meaning::User | Meaning::Anonymous | Meaning::MobileAd, _)) => {
            let mut value = Value::String(text.to_owned());
            privacy::mask_json(&mut value);
            value.as_str().unwrap_or_default().to_owned()
        }
        _ => privacy::masked_text(),
    };
    match shown.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}

impl Ready {
    fn take(&self, text: &str, person: &mut UploadedPerson) {
        let identified = match self.meaning {
            Meaning::Email => identifier(IdentifierKind::Email, text).filter(|_| is_email(text) || is_digest(text)),
            Meaning::Phone => identifier(IdentifierKind::Phone, text).filter(|_| is_phone(text) || is_digest(text)),
            Meaning::User => identifier(IdentifierKind::User, text),
            Meaning::Anonymous => identifier(IdentifierKind::Anonymous, text),
            Meaning::MobileAd => identifier(IdentifierKind::MobileAd, text),
            Meaning::Skip | Meaning::Trait => None,
        };
        match identified {
            Some(identifier) => {
                match self.meaning {
                    Meaning::Email => person.person = Some(masked_email(text)),
                    Meaning::Phone if person.person.is_none() => person.person = Some(masked_phone(text)),
                    _ => {}
                }
                let known = |it: &Identifier| it.kind == identifier.kind && it.folded == identifier.folded;
                if !person.identifiers.iter().any(known) {
                    person.identifiers.push(identifier);
                }
            }
            None if self.meaning.identifies() => {
                person.left_out.push(LeftOut { column: self.name.clone(), wanted: wanted(self.meaning) });
                return;
            }
            None => {}
        }
        let Some((key, name, personal)) = &self.told else { return };
        if text.chars().count() > VALUE_MAX {
            person.left_out.push(LeftOut { column: self.name.clone(), wanted: "a text of at most 1,000 characters" });
            return;
        }
        if person.traits.iter().any(|told| told.key == *key) {
            return;
        }
        let value = Value::String(text.to_owned());
        person.traits.push(TraitSeen {
            key: key.clone(),
            name: name.clone(),
            folded: fold_all(&value),
            personal: *personal || privacy::is_personal(text),
            value,
        });
    }
}

fn identifier(kind: IdentifierKind, text: &str) -> Option<Identifier> {
    Some(Identifier { kind, folded: kind.fold(text)?, raw: text.to_owned() })
}

/// One `@`, something before it, and a host with a dot after it; no blanks.
fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.split_once('@') else { return false };
    !local.is_empty()
        && !host.contains('@')
        && host.split('.').count() > 1
        && host.split('.').all(|part| !part.is_empty())
        && !text.chars().any(|c| c.is_whitespace() || c.is_control() || ",;<>()[]\"".contains(c))
}

/// Digits with what people put between them.
fn is_phone(text: &str) -> bool {
    let rest = text.strip_prefix('+').unwrap_or(text);
    rest.chars().all(|c| c.is_ascii_digit() || " -()./\u{a0}".contains(c))
        && (5..=16).contains(&rest.bytes().filter(u8::is_ascii_digit).count())
}

fn wanted(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Email => "an e-mail address",
        Meaning::Phone => "a phone number",
        _ => "an id",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::{Column, Separator};

    fn columns() -> Columns {
        let column = |name: &str, meaning| Column { name: name.into(), meaning };
        let columns = vec![
            column("E-mail", Meaning::Email),
            column("Tel", Meaning::Phone),
            column("First name", Meaning::Trait),
            column("Plan", Meaning::Trait),
            column("Note", Meaning::Skip),
        ];
        Plan { separator: Separator::Comma, header: true, columns, country: None }.ready()
    }

    #[test]
    fn a_row_becomes_a_person() {
        let row = [" Dana@N.example ", "+1 (415) 555-0123", "Dana", "pro", "x"];
        let person = columns().read(row.into_iter()).unwrap();
        let ids: Vec<_> = person.identifiers.iter().map(|it| (it.kind, it.folded.as_str())).collect();
        assert_eq!(ids, [(IdentifierKind::Email, "dana@n.example"), (IdentifierKind::Phone, "14155550123")]);
        let traits: Vec<_> = person.traits.iter().map(|it| (it.key.as_str(), it.personal)).collect();
        assert_eq!(traits, [("email", true), ("phone", true), ("firstname", true), ("plan", false)]);
        assert_eq!(person.person.as_deref(), Some("d•••@n•••.example"));
        assert_eq!(columns().masked(row.into_iter()), ["d•••@n•••.example", "•••23", "•••", "pro", "•••"]);
    }

    #[test]
    fn what_is_no_address_is_left_out_and_nobody_is_refused() {
        let person = columns().read(["dana@n", "415 555 0123", "", "a@b.example", ""].into_iter()).unwrap();
        assert_eq!(person.left_out, [LeftOut { column: "E-mail".into(), wanted: "an e-mail address" }]);
        assert!(person.traits.iter().any(|it| it.key == "plan" && it.personal));
        for (row, refusal) in [
            (vec!["x", "y"], Refusal::Columns { has: 2, wanted: 5 }),
            (vec!["none", "n/a", "Dana", "", ""], Refusal::Nobody),
        ] {
            assert_eq!(columns().read(row.into_iter()).unwrap_err(), refusal);
        }
        for wrong in ["a b@n.example", "@n.example", "a@.example", "a@@n.example", "a@n.example, b@n.example"] {
            assert!(!is_email(wrong), "{wrong}");
        }
        assert!(!is_phone("call 415 555 0123") && !is_phone("1234") && is_phone("0049 (0)30 / 123456"));
    }
}
