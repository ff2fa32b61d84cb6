//! The test bench: what it shows is what delivery does, and it leaves no trace.

use domain::{
    Actor, ApiError, EventId, Role,
    delivery::code,
    destination::Verdict,
    time::DAY,
    view_bench::{StepState, TestRequest, TestRun, TestedEvent},
};
use pipeline::ingest::Call;
use serde_json::{Value, json};

use crate::world::{World, page};

fn purchase(message_id: &str, order: &str) -> Value {
    json!({
        "type": "track", "event": "Order Completed", "messageId": message_id, "userId": "u-1",
        "context": {"ip": "203.0.113.9", "traits": {"email": "Dana@Northwind.example"}},
        "properties": {"order_id": order, "value": 5, "currency": "USD"},
    })
}

async fn try_request(world: &World, event: TestedEvent) -> TestRun {
    let request = TestRequest { event, source: None };
    let ticket = world.switchyard.start_test(&world.actor, world.destination, request).await.unwrap();
    let page = world.switchyard.test_page(&world.actor, world.destination, Some(&ticket), None).await.unwrap();
    page.run.unwrap()
}

async fn paste(world: &World, event: &Value) -> TestRun {
    try_request(world, TestedEvent::Pasted(event.to_string())).await
}

async fn problem(world: &World, event: &Value) -> Option<String> {
    paste(world, event).await.problem.map(|problem| problem.code)
}

#[tokio::test]
async fn shows_what_delivery_sends_and_leaves_no_trace() {
    let world = World::new().await;
    let event = page("m-1");
    let run = paste(&world, &event).await;
    assert_eq!((run.problem.as_ref(), run.snap_event.as_deref()), (None, Some("PAGE_VIEW")));
    assert!(run.steps.iter().all(|step| step.state != StepState::Stopped), "{:?}", run.steps);
    world.expect(&[]).await;
    world.deliver().await;
    assert!(world.scripted.received().is_empty());

    assert_eq!(world.post(Call::Page, &event).await.body["accepted"], 1);
    world.deliver().await;
    let mut sent = world.scripted.items();
    let mut shown = run.item.unwrap();
    // The clock moves on between a test and the event itself; nothing else may differ.
    for item in [&mut sent[0], &mut shown] {
        item["event_time"].take();
    }
    assert_eq!(shown, sent[0]);
    world.expect(&[("delivered", 1)]).await;
}

#[tokio::test]
async fn an_address_that_a_browser_library_leaves_to_the_request_is_filled_in() {
    let world = World::new().await;
    let mut event = page("m-1");
    event.as_object_mut().unwrap().remove("userId");
    event["context"] = json!({"library": {"name": "analytics.js"}, "userAgent": "Mozilla/5.0", "page": {"url": "https://shop.example/"}});
    event["anonymousId"] = json!("a-1");
    let run = paste(&world, &event).await;
    assert_eq!(run.problem, None);
    assert_eq!(run.item.unwrap()["user_data"]["client_ip_address"], "203.0.113.254");
    assert!(run.steps[0].detail.contains("an example stands for that"), "{}", run.steps[0].detail);
}

#[tokio::test]
async fn every_filter_of_delivery_is_met() {
    let world = World::new().await;
    let off = json!({"type": "track", "event": "Lead", "userId": "u-1"});
    assert_eq!(problem(&world, &off).await.as_deref(), Some(code::SWITCHED_OFF));
    let mut old = page("m-1");
    old["timestamp"] = world.switchyard.now().minus(8 * DAY).to_iso().into();
    assert_eq!(problem(&world, &old).await.as_deref(), Some(code::TOO_OLD));
    let mut unfit = page("m-2");
    unfit["properties"] = json!({"unmappable": true});
    assert_eq!(problem(&world, &unfit).await.as_deref(), Some("no_identifier"));
    let mut app = page("m-3");
    app["properties"] = json!({"app": true});
    assert_eq!(problem(&world, &app).await.as_deref(), Some("no_asset"));
    assert_eq!(problem(&world, &json!({"type": "track", "userId": "1"})).await.as_deref(), Some("missing_event"));
    assert_eq!(problem(&world, &json!({"type": "buy", "userId": "1"})).await.as_deref(), Some("invalid_type"));
    let broken = try_request(&world, TestedEvent::Pasted("{\"a\": ".into())).await;
    assert_eq!(broken.problem.unwrap().code, "invalid_json");

    world.purchase("buy-1", "A-1").await;
    world.deliver().await;
    assert_eq!(problem(&world, &purchase("buy-1", "A-2")).await.as_deref(), Some("duplicate"));
    assert_eq!(problem(&world, &purchase("buy-2", "A-1")).await.as_deref(), Some(code::DUPLICATE_ORDER));
    assert_eq!(problem(&world, &purchase("buy-3", "A-3")).await, None);
    world.scripted.then([Verdict::Unavailable { reason: "503".into() }]);
    world.purchase("buy-4", "A-4").await;
    world.deliver().await;
    assert_eq!(problem(&world, &purchase("buy-5", "A-4")).await.as_deref(), Some(code::AWAITS_ORDER));
    world.deliver_all().await;
    // A test holds no order: the real purchase is sent.
    world.purchase("buy-3", "A-3").await;
    world.deliver().await;
    world.expect(&[("delivered", 3)]).await;

    world.switchyard.set_destination_enabled(&world.actor, world.destination, false).await.unwrap();
    assert_eq!(problem(&world, &page("m-9")).await.as_deref(), Some(code::DESTINATION_DISABLED));
}

#[tokio::test]
async fn a_stored_event_is_masked_and_is_not_its_own_repeat() {
    let world = World::new().await;
    world.post(Call::Track, &purchase("buy-1", "A-1")).await;
    world.deliver().await;
    let id = world.rows().await[0].event_id;
    let page = world.switchyard.test_page(&world.actor, world.destination, None, Some(id)).await.unwrap();
    let run = page.run.unwrap();
    assert!(run.masked && run.problem.is_none(), "{:?}", run.problem);
    let text = serde_json::to_string(&run).unwrap().to_lowercase();
    assert!(!text.contains("northwind.example") && !text.contains("203.0.113.9"), "{text}");
    assert_eq!(page.recent[0].0, id);
    let missing = world.switchyard.test_page(&world.actor, world.destination, None, Some(EventId(99))).await;
    assert_eq!(missing.unwrap_err(), ApiError::NotFound);
}

#[tokio::test]
async fn standard_events_and_batches_can_be_tried() {
    let world = World::new().await;
    let run = try_request(&world, TestedEvent::Standard("Order Completed".into())).await;
    assert_eq!((run.problem, run.event.as_str()), (None, "Order Completed"));
    let batch = json!({"batch": [page("m-1"), page("m-2")]});
    assert_eq!(paste(&world, &batch).await.item.unwrap()["event_id"], "m-1");
    let customerlabs = json!({"event": {"t": "string", "v": "Order Completed"}, "userId": "u-1", "properties": {
        "customProperties": {"identify_by_email": {"t": "string", "v": "dana@northwind.example"}}}});
    assert_eq!(paste(&world, &customerlabs).await.snap_event.as_deref(), Some("PURCHASE"));
}

#[tokio::test]
async fn asking_is_for_marketers_and_shows_the_answer() {
    let world = World::new().await;
    let request = TestRequest { event: TestedEvent::Pasted(page("m-1").to_string()), source: None };
    let ticket = world.switchyard.start_test(&world.actor, world.destination, request.clone()).await.unwrap();
    let viewer = Actor { role: Role::Viewer, ..world.actor };
    let refused = world.switchyard.ask_about_test(&viewer, world.destination, &ticket).await;
    assert_eq!(refused.unwrap_err(), ApiError::Forbidden);
    let asked = world.switchyard.ask_about_test(&world.actor, world.destination, &ticket).await.unwrap();
    let page = world.switchyard.test_page(&world.actor, world.destination, Some(&asked), None).await.unwrap();
    assert!(page.may_ask && page.run.unwrap().answer.unwrap().ok);
    world.expect(&[]).await;

    let other = Actor { workspace: domain::WorkspaceId(uuid::Uuid::from_u128(1)), ..world.actor };
    assert_eq!(world.switchyard.start_test(&other, world.destination, request).await.unwrap_err(), ApiError::NotFound);
    let gone = world.switchyard.test_page(&world.actor, world.destination, Some("none"), None).await.unwrap();
    assert!(gone.expired && gone.run.is_none());
}
