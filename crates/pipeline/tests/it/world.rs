//! A workspace with a source and a destination, on a database of its own, with a clock that only the test moves.

use std::{
    collections::{BTreeMap, VecDeque},
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use domain::{
    Actor, Clock, DestinationId, Role, SourceId, Timestamp, UserId, WorkspaceId,
    delivery::Reason,
    destination::{
        Answer, Asset, AssetKind, BoxFuture, CheckStep, ConnectError, Destination, DestinationSpec, Endpoint,
        IdentifierKind, Login, MapContext, Mapped, Secret, TokenSet, Verdict,
    },
    event::TrackedEvent,
    fields::{Quality, QualityField},
    item::Item,
    time::DAY,
    view::{EventFilter, EventRow},
    workflow::EventSetting,
};
use pipeline::{
    Parts, Switchyard, books,
    ingest::{Call, Ingest, IngestAnswer, IngestLimits, PeerInfo},
    worker::{self, WorkerOptions},
};
use serde_json::{Value, json};
use store::{Author, ChosenAssets, Keys, NewSource, NewUser, Store};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

pub const NOW: Timestamp = Timestamp(1_795_600_000_000);
pub const KEY: &str = "wk_northwind";
/// The Snap App ID of tests that have one.
pub const APP: &str = "app-1";

#[derive(Clone)]
pub struct TestClock(Arc<AtomicI64>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

impl TestClock {
    pub fn new(now: Arc<AtomicI64>) -> Self {
        Self(now)
    }

    pub fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

/// What the scripted destination does with a request.
pub type Rule = Box<dyn FnMut(&[Value]) -> Verdict + Send>;

#[derive(Default)]
struct Script {
    next: VecDeque<Verdict>,
    rule: Option<Rule>,
    received: Vec<Vec<Value>>,
    told: Vec<Value>,
}

/// A destination that answers as it was told, and accepts otherwise.
#[derive(Clone, Default)]
pub struct Scripted(Arc<Mutex<Script>>);

const SPEC: DestinationSpec = DestinationSpec {
    slug: "scripted",
    name: "Scripted",
    description: "Answers as a test says.",
    prerequisites: &[],
    event_names: &["PURCHASE", "PAGE_VIEW", "CUSTOM_EVENT_1"],
    events_per_call: 2_000,
    requests_per_second: 1_000_000,
    max_event_age: 7 * DAY,
};

impl Scripted {
    pub fn then(&self, verdicts: impl IntoIterator<Item = Verdict>) {
        self.0.lock().unwrap().next.extend(verdicts);
    }

    pub fn rule(&self, rule: impl FnMut(&[Value]) -> Verdict + Send + 'static) {
        self.0.lock().unwrap().rule = Some(Box::new(rule));
    }

    /// The event ids of each request so far.
    pub fn received(&self) -> Vec<Vec<String>> {
        let id = |item: &Value| item["event_id"].as_str().unwrap_or_default().to_owned();
        self.0.lock().unwrap().received.iter().map(|items| items.iter().map(id).collect()).collect()
    }

    /// What the profile of the event that was mapped last told.
    pub fn told(&self) -> Value {
        self.0.lock().unwrap().told.pop().unwrap()
    }

    pub fn items(&self) -> Vec<Value> {
        self.0.lock().unwrap().received.iter().flatten().cloned().collect()
    }
}

const fn counted(
    name: &'static str,
    weight: u32,
    pointers: &'static [&'static str],
    advice: &'static str,
) -> QualityField {
    QualityField { name, label: name, weight, identifies: true, pointers, events: &[], advice }
}

fn unused<'a, T: Send + 'a>() -> BoxFuture<'a, Result<T, ConnectError>> {
    Box::pin(async { Err(ConnectError::NotConfigured("not scripted".into())) })
}

impl Destination for Scripted {
    fn spec(&self) -> &'static DestinationSpec {
        &SPEC
    }

    fn map(&self, event: &TrackedEvent, context: &MapContext) -> Result<Mapped, Reason> {
        assert!(event.at("properties.panic").is_none(), "an event that crashes the mapping");
        if event.at("properties.unmappable").is_some() {
            return Err(Reason::new("no_identifier", "No identifier."));
        }
        self.0.lock().unwrap().told.push(json!(context.profile));
        let item = json!({
            "event_name": context.event_name,
            "event_id": event.message_id,
            "event_time": event.occurred_at,
            "user_data": {"em": event.text("context.traits.email"), "client_ip_address": event.text("context.ip")},
            "order_id": event.text("properties.order_id"),
            "country": context.default_country,
            "limited": context.data_processing_option,
        });
        let asset = if event.at("properties.app").is_some() { AssetKind::App } else { AssetKind::Pixel };
        Ok(Mapped { item: item.into(), asset, warnings: vec![Reason::new("no_phone", "No phone number.")] })
    }

    fn normaliser_version(&self) -> u32 {
        7
    }

    fn order_id<'i>(&self, item: &'i Item) -> Option<&'i str> {
        item.get("order_id")?.as_str()
    }

    fn profile_traits(&self) -> Vec<String> {
        ["email", "first_name", "address.city"].map(str::to_owned).to_vec()
    }

    fn whole_number(&self, raw: &str, default_country: Option<&str>) -> Option<String> {
        let digits: String = raw.chars().filter(char::is_ascii_digit).collect();
        let code = [("DE", 49), ("AT", 43)].into_iter().find(|(country, _)| default_country == Some(*country))?.1;
        Some(format!("{code}{}", digits.trim_start_matches('0')))
    }

    fn quality(&self) -> Quality {
        const FIELDS: &[QualityField] = &[
            counted("user_data.em", 30, &["/user_data/em"], "Send the address."),
            counted("user_data.client_ip_address", 10, &["/user_data/client_ip_address"], "Send the IP address."),
        ];
        Quality { fields: FIELDS, left_out: &["no_identifier"] }
    }

    fn send<'a>(&'a self, to: &'a Endpoint, items: &'a [&'a Item]) -> BoxFuture<'a, Answer> {
        assert!(["pixel-1", APP].contains(&to.asset_id.as_str()) && to.token.0 == "token-1", "{to:?}");
        Box::pin(async move {
            let items: Vec<Value> = items.iter().map(|item| item.to_value()).collect();
            let mut script = self.0.lock().unwrap();
            let scripted = script.next.pop_front();
            let verdict = match (scripted, &mut script.rule) {
                (Some(verdict), _) => verdict,
                (None, Some(rule)) => rule(&items),
                (None, None) => Verdict::Accepted,
            };
            script.received.push(items);
            Answer {
                verdict,
                url: "https://tr.example/v3/pixel-1/events?access_token=token-1".into(),
                status: Some(200),
                body: "an answer".into(),
            }
        })
    }

    fn check<'a>(&'a self, _: &'a Endpoint) -> BoxFuture<'a, Vec<CheckStep>> {
        Box::pin(async { Vec::new() })
    }

    fn validate<'a>(&'a self, to: &'a Endpoint, items: &'a [&'a Item]) -> BoxFuture<'a, Answer> {
        self.send(to, items)
    }

    fn authorize_url(&self, _: &str, _: &str) -> Result<String, ConnectError> {
        Err(ConnectError::NotConfigured("not scripted".into()))
    }

    fn exchange<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<TokenSet, ConnectError>> {
        unused()
    }

    fn refresh<'a>(&'a self, _: &'a Secret) -> BoxFuture<'a, Result<TokenSet, ConnectError>> {
        unused()
    }

    fn login<'a>(&'a self, _: &'a Secret) -> BoxFuture<'a, Result<Login, ConnectError>> {
        unused()
    }

    fn businesses<'a>(&'a self, _: &'a Secret) -> BoxFuture<'a, Result<Vec<Asset>, ConnectError>> {
        unused()
    }

    fn ad_accounts<'a>(&'a self, _: &'a Secret, _: &'a str) -> BoxFuture<'a, Result<Vec<Asset>, ConnectError>> {
        unused()
    }

    fn pixels<'a>(&'a self, _: &'a Secret, _: &'a str) -> BoxFuture<'a, Result<Vec<Asset>, ConnectError>> {
        unused()
    }

    fn digest(&self, kind: IdentifierKind, raw: &str, _: Option<&str>) -> Option<String> {
        // Not a hash, and as long as one.
        let text = format!("{kind:?} {}", raw.trim().to_lowercase());
        let digits: String = text.bytes().take(32).map(|byte| format!("{byte:02x}")).collect();
        Some(format!("{digits:0<64}"))
    }
}

/// Everything that a test needs.
pub struct World {
    pub switchyard: Switchyard,
    pub ingest: Ingest,
    pub clock: TestClock,
    pub scripted: Scripted,
    pub actor: Actor,
    pub source: SourceId,
    pub destination: DestinationId,
    pub options: WorkerOptions,
    pub url: String,
    _stop: DropGuard,
    _folder: tempfile::TempDir,
}

fn dice() -> f64 {
    0.5
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n)
}

pub async fn open(url: &str, clock: &TestClock, scripted: &Scripted) -> Switchyard {
    Switchyard::new(Parts {
        store: Store::open(url, Keys::new(&[7; 32])).await.unwrap(),
        clock: Arc::new(clock.clone()),
        dice,
        destinations: vec![Arc::new(scripted.clone())],
        public_url: "http://localhost".into(),
    })
}

impl World {
    /// With a destination that takes page views and purchases from the server.
    pub async fn new() -> Self {
        Self::with(IngestLimits::default()).await
    }

    pub async fn with(limits: IngestLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("a.db").display());
        let clock = TestClock(Arc::new(AtomicI64::new(NOW.0)));
        let scripted = Scripted::default();
        let switchyard = open(&url, &clock, &scripted).await;
        let actor = Actor { user: UserId(id(1)), workspace: WorkspaceId(id(2)), role: Role::Admin };
        let (source, destination) = (SourceId(id(3)), DestinationId(id(4)));
        furnish(switchyard.store(), &actor, source, destination).await;
        let stop = CancellationToken::new();
        let ingest = Ingest::start(&switchyard, limits);
        let options = WorkerOptions { call_timeout: Duration::from_secs(5), ..WorkerOptions::default() };
        Self {
            switchyard,
            ingest,
            clock,
            scripted,
            actor,
            source,
            destination,
            options,
            url,
            _stop: stop.drop_guard(),
            _folder: folder,
        }
    }

    pub fn author(&self) -> Author {
        Author { user: Some(self.actor.user), at: NOW }
    }

    pub async fn post(&self, call: Call, body: &Value) -> IngestAnswer {
        self.ingest.accept(Some(KEY), call, Bytes::from(body.to_string()), peer()).await
    }

    /// A page view with this message id; answered 200.
    pub async fn page(&self, message_id: &str) {
        let answer = self.post(Call::Page, &page(message_id)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    pub async fn pages(&self, n: usize) {
        let events: Vec<Value> = (0..n).map(|n| page(&format!("m-{n:05}"))).collect();
        let answer = self.post(Call::Batch, &json!({ "batch": events })).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    pub async fn purchase(&self, message_id: &str, order: &str) {
        let body = json!({
            "event": "Order Completed", "messageId": message_id, "userId": "u-1",
            "properties": {"order_id": order, "value": 5, "currency": "USD"},
        });
        let answer = self.post(Call::Track, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Delivers all that is due now.
    pub async fn deliver(&self) {
        worker::run_until_idle(&self.switchyard, &self.options).await.unwrap();
    }

    /// Delivers, moving the clock to whatever is due next, until nothing waits.
    pub async fn deliver_all(&self) {
        self.deliver().await;
        while let Some(due) = self.switchyard.store().next_due().await.unwrap() {
            self.clock.advance(due.since(self.switchyard.now()).max(1));
            self.deliver().await;
        }
    }

    pub async fn rows(&self) -> Vec<EventRow> {
        self.find(EventFilter::default()).await
    }

    pub async fn find(&self, filter: EventFilter) -> Vec<EventRow> {
        self.switchyard.events(&self.actor, filter, None, 500).await.unwrap().rows
    }

    /// How many rows are in each state, with the reason's code.
    pub async fn tally(&self) -> BTreeMap<String, usize> {
        let mut tally = BTreeMap::new();
        for row in self.rows().await {
            let reason = row.reason.map(|reason| format!(" {}", reason.code)).unwrap_or_default();
            let state = row.state.map_or("none", |state| state.as_str());
            *tally.entry(format!("{state}{reason}")).or_default() += 1;
        }
        tally
    }

    /// Asserts the tally.
    pub async fn expect(&self, expected: &[(&str, usize)]) {
        let expected: BTreeMap<String, usize> = expected.iter().map(|(k, n)| ((*k).to_owned(), *n)).collect();
        assert_eq!(self.tally().await, expected);
        self.expect_balanced().await;
    }

    pub async fn expect_balanced(&self) {
        let books = books::books(&self.switchyard).await.unwrap();
        assert!(books.balanced(), "{books}");
    }

    pub async fn outcomes(&self, event: domain::EventId) -> Vec<String> {
        let detail = self.switchyard.event(&self.actor, event).await.unwrap();
        detail.deliveries[0].attempts.iter().map(|attempt| attempt.outcome.clone()).collect()
    }
}

pub fn page(message_id: &str) -> Value {
    json!({
        "type": "page", "messageId": message_id, "userId": "u-1",
        "context": {"ip": "203.0.113.9", "traits": {"email": "Dana@Northwind.example"}},
    })
}

pub fn peer() -> PeerInfo {
    PeerInfo { ip: IpAddr::V4(Ipv4Addr::LOCALHOST), user_agent: Some("test".into()), from_browser: false }
}

pub fn setting(event: &str, snap_event: &str, server: bool, client: bool) -> (EventSetting, String) {
    let setting =
        EventSetting { event: event.into(), snap_event: snap_event.into(), server, client, fields: BTreeMap::new() };
    (setting, "changed".into())
}

async fn furnish(store: &Store, actor: &Actor, source: SourceId, destination: DestinationId) {
    let author = Author { user: Some(actor.user), at: NOW };
    let user = NewUser {
        id: actor.user,
        name: "Dana".into(),
        email: "dana@northwind.example".into(),
        password_hash: "x".into(),
    };
    store.set_up(actor.workspace, "Northwind", &user, NOW).await.unwrap();
    let new =
        NewSource { id: source, name: "Web shop".into(), write_key: KEY.into(), default_country: Some("US".into()) };
    store.add_source(actor.workspace, &new, &author).await.unwrap();
    store.add_destination(actor.workspace, destination, "scripted", "Snapchat US", &author).await.unwrap();
    let asset = |id: &str| Asset { id: id.into(), name: id.into(), status: None };
    let chosen =
        ChosenAssets { business: asset("business-1"), ad_account: asset("account-1"), pixel: asset("pixel-1") };
    store.choose_assets(actor.workspace, destination, &chosen, &author).await.unwrap();
    let token = Secret("token-1".into());
    store.save_configuration(actor.workspace, destination, true, Some(&token), &[], &author).await.unwrap();
    let settings = [setting("Page View", "PAGE_VIEW", true, false), setting("Order Completed", "PURCHASE", true, true)];
    store.save_event_settings(actor.workspace, destination, 0, &settings, &author).await.unwrap();
}

impl World {
    /// Further page views, with message ids of their own.
    pub async fn post_more(&self, n: usize) {
        let events: Vec<Value> = (0..n).map(|n| page(&format!("more-{n:05}"))).collect();
        let answer = self.post(Call::Batch, &json!({ "batch": events })).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}
