//! Who calls, and what they may see and change.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header::AUTHORIZATION};

use super::error::AdsError;
use crate::directory::{AssetEntry, AssetKind};
use crate::oauth::MARKETING;
use crate::oauth::grants::Stale;
use crate::rates::OAUTH_PER_SECOND;
use crate::seed::{AdAccount, Organization, User};
use crate::sim::Sim;

/// A person whose access token carries the scope of the Ads API.
pub struct Caller {
    sim: Arc<Sim>,
    user: usize,
}

/// The token of `Authorization: Bearer …`.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

impl FromRequestParts<Arc<Sim>> for Caller {
    type Rejection = AdsError;

    async fn from_request_parts(parts: &mut Parts, sim: &Arc<Sim>) -> Result<Self, AdsError> {
        let token = bearer(&parts.headers).ok_or(AdsError::Unauthorized("The access token is missing"))?;
        let now = sim.clock.now_ms();
        let world = &mut *sim.world();
        if world.settings.rate_limits && !world.rates.admit(token, OAUTH_PER_SECOND, now) {
            return Err(AdsError::TooMany);
        }
        let grant = world.oauth.check(token, now).map_err(|stale| {
            AdsError::Unauthorized(match stale {
                Stale::Expired => "The access token expired",
                Stale::Unknown | Stale::Revoked => "The access token is invalid",
            })
        })?;
        if !grant.scopes.iter().any(|scope| scope == MARKETING) {
            return Err(AdsError::Forbidden(format!("The access token lacks the scope {MARKETING}")));
        }
        let user = sim.directory.users.iter().position(|user| user.id == grant.user);
        let user = user.ok_or(AdsError::Unauthorized("The access token is invalid"))?;
        Ok(Self { sim: Arc::clone(sim), user })
    }
}

impl Caller {
    /// The person.
    pub fn user(&self) -> &User {
        &self.sim.directory.users[self.user]
    }

    /// The organisations the person belongs to, with their place in the list of all.
    pub fn organizations(&self) -> impl Iterator<Item = (u64, &Organization)> {
        let all = self.sim.directory.organizations.iter().zip(1..);
        all.filter(|(organization, _)| self.user().role_in(organization).is_some()).map(|(one, place)| (place, one))
    }

    /// The ad accounts of an organisation that the person has a role on.
    pub fn ad_accounts<'a>(&'a self, organization: &'a Organization) -> impl Iterator<Item = (u64, &'a AdAccount)> {
        let all = organization.ad_account.iter().zip(1..);
        all.filter(|(account, _)| self.user().role_on(organization, account).is_some()).map(|(one, place)| (place, one))
    }

    /// An organisation that the person belongs to.
    pub fn organization(&self, id: &str) -> Result<&Organization, AdsError> {
        let organization = self.sim.directory.organization(id).ok_or(AdsError::NotFound("organization"))?;
        self.user().role_in(organization).ok_or_else(|| self.lacks("any role", "ORGANIZATION"))?;
        Ok(organization)
    }

    /// An ad account that the person has a role on.
    pub fn ad_account(&self, id: &str) -> Result<(&Organization, &AdAccount), AdsError> {
        let (organization, account) = self.sim.directory.ad_account(id).ok_or(AdsError::NotFound("adaccount"))?;
        self.user().role_on(organization, account).ok_or_else(|| self.lacks("any role", "AD_ACCOUNT"))?;
        Ok((organization, account))
    }

    /// An ad account whose segments the person may change.
    pub fn writable_account(&self, id: &str) -> Result<(&Organization, &AdAccount), AdsError> {
        let (organization, account) = self.ad_account(id)?;
        match self.user().role_on(organization, account) {
            Some("admin" | "data_manager") => {}
            _ => return Err(self.lacks("the role admin or data_manager", "AD_ACCOUNT")),
        }
        if account.status != "ACTIVE" {
            return Err(AdsError::Forbidden("The ad account is not active".into()));
        }
        Ok((organization, account))
    }

    /// A pixel of an ad account that the person has a role on.
    pub fn pixel(&self, id: &str) -> Result<&AssetEntry, AdsError> {
        let pixel = self.sim.directory.asset(id).filter(|asset| asset.kind == AssetKind::Pixel);
        let pixel = pixel.ok_or(AdsError::NotFound("pixel"))?;
        let owner = self.sim.directory.owner(pixel);
        let account = pixel.ad_account.map(|index| &owner.ad_account[index]);
        match account.and_then(|account| self.user().role_on(owner, account)) {
            Some(_) => Ok(pixel),
            None => Err(self.lacks("any role", "AD_ACCOUNT")),
        }
    }

    fn lacks(&self, role: &str, container: &str) -> AdsError {
        AdsError::Forbidden(format!("Caller does not have permission: {role} on this {container} is needed"))
    }
}
