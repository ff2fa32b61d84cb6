//! Every rule about an event, as a table: a change to a good event, and what is said about it.

use serde_json::{Value, json};

use crate::harness::*;

const NONE: Value = Value::Null;

/// Sets the field at a dotted path; null takes it away.
fn put(event: &mut Value, path: &str, value: Value) {
    let (parents, name) = path.rsplit_once('.').unwrap_or(("", path));
    let mut place = event;
    for parent in parents.split('.').filter(|parent| !parent.is_empty()) {
        place = &mut place[parent];
    }
    if value.is_null() {
        place.as_object_mut().unwrap().remove(name);
    } else {
        place[name] = value;
    }
}

/// All answers come from one batch call per case, so that a table costs one simulator.
async fn refusals(sim: &Sim, asset: &str, base: &Value, cases: Vec<(&str, Value, &str)>) {
    for (path, value, message) in cases {
        let mut event = base.clone();
        let shown = value.to_string();
        put(&mut event, path, value);
        let answer = sim.events(asset, json!([base, event])).await;
        let messages = answer.body["errors"]["error_msgs"].to_string();
        assert!(answer.status == 400 && messages.contains(message), "{path} = {shown}: {}", answer.body);
        assert_eq!(answer.body["event"], 2, "{path}");
    }
}

async fn passes(sim: &Sim, asset: &str, base: &Value, cases: Vec<(&str, Value)>) {
    for (path, value) in cases {
        let mut event = base.clone();
        put(&mut event, path, value);
        let answer = sim.events(asset, json!([event])).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
}

fn app_event(now: i64) -> Value {
    json!({
        "event_name": "APP_OPEN", "event_time": now, "event_id": "x", "action_source": "MOBILE_APP",
        "user_data": {"madid": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "idfv": "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"},
        "app_data": {"app_id": "123456", "advertiser_tracking_enabled": false, "application_tracking_enabled": 1,
            "extinfo": ["i2", "", "", "", "17.1", "", "en_US", "", "", "", "", "", "", "", "", ""]}
    })
}

#[tokio::test]
async fn fields_of_an_event() {
    let sim = Sim::start().await;
    let now = sim.now().await;
    let base = purchase(now, "a");
    refusals(
        &sim,
        PIXEL,
        &base,
        vec![
            ("event_name", NONE, "event_name is required"),
            ("event_name", json!("LEAD"), "Unrecognized event type"),
            ("event_name", json!(1), "event_name must be a non-empty string"),
            ("event_time", NONE, "event_time is required"),
            ("event_time", json!(now.to_string()), "event_time must be an integer"),
            ("event_time", json!(1.5), "event_time must be an integer"),
            ("event_time", json!(now - 7 * 86_400_000 - 60_000), "too old"),
            ("event_time", json!(now / 1000 - 7 * 86_400 - 60), "too old"),
            ("event_time", json!(now + 660_000), "in the future"),
            ("event_time", json!(now * 1000), "seconds or milliseconds"),
            ("event_time", json!(1_u64 << 63), "event_time must be an integer"),
            ("action_source", NONE, "action_source is required"),
            ("action_source", json!("tv"), "action_source is not known"),
            ("action_source", json!("app"), "needs a Snap App ID"),
            ("event_source_url", NONE, "event_source_url is required for WEB"),
            ("event_source_url", json!("shop.example/x"), "must be an http or https address"),
            ("event_source_url", json!("https:///x"), "must be an http or https address"),
            ("event_id", json!(""), "event_id must be a non-empty string"),
            ("event_id", json!(7), "event_id must be a non-empty string"),
            ("user_data", NONE, "user_data is required"),
            ("user_data", json!([]), "user_data must be an object"),
            ("custom_data", json!("x"), "custom_data must be an object"),
            ("version", json!("3.0"), "version is not a known field"),
            ("data_processing_options", json!("['lmu']"), "must be a list of LMU, LDU, DELETE"),
            ("data_processing_options", json!(["LMX"]), "must be a list of LMU, LDU, DELETE"),
            ("data_processing_options_country", json!("1"), "must be a non-negative integer"),
            ("data_processing_options_country", json!(-1), "must be a non-negative integer"),
            ("data_processing_options_state", json!(-1), "must be a non-negative integer"),
            ("opt_out", json!("no"), "opt_out must be true or false"),
            ("integration", json!(5), "integration must be"),
        ],
    )
    .await;
    passes(
        &sim,
        PIXEL,
        &base,
        vec![
            ("event_name", json!("Purchase")),
            ("event_time", json!(now / 1000)),
            ("event_time", json!(now - 7 * 86_400_000 + 60_000)),
            ("event_time", json!(now + 540_000)),
            ("action_source", json!("website")),
            ("action_source", json!("physical_store")),
            ("data_processing_options", json!(["LMU"])),
            ("data_processing_options_country", json!(1)),
            ("opt_out", json!(true)),
        ],
    )
    .await;
    assert!(sim.received("").await.iter().all(|event| event["event_name"] == "PURCHASE"));
}

#[tokio::test]
async fn whom_an_event_is_about() {
    let sim = Sim::start().await;
    let base = purchase(sim.now().await, "a");
    let not_hashed = "must be a SHA-256 hash";
    let mut cases: Vec<(&str, Value, &str)> = vec![
        ("user_data.em", json!("person@example.com"), not_hashed),
        ("user_data.em", json!([EMAIL_HASH, EMAIL_HASH.to_uppercase()]), not_hashed),
        ("user_data.em", json!([]), "must not be empty"),
        ("user_data.em", json!(""), "must be a non-empty string"),
        (
            "user_data.em",
            json!(["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]),
            "hash of an empty value",
        ),
        ("user_data.em", json!(1), "must be a string or a list"),
        ("user_data.pn", json!(EMAIL_HASH), "user_data.pn is not a known field"),
        ("user_data.mobile_ad_id", json!("x"), "is not a known field"),
        ("user_data.external_id", json!("dana@northwind.example"), "unhashed e-mail address"),
        ("user_data.anon_id", json!(["dana@northwind.example"]), "unhashed e-mail address"),
        ("user_data.client_ip_address", json!("203.0.113.999"), "must be an IPv4 or IPv6 address"),
        ("user_data.client_ip_address", json!(EMAIL_HASH), "must be an IPv4 or IPv6 address"),
        ("user_data.client_user_agent", json!(EMAIL_HASH), "must not be hashed"),
        ("user_data.sc_click_id", json!(EMAIL_HASH), "must not be hashed"),
        ("user_data.sc_cookie1", json!(""), "must be a non-empty string"),
        ("user_data.madid", json!("00000000-0000-0000-0000-000000000000"), "advertising id"),
        ("user_data.madid", json!("F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"), "lower-case advertising id"),
        ("user_data.madid", json!(EMAIL_HASH), "advertising id"),
        ("user_data", json!({"sc_click_id": "x", "sc_cookie1": "y", "external_id": "z"}), "user_data needs em, ph"),
        ("user_data", json!({"client_ip_address": "203.0.113.1"}), "user_data needs em, ph"),
        ("user_data", json!({"madid": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"}), "user_data needs em, ph"),
    ];
    let hashed = ["ph", "fn", "ln", "ge", "db", "ct", "st", "zp", "country"].map(|name| format!("user_data.{name}"));
    cases.extend(hashed.iter().map(|path| (path.as_str(), json!("plain"), not_hashed)));
    refusals(&sim, PIXEL, &base, cases).await;
    let mut cases: Vec<(&str, Value)> = vec![
        ("user_data", json!({"ph": EMAIL_HASH})),
        ("user_data", json!({"client_ip_address": "2001:db8::1", "client_user_agent": "x"})),
        ("user_data.external_id", json!("User-12345")),
        ("user_data.anon_id", json!(["a", "b"])),
    ];
    cases.extend(hashed.iter().map(|path| (path.as_str(), json!([EMAIL_HASH]))));
    passes(&sim, PIXEL, &base, cases).await;
}

#[tokio::test]
async fn what_happened() {
    let sim = Sim::start().await;
    let base = purchase(sim.now().await, "a");
    refusals(
        &sim,
        PIXEL,
        &base,
        vec![
            ("custom_data", NONE, "custom_data.value is required for PURCHASE"),
            ("custom_data.value", NONE, "custom_data.value is required"),
            ("custom_data.currency", NONE, "custom_data.currency is required"),
            ("custom_data.currency", json!("ABC"), "ISO 4217"),
            ("custom_data.value", json!("84,50"), "must be a non-negative number"),
            ("custom_data.value", json!("NaN"), "must be a non-negative number"),
            ("custom_data.value", json!(-1), "must be a non-negative number"),
            ("custom_data.order_id", json!(20418), "custom_data.order_id must be a non-empty string"),
            ("custom_data.content_ids", json!([1]), "custom_data.content_ids must be a non-empty string"),
            ("custom_data.num_items", json!(1.5), "must be a non-negative integer"),
            ("custom_data.contents", json!({"id": "1"}), "must be an array of objects"),
            ("custom_data.contents", json!([]), "custom_data.contents must not be empty"),
            ("custom_data.contents", json!([{"id": "1"}, {}]), "custom_data.contents must not hold empty objects"),
            (
                "custom_data.contents",
                json!([{"content_id": "1"}]),
                "custom_data.contents[0].content_id is not a known field",
            ),
            ("custom_data.contents", json!([{"id": 1}]), "custom_data.contents[0].id must be"),
            ("custom_data.content_type", json!("thing"), "must be one of product, product_group"),
            ("custom_data.delivery_category", json!("drone"), "must be one of in_store"),
            ("custom_data.predicted_ltv", json!("1"), "must be a non-negative number"),
            ("custom_data.custom_fields", json!({"a": 1}), "must map strings to strings"),
            ("custom_data.brand", json!("x"), "custom_data.brand is not a known field"),
        ],
    )
    .await;
    passes(
        &sim,
        PIXEL,
        &base,
        vec![
            ("custom_data.value", json!("84.50")),
            ("custom_data.num_items", json!("2")),
            (
                "custom_data.contents",
                json!([{"id": "1", "quantity": 1, "item_price": 2.5, "brand": "x", "delivery_category": "curbside"}]),
            ),
            ("custom_data.brands", json!(["x"])),
            ("custom_data.checkin_date", json!("2026-01-01")),
            ("custom_data.num_adults", json!(2)),
        ],
    )
    .await;
}

#[tokio::test]
async fn events_of_apps() {
    let sim = Sim::start().await;
    let base = app_event(sim.now().await);
    refusals(
        &sim,
        APP,
        &base,
        vec![
            ("app_data", NONE, "app_data is required for MOBILE_APP"),
            ("app_data.extinfo", NONE, "app_data.extinfo is required"),
            ("app_data.extinfo", json!(["i2"]), "must hold exactly 16 strings"),
            ("app_data.extinfo", json!(vec![0; 16]), "must hold exactly 16 strings"),
            ("app_data.extinfo", json!(vec!["x"; 16]), "must begin with i2 or a2"),
            ("app_data.advertiser_tracking_enabled", json!(2), "must be true, false, 0 or 1"),
            ("app_data.model", json!("x"), "app_data.model is not a known field"),
            ("action_source", json!("WEB"), "need a Pixel ID"),
        ],
    )
    .await;
    passes(&sim, APP, &base, vec![("action_source", json!("app")), ("user_data", json!({"em": EMAIL_HASH}))]).await;
    let answer = sim.events(PIXEL, json!([base])).await;
    assert_eq!(answer.status, 400);
}
