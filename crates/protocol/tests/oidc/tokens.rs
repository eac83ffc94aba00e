//! OpenID Connect Core §2, §5.3 and Discovery §3: what a client is told.

use protocol::email::ClaimedEmail;
use protocol::jose::token::{SigningKey, TokenAlgorithm, UncheckedJwt};
use protocol::oidc::{
    Claim, ClaimsRequest, Departed, Endpoints, Grant, Person, Statement, Username, document,
    id_token, logout_token, userinfo,
};
use serde_json::{Value, json};

use super::scene::{ISSUER, alice, grant, key, now, secret_client};

fn statement<'a>(email: &'a ClaimedEmail, groups: &'a [String]) -> Statement<'a> {
    let name = Some("Alice A.");
    let person = Person {
        email_as_asked: None,
        email,
        name,
        groups,
    };
    Statement {
        issuer: ISSUER,
        subject: "opaque",
        person,
    }
}

fn payload(grant: &Grant, key: &SigningKey) -> Value {
    let (email, groups) = (alice(), ["admins".to_owned()]);
    let token = id_token(
        &statement(&email, &groups),
        grant,
        &secret_client(),
        now(),
        key,
    )
    .unwrap();
    let token = UncheckedJwt::read(&token).unwrap();
    Value::Object(token.verify(key.public()).unwrap().clone())
}

#[test]
fn an_id_token_says_who_is_there_for_whom_and_since_when() {
    for algorithm in TokenAlgorithm::ALL {
        assert_eq!(
            payload(&grant("openid email profile groups"), &key(algorithm)),
            json!({
                "iss": "https://id.example.org",
                "sub": "opaque",
                "aud": "cloud",
                "iat": 1_800_000_000,
                "exp": 1_800_003_600,
                "auth_time": 1_799_999_000,
                "amr": ["pwd"],
                "sid": "sid-1",
                "nonce": "n-0S6_WzA2Mj",
                "email": "alice@example.org",
                "email_verified": true,
                "preferred_username": "alice",
                "name": "Alice A.",
                "groups": ["admins"],
            })
        );
    }
}

#[test]
fn a_client_is_told_what_it_asked_for_and_no_more() {
    let (email, groups) = (alice(), ["admins".to_owned()]);
    let mut client = secret_client();
    client.username = Username::Address;
    let mut asked = grant("openid");
    asked.claims = ClaimsRequest {
        userinfo: [Claim::PreferredUsername].into(),
        ..ClaimsRequest::default()
    };

    let told = userinfo(&statement(&email, &groups), &asked, &client);

    assert_eq!(
        Value::Object(told),
        json!({"sub": "opaque", "preferred_username": "alice@example.org"})
    );
}

#[test]
fn the_document_names_what_there_is() {
    let endpoints = Endpoints {
        issuer: ISSUER.to_owned(),
        base: format!("{ISSUER}/persona/oidc/"),
        registration: false,
    };
    let document: Value = serde_json::from_str(&document(&endpoints)).unwrap();

    assert_eq!(document["issuer"], ISSUER);
    assert_eq!(
        document["token_endpoint"],
        "https://id.example.org/persona/oidc/token"
    );
    assert_eq!(
        document["code_challenge_methods_supported"],
        json!(["S256"])
    );
    assert_eq!(
        document["id_token_signing_alg_values_supported"],
        json!(["RS256", "ES256", "EdDSA"])
    );
    assert_eq!(document["registration_endpoint"], Value::Null);
    assert_eq!(document["backchannel_logout_supported"], true);
}

/// Back-Channel Logout §2.4.
#[test]
fn a_logout_token_says_who_has_gone_and_can_be_taken_for_nothing_else() {
    let key = key(TokenAlgorithm::Rs256);
    let told = |session| {
        let departed = Departed {
            issuer: ISSUER,
            subject: "opaque",
            session,
        };
        let token = logout_token(&departed, &secret_client(), "once", now(), &key).unwrap();
        let token = UncheckedJwt::read(&token).unwrap();
        assert_eq!(token.kind(), Some("logout+jwt"));
        Value::Object(token.verify(key.public()).unwrap().clone())
    };

    assert_eq!(
        told(Some("sid-1")),
        json!({
            "iss": "https://id.example.org",
            "sub": "opaque",
            "aud": "cloud",
            "iat": 1_800_000_000,
            "exp": 1_800_000_120,
            "jti": "once",
            "sid": "sid-1",
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        })
    );
    assert_eq!(told(None)["sid"], Value::Null);
}
