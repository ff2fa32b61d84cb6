//! The books balance, whatever the destination and the processes do.

use domain::{delivery::DeliveryState, destination::Verdict, time::MINUTE};
use pipeline::{books, ingest::Call, replay};
use proptest::prelude::*;
use serde_json::json;
use store::{EVENTS_KEPT, Pick};

use crate::world::World;

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    Ingest(Vec<u8>),
    Answer(Verdict),
    Deliver,
    Pass(i64),
    Vanish(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let reason = || "words".to_owned();
    let verdict = prop_oneof![
        Just(Verdict::Accepted),
        (0..20_usize).prop_map(|index| Verdict::ItemInvalid { index, reason: "bad".into() }),
        Just(Verdict::BatchInvalid { reason: reason() }),
        Just(Verdict::Unauthorized { reason: reason() }),
        Just(Verdict::Blocked { code: "forbidden", reason: reason() }),
        Just(Verdict::TooLarge),
        Just(Verdict::Throttled { retry_after: None }),
        Just(Verdict::Unavailable { reason: reason() }),
        Just(Verdict::NoAnswer { reason: reason() }),
    ];
    prop_oneof![
        3 => prop::collection::vec(any::<u8>(), 1..12).prop_map(Step::Ingest),
        3 => verdict.prop_map(Step::Answer),
        3 => Just(Step::Deliver),
        2 => (1..120_i64).prop_map(Step::Pass),
        1 => (1..10_i64).prop_map(Step::Vanish),
    ]
}

async fn live_through(steps: Vec<Step>) {
    let world = World::new().await;
    for step in steps {
        match step {
            Step::Ingest(bytes) => {
                let events: Vec<_> = bytes.iter().map(|b| event(*b)).collect();
                assert_eq!(world.post(Call::Batch, &json!({ "batch": events })).await.status, 200);
            }
            Step::Answer(verdict) => world.scripted.then([verdict]),
            Step::Deliver => world.deliver().await,
            Step::Pass(minutes) => world.clock.advance(minutes * MINUTE),
            Step::Vanish(limit) => {
                let (now, store) = (world.switchyard.now(), world.switchyard.store());
                store.claim(world.destination, Pick::Healthy, limit, now, now.plus(MINUTE)).await.unwrap();
            }
        }
        world.expect_balanced().await;
    }
    world.clock.advance(MINUTE);
    world.deliver_all().await;
    let books = books::books(&world.switchyard).await.unwrap();
    assert!(books.balanced(), "{books}");
    assert!(books.lines.iter().all(|line| line.waiting == 0), "{books}");
}

/// Few message ids and orders, so that they repeat; some events can't be mapped, some are switched off.
fn event(b: u8) -> serde_json::Value {
    let id = format!("m-{}", b % 64);
    match b % 5 {
        0 => json!({"type": "track", "event": "Order Completed", "messageId": id, "userId": "u",
                    "properties": {"order_id": b % 3}}),
        1 => json!({"type": "page", "messageId": id, "userId": "u", "properties": {"unmappable": 1}}),
        2 => json!({"type": "track", "event": "Lead", "messageId": id, "userId": "u"}),
        3 => json!({"type": "page", "messageId": id}),
        _ => json!({"type": "page", "messageId": id, "userId": "u"}),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn books_balance_after_random_faults(steps in prop::collection::vec(step(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(live_through(steps));
    }
}

#[tokio::test]
async fn dead_deliveries_are_replayed_by_name_and_event() {
    let world = World::new().await;
    world.scripted.rule(|_| Verdict::BatchInvalid { reason: "no".into() });
    world.page("m-1").await;
    world.purchase("m-2", "A-1").await;
    world.deliver().await;
    world.expect(&[("dead refused", 2)]).await;
    let mut filter = replay::ReplayFilter {
        destination: "snapchat us".into(),
        event: Some("order_completed".into()),
        ..replay::ReplayFilter::default()
    };
    assert_eq!(replay::replay(&world.switchyard, &filter, true).await.unwrap(), 1);
    world.expect(&[("dead refused", 2)]).await;
    assert_eq!(replay::replay(&world.switchyard, &filter, false).await.unwrap(), 1);
    world.expect(&[("dead refused", 1), ("waiting", 1)]).await;
    world.scripted.rule(|_| Verdict::Accepted);
    world.deliver().await;
    world.expect(&[("dead refused", 1), ("delivered", 1)]).await;
    filter.destination = "Snapchat UK".into();
    let refused = replay::replay(&world.switchyard, &filter, true).await.unwrap_err().to_string();
    assert_eq!(refused, r#"there is no destination "Snapchat UK"; did you mean "Snapchat US"?"#);
}

#[tokio::test]
async fn pages_count_what_is_there_until_it_is_forgotten() {
    let world = World::new().await;
    world.scripted.rule(|_| Verdict::BatchInvalid { reason: "no".into() });
    world.page("m-1").await;
    world.deliver().await;
    world.page("m-2").await;
    let counts = async || {
        let page = world.switchyard.destination(&world.actor, world.destination).await.unwrap();
        let of = |state| page.by_state.iter().find(|(one, _)| *one == state).unwrap().1;
        (page.row.waiting, of(DeliveryState::Dead))
    };
    assert_eq!(counts().await, (1, 1));
    world.scripted.rule(|_| Verdict::Accepted);
    world.deliver().await;
    assert_eq!(counts().await, (0, 1));
    world.clock.advance(EVENTS_KEPT + MINUTE);
    while world.switchyard.store().forget_some(world.switchyard.now()).await.unwrap() {}
    world.expect_balanced().await;
    assert_eq!(counts().await, (0, 0));
}
