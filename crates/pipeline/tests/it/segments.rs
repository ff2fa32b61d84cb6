//! Who is in which audience, when, and what is noted of it.

use domain::{
    AudienceId, Timestamp,
    time::DAY,
    view::{
        EventFilter,
        audience::{AudienceForm, AudienceState},
    },
};
use pipeline::{ingest::Call, profiles};
use serde_json::{Value, json};

use crate::world::{NOW, World, setting};

async fn idle(world: &World) {
    profiles::run_until_idle(&world.switchyard).await.unwrap();
}

async fn told(world: &World, events: &[Value]) {
    let answer = world.post(Call::Batch, &json!({ "batch": events })).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    idle(world).await;
}

fn form(name: &str, rule: Value) -> AudienceForm {
    AudienceForm {
        name: name.into(),
        description: String::new(),
        rule: serde_json::from_value(rule).unwrap(),
        dynamic: true,
        destinations: Vec::new(),
    }
}

async fn make(world: &World, name: &str, rule: Value) -> AudienceId {
    let id = world.switchyard.create_audience(&world.actor, &form(name, rule), AudienceState::Active).await.unwrap();
    idle(world).await;
    id
}

async fn size(world: &World, id: AudienceId) -> u64 {
    world.switchyard.audience(&world.actor, id).await.unwrap().size
}

/// Entered and left, as the Events Manager shows it.
async fn noted(world: &World) -> (usize, usize) {
    let count =
        async |name: &str| world.find(EventFilter { event: Some(name.into()), ..EventFilter::default() }).await.len();
    (count("added_to_segment").await, count("removed_from_segment").await)
}

fn bought(user: &str, at: Timestamp) -> Value {
    json!({"type": "track", "event": "Order Completed", "userId": user, "timestamp": at.to_iso(),
           "properties": {"value": 10}, "context": {"traits": {"email": format!("{user}@n.example")}}})
}

#[tokio::test]
async fn an_event_brings_in_and_time_takes_out_each_noted_once() {
    let world = World::new().await;
    let id = make(&world, "buyers", json!({"conditions": [{"event": "Order Completed", "within_days": 30}]})).await;
    told(&world, &[bought("u1", NOW), bought("u1", NOW), bought("u2", NOW.minus(10 * DAY))]).await;
    assert_eq!((size(&world, id).await, noted(&world).await), (2, (2, 0)));
    world.clock.advance(20 * DAY);
    idle(&world).await;
    assert_eq!(size(&world, id).await, 2, "the last moment belongs to the window");
    world.clock.advance(1);
    idle(&world).await;
    idle(&world).await;
    assert_eq!((size(&world, id).await, noted(&world).await), (1, (2, 1)));
    world.clock.advance(10 * DAY);
    idle(&world).await;
    assert_eq!((size(&world, id).await, noted(&world).await), (0, (2, 2)));
    world.expect_balanced().await;
}

#[tokio::test]
async fn a_merge_keeps_each_entering_with_its_leaving() {
    let world = World::new().await;
    let id = make(&world, "buyers", json!({"conditions": [{"event": "Order Completed"}]})).await;
    let by = |id: Value| {
        let mut body = id;
        body["type"] = "track".into();
        body["event"] = "Order Completed".into();
        body
    };
    told(&world, &[by(json!({"userId": "u1"})), by(json!({"anonymousId": "a1"})), by(json!({"anonymousId": "a2"}))])
        .await;
    assert_eq!(size(&world, id).await, 3);
    told(&world, &[json!({"type": "identify", "userId": "u1", "anonymousId": "a1"})]).await;
    told(&world, &[json!({"type": "track", "event": "Page View", "userId": "u3"})]).await;
    told(&world, &[json!({"type": "identify", "userId": "u3", "anonymousId": "a2"})]).await;
    assert_eq!((size(&world, id).await, noted(&world).await), (2, (3, 1)));
}

#[tokio::test]
async fn drafts_archives_edits_and_audiences_of_audiences() {
    let world = World::new().await;
    told(&world, &[bought("u1", NOW), bought("u2", NOW)]).await;
    told(&world, &[json!({"type": "identify", "userId": "u1", "traits": {"plan": "pro"}})]).await;
    let buyers = make(&world, "buyers", json!({"conditions": [{"event": "Order Completed"}]})).await;
    let pro = json!({"conditions": [{"audience": "Buyers"}, {"trait": "plan", "is": "PRO"}]});
    let pros = make(&world, "pros", pro).await;
    assert_eq!((size(&world, buyers).await, size(&world, pros).await), (2, 1));
    let circle = form("buyers", json!({"conditions": [{"audience": "pros"}]}));
    let refused = world.switchyard.update_audience(&world.actor, buyers, &circle).await.unwrap_err();
    assert!(refused.for_field("rule").unwrap().contains("circle"));
    assert!(world.switchyard.delete_audience(&world.actor, buyers).await.is_err());

    let edited = form("customers", json!({"conditions": [{"event": "Order Completed", "at_least": 2}]}));
    world.switchyard.update_audience(&world.actor, buyers, &edited).await.unwrap();
    let view = world.switchyard.audience(&world.actor, buyers).await.unwrap();
    assert_eq!((view.size, view.progress.is_some()), (2, true), "the old members stand");
    idle(&world).await;
    assert_eq!((size(&world, buyers).await, size(&world, pros).await), (0, 0));
    let view = world.switchyard.audience(&world.actor, pros).await.unwrap();
    assert!(view.sentence.contains("“customers”"), "{}", view.sentence);

    world.switchyard.set_audience_state(&world.actor, buyers, AudienceState::Archived).await.unwrap();
    told(&world, &[bought("u1", NOW)]).await;
    assert_eq!(size(&world, buyers).await, 0);
    world.switchyard.set_audience_state(&world.actor, buyers, AudienceState::Active).await.unwrap();
    idle(&world).await;
    assert_eq!((size(&world, buyers).await, size(&world, pros).await), (1, 1));
    world.switchyard.delete_audience(&world.actor, pros).await.unwrap();
    assert_eq!(world.switchyard.audience_list(&world.actor).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_wanted_state_follows_members_identifiers_and_switches() {
    let world = World::new().await;
    let mut wanted = form("buyers", json!({"conditions": [{"event": "Order Completed", "within_days": 30}]}));
    wanted.destinations = vec![world.destination];
    world.switchyard.create_audience(&world.actor, &wanted, AudienceState::Active).await.unwrap();
    told(&world, &[bought("u1", NOW)]).await;
    let person = world.switchyard.find_person(&world.actor, "u1").await.unwrap()[0].id;
    let state = async || {
        let synced = world.switchyard.person(&world.actor, person).await.unwrap().synced;
        synced.into_iter().map(|s| (s.kind, s.wanted)).collect::<Vec<_>>()
    };
    assert_eq!(state().await, []);
    let switch = async |event: &str| {
        let version = world.switchyard.workflow(&world.actor, world.destination).await.unwrap().version;
        let changed = vec![setting(event, "", true, false).0];
        world.switchyard.save_workflow(&world.actor, world.destination, version, changed).await.unwrap();
        idle(&world).await;
    };
    switch("added_to_segment").await;
    assert_eq!(state().await, [("email".to_owned(), true)]);
    told(&world, &[json!({"type": "identify", "userId": "u1", "traits": {"phone": "+14155550123"}})]).await;
    assert_eq!(state().await, [("email".to_owned(), true), ("phone".to_owned(), true)]);
    world.clock.advance(31 * DAY);
    idle(&world).await;
    assert_eq!(state().await[0], ("email".to_owned(), true), "removed_from_segment is off: people stay");
    switch("removed_from_segment").await;
    assert_eq!(state().await, [("email".to_owned(), false), ("phone".to_owned(), false)]);
}
