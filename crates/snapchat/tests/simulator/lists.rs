//! Audience lists.

use domain::{
    destination::{Destination, IdentifierKind},
    lists::{AudienceLists, ListDraft, ListError},
};
use serde_json::json;
use snapchat::audiences::digest;

use crate::world::{AD_ACCOUNT, World};

fn draft(name: &str, description: &str, retention_days: u32) -> ListDraft {
    ListDraft { name: name.into(), description: description.into(), retention_days }
}

fn email(raw: &str) -> String {
    digest(IdentifierKind::Email, raw, None).expect("an address")
}

#[tokio::test]
async fn a_list_is_made_changed_filled_and_emptied() {
    let world = World::new().await;
    let token = world.sign_in("dana").await.access;
    let lists = world.snapchat.lists().expect("it has lists");
    let made = lists.create_list(&token, AD_ACCOUNT, &draft("Buyers", "From Switchyard", 9_999)).await.expect("made");
    assert_eq!((made.name.as_str(), made.description.as_deref()), ("Buyers", Some("From Switchyard")));
    world.control("settings", &json!({"page_size": 1})).await;
    lists.create_list(&token, AD_ACCOUNT, &draft("Others", "", 180)).await.expect("made");
    let all = lists.all_lists(&token, AD_ACCOUNT).await.expect("listed");
    assert!(all.iter().any(|s| s.id == made.id) && all.len() >= 2);

    lists.update_list(&token, AD_ACCOUNT, &made.id, &draft("Customers", "Renamed", 30)).await.expect("changed");
    let read = lists.list(&token, &made.id).await.expect("read");
    assert_eq!((read.name.as_str(), read.retention_days), ("Customers", Some(30)));

    let people = [email("a@example.com"), email("b@example.com"), email("A@example.com")];
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let change = |wanted| lists.change_list(&token, &made.id, IdentifierKind::Email, &people, wanted);
    assert_eq!(change(true).await, Ok(2), "repeats are sent once");
    assert_eq!(change(true).await, Ok(2));
    assert_eq!(change(false).await, Ok(2));
    assert_eq!(lists.change_list(&token, &made.id, IdentifierKind::Phone, &[], true).await, Ok(0));
}

#[tokio::test]
async fn what_each_answer_means() {
    let world = World::new().await;
    let token = world.sign_in("dana").await.access;
    let person = email("a@example.com");
    let people = [person.as_str()];
    let add = |id: &'static str| world.snapchat.change_list(&token, id, IdentifierKind::Email, &people, true);
    let part = |whole: &str, element: &str| {
        json!({"status": 200, "body": {"request_status": whole,
               "users": [{"sub_request_status": element, "sub_request_error_reason": "E1001 no", "user": {}}]}})
    };
    let refused = || Err(ListError::Refused("E1001 no".into()));
    let cases = [
        (part("SUCCESS", "ERROR"), refused()),
        (part("ERROR", "error"), refused()),
        (part("ERROR", "SUCCESS"), Err(ListError::Refused("no further words".into()))),
        (json!({"status": 413}), Err(ListError::TooLarge)),
        (
            json!({"status": 429, "headers": {"Retry-After": "90"}}),
            Err(ListError::Throttled { retry_after: Some(90_000) }),
        ),
        (json!({"status": 429}), Err(ListError::Throttled { retry_after: None })),
    ];
    for (fault, expected) in cases {
        world.fault(fault, "/v1/segments").await;
        assert_eq!(add("1").await, expected);
    }
    for (fault, name) in [
        (json!({"status": 401, "body": "unauthorized"}), "Unauthorized"),
        (json!({"status": 503}), "Unavailable"),
        (json!({"status": 200, "body": "<html>"}), "NoAnswer"),
        (json!({"cut": "after"}), "NoAnswer"),
    ] {
        world.fault(fault, "/v1/segments").await;
        let told = format!("{:?}", add("1").await.expect_err("a failure"));
        assert!(told.starts_with(name), "{told}");
    }
    let gone = add("999").await;
    assert!(matches!(gone, Err(ListError::NotFound(_))), "{gone:?}");
    let plain = world.snapchat.change_list(&token, "1", IdentifierKind::Email, &["a@example.com"], true).await;
    assert!(matches!(plain, Err(ListError::Refused(_))));
    let long = world.snapchat.create_list(&token, AD_ACCOUNT, &draft(&"x".repeat(376), "", 30)).await;
    assert!(matches!(long, Err(ListError::Refused(_))));
}
