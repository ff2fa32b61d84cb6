//! Segments: life, membership as sets, sizes and states over time.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::*;

const OTHER_HASH: &str = "20b82517b67108ed3a171539dc5dd1da605660249b02f38dd70f572a545c7d18";

fn wanted(name: &str) -> Value {
    json!({"name": name, "source_type": "FIRST_PARTY", "retention_in_days": 180, "ad_account_id": ACCOUNT})
}

fn users(schema: &str, hashes: &[&str]) -> Value {
    json!({"users": [{"schema": [schema], "data": hashes.iter().map(|hash| [hash]).collect::<Vec<_>>()}]})
}

/// `count` different identifiers.
fn many(count: u32) -> Value {
    json!({"users": [{"schema": ["EMAIL_SHA256"], "data": (0..count).map(|n| [format!("{:02x}{n:062x}", n % 256)]).collect::<Vec<_>>()}]})
}

struct Lists {
    sim: Sim,
    dana: String,
}

impl Lists {
    async fn start() -> Self {
        let sim = Sim::start().await;
        let dana = sim.token(DANA).await;
        Self { sim, dana }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.sim.ads(method, path, &self.dana, body.as_ref()).await
    }

    async fn create(&self, segment: Value) -> Answer {
        let path = format!("/v1/adaccounts/{ACCOUNT}/segments");
        self.call(Method::POST, &path, Some(json!({"segments": [segment]}))).await
    }

    async fn id(&self, name: &str) -> String {
        text(&self.create(wanted(name)).await.body["segments"][0]["segment"]["id"])
    }

    async fn members(&self, id: &str) -> Value {
        self.sim.get(&format!("/_sim/segments?id={id}")).await.body["segments"][0]["members"].clone()
    }

    async fn state(&self, id: &str) -> (String, String, String, u64) {
        let answer = self.call(Method::GET, &format!("/v1/segments/{id}"), None).await;
        let segment = &answer.body["segments"][0]["segment"];
        let size = segment["approximate_number_users"].as_u64().unwrap();
        (text(&segment["status"]), text(&segment["upload_status"]), text(&segment["targetable_status"]), size)
    }
}

#[tokio::test]
async fn membership_is_a_set() {
    let lists = Lists::start().await;
    let id = lists.id("Buyers").await;
    assert!(id.len() >= 16 && id.bytes().all(|byte| byte.is_ascii_digit()));
    let path = format!("/v1/segments/{id}/users");
    for _ in 0..2 {
        let added = lists.call(Method::POST, &path, Some(users("EMAIL_SHA256", &[EMAIL_HASH, OTHER_HASH]))).await;
        assert_eq!(added.body["users"][0]["user"]["number_uploaded_users"], 2);
    }
    lists.call(Method::POST, &path, Some(users("PHONE_SHA256", &[OTHER_HASH]))).await;
    assert_eq!(
        lists.members(&id).await,
        json!({"EMAIL_SHA256": [OTHER_HASH, EMAIL_HASH], "PHONE_SHA256": [OTHER_HASH]})
    );
    for _ in 0..2 {
        let removed = lists.call(Method::DELETE, &path, Some(users("EMAIL_SHA256", &[EMAIL_HASH]))).await;
        assert_eq!((removed.status, &removed.body["users"][0]["user"]["number_uploaded_users"]), (200, &json!(1)));
    }
    assert_eq!(lists.members(&id).await, json!({"EMAIL_SHA256": [OTHER_HASH], "PHONE_SHA256": [OTHER_HASH]}));
    let page = lists.sim.page(&format!("/ads-manager/segments/{id}")).await;
    assert!(page.contains(OTHER_HASH) && !page.contains(EMAIL_HASH) && page.contains("Buyers"));

    assert_eq!(
        lists.sim.form(&format!("/ads-manager/segments/{}/delete", lists.id("By hand").await), &[]).await.status,
        303
    );
    assert!(!lists.sim.page("/ads-manager").await.contains("By hand"));

    let cleared = lists.call(Method::DELETE, &format!("/v1/segments/{id}/all_users"), None).await;
    assert_eq!(cleared.body["segments"][0]["segment"]["approximate_number_users"], 0);
    assert_eq!(lists.members(&id).await, json!({}));
}

#[tokio::test]
async fn sizes_and_states_develop() {
    let lists = Lists::start().await;
    let id = lists.id("Large").await;
    let state = async || lists.state(&id).await;
    let expected = |a: &str, b: &str, c: &str, n| (a.to_owned(), b.to_owned(), c.to_owned(), n);
    assert_eq!(state().await, expected("PENDING", "NO_UPLOAD", "NOT_READY", 0));
    let path = format!("/v1/segments/{id}/users");
    assert_eq!(lists.call(Method::POST, &path, Some(many(2_560))).await.status, 200);
    assert_eq!(state().await, expected("PENDING", "PROCESSING", "NOT_READY", 0));
    lists.sim.advance(5_000).await;
    assert_eq!(state().await, expected("ACTIVE", "COMPLETE", "READY", 1_000));
    lists.sim.advance(5_000).await;
    assert_eq!(state().await, expected("ACTIVE", "COMPLETE", "READY", 2_000));
    lists.sim.post("/_sim/settings", &json!({"min_targetable": 5_000})).await;
    assert_eq!(state().await, expected("ACTIVE", "COMPLETE", "TOO_FEW_USERS", 2_000));
    assert!(lists.sim.page("/ads-manager").await.contains("TOO_FEW_USERS"));
}

#[tokio::test]
async fn uploads_are_checked_as_a_whole() {
    let lists = Lists::start().await;
    let id = lists.id("Strict").await;
    let path = format!("/v1/segments/{id}/users");
    let upper = EMAIL_HASH.to_uppercase();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let bad = [
        users("EMAIL", &[EMAIL_HASH]),
        users("EMAIL_SHA256", &[]),
        users("EMAIL_SHA256", &[EMAIL_HASH, "person@example.com"]),
        users("EMAIL_SHA256", &[&upper]),
        users("EMAIL_SHA256", &[empty]),
        json!({"users": [{"schema": ["EMAIL_SHA256", "PHONE_SHA256"], "data": [[EMAIL_HASH, OTHER_HASH]]}]}),
        json!({"users": [{"schema": ["EMAIL_SHA256"], "data": [[EMAIL_HASH, OTHER_HASH]]}]}),
        json!({"users": [{"schema": ["EMAIL_SHA256"], "data": [EMAIL_HASH]}]}),
        json!({"users": [{"schema": ["EMAIL_SHA256"], "data": [[EMAIL_HASH]], "extra": 1}]}),
        json!({"users": [{"id": "1", "schema": ["EMAIL_SHA256"], "data": [[EMAIL_HASH]]}]}),
        json!({"users": []}),
        json!([]),
        many(100_001),
    ];
    for body in bad {
        let answer = lists.call(Method::POST, &path, Some(body)).await;
        assert_eq!((answer.status, text(&answer.body["error_code"])), (400, "E1001".into()), "{}", answer.body);
        assert!(!answer.body.to_string().contains("person@"), "a value is never repeated");
    }
    assert_eq!(lists.members(&id).await, json!({}));
    let not_json = lists.sim.http.post(lists.sim.url(&path)).bearer_auth(&lists.dana).body("{}").send().await.unwrap();
    assert_eq!(not_json.status(), 415);
    assert_eq!(lists.call(Method::POST, &path, Some(many(100_000))).await.status, 200);
    let counts = lists.sim.get("/_sim/segments?name=Strict&members=false").await.body["segments"][0].clone();
    assert_eq!((&counts["counts"]["EMAIL_SHA256"], counts.get("members")), (&json!(100_000), None));
}

#[tokio::test]
async fn segments_are_made_changed_and_deleted() {
    let lists = Lists::start().await;
    let path = format!("/v1/adaccounts/{ACCOUNT}/segments");
    let mut broken = wanted("x");
    broken.as_object_mut().unwrap().remove("retention_in_days");
    let mixed = lists
        .call(Method::POST, &path, Some(json!({"segments": [wanted("A"), broken, wanted("B"), wanted("C")]})))
        .await;
    assert_eq!((mixed.status, text(&mixed.body["request_status"])), (200, "ERROR".into()));
    assert_eq!(
        mixed.body["segments"][1]["sub_request_error_reason"],
        "Error code: E1001, message: invalid argument : [retention_in_days must be set]"
    );
    let first = lists.call(Method::GET, &path, None).await.body;
    assert_eq!(
        (first["segments"].as_array().unwrap().len(), first["segments"][1]["segment"]["name"].as_str()),
        (2, Some("B"))
    );
    assert!(first["paging"]["next_link"].is_string());

    let mut segment = first["segments"][0]["segment"].clone();
    segment["name"] = "Renamed".into();
    let changed = lists.call(Method::PUT, &path, Some(json!({"segments": [segment]}))).await;
    assert_eq!(changed.body["segments"][0]["segment"]["name"], "Renamed");
    segment["source_type"] = "PIXEL".into();
    let immutable = lists.call(Method::PUT, &path, Some(json!({"segments": [segment]}))).await;
    assert!(text(&immutable.body["segments"][0]["sub_request_error_reason"]).contains("E2023"));

    let id = text(&segment["id"]);
    let deleted = lists.call(Method::DELETE, &format!("/v1/segments/{id}"), None).await;
    assert_eq!((deleted.status, &deleted.body["segments"]), (200, &json!([])));
    let gone =
        lists.call(Method::POST, &format!("/v1/segments/{id}/users"), Some(users("EMAIL_SHA256", &[EMAIL_HASH]))).await;
    assert_eq!((gone.status, text(&gone.body["error_code"])), (404, "E3003".into()));
}

#[tokio::test]
async fn each_field_of_a_segment_is_checked() {
    let lists = Lists::start().await;
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("x".repeat(376))),
        ("description", json!(1)),
        ("retention_in_days", json!(0)),
        ("retention_in_days", json!("180")),
        ("retention_in_days", json!(10_000)),
        ("source_type", json!("PIXEL")),
        ("ad_account_id", json!(ORGANIZATION)),
        ("status", json!("ACTIVE")),
    ] {
        let mut segment = wanted("Fine");
        segment[field] = value;
        let answer = lists.create(segment).await;
        assert_eq!(answer.body["segments"][0]["sub_request_status"], "ERROR", "{field}");
    }
    let mut longest = wanted(&"ü".repeat(375));
    longest["description"] = "d".into();
    assert_eq!(lists.create(longest).await.body["request_status"], "SUCCESS");
    let path = format!("/v1/adaccounts/{ACCOUNT}/segments");
    let sixteen = json!({"segments": vec![wanted("x"); 16]});
    assert_eq!(lists.call(Method::POST, &path, Some(sixteen)).await.status, 400);
}

#[tokio::test]
async fn only_data_managers_of_active_accounts_write() {
    let lists = Lists::start().await;
    let id = lists.id("Guarded").await;
    let sam = lists.sim.token(SAM).await;
    let denied = lists
        .sim
        .ads(Method::POST, &format!("/v1/segments/{id}/users"), &sam, Some(&users("EMAIL_SHA256", &[EMAIL_HASH])))
        .await;
    assert_eq!((denied.status, text(&denied.body["error_code"])), (403, "E3002".into()));
    assert_eq!(lists.sim.ads(Method::GET, &format!("/v1/segments/{id}"), &sam, None).await.status, 200);
    let paused = "/v1/adaccounts/7d0a5c1e-20b4-4e55-9d0a-3a6a1c0a9b15/segments";
    assert_eq!(lists.call(Method::POST, paused, Some(json!({"segments": [wanted("x")]}))).await.status, 403);
}
