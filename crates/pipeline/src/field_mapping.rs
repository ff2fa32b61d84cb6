//! Field mapping of one event: its rules, what they make of the last real event, and what is wrong with new ones.

use std::collections::BTreeMap;

use domain::{
    Actor, ApiError, DestinationId, FieldError, Role, catalogue,
    fields::{FieldInfo, FieldTrace},
    view::{Workflow, WorkflowRow},
    view_fields::{FieldMapping, MappedField, Preview},
    workflow::{EventSetting, FieldRule, is_audience_event, nearest, sides_differ},
};

use crate::{Switchyard, api_error, profiles::known, test_bench::masked_trace, worker};

/// How long a path or a constant may be, in characters.
const VALUE_MAX: usize = 500;
/// How long all rules of a draft may be, in bytes.
const DRAFT_MAX: usize = 64 * 1024;
/// Keys at an event's top level beside those of the default paths.
const TOP_LEVEL: [&str; 9] =
    ["anonymousId", "event", "groupId", "name", "previousId", "timestamp", "type", "category", "integrations"];
/// Objects: a rule has to name something inside.
const OBJECTS: [&str; 7] =
    ["properties", "traits", "context", "profile", "integrations", "customProperties", "user_traits"];

/// Rules that somebody tries before saving them.
#[derive(Clone)]
pub(crate) struct RuleDraft {
    key: String,
    rules: BTreeMap<String, FieldRule>,
}

impl Switchyard {
    /// The mapping of an event by its settings' key: as it is saved, or as the draft behind `ticket` has it.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] also for an event that isn't in the workflow; [`ApiError::Refused`] for a draft that is gone.
    pub async fn field_mapping(
        &self,
        actor: &Actor,
        id: DestinationId,
        key: &str,
        ticket: Option<&str>,
    ) -> Result<FieldMapping, ApiError> {
        let workflow = self.workflow(actor, id).await?;
        let setting = row(&workflow, key)?.setting.clone();
        let slug = self.store().destination(actor.workspace, id).await.map_err(api_error)?.slug;
        let fields = self.destination_type(&slug).ok_or(ApiError::NotFound)?.fields();
        let rules = match ticket {
            None => setting.fields.clone(),
            Some(ticket) => self.rule_drafts().find(actor, id, ticket, self.now())?.of(key)?,
        };
        let (preview, mut traces) = self.preview(actor, id, &setting, &rules).await?;
        let mut mistakes = self.rule_mistakes(&slug, &rules);
        mistakes.extend(clash(&EventSetting { fields: rules.clone(), ..setting.clone() }));
        let fields = fields.into_iter().map(|info| MappedField {
            rule: rules.get(&info.name).cloned(),
            trace: traces.remove(&info.name),
            info,
        });
        Ok(FieldMapping {
            id,
            name: workflow.name,
            key: catalogue::setting_key(&setting.event),
            snap_event: setting.snap_event,
            event: setting.event,
            version: workflow.version,
            fields: fields.collect(),
            preview,
            unsaved: rules != setting.fields,
            mistakes,
        })
    }

    /// What the rules make of the last event of that name.
    async fn preview(
        &self,
        actor: &Actor,
        id: DestinationId,
        setting: &EventSetting,
        rules: &BTreeMap<String, FieldRule>,
    ) -> Result<(Option<Preview>, BTreeMap<String, FieldTrace>), ApiError> {
        let key = catalogue::setting_key(&setting.event);
        let last = self.store().last_event(actor.workspace, &key).await.map_err(api_error)?;
        let lane = self.store().lane(id).await.map_err(api_error)?;
        let (Some(stored), Some(lane)) = (last, lane) else { return Ok((None, BTreeMap::new())) };
        let Some(kind) = self.destination_type(&lane.kind) else { return Ok((None, BTreeMap::new())) };
        let (event_id, source, masked) = (stored.id, stored.source, stored.masked().clone());
        let event = stored.open(self.store().keys()).map_err(api_error)?;
        let place = (lane.workspace, lane.countries.get(&source).map(String::as_str));
        let profile = known::of(self, &**kind, place, rules, &event).await.map_err(api_error)?;
        let mut context = worker::context_of(&lane, source, &key, Some(&setting.snap_event), profile);
        context.fields.clone_from(rules);
        let (problem, warnings) = match worker::map_event(&**kind, &event, &context) {
            Ok(mapped) => (None, mapped.warnings),
            Err(problem) => (Some(problem), Vec::new()),
        };
        let traces = kind.explain(&event, &context).into_iter().map(|trace| masked_trace(trace, &masked));
        let preview = Preview { event: event_id, received_at: masked.received_at, problem, warnings };
        Ok((Some(preview), traces.map(|trace| (trace.name.clone(), trace)).collect()))
    }

    /// Keeps rules for a preview, also wrong ones, which the preview tells; answers with the ticket.
    ///
    /// # Errors
    /// [`ApiError::Refused`] for more than a page can hold.
    pub async fn try_field_rules(
        &self,
        actor: &Actor,
        id: DestinationId,
        key: &str,
        rules: BTreeMap<String, FieldRule>,
    ) -> Result<String, ApiError> {
        let workflow = self.workflow(actor, id).await?;
        row(&workflow, key)?;
        let size: usize = rules.iter().map(|(name, rule)| name.len() + size(rule)).sum();
        if size > DRAFT_MAX {
            return Err(ApiError::Refused("These rules are longer than 64 KiB. Shorten them.".into()));
        }
        Ok(self.rule_drafts().keep(actor, id, RuleDraft { key: key.to_owned(), rules }, self.now()))
    }

    /// Saves the rules of an event on top of `version` of the event workflow.
    ///
    /// # Errors
    /// Mistakes by field name; a refusal naming who saved in between.
    pub async fn save_field_rules(
        &self,
        actor: &Actor,
        id: DestinationId,
        key: &str,
        version: i64,
        rules: BTreeMap<String, FieldRule>,
    ) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        let workflow = self.workflow(actor, id).await?;
        let setting = EventSetting { fields: rules, ..row(&workflow, key)?.setting.clone() };
        self.check_rules(actor, id, &setting).await?;
        self.save_workflow(actor, id, version, vec![setting]).await
    }

    async fn check_rules(&self, actor: &Actor, id: DestinationId, setting: &EventSetting) -> Result<(), ApiError> {
        let slug = self.store().destination(actor.workspace, id).await.map_err(api_error)?.slug;
        let mut mistakes = self.rule_mistakes(&slug, &setting.fields);
        mistakes.extend(clash(setting));
        if mistakes.is_empty() { Ok(()) } else { Err(ApiError::Invalid(mistakes)) }
    }

    /// What is wrong with rules for a destination of this type, by field name.
    pub(crate) fn rule_mistakes(&self, slug: &str, rules: &BTreeMap<String, FieldRule>) -> Vec<FieldError> {
        let Some(kind) = self.destination_type(slug).filter(|_| !rules.is_empty()) else { return Vec::new() };
        let fields = kind.fields();
        // A destination that doesn't name its fields takes any.
        if fields.is_empty() {
            return Vec::new();
        }
        mistakes(&fields, rules, |field, text| kind.constant_mistake(field, text))
    }
}

impl RuleDraft {
    fn of(self, key: &str) -> Result<BTreeMap<String, FieldRule>, ApiError> {
        if self.key == key { Ok(self.rules) } else { Err(ApiError::NotFound) }
    }
}

/// A rule that parts the two sides of an event that has both on.
fn clash(setting: &EventSetting) -> Option<FieldError> {
    let (field, why) =
        sides_differ(setting).filter(|(field, _)| setting.server && setting.client && !field.is_empty())?;
    Some(FieldError::new(field, why))
}

fn size(rule: &FieldRule) -> usize {
    match rule {
        FieldRule::Path(text) | FieldRule::Constant(text) => text.len(),
        FieldRule::Off => 0,
    }
}

fn row<'w>(workflow: &'w Workflow, key: &str) -> Result<&'w WorkflowRow, ApiError> {
    let rows = workflow.rows.iter().filter(|row| !is_audience_event(&row.setting.event));
    let mut found = rows.filter(|row| catalogue::setting_key(&row.setting.event) == key);
    found.next().ok_or(ApiError::NotFound)
}

/// `unfit` says what is wrong with a constant for a field.
fn mistakes(
    fields: &[FieldInfo],
    rules: &BTreeMap<String, FieldRule>,
    unfit: impl Fn(&str, &str) -> Option<String>,
) -> Vec<FieldError> {
    let mistake = |name: &String, rule: &FieldRule| {
        let message = if fields.iter().any(|field| field.name == *name) {
            rule_mistake(fields, rule, |text| unfit(name, text))?
        } else {
            let near = nearest(name, fields.iter().map(|field| field.name.as_str()));
            format!("There is no field “{name}”.{}", near.map(did_you_mean).unwrap_or_default())
        };
        Some(FieldError::new(name, message))
    };
    rules.iter().filter_map(|(name, rule)| mistake(name, rule)).collect()
}

fn rule_mistake(fields: &[FieldInfo], rule: &FieldRule, unfit: impl Fn(&str) -> Option<String>) -> Option<String> {
    let (FieldRule::Path(text) | FieldRule::Constant(text)) = rule else { return None };
    if text.chars().count() > VALUE_MAX || text.chars().any(char::is_control) {
        return Some(format!("Use at most {VALUE_MAX} characters, on one line."));
    }
    match rule {
        FieldRule::Constant(text) if text.trim().is_empty() => {
            Some("Type what is sent with each event, or choose “Not sent”.".to_owned())
        }
        FieldRule::Constant(text) => unfit(text),
        FieldRule::Path(path) => path_mistake(fields, path),
        FieldRule::Off => None,
    }
}

fn path_mistake(fields: &[FieldInfo], path: &str) -> Option<String> {
    if path.is_empty() || path.split('.').any(|key| key.is_empty() || key.trim() != key) {
        return Some("Write a path with dots between the keys, such as properties.total.".to_owned());
    }
    let (root, rest) = path.split_once('.').map_or((path, None), |(root, rest)| (root, Some(rest)));
    let roots = fields.iter().flat_map(|field| &field.paths).filter_map(|path| path.split('.').next());
    let known: std::collections::BTreeSet<&str> = roots.chain(TOP_LEVEL).chain(OBJECTS).collect();
    if !known.contains(root) {
        let near = nearest(root, known.into_iter());
        let whole = near.map(|near| rest.map_or_else(|| near.to_owned(), |rest| format!("{near}.{rest}")));
        return Some(format!("An event has no “{root}”.{}", whole.as_deref().map(did_you_mean).unwrap_or_default()));
    }
    (rest.is_none() && OBJECTS.contains(&root))
        .then(|| format!("“{root}” holds many values; name one of them, such as {root}.total."))
}

fn did_you_mean(name: &str) -> String {
    format!(" Did you mean {name}?")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str, rule: FieldRule) -> Option<String> {
        let field = |name: &str, path: &str| FieldInfo { name: name.into(), paths: vec![path.into()] };
        let fields = [field("custom_data.value", "properties.value"), field("user_data.em", "context.traits.email")];
        let unfit =
            |field: &str, text: &str| (field == "user_data.em" && text == "x").then(|| "No address.".to_owned());
        mistakes(&fields, &BTreeMap::from([(name.to_owned(), rule)]), unfit).pop().map(|error| error.message)
    }

    #[test]
    fn names_the_nearest_right_name() {
        let path = |path: &str| FieldRule::Path(path.into());
        assert_eq!(said("custom_data.value", path("properties.total")), None);
        assert_eq!(said("custom_data.value", path("profile.email")), None);
        assert_eq!(said("user_data.em", FieldRule::Off), None);
        assert!(said("custom_data.valeu", FieldRule::Off).unwrap().contains("Did you mean custom_data.value?"));
        assert!(said("user_data.em", path("propertis.total")).unwrap().contains("Did you mean properties.total?"));
        assert!(said("user_data.em", path("properties")).unwrap().contains("name one of them"));
        for wrong in ["", "properties..x", "properties. x", "."] {
            assert!(said("user_data.em", path(wrong)).unwrap().contains("dots"), "{wrong}");
        }
        assert!(said("user_data.em", FieldRule::Constant(" ".into())).unwrap().contains("Not sent"));
        assert!(said("user_data.em", FieldRule::Constant("a\nb".into())).unwrap().contains("one line"));
        assert_eq!(said("user_data.em", FieldRule::Constant("x".into())).as_deref(), Some("No address."));
        assert_eq!(said("custom_data.value", FieldRule::Constant("x".into())), None);
    }
}
