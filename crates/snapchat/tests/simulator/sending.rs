//! Sending, validating and checking through the Conversions API.

use std::{fs, path::PathBuf};

use domain::{
    destination::{Destination, Endpoint, Secret, Verdict},
    item::Item,
};
use serde_json::{Value, json};

use crate::world::{APP, FABRIKAM_PIXEL, PIXEL, World, item};

#[tokio::test]
async fn every_fixture_is_valid_at_snapchat() {
    let world = World::new().await;
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let (mut web, mut app) = (Vec::new(), Vec::new());
    for file in fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("entry").path()) {
        if file.to_string_lossy().ends_with(".capi.json") {
            let mut item: Value = serde_json::from_str(&fs::read_to_string(&file).expect("read")).expect("JSON");
            item["event_time"] = json!(world.now.0);
            if item["action_source"] == "MOBILE_APP" { app.push(Item::from(item)) } else { web.push(item.into()) }
        }
    }
    for (asset, items) in [(PIXEL, web), (APP, app)] {
        let items: Vec<&Item> = items.iter().collect();
        let to = world.to(asset);
        for answer in [world.snapchat.validate(&to, &items).await, world.snapchat.send(&to, &items).await] {
            assert_eq!(answer.verdict, Verdict::Accepted, "{}", answer.body);
            assert_eq!(answer.status, Some(200));
        }
    }
}

#[tokio::test]
async fn the_bad_item_is_named() {
    let world = World::new().await;
    let (good, mut bad) = (item(&world, "good"), item(&world, "bad").to_value());
    bad["user_data"] = json!({"em": ["person@example.com"]});
    let bad = bad.into();
    let answer = world.snapchat.send(&world.to(PIXEL), &[&good, &bad, &good]).await;
    assert!(matches!(answer.verdict, Verdict::ItemInvalid { index: 1, .. }), "{answer:?}");
}

#[tokio::test]
async fn credentials_and_assets() {
    let world = World::new().await;
    let event = item(&world, "e");
    let wrong = Endpoint { asset_id: PIXEL.into(), token: Secret("wrong-token".into()) };
    let answer = world.snapchat.send(&wrong, &[&event]).await;
    assert!(matches!(answer.verdict, Verdict::Unauthorized { .. }), "{answer:?}");
    assert!(!format!("{answer:?}").contains("wrong-token"));
    assert!(answer.url.ends_with(&format!("/v3/{PIXEL}/events")));
    let answer = world.snapchat.send(&world.to(FABRIKAM_PIXEL), &[&event]).await;
    assert!(matches!(answer.verdict, Verdict::Blocked { code: "forbidden", .. }), "{answer:?}");
    let answer = world.snapchat.send(&world.to("00000000-0000-4000-8000-000000000000"), &[&event]).await;
    assert!(matches!(answer.verdict, Verdict::Blocked { .. }), "{answer:?}");
}

#[tokio::test]
async fn faults_mean_what_the_table_says() {
    let world = World::new().await;
    let event = item(&world, "e");
    let to = world.to(PIXEL);
    for (rule, expected) in [
        (json!({"status": 429, "headers": {"Retry-After": "90"}}), Verdict::Throttled { retry_after: Some(90_000) }),
        (json!({"status": 413}), Verdict::TooLarge),
        (json!({"status": 503, "body": "busy"}), Verdict::Unavailable { reason: "HTTP 503: busy".into() }),
        (
            json!({"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}, "body": "x"}),
            Verdict::Unavailable { reason: "HTTP 302: x".into() },
        ),
    ] {
        world.fault(rule.clone(), "/v3").await;
        assert_eq!(world.snapchat.send(&to, &[&event]).await.verdict, expected, "{rule}");
    }
    for cut in ["before", "after"] {
        world.fault(json!({"cut": cut}), "/v3").await;
        let answer = world.snapchat.send(&to, &[&event]).await;
        assert!(matches!(answer.verdict, Verdict::NoAnswer { .. }), "{cut}: {answer:?}");
        assert!(!format!("{answer:?}").contains("access_token"));
    }
}

#[tokio::test]
async fn nobody_there_is_not_the_same_as_no_answer() {
    let world = World::new().await;
    let event = item(&world, "e");
    for base in ["http://127.0.0.1:1", "http://no-such-host.invalid"] {
        let nowhere = world.with(|settings| settings.capi_url = base.to_owned());
        let answer = nowhere.send(&world.to(PIXEL), &[&event]).await;
        assert!(matches!(answer.verdict, Verdict::Unavailable { .. }), "{answer:?}");
        assert!(!format!("{answer:?}").contains("access_token"));
    }
}

#[tokio::test]
async fn the_check_explains_itself() {
    let world = World::new().await;
    let steps = world.snapchat.check(&world.to(PIXEL)).await;
    assert_eq!(steps.len(), 2);
    assert!(steps.iter().all(|step| step.ok), "{steps:?}");
    assert!(steps[1].detail.contains("no live event"), "{steps:?}");
    let event = item(&world, "e");
    world.snapchat.send(&world.to(PIXEL), &[&event]).await;
    let steps = world.snapchat.check(&world.to(PIXEL)).await;
    assert!(steps[1].detail.contains("last live event"), "{steps:?}");
    // Where nothing is told of live events, nothing is wrong with the connection.
    world.fault(json!({"status": 404, "body": "no such page"}), &format!("/v3/{PIXEL}/events/validate/stats")).await;
    let steps = world.snapchat.check(&world.to(PIXEL)).await;
    assert!(steps.len() == 1 && steps[0].ok, "{steps:?}");

    let wrong = Endpoint { asset_id: PIXEL.into(), token: Secret("wrong-token".into()) };
    let steps = world.snapchat.check(&wrong).await;
    assert!(!steps[0].ok && steps[0].detail.contains("up to a day"), "{steps:?}");
    let steps = world.snapchat.check(&world.to(FABRIKAM_PIXEL)).await;
    assert!(!steps[0].ok && steps[0].detail.contains("organisation"), "{steps:?}");
    let received = world.report("stats").await;
    assert_ne!(received, Value::Null);
}
