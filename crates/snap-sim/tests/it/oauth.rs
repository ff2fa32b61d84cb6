//! The consent, its refusals, and the life of codes and tokens.

use reqwest::Method;
use serde_json::json;

use crate::harness::*;

async fn alive(sim: &Sim, token: &str) -> u16 {
    sim.ads(Method::GET, "/v1/me", token, None).await.status
}

#[tokio::test]
async fn a_person_agrees_and_the_app_gets_tokens() {
    let sim = Sim::start().await;
    let page = sim.page(&authorize(BOTH_SCOPES, "s1")).await;
    for part in ["Email or username", "Password", ">Continue<", ">Cancel<", "Switchyard"] {
        assert!(page.contains(part), "{part}");
    }
    let form = [("username", "dana"), ("password", "snap-demo"), ("action", "continue")];
    let back = sim.http.post(sim.url(&authorize(BOTH_SCOPES, "a&b"))).form(&form).send().await.unwrap();
    assert_eq!(back.status(), 303);
    assert!(location(&back).starts_with(REDIRECT));
    assert_eq!(query_of(&location(&back), "state").as_deref(), Some("a&b"));
    let answer = sim.exchange(&query_of(&location(&back), "code").unwrap()).await;
    assert_eq!(answer.status, 200);
    assert_eq!((&answer.body["token_type"], &answer.body["expires_in"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!(answer.body["scope"], BOTH_SCOPES);
    assert_eq!(alive(&sim, &text(&answer.body["access_token"])).await, 200);
}

#[tokio::test]
async fn cancelling_and_wrong_passwords_bring_no_code() {
    let sim = Sim::start().await;
    let back =
        sim.http.post(sim.url(&authorize(BOTH_SCOPES, "s1"))).form(&[("action", "cancel")]).send().await.unwrap();
    assert_eq!(query_of(&location(&back), "error").as_deref(), Some("access_denied"));
    assert_eq!(query_of(&location(&back), "state").as_deref(), Some("s1"));
    let form = [("username", "da\"na"), ("password", "wrong"), ("action", "continue")];
    let page = sim.form(&authorize(BOTH_SCOPES, "s1"), &form).await;
    assert_eq!(page.status, 401);
    let page = text(&page.body);
    assert!(page.contains("is not right. Try again.") && page.contains("da&quot;na"));
}

#[tokio::test]
async fn malformed_requests_are_refused_where_it_is_safe() {
    let sim = Sim::with(|settings| settings.any_client = false).await;
    let good = authorize(BOTH_SCOPES, "s1");
    for (from, to) in [
        ("client_id=switchyard-demo", "client_id=other"),
        ("client_id=switchyard-demo", "client_id="),
        ("redirect_uri=http", "redirect_uri=javascript"),
        ("redirect_uri=http", "redirect_uri="),
    ] {
        assert_eq!(sim.get(&good.replace(from, to)).await.status, 400, "{to}");
    }
    for (from, to, error) in [
        ("response_type=code", "response_type=token", "unsupported_response_type"),
        ("response_type=code", "response_type=", "invalid_request"),
        ("snapchat-marketing-api", "snapchat-profile-api", "invalid_scope"),
    ] {
        let response = sim.http.get(sim.url(&good.replace(from, to))).send().await.unwrap();
        assert_eq!(query_of(&location(&response), "error").as_deref(), Some(error));
        assert_eq!(query_of(&location(&response), "state").as_deref(), Some("s1"));
    }
}

#[tokio::test]
async fn a_code_works_once_soon_and_for_the_same_redirect() {
    let sim = Sim::start().await;
    let code = sim.code(DANA, BOTH_SCOPES).await;
    let mut form = client_form("authorization_code");
    form.extend([("code", &*code), ("redirect_uri", "http://localhost:3000/elsewhere")]);
    assert_eq!(sim.form("/login/oauth2/access_token", &form).await.body["error"], "invalid_grant");
    let token = text(&sim.exchange(&code).await.body["access_token"]);
    assert_eq!(alive(&sim, &token).await, 200);
    let replay = sim.exchange(&code).await;
    assert_eq!((replay.status, &replay.body["error"]), (400, &json!("invalid_grant")));
    assert_eq!(alive(&sim, &token).await, 401, "a replayed code takes back what it brought");

    let late = sim.code(DANA, BOTH_SCOPES).await;
    sim.advance(120_000).await;
    assert_eq!(sim.exchange(&late).await.body["error"], "invalid_grant");
}

#[tokio::test]
async fn clients_prove_who_they_are() {
    let sim = Sim::start().await;
    let code = sim.code(DANA, BOTH_SCOPES).await;
    let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT)];
    let post = |secret: &'static str| {
        let request = sim.http.post(sim.url("/login/oauth2/access_token")).form(&form);
        async move { request.basic_auth("switchyard-demo", Some(secret)).send().await.unwrap() }
    };
    let wrong = post("wrong").await;
    assert_eq!(wrong.status(), 401);
    assert!(wrong.headers().contains_key("www-authenticate"));
    assert_eq!(post("switchyard-demo-secret").await.status(), 200);

    let cases: [(&[(&str, &str)], &str); 4] = [
        (&[("grant_type", "password")], "unsupported_grant_type"),
        (&[("grant_type", "")], "invalid_request"),
        (&[("grant_type", "refresh_token")], "invalid_request"),
        (&[("grant_type", "refresh_token"), ("refresh_token", "nobody's")], "invalid_grant"),
    ];
    for (form, error) in cases {
        let mut form = form.to_vec();
        form.extend(&client_form("")[1..]);
        let answer = sim.form("/login/oauth2/access_token", &form).await;
        assert_eq!((answer.status, text(&answer.body["error"])), (400, error.to_owned()));
    }
    let json = sim.post("/login/oauth2/access_token", &json!({"grant_type": "refresh_token"})).await;
    assert_eq!(json.body["error"], "invalid_request");
}

#[tokio::test]
async fn access_tokens_expire_and_refresh_tokens_stay() {
    let sim = Sim::with(|settings| settings.token_ttl_s = 60).await;
    let code = sim.code(DANA, BOTH_SCOPES).await;
    let tokens = sim.exchange(&code).await.body;
    sim.advance(60_000).await;
    let stale = sim.http.get(sim.url("/v1/me")).bearer_auth(text(&tokens["access_token"])).send().await.unwrap();
    assert_eq!(stale.status(), 401);
    let challenge = stale.headers()["www-authenticate"].to_str().unwrap().to_owned();
    assert_eq!(challenge, "Bearer error=\"invalid_token\", error_description=\"The access token expired\"");
    assert_eq!(stale.text().await.unwrap(), "unauthorized");

    let refresh = text(&tokens["refresh_token"]);
    for _ in 0..2 {
        let fresh = sim.refresh(&refresh).await;
        assert!(fresh.body.get("refresh_token").is_none());
        assert_eq!(alive(&sim, &text(&fresh.body["access_token"])).await, 200);
    }
    let again = text(&sim.refresh(&refresh).await.body["access_token"]);
    assert!(sim.post("/_sim/expire-tokens", &json!({})).await.body["expired"].as_u64().unwrap() >= 1);
    assert_eq!(alive(&sim, &again).await, 401);
    assert_eq!(sim.post("/_sim/revoke", &json!({"user": DANA})).await.body["revoked"], 1);
    assert_eq!(sim.refresh(&refresh).await.body["error"], "invalid_grant");
}

#[tokio::test]
async fn refresh_tokens_rotate_when_asked_to() {
    let sim = Sim::with(|settings| settings.rotate_refresh_tokens = true).await;
    let code = sim.code(DANA, BOTH_SCOPES).await;
    let first = text(&sim.exchange(&code).await.body["refresh_token"]);
    let second = text(&sim.refresh(&first).await.body["refresh_token"]);
    assert_eq!(sim.refresh(&first).await.body["error"], "invalid_grant");
    assert_eq!(sim.refresh(&second).await.status, 200);
}
