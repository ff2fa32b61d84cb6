//! Events as a shop's browser and server libraries send them, in the shares in which a shop has them. No chance is in it: the
//! same number always gives the same event, so that every run and every program measures the same.

use serde_json::{Value, json};

/// Makes the event with a number.
type Kind = fn(u64) -> Value;

/// Of a hundred events so many are of each kind: pages first, purchases rarest.
const SHARES: [(u64, Kind); 8] = [
    (34, page),
    (28, product_viewed),
    (10, list_viewed),
    (9, product_added),
    (6, searched),
    (5, checkout_started),
    (5, order_completed),
    (3, signed_up),
];

const PRODUCTS: [(&str, &str, &str, &str, f64); 5] = [
    ("NW-1001", "Ridgeline 2 Tent", "Tents", "Northwind", 349.0),
    ("NW-1002", "Fjord Down Jacket", "Jackets", "Fjell", 229.95),
    ("NW-1003", "Trail Socks", "Socks", "Northwind", 14.5),
    ("NW-1004", "Ember Stove", "Stoves", "Hearth & Sons", 64.0),
    ("NW-1005", "Traverse 45 Pack", "Backpacks", "Northwind", 179.0),
];

/// First name, last name, city, state, postcode, country, phone without its last six digits.
const PEOPLE: [[&str; 7]; 6] = [
    ["Dana", "Lopez", "Menlo Park", "California", "94025-1234", "US", "+1 (415) 5"],
    ["Aïcha", "Benali", "Lyon", "Rhône", "69003", "France", "+33 6 12 "],
    ["Oliver", "O'Brien", "London", "England", "SW1A 1AA", "GB", "+44 7911 "],
    ["Jürgen", "Groß", "München", "Bayern", "80331", "DE", "+49 151 23"],
    ["Noor", "Al-Fahad", "Riyadh", "Riyadh", "11564", "Saudi Arabia", "+966 55 1"],
    ["Mia", "Chen", "Brooklyn", "NY", "11201", "USA", "(718) 5"],
];

const AGENTS: [&str; 3] = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
];

/// The event with this number.
pub fn event(number: u64) -> Value {
    // Spread, so that any stretch of events has about the shares of the whole.
    let mut place = number.wrapping_mul(37) % SHARES.iter().map(|(share, _)| share).sum::<u64>();
    let kind = SHARES.iter().find(|(share, _)| {
        let here = place < *share;
        place = place.saturating_sub(*share);
        here
    });
    let mut event = kind.map_or_else(|| page(number), |(_, kind)| kind(number));
    let visitor = visitor(number);
    event["messageId"] = format!("ajs-next-{number:08x}-6a2f-4c1e-9b0d-{:012x}", number * 7_919).into();
    event["anonymousId"] = format!("{visitor:08x}-2b3c-4d5e-8f60-718293a4b5c6").into();
    event["timestamp"] = "2026-01-01T10:00:00.123Z".into();
    event["context"] = context(number);
    if is_known(visitor) {
        event["userId"] = format!("cus_{visitor:07}").into();
    }
    event
}

fn visitor(number: u64) -> u64 {
    number / 8
}

/// Half of the visitors have signed in or left their address.
fn is_known(visitor: u64) -> bool {
    visitor.is_multiple_of(2)
}

fn context(number: u64) -> Value {
    let visitor = visitor(number);
    let click =
        if visitor.is_multiple_of(3) { "?ScCid=a1b2c3d4-0000-4000-8000-5e6f7a8b9c0d&utm_source=snapchat" } else { "" };
    let mut context = json!({
        "ip": format!("203.0.{}.{}", visitor % 113, 1 + visitor % 250),
        "userAgent": AGENTS[(visitor % 3) as usize],
        "locale": "en-US",
        "library": {"name": "analytics.js", "version": "npm:next-1.81.0"},
        "page": {"url": format!("https://shop.northwind.example/p/{}{click}", number % 977), "path": format!("/p/{}", number % 977),
                 "title": "Northwind Outdoor", "referrer": "https://www.northwind.example/", "search": click},
        "timezone": "Europe/Berlin",
    });
    if is_known(visitor) {
        let [first, last, city, state, postcode, country, phone] = PEOPLE[(visitor / 2 % 6) as usize];
        context["traits"] = json!({
            "email": format!("{}.{visitor}@Example.com", first), "phone": format!("{phone}{:06}", 100_000 + visitor % 800_000),
            "firstName": first, "lastName": last,
            "address": {"city": city, "state": state, "postalCode": postcode, "country": country},
        });
    }
    context
}

fn product(number: u64) -> Value {
    let (id, name, category, brand, price) = PRODUCTS[(number % 5) as usize];
    json!({"product_id": id, "sku": id, "name": name, "category": category, "brand": brand, "price": price,
           "quantity": 1 + number % 2, "currency": "USD"})
}

fn track(event: &str, properties: Value) -> Value {
    json!({"type": "track", "event": event, "properties": properties})
}

fn page(number: u64) -> Value {
    let url = format!("https://shop.northwind.example/p/{}", number % 977);
    json!({"type": "page", "name": "Product", "properties": {"url": url, "title": "Northwind Outdoor", "path": "/p"}})
}

fn product_viewed(number: u64) -> Value {
    track("Product Viewed", product(number))
}

fn product_added(number: u64) -> Value {
    track("Product Added", product(number))
}

fn list_viewed(number: u64) -> Value {
    let products: Vec<Value> = (number..number + 5).map(product).collect();
    track("Product List Viewed", json!({"list_id": "tents", "category": "Tents", "products": products}))
}

fn searched(number: u64) -> Value {
    track("Products Searched", json!({"query": format!("tent for {} people", 1 + number % 6)}))
}

fn signed_up(_: u64) -> Value {
    track("Signed Up", json!({"method": "email"}))
}

fn checkout_started(number: u64) -> Value {
    let products: Vec<Value> = (number..number + 2).map(product).collect();
    track("Checkout Started", json!({"value": 528.95, "currency": "USD", "products": products}))
}

fn order_completed(number: u64) -> Value {
    let products: Vec<Value> = (number..number + 3).map(product).collect();
    let order = format!("NW-{number:07}");
    track(
        "Order Completed",
        json!({"order_id": order, "total": 614.45, "revenue": 592.95, "shipping": 9.5, "tax": 12,
        "coupon": "SPRING", "currency": "USD", "products": products}),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_share() {
        let names: Vec<String> =
            (0..1_000).map(event).map(|event| event["event"].as_str().unwrap_or("page").to_owned()).collect();
        let count = |name: &str| names.iter().filter(|it| *it == name).count();
        assert_eq!((count("page"), count("Order Completed"), count("Signed Up")), (340, 50, 30));
    }

    #[test]
    fn an_event_is_always_the_same_and_no_two_are() {
        assert_eq!(event(7), event(7));
        assert_ne!(event(7)["messageId"], event(8)["messageId"]);
        assert_eq!(event(8)["anonymousId"], event(9)["anonymousId"]);
    }
}
