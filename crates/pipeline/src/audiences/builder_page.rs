//! What the builder shows: the audience, the rule that is edited, whom it matches, and what can be asked for.

use std::collections::BTreeMap;

use domain::{
    Actor, ApiError, AudienceId, DestinationId, FieldError,
    audience::{Draft, Suggestion},
    catalogue,
    view::{
        audience::{AudienceForm, AudienceView},
        builder::{AudienceHints, BuilderPage, BuiltAudience, LinkChoice, PostedAudience, link_key},
    },
    workflow::event_key,
};

use crate::{Switchyard, api_error};

/// What a builder page is asked for.
#[derive(Default)]
pub struct BuilderRequest {
    /// The audience, unless a new one is made.
    pub id: Option<AudienceId>,
    /// A form that came back: it counts instead of what is saved.
    pub tried: Option<PostedAudience>,
    /// The suggestion that a new one starts from.
    pub suggestion: Option<String>,
    /// The audience that a new one is a copy of.
    pub copy: Option<AudienceId>,
}

impl Switchyard {
    /// The builder's page.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] for an audience of another workspace.
    pub async fn audience_builder(&self, actor: &Actor, request: BuilderRequest) -> Result<BuilderPage, ApiError> {
        let stored = match request.id {
            Some(id) => Some(self.audience(actor, id).await?),
            None => None,
        };
        let tried = request.tried.is_some();
        let posted = match (request.tried, &stored) {
            (Some(posted), _) => posted,
            (None, Some(audience)) => posted_form(&audience.form),
            (None, None) => self.first_form(actor, request.suggestion.as_deref(), request.copy).await?,
        };
        let (rule, problems) = posted.draft().rule();
        // A rule that asks for an audience that isn't there has no size; saving says what is wrong with it.
        let preview = if problems.is_empty() { self.audience_size(actor, &rule).await.ok() } else { None };
        let wrong = if tried { problems.into_iter().map(FieldError::from).collect() } else { Vec::new() };
        let linked = posted.destinations();
        Ok(BuilderPage {
            destinations: self.link_choices(actor, &linked).await?,
            hints: self.audience_hints(actor, request.id).await?,
            audience: match stored {
                Some(stored) => Some(self.built(actor, stored).await?),
                None => None,
            },
            posted,
            tried,
            wrong,
            preview,
        })
    }

    /// One audience as the builder shows it beside its form: what moves while it is worked out.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] for an audience of another workspace.
    pub async fn built_audience(&self, actor: &Actor, id: AudienceId) -> Result<BuiltAudience, ApiError> {
        let stored = self.audience(actor, id).await?;
        self.built(actor, stored).await
    }

    async fn first_form(
        &self,
        actor: &Actor,
        suggestion: Option<&str>,
        copy: Option<AudienceId>,
    ) -> Result<PostedAudience, ApiError> {
        if let Some(id) = copy {
            let mut posted = posted_form(&self.audience(actor, id).await?.form);
            posted.name = format!("{} copy", posted.name);
            return Ok(posted);
        }
        Ok(match suggestion.and_then(Suggestion::named) {
            Some(found) => PostedAudience {
                name: found.name(),
                description: found.description(),
                rule: Draft::from_rule(&found.rule()).to_fields(),
                ..PostedAudience::default()
            },
            None => {
                let mut draft = Draft::default();
                draft.apply("add:");
                PostedAudience { rule: draft.to_fields(), ..PostedAudience::default() }
            }
        })
    }

    async fn built(&self, actor: &Actor, stored: AudienceView) -> Result<BuiltAudience, ApiError> {
        Ok(BuiltAudience {
            members: self.audience_members(actor, stored.id).await?,
            id: stored.id,
            name: stored.form.name,
            state: stored.state,
            sentence: stored.sentence,
            size: stored.evaluated_at.map(|_| stored.size),
            progress: stored.progress,
        })
    }

    async fn link_choices(&self, actor: &Actor, linked: &[DestinationId]) -> Result<Vec<LinkChoice>, ApiError> {
        let mut choices = Vec::new();
        for row in self.destinations(actor).await? {
            let linked = linked.contains(&row.id);
            let lets = linked && {
                let workflow = self.workflow(actor, row.id).await?;
                let is_entering = |name: &str| event_key(name) == event_key("added_to_segment");
                workflow.rows.iter().any(|row| is_entering(&row.setting.event) && row.setting.server)
            };
            choices.push(LinkChoice { id: row.id, name: row.name, linked, lets });
        }
        Ok(choices)
    }

    /// Names that conditions can ask for: those that were seen, and the standard events.
    async fn audience_hints(&self, actor: &Actor, own: Option<AudienceId>) -> Result<AudienceHints, ApiError> {
        let (mut events, traits) = self.store().seen_names(actor.workspace).await.map_err(api_error)?;
        let seen: Vec<String> = events.iter().map(|name| event_key(name)).collect();
        let standard = catalogue::STANDARD.iter().map(|event| event.name.to_owned());
        events.extend(standard.filter(|name| !seen.contains(&event_key(name))));
        let others = self.audience_list(actor).await?.into_iter().filter(|other| Some(other.id) != own);
        Ok(AudienceHints { events, traits, audiences: others.map(|other| other.form.name).collect() })
    }
}

fn posted_form(form: &AudienceForm) -> PostedAudience {
    PostedAudience {
        name: form.name.clone(),
        description: form.description.clone(),
        fixed: !form.dynamic,
        rule: Draft::from_rule(&form.rule).to_fields(),
        to: form.destinations.iter().map(|&id| (link_key(id), "true".to_owned())).collect::<BTreeMap<_, _>>(),
    }
}
