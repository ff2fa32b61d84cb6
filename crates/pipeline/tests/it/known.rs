//! What profiles know is filled into events that lack it: at the time of sending, for whoever the event is of.

use bytes::Bytes;
use domain::{
    EventId, SourceId,
    options::OptionsForm,
    time::SECOND,
    view_bench::{TestRequest, TestRun, TestedEvent},
    workflow::{EventSetting, FieldRule},
};
use pipeline::{ingest::Call, profiles};
use serde_json::{Value, json};
use store::NewSource;
use uuid::Uuid;

use crate::world::{World, peer};

impl World {
    async fn send(&self, call: Call, body: Value) {
        let answer = self.post(call, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    async fn follow(&self) {
        profiles::run_until_idle(&self.switchyard).await.unwrap();
    }

    async fn erase(&self, id: &str) {
        let person = self.switchyard.find_person(&self.actor, id).await.unwrap()[0].id;
        self.switchyard.erase_person(&self.actor, person, &person.to_string(), true).await.unwrap();
        self.follow().await;
    }

    /// What the profile of the last event that was sent told.
    async fn told(&self) -> Value {
        self.follow().await;
        self.deliver().await;
        self.scripted.told()
    }
}

fn bare(id: &str, anonymous: &str) -> Value {
    json!({"type": "page", "messageId": id, "anonymousId": anonymous})
}

#[tokio::test]
async fn an_event_is_filled_from_its_persons_profile() {
    let world = World::new().await;
    world
        .send(
            Call::Page,
            json!({"messageId": "land", "anonymousId": "a-1", "context": {
            "page": {"url": "https://shop.example/?ScCid=Click-1"}, "cookies": {"_scid": "cookie-1"}}}),
        )
        .await;
    world
        .send(
            Call::Identify,
            json!({"messageId": "who", "anonymousId": "a-1", "userId": "u-1", "traits": {
            "email": "Dana@Northwind.example", "firstName": "Dana", "address": {"city": "Reno"}, "plan": "pro"}}),
        )
        .await;
    world.send(Call::Page, bare("later", "a-1")).await;
    let told = json!({
        "email": "Dana@Northwind.example", "firstName": "Dana", "address": {"city": "Reno"}, "userId": "u-1",
        "sc_click_id": "Click-1", "sc_cookie1": "cookie-1", "page_url": "https://shop.example/?ScCid=Click-1",
        "site_url": "https://shop.example/",
    });
    assert_eq!(world.told().await, told);
    // Somebody else's event knows the site alone.
    world.send(Call::Page, bare("other", "a-2")).await;
    assert_eq!(world.told().await, json!({"site_url": "https://shop.example/"}));
    world.clock.advance(600 * SECOND);
    // A later click counts from then on, also if it arrives before an earlier one.
    let click = |id: &str, click: &str, minutes: i64| {
        let at = world.switchyard.now().plus(minutes * 60 * SECOND).to_iso();
        json!({"messageId": id, "userId": "u-1", "timestamp": at,
               "context": {"page": {"url": format!("https://shop.example/?ScCid={click}")}}})
    };
    world.send(Call::Page, click("new", "Click-3", -1)).await;
    world.follow().await;
    world.send(Call::Page, click("old", "Click-2", -2)).await;
    world.send(Call::Page, json!({"messageId": "after", "userId": "u-1"})).await;
    assert_eq!(world.told().await["sc_click_id"], "Click-3");
    // Rules name any trait, and nothing is read that nobody asked for.
    let rule = FieldRule::Path("profile.plan".into());
    let setting = EventSetting {
        event: "Page View".into(),
        snap_event: "PAGE_VIEW".into(),
        server: true,
        client: false,
        fields: [("x".to_owned(), rule)].into(),
    };
    world.switchyard.save_workflow(&world.actor, world.destination, 1, vec![setting]).await.unwrap();
    world.send(Call::Page, bare("ruled", "a-1")).await;
    assert_eq!(world.told().await["plan"], "pro");
    world.expect_balanced().await;
}

#[tokio::test]
async fn a_click_after_an_event_did_not_lead_to_it() {
    let world = World::new().await;
    let of_minutes_ago = |id: &str, minutes: i64, address: &str| {
        let at = world.switchyard.now().plus(-minutes * 60 * SECOND).to_iso();
        let page = if address.is_empty() { json!({}) } else { json!({"page": {"url": address}}) };
        json!({"messageId": id, "anonymousId": "a-1", "timestamp": at, "context": page})
    };
    world.send(Call::Page, of_minutes_ago("land", 60, "https://shop.example/?ScCid=Click-1")).await;
    world.follow().await;
    // An event that comes late, or was held for long, happened before.
    world.send(Call::Page, of_minutes_ago("earlier", 95, "")).await;
    let told = world.told().await;
    assert_eq!((told.get("sc_click_id"), told.get("page_url")), (None, None));
    world.send(Call::Page, of_minutes_ago("later", 30, "")).await;
    assert_eq!(world.told().await["sc_click_id"], "Click-1");
}

#[tokio::test]
async fn merges_hand_visits_over_and_erasing_takes_them_away() {
    let world = World::new().await;
    let land = |id: &str, anonymous: &str, click: &str| {
        json!({"messageId": id, "anonymousId": anonymous,
               "context": {"page": {"url": format!("https://shop.example/?ScCid={click}")}}})
    };
    world.send(Call::Page, land("one", "a-1", "Click-1")).await;
    world.follow().await;
    world.clock.advance(SECOND);
    world
        .send(
            Call::Page,
            json!({"messageId": "two", "anonymousId": "a-2", "context": {"cookies": {"_scid": "cookie-2"}}}),
        )
        .await;
    world.follow().await;
    for anonymous in ["a-1", "a-2"] {
        world.send(Call::Identify, json!({"anonymousId": anonymous, "userId": "u-1"})).await;
    }
    world.send(Call::Page, bare("three", "a-2")).await;
    let told = world.told().await;
    assert_eq!((&told["sc_click_id"], &told["sc_cookie1"]), (&json!("Click-1"), &json!("cookie-2")));

    world.erase("u-1").await;
    world.send(Call::Page, bare("four", "a-2")).await;
    world.deliver().await;
    assert!(world.tally().await.contains_key("filtered erased"));
    world.expect_balanced().await;
}

#[tokio::test]
async fn what_is_learnt_while_an_event_is_held_counts_for_it() {
    let world = World::new().await;
    let options = OptionsForm { hold_seconds: "30".into(), ..OptionsForm::default() };
    world.switchyard.save_options(&world.actor, world.destination, options).await.unwrap();
    world.send(Call::Page, bare("first", "a-1")).await;
    world.follow().await;
    world.clock.advance(10 * SECOND);
    world
        .send(
            Call::Identify,
            json!({"anonymousId": "a-1", "userId": "u-1", "traits": {"email": "dana@northwind.example"}}),
        )
        .await;
    world.follow().await;
    world.deliver().await;
    assert!(world.scripted.items().is_empty());
    world.clock.advance(20 * SECOND);
    assert_eq!(world.told().await["email"], "dana@northwind.example");
}

#[tokio::test]
async fn what_many_share_is_nobodys() {
    let world = World::new().await;
    for n in 0..30 {
        let traits = json!({"email": "info@shop.example"});
        world
            .send(
                Call::Identify,
                json!({"anonymousId": format!("a-{n}"), "userId": format!("u-{n}"), "traits": traits}),
            )
            .await;
    }
    world.send(Call::Page, json!({"messageId": "m-1", "context": {"traits": {"email": "info@shop.example"}}})).await;
    assert_eq!(world.told().await, json!({}));
    world.send(Call::Page, bare("m-2", "a-29")).await;
    assert_eq!(world.told().await, json!({"userId": "u-29"}));
}

impl World {
    /// An identify call of a further source whose phone numbers are a country's.
    async fn tell(&self, country: &str, call: Value) {
        let key = format!("wk_{country}");
        let source = NewSource {
            id: SourceId(Uuid::from_u128(country.bytes().map(u128::from).sum())),
            name: country.to_owned(),
            write_key: key.clone(),
            default_country: Some(country.to_owned()),
        };
        self.switchyard.store().add_source(self.actor.workspace, &source, &self.author()).await.unwrap();
        let body = Bytes::from(call.to_string());
        assert_eq!(self.ingest.accept(Some(&key), Call::Identify, body, peer()).await.status, 200);
        self.follow().await;
    }
}

#[tokio::test]
async fn a_phone_number_is_read_in_the_country_of_the_source_that_told_it() {
    let world = World::new().await;
    let told = json!({"anonymousId": "a-1", "userId": "u-1", "traits": {"phone": "0151 23456789"}});
    world.tell("DE", told).await;
    world.send(Call::Page, bare("m-1", "a-1")).await;
    assert_eq!(world.told().await["phone"], "+4915123456789");
}

#[tokio::test]
async fn one_number_in_two_countries_names_two_people() {
    let world = World::new().await;
    for (country, id) in [("DE", "1"), ("AT", "2")] {
        let traits = json!({"phone": "0660 1234567", "email": format!("{id}@n.example")});
        let told = json!({"anonymousId": format!("a-{id}"), "userId": format!("u-{id}"), "traits": traits});
        world.tell(country, told).await;
    }
    for (id, number) in [("1", "+496601234567"), ("2", "+436601234567")] {
        world.send(Call::Page, bare(&format!("m-{id}"), &format!("a-{id}"))).await;
        let told = world.told().await;
        assert_eq!((&told["phone"], &told["email"]), (&json!(number), &json!(format!("{id}@n.example"))));
    }
    for (typed, people) in [("0660 1234567", 2), ("+49 660 1234567", 1), ("436601234567", 1)] {
        assert_eq!(world.switchyard.find_person(&world.actor, typed).await.unwrap().len(), people, "{typed}");
    }
}

#[tokio::test]
async fn an_address_counts_however_its_trait_is_spelt_but_a_groups_is_not_its_members() {
    let world = World::new().await;
    // The name of a trait is the one that was told first.
    for (id, name) in [("1", "email"), ("2", "E-Mail")] {
        let traits = json!({name: format!("{id}@n.example")});
        world.send(Call::Identify, json!({"anonymousId": format!("a-{id}"), "traits": traits})).await;
    }
    world.send(Call::Page, bare("m-1", "a-2")).await;
    assert_eq!(world.told().await["email"], "2@n.example");
    let group = json!({"anonymousId": "a-3", "groupId": "g", "traits": {"email": "office@n.example"}});
    world.send(Call::Group, group).await;
    world.send(Call::Page, bare("m-2", "a-3")).await;
    assert_eq!(world.told().await, json!({}));
}

async fn paste(world: &World, event: &Value) -> TestRun {
    let request = TestRequest { event: TestedEvent::Pasted(event.to_string()), source: None };
    let ticket = world.switchyard.start_test(&world.actor, world.destination, request).await.unwrap();
    world.switchyard.test_page(&world.actor, world.destination, Some(&ticket), None).await.unwrap().run.unwrap()
}

#[tokio::test]
async fn the_test_bench_fills_in_the_same_way() {
    let world = World::new().await;
    world
        .send(
            Call::Identify,
            json!({"anonymousId": "a-1", "userId": "u-1", "traits": {"email": "dana@northwind.example"}}),
        )
        .await;
    world.follow().await;
    let run = paste(&world, &bare("m-1", "a-1")).await;
    assert!(run.item.is_some());
    assert_eq!(world.scripted.told(), json!({"userId": "u-1", "email": "dana@northwind.example"}));
    let step = run.steps.iter().find(|step| step.title == "Person").unwrap();
    assert!(step.detail.contains("filled from the profile"), "{}", step.detail);
    let nobody = paste(&world, &bare("m-2", "a-9")).await;
    assert!(nobody.steps.iter().any(|step| step.detail.contains("stands alone")));

    world.erase("u-1").await;
    assert_eq!(paste(&world, &bare("m-3", "a-1")).await.problem.unwrap().code, "erased");
    assert_eq!(world.switchyard.event(&world.actor, EventId(1)).await.unwrap_err(), domain::ApiError::NotFound);
}
