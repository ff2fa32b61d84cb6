//! What a person sees through the Ads API, page by page.

use reqwest::Method;
use serde_json::Value;

use crate::harness::*;

/// Follows `next_link` to the end; the elements and how many pages there were.
async fn all(sim: &Sim, token: &str, path: &str, collection: &str) -> (Vec<Value>, usize) {
    let (mut elements, mut pages, mut next) = (Vec::new(), 0, path.to_owned());
    loop {
        let answer = sim.ads(Method::GET, &next, token, None).await;
        assert_eq!((answer.status, text(&answer.body["request_status"])), (200, "SUCCESS".into()));
        elements.extend(answer.body[collection].as_array().unwrap().clone());
        pages += 1;
        let Some(link) = answer.body["paging"]["next_link"].as_str() else { return (elements, pages) };
        next = link.strip_prefix(&sim.running.url()).expect("an absolute link").to_owned();
    }
}

fn names(elements: &[Value], entity: &str) -> Vec<String> {
    elements.iter().map(|element| text(&element[entity]["name"])).collect()
}

#[tokio::test]
async fn lists_come_in_small_pages() {
    let sim = Sim::start().await;
    let dana = sim.token(DANA).await;
    let (organizations, pages) =
        all(&sim, &dana, "/v1/me/organizations?with_ad_accounts=true&limit=50", "organizations").await;
    assert_eq!(
        names(&organizations, "organization"),
        ["Northwind Outdoor", "Fabrikam Sports", "Northwind Labs (no ad account)"]
    );
    assert_eq!(pages, 2);
    assert_eq!(organizations[0]["organization"]["ad_accounts"].as_array().unwrap().len(), 5);
    assert_eq!(organizations[1]["organization"]["ad_accounts"][0]["roles"][0], "general", "also on the second page");
    assert_eq!(organizations[1]["organization"]["ad_accounts"].as_array().unwrap().len(), 1);

    let (accounts, pages) =
        all(&sim, &dana, &format!("/v1/organizations/{ORGANIZATION}/adaccounts"), "adaccounts").await;
    assert_eq!((accounts.len(), pages), (5, 3));
    let mut pixels = Vec::new();
    for account in &accounts {
        let path = format!("/v1/adaccounts/{}/pixels", text(&account["adaccount"]["id"]));
        pixels.push(all(&sim, &dana, &path, "pixels").await.0.len());
    }
    assert_eq!(pixels, [1, 2, 0, 3, 1]);
    let (pixels, _) = all(&sim, &dana, &format!("/v1/organizations/{ORGANIZATION}/pixels"), "pixels").await;
    assert_eq!(pixels.len(), 7);
    let (apps, _) = all(&sim, &dana, &format!("/v1/organizations/{ORGANIZATION}/mobile_apps"), "mobile_apps").await;
    assert_eq!(apps[0]["mobile_app"]["id"], APP);
    // A cursor belongs to the list that it was given for.
    let first = sim.ads(Method::GET, &format!("/v1/organizations/{ORGANIZATION}/adaccounts"), &dana, None).await;
    let foreign = query_of(&text(&first.body["paging"]["next_link"]), "cursor").unwrap();
    for query in ["limit=49", "limit=1001", "limit=x", "cursor=x", &format!("cursor={foreign}")] {
        assert_eq!(sim.ads(Method::GET, &format!("/v1/me/organizations?{query}"), &dana, None).await.status, 400);
    }
}

#[tokio::test]
async fn single_objects_and_who_may_see_them() {
    let sim = Sim::start().await;
    let (dana, sam) = (sim.token(DANA).await, sim.token(SAM).await);
    let get = |token: String, path: String| {
        let sim = &sim;
        async move { sim.ads(Method::GET, &path, &token, None).await }
    };
    let me = get(dana.clone(), "/v1/me".into()).await.body;
    assert_eq!((&me["me"]["email"], &me["me"]["organization_id"]), (&DANA.into(), &ORGANIZATION.into()));
    let pixel = get(dana.clone(), format!("/v1/pixels/{PIXEL}")).await.body["pixels"][0]["pixel"].clone();
    assert_eq!((&pixel["name"], &pixel["ad_account_id"]), (&"Northwind web pixel".into(), &ACCOUNT.into()));
    assert!(text(&pixel["pixel_javascript"]).contains("__INSERT_USER_EMAIL__"));
    let account = get(sam.clone(), format!("/v1/adaccounts/{ACCOUNT}")).await.body;
    assert_eq!(account["adaccounts"][0]["adaccount"]["roles"][0], "reports");
    let (sams, _) = all(&sim, &sam, &format!("/v1/organizations/{ORGANIZATION}/adaccounts"), "adaccounts").await;
    assert_eq!(names(&sams, "adaccount"), ["Northwind US"]);

    let uk = "/v1/adaccounts/7d0a5c1e-20b4-4e55-9d0a-3a6a1c0a9b12/pixels";
    let forbidden = get(sam.clone(), uk.into()).await;
    assert_eq!((forbidden.status, text(&forbidden.body["error_code"])), (403, "E3002".into()));
    let missing = get(sam, "/v1/pixels/00000000-0000-4000-8000-000000000000".into()).await;
    assert_eq!((missing.status, text(&missing.body["error_code"])), (404, "E3003".into()));
    assert_eq!(get(dana, "/v1/nothing".into()).await.status, 404);
}

#[tokio::test]
async fn the_scope_counts() {
    let sim = Sim::start().await;
    let code = sim.code(DANA, "snapchat-offline-conversions-api").await;
    let token = text(&sim.exchange(&code).await.body["access_token"]);
    assert_eq!(sim.ads(Method::GET, "/v1/me", &token, None).await.status, 403);
    assert_eq!(sim.ads(Method::GET, "/v1/me", &capi_token(0), None).await.status, 401);
    assert_eq!(sim.get("/v1/me").await.body, "unauthorized");
}
