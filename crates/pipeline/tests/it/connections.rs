//! "Authenticate Snapchat", tokens, the lists and the check.

use domain::{
    ApiError,
    destination::ConnectError,
    time::{HOUR, MINUTE},
    view::{ConfigurationForm, ConnectionState},
};

use crate::{
    office::{Office, SESSION, returned},
    platform::tokens,
};

#[tokio::test]
async fn a_consent_is_stored_and_its_choice_shown_by_name() {
    let (office, actor, id) = Office::connected().await;
    let page = office.switchyard.configuration(&actor, id).await.unwrap();
    assert_eq!(page.login.unwrap().name, "Dana Lopez");
    assert_eq!(page.business.unwrap().name, "Northwind Outdoor");
    assert_eq!(page.ad_account.unwrap().name, "Northwind US");
    assert_eq!(page.pixel.unwrap().name, "Northwind web pixel");
    assert_eq!(page.redirect_uri, "https://switchyard.example/oauth/snapchat/callback");
    assert!(!office.on_disk("access-0").await && !office.on_disk("refresh-0").await);
}

#[tokio::test]
async fn each_bad_return_has_its_code() {
    let (office, actor, id) = Office::with_destination().await;
    let s = &office.switchyard;
    {
        let mut script = office.platform.script();
        script.codes.insert("good".into(), Ok(tokens("access-0", Some("refresh-0"))));
        script.codes.insert("busy".into(), Err(ConnectError::Unavailable("503".into())));
        script.codes.insert("old".into(), Err(ConnectError::NeedsReconnect("invalid_grant".into())));
        script.codes.insert("app".into(), Err(ConnectError::BadClient("invalid_client".into())));
    }
    let finish = async |session: &str, state: &str, code: Option<&str>, error: Option<&str>| {
        let outcome = s.finish_oauth(Some(&actor), session, returned(state, code, error)).await;
        (outcome.destination, outcome.problem)
    };
    // Nothing was begun: it is told at the only destination.
    assert_eq!(finish(SESSION, "made-up", Some("good"), None).await, (Some(id), Some("forged")));
    let cases = [
        (Some("good"), Some("access_denied"), Some("cancelled")),
        (None, Some("server_error"), Some("unavailable")),
        (None, Some("temporarily_unavailable"), Some("unavailable")),
        (None, Some("invalid_scope"), Some("refused")),
        (None, None, Some("refused")),
        (Some("unknown"), None, Some("refused")),
        (Some("old"), None, Some("expired")),
        (Some("app"), None, Some("misconfigured")),
        (Some("busy"), None, Some("unavailable")),
        (Some("good"), None, None),
    ];
    for (code, error, problem) in cases {
        let state = office.begin(&actor, id, SESSION).await.unwrap();
        assert_eq!(finish(SESSION, &state, code, error).await, (Some(id), problem), "{code:?} {error:?}");
        assert_eq!(finish(SESSION, &state, Some("good"), None).await, (Some(id), Some("replayed")));
    }
    assert_eq!(finish(SESSION, "made-up", Some("good"), None).await, (Some(id), Some("forged")));
    let state = office.begin(&actor, id, SESSION).await.unwrap();
    assert_eq!(finish("another session", &state, Some("good"), None).await, (Some(id), Some("foreign")));
    office.clock.advance(10 * MINUTE);
    assert_eq!(finish(SESSION, &state, Some("good"), None).await, (Some(id), Some("expired")));
}

#[tokio::test]
async fn a_state_is_of_its_user_and_workspace() {
    let (office, actor, id) = Office::with_destination().await;
    let stranger = office.stranger(&actor).await;
    let state = office.begin(&actor, id, SESSION).await.unwrap();
    for somebody in [None, Some(&stranger)] {
        let outcome = office.switchyard.finish_oauth(somebody, SESSION, returned(&state, Some("good"), None)).await;
        assert_eq!((outcome.destination, outcome.problem), (None, Some("foreign")));
    }
    assert!(office.switchyard.configuration(&actor, id).await.unwrap().login.is_none());
}

#[tokio::test]
async fn a_login_that_does_not_see_the_pixel_keeps_the_choice_and_says_so() {
    let (office, actor, id) = Office::connected().await;
    {
        let mut script = office.platform.script();
        script.codes.insert("stranger".into(), Ok(tokens("access-stranger", Some("refresh-s"))));
        script.strangers.push("access-stranger".into());
        script.codes.insert("again".into(), Ok(tokens("access-again", Some("refresh-a"))));
    }
    office.consent(&actor, id, "stranger").await;
    let page = office.switchyard.configuration(&actor, id).await.unwrap();
    assert_eq!(page.pixel.unwrap().name, "Northwind web pixel");
    let problem = page.login.unwrap().problem.unwrap();
    assert!(problem.contains("does not see the Business Manager account “Northwind Outdoor”"), "{problem}");
    assert_eq!(page.state, ConnectionState::NeedsReconnect(problem));
    office.consent(&actor, id, "again").await;
    assert_eq!(office.switchyard.configuration(&actor, id).await.unwrap().login.unwrap().problem, None);
}

#[tokio::test]
async fn a_login_tells_the_names_of_what_a_file_chose_by_id() {
    let (office, actor, id) = Office::with_destination().await;
    let file = r#"
        [workspace]
        name = "Northwind"
        [[destination]]
        type = "snapchat"
        name = "Snapchat US"
        business_id = "b-1"
        ad_account_id = "a-1"
        pixel_id = "p-1"
    "#;
    pipeline::apply::apply(&office.switchyard, file, "shop.toml", &|_| None).await.unwrap();
    assert_eq!(office.switchyard.configuration(&actor, id).await.unwrap().pixel.unwrap().name, "p-1");
    office.platform.script().codes.insert("good".into(), Ok(tokens("access-0", Some("refresh-0"))));
    assert_eq!(office.consent(&actor, id, "good").await.problem, None);
    let page = office.switchyard.configuration(&actor, id).await.unwrap();
    assert_eq!(page.business.unwrap().name, "Northwind Outdoor");
    assert_eq!(page.ad_account.unwrap().name, "Northwind US");
    assert_eq!(page.pixel.unwrap().name, "Northwind web pixel");
    let again = pipeline::apply::apply(&office.switchyard, file, "shop.toml", &|_| None).await.unwrap();
    assert!(again.is_empty(), "{again:?}");
}

#[tokio::test]
async fn the_token_is_renewed_early_and_once_by_many_callers() {
    let (office, actor, id) = Office::connected().await;
    let lists = || office.switchyard.asset_lists(&actor, id, Some("b-1"), Some("a-1"));
    office.clock.advance(HOUR * 79 / 100);
    lists().await.unwrap();
    assert_eq!(office.platform.script().refreshed_with.len(), 0);
    office.clock.advance(HOUR / 100);
    let answers = futures::future::join_all((0..20).map(|_| lists())).await;
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap().pixels.as_ref().unwrap().len() == 1));
    assert_eq!(office.platform.script().refreshed_with, ["refresh-0"]);
    // The answer brought no refresh token: the one before stays.
    office.clock.advance(HOUR);
    lists().await.unwrap();
    assert_eq!(office.platform.script().refreshed_with, ["refresh-0", "refresh-0"]);
}

#[tokio::test]
async fn two_processes_renew_once() {
    let (office, actor, id) = Office::connected().await;
    let other = office.another_process().await;
    office.clock.advance(2 * HOUR);
    let (one, two) =
        tokio::join!(office.switchyard.asset_lists(&actor, id, None, None), other.asset_lists(&actor, id, None, None));
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(office.platform.script().refreshed_with, ["refresh-0"]);
}

#[tokio::test]
async fn a_rotated_refresh_token_takes_the_place_of_the_old_one_and_emptiness_never_does() {
    let (office, actor, id) = Office::connected().await;
    office
        .platform
        .script()
        .refreshes
        .extend([Ok(tokens("access-1", Some("refresh-1"))), Ok(tokens("access-2", Some("")))]);
    for _ in 0..3 {
        office.clock.advance(HOUR);
        office.switchyard.asset_lists(&actor, id, None, None).await.unwrap();
    }
    assert_eq!(office.platform.script().refreshed_with, ["refresh-0", "refresh-1", "refresh-1"]);
    // A new consent of the same login without a refresh token keeps it, too.
    office.platform.script().codes.insert("bare".into(), Ok(tokens("access-bare", None)));
    office.consent(&actor, id, "bare").await;
    office.clock.advance(HOUR);
    office.switchyard.asset_lists(&actor, id, None, None).await.unwrap();
    assert_eq!(office.platform.script().refreshed_with.last().unwrap(), "refresh-1");
}

#[tokio::test]
async fn a_revoked_login_is_told_and_only_what_needs_it_waits() {
    for with_token in [false, true] {
        let (office, actor, id) = Office::connected().await;
        let s = &office.switchyard;
        let capi_token = if with_token { "capi-token-1234".to_owned() } else { String::new() };
        s.save_configuration(&actor, id, ConfigurationForm { capi_token, send_server_side: true }).await.unwrap();
        office.platform.script().refreshes.push_back(Err(ConnectError::NeedsReconnect("invalid_grant".into())));
        office.clock.advance(HOUR);
        let answer = s.asset_lists(&actor, id, None, None).await;
        assert!(
            matches!(&answer, Err(ApiError::Refused(words)) if words.contains("Authenticate Snapchat")),
            "{answer:?}"
        );
        let page = s.configuration(&actor, id).await.unwrap();
        assert!(page.login.unwrap().problem.unwrap().contains("invalid_grant"));
        assert_eq!(matches!(page.state, ConnectionState::NeedsReconnect(_)), !with_token);
    }
}

#[tokio::test]
async fn what_passes_is_no_reason_to_reconnect() {
    let (office, actor, id) = Office::connected().await;
    let s = &office.switchyard;
    let busy = || Err(ConnectError::Unavailable("503".into()));
    office.platform.script().refreshes.extend([busy(), busy(), Err(ConnectError::BadClient("invalid_client".into()))]);
    office.clock.advance(HOUR * 85 / 100);
    // The current token still has some minutes.
    s.asset_lists(&actor, id, None, None).await.unwrap();
    office.clock.advance(HOUR);
    for _ in 0..2 {
        assert!(matches!(s.asset_lists(&actor, id, None, None).await, Err(ApiError::Refused(_))));
        assert_eq!(s.configuration(&actor, id).await.unwrap().login.unwrap().problem, None);
    }
    s.asset_lists(&actor, id, None, None).await.unwrap();
}

#[tokio::test]
async fn a_401_is_answered_with_one_refresh() {
    let (office, actor, id) = Office::connected().await;
    office.platform.script().refused.push("access-0".into());
    office.switchyard.asset_lists(&actor, id, None, None).await.unwrap();
    assert_eq!(office.platform.script().called_with.last().unwrap(), "access-1");
    office.platform.script().refused.extend(["access-1".into(), "access-2".into()]);
    assert!(office.switchyard.asset_lists(&actor, id, None, None).await.is_err());
    assert!(office.switchyard.configuration(&actor, id).await.unwrap().login.unwrap().problem.is_some());
}

#[tokio::test]
async fn lists_narrow_and_choices_are_checked_against_them() {
    let (office, actor, id) = Office::connected().await;
    let s = &office.switchyard;
    let lists = s.asset_lists(&actor, id, None, None).await.unwrap();
    assert_eq!((lists.businesses.len(), lists.ad_accounts, lists.pixels), (2, None, None));
    let lists = s.asset_lists(&actor, id, Some("b-1"), None).await.unwrap();
    assert_eq!((lists.ad_accounts.unwrap().len(), lists.pixels), (2, None));
    let lists = s.asset_lists(&actor, id, Some("b-1"), Some("a-2")).await.unwrap();
    assert_eq!(lists.pixels, Some(Vec::new()));
    // An id that was not listed is never asked for.
    let lists = s.asset_lists(&actor, id, Some("b-2"), Some("../a-1")).await.unwrap();
    assert_eq!(lists.pixels, None);
    for (business, ad_account, pixel, field) in [
        ("", "", "", "business_id"),
        ("b-9", "a-1", "p-1", "business_id"),
        ("b-2", "a-1", "p-1", "ad_account_id"),
        ("b-1", "a-2", "p-1", "pixel_id"),
    ] {
        let error = s.choose_assets(&actor, id, business, ad_account, pixel).await.unwrap_err();
        assert!(error.for_field(field).is_some(), "{business} {ad_account} {pixel}: {error}");
    }
}

#[tokio::test]
async fn disconnecting_forgets_the_login_and_keeps_the_choice() {
    let (office, actor, id) = Office::connected().await;
    office.switchyard.disconnect(&actor, id).await.unwrap();
    let page = office.switchyard.configuration(&actor, id).await.unwrap();
    assert!(page.login.is_none() && page.pixel.is_some());
    let answer = office.switchyard.asset_lists(&actor, id, None, None).await;
    assert!(matches!(answer, Err(ApiError::Refused(words)) if words.contains("no Snapchat login")));
}

#[tokio::test]
async fn the_check_tells_each_step() {
    let (office, actor, id) = Office::with_destination().await;
    let s = &office.switchyard;
    let check = async || -> Vec<bool> {
        s.check_connection(&actor, id).await.unwrap().steps.iter().map(|step| step.ok).collect()
    };
    assert_eq!(check().await, [false, false]);
    office.platform.script().codes.insert("code-1".into(), Ok(tokens("access-0", Some("refresh-0"))));
    office.consent(&actor, id, "code-1").await;
    s.choose_assets(&actor, id, "b-1", "a-1", "p-1").await.unwrap();
    assert_eq!(check().await, [true, true, true]);
    let form = ConfigurationForm { capi_token: "wrong-token".into(), send_server_side: true };
    s.save_configuration(&actor, id, form).await.unwrap();
    assert_eq!(check().await, [true, true, false]);
    let checked = office.platform.script().checked.clone();
    assert_eq!(checked, [("p-1".to_owned(), "access-0".to_owned()), ("p-1".to_owned(), "wrong-token".to_owned())]);
    office.platform.script().strangers.push("access-0".into());
    assert_eq!(check().await, [true, false, false]);
}
