//! Audiences in lists of the simulator: who is in them, under which settings, and what the receipts say.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Role,
    lists::SyncHealth,
    time::{DAY, HOUR, SECOND},
    view::audience::AudienceState,
    view_sync::{LinkSettings, SyncStatus},
};
use serde_json::{Value, json};

use crate::list_world::{AD_ACCOUNT, ListWorld, emails, held, person, phones, plan};

const PHONE: &str = "+14155550132";

fn nobody() -> BTreeSet<String> {
    BTreeSet::new()
}

#[tokio::test]
async fn members_come_and_go_with_every_identifier_that_was_sent() {
    let world = ListWorld::new().await;
    let id = world.pros("pros").await;
    world.tell(&[person("u1", "pro", Some(PHONE)), person("u2", "pro", None), person("u3", "free", None)]).await;
    world.tell(&[json!({"type": "identify", "userId": "u4", "traits": {"plan": "pro"}})]).await;
    world.sync().await;
    assert_eq!(world.members("pros").await, held(emails(&["u1", "u2"]), phones(&[PHONE])));
    let segment = world.segment("pros").await;
    assert!(segment["description"].as_str().unwrap().starts_with("For tests. Kept up to date"));
    assert_eq!(segment["retention_in_days"], 9_999);

    let receipts = world.receipts(id).await;
    assert_eq!(receipts.state.status, SyncStatus::InStep);
    let counts = receipts.counts;
    assert_eq!((counts.wanted, counts.synced, counts.waiting, counts.failed, counts.skipped), (3, 3, 0, 0, 1));
    let run = &receipts.runs[0];
    assert_eq!((run.added, run.removed, run.skipped, run.problem.as_deref()), (3, 0, 1, None));
    let did: Vec<&str> = run.last_requests.iter().rev().map(|request| request.what.as_str()).collect();
    assert_eq!(did, ["Looked for the list", "Made the list “pros”", "Added e-mail addresses", "Added phone numbers"]);
    assert_eq!(run.last_requests[1].identifiers, Some((2, Some(2))));

    world.tell(&[plan("u1", "free"), person("u3", "pro", None)]).await;
    world.clock.advance(10 * SECOND);
    world.sync().await;
    assert_eq!(world.members("pros").await, held(emails(&["u2", "u3"]), nobody()));
    let run = world.receipts(id).await.runs.remove(0);
    assert_eq!((run.added, run.removed), (1, 2));
    let did: Vec<&str> = run.last_requests.iter().rev().map(|request| request.what.as_str()).collect();
    assert_eq!(did, ["Removed e-mail addresses", "Removed phone numbers", "Added e-mail addresses"]);
    // Nothing changes, nothing is sent.
    let before = world.requests("POST", "/v1/segments").await;
    world.settle().await;
    assert_eq!(world.requests("POST", "/v1/segments").await, before);
}

#[tokio::test]
async fn an_identifier_of_two_people_stays_while_one_is_in() {
    let world = ListWorld::new().await;
    world.pros("pros").await;
    // Hashed by another system it is a value of its own, and one digest.
    let hashed = phones(&[PHONE]).pop_first().unwrap();
    world.tell(&[person("u1", "pro", Some(&hashed)), person("u2", "pro", Some(PHONE))]).await;
    world.settle().await;
    assert_eq!(world.members("pros").await, held(emails(&["u1", "u2"]), phones(&[PHONE])));
    world.tell(&[plan("u1", "free")]).await;
    world.settle().await;
    assert_eq!(world.members("pros").await, held(emails(&["u2"]), phones(&[PHONE])));
    world.tell(&[plan("u1", "pro"), plan("u2", "free")]).await;
    world.settle().await;
    assert_eq!(world.members("pros").await, held(emails(&["u1"]), phones(&[PHONE])));
    world.tell(&[plan("u2", "pro")]).await;
    world.settle().await;
    let erased = world.switchyard.find_person(&world.actor, "u1").await.unwrap()[0].id;
    world.switchyard.erase_person(&world.actor, erased, &erased.to_string(), true).await.unwrap();
    world.settle().await;
    assert_eq!(world.members("pros").await, held(emails(&["u2"]), phones(&[PHONE])));
    world.tell(&[plan("u2", "free")]).await;
    world.settle().await;
    assert_eq!(world.members("pros").await, held(nobody(), nobody()));
}

#[tokio::test]
async fn a_number_names_one_person_however_it_is_typed() {
    let world = ListWorld::new().await;
    world.pros("pros").await;
    let typed = |anonymous: &str, phone: &str, plan: &str| json!({"type": "identify", "anonymousId": anonymous, "traits": {"phone": phone, "plan": plan}});
    // The source's country is the United States.
    world.tell(&[typed("a1", "(415) 555-0132", "free"), typed("a2", "+1 415 555 0132", "pro")]).await;
    world.tell(&[typed("a3", "001-415-555-0132", "pro"), typed("a4", "٤١٥ ٥٥٥ ٠١٣٢", "pro")]).await;
    world.settle().await;
    let mut people = BTreeSet::new();
    for named in ["a1", "a2", "a3", "a4", "4155550132", "+1 (415) 555-0132"] {
        people.extend(world.switchyard.find_person(&world.actor, named).await.unwrap().iter().map(|row| row.id));
    }
    assert_eq!(people.len(), 1, "{people:?}");
    assert_eq!(world.members("pros").await, held(nobody(), phones(&[PHONE])));
    world.tell(&[typed("a2", PHONE, "free")]).await;
    world.settle().await;
    assert_eq!(world.members("pros").await, held(nobody(), nobody()));
}

#[tokio::test]
async fn a_device_stands_for_each_of_its_users() {
    const DEVICE: &str = "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6";
    let world = ListWorld::new().await;
    world.pros("pros").await;
    let uses = |anonymous: &str, plan: &str| {
        json!({"type": "identify", "anonymousId": anonymous, "traits": {"plan": plan},
               "context": {"device": {"advertisingId": DEVICE, "type": "mobile"}}})
    };
    let digest = "30a5154b77ab8b2ddbe19f5e7af72f33cc2a4a41f22940d965102650a1c72863";
    let listed = BTreeMap::from([("MOBILE_AD_ID_SHA256".to_owned(), BTreeSet::from([digest.to_owned()]))]);
    let person = |name: &'static str| {
        let world = &world;
        async move { world.switchyard.find_person(&world.actor, name).await.unwrap()[0].id }
    };
    world.tell(&[uses("a1", "free"), uses("a2", "pro")]).await;
    world.settle().await;
    assert_ne!(person("a1").await, person("a2").await);
    assert_eq!(world.members("pros").await, listed, "the second user is in it");
    world.tell(&[uses("a1", "pro"), uses("a2", "free")]).await;
    world.settle().await;
    assert_eq!(world.members("pros").await, listed);
    // Whoever had it first is erased; it stays the other's.
    let erased = person("a1").await;
    world.switchyard.erase_person(&world.actor, erased, &erased.to_string(), true).await.unwrap();
    world.settle().await;
    assert_eq!(world.members("pros").await, BTreeMap::new());
    world.tell(&[uses("a2", "pro")]).await;
    world.settle().await;
    assert_eq!(world.members("pros").await, listed);
}

#[tokio::test]
async fn merges_and_erasures_reach_the_list() {
    let world = ListWorld::new().await;
    let id = world.pros("pros").await;
    let anonymous = |traits: Value| json!({"type": "identify", "anonymousId": "a1", "traits": traits});
    world.tell(&[person("u1", "pro", None), anonymous(json!({"plan": "pro", "phone": PHONE}))]).await;
    world.settle().await;
    assert_eq!(world.members("pros").await, held(emails(&["u1"]), phones(&[PHONE])));
    world.tell(&[json!({"type": "identify", "userId": "u1", "anonymousId": "a1"})]).await;
    world.settle().await;
    assert_eq!(world.members("pros").await, held(emails(&["u1"]), phones(&[PHONE])));
    world.tell(&[plan("u1", "free")]).await;
    world.settle().await;
    assert_eq!(
        world.members("pros").await,
        held(nobody(), nobody()),
        "what both brought leaves with the one they became"
    );

    world.tell(&[plan("u1", "pro")]).await;
    world.settle().await;
    // Erasing takes people out also where the workflow keeps them in.
    world.switch("removed_from_segment", false).await;
    let erased = world.switchyard.find_person(&world.actor, "u1").await.unwrap()[0].id;
    world.switchyard.erase_person(&world.actor, erased, &erased.to_string(), true).await.unwrap();
    world.settle().await;
    assert_eq!(world.members("pros").await, held(nobody(), nobody()));
    assert_eq!(world.receipts(id).await.counts.wanted, 0);
}

#[tokio::test]
async fn switches_keep_people_in_or_out() {
    let world = ListWorld::new().await;
    world.switch("added_to_segment", false).await;
    let id = world.pros("pros").await;
    world.tell(&[person("u1", "pro", None), person("u2", "pro", None)]).await;
    world.settle().await;
    assert_eq!(world.lists().await.len(), 0, "added_to_segment is off");
    assert_eq!(world.receipts(id).await.state.status, SyncStatus::Off);
    world.switch("added_to_segment", true).await;
    world.switch("removed_from_segment", false).await;
    world.settle().await;
    world.tell(&[plan("u1", "free")]).await;
    world.settle().await;
    assert_eq!(world.members("pros").await, held(emails(&["u1", "u2"]), nobody()), "removed_from_segment is off");
    world.switch("removed_from_segment", true).await;
    world.settle().await;
    assert_eq!(world.members("pros").await, held(emails(&["u2"]), nobody()));
    // A destination that is switched off gets nothing; then it catches up.
    world.switchyard.set_destination_enabled(&world.actor, world.destination, false).await.unwrap();
    world.tell(&[plan("u1", "pro")]).await;
    world.settle().await;
    assert_eq!(world.members("pros").await, held(emails(&["u2"]), nobody()));
    world.switchyard.set_destination_enabled(&world.actor, world.destination, true).await.unwrap();
    world.settle().await;
    assert_eq!(world.members("pros").await, held(emails(&["u1", "u2"]), nobody()));
    // An audience that goes there no more takes its people out; a deleted one, too.
    let unlink = world.switchyard.set_audience_link(&world.actor, id, world.destination, false);
    unlink.await.unwrap();
    world.settle().await;
    assert_eq!(world.members("pros").await, held(nobody(), nobody()));
    world.switchyard.set_audience_link(&world.actor, id, world.destination, true).await.unwrap();
    world.settle().await;
    assert_eq!(world.members("pros").await, held(emails(&["u1", "u2"]), nobody()));
    world.switchyard.delete_audience(&world.actor, id).await.unwrap();
    world.settle().await;
    assert_eq!(world.members("pros").await, held(nobody(), nobody()));
}

#[tokio::test]
async fn name_description_and_retention_are_kept_in_step() {
    let world = ListWorld::new().await;
    let id = world.pros("pros").await;
    world.tell(&[person("u1", "pro", None)]).await;
    world.settle().await;
    let list = world.segment("pros").await["id"].clone();
    let mut form = world.form("professionals", json!({"conditions": [{"trait": "plan", "is": "pro"}]}));
    form.description = "Renamed.".into();
    world.switchyard.update_audience(&world.actor, id, &form).await.unwrap();
    let settings = LinkSettings { retention_days: 30, ..LinkSettings::default() };
    world.switchyard.save_link_settings(&world.actor, id, world.destination, &settings).await.unwrap();
    world.settle().await;
    let renamed = world.segment("professionals").await;
    assert_eq!((&renamed["id"], &renamed["retention_in_days"]), (&list, &json!(30)));
    assert!(renamed["description"].as_str().unwrap().starts_with("Renamed."));
    assert_eq!(world.members("professionals").await, held(emails(&["u1"]), nobody()));
}

#[tokio::test]
async fn a_retention_takes_out_only_those_who_have_left() {
    let world = ListWorld::new().await;
    let id = world.pros("pros").await;
    world.switch("removed_from_segment", false).await;
    let settings = LinkSettings { retention_days: 4, ..LinkSettings::default() };
    world.switchyard.save_link_settings(&world.actor, id, world.destination, &settings).await.unwrap();
    world.tell(&[person("u1", "pro", None), person("u2", "pro", None)]).await;
    world.settle().await;
    world.tell(&[plan("u2", "free")]).await;
    for _ in 0..6 {
        world.settle().await;
        world.clock.advance(DAY);
        world.control("clock", &json!({"advance_ms": DAY + HOUR})).await;
    }
    world.settle().await;
    assert_eq!(world.members("pros").await, held(emails(&["u1"]), nobody()));
}

#[tokio::test]
async fn one_list_or_one_each_or_one_that_was_there() {
    let world = ListWorld::new().await;
    let id = world.pros("pros").await;
    world.tell(&[person("u1", "pro", Some(PHONE))]).await;
    world.settle().await;
    let save = async |settings: LinkSettings| {
        world.switchyard.save_link_settings(&world.actor, id, world.destination, &settings).await
    };
    save(LinkSettings { one_each: true, ..LinkSettings::default() }).await.unwrap();
    world.settle().await;
    assert_eq!(world.members("pros").await, held(nobody(), nobody()), "people leave the list before");
    assert_eq!(world.members("pros (e-mail addresses)").await, held(emails(&["u1"]), nobody()));
    assert_eq!(world.members("pros (phone numbers)").await, held(nobody(), phones(&[PHONE])));
    assert_eq!(world.lists().await.len(), 3);

    let there = world.switchyard.lists_there(&world.actor, world.destination).await.unwrap();
    let old = there.into_iter().find(|list| list.name == "pros").unwrap();
    save(LinkSettings { existing: Some(old.id.clone()), ..LinkSettings::default() }).await.unwrap();
    world.settle().await;
    assert_eq!(world.members("pros").await, held(emails(&["u1"]), phones(&[PHONE])));
    assert_eq!(world.members("pros (phone numbers)").await, held(nobody(), nobody()));
    // Two audiences in one list would take each other's people out.
    let other = world.pros("others").await;
    world.settle().await;
    let settings = LinkSettings { existing: Some(old.id), ..LinkSettings::default() };
    let taken = world.switchyard.save_link_settings(&world.actor, other, world.destination, &settings).await;
    assert!(taken.unwrap_err().for_field("existing").unwrap().contains("Another audience"));
    // Back to a list of its own: the one that was made for it is found again.
    save(LinkSettings { one_each: true, ..LinkSettings::default() }).await.unwrap();
    world.settle().await;
    assert_eq!(world.lists().await.len(), 4);
    assert_eq!(world.members("pros (phone numbers)").await, held(nobody(), phones(&[PHONE])));
    save(LinkSettings { existing: Some("404".into()), ..LinkSettings::default() }).await.unwrap();
    world.settle().await;
    let state = world.receipts(id).await.state;
    assert_eq!(state.status, SyncStatus::Hindered(SyncHealth::Paused));
    assert!(state.sentence.contains("404"), "{}", state.sentence);
}

#[tokio::test]
async fn another_ad_account_gets_a_list_of_its_own() {
    let world = ListWorld::new().await;
    world.pros("pros").await;
    world.tell(&[person("u1", "pro", None)]).await;
    world.settle().await;
    world.choose_other_account().await;
    world.settle().await;
    let all = world.report("segments").await;
    let mut held: Vec<(bool, usize)> = all["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|list| (list["ad_account_id"] == AD_ACCOUNT, list["members"].as_object().unwrap().len()))
        .collect();
    held.sort_unstable();
    assert_eq!(held, [(false, 1), (true, 0)], "{all}");
}

#[tokio::test]
async fn sizes_and_states_are_asked_for_and_explained() {
    let world = ListWorld::new().await;
    let id = world.pros("pros").await;
    let people: Vec<Value> = (0..120).map(|n| person(&format!("u{n}"), "pro", None)).collect();
    world.tell(&people).await;
    world.control("settings", &json!({"segment_delay_ms": 0, "match_rate": 0.02})).await;
    world.settle().await;
    let list = world.receipts(id).await.lists.remove(0);
    assert_eq!((list.upload_status.as_deref(), list.sent), (Some("COMPLETE"), 120));
    assert_eq!(list.targetable_status.as_deref(), Some("TOO_FEW_USERS"));
    assert!(list.users.unwrap() < 12 && list.polled_at.is_some());
    assert!(
        list.remarks[0].contains("Too few users") && list.remarks[1].contains("of 120 people"),
        "{:?}",
        list.remarks
    );
    // Asked less and less often.
    let asked = world.requests("GET", "/v1/segments/").await;
    for _ in 0..12 {
        world.clock.advance(HOUR / 12);
        world.sync().await;
    }
    assert!(world.requests("GET", "/v1/segments/").await - asked <= 8);
}

#[tokio::test]
async fn everything_is_sent_again_by_hand() {
    let world = ListWorld::new().await;
    let id = world.pros("pros").await;
    world.tell(&[person("u1", "pro", None), person("u2", "pro", None)]).await;
    world.settle().await;
    // Somebody empties the list behind our back.
    let list = world.segment("pros").await["id"].as_str().unwrap().to_owned();
    world.control("reset", &json!({"only": ["segments"]})).await;
    world.settle().await;
    assert_eq!(world.receipts(id).await.state.status, SyncStatus::Hindered(SyncHealth::Gone), "{list} is gone");
    world.switchyard.remake_lists(&world.actor, id, world.destination).await.unwrap();
    world.settle().await;
    assert_eq!(world.members("pros").await, held(emails(&["u1", "u2"]), nobody()));
    let before = world.requests("POST", "/v1/segments").await;
    world.switchyard.resync_audience(&world.actor, id, world.destination).await.unwrap();
    world.settle().await;
    assert_eq!(world.requests("POST", "/v1/segments").await, before + 1);
    assert_eq!(world.receipts(id).await.runs[0].added, 2);
}

#[tokio::test]
async fn only_those_who_may_change_it_and_only_ones_own() {
    let world = ListWorld::new().await;
    let id = world.pros("pros").await;
    let viewer = domain::Actor { role: Role::Viewer, ..world.actor };
    let stranger = domain::Actor { workspace: domain::WorkspaceId(uuid::Uuid::from_u128(9)), ..world.actor };
    for (actor, expected) in [(viewer, domain::ApiError::Forbidden), (stranger.clone(), domain::ApiError::NotFound)] {
        let s = &world.switchyard;
        let to = world.destination;
        let settings = LinkSettings::default();
        let refused = [
            s.set_audience_link(&actor, id, to, true).await,
            s.save_link_settings(&actor, id, to, &settings).await,
            s.remake_lists(&actor, id, to).await,
            s.resync_audience(&actor, id, to).await,
        ];
        assert_eq!(refused, [(); 4].map(|()| Err(expected.clone())));
    }
    assert_eq!(world.switchyard.audience_sync(&stranger, id).await, Err(domain::ApiError::NotFound));
    assert!(world.switchyard.lists_there(&stranger, world.destination).await.is_err());
    assert_eq!(world.switchyard.sync_states(&stranger).await.unwrap(), []);
}

#[tokio::test]
async fn windows_of_time_empty_the_list() {
    let world = ListWorld::new().await;
    let rule = json!({"conditions": [{"event": "Order Completed", "within_days": 30}]});
    let form = world.form("buyers", rule);
    world.switchyard.create_audience(&world.actor, &form, AudienceState::Active).await.unwrap();
    let bought = json!({"type": "track", "event": "Order Completed", "userId": "u1",
                        "context": {"traits": {"email": "u1@n.example"}}});
    world.tell(&[bought]).await;
    world.sync().await;
    assert_eq!(world.members("buyers").await, held(emails(&["u1"]), nobody()));
    world.clock.advance(31 * DAY);
    world.sync().await;
    assert_eq!(world.members("buyers").await, held(nobody(), nobody()));
}
