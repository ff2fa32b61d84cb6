//! Server functions of the field mapping.

use std::collections::BTreeMap;

#[cfg(feature = "ssr")]
use domain::ApiError;
use domain::{DestinationId, view_fields::FieldMapping, workflow::FieldRule};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::PageError;
#[cfg(feature = "ssr")]
use super::{events::encode, session::actor};

/// A row of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PostedField {
    /// The field.
    pub name: String,
    /// `default`, `path`, `constant` or `off`.
    pub from: String,
    /// The path or the constant.
    pub text: String,
}

impl PostedField {
    fn rule(&self) -> Option<FieldRule> {
        match self.from.as_str() {
            "path" => Some(FieldRule::Path(self.text.trim().to_owned())),
            "constant" => Some(FieldRule::Constant(self.text.trim().to_owned())),
            "off" => Some(FieldRule::Off),
            _ => None,
        }
    }
}

/// The rules that a form holds.
#[must_use]
pub fn posted_rules(rows: &[PostedField]) -> BTreeMap<String, FieldRule> {
    rows.iter().filter_map(|row| Some((row.name.clone(), row.rule()?))).collect()
}

/// The mapping of one event, or a draft of it.
#[server]
pub async fn read_fields(id: DestinationId, key: String, draft: Option<String>) -> Result<FieldMapping, PageError> {
    let (switchyard, actor) = actor().await?;
    Ok(switchyard.field_mapping(&actor, id, &key, draft.as_deref()).await?)
}

/// Saves the rules of an event, or shows what they would do.
#[server]
pub async fn save_fields(
    id: DestinationId,
    key: String,
    version: i64,
    #[server(default)] then: String,
    #[server(default)] rows: Vec<PostedField>,
) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    let rules = posted_rules(&rows);
    let page = format!("/destinations/{id}/workflow/{}", encode(&key));
    let saved = match then.as_str() {
        "preview" => None,
        _ => Some(switchyard.save_field_rules(&actor, id, &key, version, rules.clone()).await),
    };
    match saved {
        Some(Ok(())) => leptos_axum::redirect(&format!("{page}?notice=fields_saved")),
        // Mistakes are shown beside what was typed, which the draft holds.
        None | Some(Err(ApiError::Invalid(_))) => {
            let draft = switchyard.try_field_rules(&actor, id, &key, rules).await?;
            leptos_axum::redirect(&format!("{page}?draft={draft}"));
        }
        Some(Err(error)) => return Err(error.into()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_rules() {
        let row = |name: &str, from: &str, text: &str| PostedField {
            name: name.into(),
            from: from.into(),
            text: text.into(),
        };
        let rules = posted_rules(&[
            row("a", "default", "left over"),
            row("b", "path", " properties.total "),
            row("c", "constant", "USD"),
            row("d", "off", ""),
        ]);
        assert_eq!(rules.len(), 3);
        assert_eq!(rules["b"], FieldRule::Path("properties.total".into()));
        assert_eq!((&rules["c"], &rules["d"]), (&FieldRule::Constant("USD".into()), &FieldRule::Off));
    }
}
