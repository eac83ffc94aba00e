//! Python's Authlib signs people in, as Flask and Django applications have it do.

use e2e::servers::accounts::ALICE;
use serde_json::{Value, json};

use super::peer::Peer;
use super::relying_party::{ISSUER, RelyingParty};

#[tokio::test]
async fn it_signs_somebody_in_and_learns_who_it_is() {
    for method in ["client_secret_post", "client_secret_basic"] {
        let mut site = RelyingParty::with(Peer::authlib(), with_secret(method), "");

        let learnt = site
            .sign_in(&json!({ "scope": "openid email profile" }))
            .await;

        let claims = &learnt["claims"];
        assert_eq!(claims["iss"], ISSUER, "{method}: {learnt}");
        assert_eq!(claims["aud"], "board");
        assert_eq!(claims["email"], ALICE);
        assert_eq!(claims["email_verified"], true);
        assert_eq!(claims["preferred_username"], "alice");
        let told = site.ask(&json!({"do": "userinfo"}));
        assert_eq!(told["sub"], claims["sub"], "{told}");
        assert_eq!(told["email"], ALICE);
    }
}

#[tokio::test]
async fn it_refreshes_looks_up_and_gives_back_its_tokens() {
    let client = with_secret("client_secret_post");
    let mut site = RelyingParty::with(Peer::authlib(), client, "");
    let scope = "openid email offline_access";
    let first = site.sign_in(&json!({ "scope": scope })).await;

    let again = site.ask(&json!({"do": "refresh"}));

    assert_eq!(again["isNew"], true, "{again}");
    assert_eq!(again["claims"]["sub"], first["claims"]["sub"]);
    let access = json!({"do": "introspect", "what": "access_token"});
    assert_eq!(site.ask(&access)["active"], true);
    let returned = site.ask(&json!({"do": "revoke", "what": "refresh_token"}));
    assert_eq!(returned, json!({}));
    assert_eq!(site.ask(&access), json!({"active": false}));
    let refused = site.ask(&json!({"do": "refresh"}));
    assert_eq!(refused["error"], "invalid_grant", "{refused}");
}

/// Both other algorithms that we sign with are read.
#[tokio::test]
async fn it_reads_id_tokens_by_other_keys() {
    for algorithm in ["ES256", "EdDSA"] {
        let section = format!("id_token_signed_response_alg = \"{algorithm}\"\n");
        let client = with_secret("client_secret_post");
        let mut site = RelyingParty::with(Peer::authlib(), client, &section);

        let learnt = site.sign_in(&json!({ "scope": "openid email" })).await;

        assert_eq!(learnt["claims"]["email"], ALICE, "{algorithm}: {learnt}");
    }
}

#[tokio::test]
async fn it_is_told_that_the_visitor_does_not_want_to() {
    let client = with_secret("client_secret_post");
    let mut site = RelyingParty::with(Peer::authlib(), client, "");
    let url = site.begin(&json!({ "scope": "openid" }));

    let answer = site.visit(&url, "deny").await;

    assert_eq!(site.ask(&answer)["error"], "access_denied");
}

fn with_secret(method: &str) -> Value {
    json!({
        "id": "board", "secret": "notice-board-secret-of-forty-three-characters", "method": method,
    })
}
