//! npm's `openid-client`, which has passed the certification of relying parties, signs people in.

use e2e::servers::accounts::ALICE;
use serde_json::{Value, json};

use super::peer::Peer;
use super::relying_party::{ISSUER, RelyingParty};

#[tokio::test]
async fn it_signs_somebody_in_and_learns_who_it_is() {
    let mut site = RelyingParty::with(Peer::openid_client(), with_secret(), "");

    let learnt = site
        .sign_in(&json!({ "scope": "openid email profile" }))
        .await;

    let claims = &learnt["claims"];
    assert_eq!(claims["iss"], ISSUER, "{learnt}");
    assert_eq!(claims["aud"], "board");
    assert_eq!(claims["email"], ALICE);
    assert_eq!(claims["email_verified"], true);
    assert_eq!(claims["preferred_username"], "alice");
    assert_eq!(learnt["token"]["token_type"], "bearer");
    assert_eq!(learnt["token"].get("refresh_token"), None);
    // The library looks whether it is about the same person.
    let told = site.ask(&json!({"do": "userinfo"}));
    assert_eq!(told["sub"], claims["sub"], "{told}");
    assert_eq!(told["email"], ALICE);
}

#[tokio::test]
async fn it_refreshes_looks_up_and_gives_back_its_tokens() {
    let mut site = RelyingParty::with(Peer::openid_client(), with_secret(), "");
    let scope = "openid email offline_access";
    let first = site.sign_in(&json!({ "scope": scope })).await;

    let again = site.ask(&json!({"do": "refresh"}));

    assert_eq!(again["isNew"], true, "{again}");
    assert_eq!(again["claims"]["sub"], first["claims"]["sub"]);
    assert_eq!(again["claims"]["auth_time"], first["claims"]["auth_time"]);
    let access = json!({"do": "introspect", "what": "access_token"});
    let known = site.ask(&access);
    assert_eq!(known["active"], true, "{known}");
    assert_eq!(known["client_id"], "board");
    assert_eq!(known["sub"], first["claims"]["sub"]);
    let returned = site.ask(&json!({"do": "revoke", "what": "refresh_token"}));
    assert_eq!(returned, json!({}));
    assert_eq!(site.ask(&access)["active"], false);
    let refused = site.ask(&json!({"do": "refresh"}));
    assert_eq!(refused["error"], "invalid_grant", "{refused}");
    let refused = site.ask(&json!({"do": "userinfo"}));
    let challenge = "OAUTH_WWW_AUTHENTICATE_CHALLENGE";
    assert_eq!(refused["refused"], challenge, "{refused}");
}

/// The signature of the key, of the ID token and of what userinfo says are all ES256.
#[tokio::test]
async fn it_shows_who_it_is_by_a_key_and_has_everything_signed() {
    let mut peer = Peer::openid_client();
    let keys = peer.ask(&json!({"do": "key"}));
    let metadata = json!({
        "id_token_signed_response_alg": "ES256", "userinfo_signed_response_alg": "ES256",
    });
    let client = json!({ "id": "board", "method": "private_key_jwt", "metadata": metadata });
    let section = format!(
        "jwks = '''{}'''\nid_token_signed_response_alg = \"ES256\"\n\
         userinfo_signed_response_alg = \"ES256\"\naccess_token = \"jwt\"\n",
        keys["jwks"].as_str().unwrap()
    );
    let mut site = RelyingParty::with(peer, client, &section);

    let learnt = site.sign_in(&json!({ "scope": "openid email" })).await;

    assert_eq!(learnt["claims"]["email"], ALICE, "{learnt}");
    assert_eq!(site.ask(&json!({"do": "userinfo"}))["email"], ALICE);
    let known = site.ask(&json!({"do": "introspect", "what": "access_token"}));
    assert_eq!(known["active"], true, "{known}");
}

#[tokio::test]
async fn a_program_without_a_secret_signs_people_in_by_pkce_alone() {
    let client = json!({ "id": "board", "method": "none", "metadata": {} });
    let mut site = RelyingParty::with(Peer::openid_client(), client, "");

    let learnt = site.sign_in(&json!({ "scope": "openid email" })).await;

    assert_eq!(learnt["claims"]["email"], ALICE, "{learnt}");
}

#[tokio::test]
async fn it_takes_the_answer_as_a_form() {
    let mut site = RelyingParty::with(Peer::openid_client(), with_secret(), "");

    let request = json!({ "scope": "openid email", "response_mode": "form_post" });
    let learnt = site.sign_in(&request).await;

    assert_eq!(learnt["claims"]["email"], ALICE, "{learnt}");
}

#[tokio::test]
async fn it_is_told_that_the_visitor_does_not_want_to() {
    let mut site = RelyingParty::with(Peer::openid_client(), with_secret(), "");
    let url = site.begin(&json!({ "scope": "openid" }));

    let answer = site.visit(&url, "deny").await;

    let refused = site.ask(&answer);
    assert_eq!(refused["error"], "access_denied", "{refused}");
}

/// An answer that names another issuer is another issuer's (RFC 9207 §2.4), and one to another request
/// is somebody else's.
#[tokio::test]
async fn it_does_not_take_an_answer_that_is_not_for_it() {
    let mut site = RelyingParty::with(Peer::openid_client(), with_secret(), "");
    let url = site.begin(&json!({ "scope": "openid" }));
    let answer = site.visit(&url, "allow").await;
    let callback = answer["callback"].as_str().unwrap();

    let others = callback.replace("iss=https%3A%2F%2Fid.", "iss=https%3A%2F%2Fevil.");
    assert_ne!(others, callback);
    let mixed_up = site.ask(&json!({"do": "finish", "callback": others}));
    let forged = callback.replace("state=", "state=x");
    let forged = site.ask(&json!({"do": "finish", "callback": forged}));

    for refused in [mixed_up, forged] {
        assert_eq!(refused["refused"], "OAUTH_INVALID_RESPONSE", "{refused}");
    }
    // Neither has spent the code.
    let learnt = site.ask(&answer);
    assert_eq!(learnt["claims"]["iss"], ISSUER, "{learnt}");
}

fn with_secret() -> Value {
    json!({
        "id": "board", "secret": "notice-board-secret-of-forty-three-characters",
        "method": "client_secret_basic", "metadata": {},
    })
}
