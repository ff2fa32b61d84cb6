//! How many events a second one core maps, normalises, hashes and writes as JSON: `cargo run --release -p snapchat --example map_speed`.

use std::time::Instant;

use domain::{
    Timestamp,
    destination::MapContext,
    event::{EventKind, TrackedEvent},
};
use serde_json::{Value, json};
use snapchat::map::map;

const ROUNDS: usize = 200_000;

fn purchase(number: usize) -> TrackedEvent {
    let body = json!({
        "type": "track",
        "event": "Order Completed",
        "userId": format!("user-{number}"),
        "anonymousId": format!("anon-{number}"),
        "messageId": format!("m-{number}"),
        "properties": {
            "order_id": format!("N-{number}"), "total": 84.5, "currency": "GBP", "coupon": "SPRING",
            "products": [
                {"product_id": "SKU-1", "name": "Boots", "price": 59.5, "quantity": 1, "brand": "Northwind", "category": "boots"},
                {"product_id": "SKU-9", "name": "Socks", "price": 25, "quantity": 1, "brand": "Northwind", "category": "socks"},
            ],
        },
        "context": {
            "ip": "203.0.113.24",
            "userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15",
            "locale": "en-GB",
            "page": {"url": "https://shop.example/thanks?ScCid=a1b2c3d4-0000-4000-8000-5e6f7a8b9c0d", "title": "Thanks", "path": "/thanks"},
            "library": {"name": "analytics.js", "version": "2.1.0"},
            "traits": {
                "email": format!("Person.{number}@Example.com"), "phone": format!("+44 7911 {:06}", number % 1_000_000),
                "firstName": "Dana", "lastName": "López",
                "address": {"city": "Menlo Park", "state": "California", "postalCode": "94025-1234", "country": "US"},
            },
        },
    });
    let Value::Object(body) = body else { unreachable!() };
    TrackedEvent {
        kind: EventKind::Track,
        name: "Order Completed".into(),
        message_id: format!("m-{number}"),
        occurred_at: Timestamp(1_767_261_600_123),
        received_at: Timestamp(1_767_261_600_200),
        body,
    }
}

fn main() {
    let events: Vec<TrackedEvent> = (0..2_000).map(purchase).collect();
    let context =
        MapContext { event_name: "PURCHASE".into(), default_country: Some("GB".into()), ..MapContext::default() };
    let mut bytes = 0;
    let mut run = |rounds: usize| {
        let start = Instant::now();
        for event in events.iter().cycle().take(rounds) {
            match map(event, &context) {
                Ok(mapped) => bytes += serde_json::to_vec(&mapped.item).map_or(0, |json| json.len()),
                Err(reason) => println!("{}", reason.message),
            }
        }
        start.elapsed()
    };
    run(events.len());
    let elapsed = run(ROUNDS);
    #[allow(clippy::cast_precision_loss)]
    let rate = ROUNDS as f64 / elapsed.as_secs_f64();
    println!("{rate:.0} events/s ({ROUNDS} purchases with two products and eleven identifiers, {bytes} bytes of JSON)");
}
