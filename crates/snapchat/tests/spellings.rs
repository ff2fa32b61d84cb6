//! Spellings that shops really send, through the whole mapping: keys, values for nothing, other scripts, and the source's country.

use domain::{
    Timestamp,
    destination::{MapContext, Mapped},
    event::{EventKind, TrackedEvent},
};
use serde_json::{Value, json};
use snapchat::{map::map, normalise::hash::sha256};

fn mapped(traits: Value, properties: Value, country: Option<&str>) -> Mapped {
    let body = json!({
        "anonymousId": "a",
        "context": {"ip": "203.0.113.24", "userAgent": "Mozilla/5.0", "page": {"url": "https://shop.example/"}, "traits": traits},
        "properties": properties,
    });
    let Value::Object(body) = body else { unreachable!() };
    let at = Timestamp(1_767_261_600_123);
    let event = TrackedEvent {
        kind: EventKind::Track,
        name: "Product Viewed".into(),
        message_id: "m-1".into(),
        occurred_at: at,
        received_at: at,
        body,
    };
    let context = MapContext {
        event_name: "VIEW_CONTENT".into(),
        default_country: country.map(str::to_owned),
        ..MapContext::default()
    };
    map(&event, &context).expect("valid")
}

/// Each trait becomes the digest of the text, or nothing.
fn check(field: &str, rows: &[(Value, Option<&str>, Option<&str>)]) {
    for (traits, country, expected) in rows {
        let data = mapped(traits.clone(), json!({}), *country).item.to_value();
        let expected = expected.map(|text| json!([sha256(text)]));
        assert_eq!(data["user_data"].get(field), expected.as_ref(), "{field} {traits} {country:?}");
    }
}

#[test]
fn keys_are_known_in_the_spellings_of_other_systems() {
    for (field, value, expected, keys) in [
        ("em", "Dana@X.example", "dana@x.example", &["mail", "E-Mail", "emailAddress", "contact_email"][..]),
        (
            "ph",
            "+1 415 555 2671",
            "14155552671",
            &["tel", "cell", "mobile", "cellPhone", "telephone", "Telephone Number", "msisdn"],
        ),
        ("fn", "Dana", "dana", &["forename", "given_name", "GivenName", "fname"]),
        ("ln", "Doe", "doe", &["surname", "family_name", "lname"]),
        ("ge", "female", "f", &["sex", "gender"]),
        ("db", "1997-12-26", "19971226", &["birthdate", "dob", "dateOfBirth", "birth_date"]),
        ("zp", "10115", "10115", &["postcode", "zip_code", "postal", "PIN code", "ZipCode"]),
        ("ct", "Menlo Park", "menlopark", &["town", "locality"]),
    ] {
        let rows: Vec<_> = keys.iter().map(|key| (json!({*key: value}), None, Some(expected))).collect();
        check(field, &rows);
    }
    let billed = json!({"billing_address": {"first_name": "Sam", "lastName": "Hill", "phone": "+1 415 555 2671"},
        "shipping_address": {"first_name": "Pat"}});
    let item = mapped(json!({}), billed, None).item.to_value();
    for (field, text) in [("fn", "sam"), ("ln", "hill"), ("ph", "14155552671")] {
        assert_eq!(item["user_data"][field], json!([sha256(text)]), "{field}");
    }
    // A cell of a table is nobody's number, and a yes is no value.
    let data = mapped(json!({"mobile": true}), json!({"cell": "4155552671"}), Some("US"));
    assert_eq!(data.item.at("/user_data/ph"), None);
    assert!(!data.warnings.iter().any(|warning| warning.code == "refused_ph"), "{:?}", data.warnings);
}

#[test]
fn postcodes_follow_the_source_s_country_where_the_event_names_none() {
    check(
        "zp",
        &[
            (json!({"zip": "SW1A 1AA"}), Some("GB"), Some("sw1a1")),
            (json!({"zip": "SW1A 1AA"}), None, Some("sw1a1aa")),
            (json!({"zip": "SW1A 1AA", "country": "FR"}), Some("GB"), Some("sw1a1aa")),
            (json!({"zip": "SW1A 1AA", "country": sha256("gb")}), None, Some("sw1a1")),
            (json!({"zip": "SW1A 1AA", "country": "Atlantis"}), Some("GB"), Some("sw1a1aa")),
            (json!({"zip": 940_251_234}), Some("US"), Some("94025")),
            (json!({"zip": 2139}), Some("US"), Some("02139")),
            (json!({"zip": "01310-100"}), Some("US"), Some("01310100")),
            (json!({"zip": "k1a-0b1"}), Some("CA"), Some("k1a0b1")),
            (json!({"zip": "９４０２５"}), Some("US"), Some("94025")),
        ],
    );
    check("st", &[(json!({"state": "Texas"}), Some("GB"), Some("tx"))]);
    // The country itself is never made up.
    check("country", &[(json!({"zip": "SW1A 1AA"}), Some("GB"), None)]);
}

#[test]
fn words_for_nothing_are_no_names_and_no_ids() {
    for nothing in ["N/A", "n/a", "(not set)", "#N/A", "(none)", "-"] {
        for (field, key) in [("fn", "firstName"), ("ln", "lastName"), ("ct", "city"), ("country", "country")] {
            check(field, &[(json!({key: nothing}), None, None)]);
        }
    }
    let item = mapped(json!({}), json!({"order_id": "N/A", "currency": "n/a"}), None).item;
    assert_eq!((item.at("/custom_data/order_id"), item.at("/custom_data/currency")), (None, None));
    check("ln", &[(json!({"lastName": "Na"}), None, Some("na"))]);
}

#[test]
fn other_scripts_and_words_are_read() {
    check(
        "country",
        &[
            (json!({"country": "U.S."}), None, Some("us")),
            (json!({"country": "ＵＳ"}), None, Some("us")),
            (json!({"country": "Nederland"}), None, Some("nl")),
            (json!({"country": "日本"}), None, Some("jp")),
        ],
    );
    check("db", &[(json!({"birthday": "Dec 26, 1997"}), None, Some("19971226"))]);
    check("db", &[(json!({"birthday": "١٩٩٧-١٢-٢٦"}), None, Some("19971226"))]);
    check("fn", &[(json!({"firstName": "İpek"}), None, Some("i\u{307}pek"))]);
    check("ln", &[(json!({"lastName": "Straße"}), None, Some("straße"))]);
    for (raw, expected) in [("Rs. 1,499", json!(1499)), ("Rs.100", json!(100)), ("kr. 12,50", json!(12.5))] {
        let item = mapped(json!({}), json!({"value": raw}), None).item.to_value();
        assert_eq!(item["custom_data"]["value"], expected, "{raw}");
    }
}

#[test]
fn amounts_and_products_are_read_as_shops_write_them() {
    let custom = |properties: Value| mapped(json!({}), properties, None).item.to_value()["custom_data"].clone();
    let data = custom(
        json!({"value": "Rp 150.000", "currency": "idr", "products": [{"id": "A", "price": "75.000", "quantity": "2"}]}),
    );
    assert_eq!((&data["value"], &data["contents"][0]["item_price"]), (&json!(150_000), &json!("75000")));
    // A number was read by the program that sent it.
    let data = custom(json!({"value": 999.125, "currency": "IDR", "products": [{"id": "A", "price": 499.125}]}));
    assert_eq!((&data["value"], &data["contents"][0]["item_price"]), (&json!(999.125), &json!("499.125")));
    let data = custom(json!({"value": "1.299 €", "currency": "€"}));
    assert_eq!((&data["value"], &data["currency"]), (&json!(1299), &json!("EUR")));
    // A list with gaps, as PHP writes it; Shopify's vendor; several categories.
    let data = custom(json!({"products": {
        "0": {"product_id": "A", "vendor": "Acme", "category": ["Boots", "Sale"]},
        "2": {"product_id": "B", "vendor": "Acme", "brand": "Fjell", "category": "Socks"},
    }}));
    assert_eq!(data["content_ids"], json!(["A", "B"]));
    assert_eq!(data["contents"], json!([{"id": "A", "brand": "Acme"}, {"id": "B", "brand": "Fjell"}]));
    assert_eq!((&data["brands"], &data["num_items"]), (&json!(["Acme", "Fjell"]), &json!(2)));
    assert_eq!(data["content_category"], json!(["Boots", "Sale", "Socks"]));
}

#[test]
fn orders_of_shop_systems_are_read() {
    let digests = |texts: &[(&str, &str)], item: &Value| {
        for (field, text) in texts {
            assert_eq!(item["user_data"][*field], json!([sha256(text)]), "{field}");
        }
    };
    // WooCommerce's order, and its flat names.
    let billing = json!({"first_name": "Jöhn", "last_name": "Doe", "city": "San Francisco", "state": "CA", "postcode": "94103",
        "country": "US", "email": "John@x.example", "phone": "(415) 555-2671"});
    let expected = [
        ("fn", "jöhn"),
        ("ln", "doe"),
        ("em", "john@x.example"),
        ("ph", "14155552671"),
        ("ct", "sanfrancisco"),
        ("st", "ca"),
        ("zp", "94103"),
        ("country", "us"),
    ];
    let shipping = json!({"first_name": "Other", "city": "Oakland", "postcode": "94601"});
    let flat: serde_json::Map<String, Value> = billing
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| (format!("billing_{key}"), value.clone()))
        .collect();
    digests(
        &expected,
        &mapped(json!({}), json!({"billing": billing, "shipping": shipping}), Some("US")).item.to_value(),
    );
    digests(&expected, &mapped(json!({}), Value::Object(flat), Some("US")).item.to_value());

    // Google's user data, plain or hashed, and its object of what was bought.
    let google = json!({
        "user_data": {"sha256_email_address": sha256("g@x.example"), "phone_number": "+14155552671",
            "address": {"first_name": "Gia", "city": "Rome", "postal_code": "00118", "country": "IT"}},
        "ecommerce": {"transaction_id": "T-1", "value": 25.42, "currency": "EUR", "items": [{"item_id": "S", "item_brand": "B"}]},
    });
    let item = mapped(json!({}), google, None).item.to_value();
    digests(
        &[
            ("em", "g@x.example"),
            ("ph", "14155552671"),
            ("fn", "gia"),
            ("ct", "rome"),
            ("zp", "00118"),
            ("country", "it"),
        ],
        &item,
    );
    let data = &item["custom_data"];
    assert_eq!((&data["order_id"], &data["value"], &data["currency"]), (&json!("T-1"), &json!(25.42), &json!("EUR")));
    assert_eq!((&data["content_ids"], &data["brands"]), (&json!(["S"]), &json!(["B"])));

    // Magento's order, and a product as other ad networks' pixels have it.
    let magento = json!({"increment_id": "000000123", "grand_total": "129.9000", "order_currency_code": "EUR", "customer_firstname": "Ma",
        "customer_lastname": "Gento", "customer_email": "ma@x.example", "items": [{"sku": "MJ01", "qty_ordered": "2.0000"}]});
    let item = mapped(json!({}), magento, None).item.to_value();
    digests(&[("fn", "ma"), ("ln", "gento"), ("em", "ma@x.example")], &item);
    let data = &item["custom_data"];
    assert_eq!(
        (&data["order_id"], &data["value"], &data["currency"]),
        (&json!("000000123"), &json!(129.9), &json!("EUR"))
    );
    assert_eq!(data["contents"], json!([{"id": "MJ01", "quantity": "2"}]));
    let contents = json!({"contents": [{"content_id": "c1", "content_name": "N", "content_category": "Cat"}]});
    let data = mapped(json!({}), contents, None).item.to_value()["custom_data"].clone();
    assert_eq!((&data["content_name"], &data["content_category"]), (&json!("N"), &json!(["Cat"])));

    // Shopify's landing page, of which it tells the path.
    let shopify = json!({"landing_site": "/products/x?ScCid=AbC-1", "client_details": {"user_agent": "UA"}, "browser_ip": "203.0.113.7"});
    let item = mapped(json!({}), shopify, None).item.to_value();
    assert_eq!(item["user_data"]["sc_click_id"], "AbC-1");
}

#[test]
fn an_unknown_action_source_is_told() {
    let told = |stated: Value| {
        let mapped = mapped(json!({}), json!({"action_source": stated}), None);
        let warning = mapped.warnings.into_iter().find(|warning| warning.code == "unknown_action_source");
        (mapped.item.to_value()["action_source"].clone(), warning.map(|warning| warning.message))
    };
    let (source, message) = told(json!("moon"));
    assert_eq!(source, "WEB");
    assert!(message.is_some_and(|message| message.contains("“moon”") && message.contains("sent as WEB")));
    // What may be personal is not repeated in what is kept.
    assert!(told(json!("dana@x.example")).1.is_some_and(|message| !message.contains("dana")));
    assert_eq!(told(json!("physical_store")), (json!("OFFLINE"), None));
    assert_eq!(told(json!("null")).1, None);
}
