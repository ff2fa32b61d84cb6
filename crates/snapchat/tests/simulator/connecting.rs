//! OAuth and what the login sees.

use domain::{
    destination::{ConnectError, Destination, Secret},
    lists::{AudienceLists, ListDraft, ListError},
};
use serde_json::json;

use crate::world::{AD_ACCOUNT, BUSINESS, REDIRECT, World};

#[tokio::test]
async fn both_scopes_in_one_consent() {
    let world = World::new().await;
    let address = world.snapchat.authorize_url("s t+1", REDIRECT).expect("configured");
    assert!(address.contains("scope=snapchat-marketing-api%20snapchat-offline-conversions-api"), "{address}");
    assert!(address.contains("state=s%20t%2B1") && !address.contains('+'), "{address}");
    assert!(address.contains("response_type=code"));
    let tokens = world.sign_in("dana").await;
    assert!(tokens.refresh.is_some());
    assert!(tokens.expires_in > 0);
    assert!(tokens.scope.is_some_and(|scope| scope.contains("snapchat-offline-conversions-api")));
}

#[tokio::test]
async fn a_login_sees_its_assets() {
    let world = World::new().await;
    let token = world.sign_in("dana").await.access;
    assert_eq!(world.snapchat.login(&token).await.map(|login| login.name), Ok("Dana Lopez".to_owned()));
    let businesses = world.snapchat.businesses(&token).await.expect("businesses");
    assert!(businesses.iter().any(|b| b.id == BUSINESS && b.name == "Northwind Outdoor"));
    // Pages of two: the links are followed, wherever they point.
    world.control("settings", &json!({"page_size": 2})).await;
    let accounts = world.snapchat.ad_accounts(&token, BUSINESS).await.expect("ad accounts");
    assert_eq!(accounts.len(), 5);
    assert!(accounts.iter().any(|a| a.status.as_deref() == Some("PAUSED")));
    let pixels = world.snapchat.pixels(&token, AD_ACCOUNT).await.expect("pixels");
    assert_eq!(pixels.len(), 1);
    assert_eq!(world.snapchat.pixels(&token, "7d0a5c1e-20b4-4e55-9d0a-3a6a1c0a9b13").await, Ok(Vec::new()));
}

#[tokio::test]
async fn refreshing_and_its_failures() {
    let world = World::new().await;
    let tokens = world.sign_in("dana").await;
    let refresh = tokens.refresh.expect("a refresh token");
    world.control("expire-tokens", &json!({})).await;
    let stale = world.snapchat.login(&tokens.access).await;
    assert!(matches!(stale, Err(ConnectError::NeedsReconnect(_))), "{stale:?}");
    let fresh = world.snapchat.refresh(&refresh).await.expect("a new token");
    assert!(world.snapchat.login(&fresh.access).await.is_ok());
    let refresh = fresh.refresh.unwrap_or(refresh);

    for (status, body) in [(429, json!("slow down")), (503, json!("busy"))] {
        world.fault(json!({"status": status, "body": body}), "/login/oauth2/access_token").await;
        let answer = world.snapchat.refresh(&refresh).await;
        assert!(matches!(answer, Err(ConnectError::Unavailable(_))), "{answer:?}");
    }
    world.fault(json!({"status": 400, "body": {"error": "invalid_request"}}), "/login/oauth2/access_token").await;
    assert!(matches!(world.snapchat.refresh(&refresh).await, Err(ConnectError::Refused(_))));
    world
        .fault(json!({"status": 200, "body": {"access_token": "a", "scope": ["x"], "expires_in": "60"}}), "/login")
        .await;
    let odd = world.snapchat.refresh(&refresh).await.expect("tolerated");
    assert_eq!((odd.expires_in, odd.scope.as_deref(), odd.refresh), (60_000, Some("x"), None));

    let other = world.with(|settings| settings.client_secret = Some(Secret("rotated".into())));
    assert!(matches!(other.refresh(&refresh).await, Err(ConnectError::BadClient(_))));
    world.control("revoke", &json!({})).await;
    assert!(matches!(world.snapchat.refresh(&refresh).await, Err(ConnectError::NeedsReconnect(_))));
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let world = World::new().await;
    let bare = world.with(|settings| settings.client_secret = None);
    let Err(ConnectError::NotConfigured(words)) = bare.authorize_url("s", REDIRECT) else { panic!("configured") };
    assert!(words.contains("SNAPCHAT_CLIENT_SECRET"));
    let nobody = world.with(|settings| settings.accounts_url = "http://127.0.0.1:1".into());
    assert!(matches!(nobody.exchange("code", REDIRECT).await, Err(ConnectError::Unavailable(_))));
    let wrong = world.snapchat.exchange("no-such-code", REDIRECT).await;
    assert!(matches!(wrong, Err(ConnectError::NeedsReconnect(_))), "{wrong:?}");
}

#[tokio::test]
async fn rights_and_absences() {
    let world = World::new().await;
    let sam = world.sign_in("sam").await.access;
    let draft = ListDraft { name: "Mine".into(), description: String::new(), retention_days: 30 };
    let refused = world.snapchat.create_list(&sam, AD_ACCOUNT, &draft).await;
    let Err(ListError::Forbidden(words)) = refused else { panic!("{refused:?}") };
    assert!(words.contains("Data Manager"));
    let dana = world.sign_in("dana").await.access;
    let gone = world.snapchat.pixels(&dana, "00000000-0000-4000-8000-000000000000").await;
    assert!(matches!(gone, Err(ConnectError::NotFound(_))), "{gone:?}");
    world.fault(json!({"status": 503}), "/v1/me").await;
    assert!(matches!(world.snapchat.login(&dana).await, Err(ConnectError::Unavailable(_))));
}
