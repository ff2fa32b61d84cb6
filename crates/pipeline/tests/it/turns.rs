//! An audience whose rule was changed: its old members stand until the new ones are complete, then all change at once, each is
//! noted once, and what happens meanwhile counts. Also across crashes.

use std::collections::BTreeSet;

use domain::{
    AudienceId,
    view::{
        EventFilter,
        audience::{AudienceForm, AudienceState},
    },
};
use pipeline::{
    ingest::Call,
    profiles::{self, FollowOptions},
};
use serde_json::{Value, json};

use crate::world::{World, open};

/// More than one portion of everything.
const PEOPLE: usize = 2_500;

fn form(rule: Value) -> AudienceForm {
    AudienceForm {
        name: "chosen".into(),
        description: String::new(),
        rule: serde_json::from_value(rule).unwrap(),
        dynamic: true,
        destinations: Vec::new(),
    }
}

fn rule(plan: &str) -> Value {
    json!({"conditions": [{"trait": "plan", "is": plan}]})
}

fn person(user: usize, plan: &str) -> Value {
    json!({"type": "identify", "userId": format!("u{user}"), "traits": {"plan": plan}})
}

async fn tell(world: &World, events: &[Value]) {
    for some in events.chunks(500) {
        let answer = world.post(Call::Batch, &json!({ "batch": some })).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

/// As many have the plan "free" as have "pro"; the audience is that of the free ones and is to become that of the others.
async fn edited() -> (World, AudienceId) {
    let world = World::new().await;
    let people: Vec<Value> = (0..2 * PEOPLE).map(|n| person(n, if n < PEOPLE { "free" } else { "pro" })).collect();
    tell(&world, &people).await;
    let id = world.switchyard.create_audience(&world.actor, &form(rule("free")), AudienceState::Active).await.unwrap();
    profiles::run_until_idle(&world.switchyard).await.unwrap();
    assert_eq!(world.switchyard.audience(&world.actor, id).await.unwrap().size, PEOPLE as u64);
    world.switchyard.update_audience(&world.actor, id, &form(rule("pro"))).await.unwrap();
    (world, id)
}

/// Who is in it, by a rule that asks for it, and whether some of each side are seen on their own pages.
async fn inside(world: &World) -> BTreeSet<usize> {
    let asks = serde_json::from_value(json!({"conditions": [{"audience": "chosen"}]})).unwrap();
    let store = world.switchyard.store();
    let (count, sample) =
        store.preview_rule(world.actor.workspace, &asks, 10 * PEOPLE, world.switchyard.now()).await.unwrap();
    assert_eq!(count, sample.len() as u64);
    sample.iter().map(|row| usize::try_from(row.id.0).unwrap()).collect()
}

async fn noted(world: &World) -> (usize, usize) {
    let mut counts = [0; 2];
    for (count, name) in counts.iter_mut().zip(["added_to_segment", "removed_from_segment"]) {
        let mut before = None;
        loop {
            let filter = EventFilter { event: Some(name.into()), ..EventFilter::default() };
            let page = world.switchyard.events(&world.actor, filter, before, 500).await.unwrap();
            *count += page.rows.len();
            before = page.next;
            if before.is_none() {
                break;
            }
        }
    }
    (counts[0], counts[1])
}

#[tokio::test]
async fn old_members_stand_until_the_new_ones_are_complete() {
    let (world, id) = edited().await;
    let (store, now) = (world.switchyard.store(), world.switchyard.now());
    let before = inside(&world).await;
    let whole = store.whole_evaluation(id, now).await.unwrap().unwrap();
    assert_eq!(whole.people.len(), 2 * PEOPLE);
    for (n, some) in whole.people.chunks(700).enumerate() {
        store.evaluate_people(id, some, Some((n * 700, 2 * PEOPLE)), now).await.unwrap();
        let view = world.switchyard.audience(&world.actor, id).await.unwrap();
        assert_eq!((view.size, view.progress), (PEOPLE as u64, Some(((n * 700) as u64, 2 * PEOPLE as u64))));
        assert_eq!(inside(&world).await, before, "portion {n}");
    }
    // Meanwhile one who came comes no more, and one who had not been to come does; both are seen only with all others.
    tell(&world, &[person(2 * PEOPLE - 1, "none"), person(0, "pro"), person(9_999, "pro")]).await;
    profiles::follow_until_idle(&world.switchyard, FollowOptions::default()).await.unwrap();
    assert_eq!(inside(&world).await, before);
    assert!(store.finish_evaluation(&whole, now).await.unwrap());
    let view = world.switchyard.audience(&world.actor, id).await.unwrap();
    let after = inside(&world).await;
    assert_eq!((view.size, after.len(), view.progress), (PEOPLE as u64 + 1, PEOPLE + 1, None));
    assert_eq!(after.intersection(&before).count(), 1, "only who has the new plan, too");
    world.expect_balanced().await;
    // Each is told of once, and nobody is seen otherwise meanwhile.
    let told = noted(&world).await;
    assert!(store.settle_some(id, 700, now).await.unwrap());
    assert_eq!(inside(&world).await, after);
    world.expect_balanced().await;
    // Somebody who is not settled leaves once more, which is two changes.
    tell(&world, &[person(2 * PEOPLE - 2, "free")]).await;
    profiles::run_until_idle(&world.switchyard).await.unwrap();
    assert_eq!(inside(&world).await.len(), PEOPLE);
    assert_eq!(noted(&world).await, (told.0 + PEOPLE, told.1 + PEOPLE));
    world.expect_balanced().await;
}

#[tokio::test]
async fn a_crash_anywhere_in_between_changes_nothing_twice() {
    let (world, id) = edited().await;
    let before = inside(&world).await;
    let told = noted(&world).await;
    let mut seen = BTreeSet::new();
    for steps in (20..).step_by(45) {
        let other = open(&world.url, &world.clock, &world.scripted).await;
        let done = crate::agreement::die_after(steps, profiles::run_until_idle(&other)).await;
        other.store().close().await;
        let now = inside(&world).await;
        assert!(now == before || now.is_disjoint(&before), "after {steps} steps there are members of both rules");
        seen.insert(now == before);
        world.expect_balanced().await;
        if done {
            break;
        }
    }
    assert_eq!(seen.len(), 2);
    assert_eq!(inside(&world).await.len(), PEOPLE);
    assert_eq!(noted(&world).await, (told.0 + PEOPLE, told.1 + PEOPLE));
    let view = world.switchyard.audience(&world.actor, id).await.unwrap();
    assert_eq!((view.size, view.progress), (PEOPLE as u64, None));
}

#[tokio::test]
async fn edited_again_before_it_was_complete() {
    let (world, id) = edited().await;
    let (store, now) = (world.switchyard.store(), world.switchyard.now());
    let before = inside(&world).await;
    let whole = store.whole_evaluation(id, now).await.unwrap().unwrap();
    store.evaluate_people(id, &whole.people, None, now).await.unwrap();
    // Back to the first rule: whoever was to come or go does not.
    world.switchyard.update_audience(&world.actor, id, &form(rule("free"))).await.unwrap();
    assert!(!store.finish_evaluation(&whole, now).await.unwrap(), "it was changed meanwhile");
    let told = noted(&world).await;
    profiles::run_until_idle(&world.switchyard).await.unwrap();
    assert_eq!(inside(&world).await, before);
    assert_eq!(noted(&world).await, told);
    // A person who is to come refuses marketing, one is erased, one becomes another: and then it is their turn.
    world.switchyard.update_audience(&world.actor, id, &form(rule("pro"))).await.unwrap();
    let whole = store.whole_evaluation(id, now).await.unwrap().unwrap();
    store.evaluate_people(id, &whole.people, None, now).await.unwrap();
    let erased = world.switchyard.find_person(&world.actor, &format!("u{}", PEOPLE + 1)).await.unwrap()[0].id;
    world.switchyard.erase_person(&world.actor, erased, &erased.to_string(), true).await.unwrap();
    tell(
        &world,
        &[
            json!({"type": "identify", "userId": format!("u{PEOPLE}"), "context": {"consent": {"marketing": false}}}),
            json!({"type": "alias", "previousId": format!("u{}", PEOPLE + 2), "userId": format!("u{}", PEOPLE + 3)}),
            json!({"type": "alias", "previousId": "u1", "userId": "u2"}),
        ],
    )
    .await;
    profiles::run_until_idle(&world.switchyard).await.unwrap();
    let (view, inside) = (world.switchyard.audience(&world.actor, id).await.unwrap(), inside(&world).await);
    assert_eq!(view.size, inside.len() as u64);
    assert!(inside.is_disjoint(&before));
    assert_eq!(inside.len(), PEOPLE - 3);
    let after = noted(&world).await;
    assert_eq!(after.0 - after.1, inside.len(), "each entering has its leaving");
    world.expect_balanced().await;
}
