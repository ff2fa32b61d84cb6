//! The pixel script and its beacons.

use reqwest::Method;
use serde_json::json;

use crate::harness::*;

#[tokio::test]
async fn the_script_is_served_to_any_page() {
    let sim = Sim::start().await;
    let response = sim.http.get(sim.url("/scevent.min.js")).send().await.unwrap();
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/javascript"));
    let script = response.text().await.unwrap();
    assert!(script.contains("snaptr.handleRequest") && script.contains("_scid"));
    let preflight = sim.http.request(Method::OPTIONS, sim.url("/p")).send().await.unwrap();
    assert_eq!(preflight.headers()["access-control-allow-origin"], "*");
}

#[tokio::test]
async fn beacons_arrive_on_the_pixel_side() {
    let sim = Sim::start().await;
    let now = sim.now().await;
    let beacon = json!({
        "pid": PIXEL, "ev": "ADD_CART", "pl": "https://shop.example/cart", "rf": "", "ts": now, "u_c1": "cookie",
        "u_hem": EMAIL_HASH, "client_dedup_id": "x", "price": 10, "currency": "USD", "item_ids": ["SKU-1"]
    });
    let response = sim
        .http
        .post(sim.url("/p"))
        .header("content-type", "text/plain")
        .body(beacon.to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["access-control-allow-origin"]),
        (200, &"*".parse().unwrap())
    );
    let received = sim.received("?side=pixel").await;
    assert_eq!((&received[0]["event_id"], &received[0]["event"]), (&json!("x"), &beacon));
    assert!(sim.received("?side=api").await.is_empty());
    for (field, value) in [("pid", APP), ("ev", "NOPE"), ("pl", ""), ("u_hem", "person@example.com")] {
        let mut wrong = beacon.clone();
        wrong[field] = value.into();
        assert_eq!(sim.post("/p", &wrong).await.status, 400, "{field}");
    }
}
