//! What a site may ask for beside who it is (OpenID Connect Core §3.1.2.1, §3.1.2.3).

use std::time::Duration;

use serde_json::json;
use testkit::world::{ALICE, PASSWORD, World};

use super::stage::{
    CALLBACK, SECRET, answer_for_alice, answered, ask, believed, code, go_on, hidden, press,
    redeem, sign_in, tokens, with, world,
};

const BOB: (&str, &str) = ("bob@example.org", "bob's own password");

#[tokio::test]
async fn none_shows_nothing_and_says_what_would_be_asked() {
    let world = world(&[]).await;
    let quiet = with(&[("prompt", "none")]);
    let error = async |browser: &testkit::world::Browser<'_>| {
        let answer = ask(browser, &quiet).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        answered(answer.header("location").unwrap())
    };

    assert_eq!(error(&world.browser()).await["error"], "login_required");
    let browser = world.alice().await;
    let said = error(&browser).await;
    assert_eq!(said["error"], "consent_required");
    assert_eq!(said["state"], "st/a te");
    answer_for_alice(&browser, &with(&[])).await;
    assert!(error(&browser).await.contains_key("code"));
}

#[tokio::test]
async fn login_wants_the_password_once_more_and_no_more_than_once() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    answer_for_alice(&browser, &with(&[])).await;
    world.clock.advance(Duration::from_secs(100));

    let page = ask(&browser, &with(&[("prompt", "login")])).await;
    assert!(page.text().contains("id=\"login\""), "{}", page.text());
    let page = sign_in(&browser, &page, ALICE, PASSWORD).await;
    let answer = go_on(&browser, &page).await;

    assert_eq!(answer.status, 303, "{answer:?}");
    let said = answered(answer.header("location").unwrap());
    let given = tokens(&redeem(&world, said["code"].as_str().unwrap()).await);
    let claims = believed(&world, given["id_token"].as_str().unwrap()).await;
    let now = world.clock.now().to_seconds().as_seconds();
    assert_eq!(claims["auth_time"], json!(now));
}

#[tokio::test]
async fn an_old_mark_of_another_browser_or_request_is_no_new_login() {
    let world = world(&[]).await;
    let attacker = world.browser();
    let again = with(&[("prompt", "login")]);
    let page = ask(&attacker, &again).await;
    let mark = |page: &testkit::http::Answer, name: &str| {
        let fields = hidden(page);
        fields.into_iter().find(|field| field.0 == name).unwrap().1
    };
    let (query, since) = (mark(&page, "onward"), mark(&page, "since"));

    // The victim signs in later, and is sent there with the attacker's mark.
    let victim = world.alice().await;
    let path = format!("/persona/oidc/authorize?{query}&persona_since={since}");
    let page = victim.get(&path).await;
    assert!(page.text().contains("id=\"login\""), "{}", page.text());
    // Their own mark is for the request that it was made for.
    let page = ask(&victim, &again).await;
    let own = mark(&page, "since");
    let other = query.replace("prompt=login", "prompt=login+consent");
    let page = victim
        .get(&format!(
            "/persona/oidc/authorize?{other}&persona_since={own}"
        ))
        .await;
    assert!(page.text().contains("id=\"login\""), "{}", page.text());
}

#[tokio::test]
async fn a_sign_in_that_is_too_old_for_the_site_is_done_anew() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    answer_for_alice(&browser, &with(&[])).await;
    let lately = with(&[("max_age", "600")]);

    world.clock.advance(Duration::from_secs(600));
    assert_eq!(ask(&browser, &lately).await.status, 303);
    world.clock.advance(Duration::from_secs(1));
    let page = ask(&browser, &lately).await;
    assert!(page.text().contains("id=\"login\""), "{}", page.text());
    let quiet = with(&[("max_age", "600"), ("prompt", "none")]);
    let answer = ask(&browser, &quiet).await;
    let said = answered(answer.header("location").unwrap());
    assert_eq!(said["error"], "login_required");
    let page = sign_in(&browser, &page, ALICE, PASSWORD).await;
    assert_eq!(go_on(&browser, &page).await.status, 303);

    // Zero seconds: whoever signs in for this request is lately enough.
    world.clock.advance(Duration::from_secs(5));
    let page = ask(&browser, &with(&[("max_age", "0")])).await;
    let page = sign_in(&browser, &page, ALICE, PASSWORD).await;
    assert_eq!(go_on(&browser, &page).await.status, 303);
}

#[tokio::test]
async fn consent_and_select_account_ask_again() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    answer_for_alice(&browser, &with(&[])).await;
    world.clock.advance(Duration::from_secs(100));

    for prompt in ["consent", "select_account"] {
        let page = ask(&browser, &with(&[("prompt", prompt)])).await;
        assert!(page.text().contains("id=\"consent\""), "{prompt}");
        let page = press(&browser, &page, "allow").await;
        assert_eq!(go_on(&browser, &page).await.status, 303, "{prompt}");
        world.clock.advance(Duration::from_secs(100));
    }
}

#[tokio::test]
async fn whom_the_site_expects_stands_in_the_form_and_is_asked_to_sign_in() {
    let world = world(&[]).await;
    let expected = with(&[("login_hint", BOB.0)]);
    let page = ask(&world.browser(), &expected).await;
    assert!(page.text().contains("value=\"bob@example.org\""));

    // Somebody else is signed in: bob is asked for, and whoever it is in the end goes on.
    let browser = world.alice().await;
    let page = ask(&browser, &expected).await;
    assert!(page.text().contains("id=\"login\""), "{}", page.text());
    let page = sign_in(&browser, &page, ALICE, PASSWORD).await;
    let page = go_on(&browser, &page).await;
    assert!(page.text().contains("id=\"consent\""), "{}", page.text());
    // What is no address says nothing.
    let page = ask(&browser, &with(&[("login_hint", "somebody")])).await;
    assert!(page.text().contains("id=\"consent\""), "{}", page.text());
}

#[tokio::test]
async fn the_person_of_an_earlier_id_token_is_meant_and_no_other() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    let code = code(&browser, &with(&[])).await;
    let given = tokens(&redeem(&world, &code).await);
    let hint = given["id_token"].as_str().unwrap();
    let meant = with(&[("id_token_hint", hint), ("prompt", "none")]);

    let answer = ask(&browser, &meant).await;
    assert!(answered(answer.header("location").unwrap()).contains_key("code"));
    let bob = world.signed_in(BOB.0, BOB.1).await;
    let error = async |parameters: &[(&str, &str)]| {
        let answer = ask(&bob, parameters).await;
        let said = answered(answer.header("location").unwrap());
        said["error"].as_str().unwrap().to_owned()
    };
    assert_eq!(error(&meant).await, "login_required");
    // Bob signs in where alice is meant.
    let page = ask(&bob, &with(&[("id_token_hint", hint)])).await;
    let page = sign_in(&bob, &page, BOB.0, BOB.1).await;
    let answer = go_on(&bob, &page).await;
    let said = answered(answer.header("location").unwrap());
    assert_eq!(said["error"], "login_required");
    assert_eq!(
        error(&with(&[("id_token_hint", "x.y.z")])).await,
        "invalid_request"
    );
}

#[tokio::test]
async fn a_subject_that_is_asked_for_is_that_person() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    let code = code(&browser, &with(&[])).await;
    let given = tokens(&redeem(&world, &code).await);
    let claims = believed(&world, given["id_token"].as_str().unwrap()).await;
    let subject = |sub: &str| json!({"id_token": {"sub": {"value": sub}}}).to_string();
    let said = async |sub: &str| {
        let claims = subject(sub);
        let parameters = with(&[("claims", &claims), ("prompt", "none")]);
        let answer = ask(&browser, &parameters).await;
        answered(answer.header("location").unwrap())
    };

    assert!(
        said(claims["sub"].as_str().unwrap())
            .await
            .contains_key("code")
    );
    assert_eq!(said("somebody-else").await["error"], "login_required");
}

#[tokio::test]
async fn who_may_not_use_a_client_is_told_so_and_can_use_another_address() {
    let staff = json!({
        "id": "staff", "secret": SECRET, "redirect_uris": [CALLBACK],
        "allow": ["example.net", "bob@example.org"],
    });
    let world: World = world(&[staff]).await;
    let browser = world.alice().await;
    let asked = with(&[("client_id", "staff")]);

    let page = ask(&browser, &asked).await;
    assert!(
        page.text().contains("This address may not sign in there"),
        "{}",
        page.text()
    );
    let quiet = with(&[("client_id", "staff"), ("prompt", "none")]);
    let answer = ask(&browser, &quiet).await;
    let said = answered(answer.header("location").unwrap());
    assert_eq!(said["error"], "access_denied");
    // Saying yes for her changes nothing.
    let refused = press(&browser, &page, "allow").await;
    let page = go_on(&browser, &refused).await;
    assert!(page.text().contains("This address may not sign in there"));
    let page = press(&browser, &page, "switch").await;
    let page = sign_in(&browser, &page, BOB.0, BOB.1).await;
    assert!(go_on(&browser, &page).await.text().contains("id=\"allow\""));
}
