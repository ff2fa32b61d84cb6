//! A simulator on a free port, a destination that points at it, and what tests ask of both.

use std::{
    collections::HashMap,
    sync::{Arc, Once},
};

use domain::{
    Clock, Timestamp,
    destination::{Destination, Endpoint, Secret, TokenSet},
    item::Item,
};
use serde_json::{Value, json};
use snapchat::{Settings, Snapchat};

pub const PIXEL: &str = "9f3c2d1e-4b5a-4c6d-8e7f-0a1b2c3d4e5f";
pub const APP: &str = "5b8e2f40-91c7-4d3a-a6f2-0c4d8e1b7a93";
pub const FABRIKAM_PIXEL: &str = "06f9d4c3-5e7a-4b12-8d80-7c3f4e516092";
pub const AD_ACCOUNT: &str = "7d0a5c1e-20b4-4e55-9d0a-3a6a1c0a9b11";
pub const BUSINESS: &str = "c1b0a9f8-5f6e-4a3b-9c2d-1e0f9a8b7c6d";
pub const REDIRECT: &str = "http://127.0.0.1:3000/oauth/snapchat/callback";

/// The clock stands at the simulator's start.
struct Standing(Timestamp);

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        self.0
    }
}

pub struct World {
    pub snapchat: Snapchat,
    pub now: Timestamp,
    pub http: reqwest::Client,
    url: String,
    capi_token: String,
    _running: snap_sim::Running,
}

impl World {
    pub async fn new() -> Self {
        static TLS: Once = Once::new();
        TLS.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let options = snap_sim::Options::local();
        let capi_token = options.seed.organization[0].capi_tokens[0].clone();
        let running = snap_sim::start(options).await.expect("the simulator starts");
        let url = running.url();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        let clock: Value =
            http.get(format!("{url}/_sim/clock")).send().await.expect("sent").json().await.expect("JSON");
        let now = Timestamp(clock["now_ms"].as_i64().expect("a time"));
        let snapchat = Snapchat::new(settings(&url), Arc::new(Standing(now))).expect("settings");
        Self { snapchat, now, http, url, capi_token, _running: running }
    }

    /// The destination with other settings.
    pub fn with(&self, change: impl FnOnce(&mut Settings)) -> Snapchat {
        let mut settings = settings(&self.url);
        change(&mut settings);
        Snapchat::new(settings, Arc::new(Standing(self.now))).expect("settings")
    }

    pub fn to(&self, asset: &str) -> Endpoint {
        Endpoint { asset_id: asset.to_owned(), token: Secret(self.capi_token.clone()) }
    }

    pub async fn control(&self, path: &str, body: &Value) {
        let answer = self.http.post(format!("{}/_sim/{path}", self.url)).json(body).send().await.expect("sent");
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap_or_default());
    }

    /// One rule for the next request to a path.
    pub async fn fault(&self, mut rule: Value, path: &str) {
        rule["path"] = json!(path);
        self.control("faults", &json!([rule])).await;
    }

    pub async fn report(&self, path: &str) -> Value {
        self.http.get(format!("{}/_sim/{path}", self.url)).send().await.expect("sent").json().await.expect("JSON")
    }

    /// Signs in as a person does in the browser.
    pub async fn sign_in(&self, person: &str) -> TokenSet {
        let address = self.snapchat.authorize_url("state-1", REDIRECT).expect("configured");
        let form = HashMap::from([("username", person), ("password", "snap-demo"), ("action", "continue")]);
        let answer = self.http.post(address).form(&form).send().await.expect("sent");
        let back = answer.headers().get("location").expect("a way back").to_str().expect("text");
        let back = url::Url::parse(back).expect("an address");
        let query: HashMap<_, _> = back.query_pairs().collect();
        assert_eq!(query["state"], "state-1");
        self.snapchat.exchange(&query["code"], REDIRECT).await.expect("tokens")
    }
}

fn settings(url: &str) -> Settings {
    Settings {
        accounts_url: url.to_owned(),
        ads_api_url: format!("{url}/v1"),
        capi_url: url.to_owned(),
        client_id: Some("switchyard-demo".to_owned()),
        client_secret: Some(Secret("switchyard-demo-secret".to_owned())),
    }
}

/// A valid item, named by its id.
pub fn item(world: &World, id: &str) -> Item {
    let item = json!({
        "event_name": "PAGE_VIEW", "event_time": world.now.0, "event_id": id, "action_source": "WEB",
        "event_source_url": "https://shop.example/",
        "user_data": {"em": ["542d240129883c019e106e3b1b2d3f3cb3537c43c425364de8e951d5a3083345"]},
    });
    item.into()
}
