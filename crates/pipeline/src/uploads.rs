//! Files of people: received sealed, looked through, imported in the background, and deleted then.

mod import;
mod look;
mod receive;
mod records;
mod rejects;
mod sealed_file;

use std::time::Duration;

use domain::{
    Actor, ApiError, AudienceId, Role, UploadId, WorkspaceId,
    audience::Rule,
    config::validate_name,
    view::audience::{AudienceForm, AudienceState},
    view_uploads::{PlanForm, UploadState, UploadTarget, UploadView},
};
use store::{Author, StoreError};
use tokio_util::sync::CancellationToken;

pub use receive::{Receiving, UploadRefusal};
pub use rejects::RejectedRows;

use crate::{Switchyard, api_error, internal};
use sealed_file::Folder;

/// How often the database is asked for an import that another process was given.
const POLL: Duration = Duration::from_secs(1);
/// The pause after a failure of the database.
const AFTER_FAILURE: Duration = Duration::from_secs(2);
/// How often files are looked for that nobody needs any more, counted in polls.
const SWEEP_EVERY: u32 = 600;

impl Switchyard {
    /// The files of the workspace, newest first.
    ///
    /// # Errors
    /// [`ApiError::Internal`].
    pub async fn uploads(&self, actor: &Actor) -> Result<Vec<UploadView>, ApiError> {
        self.store().uploads(actor.workspace).await.map_err(api_error)
    }

    /// One file.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn upload(&self, actor: &Actor, id: UploadId) -> Result<UploadView, ApiError> {
        self.store().upload(actor.workspace, id).await.map_err(api_error)
    }

    /// The static audiences, which people can be put into by hand.
    ///
    /// # Errors
    /// [`ApiError::Internal`].
    pub async fn static_audiences(&self, actor: &Actor) -> Result<Vec<(AudienceId, String)>, ApiError> {
        let all = self.store().audience_views(actor.workspace).await.map_err(api_error)?;
        Ok(all
            .into_iter()
            .filter(|audience| !audience.form.dynamic && audience.state == AudienceState::Active)
            .map(|audience| (audience.id, audience.form.name))
            .collect())
    }

    /// Has a file read in another way, and looks through it again.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `columns`; [`ApiError::NotFound`] if its import has begun.
    pub async fn plan_upload(&self, actor: &Actor, id: UploadId, form: PlanForm) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        if self.upload(actor, id).await?.state != UploadState::Draft {
            return Err(ApiError::Refused("This file is no longer waiting to be imported.".into()));
        }
        let bytes = self.store().upload_bytes(id).await.map_err(api_error)?;
        match look_through(self, id, bytes, Some(form), actor.workspace).await {
            Ok(()) => Ok(()),
            Err(UploadRefusal::File(_)) => {
                Err(ApiError::Refused("With this separator the first line is empty.".into()))
            }
            Err(UploadRefusal::Other(error)) => Err(error),
        }
    }

    /// Has a file imported in the background.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `columns`, `audience` or `audience_name`; [`ApiError::NotFound`].
    pub async fn start_upload(&self, actor: &Actor, id: UploadId, target: UploadTarget) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        let upload = self.upload(actor, id).await?;
        let (UploadState::Draft, Some(plan)) = (upload.state, &upload.plan) else {
            return Err(ApiError::Refused("This file is no longer waiting to be imported.".into()));
        };
        if let Some(problem) = plan.problem() {
            return Err(ApiError::Invalid(vec![problem]));
        }
        if upload.report.is_none_or(|report| report.taken == 0) {
            return Err(ApiError::Refused(
                "No row of this file can be taken. Mend the file or choose other columns.".into(),
            ));
        }
        let author = Author { user: Some(actor.user), at: self.now() };
        let audience = match target {
            UploadTarget::Profiles => None,
            UploadTarget::Audience(id) => Some(id),
            UploadTarget::NewAudience(name) => Some(self.new_list(actor, &name, &author).await?),
        };
        self.store().start_upload(actor.workspace, id, audience, &author).await.map_err(|error| match error {
            StoreError::Refused(ApiError::NotFound) if audience.is_some() => {
                ApiError::field("audience", "Choose a static audience of the list.")
            }
            error => api_error(error),
        })
    }

    /// A static audience for the people of a file: nobody comes in by a rule.
    async fn new_list(&self, actor: &Actor, name: &str, author: &Author) -> Result<AudienceId, ApiError> {
        if let Some(error) = validate_name("audience_name", "audience", name) {
            return Err(ApiError::Invalid(vec![error]));
        }
        let id = AudienceId(self.new_id());
        let form = AudienceForm {
            name: name.to_owned(),
            description: "People of uploaded files".into(),
            rule: Rule::default(),
            dynamic: false,
            destinations: Vec::new(),
        };
        let saved = self.store().save_audience(actor.workspace, id, &form, Some(AudienceState::Active), author).await;
        saved.map_err(|error| match api_error(error) {
            ApiError::Invalid(errors) => {
                let message = errors.into_iter().map(|it| it.message).collect::<Vec<_>>().join(" ");
                ApiError::field("audience_name", message)
            }
            other => other,
        })?;
        Ok(id)
    }

    /// Stops an import, or forgets a file that was not imported. What was imported stays.
    ///
    /// # Errors
    /// [`ApiError::Refused`] if it has ended.
    pub async fn cancel_upload(&self, actor: &Actor, id: UploadId) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        self.upload(actor, id).await?;
        let author = Author { user: Some(actor.user), at: self.now() };
        match self.store().cancel_upload(actor.workspace, id, &author).await {
            Err(StoreError::Refused(ApiError::NotFound)) => {
                return Err(ApiError::Refused("There is nothing to stop: the import has ended.".into()));
            }
            done => done.map_err(api_error)?,
        }
        delete_file(self, id).await;
        Ok(())
    }
}

/// Reads a whole file and writes down how it is read and what was found.
async fn look_through(
    switchyard: &Switchyard,
    id: UploadId,
    bytes: u64,
    form: Option<PlanForm>,
    workspace: WorkspaceId,
) -> Result<(), UploadRefusal> {
    let (folder, keys) = (Folder::new(switchyard.store().uploads_folder()), switchyard.store().keys().clone());
    let looking = move || {
        let open = |at| folder.open(id, keys.clone(), bytes, at);
        let found = look::head(open(0)?)?.and_then(|head| Ok((head.mark(), look::plan(&head, form.as_ref())?)));
        std::io::Result::Ok(match found {
            Ok((mark, plan)) => {
                let report = look::report(look::rows(open(mark)?, mark, &plan)?, &plan)?;
                Ok((plan, report))
            }
            Err(unreadable) => Err(unreadable),
        })
    };
    let found = match tokio::task::spawn_blocking(looking).await {
        Ok(found) => found.map_err(|error| UploadRefusal::Other(internal(&error)))?,
        Err(error) => return Err(UploadRefusal::Other(internal(&error))),
    };
    let (plan, report) = found?;
    if report.rows == 0 {
        return Err(UploadRefusal::File("no_rows"));
    }
    let planned = switchyard.store().plan_upload(workspace, id, bytes, &plan, &report).await;
    planned.map_err(|error| UploadRefusal::Other(api_error(error)))
}

async fn delete_file(switchyard: &Switchyard, id: UploadId) {
    let folder = Folder::new(switchyard.store().uploads_folder());
    if let Ok(Err(error)) = tokio::task::spawn_blocking(move || folder.delete(id)).await {
        tracing::error!(upload.id = %id, %error, "an uploaded file can't be deleted; it is tried again");
    }
}

/// Imports what was given to it until `stop`, and deletes files that nobody needs any more.
pub async fn run(switchyard: Switchyard, stop: CancellationToken) {
    let mut polls = 0;
    while !stop.is_cancelled() {
        if polls % SWEEP_EVERY == 0
            && let Err(error) = sweep(&switchyard).await
        {
            tracing::warn!(%error, "old uploads can't be deleted; tried again later");
        }
        polls += 1;
        let wait = match import::import_next(&switchyard, &stop).await {
            Ok(true) => continue,
            Ok(false) => POLL,
            Err(error) => {
                tracing::error!(%error, "a file can't be imported; it goes on in a moment");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Files first, then what is known of them: a file that arrives meanwhile is left alone.
async fn sweep(switchyard: &Switchyard) -> Result<(), StoreError> {
    let files = Folder::new(switchyard.store().uploads_folder()).list();
    let kept = switchyard.store().kept_uploads(switchyard.now()).await?;
    if let Err(error) = files.and_then(|files| sealed_file::keep_only(&files, &kept)) {
        tracing::error!(%error, "an uploaded file can't be deleted; it is tried again");
    }
    Ok(())
}

/// Imports all that waits, and returns: for tests, which move the clock themselves.
///
/// # Errors
/// What the database says.
pub async fn run_until_idle(switchyard: &Switchyard) -> Result<(), StoreError> {
    sweep(switchyard).await?;
    while import::import_next(switchyard, &CancellationToken::new()).await? {}
    Ok(())
}
