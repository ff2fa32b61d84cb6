//! Faults on command, down to cut connections.

use serde_json::{Value, json};

use crate::harness::*;

async fn script(sim: &Sim, rules: Value) {
    let answer = sim.post("/_sim/faults", &rules).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn rules_answer_in_order_and_are_used_up() {
    let sim = Sim::start().await;
    let now = sim.now().await;
    script(
        &sim,
        json!([
            {"path": "/v3/", "method": "POST", "status": 429, "headers": {"Retry-After": "90"}, "times": 2},
            {"path": "/v3/", "status": 500, "body": {"status": "ERROR"}},
            {"path": "/v1/", "status": 503, "body": "down"},
        ]),
    )
    .await;
    let post = async || sim.events(PIXEL, json!([purchase(now, "a")])).await;
    let path = format!("/v3/{PIXEL}/events?access_token={}", capi_token(0));
    let limited = sim.http.post(sim.url(&path)).send().await.unwrap();
    assert_eq!((limited.status().as_u16(), &limited.headers()["retry-after"]), (429, &"90".parse().unwrap()));
    assert_eq!(post().await.status, 429);
    let broken = post().await;
    assert_eq!((broken.status, broken.body), (500, json!({"status": "ERROR"})));
    assert_eq!(post().await.status, 200);
    let rest = sim.get("/_sim/faults").await.body;
    assert_eq!((rest["rules"].as_array().unwrap().len(), &rest["applied"]), (1, &json!(3)));
    script(&sim, json!([])).await;
    assert_eq!(sim.get("/v1/me").await.status, 401);
    assert_eq!(sim.received("").await.len(), 1);
}

#[tokio::test]
async fn rules_can_wait_last_and_lie() {
    let sim = Sim::start().await;
    let now = sim.now().await;
    script(&sim, json!([{"path": "/v3/", "skip": 1, "status": 500, "processed": true, "times": 0, "delay_ms": 1}]))
        .await;
    let mut statuses = Vec::new();
    for id in ["a", "b", "c"] {
        statuses.push(sim.events(PIXEL, json!([purchase(now, id)])).await.status);
    }
    assert_eq!(statuses, [200, 500, 500]);
    assert_eq!(sim.received("").await.len(), 3, "carried out although the answer says otherwise");
}

#[tokio::test]
async fn connections_are_cut_before_or_after_the_work() {
    let sim = Sim::start().await;
    let now = sim.now().await;
    for (when, id, kept) in [("before", "a", 0), ("after", "b", 1)] {
        script(&sim, json!([{"path": "/v3/", "cut": when}])).await;
        let path = format!("/v3/{PIXEL}/events?access_token={}", capi_token(0));
        let cut = sim.http.post(sim.url(&path)).json(&json!({"data": [purchase(now, id)]})).send().await;
        assert!(cut.unwrap_err().is_request(), "no answer at all");
        assert_eq!(sim.received("").await.len(), kept);
    }
    assert_eq!(sim.events(PIXEL, json!([purchase(now, "c")])).await.status, 200);
    let requests = sim.get("/_sim/requests").await.body["requests"].clone();
    let statuses: Vec<_> = requests.as_array().unwrap().iter().map(|one| one["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [0, 0, 200]);
    assert_eq!(requests[0]["path"], format!("/v3/{PIXEL}/events?access_token=…"));
    assert_eq!((&requests[0]["fault"], &requests[2]["fault"]), (&json!(true), &json!(false)));
}

/// Raw bytes: a cut connection must show as an end of the stream without a single byte of an answer.
#[tokio::test]
async fn a_cut_closes_the_socket_itself() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let sim = Sim::start().await;
    for when in ["before", "after"] {
        script(&sim, json!([{"path": "/v1/me", "cut": when}])).await;
        let mut stream = tokio::net::TcpStream::connect(sim.running.address()).await.unwrap();
        stream.write_all(b"GET /v1/me HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        // A reset also ends it; what counts is that nothing came.
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.is_empty());
    }
}

#[tokio::test]
async fn senseless_rules_are_refused() {
    let sim = Sim::start().await;
    for rule in [
        json!({"path": "/v3"}),
        json!({"path": "v3", "status": 500}),
        json!({"path": "/v3", "status": 99}),
        json!({"path": "/v3", "cut": "maybe"}),
        json!({"path": "/v3", "status": 500, "header": {}}),
        json!({"path": "/v3", "status": 500, "headers": {"a b": "c"}}),
    ] {
        assert_eq!(sim.post("/_sim/faults", &json!([rule])).await.status, 400);
    }
    assert_eq!(sim.get("/_sim/faults").await.body["rules"], json!([]));
}
