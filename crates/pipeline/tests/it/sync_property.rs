//! Whatever happens to people, switches, lists and the process, and however Snapchat fails: in the end the list at the simulator holds
//! whom it should, by a plain reckoning, and the counts on the page are those of the identifiers.

use std::collections::{BTreeMap, BTreeSet};

use domain::{AudienceId, destination::IdentifierKind, time::SECOND, view_sync::LinkSettings};
use pipeline::books;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::list_world::ListWorld;

const USERS: usize = 6;
/// Several people use one, and it stands for each of them.
const DEVICES: [&str; 3] = [
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    "0a1b2c3d-7dec-41d0-a765-00a0c91e6bf7",
    "9c3d2b1a-7dec-41d0-a765-00a0c91e6bf8",
];

/// Something that happens. People and devices by number.
#[derive(Clone, Debug)]
enum Deed {
    /// Somebody gets a plan: `pro` is in the audience.
    Plan(usize, bool),
    /// Somebody uses a device, too.
    Device(usize, usize),
    Erased(usize),
    Resync,
    OneEach(bool),
    /// `added_to_segment` goes off and on again, with a sync in between.
    Switched,
    /// The list forgets people after some days, so that they are added again.
    Retention(u32),
}

/// What stands in the way of a sync.
#[derive(Clone, Debug)]
enum Obstacle {
    None,
    Status(u16, u32),
    Cut(&'static str),
    Killed(usize, bool),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        8 => (0..USERS, any::<bool>()).prop_map(|(user, pro)| Deed::Plan(user, pro)),
        3 => (0..USERS, 0..DEVICES.len()).prop_map(|(user, device)| Deed::Device(user, device)),
        1 => (0..USERS).prop_map(Deed::Erased),
        1 => Just(Deed::Resync),
        1 => any::<bool>().prop_map(Deed::OneEach),
        1 => Just(Deed::Switched),
        1 => (2..30_u32).prop_map(Deed::Retention),
    ]
}

fn obstacle() -> impl Strategy<Value = Obstacle> {
    let status = prop::sample::select(vec![400_u16, 413, 429, 500, 503]);
    prop_oneof![
        2 => Just(Obstacle::None),
        3 => (status, 1..5_u32).prop_map(|(status, times)| Obstacle::Status(status, times)),
        1 => prop::sample::select(vec!["before", "after"]).prop_map(Obstacle::Cut),
        3 => (0..6_usize, any::<bool>()).prop_map(|(call, carried_out)| Obstacle::Killed(call, carried_out)),
    ]
}

/// A person as they should be known.
#[derive(Clone, Debug, Default)]
struct Person {
    pro: bool,
    devices: BTreeSet<usize>,
    /// Comes again under a name of its own after an erasure.
    life: usize,
}

struct Life {
    world: ListWorld,
    audience: AudienceId,
    people: Vec<Person>,
    settings: LinkSettings,
    /// Of somebody who was erased: what is told with it is dropped.
    suppressed: BTreeSet<usize>,
}

impl Life {
    async fn do_it(&mut self, deed: &Deed) {
        match deed {
            Deed::Plan(user, pro) => {
                self.people[*user].pro = *pro;
                self.tell(*user, json!({"plan": if *pro { "pro" } else { "free" }}), json!({})).await;
            }
            Deed::Device(_, device) if self.suppressed.contains(device) => {}
            Deed::Device(user, device) => {
                self.people[*user].devices.insert(*device);
                self.tell(*user, json!({}), json!({"advertisingId": DEVICES[*device], "type": "mobile"})).await;
            }
            Deed::Erased(user) => self.erase(*user).await,
            Deed::Resync => {
                let world = &self.world;
                world.switchyard.resync_audience(&world.actor, self.audience, world.destination).await.unwrap();
            }
            Deed::OneEach(one_each) => {
                self.settings.one_each = *one_each;
                self.save().await;
            }
            Deed::Retention(days) => {
                self.settings.retention_days = *days;
                self.save().await;
            }
            Deed::Switched => {
                self.world.switch("added_to_segment", false).await;
                self.world.sync().await;
                self.world.switch("added_to_segment", true).await;
            }
        }
    }

    async fn erase(&mut self, user: usize) {
        self.world.plan().await;
        let found = self.world.switchyard.find_person(&self.world.actor, &self.name(user)).await.unwrap();
        let Some(row) = found.first() else { return };
        let (actor, id) = (&self.world.actor, row.id);
        self.world.switchyard.erase_person(actor, id, &id.to_string(), true).await.unwrap();
        let life = self.people[user].life + 1;
        let gone = std::mem::replace(&mut self.people[user], Person { life, ..Person::default() });
        let alone = |device: &usize| !self.people.iter().any(|person| person.devices.contains(device));
        self.suppressed.extend(gone.devices.into_iter().filter(alone));
    }

    async fn save(&self) {
        let world = &self.world;
        world
            .switchyard
            .save_link_settings(&world.actor, self.audience, world.destination, &self.settings)
            .await
            .unwrap();
    }

    fn name(&self, user: usize) -> String {
        format!("u{user}-{}", self.people[user].life)
    }

    async fn tell(&self, user: usize, mut traits: Value, device: Value) {
        let name = self.name(user);
        traits["email"] = format!("{name}@n.example").into();
        let mut event = json!({"type": "identify", "userId": name, "traits": traits});
        if device != json!({}) {
            event["context"]["device"] = device;
        }
        self.world.tell(&[event]).await;
    }

    async fn sync(&mut self, obstacle: &Obstacle) {
        match obstacle {
            Obstacle::None => self.world.sync().await,
            Obstacle::Status(status, times) => {
                let rule = json!([{"path": "/v1/segments", "status": status, "times": times, "body": "no"}]);
                self.world.faults(rule).await;
                self.world.sync().await;
            }
            Obstacle::Cut(when) => {
                self.world.faults(json!([{"path": "/v1/segments", "cut": when, "times": 1}])).await;
                self.world.sync().await;
            }
            Obstacle::Killed(call, carried_out) => drop(self.world.killed_at(*call, *carried_out).await),
        }
        self.expect_counts().await;
        self.world.faults(json!([])).await;
        self.world.clock.advance(40 * SECOND);
    }

    async fn expect_counts(&self) {
        let books = books::books(&self.world.switchyard).await.unwrap();
        assert!(books.balanced(), "{books}");
    }

    /// The lists that hold anything, against the plain reckoning.
    async fn compare(&self) {
        self.world.live_on(6).await;
        self.expect_counts().await;
        let inside = || self.people.iter().enumerate().filter(|(_, person)| person.pro);
        let names: Vec<String> = inside().map(|(user, _)| format!("{}@n.example", self.name(user))).collect();
        let digest = |kind: IdentifierKind, raw: &str| snapchat::audiences::digest(kind, raw, None).unwrap();
        let emails = names.iter().map(|name| digest(IdentifierKind::Email, name)).collect();
        let devices = inside().flat_map(|(_, person)| &person.devices);
        let devices = devices.map(|device| digest(IdentifierKind::MobileAdId, DEVICES[*device])).collect();
        let mut right: BTreeMap<String, BTreeSet<String>> =
            BTreeMap::from([("EMAIL_SHA256".to_owned(), emails), ("MOBILE_AD_ID_SHA256".to_owned(), devices)]);
        right.retain(|_, digests| !digests.is_empty());
        let mut there: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for members in self.world.lists().await.into_values() {
            for (schema, digests) in members {
                there.entry(schema).or_default().extend(digests);
            }
        }
        there.retain(|_, digests| !digests.is_empty());
        assert_eq!(there, right);
        let counts = self.world.receipts(self.audience).await.counts;
        let wanted = right.values().map(BTreeSet::len).sum::<usize>() as u64;
        assert_eq!((counts.wanted, counts.synced, counts.waiting, counts.failed), (wanted, wanted, 0, 0));
    }
}

async fn live_through(runs: Vec<(Vec<Deed>, Obstacle)>) {
    let mut world = ListWorld::new().await;
    world.options.per_call = Some(2);
    let audience = world.pros("pros").await;
    let people = vec![Person::default(); USERS];
    let mut life = Life { world, audience, people, settings: LinkSettings::default(), suppressed: BTreeSet::new() };
    for (deeds, obstacle) in &runs {
        for deed in deeds {
            life.do_it(deed).await;
        }
        life.sync(obstacle).await;
    }
    life.compare().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn lists_end_as_they_should(
        runs in prop::collection::vec((prop::collection::vec(deed(), 0..6), obstacle()), 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(live_through(runs));
    }
}
