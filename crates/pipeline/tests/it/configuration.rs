//! Destinations, Configuration Settings, Setup Event Workflow and Sources.

use domain::{
    Actor, ApiError, DestinationId, Role,
    time::DAY,
    view::{ConfigurationForm, ConnectionState, WorkflowRow},
    workflow::EventSetting,
};

use crate::{office::Office, world::World};

fn form(capi_token: &str, send_server_side: bool) -> ConfigurationForm {
    ConfigurationForm { capi_token: capi_token.into(), send_server_side }
}

fn setting(event: &str, snap_event: &str, server: bool) -> EventSetting {
    EventSetting {
        event: event.into(),
        snap_event: snap_event.into(),
        server,
        client: false,
        fields: Default::default(),
    }
}

async fn row(office: &Office, actor: &Actor, id: DestinationId, event: &str) -> WorkflowRow {
    let workflow = office.switchyard.workflow(actor, id).await.unwrap();
    workflow.rows.into_iter().find(|row| row.setting.event == event).unwrap()
}

#[tokio::test]
async fn destinations_are_added_renamed_switched_and_deleted() {
    let (office, actor, id) = Office::with_destination().await;
    let s = &office.switchyard;
    assert!(s.create_destination(&actor, "snapchat", " snapchat US ").await.unwrap_err().for_field("name").is_some());
    assert!(s.create_destination(&actor, "snapchat", "").await.unwrap_err().for_field("name").is_some());
    assert_eq!(s.create_destination(&actor, "myspace", "X").await.unwrap_err(), ApiError::NotFound);
    let second = s.create_destination(&actor, "snapchat", "Snapchat EU").await.unwrap();
    assert_eq!(s.destination_types(&actor).await.unwrap()[0].configured, 2);
    assert!(s.rename_destination(&actor, second, "SNAPCHAT us").await.unwrap_err().for_field("name").is_some());
    s.rename_destination(&actor, second, "Snapchat DE").await.unwrap();
    s.set_destination_enabled(&actor, second, false).await.unwrap();
    let rows = s.destinations(&actor).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Snapchat US", "Snapchat DE"]);
    assert_eq!((rows[1].type_name.as_str(), &rows[1].state), ("Snapchat", &ConnectionState::Disabled));
    s.delete_destination(&actor, second).await.unwrap();
    assert_eq!(s.delete_destination(&actor, second).await, Err(ApiError::NotFound));
    assert_eq!(s.destinations(&actor).await.unwrap().len(), 1);
    let overview = s.destination(&actor, id).await.unwrap();
    assert_eq!((overview.hours.len(), overview.loses.as_str()), (24, "its name and nothing else"));
}

#[tokio::test]
async fn the_overview_counts_and_says_what_deleting_loses() {
    let world = World::new().await;
    world.pages(3).await;
    world.deliver().await;
    world.page("one-more").await;
    let s = &world.switchyard;
    let overview = s.destination(&world.actor, world.destination).await.unwrap();
    assert_eq!(overview.loses, "the Conversion API token, 2 event settings, 3 log entries and 1 event that waits");
    assert_eq!((overview.row.delivered_today, overview.row.waiting, overview.row.failed_today), (3, 1, 0));
    assert_eq!(overview.row.last_event, Some(world.switchyard.now()));
    assert_eq!(overview.hours.last().unwrap().delivered, 3);
    s.delete_destination(&world.actor, world.destination).await.unwrap();
    assert!(s.destinations(&world.actor).await.unwrap().is_empty());
    // Events that arrived before a destination was made are not counted for it.
    let later = s.create_destination(&world.actor, "scripted", "Later").await.unwrap();
    assert_eq!(s.destination(&world.actor, later).await.unwrap().row.last_event, None);
    world.expect_balanced().await;
}

#[tokio::test]
async fn the_token_is_write_only() {
    let (office, actor, id) = Office::with_destination().await;
    let s = &office.switchyard;
    for bad in ["two words", "tök"] {
        let error = s.save_configuration(&actor, id, form(bad, true)).await.unwrap_err();
        assert!(error.for_field("capi_token").is_some(), "{bad}");
    }
    s.save_configuration(&actor, id, form("  eyJ-secret-token-abcd\n", false)).await.unwrap();
    office.clock.advance(DAY);
    s.save_configuration(&actor, id, form("", true)).await.unwrap();
    let page = s.configuration(&actor, id).await.unwrap();
    let token = page.capi_token.unwrap();
    assert_eq!((token.last4.as_str(), token.set_at), ("abcd", s.now().minus(DAY)));
    assert!(page.send_server_side);
    let said: Vec<&str> = page.changes.iter().map(|change| change.what.as_str()).collect();
    assert_eq!(
        said,
        ["“Send data via Server-side” switched on", "Conversion API token stored", "Destination “Snapchat US” added"]
    );
    assert!(page.changes.iter().all(|change| change.who == "Dana"));
    assert!(!office.on_disk("eyJ-secret-token-abcd").await);
    s.save_configuration(&actor, id, form("eyJ-secret-token-efgh", true)).await.unwrap();
    assert_eq!(s.configuration(&actor, id).await.unwrap().changes[0].what, "Conversion API token replaced");
    let before = s.configuration(&actor, id).await.unwrap();
    s.save_configuration(&actor, id, form("", true)).await.unwrap();
    assert_eq!(s.configuration(&actor, id).await.unwrap(), before);
}

#[tokio::test]
async fn the_workflow_is_saved_row_by_row() {
    let (office, actor, id) = Office::with_destination().await;
    let s = &office.switchyard;
    let rows = [
        setting("order_completed", "PURCHASE", true),
        setting("Quiz finished", "CUSTOM_EVENT_1", true),
        setting("added_to_segment", "", true),
    ];
    s.save_workflow(&actor, id, 0, rows.to_vec()).await.unwrap();
    assert!(row(&office, &actor, id, "Order Completed").await.setting.server);
    assert_eq!(row(&office, &actor, id, "Quiz finished").await.group, "Custom");
    assert!(row(&office, &actor, id, "added_to_segment").await.setting.server);
    assert!(!row(&office, &actor, id, "Product Viewed").await.setting.server);
    let said = &s.configuration(&actor, id).await.unwrap().changes[2].what;
    assert_eq!(said, "Event workflow: Order Completed: Server-side on");
    let version = s.workflow(&actor, id).await.unwrap().version;
    // Nothing changed: nothing is saved.
    s.save_workflow(&actor, id, version, rows.to_vec()).await.unwrap();
    assert_eq!(s.workflow(&actor, id).await.unwrap().version, version);
    for (bad, words) in [
        (setting("Order Completed", "PURCHAS", true), "Did you mean PURCHASE?"),
        (setting("Quiz", "", true), "Choose the Snap event"),
        (setting("error_log", "PURCHASE", true), "reserved"),
        (EventSetting { client: true, ..setting("added_to_segment", "", true) }, "no client side"),
    ] {
        let error = s.save_workflow(&actor, id, version, vec![bad]).await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn of_two_editors_the_second_is_told_who_was_first() {
    let (office, actor, id) = Office::with_destination().await;
    let ben = office.person(&actor, "Ben", Role::Marketer).await;
    let s = &office.switchyard;
    s.save_workflow(&ben, id, 0, vec![setting("Signed Up", "SIGN_UP", true)]).await.unwrap();
    let refused = s.save_workflow(&actor, id, 0, vec![setting("Order Completed", "PURCHASE", true)]).await;
    assert!(matches!(&refused, Err(ApiError::Refused(words)) if words.contains("by Ben at 2026-")), "{refused:?}");
    assert!(!row(&office, &actor, id, "Order Completed").await.setting.server);
}

#[tokio::test]
async fn seen_events_have_their_volume() {
    let world = World::new().await;
    world.pages(3).await;
    let workflow = world.switchyard.workflow(&world.actor, world.destination).await.unwrap();
    let seen = workflow.rows.iter().find(|row| row.setting.event == "Page View").unwrap();
    assert_eq!((seen.volume_24h, seen.last_seen), (3, Some(world.switchyard.now())));
    world.clock.advance(2 * DAY);
    let workflow = world.switchyard.workflow(&world.actor, world.destination).await.unwrap();
    let seen = workflow.rows.iter().find(|row| row.setting.event == "Page View").unwrap();
    assert_eq!((seen.volume_24h, seen.last_seen.is_some()), (0, true));
}

#[tokio::test]
async fn sources_and_their_keys() {
    let (office, actor) = Office::new().await;
    let s = &office.switchyard;
    let id = s.add_source(&actor, "Web shop", Some(" us ")).await.unwrap();
    assert!(s.add_source(&actor, "WEB SHOP", None).await.unwrap_err().for_field("name").is_some());
    assert!(s.add_source(&actor, "App", Some("USA")).await.unwrap_err().for_field("default_country").is_some());
    let first = s.sources(&actor).await.unwrap().remove(0);
    assert_eq!((first.default_country.as_deref(), first.enabled), (Some("US"), true));
    assert_eq!(
        first.snippet,
        format!(r#"<script async src="https://switchyard.example/tag/{}.js"></script>"#, first.write_key)
    );
    s.rotate_write_key(&actor, id).await.unwrap();
    s.rename_source(&actor, id, "Shop").await.unwrap();
    s.set_source_country(&actor, id, Some("")).await.unwrap();
    s.set_source_enabled(&actor, id, false).await.unwrap();
    let then = s.sources(&actor).await.unwrap().remove(0);
    assert_eq!(then.old_key, Some((first.write_key.clone(), s.now().plus(7 * DAY))));
    assert_ne!(then.write_key, first.write_key);
    assert_eq!((then.name.as_str(), then.default_country, then.enabled), ("Shop", None, false));
    office.clock.advance(7 * DAY);
    assert_eq!(s.sources(&actor).await.unwrap()[0].old_key, None);
}

#[tokio::test]
async fn sources_count_their_events() {
    let world = World::new().await;
    world.pages(3).await;
    let source = world.switchyard.sources(&world.actor).await.unwrap().remove(0);
    assert_eq!((source.events_24h, source.rejected_24h), (3, 0));
    assert_eq!(source.last_event, Some(world.switchyard.now()));
}
