//! Who said no to marketing is in no audience and in no list, until they say yes.

use std::collections::BTreeSet;

use domain::time::{DAY, SECOND};
use serde_json::{Value, json};

use crate::list_world::{ListWorld, emails, held, person, plan};

fn says(user: &str, yes: bool) -> Value {
    json!({"type": "identify", "userId": user, "context": {"consent": {"marketing": yes}}})
}

async fn listed(world: &ListWorld) -> BTreeSet<String> {
    world.settle().await;
    world.members("pros").await.remove("EMAIL_SHA256").unwrap_or_default()
}

#[tokio::test]
async fn a_later_no_takes_people_out_and_a_yes_brings_them_back() {
    let world = ListWorld::new().await;
    let id = world.pros("pros").await;
    let known = |user: &str| emails(&[user]);
    world.tell(&[person("u1", "pro", None), person("u2", "pro", None)]).await;
    assert_eq!(listed(&world).await, emails(&["u1", "u2"]));

    // Also where the workflow keeps those in who leave.
    world.switch("removed_from_segment", false).await;
    world.tell(&[says("u1", false)]).await;
    assert_eq!(listed(&world).await, known("u2"));
    assert_eq!(world.switchyard.audience(&world.actor, id).await.unwrap().size, 1);
    let row = world.switchyard.find_person(&world.actor, "u1").await.unwrap().remove(0);
    let shown = world.switchyard.person(&world.actor, row.id).await.unwrap();
    assert!(shown.audiences.is_empty() && shown.refused_at.is_some());

    // What is silent about it changes nothing, nor does a rule that is worked out anew.
    world.clock.advance(SECOND);
    world.tell(&[plan("u1", "free"), plan("u1", "pro")]).await;
    let mut form = world.form("pros", json!({"conditions": [{"trait": "plan", "in": ["pro", "team"]}]}));
    form.description = "Another rule.".into();
    world.switchyard.update_audience(&world.actor, id, &form).await.unwrap();
    assert_eq!(listed(&world).await, known("u2"));

    // A yes from before the no comes late.
    let mut before = says("u1", true);
    before["timestamp"] = world.switchyard.now().minus(DAY).to_iso().into();
    world.tell(&[before]).await;
    assert_eq!(listed(&world).await, known("u2"));

    world.tell(&[says("u1", true)]).await;
    assert_eq!(listed(&world).await, emails(&["u1", "u2"]));
}

#[tokio::test]
async fn a_no_reaches_whoever_they_become_part_of_and_lists_they_had_left() {
    let world = ListWorld::new().await;
    world.pros("pros").await;
    world.tell(&[person("u1", "pro", None), person("u2", "pro", None)]).await;
    world.tell(&[json!({"type": "identify", "anonymousId": "a1", "traits": {"plan": "free"}})]).await;
    assert_eq!(listed(&world).await, emails(&["u1", "u2"]));
    // One left the audience and was kept in the list.
    world.switch("removed_from_segment", false).await;
    world.tell(&[plan("u2", "free")]).await;
    assert_eq!(listed(&world).await, emails(&["u1", "u2"]));
    let mut no = says("u2", false);
    world.tell(&[no.clone()]).await;
    assert_eq!(listed(&world).await, emails(&["u1"]));
    // A browser said no; then it turns out to be somebody's.
    no["userId"] = Value::Null;
    no["anonymousId"] = "a1".into();
    world.tell(&[no]).await;
    world.tell(&[json!({"type": "identify", "userId": "u1", "anonymousId": "a1"})]).await;
    assert_eq!(listed(&world).await, BTreeSet::new());
    assert_eq!(world.members("pros").await, held(BTreeSet::new(), BTreeSet::new()));
}
