//! Setup Event Workflow: which events there are, and what the destination does with each.

use std::collections::{BTreeMap, HashMap};

use domain::{
    Actor, ApiError, DestinationId, FieldError, Role,
    catalogue::{self, GROUPS, STANDARD},
    view::{Workflow, WorkflowRow},
    workflow::{
        ADDED_TO_SEGMENT, EventSetting, FieldRule, REMOVED_FROM_SEGMENT, event_key, is_audience_event, is_reserved,
    },
};
use store::SeenEvent;

use crate::{Switchyard, api_error};

/// The group of events that are not in the catalogue.
const CUSTOM: &str = "Custom";
/// The group of the two events that change audiences.
const AUDIENCES: &str = "Audiences";

impl Switchyard {
    /// The table: standard events, those that were seen, custom ones, and the audience events at the end.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn workflow(&self, actor: &Actor, id: DestinationId) -> Result<Workflow, ApiError> {
        let row = self.store().destination(actor.workspace, id).await.map_err(api_error)?;
        let (version, stored) = self.store().event_settings(actor.workspace, id).await.map_err(api_error)?;
        let seen = self.store().seen_events(actor.workspace, self.now()).await.map_err(api_error)?;
        let snap_events = self.event_names(&row.slug);
        Ok(Workflow {
            id,
            name: row.name,
            rows: rows(stored, seen, &snap_events),
            snap_events,
            send_server_side: row.send_server_side,
            version,
        })
    }

    /// Saves the given rows on top of `version`, for events that arrive from now on.
    ///
    /// # Errors
    /// Mistakes by event name; a refusal naming who saved in between.
    pub async fn save_workflow(
        &self,
        actor: &Actor,
        id: DestinationId,
        version: i64,
        settings: Vec<EventSetting>,
    ) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        let row = self.store().destination(actor.workspace, id).await.map_err(api_error)?;
        let allowed = self.event_names(&row.slug);
        let settings: Vec<EventSetting> = settings.into_iter().map(canonical).collect();
        let mut mistakes = domain::workflow::validate_settings(&settings, &allowed);
        let (_, stored) = self.store().event_settings(actor.workspace, id).await.map_err(api_error)?;
        let rules = |setting: &EventSetting| {
            let changed = !keeps_rules(&stored, &setting.event, &setting.fields);
            changed.then(|| self.rule_mistakes(&row.slug, &setting.fields).into_iter().next())?
        };
        mistakes.extend(settings.iter().filter_map(|s| Some(FieldError::new(&s.event, rules(s)?.message))));
        if !mistakes.is_empty() {
            return Err(ApiError::Invalid(mistakes));
        }
        let changed = changes(&stored, settings, &allowed);
        if changed.is_empty() {
            return Ok(());
        }
        self.store()
            .save_event_settings(actor.workspace, id, version, &changed, &self.author(actor))
            .await
            .map_err(api_error)
    }

    /// The event names of a destination type.
    pub(crate) fn event_names(&self, slug: &str) -> Vec<String> {
        let names = self.destination_type(slug).map_or(&[][..], |kind| kind.spec().event_names);
        names.iter().map(|&name| name.to_owned()).collect()
    }
}

/// A setting under the name that its row goes by. Audience events become nothing at the destination.
pub(crate) fn canonical(mut setting: EventSetting) -> EventSetting {
    let name = match catalogue::find(&setting.event) {
        Some(standard) => standard.name,
        None if is_audience_event(&setting.event) => audience_name(&setting.event),
        None => setting.event.trim(),
    };
    setting.event = name.to_owned();
    if is_audience_event(&setting.event) {
        setting.snap_event.clear();
    }
    setting
}

/// What an event is before anybody has set it: both sides off, with the catalogue's name at the destination.
pub(crate) fn default_setting(event: &str, allowed: &[String]) -> EventSetting {
    let key = event_key(event);
    let snap_event = match catalogue::find(event) {
        Some(standard) => standard.snap_event.to_owned(),
        // Events that already carry the destination's own names.
        None => allowed.iter().find(|name| event_key(name) == key).cloned().unwrap_or_default(),
    };
    EventSetting { event: event.to_owned(), snap_event, server: false, client: false, fields: BTreeMap::new() }
}

/// Whether an event keeps the field rules that it has: what was once taken doesn't get in the way of other changes.
pub(crate) fn keeps_rules(stored: &[EventSetting], event: &str, rules: &BTreeMap<String, FieldRule>) -> bool {
    let key = catalogue::setting_key(event);
    stored.iter().any(|known| catalogue::setting_key(&known.event) == key && known.fields == *rules)
}

/// The settings that differ from what is stored, each with a sentence of the difference.
pub(crate) fn changes(
    stored: &[EventSetting],
    settings: Vec<EventSetting>,
    allowed: &[String],
) -> Vec<(EventSetting, String)> {
    let stored: HashMap<String, &EventSetting> =
        stored.iter().map(|setting| (catalogue::setting_key(&setting.event), setting)).collect();
    settings
        .into_iter()
        .filter_map(|new| {
            let old = stored.get(&catalogue::setting_key(&new.event)).map(|&old| old.clone());
            // A custom event without anything set is a row that somebody added.
            let added = old.is_none() && catalogue::find(&new.event).is_none() && !is_audience_event(&new.event);
            let old = old.unwrap_or_else(|| default_setting(&new.event, allowed));
            let what = difference(&old, &new, added)?;
            Some((new, what))
        })
        .collect()
}

fn difference(old: &EventSetting, new: &EventSetting, added: bool) -> Option<String> {
    let mut parts = Vec::new();
    if added {
        parts.push("added".to_owned());
    }
    for (side, before, now) in [("Server-side", old.server, new.server), ("Client-side", old.client, new.client)] {
        if before != now {
            parts.push(format!("{side} {}", if now { "on" } else { "off" }));
        }
    }
    if old.snap_event != new.snap_event {
        parts.push(match new.snap_event.as_str() {
            "" => "becomes nothing".to_owned(),
            name => format!("becomes {name}"),
        });
    }
    if old.fields != new.fields {
        parts.push("field rules changed".to_owned());
    }
    (!parts.is_empty()).then(|| format!("{}: {}", new.event, parts.join(", ")))
}

fn rows(stored: Vec<EventSetting>, seen: Vec<SeenEvent>, allowed: &[String]) -> Vec<WorkflowRow> {
    let mut stored: BTreeMap<String, EventSetting> =
        stored.into_iter().map(|setting| (catalogue::setting_key(&setting.event), setting)).collect();
    let mut seen: BTreeMap<String, SeenEvent> = seen.into_iter().map(|event| (event.key.clone(), event)).collect();
    let mut take = |name: &str, group: &str, refused: Option<&str>| {
        let key = catalogue::setting_key(name);
        let event = seen.remove(&key);
        let mut setting = stored.remove(&key).unwrap_or_else(|| default_setting(name, allowed));
        setting.event = name.to_owned();
        row(setting, group, event.as_ref(), refused)
    };
    let mut rows: Vec<WorkflowRow> = GROUPS
        .iter()
        .flat_map(|&group| STANDARD.iter().filter(move |standard| standard.group == group))
        .map(|standard| take(standard.name, standard.group, None))
        .collect();
    let audience_rows = [
        take(ADDED_TO_SEGMENT, AUDIENCES, Some("Snapchat's audience lists are filled by the server alone.")),
        take(REMOVED_FROM_SEGMENT, AUDIENCES, Some("Snapchat's audience lists are emptied by the server alone.")),
    ];
    let mut custom: Vec<WorkflowRow> = Vec::new();
    for (key, setting) in stored {
        custom.push(row(setting, CUSTOM, seen.remove(&key).as_ref(), None));
    }
    for event in seen.into_values().filter(|event| !is_reserved(&event.name)) {
        custom.push(row(default_setting(&event.name, allowed), CUSTOM, Some(&event), None));
    }
    custom.sort_by_key(|row| row.setting.event.to_lowercase());
    rows.extend(custom);
    rows.extend(audience_rows);
    rows
}

fn row(setting: EventSetting, group: &str, seen: Option<&SeenEvent>, refused: Option<&str>) -> WorkflowRow {
    WorkflowRow {
        setting,
        group: group.to_owned(),
        volume_24h: seen.map_or(0, |event| event.volume_24h),
        last_seen: seen.map(|event| event.last_at),
        client_refused: refused.map(str::to_owned),
    }
}

fn audience_name(name: &str) -> &'static str {
    if event_key(name) == event_key(ADDED_TO_SEGMENT) { ADDED_TO_SEGMENT } else { REMOVED_FROM_SEGMENT }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    fn setting(event: &str, snap_event: &str, server: bool) -> EventSetting {
        EventSetting { server, snap_event: snap_event.into(), ..default_setting(event, &[]) }
    }

    #[test]
    fn rows_are_standard_seen_custom_and_audiences_last() {
        let seen = |name: &str| SeenEvent {
            key: catalogue::setting_key(name),
            name: name.into(),
            volume_24h: 3,
            last_at: Timestamp(9),
        };
        let stored =
            vec![setting("Quiz finished", "CUSTOM_EVENT_1", true), setting("Order Completed", "PURCHASE", true)];
        let allowed = vec!["PURCHASE".to_owned()];
        let rows =
            rows(stored, vec![seen("lead_created"), seen("purchase"), seen("error_log"), seen("page")], &allowed);
        let find = |name: &str| rows.iter().find(|row| row.setting.event == name).unwrap();
        assert_eq!(rows.len(), STANDARD.len() + 4);
        assert_eq!(find("Quiz finished").group, CUSTOM);
        assert_eq!((find("lead_created").volume_24h, find("lead_created").setting.server), (3, false));
        assert!(find("Order Completed").setting.server);
        // Aliases count for the standard event.
        assert_eq!((find("Purchased").volume_24h, find("Page View").volume_24h), (3, 3));
        let last: Vec<&str> = rows[rows.len() - 2..].iter().map(|row| row.setting.event.as_str()).collect();
        assert_eq!(last, [ADDED_TO_SEGMENT, REMOVED_FROM_SEGMENT]);
        assert!(rows[rows.len() - 1].client_refused.is_some());
    }

    #[test]
    fn changes_read_as_sentences() {
        let stored = [setting("Order Completed", "PURCHASE", true)];
        let allowed = ["PURCHASE".to_owned(), "SIGN_UP".to_owned()];
        let said = |new: EventSetting| changes(&stored, vec![canonical(new)], &allowed).pop().map(|(_, what)| what);
        assert_eq!(said(setting("order_completed", "PURCHASE", true)), None);
        assert_eq!(
            said(setting("Order Completed", "SIGN_UP", false)).unwrap(),
            "Order Completed: Server-side off, becomes SIGN_UP"
        );
        assert_eq!(said(setting("Signed Up", "SIGN_UP", true)).unwrap(), "Signed Up: Server-side on");
        assert_eq!(said(setting("Quiz", "", false)).unwrap(), "Quiz: added");
        assert_eq!(said(setting("Added To Segment", "PURCHASE", true)).unwrap(), "added_to_segment: Server-side on");
    }

    #[test]
    fn the_destinations_own_names_are_understood() {
        let allowed = ["PAGE_VIEW".to_owned(), "ADD_CART".to_owned()];
        assert_eq!(default_setting("add_cart", &allowed).snap_event, "ADD_CART");
        assert_eq!(default_setting("whatever", &allowed).snap_event, "");
    }
}
