//! The answer: codes, tokens, and what they say.

use std::time::Duration;

use protocol::jose::token::UncheckedJwt;
use serde_json::{Value, json};
use testkit::world::{ALICE, ISSUER};

use super::super::stage::{
    CALLBACK, CHALLENGE, CLOUD, SECRET, VERIFIER, answer_for_alice, believed, body, call, exchange,
    exchange_as, redeem, tokens, with, world,
};
use super::{Given, PLANS, sign_in, userinfo};

#[tokio::test]
async fn server_happy_flow() {
    let world = world(&[]).await;
    for plan in PLANS {
        let given = sign_in(&world, &world.browser(), &[plan]).await;
        assert_eq!(given.claims["iss"], ISSUER);
        assert_eq!(given.claims["nonce"], "n-0S6_WzA2Mj");
        assert_eq!(given.tokens["token_type"], "Bearer");
    }
}

#[tokio::test]
async fn idtoken_signature() {
    let world = world(&[]).await;
    let keys = body(&world.browser().get("/persona/oidc/jwks.json").await);
    let keys = keys["keys"].as_array().unwrap();
    for plan in PLANS {
        let given = sign_in(&world, &world.browser(), &[plan]).await;
        let token = given.tokens["id_token"].as_str().unwrap();
        let token = UncheckedJwt::read(token).unwrap();
        let key = keys
            .iter()
            .find(|key| key["kid"] == token.key_id().unwrap());
        assert_eq!(key.unwrap()["alg"], "RS256");
    }
}

#[tokio::test]
async fn userinfo_get_post_header_and_post_body() {
    let world = world(&[]).await;
    for plan in PLANS {
        let given = sign_in(&world, &world.browser(), &[plan]).await;
        let line = given.line();
        let place = "/persona/oidc/userinfo";
        let headers = [("authorization", line.as_str())];
        let token = given.tokens["access_token"].as_str().unwrap();

        let got = userinfo(&world, &given).await;
        let header = world.browser().post_with(place, &headers, &[]).await;
        let form = call(&world, place, None, &[("access_token", token)]).await;

        for answer in [got, header, form] {
            assert_eq!(answer.status, 200, "{answer:?}");
            assert_eq!(body(&answer)["sub"], given.claims["sub"]);
        }
    }
}

#[tokio::test]
async fn ensure_request_without_nonce_succeeds_for_code_flow() {
    let world = world(&[]).await;
    for plan in PLANS {
        let given = sign_in(&world, &world.browser(), &[plan, ("nonce", "")]).await;
        assert!(!given.claims.contains_key("nonce"));
    }
}

#[tokio::test]
async fn scope_profile_email_address_phone_all_in_any_order() {
    let world = world(&[]).await;
    for plan in PLANS {
        for (scope, email, name) in [
            ("openid profile", None, Some("alice")),
            ("openid email", Some(ALICE), None),
            ("openid address", None, None),
            ("openid phone", None, None),
            (
                "openid profile email address phone",
                Some(ALICE),
                Some("alice"),
            ),
            ("email openid", Some(ALICE), None),
        ] {
            let given = sign_in(&world, &world.browser(), &[plan, ("scope", scope)]).await;
            let told = body(&userinfo(&world, &given).await);
            assert_eq!(told["sub"], given.claims["sub"], "{scope}");
            assert_eq!(told.get("email"), email.map(Value::from).as_ref());
            let called = told.get("preferred_username");
            assert_eq!(called, name.map(Value::from).as_ref(), "{scope}");
        }
    }
}

#[tokio::test]
async fn codereuse_at_once_and_after_30_seconds() {
    let world = world(&[]).await;
    for plan in PLANS {
        for seconds in [0, 30] {
            let answer = answer_for_alice(&world.browser(), &with(&[plan])).await;
            let given = Given::by(&world, &answer).await;
            world.clock.advance(Duration::from_secs(seconds));

            let again = redeem(&world, answer["code"].as_str().unwrap()).await;

            assert_eq!(again.status, 400);
            assert_eq!(body(&again)["error"], "invalid_grant");
            assert_eq!(userinfo(&world, &given).await.status, 401);
        }
    }
}

#[tokio::test]
async fn server_client_secret_post() {
    let world = world(&[]).await;
    for plan in PLANS {
        let answer = answer_for_alice(&world.browser(), &with(&[plan])).await;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", answer["code"].as_str().unwrap()),
            ("redirect_uri", CALLBACK),
            ("client_id", CLOUD),
            ("client_secret", SECRET),
        ];
        tokens(&exchange_as(&world, None, &fields).await);
    }
}

/// We may not know a name, which is a warning there and no error.
#[tokio::test]
async fn claims_essential() {
    let world = world(&[]).await;
    let claims = json!({"userinfo": {"name": {"essential": true}}}).to_string();
    for plan in PLANS {
        let given = sign_in(&world, &world.browser(), &[plan, ("claims", &claims)]).await;
        assert_eq!(userinfo(&world, &given).await.status, 200);
    }
}

#[tokio::test]
async fn refresh_token() {
    let other = json!({ "id": "other", "secret": SECRET, "redirect_uris": [CALLBACK] });
    let world = world(&[other]).await;
    for plan in PLANS {
        let asked = [
            plan,
            ("scope", "openid offline_access"),
            ("prompt", "consent"),
        ];
        let first = sign_in(&world, &world.browser(), &asked).await;
        let token = first.tokens["refresh_token"].as_str().unwrap();
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];

        let stolen = exchange_as(&world, Some(("other", SECRET)), &fields).await;
        let second = tokens(&exchange(&world, &fields).await);

        assert_eq!(body(&stolen)["error"], "invalid_grant");
        let claims = believed(&world, second["id_token"].as_str().unwrap()).await;
        for same in ["iss", "sub", "aud", "auth_time"] {
            assert_eq!(claims[same], first.claims[same], "{same}");
        }
    }
}

#[tokio::test]
async fn ensure_request_with_valid_pkce_succeeds() {
    let world = world(&[]).await;
    let method = ("code_challenge_method", "S256");
    for plan in PLANS {
        let asked = with(&[plan, ("code_challenge", CHALLENGE), method]);
        let answer = answer_for_alice(&world.browser(), &asked).await;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", answer["code"].as_str().unwrap()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        tokens(&exchange(&world, &fields).await);
    }
}

#[tokio::test]
async fn discovery_endpoint_verification() {
    let world = world(&[]).await;
    let browser = world.browser();
    let answer = browser.get("/.well-known/openid-configuration").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let document = body(&answer);
    assert_eq!(document["issuer"], ISSUER);
    for (list, member) in [
        ("response_types_supported", "code"),
        ("subject_types_supported", "public"),
        ("id_token_signing_alg_values_supported", "RS256"),
        ("grant_types_supported", "authorization_code"),
        ("scopes_supported", "openid"),
        ("claims_supported", "sub"),
        ("code_challenge_methods_supported", "S256"),
    ] {
        let members = document[list].as_array().unwrap();
        assert!(members.contains(&json!(member)), "{list}");
    }
    for (name, value) in document.as_object().unwrap() {
        if name.ends_with("_endpoint") || name == "jwks_uri" {
            let url = value.as_str().unwrap();
            assert!(url.starts_with(ISSUER), "{name}: {url}");
        }
    }
    let keys = body(&world.browser().get("/persona/oidc/jwks.json").await);
    assert!(!keys["keys"].as_array().unwrap().is_empty());
}
