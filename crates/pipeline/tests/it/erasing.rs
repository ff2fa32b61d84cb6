//! Erasing a person: nothing of them is left in the database's files, and what comes later neither stays nor is sent.

use domain::{profile::ProfileId, time::DAY};
use pipeline::{ingest::Call, profiles};
use serde_json::{Value, json};

use crate::world::World;

/// What stands for the person anywhere: plain, masked, and as part of what they did.
const TRACES: [&str; 8] = [
    "zora@needle.example",
    "z•••@n•••.example",
    "4155550177",
    "u-needle-4711",
    "needle-cookie",
    "needle-plan",
    "needle-order",
    "needle-message",
];

fn needle(n: usize) -> Value {
    json!({"type": "track", "event": "Order Completed", "messageId": format!("needle-message-{n}"),
        "userId": "u-needle-4711", "anonymousId": "needle-cookie",
        "context": {"traits": {"email": "zora@needle.example", "phone": "+14155550177", "plan": "needle-plan"}},
        "properties": {"order_id": format!("needle-order-{n}"), "value": 5, "currency": "USD"}})
}

fn other(n: usize) -> Value {
    json!({"type": "track", "event": "Order Completed", "messageId": format!("m-{n}"), "userId": format!("u-{}", n % 90),
        "anonymousId": format!("a-{}", n % 70), "context": {"traits": {"email": format!("p{}@n.example", n % 90)}},
        "properties": {"order_id": format!("o-{n}"), "value": 5, "currency": "USD", "category": "Tents"}})
}

/// Two hundred events, those of the person among those of others; delivered, and followed.
async fn live(world: &World, round: usize) {
    let event = |n: usize| if n.is_multiple_of(9) { needle(round * 1_000 + n) } else { other(round * 1_000 + n) };
    let batch: Vec<Value> = (0..200).map(event).collect();
    assert_eq!(world.post(Call::Batch, &json!({ "batch": batch })).await.status, 200);
    profiles::run_until_idle(&world.switchyard).await.unwrap();
    world.deliver().await;
}

async fn person(world: &World) -> Option<ProfileId> {
    world.switchyard.find_person(&world.actor, "ZORA@needle.example").await.unwrap().first().map(|row| row.id)
}

/// The traces that stand in the database file or in the files beside it.
fn traces(world: &World) -> Vec<&'static str> {
    let path = world.url.trim_start_matches("sqlite://");
    let files = ["", "-wal", "-shm"].map(|end| std::fs::read(format!("{path}{end}")).unwrap_or_default());
    let holds = |trace: &&str| files.iter().any(|file| file.windows(trace.len()).any(|part| part == trace.as_bytes()));
    TRACES.into_iter().filter(holds).collect()
}

#[tokio::test]
async fn nothing_of_an_erased_person_is_left_in_the_files() {
    let world = World::new().await;
    for round in 0..4 {
        live(&world, round).await;
    }
    let person = person(&world).await.unwrap();
    world.switchyard.store().empty_log().await.unwrap();
    let before = traces(&world);
    assert_eq!(before, TRACES[1..].iter().copied().filter(|trace| *trace != "4155550177").collect::<Vec<_>>());
    world.switchyard.erase_person(&world.actor, person, &person.to_string(), true).await.unwrap();
    profiles::run_until_idle(&world.switchyard).await.unwrap();
    assert_eq!(traces(&world), Vec::<&str>::new());
    world.expect_balanced().await;
}

#[tokio::test]
async fn what_comes_later_of_an_erased_person_is_neither_kept_nor_sent() {
    let world = World::new().await;
    live(&world, 0).await;
    let person = person(&world).await.unwrap();
    world.switchyard.erase_person(&world.actor, person, &person.to_string(), false).await.unwrap();
    world.clock.advance(DAY);
    profiles::run_until_idle(&world.switchyard).await.unwrap();
    let sent = world.scripted.items().len();
    // Delivery may be faster than the task that follows the events.
    let answer = world.post(Call::Batch, &json!({ "batch": [needle(9_001), other(9_002)] })).await;
    assert_eq!(answer.body["accepted"], 2);
    world.deliver().await;
    let items = world.scripted.items();
    assert_eq!((items.len(), &items[sent]["event_id"]), (sent + 1, &json!("m-9002")));
    assert_eq!(world.tally().await["filtered erased"], 1);
    world.expect_balanced().await;
    profiles::run_until_idle(&world.switchyard).await.unwrap();
    assert!(!world.tally().await.contains_key("filtered erased"));
    assert_eq!(traces(&world), Vec::<&str>::new());
    world.expect_balanced().await;
    let refused = world.switchyard.rejections(&world.actor, world.source).await.unwrap();
    assert_eq!(refused.iter().map(|(_, reason, _)| reason.code.as_str()).collect::<Vec<_>>(), ["erased_person"]);
}

#[tokio::test]
async fn an_address_that_many_share_keeps_nobody_else_away() {
    let world = World::new().await;
    let guest = |n: usize| {
        json!({"type": "track", "event": "Order Completed", "messageId": format!("g-{n}"), "userId": format!("guest-{n}"),
               "context": {"traits": {"email": "orders@shop.example"}}, "properties": {"order_id": format!("g-{n}")}})
    };
    let batch: Vec<Value> = (0..20).map(guest).collect();
    assert_eq!(world.post(Call::Batch, &json!({ "batch": batch })).await.status, 200);
    profiles::run_until_idle(&world.switchyard).await.unwrap();
    let owner = world.switchyard.find_person(&world.actor, "orders@shop.example").await.unwrap()[0].id;
    world.switchyard.erase_person(&world.actor, owner, &owner.to_string(), true).await.unwrap();
    assert_eq!(world.post(Call::Track, &guest(77)).await.status, 200);
    profiles::run_until_idle(&world.switchyard).await.unwrap();
    assert_eq!(world.switchyard.find_person(&world.actor, "guest-77").await.unwrap().len(), 1);
}
