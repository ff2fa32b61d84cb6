//! From arrival to outcome.

use domain::{
    delivery::DeliveryState,
    destination::Verdict,
    time::{DAY, HOUR, MINUTE},
    view::EventFilter,
};
use pipeline::ingest::Call;
use serde_json::json;
use store::Pick;

use crate::world::{NOW, World, open, setting};

#[tokio::test]
async fn an_event_goes_all_the_way() {
    let world = World::new().await;
    world.page("m-1").await;
    world.expect(&[("waiting", 1)]).await;
    world.deliver().await;
    world.expect(&[("delivered", 1)]).await;
    let sent = world.scripted.items();
    assert_eq!(sent[0]["user_data"]["em"], "Dana@Northwind.example");
    assert_eq!(sent[0]["country"], "US");
    let row = &world.rows().await[0];
    assert_eq!((row.event.as_str(), row.snap_event.as_deref()), ("Page View", Some("PAGE_VIEW")));
    assert_eq!(row.person.as_deref(), Some("d•••@n•••.example"));
}

#[tokio::test]
async fn what_is_not_to_be_sent_is_filtered_with_a_reason() {
    let world = World::new().await;
    let track = |name: &str, id: &str, more: serde_json::Value| {
        let mut body = json!({"event": name, "messageId": id, "userId": "u-1"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    world.post(Call::Track, &track("Lead Created", "m-1", json!({}))).await;
    let old = NOW.minus(8 * DAY).to_iso();
    world.post(Call::Track, &track("Order Completed", "m-2", json!({"timestamp": old}))).await;
    let unmappable = json!({"properties": {"unmappable": 1}});
    world.post(Call::Track, &track("Order Completed", "m-3", unmappable)).await;
    let app = json!({"properties": {"app": 1}});
    world.post(Call::Track, &track("Order Completed", "m-4", app)).await;
    let store = world.switchyard.store();
    let (workspace, author) = (world.actor.workspace, world.author());
    store.save_configuration(workspace, world.destination, false, None, &[], &author).await.unwrap();
    world.page("m-5").await;
    store.set_destination_enabled(workspace, world.destination, false, &author).await.unwrap();
    world.page("m-6").await;
    store.set_destination_enabled(workspace, world.destination, true, &author).await.unwrap();
    store.save_configuration(workspace, world.destination, true, None, &[], &author).await.unwrap();
    world.deliver().await;
    let filtered = [
        ("filtered destination_disabled", 1),
        ("filtered no_asset", 1),
        ("filtered no_identifier", 1),
        ("filtered server_side_off", 1),
        ("filtered switched_off", 1),
        ("filtered too_old", 1),
    ];
    world.expect(&filtered).await;
    assert!(world.rows().await.iter().all(|row| row.reason.as_ref().is_some_and(|r| r.message.len() > 10)));
    assert!(world.scripted.received().is_empty());
}

#[tokio::test]
async fn an_event_that_waited_too_long_is_not_sent() {
    let world = World::new().await;
    world.page("m-1").await;
    world.clock.advance(7 * DAY + 1);
    world.deliver().await;
    world.expect(&[("filtered too_old", 1)]).await;
}

#[tokio::test]
async fn a_purchase_is_sent_once_per_order() {
    let world = World::new().await;
    world.purchase("m-1", "A-1").await;
    world.purchase("m-2", "A-1").await;
    world.purchase("m-3", "A-2").await;
    world.deliver().await;
    world.purchase("m-4", "A-1").await;
    world.deliver().await;
    world.expect(&[("delivered", 2), ("filtered duplicate_order", 2)]).await;
    assert_eq!(world.scripted.received(), [["m-1", "m-3"]]);
    world.clock.advance(30 * DAY);
    world.purchase("m-5", "A-1").await;
    world.deliver().await;
    assert_eq!(world.scripted.received().len(), 2);
}

#[tokio::test]
async fn an_order_whose_purchase_died_can_be_sent_again() {
    let world = World::new().await;
    world.scripted.then([Verdict::ItemInvalid { index: 0, reason: "bad currency".into() }]);
    world.purchase("m-1", "A-1").await;
    world.deliver().await;
    world.purchase("m-2", "A-1").await;
    world.deliver().await;
    world.expect(&[("dead refused", 1), ("delivered", 1)]).await;
}

#[tokio::test]
async fn the_browser_tag_s_hand_over_is_in_the_log() {
    let world = World::new().await;
    let handed =
        json!({"switchyard": {"client": [domain::DestinationTail::from(world.destination).to_string(), "nonsense"]}});
    let purchase = json!({"event": "Order Completed", "messageId": "m-1", "userId": "u-1", "context": handed});
    world.post(Call::Track, &purchase).await;
    let page = json!({"messageId": "m-2", "userId": "u-1", "context": handed});
    world.post(Call::Page, &page).await;
    world.deliver().await;
    world.expect(&[("delivered", 2), ("delivered handed_to_pixel", 1)]).await;
    let client = EventFilter { side: Some(domain::delivery::Side::Client), ..EventFilter::default() };
    assert_eq!(world.find(client).await.len(), 1);
}

#[tokio::test]
async fn back_off_survives_a_restart() {
    let world = World::new().await;
    world.scripted.then([Verdict::Unavailable { reason: "503".into() }]);
    world.page("m-1").await;
    world.deliver().await;
    world.expect(&[("waiting unavailable", 1)]).await;
    let again = open(&world.url, &world.clock, &world.scripted).await;
    pipeline::worker::run_until_idle(&again, &world.options).await.unwrap();
    assert_eq!(world.scripted.received().len(), 1);
    world.clock.advance(10_000);
    pipeline::worker::run_until_idle(&again, &world.options).await.unwrap();
    assert_eq!(world.scripted.received().len(), 2);
    world.expect(&[("delivered", 1)]).await;
    assert_eq!(world.outcomes(world.rows().await[0].event_id).await, ["unavailable", "accepted"]);
}

#[tokio::test]
async fn a_stale_worker_changes_nothing() {
    let world = World::new().await;
    world.page("m-1").await;
    let store = world.switchyard.store();
    let stale = store.claim(world.destination, Pick::Healthy, 10, NOW, NOW.plus(MINUTE)).await.unwrap();
    assert_eq!(stale.len(), 1);
    world.clock.advance(2 * MINUTE);
    world.deliver_all().await;
    world.expect(&[("delivered", 1)]).await;
    let late = store::Move {
        id: stale[0].id,
        lease_no: stale[0].lease_no,
        state: DeliveryState::Dead,
        due_at: NOW,
        history: stale[0].history,
        reason: None,
        warnings: None,
        sent: None,
        attempt: Some(("invalid", None)),
        frees_order: false,
    };
    assert!(store.finish(world.destination, None, &[late], NOW).await.unwrap().is_empty());
    world.expect(&[("delivered", 1)]).await;
    assert_eq!(world.outcomes(world.rows().await[0].event_id).await, ["crashed", "accepted"]);
}

#[tokio::test]
async fn an_event_that_crashes_the_worker_dies_after_three_and_costs_nobody_else() {
    let world = World::new().await;
    let panic = json!({"messageId": "m-1", "userId": "u-1", "properties": {"panic": 1}});
    world.post(Call::Page, &panic).await;
    world.page("m-2").await;
    world.deliver_all().await;
    world.expect(&[("dead crashed", 1), ("delivered", 1)]).await;
}

#[tokio::test]
async fn a_worker_that_dies_again_and_again_loses_only_the_culprit() {
    let world = World::new().await;
    world.pages(100).await;
    let store = world.switchyard.store();
    // Whatever holds m-00050 never comes back.
    let culprit = world.rows().await[49].event_id;
    for _ in 0..500 {
        let now = world.switchyard.now();
        let mut claimed = Vec::new();
        for (pick, limit) in [(Pick::Healthy, 2_000), (Pick::Suspect, 40), (Pick::Alone, 1)] {
            claimed = store.claim(world.destination, pick, limit, now, now.plus(MINUTE)).await.unwrap();
            if !claimed.is_empty() {
                break;
            }
        }
        if !claimed.iter().any(|claimed| claimed.event == culprit) {
            let moves: Vec<_> = claimed
                .iter()
                .map(|claimed| store::Move {
                    id: claimed.id,
                    lease_no: claimed.lease_no,
                    state: DeliveryState::Delivered,
                    due_at: now,
                    history: claimed.history,
                    reason: None,
                    warnings: None,
                    sent: None,
                    attempt: None,
                    frees_order: false,
                })
                .collect();
            store.finish(world.destination, None, &moves, now).await.unwrap();
        }
        world.clock.advance(HOUR);
        // A worker without anything to claim takes up what was held.
        store.set_health(world.destination, store::Health::Paused, None, Some(now.plus(DAY * 30))).await.unwrap();
        world.deliver().await;
    }
    world.expect(&[("dead crashed", 1), ("delivered", 99)]).await;
}

#[tokio::test]
async fn seventy_two_hours_pass_in_a_moment() {
    let world = World::new().await;
    world.scripted.rule(|_| Verdict::Unavailable { reason: "503".into() });
    world.page("m-1").await;
    world.deliver_all().await;
    world.expect(&[("dead exhausted", 1)]).await;
    let passed = world.switchyard.now().since(NOW);
    assert!((72 * HOUR..74 * HOUR).contains(&passed), "{passed}");
    assert!(world.scripted.received().len() > 50);
    world.switchyard.replay_delivery(&world.actor, world.rows().await[0].key).await.unwrap();
    world.expect(&[("waiting", 1)]).await;
}

#[tokio::test]
async fn what_was_never_answered_ends_before_it_could_count_twice() {
    let world = World::new().await;
    world.scripted.rule(|_| Verdict::NoAnswer { reason: "the connection was cut".into() });
    world.page("m-1").await;
    world.deliver_all().await;
    world.expect(&[("dead ambiguous", 1)]).await;
    assert!(world.switchyard.now().since(NOW) < 48 * HOUR);
}

#[tokio::test]
async fn a_change_of_the_workflow_holds_from_then_on() {
    let world = World::new().await;
    world.page("m-1").await;
    let off = [setting("Page View", "PAGE_VIEW", false, false)];
    let store = world.switchyard.store();
    store.save_event_settings(world.actor.workspace, world.destination, 1, &off, &world.author()).await.unwrap();
    world.page("m-2").await;
    world.deliver().await;
    world.expect(&[("delivered", 1), ("filtered switched_off", 1)]).await;
}

#[tokio::test]
async fn without_a_credential_events_wait() {
    let world = World::new().await;
    let store = world.switchyard.store();
    let author = world.author();
    let other = domain::DestinationId(uuid::Uuid::from_u128(99));
    store.add_destination(world.actor.workspace, other, "scripted", "Snapchat UK", &author).await.unwrap();
    let on = [setting("Page View", "PAGE_VIEW", true, false)];
    store.save_event_settings(world.actor.workspace, other, 0, &on, &author).await.unwrap();
    store.save_configuration(world.actor.workspace, other, true, None, &[], &author).await.unwrap();
    world.page("m-1").await;
    world.deliver().await;
    world.expect(&[("delivered", 1), ("waiting", 1)]).await;
}
