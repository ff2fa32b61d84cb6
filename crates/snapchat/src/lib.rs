//! Snapchat as a destination: mapping and hashing of events, the Conversions API, the Ads API, OAuth and audience lists.

mod ads_api;
pub mod audiences;
mod capi;
mod check;
mod envelope;
mod explain;
pub mod fields;
pub mod interpret;
pub mod map;
pub mod normalise;
mod oauth;
mod oauth_answer;
pub mod quality;
pub mod reason;
pub mod settings;
pub mod spec;

use std::sync::Arc;

use domain::{
    Clock,
    delivery::Reason,
    destination::{
        Answer, Asset, BoxFuture, CheckStep, ConnectError, Destination, DestinationSpec, Endpoint, IdentifierKind,
        Login, MapContext, Mapped, Secret, Segment, TokenSet,
    },
    event::TrackedEvent,
    fields::{FieldInfo, FieldTrace, Quality},
};
use serde_json::Value;

use self::{ads_api::AdsApi, capi::Capi, oauth::OAuth, settings::Bases};
pub use normalise::NORMALISER_VERSION;
pub use settings::{Settings, SettingsError};

/// The destination type.
pub struct Snapchat {
    settings: Settings,
    bases: Bases,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
}

impl Snapchat {
    /// Checks the settings and makes the HTTP client. The process needs a TLS provider before
    /// (`rustls::crypto::ring::default_provider().install_default()`).
    ///
    /// # Errors
    /// When an address is none.
    pub fn new(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        Ok(Self { bases: settings.bases()?, http: capi::client()?, settings, clock })
    }

    fn capi(&self) -> Capi<'_> {
        Capi { http: &self.http, base: &self.bases.capi, clock: &*self.clock }
    }

    fn ads_api<'a>(&'a self, token: &'a Secret) -> AdsApi<'a> {
        AdsApi { http: &self.http, base: &self.bases.ads_api, token }
    }

    fn oauth(&self) -> OAuth<'_> {
        OAuth { http: &self.http, accounts: &self.bases.accounts, settings: &self.settings }
    }
}

impl Destination for Snapchat {
    fn spec(&self) -> &'static DestinationSpec {
        &spec::SPEC
    }

    fn map(&self, event: &TrackedEvent, context: &MapContext) -> Result<Mapped, Reason> {
        map::map(event, context)
    }

    fn fields(&self) -> Vec<FieldInfo> {
        explain::field_list()
    }

    fn explain(&self, event: &TrackedEvent, context: &MapContext) -> Vec<FieldTrace> {
        explain::explain(event, context)
    }

    fn quality(&self) -> Quality {
        quality::QUALITY
    }

    fn send<'a>(&'a self, to: &'a Endpoint, items: &'a [&'a Value]) -> BoxFuture<'a, Answer> {
        Box::pin(async move { self.capi().post(to, &[], items).await })
    }

    fn check<'a>(&'a self, to: &'a Endpoint) -> BoxFuture<'a, Vec<CheckStep>> {
        Box::pin(async move { check::run(&self.capi(), to).await })
    }

    fn validate<'a>(&'a self, to: &'a Endpoint, items: &'a [&'a Value]) -> BoxFuture<'a, Answer> {
        Box::pin(async move { self.capi().post(to, &["validate"], items).await })
    }

    fn authorize_url(&self, state: &str, redirect_uri: &str) -> Result<String, ConnectError> {
        self.oauth().authorize_url(state, redirect_uri)
    }

    fn exchange<'a>(&'a self, code: &'a str, redirect_uri: &'a str) -> BoxFuture<'a, Result<TokenSet, ConnectError>> {
        Box::pin(async move { self.oauth().exchange(code, redirect_uri).await })
    }

    fn refresh<'a>(&'a self, refresh_token: &'a Secret) -> BoxFuture<'a, Result<TokenSet, ConnectError>> {
        Box::pin(async move { self.oauth().refresh(refresh_token).await })
    }

    fn login<'a>(&'a self, token: &'a Secret) -> BoxFuture<'a, Result<Login, ConnectError>> {
        Box::pin(async move { self.ads_api(token).login().await })
    }

    fn businesses<'a>(&'a self, token: &'a Secret) -> BoxFuture<'a, Result<Vec<Asset>, ConnectError>> {
        Box::pin(async move { self.ads_api(token).businesses().await })
    }

    fn ad_accounts<'a>(
        &'a self,
        token: &'a Secret,
        business: &'a str,
    ) -> BoxFuture<'a, Result<Vec<Asset>, ConnectError>> {
        Box::pin(async move { self.ads_api(token).ad_accounts(business).await })
    }

    fn pixels<'a>(&'a self, token: &'a Secret, ad_account: &'a str) -> BoxFuture<'a, Result<Vec<Asset>, ConnectError>> {
        Box::pin(async move { self.ads_api(token).pixels(ad_account).await })
    }

    fn segments<'a>(
        &'a self,
        token: &'a Secret,
        ad_account: &'a str,
    ) -> BoxFuture<'a, Result<Vec<Segment>, ConnectError>> {
        Box::pin(async move { self.ads_api(token).segments(ad_account).await })
    }

    fn segment<'a>(&'a self, token: &'a Secret, segment: &'a str) -> BoxFuture<'a, Result<Segment, ConnectError>> {
        Box::pin(async move { self.ads_api(token).segment(segment).await })
    }

    fn create_segment<'a>(
        &'a self,
        token: &'a Secret,
        ad_account: &'a str,
        name: &'a str,
        description: &'a str,
        retention_days: u32,
    ) -> BoxFuture<'a, Result<Segment, ConnectError>> {
        Box::pin(async move { self.ads_api(token).create_segment(ad_account, name, description, retention_days).await })
    }

    fn change_members<'a>(
        &'a self,
        token: &'a Secret,
        segment: &'a str,
        kind: IdentifierKind,
        digests: &'a [String],
        wanted: bool,
    ) -> BoxFuture<'a, Result<u64, ConnectError>> {
        Box::pin(async move { self.ads_api(token).change_members(segment, kind, digests, wanted).await })
    }

    fn digest(&self, kind: IdentifierKind, raw: &str, default_country: Option<&str>) -> Option<String> {
        audiences::digest(kind, raw, default_country)
    }
}
