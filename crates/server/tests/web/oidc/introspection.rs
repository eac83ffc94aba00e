//! What a token is good for (RFC 7662), and giving it back (RFC 7009).

use std::time::Duration;

use serde_json::{Value, json};
use testkit::http::Answer;
use testkit::world::{ALICE, ISSUER, World};

use super::stage::{
    CALLBACK, CLOUD, SECRET, body, call, code, exchange, redeem, tokens, with, world,
};

const DOVECOT: &str = "dovecot-secret-of-forty-three-characters-01";

fn others() -> [Value; 3] {
    [
        json!({ "id": "dovecot", "secret": DOVECOT, "redirect_uris": [CALLBACK], "introspects": [CLOUD] }),
        json!({ "id": "other", "secret": "o".repeat(43), "redirect_uris": [CALLBACK] }),
        json!({ "id": "app", "redirect_uris": ["app.example:/cb"] }),
    ]
}

async fn given(world: &World) -> Value {
    let browser = world.alice().await;
    let code = code(&browser, &with(&[("scope", "openid email offline_access")])).await;
    tokens(&redeem(world, &code).await)
}

async fn introspect(world: &World, who: Option<(&str, &str)>, token: &Value) -> Answer {
    let fields = [("token", token.as_str().unwrap())];
    call(world, "/persona/oidc/introspect", who, &fields).await
}

async fn revoke(world: &World, who: (&str, &str), token: &str) -> Answer {
    let fields = [("token", token), ("token_type_hint", "nonsense")];
    call(world, "/persona/oidc/revoke", Some(who), &fields).await
}

async fn is_active(world: &World, token: &Value) -> bool {
    let answer = introspect(world, Some((CLOUD, SECRET)), token).await;
    body(&answer)["active"] == true
}

#[tokio::test]
async fn a_client_learns_what_its_tokens_are_good_for_and_a_mail_server_what_anybodys_are() {
    let world = world(&others()).await;
    let given = given(&world).await;

    for who in [(CLOUD, SECRET), ("dovecot", DOVECOT)] {
        let told = body(&introspect(&world, Some(who), &given["access_token"]).await);
        let now = world.clock.now().to_seconds().as_seconds();
        for (name, value) in [
            ("active", json!(true)),
            ("iss", json!(ISSUER)),
            ("client_id", json!(CLOUD)),
            ("username", json!(ALICE)),
            ("email", json!(ALICE)),
            ("scope", json!("openid email offline_access")),
            ("token_type", json!("Bearer")),
            ("exp", json!(now + 3600)),
        ] {
            assert_eq!(told[name], value, "{name}");
        }
        assert!(is_active(&world, &given["refresh_token"]).await);
    }
}

#[tokio::test]
async fn nobody_else_learns_anything() {
    let world = world(&others()).await;
    let given = given(&world).await;
    let token = &given["access_token"];

    let other = introspect(&world, Some(("other", &"o".repeat(43))), token).await;
    assert_eq!(body(&other), json!({ "active": false }));
    let nobody = introspect(&world, None, token).await;
    assert_eq!(nobody.status, 401);
    let wrong = introspect(&world, Some((CLOUD, "wrong")), token).await;
    assert_eq!(wrong.status, 401);
    let fields = [("token", token.as_str().unwrap()), ("client_id", "app")];
    let public = call(&world, "/persona/oidc/introspect", None, &fields).await;
    assert_eq!(body(&public)["error"], "unauthorized_client");
}

#[tokio::test]
async fn what_is_over_spent_or_never_was_is_not_active() {
    let world = world(&others()).await;
    let given = given(&world).await;
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", given["refresh_token"].as_str().unwrap()),
    ];
    tokens(&exchange(&world, &fields).await);

    assert!(!is_active(&world, &given["refresh_token"]).await);
    assert!(is_active(&world, &given["access_token"]).await);
    assert!(!is_active(&world, &json!("nonsense")).await);
    assert!(!is_active(&world, &given["id_token"]).await);
    world.clock.advance(Duration::from_secs(3600));
    assert!(!is_active(&world, &given["access_token"]).await);
}

#[tokio::test]
async fn a_token_that_was_given_back_is_good_for_nothing() {
    let world = world(&others()).await;
    let given = given(&world).await;
    let access = given["access_token"].as_str().unwrap();
    let refresh = given["refresh_token"].as_str().unwrap();

    // Another client gives back nothing, and is not told so.
    let other = "o".repeat(43);
    assert_eq!(revoke(&world, ("other", &other), refresh).await.status, 200);
    assert!(is_active(&world, &given["refresh_token"]).await);
    assert_eq!(revoke(&world, (CLOUD, SECRET), access).await.status, 200);
    assert!(!is_active(&world, &given["access_token"]).await);
    assert!(is_active(&world, &given["refresh_token"]).await);
    assert_eq!(revoke(&world, (CLOUD, SECRET), refresh).await.status, 200);
    assert!(!is_active(&world, &given["refresh_token"]).await);
    // What is not there is as good as given back; without a secret nothing is taken.
    assert_eq!(revoke(&world, (CLOUD, SECRET), refresh).await.status, 200);
    assert_eq!(revoke(&world, (CLOUD, "wrong"), refresh).await.status, 401);
}
