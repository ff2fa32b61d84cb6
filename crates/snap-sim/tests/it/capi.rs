//! The Conversions API as a whole: access, batches, deduplication, tests, quality.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::*;

#[tokio::test]
async fn a_batch_is_taken_whole_or_not_at_all() {
    let sim = Sim::start().await;
    let now = sim.now().await;
    let good = sim.events(PIXEL, json!([purchase(now, "a"), purchase(now, "b")])).await;
    assert_eq!((good.status, text(&good.body["status"])), (200, "VALID".into()));
    let mut wrong = purchase(now, "d");
    wrong["custom_data"]["currency"] = "gbp".into();
    let bad = sim.events(PIXEL, json!([purchase(now, "c"), wrong.clone(), wrong])).await;
    assert_eq!((bad.status, text(&bad.body["status"]), bad.body["event"].as_u64()), (400, "INVALID".into(), Some(2)));
    assert_eq!(bad.body["errors"]["error_msgs"], json!(["custom_data.currency must be an upper-case ISO 4217 code"]));
    let received = sim.received("?event_name=purchase").await;
    assert_eq!(received.iter().map(|event| text(&event["event_id"])).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(received[0]["event"], purchase(now, "a"));
    assert_eq!((&received[0]["side"], &received[0]["asset"]), (&json!("api"), &json!(PIXEL)));
    assert!(received[0]["request"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn batches_have_limits_and_a_shape() {
    let sim = Sim::start().await;
    let now = sim.now().await;
    let event = purchase(now, "a");
    assert_eq!(sim.events(PIXEL, json!(vec![event.clone(); 2_000])).await.status, 200);
    let path = format!("/v3/{PIXEL}/events?access_token={}", capi_token(0));
    let bad = [
        json!({"data": vec![event.clone(); 2_001]}),
        json!({"data": []}),
        json!({"data": event}),
        json!([event]),
        json!({"data": [event], "extra": 1}),
        json!({"data": [event], "test_event_code": ""}),
        json!({"data": [event], "test_event_code": null}),
    ];
    for body in bad {
        let answer = sim.post(&path, &body).await;
        assert_eq!((answer.status, text(&answer.body["status"])), (400, "INVALID".into()));
        assert!(answer.body.get("event").is_none());
    }
    let plain = sim.http.post(sim.url(&path)).body(json!({"data": [event]}).to_string()).send().await.unwrap();
    assert_eq!(plain.status(), 400);
    assert_eq!(sim.received("").await.len(), 2_000);
}

#[tokio::test]
async fn the_token_must_fit_the_asset() {
    let sim = Sim::start().await;
    let now = sim.now().await;
    let body = json!({"data": [purchase(now, "a")]});
    let post =
        async |asset: &str, token: &str| sim.post(&format!("/v3/{asset}/events?access_token={token}"), &body).await;
    assert_eq!(post(PIXEL, &capi_token(0)).await.status, 200);
    let foreign = post(PIXEL, &capi_token(1)).await;
    assert_eq!(foreign.status, 403);
    let wrong = post(PIXEL, "nobody's").await;
    assert_eq!((wrong.status, text(&wrong.body["reason"])), (401, "Invalid access token".into()));
    assert_eq!(post("00000000-0000-4000-8000-000000000000", &capi_token(0)).await.status, 404);
    let header =
        sim.http.post(sim.url(&format!("/v3/{PIXEL}/events"))).bearer_auth(capi_token(0)).json(&body).send().await;
    assert_eq!(header.unwrap().status(), 401);

    let dana = sim.token(DANA).await;
    assert_eq!(post(PIXEL, &dana).await.status, 200);
    sim.post("/_sim/expire-tokens", &json!({})).await;
    assert_eq!(post(PIXEL, &dana).await.status, 401);
    let code = sim.code(DANA, "snapchat-marketing-api").await;
    let marketing = text(&sim.exchange(&code).await.body["access_token"]);
    assert_eq!(post(PIXEL, &marketing).await.status, 403);
    sim.post("/_sim/revoke", &json!({"what": "capi"})).await;
    assert_eq!(post(PIXEL, &capi_token(0)).await.status, 401);
}

fn duplicates(received: &[Value]) -> Vec<(Option<u64>, Option<&str>)> {
    received.iter().map(|event| (event["duplicate_of"].as_u64(), event["duplicate_by"].as_str())).collect()
}

#[tokio::test]
async fn repetitions_are_recognised_across_sides_and_windows() {
    let sim = Sim::with(|settings| settings.max_event_age_s = 60 * 86_400).await;
    let now = sim.now().await;
    let beacon = json!({"pid": PIXEL, "ev": "PURCHASE", "pl": "https://shop.example/", "client_dedup_id": "a", "transaction_id": "T"});
    assert_eq!(sim.post("/p", &beacon).await.status, 200);
    sim.events(PIXEL, json!([purchase(now, "a")])).await;
    sim.advance(47 * 3_600_000).await;
    sim.events(PIXEL, json!([purchase(now, "a")])).await;
    let mut same_order = purchase(now, "b");
    same_order["custom_data"]["order_id"] = "T".into();
    sim.events(PIXEL, json!([same_order])).await;
    let mut other_name = purchase(now, "a");
    other_name["event_name"] = "VIEW_CONTENT".into();
    sim.events(PIXEL, json!([other_name])).await;
    sim.advance(3_600_000).await;
    sim.events(
        PIXEL,
        json!([{"event_name": "PURCHASE", "event_time": now, "event_id": "a", "action_source": "OFFLINE",
        "user_data": {"em": EMAIL_HASH}, "custom_data": {"value": "1.00", "currency": "USD"}}]),
    )
    .await;
    let received = sim.received("").await;
    let by_id = (Some(1), Some("event_id"));
    assert_eq!(
        duplicates(&received),
        [(None, None), by_id, by_id, (Some(1), Some("order_id")), (None, None), (None, None)]
    );
    assert_eq!(sim.get("/_sim/stats").await.body["events"]["duplicates"], 3);
}

#[tokio::test]
async fn the_dry_run_tells_about_each_event() {
    let sim = Sim::start().await;
    let now = sim.now().await;
    let mut wrong = purchase(now, "b");
    wrong["custom_data"].as_object_mut().unwrap().remove("currency");
    let token = capi_token(0);
    let at = |rest: &str| format!("/v3/{PIXEL}/events/validate{rest}?access_token={token}");
    let answer = sim.post(&at(""), &json!({"data": [purchase(now, "a"), wrong]})).await;
    assert_eq!(
        (answer.status, text(&answer.body["status"]), &answer.body["test_event"]),
        (400, "INVALID".into(), &json!(true))
    );
    let logs = answer.body["event_logs"].as_array().unwrap();
    assert_eq!((text(&logs[0]["status"]), text(&logs[1]["status"])), ("VALID".into(), "INVALID".into()));
    assert_eq!(logs[1]["errors"]["error_msgs"][0], "custom_data.currency is required for PURCHASE");
    assert_eq!(sim.post(&at(""), &json!({"data": [purchase(now, "a")]})).await.status, 200);
    assert!(sim.received("").await.is_empty());

    let log = sim.get(&at("/logs")).await.body;
    assert_eq!((log["logs"].as_array().unwrap().len(), text(&log["logs"][0]["event_time"])), (3, now.to_string()));
    let stats = sim.get(&at("/stats")).await.body;
    assert_eq!((&stats["stats"]["test"]["event_count_past_hour"], stats["stats"].get("live")), (&json!(2), None));
    sim.events(PIXEL, json!([purchase(now, "live")])).await;
    assert_eq!(sim.get(&at("/stats")).await.body["stats"]["live"]["event_count_past_hour"], 1);
    sim.advance(86_400_001).await;
    assert_eq!(sim.get(&at("/logs")).await.body["logs"], json!([]));
    assert_eq!(sim.get(&at("/stats")).await.body["stats"]["live"]["event_count_past_hour"], 0);
}

#[tokio::test]
async fn test_events_are_shown_and_not_counted() {
    let sim = Sim::start().await;
    let now = sim.now().await;
    let path = format!("/v3/{PIXEL}/events?access_token={}", capi_token(0));
    sim.post(&path, &json!({"data": [purchase(now, "a")], "test_event_code": "TEST1"})).await;
    let mut event = purchase(now, "a");
    event["test_event_code"] = "TEST1".into();
    sim.post(&path, &json!({"data": [event]})).await;
    sim.post(&path, &json!({"data": [purchase(now, "a")]})).await;
    let received = sim.received("").await;
    assert_eq!(received.iter().map(|event| event["test"] == true).collect::<Vec<_>>(), [true, true, false]);
    assert!(received.iter().all(|event| event["duplicate_of"].is_null()));
    assert_eq!(sim.get("/_sim/stats").await.body["by_event"][0]["events"], 1);
}

#[tokio::test]
async fn quality_follows_what_arrived() {
    let sim = Sim::start().await;
    let now = sim.now().await;
    let poor = json!({"event_name": "PAGE_VIEW", "event_time": now, "action_source": "WEB", "event_source_url": "https://shop.example/",
        "user_data": {"client_ip_address": "2001:db8::1", "client_user_agent": "Mozilla/5.0"}});
    sim.events(PIXEL, json!([poor, purchase(now, "a")])).await;
    let path = format!("/v1/pixels/{PIXEL}/event_quality_scores");
    let scores = sim.ads(Method::GET, &path, &capi_token(0), None).await.body;
    let score = |index: usize| scores["event_quality_scores"][index]["event_quality_score"].clone();
    assert_eq!((text(&score(0)["event_name"]), text(&score(1)["event_name"])), ("PAGE_VIEW".into(), "PURCHASE".into()));
    assert!(score(0)["event_quality_score"].as_f64() < score(1)["event_quality_score"].as_f64());
    assert_eq!(score(0)["recommendations"][0]["priority"], "P0");
    assert_eq!(scores["issues_summary"]["events_without_id"], 1);
    assert_eq!(sim.ads(Method::GET, &path, &sim.token(DANA).await, None).await.status, 200);
    assert_eq!(sim.ads(Method::GET, &path, &capi_token(1), None).await.status, 403);
}

#[tokio::test]
async fn only_so_many_events_are_kept() {
    let sim = Sim::with(|settings| settings.max_events = 3).await;
    let now = sim.now().await;
    for id in ["a", "b", "c", "d", "e"] {
        sim.events(PIXEL, json!([purchase(now, id)])).await;
    }
    let kept: Vec<_> = sim.received("").await.iter().map(|event| event["number"].as_u64().unwrap()).collect();
    assert_eq!(kept, [3, 4, 5]);
    assert_eq!(sim.received("?limit=1&after=3").await[0]["number"], 5);
    let stats = sim.get("/_sim/stats").await.body;
    assert_eq!((&stats["events"]["total"], &stats["events"]["kept"]), (&json!(5), &json!(3)));
}
