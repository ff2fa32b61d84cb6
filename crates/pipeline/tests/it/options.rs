//! Options of a destination as deliveries meet them: held events, events of apps, limited data use, and consent.

use domain::{
    Actor, ApiError, Role,
    options::OptionsForm,
    time::{DAY, HOUR, SECOND},
};
use pipeline::ingest::Call;
use serde_json::{Value, json};

use crate::world::{APP, World, page};

fn form() -> OptionsForm {
    OptionsForm::default()
}

impl World {
    async fn options(&self, form: OptionsForm) {
        self.switchyard.save_options(&self.actor, self.destination, form).await.unwrap();
    }
}

#[tokio::test]
async fn held_events_wait_and_purchases_only_if_asked() {
    let world = World::new().await;
    world.options(OptionsForm { hold_seconds: "90".into(), ..form() }).await;
    world.page("m-1").await;
    world.purchase("buy-1", "A-1").await;
    world.deliver().await;
    world.expect(&[("delivered", 1), ("waiting", 1)]).await;
    assert_eq!(world.scripted.items()[0]["event_id"], "buy-1");
    world.clock.advance(89 * SECOND);
    world.deliver().await;
    world.expect(&[("delivered", 1), ("waiting", 1)]).await;
    world.clock.advance(SECOND);
    world.deliver().await;
    world.expect(&[("delivered", 2)]).await;

    world.options(OptionsForm { hold_seconds: "90".into(), hold_purchases: true, ..form() }).await;
    world.purchase("buy-2", "A-2").await;
    world.deliver().await;
    world.expect(&[("delivered", 2), ("waiting", 1)]).await;
    world.clock.advance(90 * SECOND);
    world.deliver().await;
    world.expect(&[("delivered", 3)]).await;
}

#[tokio::test]
async fn an_event_that_would_become_too_old_is_not_held() {
    let world = World::new().await;
    world.options(OptionsForm { hold_seconds: DAY.div_euclid(SECOND).to_string(), ..form() }).await;
    let mut old = page("m-old");
    old["timestamp"] = world.switchyard.now().minus(7 * DAY - HOUR).to_iso().into();
    assert_eq!(world.post(Call::Page, &old).await.status, 200);
    world.page("m-new").await;
    world.deliver().await;
    world.expect(&[("delivered", 1), ("waiting", 1)]).await;
    assert_eq!(world.scripted.items()[0]["event_id"], "m-old");
}

#[tokio::test]
async fn app_events_go_to_the_snap_app_id() {
    let world = World::new().await;
    let mut app = page("m-1");
    app["properties"] = json!({"app": true});
    world.post(Call::Page, &app).await;
    world.deliver().await;
    world.expect(&[("filtered no_asset", 1)]).await;

    world.options(OptionsForm { snap_app_id: APP.into(), limited_data_use: "LDU".into(), ..form() }).await;
    app["messageId"] = "m-2".into();
    world.post(Call::Page, &app).await;
    world.page("m-3").await;
    world.deliver().await;
    world.expect(&[("filtered no_asset", 1), ("delivered", 2)]).await;
    // Two assets are two requests.
    assert_eq!(world.scripted.received().len(), 2);
    assert!(world.scripted.items().iter().all(|item| item["limited"] == "LDU"));
}

#[tokio::test]
async fn options_are_a_marketers_and_checked() {
    let world = World::new().await;
    let wrong = OptionsForm { hold_seconds: "soon".into(), snap_app_id: "12345".into(), ..form() };
    let refused = world.switchyard.save_options(&world.actor, world.destination, wrong).await;
    let Err(ApiError::Invalid(mistakes)) = refused else { panic!("{refused:?}") };
    assert_eq!(mistakes.iter().map(|m| m.field.as_str()).collect::<Vec<_>>(), ["snap_app_id", "hold_seconds"]);
    let viewer = Actor { role: Role::Viewer, ..world.actor };
    assert_eq!(world.switchyard.save_options(&viewer, world.destination, form()).await, Err(ApiError::Forbidden));
    let other = Actor { workspace: domain::WorkspaceId(uuid::Uuid::from_u128(1)), ..world.actor };
    assert_eq!(world.switchyard.save_options(&other, world.destination, form()).await, Err(ApiError::NotFound));

    world.options(OptionsForm { hold_seconds: "30".into(), ..form() }).await;
    let shown = world.switchyard.configuration(&world.actor, world.destination).await.unwrap();
    assert_eq!((shown.options.hold_seconds, shown.changes[0].what.as_str()), (30, "Events are held for 30 seconds"));
}

#[tokio::test]
async fn without_consent_nothing_is_sent_where_it_is_required() {
    let world = World::new().await;
    let says = |id: &str, consent: Value| {
        let mut event = page(id);
        event["context"]["consent"] = consent;
        event
    };
    // Whatever the source asks for, a no is a no.
    world.post(Call::Page, &says("no", json!({"marketing": false}))).await;
    world.page("silent").await;
    world.deliver().await;
    world.expect(&[("filtered no_consent", 1), ("delivered", 1)]).await;

    world.switchyard.set_source_consent(&world.actor, world.source, true).await.unwrap();
    assert!(world.switchyard.sources(&world.actor).await.unwrap()[0].consent_required);
    let batch =
        [page("silent-2"), says("yes", json!({"marketing": true})), says("no-2", json!({"marketing": "denied"}))];
    assert_eq!(world.post(Call::Batch, &json!({ "batch": batch })).await.body["accepted"], 3);
    world.deliver().await;
    world.expect(&[("filtered no_consent", 3), ("delivered", 2)]).await;
    let sent: Vec<String> = world.scripted.received().concat();
    assert_eq!(sent, ["silent", "yes"]);

    // Nor does anybody become known, and so a member of an audience, who did not agree.
    let who = |name: &str, consent: Value| json!({"type": "identify", "messageId": name, "userId": name, "context": {"consent": consent}});
    let batch = [
        who("silent-person", json!({})),
        who("no-person", json!({"marketing": false})),
        who("yes-person", json!({"marketing": true})),
    ];
    world.post(Call::Batch, &json!({ "batch": batch })).await;
    pipeline::profiles::run_until_idle(&world.switchyard).await.unwrap();
    for (name, known) in [("silent-person", 0), ("no-person", 0), ("yes-person", 1)] {
        assert_eq!(world.switchyard.find_person(&world.actor, name).await.unwrap().len(), known, "{name}");
    }
    world.deliver().await;
    let filtered = world.tally().await["filtered no_consent"];

    world.switchyard.set_source_consent(&world.actor, world.source, false).await.unwrap();
    world.page("silent-3").await;
    world.deliver().await;
    assert_eq!(world.tally().await["filtered no_consent"], filtered);
    assert_eq!(world.scripted.received().concat().last().map(String::as_str), Some("silent-3"));
}
