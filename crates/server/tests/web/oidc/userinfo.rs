//! The userinfo endpoint (OpenID Connect Core §5.3, RFC 6750 §2, §3).

use std::time::Duration;

use serde_json::{Value, json};
use testkit::http::Answer;
use testkit::world::{ALICE, World};

use super::stage::{
    CALLBACK, SECRET, answered, ask, believed, body, call, code, exchange_as, redeem, tokens, with,
    world,
};

const PATH: &str = "/persona/oidc/userinfo";

async fn show(world: &World, line: &str) -> Answer {
    let headers = [("authorization", line)];
    world.browser().get_with(PATH, &headers).await
}

async fn access(world: &World, changes: &[(&str, &str)]) -> String {
    let browser = world.alice().await;
    let code = code(&browser, &with(changes)).await;
    let given = tokens(&redeem(world, &code).await);
    given["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_client_is_told_what_was_agreed_to() {
    let world = world(&[]).await;
    let token = access(&world, &[]).await;

    let by_header = show(&world, &format!("Bearer {token}")).await;
    let by_form = call(&world, PATH, None, &[("access_token", &token)]).await;

    assert_eq!(by_header.status, 200);
    assert_eq!(by_header.header("content-type"), Some("application/json"));
    let told = body(&by_header);
    assert_eq!(told, body(&by_form));
    assert_eq!(told["email"], ALICE);
    assert_eq!(told["email_verified"], true);
    assert_eq!(told["preferred_username"], "alice");
    assert!(told["sub"].is_string());
    assert_eq!(told.get("groups"), None);
}

#[tokio::test]
async fn what_is_asked_for_by_name_stands_where_it_was_asked_for() {
    let world = world(&[]).await;
    let claims = json!({
        "userinfo": { "email": null, "picture": null },
        "id_token": { "preferred_username": { "essential": true } },
    });
    let claims = claims.to_string();
    let asked = with(&[("scope", "openid"), ("claims", &claims)]);
    let browser = world.alice().await;
    let code = code(&browser, &asked).await;

    let given = tokens(&redeem(&world, &code).await);

    let id = believed(&world, given["id_token"].as_str().unwrap()).await;
    assert_eq!(id["preferred_username"], "alice");
    assert!(!id.contains_key("email"));
    let line = format!("Bearer {}", given["access_token"].as_str().unwrap());
    let told = body(&show(&world, &line).await);
    assert_eq!(told["email"], ALICE);
    assert_eq!(told.get("preferred_username"), None);
}

#[tokio::test]
async fn what_is_wrong_with_a_token_is_said_where_clients_look_for_it() {
    let world = world(&[]).await;
    let token = access(&world, &[]).await;
    let challenge = |answer: &Answer| {
        let line = answer.header("www-authenticate").unwrap().to_owned();
        (answer.status, line)
    };

    let nothing = world.browser().get(PATH).await;
    assert_eq!(challenge(&nothing), (401, "Bearer".to_owned()));
    for (line, status, error) in [
        (format!("Bearer {token}x"), 401, "invalid_token"),
        ("Bearer x".to_owned(), 401, "invalid_token"),
        (format!("Basic {token}"), 400, "invalid_request"),
        (token.clone(), 400, "invalid_request"),
    ] {
        let (said, line) = challenge(&show(&world, &line).await);
        assert_eq!(said, status, "{line}");
        assert!(line.contains(&format!("error=\"{error}\"")), "{line}");
    }
    // In the address it would be in logs.
    let in_query = format!("{PATH}?access_token={token}");
    assert_eq!(world.browser().get(&in_query).await.status, 401);
    world.clock.advance(Duration::from_secs(3600));
    let (status, line) = challenge(&show(&world, &format!("Bearer {token}")).await);
    assert_eq!(status, 401);
    assert!(line.contains("invalid_token"), "{line}");
}

#[tokio::test]
async fn neither_a_code_nor_a_refresh_token_nor_an_id_token_opens_it() {
    let world = world(&[]).await;
    let browser = world.alice().await;
    let offline = with(&[("scope", "openid offline_access")]);
    let unused = code(&browser, &offline).await;
    let used = code(&browser, &offline).await;
    let given = tokens(&redeem(&world, &used).await);

    for token in [
        unused.as_str(),
        used.as_str(),
        given["refresh_token"].as_str().unwrap(),
        given["id_token"].as_str().unwrap(),
    ] {
        assert_eq!(show(&world, &format!("Bearer {token}")).await.status, 401);
    }
}

#[tokio::test]
async fn without_openid_there_is_nothing_to_tell() {
    let world = world(&[]).await;
    let token = access(&world, &[("scope", "email")]).await;

    let answer = show(&world, &format!("Bearer {token}")).await;

    assert_eq!(answer.status, 403);
    let line = answer.header("www-authenticate").unwrap();
    assert!(line.contains("insufficient_scope"), "{line}");
}

#[tokio::test]
async fn a_client_that_wants_it_signed_gets_it_signed() {
    let signed = json!({
        "id": "signed", "secret": SECRET, "redirect_uris": [CALLBACK],
        "userinfo_signed_response_alg": "ES256", "id_token_signed_response_alg": "EdDSA",
        "username": "address",
    });
    let world = world(&[signed]).await;
    let browser = world.alice().await;
    let code = code(&browser, &with(&[("client_id", "signed")])).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
    ];
    let given = tokens(&exchange_as(&world, Some(("signed", SECRET)), &fields).await);

    let id = given["id_token"].as_str().unwrap();
    let line = format!("Bearer {}", given["access_token"].as_str().unwrap());
    let answer = show(&world, &line).await;

    assert_eq!(answer.header("content-type"), Some("application/jwt"));
    let told = believed(&world, &answer.text()).await;
    assert_eq!(told["aud"], "signed");
    assert_eq!(told["iss"], testkit::world::ISSUER);
    assert_eq!(told["preferred_username"], ALICE);
    assert_eq!(told["sub"], believed(&world, id).await["sub"]);
    let algorithm = |token: &str| -> Value {
        let header = token.split('.').next().unwrap();
        let header = protocol::jose::base64url::decode(header).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        header["alg"].clone()
    };
    assert_eq!(algorithm(id), "EdDSA");
    assert_eq!(algorithm(&answer.text()), "ES256");
}

#[tokio::test]
async fn an_access_token_that_others_read_is_signed_and_ends_like_any_other() {
    let jwt = json!({
        "id": "jwt", "secret": SECRET, "redirect_uris": [CALLBACK], "access_token": "jwt",
    });
    let world = world(&[jwt]).await;
    let browser = world.alice().await;
    let code = code(&browser, &with(&[("client_id", "jwt")])).await;
    let who = Some(("jwt", SECRET));
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
    ];
    let given = tokens(&exchange_as(&world, who, &fields).await);
    let token = given["access_token"].as_str().unwrap();

    let claims = believed(&world, token).await;
    let now = world.clock.now().to_seconds().as_seconds();
    for (name, value) in [
        ("iss", json!(testkit::world::ISSUER)),
        ("aud", json!("jwt")),
        ("client_id", json!("jwt")),
        ("scope", json!("openid email profile")),
        ("email", json!(ALICE)),
        ("exp", json!(now + 3600)),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    assert!(claims["jti"].is_string());
    let header = token.split('.').next().unwrap();
    let header = protocol::jose::base64url::decode(header).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header["typ"], "at+jwt");
    let line = format!("Bearer {token}");
    assert_eq!(body(&show(&world, &line).await)["email"], ALICE);
    // It is no ID token, and ends when the client gives it back.
    let hint = with(&[("client_id", "jwt"), ("id_token_hint", token)]);
    let answer = ask(&browser, &hint).await;
    let said = answered(answer.header("location").unwrap());
    assert_eq!(said["error"], "invalid_request");
    call(&world, "/persona/oidc/revoke", who, &[("token", token)]).await;
    assert_eq!(show(&world, &line).await.status, 401);
}

#[tokio::test]
async fn a_pairwise_name_is_the_same_at_one_site_and_another_elsewhere() {
    let pairwise = |id: &str, host: &str| {
        json!({
            "id": id, "secret": SECRET, "redirect_uris": [format!("https://{host}/cb")],
            "subject_type": "pairwise", "consent": "never",
        })
    };
    let clients = [
        pairwise("a1", "a.example"),
        pairwise("a2", "a.example"),
        pairwise("b", "b.example"),
    ];
    let world = world(&clients).await;
    let browser = world.alice().await;
    let subject = async |id: &str, host: &str| {
        let redirect = format!("https://{host}/cb");
        let asked = with(&[("client_id", id), ("redirect_uri", &redirect)]);
        let code = code(&browser, &asked).await;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &redirect),
        ];
        let given = tokens(&exchange_as(&world, Some((id, SECRET)), &fields).await);
        believed(&world, given["id_token"].as_str().unwrap()).await["sub"].clone()
    };

    let one = subject("a1", "a.example").await;
    assert_eq!(one, subject("a2", "a.example").await);
    assert_ne!(one, subject("b", "b.example").await);
}
