//! A running simulator and a client with the seed's names for things.

use reqwest::{Client, Method, Response, redirect};
use serde_json::{Value, json};
use snap_sim::{Options, Running, Settings};

pub const ORGANIZATION: &str = "c1b0a9f8-5f6e-4a3b-9c2d-1e0f9a8b7c6d";
pub const FABRIKAM: &str = "e4d7b2a1-3c58-4f90-8b6e-5a1d2c3f4e70";
pub const ACCOUNT: &str = "7d0a5c1e-20b4-4e55-9d0a-3a6a1c0a9b11";
pub const PIXEL: &str = "9f3c2d1e-4b5a-4c6d-8e7f-0a1b2c3d4e5f";
pub const APP: &str = "5b8e2f40-91c7-4d3a-a6f2-0c4d8e1b7a93";
pub const FABRIKAM_PIXEL: &str = "06f9d4c3-5e7a-4b12-8d80-7c3f4e516092";
pub const BOTH_SCOPES: &str = "snapchat-marketing-api snapchat-offline-conversions-api";
pub const REDIRECT: &str = "http://localhost:3000/oauth/snapchat/callback";
pub const DANA: &str = "dana@northwind.example";
pub const SAM: &str = "sam@fabrikam.example";
pub const EMAIL_HASH: &str = "542d240129883c019e106e3b1b2d3f3cb3537c43c425364de8e951d5a3083345";

/// The CAPI token of the organisation at this place of the built-in seed.
pub fn capi_token(place: usize) -> String {
    snap_sim::Seed::northwind().organization[place].capi_tokens[0].clone()
}

pub struct Sim {
    pub running: Running,
    pub http: Client,
}

/// Status and body of an answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Sim {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        // A second test of the same process finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut options = Options::local();
        change(&mut options.settings);
        let running = snap_sim::start(options).await.unwrap();
        let http = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        Self { running, http }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.url())
    }

    pub async fn get(&self, path: &str) -> Answer {
        answer(self.http.get(self.url(path)).send().await.unwrap()).await
    }

    pub async fn page(&self, path: &str) -> String {
        self.http.get(self.url(path)).send().await.unwrap().text().await.unwrap()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        answer(self.http.post(self.url(path)).json(body).send().await.unwrap()).await
    }

    pub async fn form(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        answer(self.http.post(self.url(path)).form(form).send().await.unwrap()).await
    }

    /// A call of the Ads API.
    pub async fn ads(&self, method: Method, path: &str, token: &str, body: Option<&Value>) -> Answer {
        let mut request = self.http.request(method, self.url(path)).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(body);
        }
        answer(request.send().await.unwrap()).await
    }

    pub async fn events(&self, asset: &str, events: Value) -> Answer {
        let path = format!("/v3/{asset}/events?access_token={}", capi_token(0));
        self.post(&path, &json!({"data": events})).await
    }

    pub async fn now(&self) -> i64 {
        self.get("/_sim/clock").await.body["now_ms"].as_i64().unwrap()
    }

    pub async fn advance(&self, ms: u64) {
        assert_eq!(self.post("/_sim/clock", &json!({"advance_ms": ms})).await.status, 200);
    }

    pub async fn received(&self, query: &str) -> Vec<Value> {
        self.get(&format!("/_sim/received{query}")).await.body["events"].as_array().unwrap().clone()
    }

    /// Signs in and agrees; the code.
    pub async fn code(&self, user: &str, scope: &str) -> String {
        let form = [("username", user), ("password", "snap-demo"), ("action", "continue")];
        let response = self.http.post(self.url(&authorize(scope, "s1"))).form(&form).send().await.unwrap();
        query_of(&location(&response), "code").expect("a code")
    }

    /// Exchanges a code.
    pub async fn exchange(&self, code: &str) -> Answer {
        let mut form = client_form("authorization_code");
        form.extend([("code", code), ("redirect_uri", REDIRECT)]);
        self.form("/login/oauth2/access_token", &form).await
    }

    pub async fn refresh(&self, token: &str) -> Answer {
        let mut form = client_form("refresh_token");
        form.push(("refresh_token", token));
        self.form("/login/oauth2/access_token", &form).await
    }

    /// An access token of this person.
    pub async fn token(&self, user: &str) -> String {
        let code = self.code(user, BOTH_SCOPES).await;
        text(&self.exchange(&code).await.body["access_token"])
    }
}

pub fn client_form(grant_type: &str) -> Vec<(&str, &str)> {
    vec![("grant_type", grant_type), ("client_id", "switchyard-demo"), ("client_secret", "switchyard-demo-secret")]
}

pub fn authorize(scope: &str, state: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("client_id", "switchyard-demo"),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("scope", scope),
            ("state", state),
        ])
        .finish();
    format!("/login/oauth2/authorize?{query}")
}

pub fn location(response: &Response) -> String {
    response.headers()["location"].to_str().unwrap().to_owned()
}

pub fn query_of(address: &str, name: &str) -> Option<String> {
    let address = url::Url::parse(address).unwrap();
    address.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}

async fn answer(response: Response) -> Answer {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
}

/// A web event that passes all checks.
pub fn purchase(now: i64, id: &str) -> Value {
    json!({
        "event_name": "PURCHASE", "event_time": now, "event_id": id, "action_source": "WEB",
        "event_source_url": "https://shop.example/thanks?order=N-1", "integration": "switchyard",
        "user_data": {
            "em": [EMAIL_HASH], "client_ip_address": "203.0.113.24", "client_user_agent": "Mozilla/5.0",
            "external_id": ["b18075c8f08d7774088a0910823bd34903c13d68eb71791e01439b2ef87f8710"],
            "sc_click_id": "a1b2c3d4-0000-4000-8000-5e6f7a8b9c0d", "sc_cookie1": "6f1d2c3b-4a59-4d6e-8f70-112233445566"
        },
        "custom_data": {
            "currency": "GBP", "value": 84.5, "order_id": format!("order-{id}"), "num_items": 2,
            "content_ids": ["SKU-1", "SKU-9"], "content_category": ["boots"],
            "contents": [{"id": "SKU-1", "quantity": "1", "item_price": "59.50"}]
        },
        "data_processing_options": []
    })
}
