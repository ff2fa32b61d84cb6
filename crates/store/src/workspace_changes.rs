//! What `apply` does to a workspace: all of it in one transaction, or nothing.

use domain::{
    AudienceId, DestinationId, Role, SourceId, Timestamp, UserId, WorkspaceId, audience::Rule, destination::Secret,
    options::DestinationOptions, view::audience::AudienceState, view_sync::LinkSettings, workflow::EventSetting,
};
use sqlx::SqliteConnection;

use crate::{
    NewSource, NewUser, Store, StoreError, WorkspaceSnapshot,
    accounts::{insert_user, insert_workspace, replace_password},
    audiences::{describe_audience, link_audience, unlink_audience, write_audience},
    changes::{Author, note},
    configuration::{update_capi_token, update_options, update_server_side},
    destinations::{insert_destination, update_enabled},
    people::{add_member, keep_an_admin},
    refusals::found,
    sources::{insert_source, update_country, update_source_enabled, update_write_key},
    sync_settings::{wake_links, write_link_settings},
    tag::update_consent,
    workflow::write_settings,
    workspace_snapshot::read_snapshots,
};

/// One step, with the line of the file that asks for it and a sentence that tells it.
#[derive(Clone, Debug)]
pub struct Planned {
    /// What to do.
    pub step: Step,
    /// Where the file says so.
    pub line: usize,
    /// The sentence for the terminal. Without secrets.
    pub what: String,
    /// The sentence for the log of changes, which tells the destination beside it.
    pub noted: String,
}

impl Planned {
    /// A step that is told alike in both places.
    #[must_use]
    pub fn new(step: Step, line: usize, what: String) -> Self {
        Self { step, line, noted: sentence(&what), what }
    }
}

/// With a capital, as the log of changes has it.
#[must_use]
pub fn sentence(what: &str) -> String {
    let mut chars = what.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Something to do to the workspace.
#[derive(Clone, Debug)]
pub enum Step {
    /// Make the workspace itself.
    Workspace(String),
    /// Make a user, with a role.
    User(NewUser, Role),
    /// Let a user of another workspace in.
    Member(UserId, Role),
    /// Another role.
    Role(UserId, Role),
    /// Another name.
    UserName(UserId, String),
    /// Another password: its hash.
    Password(UserId, String),
    /// Make a source.
    Source(NewSource),
    /// Another country.
    SourceCountry(SourceId, String),
    /// Another write key; the old one is accepted until then.
    SourceKey(SourceId, String, Timestamp),
    /// On or off.
    SourceEnabled(SourceId, bool),
    /// Whether only events with marketing consent are sent.
    SourceConsent(SourceId, bool),
    /// Make a destination: slug and name.
    Destination(DestinationId, &'static str, String),
    /// On or off.
    DestinationEnabled(DestinationId, bool),
    /// Other assets, by id.
    Assets(DestinationId, AssetIds),
    /// "Send data via Server-side".
    ServerSide(DestinationId, bool),
    /// Other options.
    Options(DestinationId, DestinationOptions),
    /// Another CAPI token.
    CapiToken(DestinationId, Secret),
    /// Another setting of one event.
    Setting(DestinationId, EventSetting),
    /// Make an audience or replace its rule.
    Audience(AudienceId, String, Rule),
    /// What an audience is for, whether it follows its rule, and its state.
    Describe(AudienceId, String, bool, AudienceState),
    /// Send an audience to a destination.
    Link(AudienceId, DestinationId),
    /// Another list there, or other settings of it.
    LinkSettings(AudienceId, DestinationId, LinkSettings),
    /// Send it there no more.
    Unlink(AudienceId, DestinationId),
}

/// Assets chosen by id alone; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssetIds {
    /// The business.
    pub business: Option<String>,
    /// The ad account.
    pub ad_account: Option<String>,
    /// The pixel.
    pub pixel: Option<String>,
}

/// Why nothing was changed.
#[derive(Debug)]
pub enum ApplyFailure<E> {
    /// The plan could not be made.
    Plan(E),
    /// The step of this line was refused.
    Step(usize, StoreError),
    /// The database failed.
    Store(StoreError),
}

impl<E, T: Into<StoreError>> From<T> for ApplyFailure<E> {
    fn from(error: T) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// Reads the workspaces of this name, lets `plan` work out what to do, and does it, all in one transaction. `fresh`
    /// is the id of the workspace if it has to be made.
    ///
    /// # Errors
    /// [`ApplyFailure`]; then nothing is changed.
    pub async fn apply<E>(
        &self,
        name: &str,
        fresh: WorkspaceId,
        author: &Author,
        plan: impl FnOnce(&[WorkspaceSnapshot]) -> Result<Vec<Planned>, E>,
    ) -> Result<Vec<Planned>, ApplyFailure<E>> {
        let mut tx = self.write().await?;
        let snapshots = read_snapshots(&mut tx, &self.keys, name).await?;
        let steps = plan(&snapshots).map_err(ApplyFailure::Plan)?;
        let workspace = snapshots.first().map_or(fresh, |found| found.id);
        for planned in &steps {
            self.take_step(&mut tx, workspace, planned, author)
                .await
                .map_err(|error| ApplyFailure::Step(planned.line, error))?;
        }
        if let Some(last) = steps.iter().rfind(|planned| matches!(planned.step, Step::Role(..) | Step::User(..))) {
            keep_an_admin(&mut tx, workspace).await.map_err(|error| ApplyFailure::Step(last.line, error))?;
        }
        tx.commit().await?;
        Ok(steps)
    }

    async fn take_step(
        &self,
        conn: &mut SqliteConnection,
        workspace: WorkspaceId,
        planned: &Planned,
        author: &Author,
    ) -> Result<(), StoreError> {
        let now = author.at;
        match &planned.step {
            Step::Workspace(name) => insert_workspace(conn, workspace, name, now).await?,
            Step::User(user, role) => {
                insert_user(conn, &self.keys, user, now).await?;
                add_member(conn, workspace, user.id, *role).await?;
            }
            Step::Member(user, role) => {
                add_member(conn, workspace, *user, *role).await?;
            }
            Step::Role(user, role) => update_role(conn, workspace, *user, *role).await?,
            Step::UserName(user, name) => update_user_name(conn, *user, name).await?,
            Step::Password(user, hash) => replace_password(conn, *user, hash).await?,
            Step::Source(source) => insert_source(conn, workspace, source, now).await?,
            Step::SourceCountry(id, country) => update_country(conn, workspace, *id, Some(country)).await?,
            Step::SourceKey(id, key, until) => update_write_key(conn, workspace, *id, key, *until).await?,
            Step::SourceEnabled(id, on) => update_source_enabled(conn, workspace, *id, *on).await?,
            Step::SourceConsent(id, required) => drop(update_consent(conn, workspace, *id, *required).await?),
            Step::Destination(id, slug, name) => insert_destination(conn, workspace, *id, slug, name, now).await?,
            Step::DestinationEnabled(id, on) => update_enabled(conn, workspace, *id, *on).await?,
            Step::Assets(id, assets) => update_asset_ids(conn, workspace, *id, assets).await?,
            Step::ServerSide(id, on) => update_server_side(conn, workspace, *id, *on).await?,
            Step::Options(id, options) => update_options(conn, workspace, *id, options).await?,
            Step::CapiToken(id, token) => update_capi_token(conn, &self.keys, *id, token, now).await?,
            Step::Setting(id, setting) => {
                return write_settings(conn, workspace, *id, &[(setting.clone(), planned.noted.clone())], author).await;
            }
            Step::Audience(id, name, rule) => write_audience(conn, workspace, *id, name, rule, now).await?,
            Step::Describe(id, description, dynamic, state) => {
                describe_audience(conn, workspace, *id, description, *dynamic, Some(*state)).await?;
            }
            Step::Link(id, destination) => link_audience(conn, *id, *destination).await?,
            Step::LinkSettings(id, destination, settings) => {
                write_link_settings(conn, *id, *destination, settings).await?;
            }
            Step::Unlink(id, destination) => unlink_audience(conn, *id, *destination).await?,
        }
        note(conn, author, workspace, planned.step.destination(), &planned.noted).await
    }
}

impl Step {
    /// Whose page shows the change.
    fn destination(&self) -> Option<DestinationId> {
        match self {
            Self::Destination(id, ..)
            | Self::DestinationEnabled(id, _)
            | Self::Assets(id, _)
            | Self::ServerSide(id, _)
            | Self::Options(id, _)
            | Self::CapiToken(id, _)
            | Self::Setting(id, _)
            | Self::Link(_, id)
            | Self::LinkSettings(_, id, _)
            | Self::Unlink(_, id) => Some(*id),
            _ => None,
        }
    }
}

async fn update_role(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    user: UserId,
    role: Role,
) -> Result<(), StoreError> {
    let done = sqlx::query("update memberships set role = $3 where workspace_id = $1 and user_id = $2")
        .bind(workspace.0)
        .bind(user.0)
        .bind(role.as_str())
        .execute(conn)
        .await?;
    found(&done)
}

async fn update_user_name(conn: &mut SqliteConnection, user: UserId, name: &str) -> Result<(), StoreError> {
    let done =
        sqlx::query("update users set name = $2 where id = $1").bind(user.0).bind(name.trim()).execute(conn).await?;
    found(&done)
}

/// A name is known only for the asset that it was chosen with.
async fn update_asset_ids(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    id: DestinationId,
    assets: &AssetIds,
) -> Result<(), StoreError> {
    let done = sqlx::query(
        "update destinations set
           business_name = case when $3 is null or $3 = business_id then business_name end,
           business_id = coalesce($3, business_id),
           ad_account_name = case when $4 is null or $4 = ad_account_id then ad_account_name end,
           ad_account_id = coalesce($4, ad_account_id),
           pixel_name = case when $5 is null or $5 = pixel_id then pixel_name end,
           pixel_id = coalesce($5, pixel_id),
           health = 'ok', health_reason = null, health_until = null
         where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(&assets.business)
    .bind(&assets.ad_account)
    .bind(&assets.pixel)
    .execute(&mut *conn)
    .await?;
    found(&done)?;
    wake_links(conn, id).await
}
