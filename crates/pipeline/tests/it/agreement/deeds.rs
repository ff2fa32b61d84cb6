//! What people do, and the messages that tell of it.

use domain::{Timestamp, time::HOUR};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

pub const EVENTS: [&str; 3] = ["Order Completed", "Product Viewed", "Lead"];
pub const CATEGORIES: [&str; 4] = ["tents", "Stoves ", "tent poles", "7"];
pub const AGENTS: [(&str, &str, &str, &str); 2] = [
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1", "mobile", "iOS", "Safari"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0.0.0", "desktop", "Windows", "Chrome"),
];

/// The first three people may turn out to be one with each other or with a browser; the others never do. So no value ever
/// brings as many identifiers as would make it one that many people share.
pub const USERS: [&str; 5] = ["u0", "u1", "u2", "loner0", "loner1"];
pub const MERGING: usize = 3;
pub const BROWSERS: [&str; 2] = ["a0", "a1"];
pub const ADDRESSES: [&str; 2] = ["first@n.example", "Second@N.example"];

/// Who a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    User(usize),
    Browser(usize),
}

/// One message. `hours`: how long before it arrives it happened; late ones come after younger ones.
#[derive(Clone, Debug)]
pub enum Deed {
    /// An event.
    Did { who: Who, event: usize, hours: i64, value: Option<Value>, category: usize, products: Vec<usize> },
    /// Traits, a campaign, a device.
    Told { who: Who, hours: i64, traits: Map<String, Value>, campaign: Option<&'static str>, agent: Option<usize> },
    /// Two turn out to be one: by `alias`, or by an identify with both ids.
    SameAs { user: usize, browser: usize, alias: bool },
    /// Two turn out to be one by an address.
    HasAddress { who: Who, address: usize },
    /// Somebody says yes or no to marketing.
    Says { who: Who, yes: bool },
}

fn who() -> impl Strategy<Value = Who> {
    prop_oneof![3 => (0..USERS.len()).prop_map(Who::User), 1 => (0..BROWSERS.len()).prop_map(Who::Browser)]
}

fn traits() -> impl Strategy<Value = Map<String, Value>> {
    let plan = prop::sample::select(vec![json!("pro"), json!("Pro "), json!("free"), json!("premium"), Value::Null]);
    let age = prop::sample::select(vec![json!(3), json!("3"), json!("3.0"), json!(4.5), json!("old"), Value::Null]);
    let born = prop::sample::select(vec![
        json!("2000-01-02"),
        json!("2000-01-03T00:00:00Z"),
        json!("2000-01-02T23:00:00-02:00"),
    ]);
    let tags = prop::sample::select(vec![json!(["a", "pro"]), json!(["b", 3]), json!([]), json!("abc"), json!(true)]);
    let one = |name: &'static str, value: BoxedStrategy<Value>| {
        prop::option::of(value).prop_map(move |value| value.map(|value| (name.to_owned(), value)))
    };
    (one("plan", plan.boxed()), one("Age", age.boxed()), one("born", born.boxed()), one("tags", tags.boxed()))
        .prop_map(|(a, b, c, d)| [a, b, c, d].into_iter().flatten().collect())
}

/// Anything.
pub fn deed() -> impl Strategy<Value = Deed> {
    let value = prop::option::of(prop_oneof![
        (-5..30_i64).prop_map(Value::from),
        (0..300_i64).prop_map(|tenths| json!(tenths as f64 / 10.0)),
        Just(json!("12.50")),
        Just(json!("many")),
    ]);
    let products = prop::collection::vec(0..CATEGORIES.len(), 0..3);
    let did = (who(), 0..EVENTS.len(), 0..240_i64, value, 0..CATEGORIES.len(), products).prop_map(
        |(who, event, hours, value, category, products)| Deed::Did { who, event, hours, value, category, products },
    );
    let campaign = prop::option::of(prop::sample::select(vec!["Snapchat", "snap ads", "mail"]));
    let told = (who(), 0..240_i64, traits(), campaign, prop::option::of(0..AGENTS.len()))
        .prop_map(|(who, hours, traits, campaign, agent)| Deed::Told { who, hours, traits, campaign, agent });
    let same = (0..MERGING, 0..BROWSERS.len(), any::<bool>()).prop_map(|(user, browser, alias)| Deed::SameAs {
        user,
        browser,
        alias,
    });
    let merging = prop_oneof![(0..MERGING).prop_map(Who::User), (0..BROWSERS.len()).prop_map(Who::Browser)];
    let address = (merging, 0..ADDRESSES.len()).prop_map(|(who, address)| Deed::HasAddress { who, address });
    let says = (who(), any::<bool>()).prop_map(|(who, yes)| Deed::Says { who, yes });
    prop_oneof![8 => did, 3 => told, 1 => same, 1 => address, 1 => says]
}

/// When the `n`th deed happened. Traits have a newest one: no two deeds that tell some share their millisecond.
pub fn happened(deed: &Deed, arrived: Timestamp, n: usize) -> Timestamp {
    let apart = i64::try_from(n).unwrap_or(0);
    match deed {
        Deed::Did { hours, .. } => arrived.minus(hours * HOUR),
        Deed::Told { hours, .. } => arrived.minus(hours * HOUR + 1_000 + apart),
        Deed::SameAs { .. } | Deed::HasAddress { .. } => arrived.minus(1_000 + apart),
        // What was said last counts.
        Deed::Says { .. } => arrived.minus(1_000).plus(apart),
    }
}

fn about(who: Who) -> (&'static str, &'static str) {
    match who {
        Who::User(user) => ("userId", USERS[user]),
        Who::Browser(browser) => ("anonymousId", BROWSERS[browser]),
    }
}

/// The message as it is posted.
pub fn message(deed: &Deed, arrived: Timestamp, n: usize) -> Value {
    let mut body = match deed {
        Deed::Did { event, value, category, products, .. } => {
            let products: Vec<Value> = products.iter().map(|it| json!({"category": CATEGORIES[*it]})).collect();
            let mut properties = json!({"category": CATEGORIES[*category], "products": products});
            if let Some(value) = value {
                properties["value"] = value.clone();
            }
            json!({"type": "track", "event": EVENTS[*event], "properties": properties})
        }
        Deed::Told { traits, campaign, agent, .. } => {
            let mut body = json!({"type": "identify", "traits": traits});
            if let Some(source) = campaign {
                body["context"]["campaign"] = json!({"source": source});
            }
            if let Some(agent) = agent {
                body["context"]["userAgent"] = AGENTS[*agent].0.into();
            }
            body
        }
        Deed::SameAs { user, browser, alias: true } => {
            json!({"type": "alias", "userId": USERS[*user], "previousId": BROWSERS[*browser]})
        }
        Deed::SameAs { user, browser, alias: false } => {
            json!({"type": "identify", "userId": USERS[*user], "anonymousId": BROWSERS[*browser]})
        }
        Deed::HasAddress { address, .. } => json!({"type": "identify", "traits": {"email": ADDRESSES[*address]}}),
        Deed::Says { yes, .. } => json!({"type": "identify", "context": {"consent": {"marketing": yes}}}),
    };
    if let Deed::Did { who, .. } | Deed::Told { who, .. } | Deed::HasAddress { who, .. } | Deed::Says { who, .. } = deed
    {
        let (key, id) = about(*who);
        body[key] = id.into();
    }
    body["messageId"] = format!("m-{n}").into();
    body["timestamp"] = happened(deed, arrived, n).to_iso().into();
    body
}
