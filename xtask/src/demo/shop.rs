//! The shop that the demo's events come from: what it sells, who buys there, and how a visit goes.

use serde_json::{Value, json};

/// A product: id, name, category, price in dollars.
type Product = (&'static str, &'static str, &'static str, f64);

const PRODUCTS: [Product; 12] = [
    ("NW-1001", "Ridgeline 2 Tent", "Tents", 349.0),
    ("NW-1002", "Alder 1 Bivy", "Tents", 189.5),
    ("NW-1003", "Kestrel 45 Backpack", "Packs", 219.0),
    ("NW-1004", "Daytrip 18 Backpack", "Packs", 79.95),
    ("NW-1005", "Ember Down Jacket", "Clothing", 259.0),
    ("NW-1006", "Squall Rain Shell", "Clothing", 149.0),
    ("NW-1007", "Merino Base Layer", "Clothing", 69.0),
    ("NW-1008", "Basalt Trail Boots", "Footwear", 164.0),
    ("NW-1009", "Creekside Sandals", "Footwear", 59.9),
    ("NW-1010", "Pocket Stove", "Camp kitchen", 44.0),
    ("NW-1011", "Titanium Pot 900", "Camp kitchen", 54.5),
    ("NW-1012", "Halo Headlamp", "Lighting", 39.0),
];

/// Customers whom the shop knows: first name, last name, city, state, postal code.
const CUSTOMERS: [(&str, &str, &str, &str, &str); 8] = [
    ("Maya", "Okafor", "Portland", "OR", "97205"),
    ("Liam", "Petersen", "Boulder", "CO", "80302"),
    ("Sofia", "Ramirez", "Austin", "TX", "78701"),
    ("Noah", "Kim", "Seattle", "WA", "98101"),
    ("Ava", "Thompson", "Asheville", "NC", "28801"),
    ("Ethan", "Nguyen", "San Diego", "CA", "92101"),
    ("Zoe", "Martin", "Burlington", "VT", "05401"),
    ("Owen", "Walsh", "Duluth", "MN", "55802"),
];

const BROWSERS: [&str; 3] = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
];

const SHOP: &str = "https://shop.northwind.example";

/// Dice that fall the same way for the same seed (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    /// The next throw, below `sides`.
    pub fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }

    /// True so many times in a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.throw(100) < percent
    }
}

/// The events of one visit in their order, without message ids. `visit` is unlike that of any other visit.
pub fn visit(dice: &mut Dice, visit: &str) -> Vec<Value> {
    let shopper = Shopper::new(dice, visit);
    let product = PRODUCTS[dice.throw(PRODUCTS.len())];
    let mut events = vec![shopper.page("Home", "/", None)];
    if shopper.customer.is_some() && dice.chance(60) {
        events.push(shopper.identify());
    }
    let path = format!("/products/{}", product.0.to_lowercase());
    events.push(shopper.page(product.1, &path, Some(product)));
    events.push(shopper.track("Product Viewed", &path, item(product, 1)));
    if dice.chance(45) {
        return events;
    }
    let quantity = 1 + dice.throw(2);
    events.push(shopper.track("Product Added", &path, item(product, quantity)));
    if dice.chance(35) {
        return events;
    }
    let order = order(product, quantity, visit);
    events.push(shopper.track("Checkout Started", "/checkout", order.clone()));
    if dice.chance(30) {
        return events;
    }
    if shopper.customer.is_none() {
        events.push(shopper.track("Signed Up", "/account/new", json!({"method": "email"})));
    }
    events.push(shopper.identify());
    events.push(shopper.track("Order Completed", "/checkout/thanks", order));
    events
}

/// Who visits, and with what.
struct Shopper {
    anonymous_id: String,
    /// The number of a known customer; without one a stranger, who may become one.
    customer: Option<usize>,
    visit: String,
    browser: &'static str,
    /// Set for those who came by an ad on Snapchat.
    click_id: Option<String>,
}

impl Shopper {
    fn new(dice: &mut Dice, visit: &str) -> Self {
        let customer = dice.chance(50).then(|| dice.throw(CUSTOMERS.len()));
        Self {
            anonymous_id: customer.map_or_else(|| format!("anon-{visit}"), |number| format!("anon-known-{number}")),
            customer,
            visit: visit.to_owned(),
            browser: BROWSERS[dice.throw(BROWSERS.len())],
            click_id: dice.chance(40).then(|| format!("demo-click-{visit}")),
        }
    }

    fn user_id(&self) -> String {
        self.customer.map_or_else(|| format!("shopper-{}", self.visit), |number| format!("customer-{}", 4100 + number))
    }

    fn page(&self, title: &str, path: &str, product: Option<Product>) -> Value {
        let category = product.map(|(_, _, category, _)| category);
        self.event("page", path, &json!({"name": title, "properties": {"title": title, "category": category}}))
    }

    fn track(&self, name: &str, path: &str, properties: Value) -> Value {
        self.event("track", path, &json!({"event": name, "properties": properties}))
    }

    fn identify(&self) -> Value {
        let traits = match self.customer {
            Some(number) => {
                let (first, last, city, state, postal_code) = CUSTOMERS[number];
                json!({
                    "email": format!("{}.{}@example.com", first.to_lowercase(), last.to_lowercase()),
                    "phone": format!("+1 202 555 01{:02}", 40 + number),
                    "firstName": first,
                    "lastName": last,
                    "address": {"city": city, "state": state, "postalCode": postal_code, "country": "US"},
                })
            }
            None => json!({"email": format!("shopper.{}@example.com", self.visit), "country": "US"}),
        };
        let mut event = self.event("identify", "/account", &json!({"traits": traits}));
        event["userId"] = self.user_id().into();
        event
    }

    /// The fields that all events of a visit share, and those of this one.
    fn event(&self, kind: &str, path: &str, fields: &Value) -> Value {
        let url = match &self.click_id {
            Some(click) => format!("{SHOP}{path}?ScCid={click}"),
            None => format!("{SHOP}{path}"),
        };
        let mut event = json!({
            "type": kind,
            "anonymousId": self.anonymous_id,
            "context": {
                "ip": format!("203.0.113.{}", 1 + self.customer.unwrap_or(99)),
                "userAgent": self.browser,
                "locale": "en-US",
                "page": {"url": url, "path": path},
            },
        });
        if self.customer.is_some() {
            event["userId"] = self.user_id().into();
        }
        for (name, value) in fields.as_object().into_iter().flatten() {
            event[name] = value.clone();
        }
        event
    }
}

fn item((id, name, category, price): Product, quantity: usize) -> Value {
    json!({"product_id": id, "name": name, "category": category, "price": price, "quantity": quantity, "currency": "USD"})
}

fn order(product: Product, quantity: usize, visit: &str) -> Value {
    let total = product.3 * quantity as f64;
    json!({
        "order_id": format!("NW-{visit}"),
        "revenue": total,
        "value": total,
        "currency": "USD",
        "products": [item(product, quantity)],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_visits() {
        let visits = |seed: u64| (0..20).map(|n| visit(&mut Dice(seed + n), "v")).collect::<Vec<_>>();
        assert_eq!(visits(1), visits(1));
        assert_ne!(visits(1), visits(100));
    }

    #[test]
    fn a_while_of_visits_shows_every_kind_of_event() {
        let mut dice = Dice(7);
        let events: Vec<Value> = (0..200).flat_map(|n| visit(&mut dice, &n.to_string())).collect();
        for name in ["Product Viewed", "Product Added", "Checkout Started", "Signed Up", "Order Completed"] {
            assert!(events.iter().any(|event| event["event"] == name), "{name}");
        }
        for kind in ["page", "identify"] {
            assert!(events.iter().any(|event| event["type"] == kind), "{kind}");
        }
    }
}
