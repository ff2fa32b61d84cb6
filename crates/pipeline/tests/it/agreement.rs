//! Whoever the database says is in an audience is in it by the plain evaluation too, and nobody else: for rules of every
//! kind, people who turn out to be one, events that come late, edits, a clock that moves, and crashes in between.

mod deeds;
mod plain;
mod rules;

use std::{
    collections::{BTreeMap, BTreeSet},
    future::{Future, poll_fn},
    task::Poll,
};

use domain::{
    AudienceId,
    audience::{Condition, History, Rule, audience_key},
    time::HOUR,
    view::{
        EventFilter,
        audience::{AudienceForm, AudienceState},
    },
};
use pipeline::{
    ingest::Call,
    profiles::{self, FollowOptions},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use self::{
    deeds::{Deed, deed, message},
    plain::{Person, people},
    rules::rule,
};
use crate::world::{World, open};

/// A stretch of a life: what happens, which rule is changed, after how many steps the process dies, and how many hours pass.
#[derive(Clone, Debug)]
struct Run {
    deeds: Vec<Deed>,
    edit: Option<(usize, Value)>,
    crashes: Vec<usize>,
    hours: i64,
    /// Events are read so many at once, and the newest first if more wait.
    at_once: i64,
}

fn run() -> impl Strategy<Value = Run> {
    let deeds = prop::collection::vec(deed(), 0..10);
    let edit = prop::option::weighted(0.3, (0..4_usize, rule()));
    let crashes = prop::collection::vec(1..80_usize, 0..3);
    (deeds, edit, crashes, 0..100_i64, 1..8_i64).prop_map(|(deeds, edit, crashes, hours, at_once)| Run {
        deeds,
        edit,
        crashes,
        hours,
        at_once,
    })
}

/// Does what is to be done, but dies after so many steps: whatever was not committed is lost. Whether all was done.
pub async fn die_after(steps: usize, work: impl Future) -> bool {
    let mut work = Box::pin(work);
    let mut left = steps;
    poll_fn(move |context| {
        left -= 1;
        match work.as_mut().poll(context) {
            Poll::Pending if left > 0 => Poll::Pending,
            done => Poll::Ready(done.is_ready()),
        }
    })
    .await
}

fn name(audience: usize) -> String {
    format!("audience {audience}")
}

fn id(audience: usize) -> AudienceId {
    AudienceId(uuid::Uuid::from_u128(audience as u128 + 1))
}

/// Rules ask for audiences by number: for one before their own, so that there is no circle. Before the first there is none.
fn placed(rule: &Value, own: usize) -> Rule {
    let mut rule: Rule = serde_json::from_value(rule.clone()).unwrap();
    if own == 0 {
        ask_for_none(&mut rule);
    }
    let asked: Vec<String> = rule.audiences().into_iter().map(str::to_owned).collect();
    for wanted in asked {
        let number: usize = wanted.trim_start_matches("any ").parse().unwrap();
        rule = rule.with_renamed_audience(&wanted, &name(number % own).to_uppercase());
    }
    rule
}

fn ask_for_none(rule: &mut Rule) {
    rule.conditions.retain(|condition| !matches!(condition, Condition::Audience { .. }));
    rule.groups.iter_mut().for_each(ask_for_none);
}

async fn save(world: &World, audience: usize, rule: &Rule, new: bool) {
    // Also rules that a page would refuse have one meaning, so they are saved past the page's checks.
    let form = AudienceForm {
        name: name(audience),
        description: String::new(),
        rule: rule.clone(),
        dynamic: true,
        destinations: Vec::new(),
    };
    let state = new.then_some(AudienceState::Active);
    world
        .switchyard
        .store()
        .save_audience(world.actor.workspace, id(audience), &form, state, &world.author())
        .await
        .unwrap();
}

/// Who is in which audience by the plain evaluation: each audience after those that it may ask for.
fn rightly(rules: &[Rule], people: &[Person], now: domain::Timestamp) -> Vec<BTreeSet<usize>> {
    let mut histories: Vec<History> = people.iter().map(|person| person.history.clone()).collect();
    let mut found = Vec::new();
    for (number, rule) in rules.iter().enumerate() {
        let inside: BTreeSet<usize> =
            (0..people.len()).filter(|it| !people[*it].refused && rule.matches(&histories[*it], now)).collect();
        for person in &inside {
            histories[*person].audiences.insert(audience_key(&name(number)));
        }
        found.push(inside);
    }
    found
}

/// Who is in which audience by the database. Each identifier of a person has to lead to one and the same row.
async fn stored(world: &World, rules: usize, people: &[Person]) -> Vec<BTreeSet<usize>> {
    let mut found = vec![BTreeSet::new(); rules];
    let mut rows = BTreeMap::new();
    for (number, person) in people.iter().enumerate() {
        for identifier in &person.identifiers {
            let hits = world.switchyard.find_person(&world.actor, identifier).await.unwrap();
            let ids: Vec<_> = hits.iter().map(|hit| hit.id).collect();
            assert_eq!(ids.len(), 1, "{identifier} leads to {ids:?}");
            assert_eq!(*rows.entry(ids[0]).or_insert(number), number, "{identifier} leads to somebody else");
        }
    }
    assert_eq!(rows.len(), people.len(), "one row a person");
    for (row, number) in rows {
        for inside in world.switchyard.person(&world.actor, row).await.unwrap().audiences {
            let audience: usize = inside.audience.1.trim_start_matches("audience ").parse().unwrap();
            found[audience].insert(number);
        }
    }
    found
}

async fn live_through(rules: Vec<Value>, runs: Vec<Run>) {
    let world = World::new().await;
    let mut rules: Vec<Rule> = rules.iter().enumerate().map(|(own, rule)| placed(rule, own)).collect();
    let mut lived = Vec::new();
    for (number, run) in runs.iter().enumerate() {
        let start = world.switchyard.now();
        let first = lived.len();
        lived.extend(run.deeds.iter().enumerate().map(|(n, deed)| (deed.clone(), start, first + n)));
        let events: Vec<Value> = lived[first..].iter().map(|(deed, start, n)| message(deed, *start, *n)).collect();
        let answer = world.post(Call::Batch, &json!({ "batch": events })).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        if number == 0 {
            for (own, rule) in rules.iter().enumerate() {
                save(&world, own, rule, true).await;
            }
        } else if let Some((which, changed)) = &run.edit {
            let own = which % rules.len();
            rules[own] = placed(changed, own);
            save(&world, own, &rules[own], false).await;
        }
        let options = FollowOptions { at_once: run.at_once, ahead_over: run.at_once };
        for steps in &run.crashes {
            // A process of its own dies; the next one goes on with what is on the disk.
            let other = open(&world.url, &world.clock, &world.scripted).await;
            die_after(*steps, profiles::run_until_idle_by(&other, options)).await;
            other.store().close().await;
        }
        profiles::run_until_idle_by(&world.switchyard, options).await.unwrap();
        world.clock.advance(run.hours * HOUR);
        profiles::run_until_idle(&world.switchyard).await.unwrap();
        compare(&world, number, &rules, &people(&lived)).await;
    }
    world.expect_balanced().await;
}

async fn compare(world: &World, run: usize, rules: &[Rule], people: &[Person]) {
    let now = world.switchyard.now();
    let right = rightly(rules, people, now);
    let found = stored(world, rules.len(), people).await;
    for (number, rule) in rules.iter().enumerate() {
        let told = || format!("run {run}, audience {number}: {}", serde_json::to_string(rule).unwrap_or_default());
        assert_eq!(found[number], right[number], "{}", told());
        let whole = world.switchyard.store().preview_rule(world.actor.workspace, rule, 0, now).await.unwrap();
        assert_eq!(whole.0, right[number].len() as u64, "everybody at once, {}", told());
        let size = world.switchyard.audience(&world.actor, id(number)).await.unwrap().size;
        assert_eq!(size, right[number].len() as u64, "the size that pages show, {}", told());
    }
    let count =
        async |event: &str| world.find(EventFilter { event: Some(event.into()), ..EventFilter::default() }).await.len();
    let (entered, left) = (count("added_to_segment").await, count("removed_from_segment").await);
    assert_eq!(entered - left, found.iter().map(BTreeSet::len).sum::<usize>(), "each entering is noted once");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_database_agrees_with_the_plain_evaluation(
        rules in prop::collection::vec(rule(), 1..5),
        runs in prop::collection::vec(run(), 1..5),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(live_through(rules, runs));
    }
}
