//! OpenID Connect Core §6.1 and RFC 9101: requests that a client has signed.

use protocol::jose::token::{KeySet, SigningKey, TokenAlgorithm, sign};
use protocol::oidc::{Client, ClientProof, Code, Distrust};
use serde_json::{Value, json};

use super::scene::{ISSUER, client, key, now, request};

fn signing_client(key: &SigningKey) -> Client {
    let set = json!({"keys": [key.to_jwk()]}).to_string();
    client(ClientProof::Keys(KeySet::read(set.as_bytes()).unwrap()))
}

fn error_of(client: &Client, object: &str) -> Code {
    let trusted = request(&[("request", object)]).trust(client, ISSUER, now());
    trusted.unwrap().read(client).unwrap_err().code()
}

#[test]
fn what_is_signed_counts() {
    let key = key(TokenAlgorithm::Es256);
    let client = signing_client(&key);
    let object = json!({
        "iss": "cloud", "aud": [ISSUER], "client_id": "cloud", "response_type": "code",
        "nonce": "signed", "state": "signed too", "max_age": 60, "scope": "openid groups",
    });
    let object = sign("oauth-authz-req+jwt", &object, &key).unwrap();

    let trusted = request(&[("request", &object), ("nonce", "open")])
        .trust(&client, ISSUER, now())
        .unwrap();

    let asked = trusted.read(&client).unwrap();
    assert_eq!(asked.nonce.as_deref(), Some("signed"));
    assert_eq!(asked.max_age_seconds, Some(60));
    assert_eq!(asked.scopes.to_string(), "openid groups");
}

#[test]
fn a_signature_does_not_open_another_address() {
    let key = key(TokenAlgorithm::Es256);
    let object = sign(
        "JWT",
        &json!({"redirect_uri": "https://evil.example/cb"}),
        &key,
    )
    .unwrap();

    let refusal = request(&[("request", &object)]).trust(&signing_client(&key), ISSUER, now());

    assert_eq!(refusal.unwrap_err(), Distrust::UnregisteredRedirect);
}

#[test]
fn an_object_that_is_not_quite_right_is_refused() {
    let own = key(TokenAlgorithm::Es256);
    let client = signing_client(&own);
    let foreign = key(TokenAlgorithm::Es256);
    let seconds = now().as_seconds();
    let objects: [(Value, &SigningKey); 9] = [
        (json!({}), &foreign),
        (json!({"aud": "https://other.example"}), &own),
        (json!({"iss": "other"}), &own),
        (json!({"exp": seconds}), &own),
        (json!({"nbf": seconds + 1}), &own),
        (json!({"client_id": "other"}), &own),
        (json!({"response_type": "id_token"}), &own),
        (json!({"request": "x"}), &own),
        (json!({"request_uri": "https://rp.example"}), &own),
    ];
    for (payload, key) in objects {
        let object = sign("JWT", &payload, key).unwrap();
        assert_eq!(
            error_of(&client, &object),
            Code::InvalidRequestObject,
            "{payload}"
        );
    }
    // `{"alg":"none"}`, without a signature.
    assert_eq!(
        error_of(&client, "eyJhbGciOiJub25lIn0.e30."),
        Code::InvalidRequestObject
    );
}
