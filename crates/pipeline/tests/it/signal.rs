//! Field rules and match quality, with Snapchat's own mapping and with counts of real deliveries.

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    ApiError, DestinationId,
    fields::Origin,
    time::DAY,
    view_quality::MatchQuality,
    workflow::{EventSetting, FieldRule},
};
use pipeline::{Parts, Switchyard, ingest::Call};
use serde_json::json;
use snapchat::{Settings, Snapchat};
use store::{Keys, Store};

use crate::world::World;

/// A process of its own on the world's database that knows Snapchat.
async fn with_snapchat(world: &World) -> (Switchyard, DestinationId) {
    // A second provider in one process is refused, and the first one serves.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let clock = Arc::new(world.clock.clone());
    let snapchat = Snapchat::new(Settings::default(), clock.clone()).unwrap();
    let switchyard = Switchyard::new(Parts {
        store: Store::open(&world.url, Keys::new(&[7; 32])).await.unwrap(),
        clock,
        dice: || 0.5,
        destinations: vec![Arc::new(snapchat)],
        public_url: "http://localhost".into(),
    });
    let id = switchyard.create_destination(&world.actor, "snapchat", "Snap").await.unwrap();
    (switchyard, id)
}

fn rules(rules: &[(&str, FieldRule)]) -> BTreeMap<String, FieldRule> {
    rules.iter().map(|(name, rule)| ((*name).to_owned(), rule.clone())).collect()
}

#[tokio::test]
async fn field_rules_are_tried_on_the_last_event_then_saved() {
    let world = World::new().await;
    let (switchyard, id) = with_snapchat(&world).await;
    let purchase = json!({
        "event": "order_completed", "messageId": "m-1", "userId": "u-1",
        "context": {"traits": {"email": "dana@northwind.example"}, "page": {"url": "https://shop.example/"}},
        "properties": {"grand_total": "84.50", "value": 5, "currency": "USD"},
    });
    assert_eq!(world.post(Call::Track, &purchase).await.status, 200);

    let saved = switchyard.field_mapping(&world.actor, id, "ordercompleted", None).await.unwrap();
    assert_eq!(
        (saved.event.as_str(), saved.snap_event.as_str(), saved.unsaved),
        ("Order Completed", "PURCHASE", false)
    );
    assert!(saved.preview.is_some() && saved.fields.len() > 60);
    let text = serde_json::to_string(&saved).unwrap();
    assert!(!text.contains("dana@northwind"), "{text}");

    let total = rules(&[("custom_data.value", FieldRule::Path("properties.grand_total".into()))]);
    let ticket = switchyard.try_field_rules(&world.actor, id, "ordercompleted", total.clone()).await.unwrap();
    let draft = switchyard.field_mapping(&world.actor, id, "ordercompleted", Some(&ticket)).await.unwrap();
    let value = draft.fields.iter().find(|field| field.info.name == "custom_data.value").unwrap();
    let trace = value.trace.as_ref().unwrap();
    assert_eq!(trace.origin, Origin::Path("properties.grand_total".into()));
    assert_eq!((trace.sent.clone(), draft.unsaved, draft.mistakes.len()), (Some(json!(84.5)), true, 0));

    let wrong = rules(&[("custom_data.valeu", FieldRule::Off)]);
    let refused = switchyard.save_field_rules(&world.actor, id, "ordercompleted", saved.version, wrong.clone()).await;
    let Err(ApiError::Invalid(mistakes)) = refused else { panic!("{refused:?}") };
    assert!(mistakes[0].message.contains("Did you mean custom_data.value?"));
    let setting = EventSetting {
        event: "Order Completed".into(),
        snap_event: "PURCHASE".into(),
        server: true,
        client: false,
        fields: wrong,
    };
    let refused = switchyard.save_workflow(&world.actor, id, saved.version, vec![setting]).await;
    assert!(matches!(refused, Err(ApiError::Invalid(_))), "{refused:?}");

    switchyard.save_field_rules(&world.actor, id, "ordercompleted", saved.version, total.clone()).await.unwrap();
    let (_, settings) = switchyard.store().event_settings(world.actor.workspace, id).await.unwrap();
    assert_eq!(settings[0].fields, total);
    // A version that somebody else has moved on from is refused.
    let late = switchyard.save_field_rules(&world.actor, id, "ordercompleted", saved.version, rules(&[])).await;
    assert!(matches!(late, Err(ApiError::Refused(_))), "{late:?}");
    let unknown = switchyard.field_mapping(&world.actor, id, "nothing", None).await;
    assert_eq!(unknown.unwrap_err(), ApiError::NotFound);

    let exported = pipeline::export::export(&switchyard, None).await.unwrap();
    assert!(exported.contains("fields = { \"custom_data.value\" = \"properties.grand_total\" }"), "{exported}");
}

#[tokio::test]
async fn an_amount_with_many_digits_stays_what_it_is() {
    let world = World::new().await;
    let (switchyard, id) = with_snapchat(&world).await;
    for (message, value) in [("m-1", 142.452_999_999_999_97), ("m-2", 492.629_800_000_000_05)] {
        let purchase = json!({
            "event": "Order Completed", "messageId": message, "userId": "u-1",
            "context": {"traits": {"email": "dana@northwind.example"}, "page": {"url": "https://shop.example/"}},
            "properties": {"value": value, "currency": "USD"},
        });
        assert_eq!(world.post(Call::Track, &purchase).await.status, 200);
        let mapping = switchyard.field_mapping(&world.actor, id, "ordercompleted", None).await.unwrap();
        let field = mapping.fields.into_iter().find(|field| field.info.name == "custom_data.value").unwrap();
        assert_eq!(field.trace.unwrap().sent, Some(json!(value)));
    }
}

#[tokio::test]
async fn both_sides_need_ids_that_match() {
    let world = World::new().await;
    let (switchyard, id) = with_snapchat(&world).await;
    let both = |fields| EventSetting {
        event: "Order Completed".into(),
        snap_event: "PURCHASE".into(),
        server: true,
        client: true,
        fields,
    };
    let version = switchyard.workflow(&world.actor, id).await.unwrap().version;
    let own = rules(&[("event_id", FieldRule::Path("properties.order_id".into()))]);
    let refused = switchyard.save_workflow(&world.actor, id, version, vec![both(own.clone())]).await;
    let Err(ApiError::Invalid(mistakes)) = refused else { panic!("{refused:?}") };
    assert_eq!(mistakes[0].field, "Order Completed");
    assert!(mistakes[0].message.contains("properties.order_id"), "{}", mistakes[0].message);

    // The other way about, the rule is what is wrong.
    switchyard.save_workflow(&world.actor, id, version, vec![both(rules(&[]))]).await.unwrap();
    let version = switchyard.workflow(&world.actor, id).await.unwrap().version;
    let refused = switchyard.save_field_rules(&world.actor, id, "ordercompleted", version, own.clone()).await;
    let Err(ApiError::Invalid(mistakes)) = refused else { panic!("{refused:?}") };
    assert_eq!(mistakes[0].field, "event_id");
    let ticket = switchyard.try_field_rules(&world.actor, id, "ordercompleted", own).await.unwrap();
    let draft = switchyard.field_mapping(&world.actor, id, "ordercompleted", Some(&ticket)).await.unwrap();
    assert_eq!(draft.mistakes, mistakes);
}

#[tokio::test]
async fn a_constant_that_cannot_be_valid_is_refused_and_one_from_before_stops_nothing_else() {
    let world = World::new().await;
    let (switchyard, id) = with_snapchat(&world).await;
    let order = |constant: &str, server| EventSetting {
        event: "Order Completed".into(),
        snap_event: "PURCHASE".into(),
        server,
        client: false,
        fields: rules(&[("user_data.em", FieldRule::Constant(constant.into()))]),
    };
    // Stored when nothing was checked yet.
    let before = [(order("x", false), "changed".to_owned())];
    world.switchyard.store().save_event_settings(world.actor.workspace, id, 0, &before, &world.author()).await.unwrap();
    let version = switchyard.workflow(&world.actor, id).await.unwrap().version;
    let refused = switchyard.save_workflow(&world.actor, id, version, vec![order("y", true)]).await;
    let Err(ApiError::Invalid(mistakes)) = refused else { panic!("{refused:?}") };
    assert!(mistakes[0].message.contains("e-mail address"), "{mistakes:?}");
    switchyard.save_workflow(&world.actor, id, version, vec![order("x", true)]).await.unwrap();
    let version = switchyard.workflow(&world.actor, id).await.unwrap().version;
    switchyard.save_workflow(&world.actor, id, version, vec![order("dana@n.example", true)]).await.unwrap();
}

async fn quality(world: &World) -> MatchQuality {
    world.switchyard.match_quality(&world.actor, world.destination).await.unwrap()
}

#[tokio::test]
async fn quality_counts_what_was_sent_and_what_lacked_too_much() {
    let world = World::new().await;
    assert_eq!(quality(&world).await.total, None);
    world.pages(6).await;
    let bare: Vec<_> = (0..3)
        .map(|n| json!({"type": "page", "messageId": format!("bare-{n}"), "userId": "u-1", "context": {"ip": "203.0.113.9"}}))
        .chain([json!({"type": "page", "messageId": "unfit", "userId": "u-1", "properties": {"unmappable": true}})])
        .collect();
    world.post(Call::Batch, &json!({ "batch": bare })).await;
    // Not switched on, so not judged.
    world.post(Call::Track, &json!({"event": "Lead", "userId": "u-1"})).await;
    world.deliver().await;

    let seen = quality(&world).await;
    assert_eq!(seen.events.len(), 1);
    let (event, total) = (&seen.events[0], seen.total.as_ref().unwrap());
    assert_eq!((event.event.as_str(), event.score.events, event.score.left_out), ("Page View", 10, 1));
    let percents: Vec<u32> = event.fields.iter().map(|field| field.percent).collect();
    assert_eq!(percents, [60, 90]);
    // (30 · 6 + 10 · 9) / (40 · 10)
    assert_eq!((event.score.score, total.score), (67, 67));
    assert!(total.advice.as_ref().unwrap().starts_with("Send the address."));

    // Repeated answers count once, and a week later nothing is left.
    world.deliver().await;
    assert_eq!(quality(&world).await, seen);
    world.clock.advance(8 * DAY);
    assert_eq!(quality(&world).await.total, None);
}
