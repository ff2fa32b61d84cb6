//! The vectors of reference section 12, through the whole mapping: what Snapchat gets, not what a helper returns.

use domain::{
    Timestamp,
    destination::{IdentifierKind, MapContext},
    event::{EventKind, TrackedEvent},
};
use serde_json::{Value, json};
use snapchat::{audiences, map::map};

/// Maps an event with these traits; another identifier keeps it valid where the tested one is refused.
fn user_data(traits: Value, country: Option<&str>) -> Value {
    let body = json!({
        "userId": "u",
        "traits": traits,
        "context": {"ip": "203.0.113.24", "userAgent": "Mozilla/5.0", "page": {"url": "https://shop.example/"}},
    });
    let Value::Object(body) = body else { unreachable!() };
    let event = TrackedEvent {
        kind: EventKind::Track,
        name: "Page View".into(),
        message_id: "m-1".into(),
        occurred_at: Timestamp(1_767_261_600_123),
        received_at: Timestamp(1_767_261_600_200),
        body,
    };
    let context = MapContext {
        event_name: "PAGE_VIEW".into(),
        default_country: country.map(str::to_owned),
        ..MapContext::default()
    };
    map(&event, &context).expect("valid").item.to_value()["user_data"].clone()
}

/// One row: field, traits, default country, digest.
type Row<'a> = (&'a str, Value, Option<&'a str>, &'a str);

fn check(rows: &[Row<'_>]) {
    for (field, traits, country, digest) in rows {
        assert_eq!(user_data(traits.clone(), *country)[*field], json!([digest]), "{field} {traits} {country:?}");
    }
}

#[test]
fn emails() {
    let rows: Vec<Row<'_>> = [
        ("person@example.com", "542d240129883c019e106e3b1b2d3f3cb3537c43c425364de8e951d5a3083345"),
        ("  Person@Example.COM ", "542d240129883c019e106e3b1b2d3f3cb3537c43c425364de8e951d5a3083345"),
        ("\tTest123@Example.com\n", "20b82517b67108ed3a171539dc5dd1da605660249b02f38dd70f572a545c7d18"),
        ("test@email.com", "73062d872926c2a556f17b36f50e328ddf9bff9d403939bd14b6c3b7f5a33fc2"),
        ("Person@Email.com", "b375b7bbddb3de3298fbc7641063d9f03a38e118aa4480c8ab9f58740982e8bd"),
        ("User.Name+promo@Gmail.com", "8d37001814a68dc10845e9dfc7da7273a17cfa1603bfe31ff41b4489820fcf79"),
        ("JÖRG@Beispiel.DE", "7ad60d69dfd009d23e00921bfeb763b71d2516c504814f6e12f964921a21a8e9"),
        ("JO\u{308}RG@Beispiel.DE", "7ad60d69dfd009d23e00921bfeb763b71d2516c504814f6e12f964921a21a8e9"),
        ("info@MÜNCHEN.example", "82ddfa746471ed54cb65ba7a5894764faeef11203f4ab6c1f3ac35b2d7cf459a"),
    ]
    .into_iter()
    .map(|(raw, digest)| ("em", json!({"email": raw}), None, digest))
    .collect();
    check(&rows);
}

#[test]
fn phones() {
    let saudi = "9af48d5cc01c19c18577683115c9d3a5ba4ae5435320267098ed2ba68b8f03b7";
    let british = "dc008fda46e2e64002cf2f82a4906236282d431c4f75e5b60bfe79fc48546383";
    let sdk = "19f25a18866af88fc60189c3af85010a0b971cf976053787fe21e004538c20a0";
    let illinois = "34053b331d29734f081bf74160cd33bc2f621b3b6f8ec991500bebf49f14e014";
    let californian = "11072303eb5c8cb5c5a1ebb762f11b37b07131265b46fdfe1276196bfbd3ca51";
    let rows: Vec<Row<'_>> = [
        ("+44 844 412 4653", None, british),
        ("0044 844 412 4653", None, british),
        ("+44 (0)844 412 4653", None, british),
        ("+44-447-234-2344", None, sdk),
        ("0044-447-234-2344", None, sdk),
        ("+44-0447-234-2344", None, sdk),
        ("447-234-2344", Some("US"), illinois),
        ("+14472342344", None, illinois),
        ("+1(706)-767-5127", None, "2fd199db6d3fa9fe754886ff1822f2867fcb104a6639495eca25c2978efe4ed4"),
        ("(415) 555-0132", Some("US"), californian),
        ("+1 415.555.0132", None, californian),
        ("+1 415 555 0132 ext. 7", None, californian),
        ("055 123 4567", Some("SA"), saudi),
        ("+٩٦٦ ٥٥ ١٢٣ ٤٥٦٧", None, saudi),
        ("06 12 34 56 78", Some("FR"), "8a3e7886c9335e82e02299fa3e87b46e2de3b0c63d56003e30a5029394a47661"),
    ]
    .into_iter()
    .map(|(raw, country, digest)| ("ph", json!({"phone": raw}), country, digest))
    .collect();
    check(&rows);
    check(&[
        ("ph", json!({"phone": 551_234_567}), Some("SA"), saudi),
        ("ph", json!({"phone": 966_551_234_567_u64}), Some("SA"), saudi),
        ("ph", json!({"phone": 4_155_550_132_u64}), Some("US"), californian),
    ]);
}

#[test]
fn names_gender_and_birthday() {
    let obrien = "b4cb6cb33fe4b865868de825023a1e2790dc12ac01ecc8d7c5afe8254071c8ba";
    let raphael = "e74bb89e718fe1e19c422a48382870399f8bf7ca8dfa008739e75b0be76627b7";
    check(&[
        ("fn", json!({"first_name": "John"}), None, "96d9632f363564cc3032521409cf22a852f2032eec099ed5967c0d000cec607a"),
        ("fn", json!({"firstName": "Raphaël"}), None, raphael),
        ("fn", json!({"firstName": "Raphae\u{308}l"}), None, raphael),
        ("fn", json!({"firstName": "김"}), None, "a0d5f241aa6fb544e5d26431e2f40a310f0fc260803053038e5c6012ddaa6ce6"),
        (
            "fn",
            json!({"firstName": "  José  "}),
            None,
            "d994e1d001886fe5b45b1267bd1fa2b752ac50742579bd3dad7b2a2aa0ed6866",
        ),
        (
            "fn",
            json!({"firstName": "Mary-Jane"}),
            None,
            "f08f448a5e7a9dc3619bb7c129f6a7d5fc6af002cea17ad71dfdc1c68f4d4e0e",
        ),
        ("ln", json!({"lastName": "O'Brien"}), None, obrien),
        ("ln", json!({"last_name": "O’Brien"}), None, obrien),
        ("ln", json!({"lastName": "Doe"}), None, "799ef92a11af918e3fb741df42934f3b568ed2d93ac1df74f1b8d41a27932a6f"),
        ("ln", json!({"lastName": "Müller"}), None, "2dbd218072117713f2d5996a726a9b216ed791ffd0783b6ba4ab6d61b8333192"),
        (
            "ln",
            json!({"lastName": "van der Berg"}),
            None,
            "a6fe68a719fbd8e4466cb6992d9a64dd1f6837e26dfc5a024f1393f51d3737c0",
        ),
        ("ge", json!({"gender": "Female"}), None, "252f10c83610ebca1a059c0bae8255eba2f95be4d1d7bcfa89d7248a82d9f111"),
        ("ge", json!({"gender": "M"}), None, "62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a"),
        (
            "db",
            json!({"birthday": "1997-12-26"}),
            None,
            "069068313b0b2dd680b9f0b8082228a817fb100433ad1d825ccc4d20123669a8",
        ),
        (
            "db",
            json!({"birthday": "2001-02-01"}),
            None,
            "ceba055df311365a407a24e631d5c65575180291a250b48825b9b2a467da32a3",
        ),
    ]);
}

#[test]
fn places() {
    let california = "6959097001d10501ac7d54c0bdb8db61420f658f2922cc26e46d536119a31126";
    check(&[
        ("ct", json!({"city": "Menlo Park"}), None, "0007a3d64c01e23d5075203c5977c14e4f7e01a3fc570686fcc50b5e1dd42685"),
        (
            "ct",
            json!({"address": {"city": "São Paulo"}}),
            None,
            "3eda1428ae1aece064071f8d40f08fe2bc59ffa66c171a163caf15122ec4d7f0",
        ),
        ("ct", json!({"city": "St. Louis"}), None, "8ba24bdf99947996f3000259be455de791b06fcc0e802ce05031030df1ee8ea3"),
        ("ct", json!({"city": "New York"}), None, "350c754ba4d38897693aa077ef43072a859d23f613443133fecbbd90a3512ca5"),
        ("st", json!({"state": "CA"}), None, california),
        ("st", json!({"address": {"state": "California", "country": "US"}}), None, california),
        (
            "st",
            json!({"state": "New South Wales", "country": "AU"}),
            None,
            "96236847af45f93f09c6ba2627cdb8da07e395f009d0e42f782cffb119cc24da",
        ),
        (
            "zp",
            json!({"postalCode": "94025-1234", "country": "US"}),
            None,
            "b9a9cf3cd3723a2e91b7c23ecf68456e872b6e5d86e5cab7f3d45a7302da32c7",
        ),
        ("zp", json!({"zip": "02139"}), None, "37ee873de5c1aa94b4bd802ad204de983c221f35fc2c0c28259232eb329f36bf"),
        (
            "zp",
            json!({"zip": 2139, "country": "US"}),
            None,
            "37ee873de5c1aa94b4bd802ad204de983c221f35fc2c0c28259232eb329f36bf",
        ),
        (
            "zp",
            json!({"postcode": "SW1A 1AA", "country": "GB"}),
            None,
            "949af780a19e6f6d4b99d7044743348dbbb7ab2245fe146863573b23d02c5890",
        ),
        (
            "zp",
            json!({"zip": "K1A 0B1", "country": "CA"}),
            None,
            "3e8d74314dc02166b1ea8c7bd8c2357fb3f9898074395b8c57f8799848b4daa1",
        ),
        (
            "zp",
            json!({"zip": "10115", "country": "DE"}),
            None,
            "ac7bb74de6884ffce919c15fef4193749d4588026c643973946713ac46da540d",
        ),
        ("country", json!({"country": "US"}), None, "79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621"),
        ("country", json!({"country": "GB"}), None, "0b407281768f0e833afef47ed464b6571d01ca4d53c12ce5c51d1462f4ad6677"),
        (
            "country",
            json!({"country": " De "}),
            None,
            "959a45d44e6fcf58361ed004681556fe50129f2109e817dec098c00c9e5d2578",
        ),
        (
            "country",
            json!({"country": "India"}),
            None,
            "582967534d0f909d196b97f9e6921342777aea87b46fa52df165389db1fb8ccf",
        ),
    ]);
}

#[test]
fn external_id_and_advertising_id() {
    check(&[(
        "external_id",
        json!({"external_id": "User-12345"}),
        None,
        // Not the userId: what is stated is taken.
        "b18075c8f08d7774088a0910823bd34903c13d68eb71791e01439b2ef87f8710",
    )]);
    assert_eq!(
        audiences::digest(IdentifierKind::MobileAdId, "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6", None).as_deref(),
        Some("30a5154b77ab8b2ddbe19f5e7af72f33cc2a4a41f22940d965102650a1c72863"),
    );
}

#[test]
fn hashes_pass_and_others_are_refused() {
    let digest = "542d240129883c019e106e3b1b2d3f3cb3537c43c425364de8e951d5a3083345";
    for passed in [digest.to_owned(), digest.to_uppercase(), format!("  {digest} ")] {
        for (field, traits) in
            [("em", json!({"email": passed})), ("fn", json!({"firstName": passed})), ("zp", json!({"zip": passed}))]
        {
            assert_eq!(user_data(traits, None)[field], json!([digest]), "{field} {passed}");
        }
        assert_eq!(user_data(json!({"phone": passed}), Some("US"))["ph"], json!([digest]));
    }
    for refused in [&digest[..32], &digest[..40]] {
        for (field, key) in [("em", "email"), ("ph", "phone"), ("fn", "firstName"), ("ct", "city"), ("db", "birthday")]
        {
            assert_eq!(user_data(json!({key: refused}), Some("US")).get(field), None, "{field} {refused}");
        }
    }
    for odd in [digest[..63].to_owned(), format!("{digest}0"), format!("{}g", &digest[..63])] {
        assert_eq!(user_data(json!({"email": odd}), None).get("em"), None, "{odd}");
        assert_eq!(user_data(json!({"phone": odd}), Some("US")).get("ph"), None, "{odd}");
        assert!(user_data(json!({"firstName": odd}), None).get("fn").is_some(), "{odd}");
    }
}

#[test]
fn values_for_nothing_never_leave() {
    let never = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b",
        "eb045d78d273107348b0300c01d29b7552d622abbc6faf81b3ec55359aa9950c",
        "dc937b59892604f5a86ac96936cd7ff09e25f18ae6b758e8014a24c7fa039e91",
        "12b9377cbe7e5c94e8a70d9d23929523d14afa954793130f8a3959c7b849aca8",
    ];
    let nothing = ["", "   ", "null", "undefined", "None", "00000000-0000-0000-0000-000000000000"];
    let keys = [
        "email",
        "phone",
        "firstName",
        "lastName",
        "gender",
        "birthday",
        "city",
        "state",
        "zip",
        "country",
        "external_id",
    ];
    for value in never.iter().chain(&nothing) {
        for key in keys {
            let data = user_data(json!({key: value}), Some("US")).to_string();
            assert!(never.iter().all(|digest| !data.contains(digest)), "{key} {value}: {data}");
        }
        let data = user_data(json!({"madid": value}), None);
        assert!(data.get("madid").is_none_or(|id| never.contains(&id.as_str().unwrap_or_default())), "{value}");
    }
    assert_eq!(user_data(json!({"email": null, "phone": null}), None).get("em"), None);
}
