//! What Snapchat's failures do to the sync: each is survived, and the lists are right in the end.

use std::collections::BTreeSet;

use domain::{
    lists::{ListError, SyncHealth, break_after},
    time::{DAY, MINUTE, SECOND},
    view_sync::{LinkSettings, SyncStatus},
};
use serde_json::{Value, json};
use store::Left;

use crate::list_world::{ListWorld, emails, held, person, plan};

fn nobody() -> BTreeSet<String> {
    BTreeSet::new()
}

async fn health(world: &ListWorld, id: domain::AudienceId) -> (SyncStatus, String) {
    let state = world.receipts(id).await.state;
    (state.status, state.sentence)
}

#[tokio::test]
async fn each_passing_failure_ends_in_the_same_list() {
    let part = json!({"request_status": "SUCCESS", "users": [{"sub_request_status": "ERROR", "sub_request_error_reason": "E1001 no"}]});
    let faults = [
        json!({"status": 429, "headers": {"Retry-After": "90"}, "times": 2}),
        json!({"status": 429, "times": 3}),
        json!({"status": 500, "times": 3}),
        json!({"status": 503, "processed": true, "times": 2}),
        json!({"cut": "before", "times": 2}),
        json!({"cut": "after", "times": 3}),
        json!({"status": 401, "body": "unauthorized"}),
        json!({"status": 401, "body": "unauthorized", "times": 4}),
        json!({"status": 200, "body": part, "times": 3}),
        json!({"status": 200, "body": "<html>busy</html>"}),
        json!({"status": 413, "times": 2}),
    ];
    for fault in faults {
        let world = ListWorld::new().await;
        let id = world.pros("pros").await;
        world.tell(&(0..9).map(|n| person(&format!("u{n}"), "pro", None)).collect::<Vec<_>>()).await;
        for path in ["/v1/adaccounts", "/v1/segments"] {
            let mut fault = fault.clone();
            fault["path"] = path.into();
            world.faults(json!([fault])).await;
            world.settle().await;
            world.tell(&[plan("u0", "free"), person("u9", "pro", None)]).await;
        }
        world.settle().await;
        let right = emails(&["u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8", "u9"]);
        assert_eq!(world.members("pros").await, held(right, nobody()), "{fault}");
        assert_eq!(world.report("faults").await["rules"], json!([]), "{fault} was met");
        assert_eq!(health(&world, id).await.0, SyncStatus::InStep, "{fault}");
        let counts = world.receipts(id).await.counts;
        assert_eq!((counts.wanted, counts.synced, counts.waiting, counts.failed), (9, 9, 0, 0), "{fault}");
    }
}

#[tokio::test]
async fn who_could_not_leave_a_list_before_leaves_it_later() {
    let world = ListWorld::new().await;
    let id = world.pros("pros").await;
    world.tell(&[person("u1", "pro", None)]).await;
    world.settle().await;
    let each = LinkSettings { one_each: true, ..LinkSettings::default() };
    world.switchyard.save_link_settings(&world.actor, id, world.destination, &each).await.unwrap();
    world.faults(json!([{"path": "/v1/segments", "method": "DELETE", "status": 400, "body": "no", "times": 1}])).await;
    world.sync().await;
    assert_eq!(world.members("pros").await, held(emails(&["u1"]), nobody()), "the removal was refused");
    world.live_on(2).await;
    assert_eq!(world.members("pros").await, held(nobody(), nobody()));
    assert_eq!(world.members("pros (e-mail addresses)").await, held(emails(&["u1"]), nobody()));
}

#[tokio::test]
async fn a_list_before_that_lets_nobody_out_holds_nothing_up() {
    let world = ListWorld::new().await;
    let id = world.pros("pros").await;
    let users: Vec<String> = (0..9).map(|n| format!("u{n}")).collect();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    world.tell(&users.iter().map(|user| person(user, "pro", None)).collect::<Vec<_>>()).await;
    world.settle().await;
    let each = LinkSettings { one_each: true, ..LinkSettings::default() };
    world.switchyard.save_link_settings(&world.actor, id, world.destination, &each).await.unwrap();
    world.faults(json!([{"path": "/v1/segments", "method": "DELETE", "status": 400, "body": "no", "times": 99}])).await;
    world.sync().await;
    assert_eq!(world.members("pros (e-mail addresses)").await, held(emails(&users), nobody()));
    assert_eq!(world.members("pros").await, held(emails(&users), nobody()));
    world.faults(json!([])).await;
    world.live_on(2).await;
    assert_eq!(world.members("pros").await, held(nobody(), nobody()));
}

#[tokio::test]
async fn a_pause_that_was_asked_for_is_kept_across_a_restart() {
    let mut world = ListWorld::new().await;
    let id = world.pros("pros").await;
    world.tell(&[person("u1", "pro", None)]).await;
    world.sync().await;
    world.tell(&[person("u2", "pro", None)]).await;
    world.faults(json!([{"path": "/v1/segments", "method": "POST", "status": 429, "headers": {"Retry-After": "600"}, "times": 9}])).await;
    world.clock.advance(10 * SECOND);
    world.sync().await;
    let asked = world.requests("POST", "/v1/segments").await;
    world.switchyard = world.another_process().await;
    world.clock.advance(9 * MINUTE);
    world.sync().await;
    assert_eq!(world.requests("POST", "/v1/segments").await, asked);
    let (status, sentence) = health(&world, id).await;
    assert_eq!(status, SyncStatus::Hindered(SyncHealth::Retrying));
    assert!(sentence.contains("fewer requests"), "{sentence}");
    world.faults(json!([])).await;
    world.clock.advance(MINUTE);
    world.sync().await;
    assert_eq!(world.members("pros").await, held(emails(&["u1", "u2"]), nobody()));
}

#[tokio::test]
async fn a_login_that_is_over_waits_for_a_person() {
    let world = ListWorld::new().await;
    let id = world.pros("pros").await;
    world.tell(&[person("u1", "pro", None)]).await;
    world.settle().await;
    world.control("expire-tokens", &json!({})).await;
    world.tell(&[person("u2", "pro", None)]).await;
    world.clock.advance(10 * SECOND);
    world.sync().await;
    assert_eq!(world.members("pros").await, held(emails(&["u1", "u2"]), nobody()), "refreshed");

    world.control("revoke", &json!({})).await;
    world.tell(&[plan("u1", "free")]).await;
    world.settle().await;
    let (status, sentence) = health(&world, id).await;
    assert_eq!(status, SyncStatus::Hindered(SyncHealth::NeedsReconnect));
    assert!(sentence.contains("Authenticate Snapchat"), "{sentence}");
    assert_eq!(world.receipts(id).await.counts.waiting, 1);
    world.sign_in("dana").await;
    world.sync().await;
    assert_eq!(world.members("pros").await, held(emails(&["u2"]), nobody()), "at once, without waiting for a probe");
}

/// A pass saw that there is no login, and somebody logs in before it leaves its lane.
#[tokio::test]
async fn a_pass_that_saw_the_login_before_does_not_count() {
    let world = ListWorld::new().await;
    let id = world.pros("pros").await;
    world.tell(&[person("u1", "pro", None)]).await;
    world.plan().await;
    let (store, now) = (world.switchyard.store(), world.switchyard.now());
    let lane = store.sync_claim((id, world.destination), now, now.plus(30 * SECOND)).await.unwrap().unwrap();
    world.sign_in("dana").await;
    let missing = ListError::Unauthorized("there was none".into());
    let left = Left { pause: Some(break_after(&missing, 0, now, 0.5)), next_at: now, call_limit: None };
    store.sync_leave(&lane, &left, now).await.unwrap();
    world.clock.advance(MINUTE);
    world.sync().await;
    assert_eq!(world.members("pros").await, held(emails(&["u1"]), nobody()));
}

#[tokio::test]
async fn a_right_that_is_missing_is_named() {
    let world = ListWorld::new().await;
    let id = world.pros("pros").await;
    world.tell(&[person("u1", "pro", None)]).await;
    world.sign_in("sam").await;
    world.settle().await;
    let (status, sentence) = health(&world, id).await;
    assert_eq!(status, SyncStatus::Hindered(SyncHealth::Paused));
    assert!(sentence.contains("Data Manager"), "{sentence}");
    let run = world.receipts(id).await.runs.remove(0);
    assert!(run.problem.unwrap().contains("Data Manager"));
    world.sign_in("dana").await;
    world.sync().await;
    assert_eq!(world.members("pros").await, held(emails(&["u1"]), nobody()));
}

#[tokio::test]
async fn a_list_that_somebody_deleted_is_made_anew_by_hand_only() {
    let world = ListWorld::new().await;
    let id = world.pros("pros").await;
    world.tell(&[person("u1", "pro", None), person("u2", "pro", None)]).await;
    world.settle().await;
    world.delete_by_hand("pros").await;
    world.tell(&[plan("u1", "free"), person("u3", "pro", None)]).await;
    world.settle().await;
    let (status, sentence) = health(&world, id).await;
    assert_eq!(status, SyncStatus::Hindered(SyncHealth::Gone));
    assert!(sentence.contains("deleted the list"), "{sentence}");
    assert!(world.receipts(id).await.lists[0].gone);
    assert_eq!(world.lists().await.len(), 0);
    world.switchyard.remake_lists(&world.actor, id, world.destination).await.unwrap();
    world.settle().await;
    assert_eq!(world.members("pros").await, held(emails(&["u2", "u3"]), nobody()));
    let again = world.switchyard.remake_lists(&world.actor, id, world.destination).await;
    assert!(again.is_err(), "nothing is gone any more");
}

#[tokio::test]
async fn a_deleted_list_is_noticed_when_somebody_looks() {
    let world = ListWorld::new().await;
    let id = world.pros("pros").await;
    world.tell(&[person("u1", "pro", None)]).await;
    world.settle().await;
    world.clock.advance(DAY);
    world.sync().await;
    world.delete_by_hand("pros").await;
    // Nothing is sent, and it is not yet time to ask by itself.
    world.clock.advance(2 * MINUTE);
    world.sync().await;
    assert_eq!(health(&world, id).await.0, SyncStatus::InStep);
    assert!(world.receipts(id).await.lists[0].asking, "looking at the page asked");
    world.sync().await;
    assert_eq!(health(&world, id).await.0, SyncStatus::Hindered(SyncHealth::Gone));
}

/// Refuses any request that holds one certain digest.
#[tokio::test]
async fn one_that_is_refused_does_not_hold_up_the_others() {
    let world = ListWorld::new().await;
    let id = world.pros("pros").await;
    world.tell(&[person("u0", "pro", None)]).await;
    world.settle().await;
    let people: Vec<Value> = (1..=8).map(|n| person(&format!("u{n}"), "pro", None)).collect();
    world.tell(&people).await;
    // Eight, four, two, one: then the one alone; the others go.
    world.faults(json!([{"path": "/v1/segments", "method": "POST", "times": 4, "status": 400,
                         "body": {"request_status": "ERROR", "debug_message": "bad identifier", "error_code": "E1001"}}])).await;
    world.clock.advance(10 * SECOND);
    world.sync().await;
    let receipts = world.receipts(id).await;
    assert_eq!((receipts.counts.synced, receipts.counts.failed), (8, 1));
    assert!(receipts.refused[0].0.contains("bad identifier") && receipts.refused[0].1 == 1, "{:?}", receipts.refused);
    world.clock.advance(MINUTE);
    world.sync().await;
    let all: Vec<String> = (0..=8).map(|n| format!("u{n}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    assert_eq!(world.members("pros").await, held(emails(&all), nobody()), "tried again later");
    assert_eq!(world.receipts(id).await.counts.failed, 0);
}

#[tokio::test]
async fn when_everything_is_refused_the_lane_backs_off() {
    let world = ListWorld::new().await;
    let id = world.pros("pros").await;
    world.tell(&(0..200).map(|n| person(&format!("u{n}"), "pro", None)).collect::<Vec<_>>()).await;
    world.faults(json!([{"path": "/v1/segments", "method": "POST", "times": 0, "status": 400, "body": "no"}])).await;
    world.sync().await;
    let made = world.requests("POST", "/v1/segments").await;
    assert!(made <= 20, "{made} requests against a wall");
    let (status, sentence) = health(&world, id).await;
    assert_eq!(status, SyncStatus::Hindered(SyncHealth::Retrying));
    assert!(sentence.contains("refused"), "{sentence}");
    world.faults(json!([])).await;
    world.settle().await;
    assert_eq!(world.receipts(id).await.counts.synced, 200);
}

#[tokio::test]
async fn a_size_that_is_too_large_is_learnt() {
    let world = ListWorld::new().await;
    let id = world.pros("pros").await;
    world.tell(&(0..40).map(|n| person(&format!("u{n}"), "pro", None)).collect::<Vec<_>>()).await;
    world.faults(json!([{"path": "/v1/segments", "method": "POST", "times": 2, "status": 413}])).await;
    world.sync().await;
    let requests = world.receipts(id).await.runs.remove(0).last_requests;
    let sizes: Vec<u64> = requests.iter().rev().filter_map(|request| Some(request.identifiers?.0)).collect();
    assert_eq!(sizes, [40, 20, 10, 10, 10, 10]);
    world.tell(&(40..60).map(|n| person(&format!("u{n}"), "pro", None)).collect::<Vec<_>>()).await;
    world.clock.advance(10 * SECOND);
    world.sync().await;
    let requests = world.receipts(id).await.runs.remove(0).last_requests;
    assert_eq!(requests.iter().filter_map(|request| Some(request.identifiers?.0)).collect::<Vec<_>>(), [10, 10]);
}
