//! "Create Audience": preview, save, activate, archive, delete.

use domain::{
    Actor, ApiError, AudienceId, FieldError, Role,
    audience::Rule,
    config::validate_name,
    view::audience::{AudienceForm, AudiencePreview, AudienceState, AudienceView, ProfileRow},
};
use store::Author;

use crate::{Switchyard, api_error};

/// Members of a sample.
const SAMPLE: u32 = 10;

impl Switchyard {
    /// How many people a rule matches now, with a sample: while it is edited.
    ///
    /// # Errors
    /// [`ApiError::Invalid`]: what makes no sense, by its place (`conditions.0`, `groups.1.conditions.2`).
    pub async fn audience_size(&self, actor: &Actor, rule: &Rule) -> Result<AudiencePreview, ApiError> {
        refuse_problems(rule)?;
        let sample = usize::try_from(SAMPLE).unwrap_or(0);
        let found = self.store().preview_rule(actor.workspace, rule, sample, self.now()).await;
        let (size, sample) = found.map_err(api_error)?;
        Ok(AudiencePreview { size, sample, sentence: rule.sentence() })
    }

    /// One audience.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn audience(&self, actor: &Actor, id: AudienceId) -> Result<AudienceView, ApiError> {
        self.store().audience_view(actor.workspace, id).await.map_err(api_error)
    }

    /// Some members of an audience, masked.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn audience_members(&self, actor: &Actor, id: AudienceId) -> Result<Vec<ProfileRow>, ApiError> {
        self.audience(actor, id).await?;
        self.store().member_sample(id, SAMPLE).await.map_err(api_error)
    }

    /// All audiences with their state, size and progress, by name.
    ///
    /// # Errors
    /// [`ApiError::Internal`].
    pub async fn audience_list(&self, actor: &Actor) -> Result<Vec<AudienceView>, ApiError> {
        self.store().audience_views(actor.workspace).await.map_err(api_error)
    }

    /// Makes an audience, as a draft or active. Members are worked out in the background.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `name`, `rule`, or a place of the rule.
    pub async fn create_audience(
        &self,
        actor: &Actor,
        form: &AudienceForm,
        state: AudienceState,
    ) -> Result<AudienceId, ApiError> {
        let id = AudienceId(self.new_id());
        self.save_audience(actor, id, form, Some(state)).await?;
        Ok(id)
    }

    /// Changes an audience. The members stay until the new rule is worked out.
    ///
    /// # Errors
    /// As [`Switchyard::create_audience`]; [`ApiError::NotFound`].
    pub async fn update_audience(&self, actor: &Actor, id: AudienceId, form: &AudienceForm) -> Result<(), ApiError> {
        self.save_audience(actor, id, form, None).await
    }

    async fn save_audience(
        &self,
        actor: &Actor,
        id: AudienceId,
        form: &AudienceForm,
        state: Option<AudienceState>,
    ) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        if let Some(error) = validate_name("name", "audience", &form.name) {
            return Err(ApiError::Invalid(vec![error]));
        }
        refuse_problems(&form.rule)?;
        let author = Author { user: Some(actor.user), at: self.now() };
        self.store().save_audience(actor.workspace, id, form, state, &author).await.map_err(api_error)
    }

    /// Draft, active or archived.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn set_audience_state(
        &self,
        actor: &Actor,
        id: AudienceId,
        state: AudienceState,
    ) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        let author = Author { user: Some(actor.user), at: self.now() };
        self.store().set_audience_state(actor.workspace, id, state, &author).await.map_err(api_error)
    }

    /// Deletes an audience: everybody leaves it.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Refused`] while another audience asks for it.
    pub async fn delete_audience(&self, actor: &Actor, id: AudienceId) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        let author = Author { user: Some(actor.user), at: self.now() };
        self.store().delete_audience(actor.workspace, id, &author).await.map_err(api_error)
    }
}

fn refuse_problems(rule: &Rule) -> Result<(), ApiError> {
    let problems = rule.problems();
    if problems.is_empty() {
        return Ok(());
    }
    Err(ApiError::Invalid(problems.into_iter().map(FieldError::from).collect()))
}
