//! Snapchat as a destination: mapping and hashing of events, the Conversions API, the Ads API, OAuth and audience lists.

mod ads_api;
pub mod audiences;
mod capi;
mod check;
mod constants;
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
    item::Item,
    lists::{AudienceLists, ListDraft, ListError, ListLimits},
};

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
        AdsApi { http: &self.http, base: &self.bases.ads_api, token, clock: &*self.clock }
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

    fn normaliser_version(&self) -> u32 {
        NORMALISER_VERSION
    }

    fn order_id<'i>(&self, item: &'i Item) -> Option<&'i str> {
        item.at("/custom_data/order_id")?.as_str()
    }

    fn fields(&self) -> Vec<FieldInfo> {
        explain::field_list()
    }

    fn constant_mistake(&self, field: &str, text: &str) -> Option<String> {
        constants::mistake(field, text)
    }

    fn profile_traits(&self) -> Vec<String> {
        fields::profile_traits().collect()
    }

    fn explain(&self, event: &TrackedEvent, context: &MapContext) -> Vec<FieldTrace> {
        explain::explain(event, context)
    }

    fn quality(&self) -> Quality {
        quality::QUALITY
    }

    fn send<'a>(&'a self, to: &'a Endpoint, items: &'a [&'a Item]) -> BoxFuture<'a, Answer> {
        Box::pin(async move { self.capi().post(to, &[], items).await })
    }

    fn check<'a>(&'a self, to: &'a Endpoint) -> BoxFuture<'a, Vec<CheckStep>> {
        Box::pin(async move { check::run(&self.capi(), to).await })
    }

    fn validate<'a>(&'a self, to: &'a Endpoint, items: &'a [&'a Item]) -> BoxFuture<'a, Answer> {
        Box::pin(async move { self.capi().post(to, &["validate"], items).await })
    }

    fn remarks(&self, body: &str) -> Vec<String> {
        interpret::remarks(body)
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

    fn lists(&self) -> Option<&dyn AudienceLists> {
        Some(self)
    }

    fn whole_number(&self, raw: &str, default_country: Option<&str>) -> Option<String> {
        normalise::phone::normalise(raw, default_country).ok()
    }

    fn digest(&self, kind: IdentifierKind, raw: &str, default_country: Option<&str>) -> Option<String> {
        audiences::digest(kind, raw, default_country)
    }
}

impl AudienceLists for Snapchat {
    fn limits(&self) -> ListLimits {
        audiences::LIMITS
    }

    fn all_lists<'a>(
        &'a self,
        token: &'a Secret,
        ad_account: &'a str,
    ) -> BoxFuture<'a, Result<Vec<Segment>, ListError>> {
        Box::pin(async move { self.ads_api(token).segments(ad_account).await })
    }

    fn list<'a>(&'a self, token: &'a Secret, id: &'a str) -> BoxFuture<'a, Result<Segment, ListError>> {
        Box::pin(async move { self.ads_api(token).segment(id).await })
    }

    fn create_list<'a>(
        &'a self,
        token: &'a Secret,
        ad_account: &'a str,
        draft: &'a ListDraft,
    ) -> BoxFuture<'a, Result<Segment, ListError>> {
        Box::pin(async move { self.ads_api(token).create_segment(ad_account, draft).await })
    }

    fn update_list<'a>(
        &'a self,
        token: &'a Secret,
        ad_account: &'a str,
        id: &'a str,
        draft: &'a ListDraft,
    ) -> BoxFuture<'a, Result<(), ListError>> {
        Box::pin(async move { self.ads_api(token).update_segment(ad_account, id, draft).await })
    }

    fn change_list<'a>(
        &'a self,
        token: &'a Secret,
        id: &'a str,
        kind: IdentifierKind,
        digests: &'a [&'a str],
        wanted: bool,
    ) -> BoxFuture<'a, Result<u64, ListError>> {
        Box::pin(async move { self.ads_api(token).change_members(id, kind, digests, wanted).await })
    }
}
