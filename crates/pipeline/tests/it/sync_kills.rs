//! A process that is killed at any call: the next one ends in the same lists, and makes none twice.

use std::collections::BTreeSet;

use domain::{time::SECOND, view_sync::LinkSettings};
use serde_json::Value;

use crate::list_world::{ListWorld, emails, held, person, phones, plan};

const PHONE: &str = "+14155550132";

/// What happens to the audience before each process, by the number of the process.
async fn change(world: &ListWorld, step: usize, id: domain::AudienceId) {
    match step {
        0 => {
            let people: Vec<Value> = (0..6).map(|n| person(&format!("u{n}"), "pro", None)).collect();
            world.tell(&people).await;
            world.tell(&[person("u6", "pro", Some(PHONE)), person("u7", "pro", Some("+14155550133"))]).await;
        }
        1 => world.tell(&[plan("u0", "free"), plan("u6", "free"), person("u8", "pro", None)]).await,
        _ => {
            let settings = LinkSettings { one_each: true, retention_days: 90, ..LinkSettings::default() };
            world.switchyard.save_link_settings(&world.actor, id, world.destination, &settings).await.unwrap();
            world.tell(&[plan("u0", "pro"), plan("u1", "free")]).await;
        }
    }
}

/// Lives through all changes; the process is killed at one call after one of them. Whether it came so far.
async fn live(step: usize, call: usize, carried_out: bool) -> bool {
    let mut world = ListWorld::new().await;
    // Chunks of three: so there are several calls of each kind.
    world.options.per_call = Some(3);
    let id = world.pros("pros").await;
    let mut struck = false;
    for n in 0..3 {
        change(&world, n, id).await;
        if n == step {
            struck = world.killed_at(call, carried_out).await;
        }
        world.live_on(3).await;
        if n < 2 {
            assert_eq!(world.lists().await.len(), 1, "killed at {call} after change {step}: a list was made twice");
        }
    }
    let lists = world.lists().await;
    let names: Vec<&str> = lists.keys().map(String::as_str).collect();
    assert_eq!(names, ["pros", "pros (e-mail addresses)", "pros (phone numbers)"], "killed at {call} after {step}");
    assert_eq!(lists["pros"], held(BTreeSet::new(), BTreeSet::new()), "killed at {call} after {step}");
    let right = emails(&["u0", "u2", "u3", "u4", "u5", "u7", "u8"]);
    assert_eq!(lists["pros (e-mail addresses)"], held(right, BTreeSet::new()), "killed at {call} after {step}");
    let right = phones(&["+14155550133"]);
    assert_eq!(lists["pros (phone numbers)"], held(BTreeSet::new(), right), "killed at {call} after {step}");
    struck
}

#[tokio::test]
async fn killed_at_each_call_before_and_after_it() {
    for step in 0..3 {
        let mut call = 0;
        loop {
            let before = live(step, call, false).await;
            let after = live(step, call, true).await;
            if !before && !after {
                break;
            }
            call += 1;
        }
        assert!(call >= 3, "change {step} took {call} calls");
    }
}

#[tokio::test]
async fn two_processes_do_not_send_at_the_same_time() {
    let mut world = ListWorld::new().await;
    world.pros("pros").await;
    world.tell(&[person("u1", "pro", None)]).await;
    // The first call is the look for the list: killed in it, the lane stays held for a while.
    assert!(world.killed_at(0, true).await);
    world.sync().await;
    assert_eq!(world.lists().await.len(), 0, "the request of the process before may still be on its way");
    world.clock.advance(30 * SECOND);
    world.sync().await;
    assert_eq!(world.members("pros").await, held(emails(&["u1"]), BTreeSet::new()));
}
