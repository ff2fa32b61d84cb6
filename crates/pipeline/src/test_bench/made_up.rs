//! Made-up events of nobody, one for each standard event, as a well-behaved shop sends them.

use domain::{Timestamp, catalogue};
use serde_json::{Map, Value, json};

/// An event of this standard name in Segment's shape; nothing if there is no such event.
pub(super) fn made_up(name: &str, now: Timestamp) -> Option<Value> {
    let standard = catalogue::find(name)?;
    let mut event = Map::new();
    let kind = match standard.name {
        "Page View" => "page",
        "Screen View" => "screen",
        "Identify" => "identify",
        "Group" => "group",
        _ => "track",
    };
    event.insert("type".into(), kind.into());
    if kind == "track" {
        event.insert("event".into(), standard.name.into());
    }
    event.insert("messageId".into(), format!("test-{}", now.0).into());
    event.insert("timestamp".into(), now.to_iso().into());
    event.insert("anonymousId".into(), "test-visitor".into());
    event.insert("userId".into(), "test-customer-1".into());
    event.insert("context".into(), if standard.group == "App" { app() } else { web() });
    match kind {
        "identify" => drop(event.insert("traits".into(), person())),
        "group" => {
            event.insert("groupId".into(), "test-group".into());
            event.insert("traits".into(), json!({"name": "Test group"}));
        }
        _ => drop(event.insert("properties".into(), properties(standard.snap_event, now))),
    }
    Some(Value::Object(event))
}

fn person() -> Value {
    json!({
        "email": "Sam.Example@shop.example",
        "phone": "+1 (415) 555-0123",
        "firstName": "Sam",
        "lastName": "Example",
        "address": {"city": "San Francisco", "state": "California", "postalCode": "94103", "country": "US"},
    })
}

fn web() -> Value {
    json!({
        "ip": "203.0.113.9",
        "userAgent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
        "page": {"url": "https://shop.example/tents?ScCid=test-click-id", "title": "Tents"},
        "cookies": {"_scid": "6f0a2f8e-1111-4222-8333-444455556666"},
        "traits": person(),
    })
}

fn app() -> Value {
    json!({
        "ip": "203.0.113.9",
        "userAgent": "Shop/3.1 (iPhone; iOS 19.0)",
        "app": {"namespace": "example.shop", "version": "3.1.0", "build": "310"},
        "device": {"type": "ios", "model": "iPhone16,1", "advertisingId": "7a3cbea0-1111-4222-8333-444455556666"},
        "os": {"name": "iOS", "version": "19.0"},
        "locale": "en-US",
        "traits": person(),
    })
}

fn properties(snap_event: &str, now: Timestamp) -> Value {
    match snap_event {
        "PURCHASE" | "START_CHECKOUT" | "ADD_BILLING" => json!({
            "order_id": format!("TEST-{}", now.0),
            "value": 84.5,
            "currency": "USD",
            "products": [
                {"product_id": "tent-2", "name": "Tent for two", "brand": "Northwind", "category": "Tents",
                 "price": 59.5, "quantity": 1},
                {"product_id": "stove-1", "name": "Stove", "brand": "Northwind", "category": "Kitchen",
                 "price": 12.5, "quantity": 2},
            ],
        }),
        "LIST_VIEW" => json!({"category": "Tents", "products": [{"product_id": "tent-2"}, {"product_id": "tent-4"}]}),
        "SEARCH" => json!({"query": "tent for two"}),
        "SIGN_UP" => json!({"method": "email"}),
        "PAGE_VIEW" => json!({"title": "Tents", "url": "https://shop.example/tents?ScCid=test-click-id"}),
        "SUBSCRIBE" | "START_TRIAL" => json!({"value": 9.99, "currency": "USD"}),
        _ => json!({
            "product_id": "tent-2", "name": "Tent for two", "brand": "Northwind", "category": "Tents",
            "price": 59.5, "quantity": 1, "currency": "USD", "value": 59.5,
        }),
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        catalogue::STANDARD,
        reading::{self, Arrival, Call},
    };

    use super::*;

    #[test]
    fn every_standard_event_can_be_read_under_its_name() {
        let now = Timestamp(1_795_600_000_000);
        for standard in STANDARD {
            let event = made_up(standard.name, now).unwrap();
            let text = json!({ "batch": [event] }).to_string();
            let envelope = reading::open(Call::Batch, text.as_bytes()).unwrap();
            let arrival = Arrival { received_at: now, ip: None, user_agent: None, from_browser: false };
            let read = reading::read(Call::Batch, envelope.events[0], &envelope, &arrival, || "m".to_owned());
            let read = read.unwrap_or_else(|refused| panic!("{}: {}", standard.name, refused.message));
            assert_eq!(reading::setting_key(&read.event.name), catalogue::setting_key(standard.name));
            assert_eq!(read.event.occurred_at, now);
        }
        assert!(made_up("lead_created", now).is_none());
    }
}
