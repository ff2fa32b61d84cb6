//! Who is in which audience, when, and what is noted of it. The database's answers equal those of the plain evaluation.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    AudienceId, Timestamp,
    audience::{Happened, History, Known, Rule, fold, fold_all},
    catalogue::setting_key,
    time::{DAY, HOUR},
    view::{
        EventFilter,
        audience::{AudienceForm, AudienceState},
    },
    workflow::event_key,
};
use pipeline::{ingest::Call, profiles};
use proptest::prelude::*;
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

/// Something a person did: person, event, hours before the start, value, category.
type Deed = (usize, usize, i64, Option<i64>, usize);

const EVENTS: [&str; 3] = ["Order Completed", "Product Viewed", "Lead"];
const CATEGORIES: [&str; 3] = ["tents", "Stoves", "tent poles"];
const PEOPLE: usize = 6;

fn period() -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    prop_oneof![
        2 => Just(vec![]),
        4 => (1..12_u32).prop_map(|days| vec![("within_days", days.into())]),
        1 => (0..10_i64, 0..10_i64).prop_map(|(back, length)| {
            let day = |ms: Timestamp| Value::from(ms.to_iso()[..10].to_owned());
            let since = NOW.minus(back * DAY);
            vec![("since", day(since)), ("until", day(since.plus(length * DAY)))]
        }),
    ]
}

fn event_condition() -> impl Strategy<Value = Value> {
    let measure = prop_oneof![
        (0..4_u32, 0..3_u32)
            .prop_map(|(low, more)| vec![("at_least", Value::from(low)), ("at_most", (low + more).into())]),
        Just(vec![("at_most", Value::from(0))]),
        Just(vec![]),
        (0..60_i64).prop_map(|low| vec![("sum", "value".into()), ("at_least", low.into())]),
        (-20..60_i64).prop_map(|high| vec![("sum", "value".into()), ("at_most", high.into())]),
        (0..30_i64).prop_map(|low| vec![("max", "value".into()), ("at_least", low.into())]),
        Just(vec![("occurrence", Value::from("first"))]),
        Just(vec![("occurrence", Value::from("last"))]),
    ];
    let filter = prop_oneof![
        4 => Just(None),
        1 => Just(Some(json!({"property": "category", "is": "stoves"}))),
        1 => Just(Some(json!({"property": "category", "contains": "tent"}))),
        1 => Just(Some(json!({"property": "category", "is_not": "Tents"}))),
        1 => (0..30_i64).prop_map(|low| Some(json!({"property": "value", "more_than": low}))),
        1 => Just(Some(json!({"property": "value", "exists": false}))),
    ];
    (prop::sample::select(EVENTS.to_vec()), measure, filter, period()).prop_map(|(event, measure, filter, period)| {
        let mut condition = json!({ "event": event });
        for (key, value) in measure.into_iter().chain(period) {
            condition[key] = value;
        }
        if let Some(filter) = filter {
            condition["where"] = json!([filter]);
        }
        condition
    })
}

fn condition() -> impl Strategy<Value = Value> {
    prop_oneof![
        5 => event_condition(),
        1 => prop::sample::select(vec![
            json!({"trait": "plan", "is": "Pro"}), json!({"trait": "plan", "is_not": "pro"}),
            json!({"trait": "plan", "starts_with": "p"}), json!({"trait": "age", "at_least": 2, "at_most": 4}),
            json!({"trait": "age", "in": [1, "3"]}), json!({"trait": "born", "before": "2000-01-03"}),
            json!({"trait": "tags", "contains": "b"}), json!({"trait": "email", "is": "P1@n.example"}),
            json!({"trait": "email", "exists": true}), json!({"trait": "none", "exists": false}),
        ]),
    ]
}

fn rule() -> impl Strategy<Value = Value> {
    let group = |inner: BoxedStrategy<Vec<Value>>| {
        (prop::collection::vec(condition(), 1..4), inner, any::<bool>(), any::<bool>()).prop_map(
            |(conditions, groups, all, not)| {
                json!({"match": if all { "all" } else { "any" }, "not": not, "conditions": conditions, "groups": groups})
            },
        )
    };
    let leaf = group(Just(Vec::new()).boxed()).boxed();
    group(prop::collection::vec(leaf, 0..2).boxed())
}

fn traits(person: usize) -> Value {
    let plans = ["pro", "Pro ", "free", "premium", "basic", "pro"];
    json!({"plan": plans[person], "age": person, "born": format!("2000-01-0{}", person + 1), "tags": ["a", plans[person]],
           "email": format!("p{person}@n.example")})
}

fn event(n: usize, deed: &Deed, start: Timestamp) -> Value {
    let (person, event, hours, value, category) = *deed;
    let mut properties = json!({"category": CATEGORIES[category]});
    if let Some(value) = value {
        properties["value"] = value.into();
    }
    json!({"type": "track", "messageId": format!("m-{n}"), "event": EVENTS[event], "userId": format!("p{person}"),
           "timestamp": start.minus(hours * HOUR).to_iso(), "properties": properties})
}

/// The same events, remembered plainly.
fn histories(deeds: &[(Deed, Timestamp)]) -> BTreeMap<usize, History> {
    let mut found: BTreeMap<usize, History> = BTreeMap::new();
    for person in 0..PEOPLE {
        let Value::Object(traits) = traits(person) else { unreachable!() };
        let history = found.entry(person).or_default();
        for (name, value) in traits {
            let personal = name == "email";
            let known = fold_all(&value).into_iter().map(|value| Known { value, personal }).collect();
            history.values.insert(event_key(&name), known);
        }
    }
    for ((person, event, hours, value, category), start) in deeds {
        let mut properties = BTreeMap::new();
        properties.insert("category".to_owned(), fold_all(&json!(CATEGORIES[*category])));
        if let Some(value) = value.and_then(|value| fold(&value.into())) {
            properties.insert("value".to_owned(), vec![value]);
        }
        let key = setting_key(EVENTS[*event]);
        let happened = Happened { key, at: start.minus(hours * HOUR), properties };
        found.get_mut(person).unwrap().events.push(happened);
    }
    found
}

async fn members(world: &World, rules: &[Value]) -> Vec<BTreeSet<usize>> {
    let mut found = vec![BTreeSet::new(); rules.len()];
    for person in 0..PEOPLE {
        let id = world.switchyard.find_person(&world.actor, &format!("p{person}")).await.unwrap()[0].id;
        for inside in world.switchyard.person(&world.actor, id).await.unwrap().audiences {
            let n: usize = inside.audience.1.strip_prefix("audience ").unwrap().parse().unwrap();
            found[n].insert(person);
        }
    }
    found
}

async fn live_through(rules: Vec<Value>, runs: Vec<(Vec<Deed>, i64)>) {
    let world = World::new().await;
    let identified: Vec<Value> =
        (0..PEOPLE).map(|n| json!({"type": "identify", "userId": format!("p{n}"), "traits": traits(n)})).collect();
    told(&world, &identified).await;
    let parsed: Vec<Rule> = rules.iter().map(|rule| serde_json::from_value(rule.clone()).unwrap()).collect();
    let (mut deeds, mut n) = (Vec::new(), 0);
    for (run, (some, hours)) in runs.into_iter().enumerate() {
        let start = world.switchyard.now();
        let events: Vec<Value> = some.iter().enumerate().map(|(i, deed)| event(n + i, deed, start)).collect();
        n += events.len();
        deeds.extend(some.into_iter().map(|deed| (deed, start)));
        told(&world, &events).await;
        if run == 0 {
            let author = world.author();
            for (i, rule) in parsed.iter().enumerate() {
                // Also rules that a page would refuse have one meaning.
                let form = form(&format!("audience {i}"), serde_json::to_value(rule).unwrap());
                let id = AudienceId(uuid::Uuid::from_u128(i as u128 + 1));
                let made = Some(AudienceState::Active);
                world.switchyard.store().save_audience(world.actor.workspace, id, &form, made, &author).await.unwrap();
            }
            idle(&world).await;
        }
        world.clock.advance(hours * HOUR);
        idle(&world).await;
        let (now, histories) = (world.switchyard.now(), histories(&deeds));
        let found = members(&world, &rules).await;
        for (i, rule) in parsed.iter().enumerate() {
            let right: BTreeSet<usize> =
                histories.iter().filter(|(_, history)| rule.matches(history, now)).map(|(person, _)| *person).collect();
            assert_eq!(found[i], right, "run {run}: {}\n{}", rules[i], rule.sentence());
            let whole = world.switchyard.store().preview_rule(world.actor.workspace, rule, 0, now).await.unwrap();
            assert_eq!(whole.0, right.len() as u64, "everybody at once, run {run}: {}", rules[i]);
        }
        let (entered, left) = noted(&world).await;
        assert_eq!(entered - left, found.iter().map(BTreeSet::len).sum::<usize>());
    }
    world.expect_balanced().await;
}

fn deed() -> impl Strategy<Value = Deed> {
    (0..PEOPLE, 0..EVENTS.len(), 0..240_i64, prop::option::of(-5..30_i64), 0..CATEGORIES.len())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_database_agrees_with_the_plain_evaluation(
        rules in prop::collection::vec(rule(), 1..5),
        runs in prop::collection::vec((prop::collection::vec(deed(), 0..12), 0..100_i64), 1..4),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(live_through(rules, runs));
    }
}
