//! What 200 means, and that it means it once.

use std::{
    fs::{self, File},
    os::unix::fs::symlink,
};

use bytes::Bytes;
use domain::time::{DAY, HOUR};
use pipeline::ingest::{Call, Ingest, IngestLimits};
use serde_json::{Value, json};
use store::{IngestGroup, Keys, NewEvent, Store};
use tokio::sync::Notify;

use crate::world::{KEY, NOW, World, open, page, peer};

#[tokio::test]
async fn an_answered_event_is_there_for_another_process() {
    let world = World::new().await;
    world.page("m-1").await;
    let other = Store::open(&world.url, Keys::new(&[7; 32])).await.unwrap();
    let (lines, _) = other.books().await.unwrap();
    assert_eq!((lines[0].accepted, lines[0].waiting), (1, 1));
}

#[tokio::test]
async fn the_answer_counts_what_was_accepted_repeated_and_refused() {
    let world = World::new().await;
    let batch = json!({"batch": [page("m-1"), page("m-2"), page("m-1"), {"type": "track", "userId": "1"}]});
    let answer = world.post(Call::Batch, &batch).await;
    assert_eq!(answer.status, 200);
    assert_eq!((&answer.body["accepted"], &answer.body["duplicates"]), (&json!(2), &json!(1)));
    assert_eq!(answer.body["rejected"][0]["index"], 3);
    assert_eq!(answer.body["rejected"][0]["code"], "missing_event");
    let again = world.post(Call::Page, &page("m-2")).await;
    assert_eq!((again.status, &again.body["duplicates"]), (200, &json!(1)));
    world.expect(&[("waiting", 2)]).await;
    world.clock.advance(7 * DAY + 1);
    let later = world.post(Call::Page, &page("m-2")).await;
    assert_eq!(later.body["accepted"], 1);
}

#[tokio::test]
async fn messages_are_known_for_a_week_whatever_is_forgotten_meanwhile() {
    let world = World::new().await;
    let forget = async || while world.switchyard.store().forget_some(world.switchyard.now()).await.unwrap() {};
    let accepted = async |id| world.post(Call::Page, &page(id)).await.body["accepted"].clone();
    world.page("m-1").await;
    world.clock.advance(4 * DAY);
    world.page("m-2").await;
    forget().await;
    assert_eq!((accepted("m-1").await, accepted("m-2").await), (json!(0), json!(0)));
    world.clock.advance(3 * DAY + 2 * HOUR);
    forget().await;
    assert_eq!((accepted("m-1").await, accepted("m-2").await), (json!(1), json!(0)));
    forget().await;
    assert_eq!(accepted("m-1").await, json!(0));
}

#[tokio::test]
async fn another_source_s_message_id_is_another_event() {
    let world = World::new().await;
    let source = store::NewSource {
        id: domain::SourceId(uuid::Uuid::from_u128(77)),
        name: "App".into(),
        write_key: "wk_app".into(),
        default_country: None,
    };
    world.switchyard.store().add_source(world.actor.workspace, &source, &world.author()).await.unwrap();
    world.page("m-1").await;
    let body = Bytes::from(page("m-1").to_string());
    let answer = world.ingest.accept(Some("wk_app"), Call::Page, body, peer()).await;
    assert_eq!(answer.body["accepted"], 1);
}

#[tokio::test]
async fn who_hangs_up_and_tries_again_is_answered_as_a_duplicate() {
    let world = World::new().await;
    for n in 0..50 {
        let body = Bytes::from(page(&format!("m-{n}")).to_string());
        let mut request = Box::pin(world.ingest.accept(Some(KEY), Call::Page, body, peer()));
        // Dropped after a few steps, as a handler is when its client hangs up.
        for _ in 0..n % 5 {
            if futures::poll!(request.as_mut()).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    for n in 0..50 {
        let answer = world.post(Call::Page, &page(&format!("m-{n}"))).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body["accepted"].as_u64().unwrap() + answer.body["duplicates"].as_u64().unwrap(), 1);
    }
    world.deliver().await;
    world.expect(&[("delivered", 50)]).await;
    assert_eq!(world.scripted.items().len(), 50);
}

#[tokio::test]
async fn many_at_once_are_each_stored_once() {
    let world = World::new().await;
    let requests = (0..400).map(|n| {
        let (ingest, body) = (world.ingest.clone(), Bytes::from(page(&format!("m-{}", n % 200)).to_string()));
        async move { ingest.accept(Some(KEY), Call::Page, body, peer()).await }
    });
    let answers = futures::future::join_all(requests).await;
    let sum = |key: &str| answers.iter().map(|answer| answer.body[key].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("accepted"), sum("duplicates")), (200, 200));
    world.expect(&[("waiting", 200)]).await;
}

#[tokio::test]
async fn groups_close_on_each_other_answer_each_request_for_itself() {
    let world = World::new().await;
    // Some four groups: one is stored while the next is made ready.
    let requests = (0..20).map(|batch| {
        let own = (0..395).map(|n| page(&format!("m-{batch}-{n}")));
        let shared = (0..3).map(|n| page(&format!("m-shared-{n}")));
        let nameless = json!({"type": "track", "userId": "1"});
        let events: Vec<Value> = own.chain(shared).chain([nameless]).collect();
        let (ingest, body) = (world.ingest.clone(), Bytes::from(json!({ "batch": events }).to_string()));
        async move { ingest.accept(Some(KEY), Call::Batch, body, peer()).await }
    });
    let answers = futures::future::join_all(requests).await;
    let mut shared = 0;
    for answer in &answers {
        let [accepted, duplicates] = ["accepted", "duplicates"].map(|key| answer.body[key].as_u64().unwrap());
        assert_eq!((accepted + duplicates, answer.body["rejected"][0]["index"].as_u64()), (398, Some(398)));
        shared += accepted - 395;
    }
    assert_eq!(shared, 3);
    let (lines, _) = world.switchyard.store().books().await.unwrap();
    assert_eq!((lines[0].accepted, lines[0].waiting), (20 * 395 + 3, 20 * 395 + 3));
    world.expect_balanced().await;
}

#[tokio::test]
async fn one_request_that_can_t_be_stored_costs_its_neighbours_nothing() {
    let world = World::new().await;
    let row = |message_id: &str| {
        NewEvent {
            workspace: world.actor.workspace,
            source: world.source,
            message_id: message_id.into(),
            kind: domain::event::EventKind::Page,
            name: "Page View".into(),
            event_key: "pageview".into(),
            occurred_at: NOW,
            received_at: NOW,
            body: "{}".into(),
            sealed: None,
            order_id: None,
            email_key: None,
            phone_key: None,
            person: None,
            notes: None,
            consent: None,
            client: Vec::new(),
        }
        .prepare()
    };
    let requests = [vec![row("m-1")], vec![row(&"x".repeat(201)), row("m-2")], vec![row("m-3")]];
    let results = world.switchyard.store().ingest(&mut IngestGroup::from_iter(requests), NOW).await;
    assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    world.expect(&[("waiting", 2)]).await;
}

#[tokio::test]
async fn keys_are_known_by_header_or_body_and_end_when_they_are_disabled() {
    let world = World::new().await;
    let mut body = page("m-1");
    let strange = world.ingest.accept(Some("wk_strange"), Call::Page, Bytes::from(body.to_string()), peer()).await;
    assert_eq!((strange.status, &strange.body["code"]), (401, &json!("unknown_write_key")));
    let none = world.ingest.accept(None, Call::Page, Bytes::from(body.to_string()), peer()).await;
    assert_eq!(none.status, 401);
    body["writeKey"] = json!(KEY);
    let known = world.ingest.accept(None, Call::Page, Bytes::from(body.to_string()), peer()).await;
    assert_eq!(known.status, 200);
    let store = world.switchyard.store();
    store.set_source_enabled(world.actor.workspace, world.source, false, &world.author()).await.unwrap();
    world.clock.advance(1_000);
    assert_eq!(world.post(Call::Page, &page("m-2")).await.status, 401);
}

#[tokio::test]
async fn a_source_over_its_rate_is_told_when_to_come_back() {
    let world = World::with(IngestLimits { events_per_second: 10, ..IngestLimits::default() }).await;
    world.pages(2_500).await;
    let answer = world.post(Call::Page, &page("m-x")).await;
    assert_eq!((answer.status, answer.retry_after), (429, Some(1)));
    world.expect_balanced().await;
    world.clock.advance(1_000);
    world.page("m-x").await;
}

#[tokio::test]
async fn what_can_t_be_stored_is_answered_503_and_memory_is_bounded() {
    let world = World::with(IngestLimits { queued_bytes: 10_000, ..IngestLimits::default() }).await;
    // Another process writes until the first request was refused.
    let turn = File::options().write(true).open(world.url.replace("sqlite://", "") + ".turn").unwrap();
    turn.lock().unwrap();
    let refused = Notify::new();
    let requests = (0..200).map(|n| {
        let (ingest, body) = (world.ingest.clone(), Bytes::from(page(&format!("m-{n}")).to_string()));
        let refused = &refused;
        async move {
            let status = ingest.accept(Some(KEY), Call::Page, body, peer()).await.status;
            if status == 503 {
                refused.notify_one();
            }
            status
        }
    });
    let other = async {
        refused.notified().await;
        turn.unlock().unwrap();
    };
    let (statuses, ()) = futures::join!(futures::future::join_all(requests), other);
    let stored = statuses.iter().filter(|status| **status == 200).count();
    assert!(statuses.iter().all(|status| [200, 503].contains(status)));
    assert!((1..200).contains(&stored), "{stored}");
    world.expect(&[("waiting", stored)]).await;

    let world = World::new().await;
    let ingest = Ingest::start(&world.switchyard, IngestLimits::default());
    assert!(ingest.is_ready().await);
    world.switchyard.store().close().await;
    assert!(!ingest.is_ready().await);
    let answer = ingest.accept(Some(KEY), Call::Page, Bytes::from(page("m-1").to_string()), peer()).await;
    assert_eq!((answer.status, answer.retry_after), (503, Some(2)));
}

#[tokio::test]
async fn what_can_t_be_made_durable_is_answered_503_until_a_new_start() {
    let world = World::new().await;
    world.page("m-1").await;
    // A device in the place of the log can be opened and not synced.
    let log = world.url.replace("sqlite://", "") + "-wal";
    fs::rename(&log, format!("{log}.aside")).unwrap();
    symlink("/dev/null", &log).unwrap();
    let answer = world.post(Call::Page, &page("m-2")).await;
    assert_eq!((answer.status, answer.retry_after), (503, Some(2)));
    fs::rename(format!("{log}.aside"), &log).unwrap();
    assert_eq!(
        world.post(Call::Page, &page("m-3")).await.status,
        503,
        "the next sync succeeds without the last one's pages"
    );
    assert!(!world.ingest.is_ready().await);

    let again = open(&world.url, &world.clock, &world.scripted).await;
    let ingest = Ingest::start(&again, IngestLimits::default());
    assert!(ingest.is_ready().await);
    for message in ["m-2", "m-3"] {
        let body = Bytes::from(page(message).to_string());
        assert_eq!(ingest.accept(Some(KEY), Call::Page, body, peer()).await.status, 200);
    }
    world.expect(&[("waiting", 3)]).await;
}

#[tokio::test]
async fn limits_are_those_of_the_contract() {
    let world = World::new().await;
    let large: Value = json!({"event": "A", "userId": "x".repeat(33_000)});
    assert_eq!(world.post(Call::Track, &large).await.status, 413);
    let many: Vec<Value> = (0..2_501).map(|_| json!(1)).collect();
    assert_eq!(world.post(Call::Batch, &json!({ "batch": many })).await.status, 413);
    let huge = json!({"batch": ["x".repeat(4 * 1024 * 1024)]});
    assert_eq!(world.post(Call::Batch, &huge).await.status, 413);
    let mixed = json!({"batch": [large, page("m-1")]});
    let answer = world.post(Call::Batch, &mixed).await;
    assert_eq!((answer.status, &answer.body["accepted"]), (200, &json!(1)));
    assert_eq!(world.post(Call::Batch, &json!({"batch": []})).await.body["accepted"], 0);
}
