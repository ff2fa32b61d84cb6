//! Settings and starting over.

use serde_json::json;

use crate::harness::*;

#[tokio::test]
async fn settings_change_by_name() {
    let sim = Sim::start().await;
    let changed = sim.post("/_sim/settings", &json!({"token_ttl_s": 5})).await;
    assert_eq!((&changed.body["token_ttl_s"], &changed.body["page_size"]), (&json!(5), &json!(2)));
    for patch in [json!({"nope": 1}), json!({"page_size": 0}), json!({"page_size": "x"}), json!(1)] {
        assert_eq!(sim.post("/_sim/settings", &patch).await.status, 400);
    }
    assert_eq!(sim.get("/_sim/settings").await.body, changed.body);
}

#[tokio::test]
async fn rate_limits_hold_when_switched_on() {
    let sim = Sim::with(|settings| settings.rate_limits = true).await;
    let dana = sim.token(DANA).await;
    let mut limited = false;
    // Ten are let in each second, so however slow the machine is, one of so many is too many.
    for _ in 0..2_000 {
        limited = sim.ads(reqwest::Method::GET, "/v1/me", &dana, None).await.status == 429;
        if limited {
            break;
        }
    }
    assert!(limited);
    sim.advance(1_000).await;
    assert_eq!(sim.ads(reqwest::Method::GET, "/v1/me", &dana, None).await.status, 200);
}

#[tokio::test]
async fn a_reset_starts_over() {
    let sim = Sim::start().await;
    let now = sim.now().await;
    let dana = sim.token(DANA).await;
    sim.events(PIXEL, json!([purchase(now, "a")])).await;
    sim.post("/_sim/settings", &json!({"token_ttl_s": 5})).await;
    sim.post("/_sim/faults", &json!([{"path": "/v3", "status": 500}])).await;
    sim.post("/_sim/reset", &json!({"only": ["events"]})).await;
    assert!(sim.received("").await.is_empty());
    assert_eq!(sim.ads(reqwest::Method::GET, "/v1/me", &dana, None).await.status, 200);
    assert_eq!(sim.http.post(sim.url("/_sim/reset")).send().await.unwrap().status(), 200);
    assert_eq!(sim.ads(reqwest::Method::GET, "/v1/me", &dana, None).await.status, 401);
    assert_eq!(sim.get("/_sim/faults").await.body["rules"], json!([]));
    assert_eq!(sim.get("/_sim/settings").await.body["token_ttl_s"], 3600);
    let first = sim.events(PIXEL, json!([purchase(now, "a")])).await;
    assert_eq!((first.status, &sim.received("").await[0]["number"]), (200, &json!(1)));
}

#[tokio::test]
async fn it_stops_and_frees_its_port() {
    let sim = Sim::start().await;
    let address = sim.running.address();
    assert_eq!(sim.get("/").await.status, 200);
    sim.running.stop().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
