//! Malformed bodies: refused at once, never a failure of ours.

use bytes::Bytes;
use pipeline::ingest::Call;
use serde_json::json;

use crate::world::{KEY, World, page, peer};

const CALLS: [Call; 7] = [Call::Track, Call::Identify, Call::Page, Call::Screen, Call::Group, Call::Alias, Call::Batch];

/// A small generator, so that each run sees the same bodies.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

fn mangled(dice: &mut Dice) -> Vec<u8> {
    let seed = json!({"type": "track", "event": "Order Completed", "messageId": "m", "userId": "u", "batch": [page("x")],
        "timestamp": "2026-11-25T10:00:00Z", "properties": {"order_id": {"t": "string", "v": "1"}, "value": 1e308,
        "products": [{"name": "\u{1F600}"}]}, "context": {"ip": "::1", "traits": {"email": "a@b.example"}}});
    let mut body = seed.to_string().into_bytes();
    for _ in 0..=dice.roll(12) {
        if body.is_empty() {
            break;
        }
        let at = dice.roll(body.len());
        match dice.roll(6) {
            0 => drop(body.remove(at)),
            1 => body[at] = u8::try_from(dice.roll(256)).unwrap(),
            2 => body.insert(at, b"{}[]\",:\\0eu-"[dice.roll(12)]),
            3 => body.truncate(at.max(1)),
            4 => {
                let piece = body[at..(at + 20).min(body.len())].to_vec();
                let to = dice.roll(body.len());
                body.splice(to..to, piece);
            }
            _ => {
                let words: [&[u8]; 6] =
                    [b"null", b"\\u0000", b"\\ud800", b"[[[[[[", b"-1e999", b"{\"t\":\"Object\",\"v\":"];
                let word = words[dice.roll(6)];
                body.splice(at..at, word.iter().copied());
            }
        }
    }
    body
}

#[tokio::test]
async fn ten_thousand_malformed_bodies_are_each_answered() {
    let world = World::new().await;
    let mut dice = Dice(42);
    let mut seen = std::collections::BTreeMap::new();
    for _ in 0..100 {
        let requests: Vec<_> = (0..100)
            .map(|_| world.ingest.accept(Some(KEY), CALLS[dice.roll(7)], Bytes::from(mangled(&mut dice)), peer()))
            .collect();
        for answer in futures::future::join_all(requests).await {
            assert!([200, 400, 413].contains(&answer.status), "{}: {}", answer.status, answer.body);
            assert!(answer.body["success"].is_boolean());
            *seen.entry(answer.status).or_insert(0) += 1;
        }
        world.clock.advance(1_000);
    }
    assert!(seen[&400] > 1_000, "{seen:?}");
    world.expect_balanced().await;
    world.page("m-good").await;
}

#[tokio::test]
async fn refused_events_can_be_looked_at_masked() {
    let world = World::new().await;
    let bad = json!({"type": "track", "userId": "1", "traits": {"email": "dana@northwind.example"}});
    assert_eq!(world.post(Call::Track, &bad).await.status, 400);
    let unreadable = Bytes::from_static(br#"{"email": "dana@northwind.example""#);
    assert_eq!(world.ingest.accept(Some(KEY), Call::Track, unreadable, peer()).await.status, 400);
    world.page("m-1").await;
    let rejections = world.switchyard.rejections(&world.actor, world.source).await.unwrap();
    let codes: Vec<&str> = rejections.iter().map(|(_, reason, _)| &*reason.code).collect();
    assert_eq!(codes, ["invalid_json", "missing_event"]);
    assert_eq!(rejections[0].2, "(34 bytes)");
    assert!(rejections[1].2.contains("d•••@n•••.example") && !rejections[1].2.contains("northwind"));
}

#[tokio::test]
async fn an_event_can_be_looked_at_as_it_came() {
    let world = World::new().await;
    let body = json!({"type": "track", "event": {"t": "string", "v": "Purchased"}, "messageId": "m-1", "userId": "u-1",
        "properties": {"customProperties": {"identify_by_email": {"t": "string", "v": "dana@northwind.example"}}}});
    assert_eq!(world.post(Call::Track, &body).await.status, 200);
    let listed = world.switchyard.source_events(&world.actor, world.source).await.unwrap();
    assert_eq!((listed.len(), listed[0].event.as_str()), (1, "Purchased"));
    let event = world.switchyard.event(&world.actor, listed[0].id).await.unwrap();
    let came = event.came.unwrap();
    assert_eq!(came["event"]["v"], "Purchased");
    assert_eq!(came["properties"]["customProperties"]["identify_by_email"]["v"], "d•••@n•••.example");
    assert_eq!(event.received["event"], "Purchased");
    // A flood costs little: the first ones are kept, and everything is understood.
    world.pages(500).await;
    let last = world.switchyard.source_events(&world.actor, world.source).await.unwrap();
    assert_eq!(last.len(), 25);
    assert_eq!(world.switchyard.event(&world.actor, last[0].id).await.unwrap().came, None);
    let other = domain::Actor { workspace: domain::WorkspaceId(uuid::Uuid::from_u128(1)), ..world.actor };
    let foreign = world.switchyard.source_events(&other, world.source).await;
    assert_eq!(foreign.unwrap_err(), domain::ApiError::NotFound);
}
