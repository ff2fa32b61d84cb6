//! Server functions of Setup Event Workflow, and the table's form as it is posted.

use std::collections::BTreeMap;

use domain::{
    DestinationId,
    view::Workflow,
    workflow::{EventSetting, FieldRule},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::PageError;
#[cfg(feature = "ssr")]
use super::session::actor;

/// A row of the table as the form posts it: what it is now, and what it was when the page was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostedRow {
    /// The event's name.
    #[serde(default)]
    pub event: String,
    /// The chosen Snap event, or empty for "Not sent".
    #[serde(default)]
    pub snap: String,
    /// Server-side. A switch that is off posts nothing.
    #[serde(default)]
    pub server: bool,
    /// Client-side. A switch that is off posts nothing.
    #[serde(default)]
    pub client: bool,
    /// What [`stored_mark`] gave for the stored setting; empty for a row that is new.
    #[serde(default)]
    pub was: String,
    /// The field rules as JSON; empty if there are none.
    #[serde(default)]
    pub fields: String,
}

impl PostedRow {
    /// Takes a field of the form, as the server reads it.
    pub fn take(&mut self, field: &str, value: String) {
        match field {
            "event" => self.event = value,
            "snap" => self.snap = value,
            "server" => self.server = value == "true",
            "client" => self.client = value == "true",
            "was" => self.was = value,
            "fields" => self.fields = value,
            _ => {}
        }
    }

    /// The row as a setting.
    #[must_use]
    pub fn setting(&self) -> EventSetting {
        let fields: BTreeMap<String, FieldRule> = serde_json::from_str(&self.fields).unwrap_or_default();
        EventSetting {
            event: self.event.trim().to_owned(),
            snap_event: self.snap.clone(),
            server: self.server,
            client: self.client,
            fields,
        }
    }

    /// Whether the row differs from what is stored. A new row without a name was never filled in.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        !self.event.trim().is_empty() && self.was != stored_mark(&self.setting())
    }

    /// What saving this row changes, in words; `None` if nothing.
    #[must_use]
    pub fn change(&self) -> Option<String> {
        if !self.is_changed() {
            return None;
        }
        let event = self.event.trim();
        let Some((snap, server, client)) = read_mark(&self.was) else {
            return Some(format!("{event}: added{}", if self.server { ", Server-side on" } else { "" }));
        };
        let mut parts = Vec::new();
        let mut side = |name: &str, before: bool, now: bool| {
            if before != now {
                parts.push(format!("{name} {}", if now { "on" } else { "off" }));
            }
        };
        side("Server-side", server, self.server);
        side("Client-side", client, self.client);
        if snap != self.snap {
            parts.push(match self.snap.as_str() {
                "" => "becomes nothing at Snapchat".to_owned(),
                name => format!("becomes {name}"),
            });
        }
        Some(format!("{event}: {}", parts.join(", ")))
    }
}

/// A stored setting in one short text, so that the form itself knows what has changed.
#[must_use]
pub fn stored_mark(setting: &EventSetting) -> String {
    format!("{}|{}|{}", setting.snap_event, u8::from(setting.server), u8::from(setting.client))
}

fn read_mark(mark: &str) -> Option<(&str, bool, bool)> {
    let mut parts = mark.split('|');
    Some((parts.next()?, parts.next()? == "1", parts.next()? == "1"))
}

/// The settings of the rows that differ from what is stored.
#[must_use]
pub fn changed_settings(rows: &[PostedRow]) -> Vec<EventSetting> {
    rows.iter().filter(|row| row.is_changed()).map(PostedRow::setting).collect()
}

/// The table.
#[server]
pub async fn read_workflow(id: DestinationId) -> Result<Workflow, PageError> {
    let (switchyard, actor) = actor().await?;
    Ok(switchyard.workflow(&actor, id).await?)
}

/// Stores the rows that were changed.
#[server]
pub async fn save_workflow(
    id: DestinationId,
    version: i64,
    #[server(default)] rows: Vec<PostedRow>,
) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    let changed = changed_settings(&rows);
    let notice = if changed.is_empty() { "workflow_unchanged" } else { "workflow_saved" };
    switchyard.save_workflow(&actor, id, version, changed).await?;
    leptos_axum::redirect(&format!("/destinations/{id}/workflow?notice={notice}"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(was: &str, snap: &str, server: bool, client: bool) -> PostedRow {
        PostedRow {
            event: "Order Completed".into(),
            snap: snap.into(),
            server,
            client,
            was: was.into(),
            fields: String::new(),
        }
    }

    #[test]
    fn takes_each_field_that_the_server_reads() {
        let fields = serde_json::to_value(PostedRow::default()).unwrap();
        for field in fields.as_object().unwrap().keys() {
            let mut row = PostedRow::default();
            row.take(field, "true".into());
            assert_ne!(row, PostedRow::default(), "{field}");
        }
    }

    #[test]
    fn tells_what_changes() {
        assert_eq!(row("PURCHASE|1|0", "PURCHASE", true, false).change(), None);
        let said = |row: PostedRow| row.change().unwrap_or_default();
        assert_eq!(
            said(row("PURCHASE|0|0", "PURCHASE", true, true)),
            "Order Completed: Server-side on, Client-side on"
        );
        assert_eq!(
            said(row("PURCHASE|1|0", "SIGN_UP", false, false)),
            "Order Completed: Server-side off, becomes SIGN_UP"
        );
        assert_eq!(said(row("|0|0", "PURCHASE", false, false)), "Order Completed: becomes PURCHASE");
        assert_eq!(said(row("PURCHASE|0|0", "", false, false)), "Order Completed: becomes nothing at Snapchat");
        assert_eq!(said(row("", "PURCHASE", true, false)), "Order Completed: added, Server-side on");
    }

    #[test]
    fn only_changed_rows_are_saved_and_keep_their_field_rules() {
        let mut kept = row("PURCHASE|0|0", "PURCHASE", true, false);
        kept.fields = r#"{"price":{"path":"properties.total"}}"#.into();
        let nameless = PostedRow { snap: "PURCHASE".into(), ..PostedRow::default() };
        let saved = changed_settings(&[kept, row("PURCHASE|0|0", "PURCHASE", false, false), nameless]);
        assert_eq!(saved.len(), 1);
        assert_eq!(saved[0].fields["price"], FieldRule::Path("properties.total".into()));
    }

    #[test]
    fn a_stored_setting_is_read_back() {
        let setting = row("", "ADD_CART", true, false).setting();
        assert_eq!(read_mark(&stored_mark(&setting)), Some(("ADD_CART", true, false)));
        assert_eq!(read_mark(""), None);
    }
}
