//! Refresh tokens: rotation, and what happens when one comes twice (RFC 6749 §6, RFC 9700 §4.14.2).

use std::time::Duration;

use serde_json::{Value, json};
use store::Store;
use testkit::http::Answer;
use testkit::world::{ALICE, World};

use super::stage::{
    CALLBACK, CHALLENGE, VERIFIER, believed, body, cast, code, exchange, exchange_as, redeem,
    tokens, with, world,
};

const OFFLINE: &str = "openid email offline_access";

async fn offline(world: &World) -> Value {
    let browser = world.alice().await;
    let code = code(&browser, &with(&[("scope", OFFLINE)])).await;
    tokens(&redeem(world, &code).await)
}

async fn refresh(world: &World, token: &str) -> Answer {
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
    exchange(world, &fields).await
}

fn error(answer: &Answer) -> String {
    assert_eq!(answer.status, 400, "{answer:?}");
    body(answer)["error"].as_str().unwrap().to_owned()
}

async fn opens(world: &World, token: &Value) -> bool {
    let line = format!("Bearer {}", token.as_str().unwrap());
    let headers = [("authorization", line.as_str())];
    let answer = world
        .browser()
        .get_with("/persona/oidc/userinfo", &headers)
        .await;
    answer.status == 200
}

#[tokio::test]
async fn a_refresh_token_is_good_for_new_tokens_and_a_new_one_of_its_kind() {
    let world = world(&[]).await;
    let first = offline(&world).await;
    world.clock.advance(Duration::from_secs(7200));

    let second = tokens(&refresh(&world, first["refresh_token"].as_str().unwrap()).await);

    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert!(opens(&world, &second["access_token"]).await);
    let before = believed(&world, first["id_token"].as_str().unwrap()).await;
    let after = believed(&world, second["id_token"].as_str().unwrap()).await;
    for same in ["iss", "sub", "aud", "auth_time", "email"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert!(!after.contains_key("nonce"));
    assert_eq!(
        after["iat"],
        json!(world.clock.now().to_seconds().as_seconds())
    );
}

#[tokio::test]
async fn a_refresh_token_that_comes_again_later_ends_all_of_them() {
    let world = world(&[]).await;
    let first = offline(&world).await;
    let old = first["refresh_token"].as_str().unwrap();
    let second = tokens(&refresh(&world, old).await);
    world.clock.advance(Duration::from_secs(31));

    assert_eq!(error(&refresh(&world, old).await), "invalid_grant");

    let new = second["refresh_token"].as_str().unwrap();
    assert_eq!(error(&refresh(&world, new).await), "invalid_grant");
    assert!(!opens(&world, &second["access_token"]).await);
    assert!(!opens(&world, &first["access_token"]).await);
}

#[tokio::test]
async fn a_client_with_a_secret_may_ask_again_for_an_answer_that_was_lost() {
    let world = world(&[]).await;
    let first = offline(&world).await;
    let old = first["refresh_token"].as_str().unwrap();
    tokens(&refresh(&world, old).await);
    world.clock.advance(Duration::from_secs(30));

    let again = tokens(&refresh(&world, old).await);

    tokens(&refresh(&world, again["refresh_token"].as_str().unwrap()).await);
}

#[tokio::test]
async fn a_public_client_may_not() {
    let public = json!({ "id": "app", "redirect_uris": ["app.example:/cb"] });
    let world = world(&[public]).await;
    let browser = world.alice().await;
    let asked = with(&[
        ("client_id", "app"),
        ("redirect_uri", "app.example:/cb"),
        ("scope", OFFLINE),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    let code = code(&browser, &asked).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", "app.example:/cb"),
        ("client_id", "app"),
        ("code_verifier", VERIFIER),
    ];
    let first = tokens(&exchange_as(&world, None, &fields).await);
    let refresh = async |token: &Value| {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token.as_str().unwrap()),
            ("client_id", "app"),
        ];
        exchange_as(&world, None, &fields).await
    };
    let second = tokens(&refresh(&first["refresh_token"]).await);

    assert_eq!(
        error(&refresh(&first["refresh_token"]).await),
        "invalid_grant"
    );
    assert_eq!(
        error(&refresh(&second["refresh_token"]).await),
        "invalid_grant"
    );
}

#[tokio::test]
async fn a_refresh_may_ask_for_less_and_not_for_more() {
    let world = world(&[]).await;
    let first = offline(&world).await;
    let ask = async |token: &Value, scope: &str| {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token.as_str().unwrap()),
            ("scope", scope),
        ];
        exchange(&world, &fields).await
    };

    let more = ask(&first["refresh_token"], "openid email groups").await;
    assert_eq!(error(&more), "invalid_scope");
    let less = tokens(&ask(&first["refresh_token"], "openid").await);
    assert_eq!(less["scope"], "openid");
    let claims = believed(&world, less["id_token"].as_str().unwrap()).await;
    assert!(!claims.contains_key("email"));
}

#[tokio::test]
async fn what_is_offline_outlives_the_sign_out_and_nothing_else_does() {
    let store = std::sync::Arc::new(store::SqliteStore::open_in_memory().unwrap());
    let world = cast(&[]).store(store.clone()).open().await;
    let browser = world.alice().await;
    let plain = code(&browser, &with(&[])).await;
    let plain = tokens(&redeem(&world, &plain).await);
    let kept = code(&browser, &with(&[("scope", OFFLINE)])).await;
    let kept = tokens(&redeem(&world, &kept).await);
    let csrf = browser.form_token().await;

    browser
        .post("/persona/auth/logout/", &[("csrf", &csrf)])
        .await;

    assert!(!opens(&world, &plain["access_token"]).await);
    assert!(opens(&world, &kept["access_token"]).await);
    let kept = tokens(&refresh(&world, kept["refresh_token"].as_str().unwrap()).await);
    // The mailbox is gone, or the operator says so: nothing is left.
    store
        .end_sessions_of(&ALICE.parse().unwrap())
        .await
        .unwrap();
    assert!(!opens(&world, &kept["access_token"]).await);
    let answer = refresh(&world, kept["refresh_token"].as_str().unwrap()).await;
    assert_eq!(error(&answer), "invalid_grant");
}

#[tokio::test]
async fn a_refresh_token_that_nobody_uses_ends_after_thirty_days() {
    let world = world(&[]).await;
    let mut kept = offline(&world).await;
    let days = |days: u64| Duration::from_secs(days * 24 * 60 * 60);
    for _ in 0..3 {
        world.clock.advance(days(29));
        kept = tokens(&refresh(&world, kept["refresh_token"].as_str().unwrap()).await);
    }
    world.clock.advance(days(30));
    let answer = refresh(&world, kept["refresh_token"].as_str().unwrap()).await;
    assert_eq!(error(&answer), "invalid_grant");
}

#[tokio::test]
async fn who_may_no_longer_use_the_client_is_not_refreshed() {
    let store = std::sync::Arc::new(store::SqliteStore::open_in_memory().unwrap());
    let world = cast(&[]).store(store.clone()).open().await;
    let kept = offline(&world).await;
    let world = world
        .restart_with(store, |settings| {
            settings.client = vec![
                serde_json::from_value(json!({
                    "id": "cloud", "secret": super::stage::SECRET,
                    "redirect_uris": [CALLBACK], "allow": ["example.net"],
                }))
                .unwrap(),
            ];
        })
        .await;

    let answer = refresh(&world, kept["refresh_token"].as_str().unwrap()).await;

    assert_eq!(error(&answer), "invalid_grant");
    assert!(!opens(&world, &kept["access_token"]).await);
}
