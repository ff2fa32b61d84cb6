//! The Events Manager's questions.

use domain::{
    Actor, ApiError, DestinationId, EventId, Role, WorkspaceId,
    delivery::{DeliveryState, Side},
    destination::Verdict,
    time::{DAY, HOUR},
    view::{EventFilter, EventRow},
};
use pipeline::ingest::Call;
use serde_json::json;
use store::Pick;
use uuid::Uuid;

use crate::world::{NOW, World};

fn names(rows: &[EventRow]) -> Vec<&str> {
    rows.iter().map(|row| row.event.as_str()).collect()
}

async fn furnished() -> World {
    let world = World::new().await;
    world.pages(7).await;
    world.clock.advance(HOUR);
    world.scripted.then([Verdict::ItemInvalid { index: 2, reason: "no".into() }]);
    world.deliver().await;
    world.purchase("buy-1", "A-1").await;
    world.clock.advance(HOUR);
    let lead = json!({"event": "Lead", "messageId": "lead-1", "userId": "Dana@Northwind.example"});
    world.post(Call::Track, &lead).await;
    world
}

#[tokio::test]
async fn filters_and_their_combinations() {
    let world = furnished().await;
    let all = world.rows().await;
    assert_eq!(all.len(), 9);
    assert_eq!(&names(&all)[..3], ["Lead", "Order Completed", "Page View"]);
    assert!(all.windows(2).all(|pair| pair[0].key > pair[1].key));
    let base = EventFilter { destination: Some(world.destination), ..EventFilter::default() };
    assert_eq!(world.find(base.clone()).await, all);
    for destination in [None, Some(world.destination)] {
        let base = EventFilter { destination, ..EventFilter::default() };
        let state = |state| EventFilter { state: Some(state), ..base.clone() };
        assert_eq!(world.find(state(DeliveryState::Delivered)).await.len(), 6);
        assert_eq!(world.find(state(DeliveryState::Dead)).await.len(), 1);
        assert_eq!(names(&world.find(state(DeliveryState::Waiting)).await), ["Order Completed"]);
        assert_eq!(names(&world.find(state(DeliveryState::Filtered)).await), ["Lead"]);
        let named = EventFilter { event: Some("page_view".into()), ..base.clone() };
        assert_eq!(world.find(named.clone()).await.len(), 7);
        let both = EventFilter { state: Some(DeliveryState::Dead), ..named };
        assert_eq!(world.find(both).await.len(), 1);
        let server = EventFilter { side: Some(Side::Server), ..base.clone() };
        assert_eq!(world.find(server).await.len(), 9);
        let client = EventFilter { side: Some(Side::Client), state: Some(DeliveryState::Delivered), ..base.clone() };
        assert!(world.find(client).await.is_empty());
        let since = EventFilter { since: Some(NOW.plus(HOUR)), ..base.clone() };
        assert_eq!(names(&world.find(since.clone()).await), ["Lead", "Order Completed"]);
        let between = EventFilter { until: Some(NOW.plus(2 * HOUR)), ..since };
        assert_eq!(names(&world.find(between).await), ["Order Completed"]);
    }
    let (store, now) = (world.switchyard.store(), world.switchyard.now());
    store.claim(world.destination, Pick::Healthy, 10, now, now.plus(HOUR)).await.unwrap();
    let state = |state| EventFilter { state: Some(state), ..EventFilter::default() };
    assert_eq!(names(&world.find(state(DeliveryState::Leased)).await), ["Order Completed"]);
    assert!(world.find(state(DeliveryState::Waiting)).await.is_empty());
}

#[tokio::test]
async fn searches_by_number_message_order_and_address() {
    let world = furnished().await;
    let search = |text: &str| EventFilter { search: Some(text.to_owned()), ..EventFilter::default() };
    assert_eq!(names(&world.find(search("9")).await), ["Lead"]);
    assert_eq!(names(&world.find(search(" buy-1 ")).await), ["Order Completed"]);
    for spelling in ["A-1", "a-1", "BUY-1"] {
        assert_eq!(names(&world.find(search(spelling)).await), ["Order Completed"], "{spelling}");
    }
    assert_eq!(world.find(search("dana@NORTHWIND.example")).await.len(), 8);
    assert!(world.find(search("nobody@northwind.example")).await.is_empty());
    assert!(world.find(search("'; drop table events")).await.is_empty());
    assert_eq!(world.find(search("  ")).await.len(), 9);
}

#[tokio::test]
async fn pages_join_without_gap_or_repeat() {
    let world = furnished().await;
    let all = world.rows().await;
    let filters = [
        EventFilter::default(),
        EventFilter { destination: Some(world.destination), ..EventFilter::default() },
        EventFilter { event: Some("Page View".into()), ..EventFilter::default() },
        EventFilter { state: Some(DeliveryState::Delivered), ..EventFilter::default() },
    ];
    for filter in filters {
        let whole = world.find(filter.clone()).await;
        let (mut pieces, mut before) = (Vec::new(), None);
        loop {
            let page = world.switchyard.events(&world.actor, filter.clone(), before, 2).await.unwrap();
            pieces.extend(page.rows);
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(pieces, whole);
    }
    let newer = world.switchyard.events_since(&world.actor, EventFilter::default(), all[2].key, 50).await.unwrap();
    assert_eq!(newer.rows, all[..2]);
}

#[tokio::test]
async fn an_event_shows_what_was_received_sent_and_answered_but_nobody_s_data() {
    let world = furnished().await;
    let row = world.rows().await.into_iter().find(|row| row.state == Some(DeliveryState::Delivered)).unwrap();
    let detail = world.switchyard.event(&world.actor, row.event_id).await.unwrap();
    assert_eq!(detail.received["context"]["traits"]["email"], "d•••@n•••.example");
    assert_eq!(detail.received["context"]["ip"], "203.0.•••");
    let delivery = &detail.deliveries[0];
    assert_eq!(delivery.mapped.as_ref().unwrap()["user_data"]["client_ip_address"], "203.0.•••");
    assert_eq!(delivery.warnings[0].code, "no_phone");
    let attempt = delivery.attempts.last().unwrap();
    assert_eq!((attempt.batch, attempt.status, attempt.answer.as_str()), (6, Some(200), "an answer"));
    assert_eq!((attempt.url.as_str(), attempt.normaliser), ("https://tr.example/v3/pixel-1/events", Some(7)));
    let text = serde_json::to_string(&detail).unwrap().to_lowercase();
    assert!(!text.contains("northwind") && !text.contains("token-1"));

    let waiting = &world.rows().await[1];
    let detail = world.switchyard.event(&world.actor, waiting.event_id).await.unwrap();
    assert_eq!(detail.deliveries[0].mapped.as_ref().unwrap()["event_name"], "PURCHASE");
    assert!(detail.deliveries[0].due_at.is_some() && detail.deliveries[0].attempts.is_empty());
}

#[tokio::test]
async fn events_from_before_the_first_destination_are_shown() {
    let world = World::new().await;
    let store = world.switchyard.store();
    store.delete_destination(world.actor.workspace, world.destination, &world.author()).await.unwrap();
    world.pages(3).await;
    let rows = world.rows().await;
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.state.is_none() && row.destination.is_none()));
    world.expect_balanced().await;
    // They can be asked for, also once there are others.
    let slug = world.switchyard.destination_types(&world.actor).await.unwrap()[0].slug.clone();
    let id = world.switchyard.create_destination(&world.actor, &slug, "Later").await.unwrap();
    world.page("later").await;
    let without = EventFilter { without_destination: true, ..EventFilter::default() };
    assert_eq!(world.find(without.clone()).await, rows);
    let named = EventFilter { event: Some("page_view".into()), ..without.clone() };
    assert_eq!(world.find(named).await, rows);
    assert!(world.find(EventFilter { destination: Some(id), ..without }).await.is_empty());
}

#[tokio::test]
async fn a_number_in_a_text_is_masked_and_sent_as_it_came() {
    let world = World::new().await;
    let gift = "gift for +1 415 555 0132";
    let order = json!({
        "event": "Order Completed", "messageId": "m-1", "anonymousId": "a",
        "properties": {"order_id": gift, "note": "call (415) 555-0132", "reply_to": ["x dana@northwind.example"]},
        "context": {"traits": {"email": "dana@northwind.example"}},
    });
    world.post(Call::Track, &order).await;
    world.deliver().await;
    assert_eq!(world.scripted.items()[0]["order_id"], gift);
    let row = world.rows().await.remove(0);
    assert_eq!(row.order_id.as_deref(), Some("gift for •••32"));
    let detail = world.switchyard.event(&world.actor, row.event_id).await.unwrap();
    let properties = &detail.received["properties"];
    assert_eq!((&properties["note"], &properties["order_id"]), (&json!("call •••32"), &json!("gift for •••32")));
    assert_eq!(detail.deliveries[0].mapped.as_ref().unwrap()["order_id"], "gift for •••32");
    let text = serde_json::to_string(&detail).unwrap().to_lowercase();
    assert!(!text.contains("0132") && !text.contains("northwind"), "{text}");
}

#[tokio::test]
async fn counts_of_the_last_day() {
    let world = furnished().await;
    let counts = world.switchyard.event_counts(&world.actor, None).await.unwrap();
    let totals: Vec<_> = counts.iter().map(|count| (count.event.as_str(), count.total)).collect();
    assert_eq!(totals, [("Page View", 7), ("Lead", 1), ("Order Completed", 1)]);
    assert_eq!(counts[0].hours.len(), 24);
    assert_eq!(counts[0].hours[21], 7);
    let switched_on = world.switchyard.event_counts(&world.actor, Some(world.destination)).await.unwrap();
    assert_eq!(switched_on.len(), 2);
    world.clock.advance(2 * DAY);
    assert!(world.switchyard.event_counts(&world.actor, None).await.unwrap().is_empty());
}

#[tokio::test]
async fn another_workspace_sees_nothing() {
    let world = furnished().await;
    let stranger = Actor { user: world.actor.user, workspace: WorkspaceId(Uuid::from_u128(5)), role: Role::Admin };
    let sw = &world.switchyard;
    assert!(sw.events(&stranger, EventFilter::default(), None, 50).await.unwrap().rows.is_empty());
    let searched = EventFilter { search: Some("9".into()), ..EventFilter::default() };
    assert!(sw.events(&stranger, searched, None, 50).await.unwrap().rows.is_empty());
    let dead = EventFilter { state: Some(DeliveryState::Dead), ..EventFilter::default() };
    assert!(sw.events(&stranger, dead, None, 50).await.unwrap().rows.is_empty());
    let foreign = EventFilter { destination: Some(world.destination), ..EventFilter::default() };
    assert_eq!(sw.events(&stranger, foreign, None, 50).await, Err(ApiError::NotFound));
    assert_eq!(sw.event(&stranger, EventId(1)).await, Err(ApiError::NotFound));
    assert_eq!(sw.event_counts(&stranger, Some(world.destination)).await, Err(ApiError::NotFound));
    assert_eq!(sw.rejections(&stranger, world.source).await, Err(ApiError::NotFound));
    let key = world.rows().await[0].key;
    assert_eq!(sw.replay_delivery(&stranger, key).await, Err(ApiError::NotFound));
    let nothing = EventFilter { destination: Some(DestinationId(Uuid::from_u128(1))), ..EventFilter::default() };
    assert_eq!(sw.events(&world.actor, nothing, None, 50).await, Err(ApiError::NotFound));
    let viewer = Actor { role: Role::Viewer, ..world.actor.clone() };
    assert_eq!(sw.replay_delivery(&viewer, key).await, Err(ApiError::Forbidden));
}

#[tokio::test]
async fn what_has_served_its_time_is_forgotten_and_the_books_still_balance() {
    let world = furnished().await;
    world.deliver().await;
    world.clock.advance(100 * DAY);
    world.page("new").await;
    while world.switchyard.store().forget_some(world.switchyard.now()).await.unwrap() {}
    assert_eq!(world.rows().await.len(), 1);
    world.expect_balanced().await;
}
