//! A destination with logins that a test scripts: consents by code, refreshes, and what each access token sees.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
};

use domain::{
    delivery::Reason,
    destination::{
        Answer, Asset, BoxFuture, CheckStep, ConnectError, Destination, DestinationSpec, Endpoint, IdentifierKind,
        Login, MapContext, Mapped, Secret, TokenSet, Verdict,
    },
    event::TrackedEvent,
    item::Item,
    time::{DAY, HOUR},
};

const SPEC: DestinationSpec = DestinationSpec {
    slug: "snapchat",
    name: "Snapchat",
    description: "Scripted.",
    prerequisites: &["A Snap Pixel"],
    event_names: &["PURCHASE", "PAGE_VIEW", "VIEW_CONTENT", "SIGN_UP", "CUSTOM_EVENT_1"],
    events_per_call: 2_000,
    requests_per_second: 10,
    max_event_age: 7 * DAY,
};

/// What is scripted, and what was asked.
#[derive(Default)]
pub struct Script {
    /// Answers to codes.
    pub codes: HashMap<String, Result<TokenSet, ConnectError>>,
    /// Answers to refreshes, in order; then `access-N` for the N-th refresh.
    pub refreshes: VecDeque<Result<TokenSet, ConnectError>>,
    /// Refresh tokens that came, in order.
    pub refreshed_with: Vec<String>,
    /// Access tokens that are refused with 401.
    pub refused: Vec<String>,
    /// Access tokens whose login sees nothing of Northwind.
    pub strangers: Vec<String>,
    /// Access tokens that calls came with.
    pub called_with: Vec<String>,
    /// Endpoints that were checked.
    pub checked: Vec<(String, String)>,
}

/// The destination.
#[derive(Clone, Default)]
pub struct Platform(Arc<Mutex<Script>>);

pub fn tokens(access: &str, refresh: Option<&str>) -> TokenSet {
    TokenSet {
        access: Secret(access.into()),
        refresh: refresh.map(|token| Secret(token.into())),
        expires_in: HOUR,
        scope: None,
    }
}

fn asset(id: &str, name: &str) -> Asset {
    Asset { id: id.into(), name: name.into(), status: Some("ACTIVE".into()) }
}

impl Platform {
    pub fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap()
    }

    /// A call with a token: what its login sees, or a refusal.
    fn call(&self, token: &Secret, list: Vec<Asset>) -> Result<Vec<Asset>, ConnectError> {
        let mut script = self.script();
        script.called_with.push(token.0.clone());
        if script.refused.contains(&token.0) {
            return Err(ConnectError::NeedsReconnect("401 unauthorized".into()));
        }
        Ok(if script.strangers.contains(&token.0) { vec![asset("other", "Other")] } else { list })
    }
}

impl Destination for Platform {
    fn spec(&self) -> &'static DestinationSpec {
        &SPEC
    }

    fn map(&self, _: &TrackedEvent, _: &MapContext) -> Result<Mapped, Reason> {
        Err(Reason::new("not_scripted", "Nothing is sent here."))
    }

    fn normaliser_version(&self) -> u32 {
        1
    }

    fn order_id<'i>(&self, _: &'i Item) -> Option<&'i str> {
        None
    }

    fn send<'a>(&'a self, _: &'a Endpoint, _: &'a [&'a Item]) -> BoxFuture<'a, Answer> {
        Box::pin(async { Answer { verdict: Verdict::Accepted, url: String::new(), status: None, body: String::new() } })
    }

    fn check<'a>(&'a self, to: &'a Endpoint) -> BoxFuture<'a, Vec<CheckStep>> {
        self.script().checked.push((to.asset_id.clone(), to.token.0.clone()));
        let ok = to.token.0 != "wrong-token";
        Box::pin(async move { vec![CheckStep { title: "Conversions API".into(), ok, detail: String::new() }] })
    }

    fn validate<'a>(&'a self, to: &'a Endpoint, items: &'a [&'a Item]) -> BoxFuture<'a, Answer> {
        self.send(to, items)
    }

    fn authorize_url(&self, state: &str, redirect_uri: &str) -> Result<String, ConnectError> {
        Ok(format!("https://accounts.example/authorize?state={state}&redirect_uri={redirect_uri}"))
    }

    fn exchange<'a>(&'a self, code: &'a str, redirect_uri: &'a str) -> BoxFuture<'a, Result<TokenSet, ConnectError>> {
        assert_eq!(redirect_uri, "https://switchyard.example/oauth/snapchat/callback");
        let answer = self.script().codes.get(code).cloned();
        Box::pin(async move { answer.unwrap_or_else(|| Err(ConnectError::Refused("invalid_grant".into()))) })
    }

    fn refresh<'a>(&'a self, refresh_token: &'a Secret) -> BoxFuture<'a, Result<TokenSet, ConnectError>> {
        Box::pin(async move {
            // Whoever else would refresh gets its chance to do so.
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            let mut script = self.script();
            script.refreshed_with.push(refresh_token.0.clone());
            let count = script.refreshed_with.len();
            script.refreshes.pop_front().unwrap_or_else(|| Ok(tokens(&format!("access-{count}"), None)))
        })
    }

    fn login<'a>(&'a self, token: &'a Secret) -> BoxFuture<'a, Result<Login, ConnectError>> {
        let seen = self.call(token, Vec::new());
        Box::pin(async move { seen.map(|_| Login { name: "Dana Lopez".into() }) })
    }

    fn businesses<'a>(&'a self, token: &'a Secret) -> BoxFuture<'a, Result<Vec<Asset>, ConnectError>> {
        let seen = self.call(token, vec![asset("b-1", "Northwind Outdoor"), asset("b-2", "Empty")]);
        Box::pin(async move { seen })
    }

    fn ad_accounts<'a>(&'a self, token: &'a Secret, of: &'a str) -> BoxFuture<'a, Result<Vec<Asset>, ConnectError>> {
        let list = if of == "b-1" { vec![asset("a-1", "Northwind US"), asset("a-2", "No pixel")] } else { Vec::new() };
        let seen = self.call(token, list);
        Box::pin(async move { seen })
    }

    fn pixels<'a>(&'a self, token: &'a Secret, of: &'a str) -> BoxFuture<'a, Result<Vec<Asset>, ConnectError>> {
        let list = if of == "a-1" { vec![asset("p-1", "Northwind web pixel")] } else { Vec::new() };
        let seen = self.call(token, list);
        Box::pin(async move { seen })
    }

    fn digest(&self, _: IdentifierKind, _: &str, _: Option<&str>) -> Option<String> {
        None
    }
}
