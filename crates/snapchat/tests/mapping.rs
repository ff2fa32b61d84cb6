//! Rules of the mapping that fixtures don't show: what is filtered and why, field rules, warnings, and where values come from.

use std::collections::BTreeMap;

use domain::{
    Timestamp,
    delivery::Reason,
    destination::{AssetKind, MapContext, Mapped},
    event::{EventKind, TrackedEvent},
    workflow::FieldRule,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use snapchat::{map::map, reason};

fn event(body: Value) -> TrackedEvent {
    let Value::Object(body) = body else { panic!("an object") };
    TrackedEvent {
        kind: EventKind::Track,
        name: "Test".into(),
        message_id: "m-1".into(),
        occurred_at: Timestamp(1_767_261_600_123),
        received_at: Timestamp(1_767_261_600_200),
        body,
    }
}

fn run(snap_event: &str, body: Value, fields: &[(&str, FieldRule)]) -> Result<Mapped, Reason> {
    let fields: BTreeMap<String, FieldRule> =
        fields.iter().map(|(name, rule)| ((*name).to_owned(), rule.clone())).collect();
    map(&event(body), &MapContext { fields, ..of_a_site(snap_event) })
}

/// Events of a source whose site is known.
fn of_a_site(snap_event: &str) -> MapContext {
    let profile = BTreeMap::from([("site_url".to_owned(), json!("https://shop.example/"))]);
    MapContext { event_name: snap_event.into(), profile, ..MapContext::default() }
}

fn purchase(extra: Value) -> Value {
    let mut properties = json!({"email": "person@example.com", "value": 10, "currency": "USD", "order_id": "1"});
    for (key, value) in extra.as_object().expect("an object") {
        properties[key] = value.clone();
    }
    json!({"properties": properties, "context": {"page": {"url": "https://shop.example/"}}})
}

fn code(result: &Result<Mapped, Reason>) -> &str {
    result.as_ref().map_or_else(|reason| reason.code.as_str(), |_| "sent")
}

fn has_warning(mapped: &Mapped, code: &str) -> bool {
    mapped.warnings.iter().any(|warning| warning.code == code)
}

#[test]
fn what_cannot_be_valid_is_not_sent() {
    let nothing =
        json!({"userId": "u", "context": {"ip": "203.0.113.24", "page": {"url": "https://x.example/?ScCid=a"}}});
    let reason = run("PAGE_VIEW", nothing, &[]).expect_err("no identifier");
    assert_eq!(reason.code, reason::NO_IDENTIFIER);
    for part in ["e-mail", "context.traits.email", "phone", "context.ip", "Only context.userAgent was missing"] {
        assert!(reason.message.contains(part), "{part}: {}", reason.message);
    }
    let refused = run("PAGE_VIEW", json!({"properties": {"email": "5d41402abc4b2a76b9719d911017c592"}}), &[]);
    assert!(refused.expect_err("MD5").message.contains("MD5"));
    for (extra, expected) in [
        (json!({}), "sent"),
        (json!({"value": null}), reason::NO_VALUE),
        (json!({"value": "null"}), reason::NO_VALUE),
        (json!({"value": ""}), reason::NO_VALUE),
        (json!({"value": -5}), reason::NO_VALUE),
        (json!({"value": 0}), "sent"),
        (json!({"currency": null}), reason::NO_CURRENCY),
        (json!({"currency": "$"}), reason::NO_CURRENCY),
        (json!({"value": null, "total": "84,50"}), "sent"),
        (json!({"value": null, "revenue": 5}), "sent"),
    ] {
        assert_eq!(code(&run("PURCHASE", purchase(extra.clone()), &[])), expected, "{extra}");
    }
    let unknown = run("ADD_TO_CART", purchase(json!({})), &[]).expect_err("no such event");
    assert_eq!(unknown.code, reason::UNKNOWN_EVENT);
    assert!(unknown.message.contains("ADD_CART"));
    assert_eq!(code(&run("purchase", purchase(json!({})), &[])), "sent");
}

/// The digest of an advertising id.
const HASHED_ID: &str = "30a5154b77ab8b2ddbe19f5e7af72f33cc2a4a41f22940d965102650a1c72863";

#[test]
fn an_event_says_itself_where_it_does_not_go() {
    for (integrations, expected) in [
        (json!({"All": false}), reason::INTEGRATION_OFF),
        (json!({"Snapchat": false}), reason::INTEGRATION_OFF),
        (json!({"All": true, "Snap Conversions Api": false}), reason::INTEGRATION_OFF),
        (json!({"All": false, "Segment.io": true}), reason::INTEGRATION_OFF),
        (json!({"All": false, "Snapchat": true}), "sent"),
        (json!({"all": false, "Snap Conversions Api": {"click_id": "AbC"}}), "sent"),
        // The browser's pixel had its turn: the server's event is the same one.
        (json!({"Snap Pixel": false, "Amplitude": false}), "sent"),
        (json!({"All": "false"}), "sent"),
        (json!("All"), "sent"),
    ] {
        let mut body = purchase(json!({}));
        body["integrations"] = integrations.clone();
        assert_eq!(code(&run("PURCHASE", body, &[])), expected, "{integrations}");
    }
}

#[test]
fn identifiers_that_suffice() {
    for (body, expected) in [
        (json!({"context": {"traits": {"email": "a@b.example"}}}), true),
        (json!({"traits": {"phone": "+447911123456"}}), true),
        (json!({"context": {"ip": "203.0.113.24", "userAgent": "Mozilla"}}), true),
        (json!({"context": {"ip": "203.0.113.24"}}), false),
        (json!({"context": {"userAgent": "Mozilla"}}), false),
        (
            json!({"context": {"device": {"advertisingId": "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"}, "app": {"name": "x"}}}),
            true,
        ),
        (
            json!({"context": {"device": {"advertisingId": "00000000-0000-0000-0000-000000000000"}, "app": {"name": "x"}}}),
            false,
        ),
        (json!({"context": {"device": {"advertisingId": HASHED_ID}, "app": {"name": "x"}}}), false),
        (json!({"properties": {"madid": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"}}), false),
        (json!({"userId": "u", "properties": {"sc_click_id": "c", "_scid": "d"}}), false),
    ] {
        assert_eq!(run("PAGE_VIEW", body.clone(), &[]).is_ok(), expected, "{body}");
    }
}

#[test]
fn a_web_event_without_a_page_has_the_last_one_known() {
    let body = |extra: Value| {
        let mut body = json!({"context": {"traits": {"email": "a@b.example"}}});
        for (key, value) in extra.as_object().expect("an object") {
            body[key] = value.clone();
        }
        event(body)
    };
    let mut context = MapContext { event_name: "PAGE_VIEW".into(), ..MapContext::default() };
    let url = |result: Result<Mapped, Reason>| result.map(|mapped| mapped.item.to_value()["event_source_url"].clone());
    let warns = |body: &TrackedEvent| has_warning(&map(body, &context).expect("sent"), "missing_event_source_url");
    assert!(warns(&body(json!({}))));
    assert!(!warns(&body(json!({"properties": {"action_source": "OFFLINE"}}))));
    assert!(!warns(&body(json!({"channel": "mobile"}))));

    context.profile.insert("site_url".into(), json!("https://shop.example/"));
    let of_site = map(&body(json!({})), &context);
    assert!(has_warning(of_site.as_ref().expect("sent"), reason::KNOWN_PAGE));
    assert_eq!(url(of_site), Ok(json!("https://shop.example/")));
    context.profile.insert("page_url".into(), json!("https://shop.example/cart?email=a%40b.example"));
    assert_eq!(url(map(&body(json!({})), &context)), Ok(json!("https://shop.example/cart")));
    let own = map(&body(json!({"properties": {"page_url": "https://shop.example/own"}})), &context);
    assert_eq!(url(own), Ok(json!("https://shop.example/own")));
    // What happened elsewhere did not happen on the page.
    let offline = map(&body(json!({"properties": {"action_source": "OFFLINE"}})), &context).expect("sent");
    assert_eq!(offline.item.get("event_source_url"), None);
    context.fields.insert("event_source_url".into(), FieldRule::Off);
    assert!(has_warning(&map(&body(json!({})), &context).expect("sent"), "missing_event_source_url"));
}

#[test]
fn rules_come_before_defaults() {
    let body = purchase(json!({"net": "7.5", "coupon": "X", "products": [{"product_id": "A", "price": 10}]}));
    let rule = |field: &'static str, rule: FieldRule| run("PURCHASE", body.clone(), &[(field, rule)]);
    let path = |text: &str| FieldRule::Path(text.into());
    let constant = |text: &str| FieldRule::Constant(text.into());
    let item = |result: Result<Mapped, Reason>| result.expect("sent").item.to_value();

    assert_eq!(item(rule("custom_data.value", path("properties.net")))["custom_data"]["value"], 7.5);
    assert_eq!(code(&rule("custom_data.value", path("properties.nothing"))), reason::NO_VALUE);
    assert_eq!(item(rule("custom_data.currency", constant("eur")))["custom_data"]["currency"], "EUR");
    assert_eq!(code(&rule("user_data.em", FieldRule::Off)), reason::NO_IDENTIFIER);
    let cut = item(rule("custom_data.contents", FieldRule::Off));
    assert_eq!(cut["custom_data"].get("contents"), None);
    assert_eq!(cut["custom_data"]["content_ids"], json!(["A"]));
    assert_eq!(
        item(rule("custom_data.content_ids", constant("a, b")))["custom_data"]["content_ids"],
        json!(["a", "b"])
    );
    assert_eq!(item(rule("custom_data.num_items", FieldRule::Off))["custom_data"].get("num_items"), None);
    assert_eq!(item(rule("event_id", path("properties.order_id")))["event_id"], "1");
    assert_eq!(item(rule("event_source_url", constant("https://o.example")))["event_source_url"], "https://o.example");
    assert_eq!(item(rule("action_source", constant("OFFLINE")))["action_source"], "OFFLINE");
    assert_eq!(item(rule("custom_data.event_tag", path("properties.coupon")))["custom_data"]["event_tag"], "X");
    assert_eq!(item(rule("no.such.field", constant("x")))["custom_data"]["value"], 10);
}

#[test]
fn a_product_id_may_have_a_comma() {
    let ids = |properties: Value| {
        run("PURCHASE", purchase(properties), &[]).expect("sent").item.to_value()["custom_data"]["content_ids"].clone()
    };
    assert_eq!(ids(json!({"products": [{"product_id": "A,1"}, {"product_id": "B"}]})), json!(["A,1", "B"]));
    assert_eq!(ids(json!({"content_ids": ["A,1", "B"]})), json!(["A,1", "B"]));
    assert_eq!(ids(json!({"content_ids": "A, B"})), json!(["A", "B"]));
}

#[test]
fn rules_may_name_customerlabs_places() {
    let body = purchase(json!({"net": "7.5", "products": [{"sku": "A-1"}]}));
    let rule = |path: &str| ("custom_data.event_tag", FieldRule::Path(path.into()));
    for (path, expected) in [("customProperties.net", "7.5"), ("properties.productProperties.0.sku", "A-1")] {
        let item = run("PURCHASE", body.clone(), &[rule(path)]).expect("sent").item.to_value();
        assert_eq!(item["custom_data"]["event_tag"], expected, "{path}");
    }
}

#[test]
fn rules_may_read_the_profile() {
    let mut context = of_a_site("PAGE_VIEW");
    context.profile.insert("emails".into(), json!({"work": "a@b.example"}));
    context.fields.insert("user_data.em".into(), FieldRule::Path("profile.emails.work".into()));
    assert!(map(&event(json!({})), &context).is_ok());
}

#[test]
fn warnings_tell_what_is_odd() {
    let warned = |extra: Value| run("PURCHASE", purchase(extra), &[]).expect("sent");
    let odd = warned(json!({"currency": "ZZQ", "order_id": null, "phone": "12", "gender": "x"}));
    assert_eq!(odd.item.to_value()["custom_data"]["currency"], "ZZQ");
    for code in [reason::UNKNOWN_CURRENCY, "missing_order_id", "missing_content_ids", "refused_ph", "refused_ge"] {
        assert!(has_warning(&odd, code), "{code}: {:?}", odd.warnings);
    }
    assert!(has_warning(&warned(json!({"currency": "AMD"})), reason::UNLISTED_CURRENCY));
    assert!(has_warning(&warned(json!({"madid": HASHED_ID})), "refused_madid"));
    let sentences: String = odd.warnings.iter().map(|warning| warning.message.as_str()).collect();
    assert!(!sentences.contains("person@example.com"), "no personal data in warnings");
}

#[test]
fn the_click_id_keeps_its_spelling() {
    for (body, expected) in [
        (json!({"context": {"page": {"url": "https://x.example/?a=1&sccid=AbC-9#f"}}}), "AbC-9"),
        (json!({"context": {"page": {"url": "https://x.example/?SCCID=AbC"}, "ScCid": "other"}}), "AbC"),
        (json!({"context": {"page": {"search": "?ScCid=AbC"}}}), "AbC"),
        (json!({"context": {"clickId": "AbC"}}), "AbC"),
        (json!({"context": {"traits": {"sc_click_id": "AbC"}}}), "AbC"),
        (
            json!({"context": {"page": {"url": "https://x.example/", "referrer": "https://x.example/?sccid=AbC"}}}),
            "AbC",
        ),
        (json!({"properties": {"ScCid": "AbC"}}), "AbC"),
    ] {
        let mut body = body;
        body["traits"] = json!({"email": "a@b.example"});
        assert_eq!(
            run("PAGE_VIEW", body.clone(), &[]).expect("sent").item.to_value()["user_data"]["sc_click_id"],
            expected,
            "{body}"
        );
    }
    // Whatever may tell the address of the page may carry the click.
    for place in [
        "context.page.url",
        "context.page_url",
        "context.url",
        "properties.page_url",
        "properties.event_source_url",
        "properties.url",
        "page_url",
        "url",
    ] {
        let value = json!("https://x.example/?ScCid=AbC-1");
        let mut body = place.rsplit('.').fold(value, |inner, key| json!({key: inner}));
        body["traits"] = json!({"email": "a@b.example"});
        let item = run("PAGE_VIEW", body, &[]).expect("sent").item.to_value();
        assert_eq!(item["event_source_url"], "https://x.example/?ScCid=AbC-1", "{place}");
        assert_eq!(item["user_data"]["sc_click_id"], "AbC-1", "{place}");
    }
    // The name of a page is no click.
    for body in [
        json!({"properties": {"email": "a@b.example", "page_url": "checkout", "landing_site": "home", "url": "home"}}),
        json!({"properties": {"email": "a@b.example"}, "context": {"page": {"url": "Checkout", "referrer": "direct"}}, "url": "home"}),
    ] {
        let item = run("PAGE_VIEW", body.clone(), &[]).expect("sent").item.to_value();
        assert_eq!(item["user_data"].get("sc_click_id"), None, "{body}");
    }
    let mut context = of_a_site("PAGE_VIEW");
    context.profile.insert("email".into(), json!("a@b.example"));
    context.profile.insert("landing_page".into(), json!("https://x.example/?ScCid=AbC"));
    let mapped = map(&event(json!({})), &context).expect("sent");
    assert_eq!(mapped.item.to_value()["user_data"]["sc_click_id"], "AbC");
}

#[test]
fn the_event_comes_before_the_profile() {
    let mut context = of_a_site("PAGE_VIEW");
    context.profile.insert("email".into(), json!("profile@example.com"));
    let digest = |body: Value| map(&event(body), &context).expect("sent").item.to_value()["user_data"]["em"][0].clone();
    let own = digest(json!({"context": {"traits": {"email": "person@example.com"}}}));
    assert_eq!(own, "542d240129883c019e106e3b1b2d3f3cb3537c43c425364de8e951d5a3083345");
    assert_ne!(digest(json!({})), own);
    // A value that can't be one doesn't hide the profile's.
    assert_eq!(digest(json!({"properties": {"email": "n/a"}})), digest(json!({})));
}

#[test]
fn app_events_go_to_the_app() {
    let body = json!({"context": {"app": {"namespace": "com.x"}, "device": {"type": "android"}, "traits": {"email": "a@b.example"}}});
    let mapped = run("APP_OPEN", body, &[]).expect("sent");
    assert_eq!(mapped.asset, AssetKind::App);
    assert_eq!(mapped.item.to_value()["app_data"]["extinfo"].as_array().map(Vec::len), Some(16));
    assert_eq!(mapped.item.to_value()["app_data"]["advertiser_tracking_enabled"], false);
    assert_eq!(run("PURCHASE", purchase(json!({})), &[]).expect("sent").asset, AssetKind::Pixel);
}

#[test]
fn an_address_leaves_only_as_a_hash() {
    let body = purchase(json!({
        "query": "where is dana@example.com", "event_tag": "@sale 2.0", "status": "a @ b.c",
        "referrer_url": "https://g.example/?email=dana%40example.com&q=1",
        "custom_fields": {"who": "dana@example.com", "tier": "gold"},
    }));
    let mapped = run("PURCHASE", body, &[]).expect("sent");
    let custom = mapped.item.to_value()["custom_data"].clone();
    assert_eq!((custom.get("search_string"), custom["referrer_url"].as_str()), (None, Some("https://g.example/?q=1")));
    assert_eq!((custom["event_tag"].as_str(), custom["status"].as_str()), (Some("@sale 2.0"), Some("a @ b.c")));
    assert_eq!(custom["custom_fields"], json!({"tier": "gold"}));
    assert!(has_warning(&mapped, "refused_search_string") && has_warning(&mapped, "refused_custom_fields"));
}

#[test]
fn the_vendors_id_of_a_device_is_no_advertising_id() {
    let sent = |device: Value| {
        let context = json!({"userAgent": "x", "ip": "203.0.113.9", "device": device});
        run("APP_OPEN", json!({"context": context}), &[]).expect("sent").item.to_value()["user_data"].clone()
    };
    let device = |allowed| json!({"type": "ios", "id": "AB-1", "advertisingId": "AB-1", "adTrackingEnabled": allowed});
    let denied = sent(device(false));
    assert_eq!((denied.get("madid"), denied["idfv"].as_str()), (None, Some("AB-1")));
    assert_eq!(sent(device(true))["madid"], "ab-1");
}

#[test]
fn an_app_event_of_which_rules_leave_nothing_has_no_empty_part() {
    let body = json!({"type": "track", "properties": {"email": "a@b.example", "action_source": "MOBILE_APP"}});
    let off = ["app_data.advertiser_tracking_enabled", "app_data.extinfo", "app_data.app_id"]
        .map(|name| (name, FieldRule::Off));
    let sent = |rules: &[(&str, FieldRule)]| run("PAGE_VIEW", body.clone(), rules).expect("sent").item.to_value();
    assert!(sent(&[])["app_data"].is_object());
    assert_eq!(sent(&off).get("app_data"), None);
}

#[test]
fn an_app_event_says_which_system_it_comes_from() {
    let first = |agent: &str, os: &str| {
        let context = json!({"userAgent": agent, "ip": "203.0.113.9", "os": {"name": os}});
        let mapped = run("APP_OPEN", json!({"context": context}), &[]).expect("sent");
        let system = mapped.item.to_value()["app_data"]["extinfo"][0].as_str().map(str::to_owned);
        (system.unwrap_or_default(), has_warning(&mapped, "missing_extinfo"))
    };
    for (agent, os, system) in [
        ("okhttp/4.9", "Android", "a2"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)", "", "i2"),
        ("Dalvik/2.1.0 (Linux; U; Android 14; Pixel 7)", "", "a2"),
        ("Mozilla/5.0 (Windows Phone 10.0; Android 6.0) like iPhone", "", ""),
        ("okhttp/4.9", "", ""),
    ] {
        assert_eq!(first(agent, os), (system.to_owned(), system.is_empty()), "{agent} {os}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(|n| json!(n)),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        Just(json!("person@example.com")),
        Just(json!("https://shop.example/?ScCid=%zz")),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        let keys = prop::sample::select(vec![
            "properties",
            "context",
            "traits",
            "products",
            "email",
            "phone",
            "value",
            "currency",
            "ip",
            "userAgent",
            "page",
            "url",
            "address",
            "country",
            "zip",
            "state",
            "device",
            "app",
            "price",
            "quantity",
            "product_id",
            "extinfo",
            "customProperties",
            "productProperties",
            "user_traits",
            "birthday",
            "gender",
            "name",
            "é",
            "",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(keys.prop_map(str::to_owned), inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_event_breaks_it_and_nothing_empty_leaves(body in any_json(), name in prop::sample::select(snapchat::spec::EVENT_NAMES.to_vec())) {
        let Value::Object(body) = json!({"properties": body.clone(), "context": body.clone(), "traits": body}) else { unreachable!() };
        if let Ok(mapped) = run(name, Value::Object(body), &[]) {
            let text = mapped.item.to_value().to_string();
            for nothing in ["null", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"] {
                prop_assert!(!text.contains(&format!(":{nothing}")) && !text.contains(&format!("[\"{nothing}")), "{}", text);
            }
        }
    }
}
