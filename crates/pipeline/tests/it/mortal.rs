//! Snapchat in a process that can be killed at any call about lists.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use domain::{
    delivery::Reason,
    destination::{
        Answer, Asset, BoxFuture, CheckStep, ConnectError, Destination, DestinationSpec, Endpoint, IdentifierKind,
        Login, MapContext, Mapped, Secret, Segment, TokenSet,
    },
    event::TrackedEvent,
    item::Item,
    lists::{AudienceLists, ListDraft, ListError, ListLimits},
};
use snapchat::Snapchat;

/// Where a process is killed: at which call about lists, and before or after it was carried out.
#[derive(Default)]
pub struct Death {
    pub calls: AtomicUsize,
    pub at: Mutex<Option<(usize, bool)>>,
    pub struck: tokio::sync::Notify,
}

/// Snapchat, in a process that can be killed.
#[derive(Clone)]
pub struct Mortal {
    pub snapchat: Arc<Snapchat>,
    pub death: Arc<Death>,
}

impl Mortal {
    /// Makes a call, unless the process dies in it: then nothing after it happens any more.
    async fn live<T>(&self, call: BoxFuture<'_, T>) -> T {
        let number = self.death.calls.fetch_add(1, Ordering::SeqCst);
        let at = *self.death.at.lock().unwrap();
        match at {
            Some((at, carried_out)) if at == number => {
                if carried_out {
                    call.await;
                }
                self.death.struck.notify_one();
                std::future::pending().await
            }
            _ => call.await,
        }
    }
}

impl Destination for Mortal {
    fn spec(&self) -> &'static DestinationSpec {
        self.snapchat.spec()
    }

    fn map(&self, event: &TrackedEvent, context: &MapContext) -> Result<Mapped, Reason> {
        self.snapchat.map(event, context)
    }

    fn normaliser_version(&self) -> u32 {
        self.snapchat.normaliser_version()
    }

    fn order_id<'i>(&self, item: &'i Item) -> Option<&'i str> {
        self.snapchat.order_id(item)
    }

    fn send<'a>(&'a self, to: &'a Endpoint, items: &'a [&'a Item]) -> BoxFuture<'a, Answer> {
        self.snapchat.send(to, items)
    }

    fn check<'a>(&'a self, to: &'a Endpoint) -> BoxFuture<'a, Vec<CheckStep>> {
        self.snapchat.check(to)
    }

    fn validate<'a>(&'a self, to: &'a Endpoint, items: &'a [&'a Item]) -> BoxFuture<'a, Answer> {
        self.snapchat.validate(to, items)
    }

    fn authorize_url(&self, state: &str, redirect_uri: &str) -> Result<String, ConnectError> {
        self.snapchat.authorize_url(state, redirect_uri)
    }

    fn exchange<'a>(&'a self, code: &'a str, redirect_uri: &'a str) -> BoxFuture<'a, Result<TokenSet, ConnectError>> {
        self.snapchat.exchange(code, redirect_uri)
    }

    fn refresh<'a>(&'a self, refresh_token: &'a Secret) -> BoxFuture<'a, Result<TokenSet, ConnectError>> {
        self.snapchat.refresh(refresh_token)
    }

    fn login<'a>(&'a self, token: &'a Secret) -> BoxFuture<'a, Result<Login, ConnectError>> {
        self.snapchat.login(token)
    }

    fn businesses<'a>(&'a self, token: &'a Secret) -> BoxFuture<'a, Result<Vec<Asset>, ConnectError>> {
        self.snapchat.businesses(token)
    }

    fn ad_accounts<'a>(&'a self, token: &'a Secret, of: &'a str) -> BoxFuture<'a, Result<Vec<Asset>, ConnectError>> {
        self.snapchat.ad_accounts(token, of)
    }

    fn pixels<'a>(&'a self, token: &'a Secret, of: &'a str) -> BoxFuture<'a, Result<Vec<Asset>, ConnectError>> {
        self.snapchat.pixels(token, of)
    }

    fn lists(&self) -> Option<&dyn AudienceLists> {
        Some(self)
    }

    fn whole_number(&self, raw: &str, country: Option<&str>) -> Option<String> {
        self.snapchat.whole_number(raw, country)
    }

    fn digest(&self, kind: IdentifierKind, raw: &str, country: Option<&str>) -> Option<String> {
        self.snapchat.digest(kind, raw, country)
    }
}

impl AudienceLists for Mortal {
    fn limits(&self) -> ListLimits {
        self.snapchat.limits()
    }

    fn all_lists<'a>(&'a self, token: &'a Secret, account: &'a str) -> BoxFuture<'a, Result<Vec<Segment>, ListError>> {
        Box::pin(self.live(self.snapchat.all_lists(token, account)))
    }

    fn list<'a>(&'a self, token: &'a Secret, id: &'a str) -> BoxFuture<'a, Result<Segment, ListError>> {
        Box::pin(self.live(self.snapchat.list(token, id)))
    }

    fn create_list<'a>(
        &'a self,
        token: &'a Secret,
        account: &'a str,
        draft: &'a ListDraft,
    ) -> BoxFuture<'a, Result<Segment, ListError>> {
        Box::pin(self.live(self.snapchat.create_list(token, account, draft)))
    }

    fn update_list<'a>(
        &'a self,
        token: &'a Secret,
        account: &'a str,
        id: &'a str,
        draft: &'a ListDraft,
    ) -> BoxFuture<'a, Result<(), ListError>> {
        Box::pin(self.live(self.snapchat.update_list(token, account, id, draft)))
    }

    fn change_list<'a>(
        &'a self,
        token: &'a Secret,
        id: &'a str,
        kind: IdentifierKind,
        digests: &'a [&'a str],
        wanted: bool,
    ) -> BoxFuture<'a, Result<u64, ListError>> {
        Box::pin(self.live(self.snapchat.change_list(token, id, kind, digests, wanted)))
    }
}
