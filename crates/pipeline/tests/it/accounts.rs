//! First run, signing in, people, and who may do what.

use domain::{
    Actor, ApiError, Role, UserId,
    time::{MINUTE, SECOND},
    view::ConfigurationForm,
    workflow::EventSetting,
};

use crate::office::{Office, PASSWORD, SESSION};

fn wrong() -> ApiError {
    ApiError::Refused("E-mail or password is wrong.".into())
}

#[tokio::test]
async fn of_several_first_users_one_is_made() {
    let office = Office::empty().await;
    assert!(office.switchyard.needs_setup().await.unwrap());
    let tries = (0..6).map(|n| {
        let switchyard = office.switchyard.clone();
        async move { switchyard.setup("Northwind", "Dana", &format!("dana{n}@northwind.example"), PASSWORD).await }
    });
    let made = futures::future::join_all(tries).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(made, 1);
    assert!(!office.switchyard.needs_setup().await.unwrap());
}

#[tokio::test]
async fn setup_names_each_mistake() {
    let office = Office::empty().await;
    let error = office.switchyard.setup("", "", "dana", "short").await.unwrap_err();
    for field in ["workspace", "name", "email", "password"] {
        assert!(error.for_field(field).is_some(), "{field}");
    }
    assert!(office.switchyard.needs_setup().await.unwrap());
}

#[tokio::test]
async fn unknown_and_wrong_get_the_same_answer_and_repeated_failures_wait() {
    let (office, actor) = Office::new().await;
    let sign_in = |email: &'static str, password: &'static str| office.switchyard.sign_in(email, password, "192.0.2.1");
    assert_eq!(sign_in("nobody@northwind.example", PASSWORD).await, Err(wrong()));
    for _ in 0..5 {
        assert_eq!(sign_in("dana@northwind.example", "wrong horse battery").await, Err(wrong()));
    }
    assert_eq!(sign_in("dana@northwind.example", PASSWORD).await, Err(ApiError::TooMany(2)));
    office.clock.advance(2 * SECOND);
    // Case and blanks of an address don't count.
    let signed_in = sign_in(" DANA@northwind.example ", PASSWORD).await.unwrap();
    assert_eq!((signed_in.user, signed_in.workspace), (actor.user, actor.workspace));
    assert_eq!(sign_in("dana@northwind.example", PASSWORD).await.unwrap(), signed_in);
}

#[tokio::test]
async fn addresses_do_not_stand_in_the_database() {
    let (office, actor) = Office::new().await;
    assert_eq!(office.switchyard.me(&actor).await.unwrap().email, "Dana@Northwind.example");
    assert!(office.on_disk("Northwind").await);
    assert!(!office.on_disk("Dana@Northwind.example").await);
    assert!(!office.on_disk("dana@northwind.example").await);
}

#[tokio::test]
async fn a_new_password_ends_the_sessions() {
    let (office, actor) = Office::new().await;
    let (switchyard, store) = (&office.switchyard, office.switchyard.store());
    let data = format!(r#"{{"signed_in":{{"user":"{}","workspace":"{}"}}}}"#, actor.user, actor.workspace);
    let expires = switchyard.now().plus(MINUTE);
    assert!(store.session_create(SESSION, &data, expires).await.unwrap());
    assert!(!store.session_create(SESSION, &data, expires).await.unwrap());
    let error = switchyard.change_password(&actor, "not it at all", "another horse battery").await.unwrap_err();
    assert!(error.for_field("current").is_some());
    assert!(store.session_load(SESSION, switchyard.now()).await.unwrap().is_some());
    switchyard.change_password(&actor, PASSWORD, "another horse battery").await.unwrap();
    assert!(store.session_load(SESSION, switchyard.now()).await.unwrap().is_none());
    // A request under way can't bring it back.
    store.session_save(SESSION, &data, expires).await.unwrap();
    assert!(store.session_load(SESSION, switchyard.now()).await.unwrap().is_none());
    assert_eq!(switchyard.sign_in("dana@northwind.example", PASSWORD, "").await, Err(wrong()));
    switchyard.sign_in("dana@northwind.example", "another horse battery", "").await.unwrap();
}

#[tokio::test]
async fn sessions_end_at_their_time() {
    let (office, _) = Office::new().await;
    let (store, now) = (office.switchyard.store(), office.switchyard.now());
    store.session_create(SESSION, "{}", now.plus(MINUTE)).await.unwrap();
    assert!(!office.on_disk(SESSION).await);
    assert_eq!(store.session_load(SESSION, now).await.unwrap(), Some(("{}".to_owned(), now.plus(MINUTE))));
    assert_eq!(store.session_load(SESSION, now.plus(MINUTE)).await.unwrap(), None);
    assert_eq!(store.delete_expired_sessions(now.plus(MINUTE)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_workspace_keeps_an_admin_and_who_left_is_out() {
    let (office, dana) = Office::new().await;
    let switchyard = &office.switchyard;
    for refused in
        [switchyard.remove_person(&dana, dana.user).await, switchyard.change_role(&dana, dana.user, Role::Viewer).await]
    {
        assert!(matches!(refused, Err(ApiError::Refused(_))), "{refused:?}");
    }
    let ben = office.person(&dana, "Ben", Role::Marketer).await;
    let twice = switchyard.add_person(&dana, "Ben", "BEN@northwind.example", Role::Viewer, PASSWORD).await;
    assert!(twice.unwrap_err().for_field("email").is_some());
    switchyard.change_role(&dana, ben.user, Role::Admin).await.unwrap();
    let ben = switchyard.actor(ben.user, ben.workspace).await.unwrap();
    assert_eq!(ben.role, Role::Admin);
    switchyard.remove_person(&ben, dana.user).await.unwrap();
    assert_eq!(switchyard.actor(dana.user, dana.workspace).await.unwrap_err(), ApiError::SignedOut);
    assert_eq!(switchyard.sign_in("dana@northwind.example", PASSWORD, "").await, Err(wrong()));
    let said: Vec<String> = switchyard.settings(&ben).await.unwrap().changes.into_iter().map(|c| c.what).collect();
    assert_eq!(said[..3], ["Dana removed", "Ben is now admin", "Ben added as marketer"]);
}

#[tokio::test]
async fn one_person_in_two_workspaces() {
    let (office, dana) = Office::new().await;
    let switchyard = &office.switchyard;
    let second = switchyard.create_workspace(&dana, "Southwind").await.unwrap();
    let there = switchyard.switch_workspace(&dana, second).await.unwrap();
    let there = switchyard.actor(there.user, there.workspace).await.unwrap();
    let me = switchyard.me(&there).await.unwrap();
    assert_eq!((me.workspace.as_str(), me.workspaces.len(), me.role), ("Southwind", 2, Role::Admin));
    let ben = office.person(&dana, "Ben", Role::Viewer).await;
    assert_eq!(switchyard.switch_workspace(&ben, second).await.unwrap_err(), ApiError::NotFound);
    // Who has an account keeps its password.
    switchyard
        .add_person(&there, "Benjamin", "ben@northwind.example", Role::Viewer, "a password of others")
        .await
        .unwrap();
    assert_eq!(switchyard.sign_in("ben@northwind.example", "a password of others", "").await, Err(wrong()));
    switchyard.sign_in("ben@northwind.example", PASSWORD, "").await.unwrap();
    switchyard.remove_person(&there, ben.user).await.unwrap();
    switchyard.sign_in("ben@northwind.example", PASSWORD, "").await.unwrap();
}

#[tokio::test]
async fn addresses_are_for_admins() {
    let (office, dana) = Office::new().await;
    let viewer = office.person(&dana, "Vera", Role::Viewer).await;
    let seen = |people: Vec<domain::view::Person>| people.into_iter().filter(|p| p.email.is_some()).count();
    assert_eq!(seen(office.switchyard.settings(&dana).await.unwrap().people), 2);
    assert_eq!(seen(office.switchyard.settings(&viewer).await.unwrap().people), 1);
}

/// Every call that changes something, with ids of the first workspace.
async fn changes(
    office: &Office,
    by: &Actor,
    owner: UserId,
    destination: domain::DestinationId,
    source: domain::SourceId,
) -> Vec<(&'static str, Role, Result<(), ApiError>)> {
    let s = &office.switchyard;
    let setting = EventSetting {
        event: "Order Completed".into(),
        snap_event: "PURCHASE".into(),
        server: true,
        client: false,
        fields: Default::default(),
    };
    let form = ConfigurationForm { capi_token: "a-token-of-others".into(), send_server_side: true };
    vec![
        ("rename_destination", Role::Marketer, s.rename_destination(by, destination, "Mine").await),
        ("set_destination_enabled", Role::Marketer, s.set_destination_enabled(by, destination, false).await),
        ("start_oauth", Role::Marketer, s.start_oauth(by, destination, SESSION).await.map(drop)),
        ("choose_assets", Role::Marketer, s.choose_assets(by, destination, "b-1", "a-1", "p-1").await),
        ("save_configuration", Role::Marketer, s.save_configuration(by, destination, form).await),
        ("check_connection", Role::Marketer, s.check_connection(by, destination).await.map(drop)),
        ("save_workflow", Role::Marketer, s.save_workflow(by, destination, 0, vec![setting]).await),
        ("disconnect", Role::Marketer, s.disconnect(by, destination).await),
        ("delete_destination", Role::Marketer, s.delete_destination(by, destination).await),
        ("rename_source", Role::Marketer, s.rename_source(by, source, "Mine").await),
        ("set_source_country", Role::Marketer, s.set_source_country(by, source, Some("DE")).await),
        ("set_source_enabled", Role::Marketer, s.set_source_enabled(by, source, false).await),
        ("rotate_write_key", Role::Marketer, s.rotate_write_key(by, source).await),
        ("change_role", Role::Admin, s.change_role(by, owner, Role::Viewer).await),
        ("remove_person", Role::Admin, s.remove_person(by, owner).await),
    ]
}

#[tokio::test]
async fn roles_and_foreign_ids_over_every_call() {
    let (office, dana, destination) = Office::with_destination().await;
    let s = &office.switchyard;
    let source = s.add_source(&dana, "Web shop", None).await.unwrap();
    let (viewer, marketer) =
        (office.person(&dana, "Vera", Role::Viewer).await, office.person(&dana, "Mark", Role::Marketer).await);
    let stranger = office.stranger(&dana).await;
    let before = (s.destinations(&dana).await.unwrap(), s.sources(&dana).await.unwrap());

    for (call, _, answer) in changes(&office, &viewer, dana.user, destination, source).await {
        assert_eq!(answer, Err(ApiError::Forbidden), "{call} by a viewer");
    }
    for (call, _, answer) in changes(&office, &stranger, dana.user, destination, source).await {
        assert_eq!(answer, Err(ApiError::NotFound), "{call} by a stranger");
    }
    for answer in [
        s.destination(&stranger, destination).await.map(drop),
        s.configuration(&stranger, destination).await.map(drop),
        s.asset_lists(&stranger, destination, None, None).await.map(drop),
        s.workflow(&stranger, destination).await.map(drop),
    ] {
        assert_eq!(answer, Err(ApiError::NotFound));
    }
    assert!(s.destinations(&stranger).await.unwrap().is_empty());
    assert!(s.sources(&stranger).await.unwrap().is_empty());
    assert_eq!((s.destinations(&dana).await.unwrap(), s.sources(&dana).await.unwrap()), before);

    for answer in [
        s.create_destination(&viewer, "snapchat", "Mine").await.map(drop),
        s.add_source(&viewer, "Mine", None).await.map(drop),
        s.rename_workspace(&marketer, "Mine").await,
        s.create_workspace(&marketer, "Mine").await.map(drop),
        s.add_person(&marketer, "Eve", "eve@northwind.example", Role::Admin, PASSWORD).await,
    ] {
        assert_eq!(answer, Err(ApiError::Forbidden));
    }
    for (call, needed, answer) in changes(&office, &marketer, dana.user, destination, source).await {
        assert_eq!(
            matches!(answer, Err(ApiError::Forbidden)),
            needed == Role::Admin,
            "{call} by a marketer: {answer:?}"
        );
    }
}
