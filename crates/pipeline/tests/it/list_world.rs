//! A workspace whose Snapchat is the simulator, over HTTP, and a process that can be killed at any call about lists.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc, Once,
        atomic::{AtomicI64, Ordering},
    },
};

use bytes::Bytes;
use domain::{
    Actor, AudienceId, DestinationId, Role, UserId, WorkspaceId,
    destination::{IdentifierKind, Secret},
    time::MINUTE,
    view::audience::{AudienceForm, AudienceState},
    view_sync::LinkView,
};
use pipeline::{
    Parts, Switchyard,
    connections::OAuthReturn,
    ingest::{Call, Ingest, IngestLimits},
    profiles,
    sync::{self, SyncOptions},
};
use serde_json::{Value, json};
use snapchat::Snapchat;
use store::{Keys, NewUser, Store};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    mortal::{Death, Mortal},
    world::{NOW, TestClock, peer, setting},
};

pub const BUSINESS: &str = "c1b0a9f8-5f6e-4a3b-9c2d-1e0f9a8b7c6d";
pub const AD_ACCOUNT: &str = "7d0a5c1e-20b4-4e55-9d0a-3a6a1c0a9b11";
const PIXEL: &str = "9f3c2d1e-4b5a-4c6d-8e7f-0a1b2c3d4e5f";
const OTHER_ACCOUNT: &str = "7d0a5c1e-20b4-4e55-9d0a-3a6a1c0a9b12";
const OTHER_PIXEL: &str = "a1c4e7f2-6d38-4b95-8f01-2e5d9c7b3a61";
const SESSION: &str = "session-1";

/// Identifiers per list and schema, as the simulator holds them.
pub type Lists = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

pub struct ListWorld {
    pub switchyard: Switchyard,
    pub ingest: Ingest,
    pub clock: TestClock,
    pub actor: Actor,
    pub destination: DestinationId,
    pub options: SyncOptions,
    pub http: reqwest::Client,
    pub sim: String,
    key: String,
    death: Arc<Death>,
    _running: snap_sim::Running,
    _stop: DropGuard,
    folder: tempfile::TempDir,
}

impl ListWorld {
    /// Connected, with both switches of audience events on.
    pub async fn new() -> Self {
        static TLS: Once = Once::new();
        TLS.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let running = snap_sim::start(snap_sim::Options::local()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::new(Arc::new(AtomicI64::new(NOW.0)));
        let death = Arc::<Death>::default();
        let switchyard = open(&folder, &clock, &running.url(), &death).await;
        let actor = founder(&switchyard).await;
        switchyard.add_source(&actor, "Web shop", Some("US")).await.unwrap();
        let key = switchyard.sources(&actor).await.unwrap().remove(0).write_key;
        let destination = switchyard.create_destination(&actor, "snapchat", "Snapchat US").await.unwrap();
        let stop = CancellationToken::new();
        let ingest = Ingest::start(&switchyard, IngestLimits::default());
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let sim = running.url();
        let options = SyncOptions { requests_per_second: Some(1_000_000), ..SyncOptions::default() };
        let world = Self {
            switchyard,
            ingest,
            clock,
            actor,
            destination,
            options,
            http,
            sim,
            key,
            death,
            _running: running,
            _stop: stop.drop_guard(),
            folder,
        };
        world.sign_in("dana").await;
        world.switchyard.choose_assets(&world.actor, destination, BUSINESS, AD_ACCOUNT, PIXEL).await.unwrap();
        world.switch("added_to_segment", true).await;
        world.switch("removed_from_segment", true).await;
        world
    }

    /// Signs in at Snapchat as a person does in the browser.
    pub async fn sign_in(&self, person: &str) {
        let address = self.switchyard.start_oauth(&self.actor, self.destination, SESSION).await.unwrap();
        let form = HashMap::from([("username", person), ("password", "snap-demo"), ("action", "continue")]);
        let answer = self.http.post(address).form(&form).send().await.unwrap();
        let back = answer.headers()["location"].to_str().unwrap().to_owned();
        let part = |name: &str| {
            let (_, rest) = back.split_once(&format!("{name}=")).unwrap();
            Some(rest.split('&').next().unwrap().to_owned())
        };
        let returned = OAuthReturn { code: part("code"), state: part("state"), error: None, error_description: None };
        let outcome = self.switchyard.finish_oauth(Some(&self.actor), SESSION, returned).await;
        assert_eq!(outcome.problem, None);
    }

    pub async fn choose_other_account(&self) {
        let chosen = self.switchyard.choose_assets(&self.actor, self.destination, BUSINESS, OTHER_ACCOUNT, OTHER_PIXEL);
        chosen.await.unwrap();
    }

    pub async fn switch(&self, event: &str, on: bool) {
        let version = self.switchyard.workflow(&self.actor, self.destination).await.unwrap().version;
        let changed = vec![setting(event, "", on, false).0];
        self.switchyard.save_workflow(&self.actor, self.destination, version, changed).await.unwrap();
    }

    pub fn form(&self, name: &str, rule: Value) -> AudienceForm {
        AudienceForm {
            name: name.into(),
            description: "For tests.".into(),
            rule: serde_json::from_value(rule).unwrap(),
            dynamic: true,
            destinations: vec![self.destination],
        }
    }

    /// An audience of those whose plan is `pro`, linked to the destination.
    pub async fn pros(&self, name: &str) -> AudienceId {
        let form = self.form(name, json!({"conditions": [{"trait": "plan", "is": "pro"}]}));
        self.switchyard.create_audience(&self.actor, &form, AudienceState::Active).await.unwrap()
    }

    pub async fn tell(&self, events: &[Value]) {
        let body = Bytes::from(json!({"batch": events}).to_string());
        let answer = self.ingest.accept(Some(&self.key), Call::Batch, body, peer()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// What is known of people follows; nothing is sent.
    pub async fn plan(&self) {
        profiles::run_until_idle(&self.switchyard).await.unwrap();
    }

    pub async fn sync(&self) {
        self.plan().await;
        sync::run_until_idle(&self.switchyard, &self.options).await.unwrap();
    }

    /// Syncs again and again while time passes, for longer than any wait that a test gives rise to.
    pub async fn settle(&self) {
        self.live_on(30).await;
    }

    /// Syncs so many times, two minutes apart.
    pub async fn live_on(&self, times: u32) {
        for _ in 0..times {
            self.sync().await;
            self.clock.advance(2 * MINUTE);
        }
        self.sync().await;
    }

    /// Plans and syncs in a process that is killed at a call; a new one takes its place. Whether it came so far.
    pub async fn killed_at(&mut self, call: usize, carried_out: bool) -> bool {
        *self.death.at.lock().unwrap() = Some((call, carried_out));
        self.death.calls.store(0, Ordering::SeqCst);
        let death = self.death.clone();
        let struck = tokio::select! {
            () = death.struck.notified() => true,
            () = self.sync() => false,
        };
        *self.death.at.lock().unwrap() = None;
        if struck {
            self.switchyard.store().close().await;
            self.switchyard = open(&self.folder, &self.clock, &self.sim, &self.death).await;
            self.ingest = Ingest::start(&self.switchyard, IngestLimits::default());
        }
        struck
    }

    /// A second process on the same database.
    pub async fn another_process(&self) -> Switchyard {
        open(&self.folder, &self.clock, &self.sim, &self.death).await
    }

    pub async fn control(&self, path: &str, body: &Value) -> Value {
        let answer = self.http.post(format!("{}/_sim/{path}", self.sim)).json(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}");
        answer.json().await.unwrap()
    }

    pub async fn report(&self, path: &str) -> Value {
        self.http.get(format!("{}/_sim/{path}", self.sim)).send().await.unwrap().json().await.unwrap()
    }

    pub async fn faults(&self, rules: Value) {
        self.control("faults", &rules).await;
    }

    /// What the simulator holds, by list.
    pub async fn lists(&self) -> Lists {
        let mut lists = Lists::new();
        for segment in self.report("segments").await["segments"].as_array().unwrap() {
            let name = segment["name"].as_str().unwrap().to_owned();
            let members = serde_json::from_value(segment["members"].clone()).unwrap();
            assert_eq!(lists.insert(name.clone(), members), None, "two lists have the name {name}");
        }
        lists
    }

    /// The identifiers of one list.
    pub async fn members(&self, name: &str) -> BTreeMap<String, BTreeSet<String>> {
        self.lists().await.remove(name).unwrap_or_default()
    }

    /// A list's id and fields in the simulator.
    pub async fn segment(&self, name: &str) -> Value {
        let all = self.report("segments").await;
        let found = all["segments"].as_array().unwrap().iter().find(|segment| segment["name"] == name).cloned();
        found.unwrap_or_else(|| panic!("no list {name} in {all}"))
    }

    /// Somebody deletes a list in Ads Manager.
    pub async fn delete_by_hand(&self, name: &str) {
        let id = self.segment(name).await["id"].as_str().unwrap().to_owned();
        let page = format!("{}/ads-manager/segments/{id}/delete", self.sim);
        self.http.post(page).send().await.unwrap();
    }

    /// The receipts of an audience at the destination.
    pub async fn receipts(&self, audience: AudienceId) -> LinkView {
        self.switchyard.audience_sync(&self.actor, audience).await.unwrap().links.remove(0)
    }

    pub async fn requests(&self, method: &str, prefix: &str) -> usize {
        let all = self.report("requests").await;
        let fits = |request: &&Value| {
            request["method"] == method && request["path"].as_str().is_some_and(|path| path.starts_with(prefix))
        };
        all["requests"].as_array().unwrap().iter().filter(fits).count()
    }
}

/// Without a real password: hashing one takes long.
async fn founder(switchyard: &Switchyard) -> Actor {
    let id = |n: u128| uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n);
    let actor = Actor { user: UserId(id(1)), workspace: WorkspaceId(id(2)), role: Role::Admin };
    let user = NewUser {
        id: actor.user,
        name: "Dana".into(),
        email: "dana@northwind.example".into(),
        password_hash: "x".into(),
    };
    switchyard.store().set_up(actor.workspace, "Northwind", &user, NOW).await.unwrap();
    actor
}

async fn open(folder: &tempfile::TempDir, clock: &TestClock, sim: &str, death: &Arc<Death>) -> Switchyard {
    let url = format!("sqlite://{}", folder.path().join("a.db").display());
    let settings = snapchat::Settings {
        accounts_url: sim.to_owned(),
        ads_api_url: format!("{sim}/v1"),
        capi_url: sim.to_owned(),
        client_id: Some("switchyard-demo".to_owned()),
        client_secret: Some(Secret("switchyard-demo-secret".to_owned())),
    };
    let snapchat = Arc::new(Snapchat::new(settings, Arc::new(clock.clone())).unwrap());
    Switchyard::new(Parts {
        store: Store::open(&url, Keys::new(&[7; 32])).await.unwrap(),
        clock: Arc::new(clock.clone()),
        dice: || 0.5,
        destinations: vec![Arc::new(Mortal { snapchat, death: death.clone() })],
        public_url: "http://localhost".into(),
    })
}

/// Somebody with an address (and a phone number) and a plan.
pub fn person(user: &str, plan: &str, phone: Option<&str>) -> Value {
    let mut traits = json!({"plan": plan, "email": format!("{user}@n.example")});
    if let Some(phone) = phone {
        traits["phone"] = phone.into();
    }
    json!({"type": "identify", "userId": user, "traits": traits})
}

/// The same with a plan alone.
pub fn plan(user: &str, plan: &str) -> Value {
    json!({"type": "identify", "userId": user, "traits": {"plan": plan}})
}

/// What a list holds of these people by e-mail.
pub fn emails(users: &[&str]) -> BTreeSet<String> {
    let digest = |user: &&str| snapchat::audiences::digest(IdentifierKind::Email, &format!("{user}@n.example"), None);
    users.iter().map(|user| digest(user).unwrap()).collect()
}

/// What a list holds of these numbers.
pub fn phones(numbers: &[&str]) -> BTreeSet<String> {
    let digest = |number: &&str| snapchat::audiences::digest(IdentifierKind::Phone, number, Some("US"));
    numbers.iter().map(|number| digest(number).unwrap()).collect()
}

/// Members by schema, without empty ones.
pub fn held(email: BTreeSet<String>, phone: BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
    [("EMAIL_SHA256", email), ("PHONE_SHA256", phone)]
        .into_iter()
        .filter(|(_, set)| !set.is_empty())
        .map(|(schema, set)| (schema.to_owned(), set))
        .collect()
}
