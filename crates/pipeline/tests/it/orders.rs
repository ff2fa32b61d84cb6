//! A purchase is sent once per order, and is not lost because the event that came first can't be sent.

use std::collections::BTreeMap;

use domain::{
    delivery::code,
    destination::Verdict,
    time::{HOUR, MINUTE},
};
use serde_json::Value;
use store::Pick;

use crate::world::World;

fn unavailable() -> Verdict {
    Verdict::Unavailable { reason: "503".into() }
}

/// Where the event of this id stands in a request.
fn place(items: &[Value], id: &str) -> Option<usize> {
    items.iter().position(|item| item["event_id"] == id)
}

#[tokio::test]
async fn a_second_purchase_waits_for_the_first_and_is_left_out_once_that_one_is_sent() {
    let world = World::new().await;
    world.scripted.then([unavailable()]);
    world.purchase("m-1", "A-1").await;
    world.deliver().await;
    world.purchase("m-2", "A-1").await;
    world.clock.advance(MINUTE / 60);
    world.deliver().await;
    world.expect(&[("waiting awaits_order", 1), ("waiting unavailable", 1)]).await;
    world.deliver_all().await;
    world.expect(&[("delivered", 1), ("filtered duplicate_order", 1)]).await;
    assert_eq!(world.scripted.received(), [["m-1"], ["m-1"]]);
}

#[tokio::test]
async fn a_second_purchase_is_sent_when_the_first_dies_after_days() {
    let world = World::new().await;
    // Snapchat stumbles over the first one for as long as it is tried.
    world.scripted.rule(|items| match place(items, "m-1") {
        Some(_) => unavailable(),
        None => Verdict::Accepted,
    });
    world.purchase("m-1", "A-1").await;
    world.deliver().await;
    world.clock.advance(HOUR);
    world.purchase("m-2", "A-1").await;
    world.deliver_all().await;
    world.expect(&[("dead exhausted", 1), ("delivered", 1)]).await;
    let sent = world.scripted.received().into_iter().flatten().filter(|id| id == "m-2").count();
    assert_eq!(sent, 1);
}

#[tokio::test]
async fn a_second_purchase_of_one_request_is_sent_when_the_first_is_refused() {
    let world = World::new().await;
    world.scripted.rule(|items| match place(items, "m-1") {
        Some(index) => Verdict::ItemInvalid { index, reason: "bad currency".into() },
        None => Verdict::Accepted,
    });
    world.purchase("m-1", "A-1").await;
    world.purchase("m-2", "A-1").await;
    world.purchase("m-3", "A-1").await;
    world.deliver().await;
    world.expect(&[("dead refused", 1), ("delivered", 1), ("filtered duplicate_order", 1)]).await;
    assert_eq!(world.scripted.received(), [["m-1"], ["m-2"]]);
}

#[tokio::test]
async fn a_second_purchase_outlives_a_worker_that_died_with_the_first() {
    let world = World::new().await;
    world.scripted.then([unavailable()]);
    world.purchase("m-1", "A-1").await;
    world.deliver().await;
    world.clock.advance(MINUTE);
    let (store, now) = (world.switchyard.store(), world.switchyard.now());
    // Claimed by a worker that never comes back, while the second one is looked at.
    assert_eq!(store.claim(world.destination, Pick::Healthy, 10, now, now.plus(HOUR)).await.unwrap().len(), 1);
    world.purchase("m-2", "A-1").await;
    world.deliver().await;
    assert_eq!(world.tally().await.get("waiting awaits_order"), Some(&1));
    world.deliver_all().await;
    world.expect(&[("delivered", 1), ("filtered duplicate_order", 1)]).await;
}

#[tokio::test]
async fn an_ambiguous_purchase_keeps_its_order() {
    let world = World::new().await;
    world.scripted.rule(|items| match place(items, "m-1") {
        Some(_) => Verdict::NoAnswer { reason: "cut".into() },
        None => Verdict::Accepted,
    });
    world.purchase("m-1", "A-1").await;
    world.deliver().await;
    world.purchase("m-2", "A-1").await;
    world.deliver_all().await;
    world.expect(&[("dead ambiguous", 1), ("filtered duplicate_order", 1)]).await;
}

/// Numbers that are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

#[tokio::test]
async fn whatever_happens_an_order_is_sent_once_if_any_of_its_purchases_can_be() {
    for seed in 0..12 {
        let world = World::new().await;
        let mut dice = Dice(seed);
        let mut answers = Dice(seed + 1_000);
        world.scripted.rule(move |items| match answers.roll(6) {
            0 => unavailable(),
            1 => Verdict::ItemInvalid {
                index: usize::try_from(answers.roll(items.len() as u64)).unwrap(),
                reason: "no".into(),
            },
            2 => Verdict::Throttled { retry_after: None },
            _ => Verdict::Accepted,
        });
        for n in 0..20 {
            match dice.roll(5) {
                0 => {
                    // A worker claims some, and dies.
                    let (store, now) = (world.switchyard.store(), world.switchyard.now());
                    let pick = [Pick::Healthy, Pick::Suspect][usize::try_from(dice.roll(2)).unwrap()];
                    store.claim(world.destination, pick, 2, now, now.plus(MINUTE)).await.unwrap();
                }
                1 => world.clock.advance(i64::try_from(dice.roll(30)).unwrap() * MINUTE),
                2 => world.deliver().await,
                _ => world.purchase(&format!("m-{n}"), &format!("A-{}", dice.roll(3))).await,
            }
        }
        world.deliver_all().await;
        world.expect_balanced().await;
        let mut orders: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in world.rows().await {
            let why = row.reason.map(|reason| reason.code).unwrap_or_default();
            let state = row.state.map_or("none", |state| state.as_str());
            orders.entry(row.order_id.unwrap()).or_default().push(format!("{state} {why}").trim().to_owned());
        }
        for (order, ends) in orders {
            let sent = ends.iter().filter(|end| *end == "delivered").count();
            let left_out = ends.iter().filter(|end| end.ends_with(code::DUPLICATE_ORDER)).count();
            assert!(sent <= 1 && (sent == 1 || left_out == 0), "seed {seed}, order {order}: {ends:?}");
            assert!(ends.iter().all(|end| !end.starts_with("waiting")), "seed {seed}, order {order}: {ends:?}");
        }
    }
}
