//! Consents and what was issued for them. Pure: the clock is an argument.

use std::collections::HashMap;

use crate::chance;

/// Above this many access tokens, expired ones are forgotten.
const SWEEP_ABOVE: usize = 10_000;

/// One consent of one person for one app.
pub struct Grant {
    pub user: String,
    pub client: String,
    pub scopes: Vec<String>,
    pub revoked: bool,
}

struct Code {
    grant: usize,
    redirect_uri: String,
    expires_at: i64,
    used: bool,
}

struct Access {
    grant: usize,
    expires_at: i64,
}

struct Refresh {
    grant: usize,
    retired: bool,
}

/// What the token endpoint answers with.
pub struct Issued {
    pub access_token: String,
    /// Left out when the old one stays valid.
    pub refresh_token: Option<String>,
    pub scope: String,
}

/// Why an access token is not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum Stale {
    Unknown,
    Expired,
    Revoked,
}

/// All consents and tokens.
#[derive(Default)]
pub struct Grants {
    grants: Vec<Grant>,
    codes: HashMap<String, Code>,
    access: HashMap<String, Access>,
    refresh: HashMap<String, Refresh>,
}

impl Grants {
    /// A consent was given: the code that stands for it.
    pub fn consent(&mut self, grant: Grant, redirect_uri: String, expires_at: i64) -> String {
        self.grants.push(grant);
        let code = chance::opaque("");
        self.codes.insert(code.clone(), Code { grant: self.grants.len() - 1, redirect_uri, expires_at, used: false });
        code
    }

    /// Exchanges a code. Using one twice revokes what it brought, as RFC 6749 section 4.1.2 asks for.
    pub fn redeem(
        &mut self,
        code: &str,
        client: &str,
        redirect_uri: &str,
        now: i64,
        ttl_ms: i64,
    ) -> Result<Issued, String> {
        let entry = self.codes.get_mut(code).ok_or("Authorization code is unknown.")?;
        let grant = &mut self.grants[entry.grant];
        if grant.client != client {
            return Err("Authorization code was issued to another client.".into());
        }
        if entry.used {
            grant.revoked = true;
            return Err("Authorization code has already been used.".into());
        }
        if entry.expires_at <= now {
            return Err("Authorization code has expired.".into());
        }
        if entry.redirect_uri != redirect_uri {
            return Err("redirect_uri differs from the one of the authorization request.".into());
        }
        entry.used = true;
        let grant = entry.grant;
        Ok(self.issue(grant, now + ttl_ms, true))
    }

    /// A new access token for a refresh token.
    pub fn refresh(
        &mut self,
        token: &str,
        client: &str,
        now: i64,
        ttl_ms: i64,
        rotate: bool,
    ) -> Result<Issued, String> {
        let entry = self.refresh.get_mut(token).ok_or("Refresh token is unknown.")?;
        let grant = &self.grants[entry.grant];
        if grant.client != client {
            return Err("Refresh token was issued to another client.".into());
        }
        if grant.revoked || entry.retired {
            return Err("Refresh token has been revoked.".into());
        }
        entry.retired = rotate;
        let grant = entry.grant;
        self.sweep(now);
        Ok(self.issue(grant, now + ttl_ms, rotate))
    }

    fn issue(&mut self, grant: usize, expires_at: i64, with_refresh: bool) -> Issued {
        let access_token = chance::opaque("hCgwKCjE3");
        self.access.insert(access_token.clone(), Access { grant, expires_at });
        let refresh_token = with_refresh.then(|| chance::opaque("hCgwKCjE5"));
        if let Some(token) = &refresh_token {
            self.refresh.insert(token.clone(), Refresh { grant, retired: false });
        }
        Issued { access_token, refresh_token, scope: self.grants[grant].scopes.join(" ") }
    }

    fn sweep(&mut self, now: i64) {
        if self.access.len() > SWEEP_ABOVE {
            self.access.retain(|_, access| access.expires_at > now);
        }
    }

    /// The consent behind an access token that is still good.
    pub fn check(&self, token: &str, now: i64) -> Result<&Grant, Stale> {
        let access = self.access.get(token).ok_or(Stale::Unknown)?;
        let grant = &self.grants[access.grant];
        match (grant.revoked, access.expires_at <= now) {
            (true, _) => Err(Stale::Revoked),
            (_, true) => Err(Stale::Expired),
            _ => Ok(grant),
        }
    }

    /// Ends the life of all access tokens; how many there were.
    pub fn expire(&mut self, now: i64) -> usize {
        let live = self.access.values_mut().filter(|access| access.expires_at > now);
        live.map(|access| access.expires_at = now).count()
    }

    /// Withdraws consents, of one person or of all; how many there were.
    pub fn revoke(&mut self, user: Option<&str>) -> usize {
        let live = self.grants.iter_mut().filter(|grant| !grant.revoked && user.is_none_or(|user| grant.user == user));
        live.map(|grant| grant.revoked = true).count()
    }

    /// Access tokens that are good at this moment.
    pub fn live(&self, now: i64) -> usize {
        self.access.keys().filter(|token| self.check(token, now).is_ok()).count()
    }
}
