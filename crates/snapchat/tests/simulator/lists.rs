//! Audience lists.

use domain::destination::{ConnectError, Destination, IdentifierKind};
use serde_json::json;
use snapchat::audiences::digest;

use crate::world::{AD_ACCOUNT, World};

#[tokio::test]
async fn a_list_is_made_filled_and_emptied() {
    let world = World::new().await;
    let token = world.sign_in("dana").await.access;
    let made =
        world.snapchat.create_segment(&token, AD_ACCOUNT, "Buyers", "From Switchyard", 9_999).await.expect("made");
    assert_eq!(made.name, "Buyers");
    let read = world.snapchat.segment(&token, &made.id).await.expect("read");
    assert_eq!(read.id, made.id);
    world.control("settings", &json!({"page_size": 1})).await;
    world.snapchat.create_segment(&token, AD_ACCOUNT, "Others", "", 180).await.expect("made");
    let all = world.snapchat.segments(&token, AD_ACCOUNT).await.expect("listed");
    assert!(all.iter().any(|s| s.id == made.id) && all.len() >= 2);

    let email = |raw: &str| digest(IdentifierKind::Email, raw, None).expect("an address");
    let people = [email("a@example.com"), email("b@example.com"), email("A@example.com")];
    let change = |wanted| world.snapchat.change_members(&token, &made.id, IdentifierKind::Email, &people, wanted);
    assert_eq!(change(true).await, Ok(2), "repeats are sent once");
    assert_eq!(change(true).await, Ok(2));
    assert_eq!(change(false).await, Ok(2));
    assert_eq!(world.snapchat.change_members(&token, &made.id, IdentifierKind::Phone, &[], true).await, Ok(0));
}

#[tokio::test]
async fn failures_inside_a_success() {
    let world = World::new().await;
    let token = world.sign_in("dana").await.access;
    let people = [digest(IdentifierKind::Email, "a@example.com", None).expect("an address")];
    let body = json!({"request_status": "SUCCESS", "users": [{"sub_request_status": "ERROR", "sub_request_error_reason": "E1001 no"}]});
    world.fault(json!({"status": 200, "body": body}), "/v1/segments").await;
    let answer = world.snapchat.change_members(&token, "1", IdentifierKind::Email, &people, true).await;
    assert_eq!(answer, Err(ConnectError::Refused("E1001 no".into())));
    let gone = world.snapchat.change_members(&token, "999", IdentifierKind::Email, &people, true).await;
    assert!(matches!(gone, Err(ConnectError::NotFound(_))), "{gone:?}");
    let plain =
        world.snapchat.change_members(&token, "1", IdentifierKind::Email, &["a@example.com".into()], true).await;
    assert!(matches!(plain, Err(ConnectError::Refused(_))));
    let long = "x".repeat(376);
    assert!(world.snapchat.create_segment(&token, AD_ACCOUNT, &long, "", 30).await.is_err());
}
