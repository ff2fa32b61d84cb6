//! The file as values: sections, with the line of each.

use domain::{Role, config};
use toml_edit::{Document, Item};

use super::{
    Mistake,
    audiences::{AudienceEntry, read_audience},
    destinations::{DestinationEntry, read_destination},
    reader::{Located, Section, Text, hint},
};
use crate::Switchyard;

const SECTIONS: [&str; 5] = ["workspace", "user", "source", "destination", "audience"];
const USER_KEYS: [&str; 5] = ["name", "email", "role", "password", "password_env"];
const SOURCE_KEYS: [&str; 5] = ["name", "write_key", "default_country", "enabled", "require_consent"];

/// Values of environment variables.
pub(super) type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What a file describes.
pub(super) struct Described {
    pub workspace: Located<String>,
    pub users: Vec<UserEntry>,
    pub sources: Vec<SourceEntry>,
    pub destinations: Vec<DestinationEntry>,
    pub audiences: Vec<AudienceEntry>,
}

/// A `[[user]]`.
pub(super) struct UserEntry {
    pub line: usize,
    pub name: Option<Located<String>>,
    pub email: Located<String>,
    pub role: Option<Role>,
    pub password: Option<Located<String>>,
}

/// A `[[source]]`.
pub(super) struct SourceEntry {
    pub line: usize,
    pub name: Located<String>,
    pub write_key: Option<Located<String>>,
    pub default_country: Option<Located<String>>,
    pub enabled: Option<Located<bool>>,
    pub require_consent: Option<Located<bool>>,
}

/// Reads a file.
pub(super) fn read(text: &str, env: Env<'_>, switchyard: &Switchyard) -> Result<Described, Mistake> {
    let document = Document::parse(text)
        .map_err(|error| Mistake::new(Text(text).line(error.span()), error.message().replace('\n', ", ")))?;
    let text = Text(text);
    let top = Section::of(text, document.as_table(), 1, "The file", &SECTIONS)?;
    let workspace =
        top.item("workspace").ok_or_else(|| Mistake::new(1, "The file needs a [workspace] with a name."))?;
    let workspace = Section::new(text, workspace.value, "[workspace]", &["name"])?.required("name", "[workspace]")?;
    check(&workspace, config::validate_name("name", "workspace", &workspace.value))?;
    let users = each(text, &top, "user", &USER_KEYS, |section| read_user(section, env))?;
    no_repeats("[[user]]", users.iter().map(|user| &user.email))?;
    let sources = each(text, &top, "source", &SOURCE_KEYS, |section| read_source(section))?;
    no_repeats("[[source]]", sources.iter().map(|source| &source.name))?;
    let destinations = each(text, &top, "destination", &super::destinations::KEYS, |section| {
        read_destination(text, section, env, switchyard)
    })?;
    no_repeats("[[destination]]", destinations.iter().map(|destination| &destination.name))?;
    let audiences = each(text, &top, "audience", &super::audiences::KEYS, |section| read_audience(text, section))?;
    no_repeats("[[audience]]", audiences.iter().map(|audience| &audience.name))?;
    Ok(Described { workspace, users, sources, destinations, audiences })
}

/// Reads each `[[name]]`.
fn each<'a, T>(
    text: Text<'a>,
    top: &Section<'a>,
    name: &str,
    keys: &[&str],
    read: impl Fn(&Section<'a>) -> Result<T, Mistake>,
) -> Result<Vec<T>, Mistake> {
    let what = format!("[[{name}]]");
    let Some(found) = top.item(name) else { return Ok(Vec::new()) };
    let Item::ArrayOfTables(tables) = found.value else {
        return Err(Mistake::new(found.line, format!("Write {what} in double brackets: there may be several.")));
    };
    tables.iter().map(|table| read(&Section::of(text, table, text.line(table.span()), &what, keys)?)).collect()
}

fn read_user(section: &Section<'_>, env: Env<'_>) -> Result<UserEntry, Mistake> {
    let email = section.required("email", "[[user]]")?;
    check(&email, config::validate_email("email", &email.value))?;
    let name = section.string("name")?;
    if let Some(name) = &name {
        check(name, config::validate_name("name", "person", &name.value))?;
    }
    let role = section.string("role")?.map(|role| {
        role.value.parse::<Role>().map_err(|_| {
            let roles = ["admin", "marketer", "viewer"];
            Mistake::new(
                role.line,
                format!("There is no role “{}”. {}", role.value, hint(&role.value, roles.into_iter())),
            )
        })
    });
    let password = secret(section, "password", env)?;
    if let Some(password) = &password {
        check(password, config::validate_password("password", &password.value))?;
    }
    Ok(UserEntry { line: section.line, name, email, role: role.transpose()?, password })
}

fn read_source(section: &Section<'_>) -> Result<SourceEntry, Mistake> {
    let name = section.required("name", "[[source]]")?;
    check(&name, config::validate_name("name", "source", &name.value))?;
    let write_key = section.string("write_key")?;
    if let Some(key) = &write_key {
        let plain = !key.value.is_empty()
            && key.value.len() <= 100
            && key.value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if !plain {
            return Err(Mistake::new(key.line, "A write key has 1 to 100 letters, digits, “_” and “-”."));
        }
    }
    let default_country = section.string("default_country")?;
    if let Some(country) = &default_country {
        check(country, config::validate_country("default_country", &country.value))?;
    }
    let (enabled, require_consent) = (section.flag("enabled")?, section.flag("require_consent")?);
    Ok(SourceEntry { line: section.line, name, write_key, default_country, enabled, require_consent })
}

/// A secret that stands in the file, or in the environment variable that `KEY_env` names.
pub(super) fn secret(section: &Section<'_>, key: &str, env: Env<'_>) -> Result<Option<Located<String>>, Mistake> {
    let named = section.string(&format!("{key}_env"))?;
    let Some(variable) = named else { return section.string(key) };
    if section.item(key).is_some() {
        return Err(Mistake::new(variable.line, format!("Give either {key} or {key}_env.")));
    }
    match env(&variable.value) {
        Some(value) => Ok(Some(Located { value, line: variable.line })),
        None => Err(Mistake::new(
            variable.line,
            format!("The environment variable {} is not set; {key} is expected in it.", variable.value),
        )),
    }
}

/// Makes a mistake of a form one of the file.
pub(super) fn check<T>(at: &Located<T>, mistake: Option<domain::FieldError>) -> Result<(), Mistake> {
    mistake.map_or(Ok(()), |mistake| Err(Mistake::new(at.line, mistake.message)))
}

fn no_repeats<'a>(what: &str, names: impl Iterator<Item = &'a Located<String>>) -> Result<(), Mistake> {
    let mut seen: Vec<(String, usize)> = Vec::new();
    for name in names {
        let key = name.value.trim().to_lowercase();
        if let Some((_, first)) = seen.iter().find(|(known, _)| *known == key) {
            let message = format!("“{}” stands in two {what}: also in line {first}.", name.value);
            return Err(Mistake::new(name.line, message));
        }
        seen.push((key, name.line));
    }
    Ok(())
}
