//! The simulator's own pages.

use serde_json::json;

use crate::harness::*;

#[tokio::test]
async fn events_manager_shows_what_arrived() {
    let sim = Sim::start().await;
    assert!(sim.page("/").await.contains("Nothing arrived yet."));
    let now = sim.now().await;
    sim.events(PIXEL, json!([purchase(now, "<script>")])).await;
    sim.post(
        "/p",
        &json!({"pid": PIXEL, "ev": "PURCHASE", "pl": "https://shop.example/", "client_dedup_id": "<script>"}),
    )
    .await;
    let page = sim.page("/events-manager").await;
    assert!(page.contains("&lt;script&gt;") && page.contains("2 events received, 1 of them"));
    assert!(page.contains("Deduplicated: same event id as no. 1"));
    let narrowed = sim.page("/events-manager?side=pixel").await;
    assert!(narrowed.contains("Deduplicated: same event id") && !narrowed.contains(">Accepted<"));
    assert!(!page.contains(EMAIL_HASH) && !page.contains("203.0.113"));
}

#[tokio::test]
async fn capi_tokens_are_generated_and_deleted() {
    let sim = Sim::start().await;
    let page = text(&sim.form("/business/capi-tokens", &[("organization", FABRIKAM)]).await.body);
    let token =
        page.split("<textarea").nth(1).unwrap().split_once('>').unwrap().1.split('<').next().unwrap().to_owned();
    assert_eq!(token.split('.').count(), 3);
    let mut event = purchase(sim.now().await, "a");
    event["custom_data"]["order_id"] = "F-1".into();
    let path = format!("/v3/{FABRIKAM_PIXEL}/events?access_token={token}");
    assert_eq!(sim.post(&path, &json!({"data": [event]})).await.status, 200);
    assert!(!sim.page("/business").await.contains(&token), "shown only once");
    let form = [("organization", FABRIKAM), ("ending", &token[token.len() - 8..])];
    assert_eq!(sim.form("/business/capi-tokens/delete", &form).await.status, 303);
    assert_eq!(sim.post(&path, &json!({"data": [event]})).await.status, 401);
    assert_eq!(sim.form("/business/capi-tokens", &[("organization", "x")]).await.status, 404);
}

#[tokio::test]
async fn pages_and_their_parts_are_there() {
    let sim = Sim::start().await;
    for path in ["/", "/events-manager", "/business", "/ads-manager", "/assets/sim.css", "/assets/live.js"] {
        assert_eq!(sim.get(path).await.status, 200, "{path}");
    }
    assert_eq!(sim.get("/ads-manager/segments/1").await.status, 404);
}
