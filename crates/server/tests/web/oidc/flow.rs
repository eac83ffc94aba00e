//! The way of a sign-in from the site and back (OpenID Connect Core §3.1).

use std::time::Duration;

use serde_json::json;
use testkit::world::{ALICE, ISSUER, PASSWORD};

use super::stage::{
    CALLBACK, CHALLENGE, CLOUD, SECRET, VERIFIER, answer_for_alice, answered, ask, believed, body,
    call, code, exchange, exchange_as, go_on, onward, press, redeem, sign_in, tokens, with, world,
};

#[tokio::test]
async fn a_visitor_signs_in_agrees_and_the_site_learns_who_it_is() {
    let world = world(&[]).await;
    let browser = world.browser();

    let page = ask(&browser, &with(&[])).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Our cloud"), "{}", page.text());
    let page = sign_in(&browser, &page, ALICE, PASSWORD).await;
    let page = go_on(&browser, &page).await;
    assert!(
        page.text().contains("your email address"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("cloud.example.org"));
    let page = press(&browser, &page, "allow").await;
    let answer = go_on(&browser, &page).await;

    assert_eq!(answer.status, 303, "{answer:?}");
    let said = answered(answer.header("location").unwrap());
    assert_eq!(said["to"], CALLBACK);
    assert_eq!(said["state"], "st/a te");
    assert_eq!(said["iss"], ISSUER);
    let given = redeem(&world, said["code"].as_str().unwrap()).await;
    assert_eq!(given.header("cache-control"), Some("no-store"));
    let given = tokens(&given);
    assert_eq!(given["token_type"], "Bearer");
    assert_eq!(given["expires_in"], 3600);
    assert_eq!(given["scope"], "openid email profile");
    assert_eq!(given.get("refresh_token"), None);
    let claims = believed(&world, given["id_token"].as_str().unwrap()).await;
    let now = world.clock.now().to_seconds().as_seconds();
    for (name, value) in [
        ("iss", json!(ISSUER)),
        ("aud", json!(CLOUD)),
        ("nonce", json!("n-0S6_WzA2Mj")),
        ("email", json!(ALICE)),
        ("email_verified", json!(true)),
        ("preferred_username", json!("alice")),
        ("iat", json!(now)),
        ("auth_time", json!(now)),
        ("exp", json!(now + 3600)),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    assert_eq!(claims["sub"].as_str().unwrap().len(), 43);
    assert!(!claims.contains_key("groups"));
}

#[tokio::test]
async fn whoever_is_signed_in_and_has_agreed_is_not_asked_again() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    answer_for_alice(&browser, &with(&[])).await;

    let answer = ask(&browser, &with(&[])).await;
    assert_eq!(answer.status, 303, "{answer:?}");

    // More than was agreed to is asked about, and then remembered together.
    let more = with(&[("scope", "openid email profile groups")]);
    let page = ask(&browser, &more).await;
    assert!(page.text().contains("the groups that you belong to"));
    let page = press(&browser, &page, "allow").await;
    assert_eq!(go_on(&browser, &page).await.status, 303);
    assert_eq!(ask(&browser, &with(&[])).await.status, 303);
    // Another person has not agreed to anything.
    let bob = world
        .signed_in("bob@example.org", "bob's own password")
        .await;
    assert!(
        ask(&bob, &with(&[]))
            .await
            .text()
            .contains("bob@example.org")
    );
}

#[tokio::test]
async fn the_operators_own_applications_do_not_ask() {
    let own = json!({
        "id": "own", "secret": SECRET, "redirect_uris": [CALLBACK], "consent": "never",
    });
    let world = world(&[own]).await;
    let browser = world.alice().await;

    let answer = ask(&browser, &with(&[("client_id", "own")])).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let page = ask(
        &browser,
        &with(&[("client_id", "own"), ("prompt", "consent")]),
    )
    .await;
    assert!(page.text().contains("id=\"consent\""), "{}", page.text());
}

#[tokio::test]
async fn who_does_not_want_it_goes_back_and_the_site_is_told() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    let page = ask(&browser, &with(&[])).await;

    let page = press(&browser, &page, "deny").await;

    let said = answered(&onward(&page));
    assert_eq!(said["to"], CALLBACK);
    assert_eq!(said["error"], "access_denied");
    assert_eq!(said["state"], "st/a te");
    assert!(!said.contains_key("code"));
    // It was not remembered as a yes.
    assert_eq!(ask(&browser, &with(&[])).await.status, 200);

    // The login page has the same way back.
    let stranger = world.browser();
    let page = ask(&stranger, &with(&[])).await;
    let page = press(&stranger, &page, "deny").await;
    assert_eq!(answered(&onward(&page))["error"], "access_denied");
}

#[tokio::test]
async fn another_address_can_be_used() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    let page = ask(&browser, &with(&[])).await;

    let page = press(&browser, &page, "switch").await;
    assert!(page.text().contains("Our cloud"), "{}", page.text());
    let page = sign_in(&browser, &page, "bob@example.org", "bob's own password").await;
    let page = go_on(&browser, &page).await;

    assert!(page.text().contains("bob@example.org"), "{}", page.text());
    let page = press(&browser, &page, "allow").await;
    let answer = go_on(&browser, &page).await;
    let said = answered(answer.header("location").unwrap());
    let given = tokens(&redeem(&world, said["code"].as_str().unwrap()).await);
    let claims = believed(&world, given["id_token"].as_str().unwrap()).await;
    assert_eq!(claims["email"], "bob@example.org");
}

#[tokio::test]
async fn a_wrong_password_keeps_the_site_that_waits() {
    let world = world(&[]).await;
    let browser = world.browser();
    let page = ask(&browser, &with(&[])).await;

    let page = sign_in(&browser, &page, ALICE, "wrong").await;
    assert_eq!(page.status, 401);
    assert!(page.text().contains("Our cloud"), "{}", page.text());
    let page = sign_in(&browser, &page, ALICE, PASSWORD).await;

    assert!(
        go_on(&browser, &page)
            .await
            .text()
            .contains("id=\"consent\"")
    );
}

#[tokio::test]
async fn an_answer_travels_in_the_query_the_fragment_or_a_form() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    answer_for_alice(&browser, &with(&[])).await;

    let answer = ask(&browser, &with(&[("response_mode", "fragment")])).await;
    let location = answer.header("location").unwrap();
    assert!(
        location.starts_with(&format!("{CALLBACK}#code=")),
        "{location}"
    );

    let page = ask(&browser, &with(&[("response_mode", "form_post")])).await;
    assert_eq!(page.status, 200);
    let text = page.text();
    assert!(text.contains(&format!(
        "<form id=\"post\" method=\"post\" action=\"{CALLBACK}\">"
    )));
    for name in ["code", "state", "iss"] {
        assert!(text.contains(&format!("name=\"{name}\"")), "{text}");
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(!policy.contains("form-action"), "{policy}");
}

#[tokio::test]
async fn a_request_may_come_as_a_form() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    let headers = [
        ("host", "id.example.org"),
        ("origin", "https://cloud.example.org"),
        ("sec-fetch-site", "cross-site"),
    ];

    let answer = browser
        .post_with("/persona/oidc/authorize", &headers, &with(&[]))
        .await;

    assert_eq!(answer.status, 303);
    let location = answer.header("location").unwrap();
    assert!(location.starts_with("/persona/oidc/authorize?client_id=cloud&"));
    assert!(
        browser
            .get(location)
            .await
            .text()
            .contains("id=\"consent\"")
    );
}

#[tokio::test]
async fn clients_show_who_they_are_in_either_way() {
    let public = json!({ "id": "app", "redirect_uris": ["app.example:/cb"] });
    let world = world(&[public]).await;
    let browser = world.alice().await;

    let fields = |code| {
        vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("client_id", CLOUD),
            ("client_secret", SECRET),
        ]
    };
    let posted = code(&browser, &with(&[])).await;
    tokens(&exchange_as(&world, None, &fields(&posted)).await);

    let public = with(&[
        ("client_id", "app"),
        ("redirect_uri", "app.example:/cb"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    let public = code(&browser, &public).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &public),
        ("redirect_uri", "app.example:/cb"),
        ("client_id", "app"),
        ("code_verifier", VERIFIER),
    ];
    tokens(&exchange_as(&world, None, &fields).await);
}

#[tokio::test]
async fn a_code_is_good_for_a_minute() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    let early = code(&browser, &with(&[])).await;
    world.clock.advance(Duration::from_secs(59));
    tokens(&redeem(&world, &early).await);

    let late = code(&browser, &with(&[])).await;
    world.clock.advance(Duration::from_secs(60));
    let answer = redeem(&world, &late).await;
    assert_eq!(answer.status, 400);
    assert_eq!(body(&answer)["error"], "invalid_grant");
}

#[tokio::test]
async fn pages_of_any_site_may_exchange_and_ask_but_send_no_cookies() {
    let world = world(&[]).await;
    for path in ["/persona/oidc/token", "/persona/oidc/userinfo"] {
        let client = testkit::http::Client::new();
        let headers = [
            ("origin", "https://spa.example"),
            ("access-control-request-method", "POST"),
        ];
        let answer = client
            .request("OPTIONS", &world.url(path), &headers, b"")
            .await
            .unwrap();
        assert_eq!(answer.status, 204, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
    let answer = call(&world, "/persona/oidc/token", None, &[]).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn who_asks_for_no_openid_gets_no_id_token() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    let code = code(&browser, &with(&[("scope", "email")])).await;

    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
    ];
    let given = tokens(&exchange(&world, &fields).await);

    assert_eq!(given.get("id_token"), None);
    assert_eq!(given["scope"], "email");
}
