//! Events become people: merges, the guard, crashes, and erasing.

use domain::{
    profile::ProfileId,
    time::{DAY, HOUR},
    view::audience::ProfileView,
};
use pipeline::{ingest::Call, profiles};
use serde_json::{Value, json};

use crate::world::{World, open};

async fn told(world: &World, events: &[Value]) {
    let answer = world.post(Call::Batch, &json!({ "batch": events })).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    profiles::run_until_idle(&world.switchyard).await.unwrap();
}

fn track(event: &str, ids: Value) -> Value {
    let mut body = ids;
    body["type"] = "track".into();
    body["event"] = event.into();
    body
}

async fn find(world: &World, text: &str) -> Option<ProfileView> {
    let found = world.switchyard.find_person(&world.actor, text).await.unwrap();
    assert!(found.len() <= 1, "{text} names several people");
    let person = found.first()?;
    Some(world.switchyard.person(&world.actor, person.id).await.unwrap())
}

#[tokio::test]
async fn two_histories_become_one_person_both_ways() {
    let world = World::new().await;
    let bought = |ids: Value, value: i64| {
        let mut body = track("Order Completed", ids);
        body["properties"] = json!({"value": value});
        body
    };
    told(&world, &[bought(json!({"anonymousId": "a1"}), 10), bought(json!({"userId": "u1"}), 20)]).await;
    let (visitor, customer) = (find(&world, "a1").await.unwrap(), find(&world, "u1").await.unwrap());
    assert_ne!(visitor.row.id, customer.row.id);
    told(
        &world,
        &[json!({"type": "identify", "userId": "u1", "anonymousId": "a1", "traits":
            {"email": " Dana@Northwind.example", "phone": "+1 (415) 555-0123", "plan": "pro", "age": 41}})],
    )
    .await;
    let person = find(&world, "DANA@northwind.EXAMPLE ").await.unwrap();
    assert_eq!(find(&world, "14155550123").await.unwrap(), person);
    assert_eq!(find(&world, "A1").await.unwrap(), person);
    assert_eq!(person.row.events, 3);
    let orders = person.totals.iter().find(|total| total.event == "Order Completed").unwrap();
    assert_eq!((orders.count, orders.value), (2, Some(300_000)));
    let shown = serde_json::to_string(&person).unwrap();
    assert!(!shown.contains("northwind.example") && !shown.contains("555"), "{shown}");
    assert!(shown.contains("d•••@n•••.example"));
    // The number that went leads to whom it became part of.
    let gone = visitor.row.id.max(customer.row.id);
    assert_eq!(world.switchyard.person(&world.actor, gone).await.unwrap(), person);

    told(&world, &[track("Page View", json!({"anonymousId": "a2"}))]).await;
    told(&world, &[json!({"type": "alias", "userId": "u1", "previousId": "a2"})]).await;
    assert_eq!(find(&world, "a2").await.unwrap().row.id, person.row.id);
    assert_eq!(find(&world, "nobody").await, None);
}

#[tokio::test]
async fn people_are_found_however_they_are_typed() {
    let world = World::new().await;
    told(
        &world,
        &[json!({"type": "identify", "userId": "Cust-42A", "traits": {"email": "Dana@N.example", "phone": "+1 415 555 0123"},
                 "context": {"externalIds": [{"id": "X7", "type": "id"}]}})],
    )
    .await;
    let person = find(&world, "Cust-42A").await.unwrap().row.id;
    let number = person.to_string();
    for typed in [
        " cust-42a",
        "CUST-42A",
        "dana@n.EXAMPLE",
        "dana @n.example",
        "1 (415) 555-0123",
        "+14155550123",
        "x7",
        &number,
    ] {
        assert_eq!(find(&world, typed).await.map(|found| found.row.id), Some(person), "{typed}");
    }
}

#[tokio::test]
async fn the_list_goes_on_page_by_page() {
    let world = World::new().await;
    let visits: Vec<Value> = (0..120)
        .map(|n| {
            track(
                "Page View",
                json!({"userId": format!("v-{n}"), "timestamp": crate::world::NOW.minus(n / 3 * HOUR).to_iso()}),
            )
        })
        .collect();
    told(&world, &visits).await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = world.switchyard.latest_people(&world.actor, after).await.unwrap();
        seen.extend(page.rows);
        after = page.next.map(|key| key.to_string().parse().unwrap());
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 120);
    assert!(seen.is_sorted_by_key(|row| std::cmp::Reverse((row.last_seen, row.id))));
}

#[tokio::test]
async fn the_newest_event_tells_a_trait_in_whatever_order_they_arrive() {
    let world = World::new().await;
    let at = |hours: i64, plan: Value| {
        json!({"type": "identify", "userId": "u1", "traits": {"plan": plan},
               "timestamp": crate::world::NOW.minus(hours * HOUR).to_iso()})
    };
    told(&world, &[at(1, "new".into()), at(3, "old".into())]).await;
    told(&world, &[at(2, "older".into())]).await;
    let plan = |person: &ProfileView| person.traits.iter().find(|t| t.name == "plan").map(|t| t.value.clone());
    assert_eq!(plan(&find(&world, "u1").await.unwrap()), Some("new".into()));
    told(&world, &[at(0, Value::Null)]).await;
    assert_eq!(plan(&find(&world, "u1").await.unwrap()), None);
}

#[tokio::test]
async fn a_shops_own_address_glues_nobody_together() {
    let world = World::new().await;
    let orders: Vec<Value> = (0..300)
        .map(|n| {
            let ids = json!({"userId": format!("c-{n}"), "anonymousId": format!("v-{n}"),
                             "context": {"traits": {"email": "orders@shop.example"}}});
            track("Order Completed", ids)
        })
        .collect();
    told(&world, &orders).await;
    let people: std::collections::BTreeSet<ProfileId> = {
        let mut ids = Vec::new();
        for n in 0..300 {
            ids.push(find(&world, &format!("c-{n}")).await.unwrap().row.id);
        }
        ids.into_iter().collect()
    };
    assert!(people.len() > 290, "{}", people.len());
    let owner = find(&world, "orders@shop.example").await.unwrap();
    assert!(owner.identifiers.iter().any(|(_, _, shared)| *shared));
}

#[tokio::test]
async fn a_crash_between_reading_and_writing_counts_nothing_twice() {
    let world = World::new().await;
    world.pages(40).await;
    // One process has read the events and dies; another one, on the same file, takes them.
    let store = world.switchyard.store();
    let (place, _) = store.unread_events(100, None).await.unwrap();
    let other = open(&world.url, &world.clock, &world.scripted).await;
    profiles::run_until_idle(&other).await.unwrap();
    // What the first one would have written is refused whole.
    assert!(!store.follow(place, &[], world.switchyard.now()).await.unwrap());
    profiles::run_until_idle(&world.switchyard).await.unwrap();
    assert_eq!(find(&world, "u-1").await.unwrap().row.events, 40);
    other.store().close().await;
}

#[tokio::test]
async fn an_erased_person_is_gone_and_stays_away() {
    let world = World::new().await;
    let page = track("Page View", json!({"userId": "u1", "context": {"traits": {"email": "dana@n.example"}}}));
    told(&world, &[page.clone(), track("Page View", json!({"userId": "u2"}))]).await;
    let person = find(&world, "u1").await.unwrap().row.id;
    let refused = world.switchyard.erase_person(&world.actor, person, "7000", true).await.unwrap_err();
    assert!(refused.for_field("typed_id").is_some());
    let typed = person.to_string();

    world.switchyard.erase_person(&world.actor, person, &typed, false).await.unwrap();
    assert!(find(&world, "u1").await.unwrap().erasure.is_some());
    world.switchyard.cancel_erasure(&world.actor, person).await.unwrap();
    world.clock.advance(2 * DAY);
    told(&world, &[]).await;
    assert!(find(&world, "u1").await.is_some());

    world.switchyard.erase_person(&world.actor, person, &typed, false).await.unwrap();
    world.clock.advance(DAY);
    told(&world, &[]).await;
    assert_eq!(find(&world, "u1").await, None);
    assert_eq!(world.rows().await.len(), 1);
    told(&world, &[page]).await;
    assert_eq!(find(&world, "dana@n.example").await, None);
    assert_eq!(world.rows().await.len(), 1);
    world.expect_balanced().await;
    let settings = world.switchyard.settings(&world.actor).await.unwrap();
    assert!(settings.changes.iter().any(|change| change.what.starts_with("Erased person")));
}
