//! "Check connection": the login, what it sees, and the token, without sending an event that counts.

use std::sync::Arc;

use domain::{
    Actor, ApiError, DestinationId, Role,
    destination::{CheckStep, Destination, Endpoint, Secret},
    view::ConnectionCheck,
};
use store::DestinationRecord;

use super::oauth::unseen;
use crate::{Switchyard, api_error};

impl Switchyard {
    /// Tries what is stored, in the order in which it is needed. If all goes well the worker tries again at once.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn check_connection(&self, actor: &Actor, id: DestinationId) -> Result<ConnectionCheck, ApiError> {
        actor.require(Role::Marketer)?;
        let row = self.store().destination(actor.workspace, id).await.map_err(api_error)?;
        let kind = self.destination_type(&row.slug).ok_or(ApiError::NotFound)?;
        let capi_token = self.store().capi_token(id).await.map_err(api_error)?;
        let mut steps = Vec::new();
        let mut login_token = None;
        if row.login.is_some() {
            login_token = self.check_login(kind, &row, &mut steps).await?;
        } else if capi_token.is_none() {
            steps.push(failed("Snapchat login", "There is no login. Press “Authenticate Snapchat”."));
        }
        match (&row.pixel, capi_token.or(login_token)) {
            (None, _) => {
                steps.push(failed("Snap Pixel", "None is chosen yet. Choose one from the lists, or log in first."))
            }
            (Some(_), None) => steps.push(failed(
                "Conversion API Token",
                "None is stored. Paste one from Snapchat's Business Dashboard, section Conversion API Tokens.",
            )),
            (Some(pixel), Some(token)) => {
                steps.extend(kind.check(&Endpoint { asset_id: pixel.id.clone(), token }).await);
            }
        }
        if steps.iter().all(|step| step.ok) {
            self.store().reset_health(actor.workspace, id).await.map_err(api_error)?;
            self.wake();
        }
        Ok(ConnectionCheck { steps })
    }

    /// Whether the login is alive and sees what is chosen; its token if it is.
    async fn check_login(
        &self,
        kind: &Arc<dyn Destination>,
        row: &DestinationRecord,
        steps: &mut Vec<CheckStep>,
    ) -> Result<Option<Secret>, ApiError> {
        const LOGIN: &str = "Snapchat login";
        const CHOICE: &str = "Business Manager account, Ad Account and Snap Pixel";
        let login =
            self.with_login(kind, row.id, |kind, token| Box::pin(async move { kind.login(&token).await })).await;
        match login {
            Ok(login) => steps.push(passed(LOGIN, format!("Snapchat knows this login as {}.", login.name))),
            Err(ApiError::Refused(words)) => {
                steps.push(failed(LOGIN, words));
                return Ok(None);
            }
            Err(other) => return Err(other),
        }
        let token = self.access_token(row.id).await?;
        if row.pixel.is_some() && row.ad_account.is_some() {
            steps.push(match unseen(kind.as_ref(), &token, row).await {
                None => passed(CHOICE, "The login sees what is chosen.".to_owned()),
                Some(what) => failed(
                    CHOICE,
                    format!("The login does not see {what}. Ask its owner in Snapchat for access, or choose again."),
                ),
            });
        }
        Ok(Some(token))
    }
}

fn passed(title: &str, detail: String) -> CheckStep {
    CheckStep { title: title.to_owned(), ok: true, detail }
}

fn failed(title: &str, detail: impl Into<String>) -> CheckStep {
    CheckStep { title: title.to_owned(), ok: false, detail: detail.into() }
}
