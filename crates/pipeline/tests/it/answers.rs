//! Each row of the table of answers (`docs/architecture.md`): what becomes of the events, and of the destination.

use domain::{
    destination::Verdict,
    time::{HOUR, MINUTE, SECOND},
    view::ConnectionState,
};
use serde_json::Value;

use crate::world::World;

async fn state(world: &World) -> ConnectionState {
    world.switchyard.destination(&world.actor, world.destination).await.unwrap().row.state
}

#[tokio::test]
async fn a_named_item_dies_and_the_others_go_again_at_once() {
    let world = World::new().await;
    world.scripted.then([Verdict::ItemInvalid { index: 1, reason: "ph is not hashed".into() }]);
    world.pages(3).await;
    world.deliver().await;
    world.expect(&[("dead refused", 1), ("delivered", 2)]).await;
    assert_eq!(world.scripted.received()[1], ["m-00000", "m-00002"]);
    let dead = world.rows().await.into_iter().find(|row| row.state == Some(domain::delivery::DeliveryState::Dead));
    assert_eq!(dead.unwrap().reason.unwrap().message, "ph is not hashed");
    assert_eq!(state(&world).await, ConnectionState::Healthy);
    assert_eq!(world.outcomes(world.rows().await[0].event_id).await, ["regrouped", "accepted"]);
}

#[tokio::test]
async fn one_bad_event_in_two_thousand_costs_at_most_24_calls() {
    for bad in ["m-00000", "m-01234", "m-01999"] {
        let world = World::new().await;
        world.scripted.rule(move |items: &[Value]| {
            if items.iter().any(|item| item["event_id"] == bad) {
                Verdict::BatchInvalid { reason: "something is wrong".into() }
            } else {
                Verdict::Accepted
            }
        });
        world.pages(2_000).await;
        world.deliver().await;
        let calls = world.scripted.received().len();
        assert!(calls <= 25, "{calls} calls");
        let books = pipeline::books::books(&world.switchyard).await.unwrap();
        assert_eq!((books.lines[0].delivered, books.lines[0].dead), (1_999, 1));
        assert!(books.balanced(), "{books}");
    }
}

#[tokio::test]
async fn a_refused_token_lets_events_wait_and_is_tried_again_by_itself() {
    let world = World::new().await;
    world.scripted.then([Verdict::Unauthorized { reason: "Snapchat refused the token.".into() }]);
    world.pages(50).await;
    world.deliver().await;
    world.expect(&[("waiting unauthorized", 50)]).await;
    assert_eq!(state(&world).await, ConnectionState::NeedsReconnect("Snapchat refused the token.".into()));
    world.clock.advance(14 * MINUTE);
    world.deliver().await;
    assert_eq!(world.scripted.received().len(), 1);
    world.clock.advance(MINUTE);
    world.deliver().await;
    world.expect(&[("delivered", 50)]).await;
    assert_eq!(state(&world).await, ConnectionState::Healthy);
    // The probe is small; then everything goes.
    assert_eq!(world.scripted.received().iter().map(Vec::len).collect::<Vec<_>>(), [50, 10, 40]);
}

#[tokio::test]
async fn a_blocked_pixel_pauses_the_destination() {
    let world = World::new().await;
    world.scripted.then([Verdict::Blocked { code: "forbidden", reason: "The login may not use this pixel.".into() }]);
    world.page("m-1").await;
    world.deliver().await;
    world.expect(&[("waiting blocked", 1)]).await;
    assert_eq!(state(&world).await, ConnectionState::Paused("The login may not use this pixel.".into()));
    world.clock.advance(HOUR);
    world.deliver().await;
    world.expect(&[("delivered", 1)]).await;
}

#[tokio::test]
async fn too_large_a_request_is_halved_and_remembered() {
    let world = World::new().await;
    world.scripted.rule(|items: &[Value]| if items.len() > 30 { Verdict::TooLarge } else { Verdict::Accepted });
    world.pages(100).await;
    world.deliver().await;
    world.expect(&[("delivered", 100)]).await;
    assert_eq!(world.scripted.received().iter().map(Vec::len).max(), Some(100));
    world.post_more(60).await;
    world.deliver().await;
    assert!(world.scripted.received().iter().rev().take(3).all(|request| request.len() <= 25));
}

#[tokio::test]
async fn throttling_waits_as_long_as_it_was_told_and_counts_no_failure() {
    let world = World::new().await;
    world.scripted.then([Verdict::Throttled { retry_after: Some(90 * SECOND) }]);
    world.page("m-1").await;
    world.deliver().await;
    world.expect(&[("waiting throttled", 1)]).await;
    world.clock.advance(89 * SECOND);
    world.deliver().await;
    assert_eq!(world.scripted.received().len(), 1);
    world.clock.advance(SECOND);
    world.deliver().await;
    world.expect(&[("delivered", 1)]).await;
}

#[tokio::test]
async fn an_outage_costs_small_probes_only() {
    let world = World::new().await;
    world.scripted.rule(|_| Verdict::Unavailable { reason: "503 Service Unavailable".into() });
    world.pages(1_000).await;
    world.deliver().await;
    let told = "Snapchat takes nothing just now (503 Service Unavailable). Events wait, and go out by themselves.";
    assert_eq!(state(&world).await, ConnectionState::Retrying(told.to_owned()));
    for _ in 0..20 {
        world.clock.advance(MINUTE);
        world.deliver().await;
    }
    let sizes: Vec<usize> = world.scripted.received().iter().map(Vec::len).collect();
    assert!(sizes[1..].iter().all(|size| *size <= 10), "{sizes:?}");
    world.scripted.rule(|_| Verdict::Accepted);
    world.deliver_all().await;
    let books = pipeline::books::books(&world.switchyard).await.unwrap();
    assert_eq!(books.lines[0].delivered, 1_000);
    assert_eq!(state(&world).await, ConnectionState::Healthy);
}
