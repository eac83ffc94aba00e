//! RFC 6749 §2.3 and OpenID Connect Core §9: who asks at the token endpoint.

use data_encoding::BASE64;
use protocol::jose::token::{KeySet, SigningKey, TokenAlgorithm, sign};
use protocol::oidc::{
    Client, ClientCredentials, ClientProof, Code, OAuthError, Parameters, Proven,
};
use protocol::time::UnixSeconds;
use serde_json::{Value, json};

use super::scene::{ISSUER, client, encoded, key, now, public_client, secret_client};

const TOKEN: &str = "https://id.example.org/persona/oidc/token";
const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn shown(header: Option<&str>, body: &str, client: &Client) -> Result<Proven, OAuthError> {
    let parameters = Parameters::read(body).unwrap();
    ClientCredentials::read(header, &parameters)?.prove(client, &[ISSUER, TOKEN], now())
}

fn basic(text: &str) -> String {
    format!("Basic {}", BASE64.encode(text.as_bytes()))
}

fn signing_client(key: &SigningKey) -> Client {
    let set = json!({"keys": [key.to_jwk(), {"kty": "oct", "k": "passed over"}]});
    client(ClientProof::Keys(
        KeySet::read(set.to_string().as_bytes()).unwrap(),
    ))
}

fn statement(changes: &[(&str, Value)], key: &SigningKey) -> String {
    let mut payload = json!({
        "iss": "cloud", "sub": "cloud", "aud": ISSUER, "jti": "one",
        "exp": now().as_seconds() + 60, "iat": now().as_seconds(),
    });
    for (name, value) in changes {
        payload[*name] = value.clone();
    }
    let text = sign("JWT", &payload, key).unwrap();
    format!(
        "client_assertion_type={}&client_assertion={text}",
        encoded(KIND)
    )
}

#[test]
fn a_secret_is_shown_in_the_header_or_in_the_body() {
    let client = secret_client();
    for (header, body) in [
        (Some(basic("cloud:s3cret~-._")), String::new()),
        (Some(basic("cloud:s3cret%7E-._")), String::new()),
        (
            Some(basic("cloud:s3cret~-._").replace("Basic", "basic")),
            "client_id=cloud".into(),
        ),
        (None, "client_id=cloud&client_secret=s3cret%7E-._".into()),
    ] {
        assert_eq!(
            shown(header.as_deref(), &body, &client),
            Ok(Proven::Secret),
            "{header:?}"
        );
    }
}

#[test]
fn anything_but_the_secret_is_refused() {
    let client = secret_client();
    for (header, body) in [
        (Some(basic("cloud:wrong")), ""),
        (Some(basic("cloud:")), ""),
        (Some(basic("cloud")), ""),
        (Some(basic("other:s3cret~-._")), ""),
        (Some("Basic ???".to_owned()), ""),
        (Some("Bearer s3cret~-._".to_owned()), ""),
        (Some("Basic".to_owned()), ""),
        (None, "client_id=cloud&client_secret=wrong"),
        (None, "client_id=cloud"),
        (None, "client_id=cloud&client_secret="),
        (None, ""),
    ] {
        let refusal = shown(header.as_deref(), body, &client).unwrap_err();
        assert_eq!(refusal.code(), Code::InvalidClient, "{header:?} {body}");
    }
}

#[test]
fn who_shows_two_things_is_refused() {
    let client = secret_client();
    for (header, body) in [
        (
            basic("cloud:s3cret~-._"),
            "client_id=cloud&client_secret=s3cret%7E-._",
        ),
        (basic("cloud:s3cret~-._"), "client_id=other"),
    ] {
        let refusal = shown(Some(&header), body, &client).unwrap_err();
        assert_eq!(refusal.code(), Code::InvalidRequest, "{body}");
    }
}

#[test]
fn a_public_client_has_its_name_alone() {
    let client = public_client();

    assert_eq!(shown(None, "client_id=cloud", &client), Ok(Proven::Nothing));
    let refusal = shown(None, "client_id=cloud&client_secret=any", &client).unwrap_err();
    assert_eq!(refusal.code(), Code::InvalidClient);
}

#[test]
fn a_signed_statement_counts_for_us_until_it_ends() {
    for algorithm in TokenAlgorithm::ALL {
        let key = key(algorithm);
        let client = signing_client(&key);
        let until = UnixSeconds::from_seconds(now().as_seconds() + 60);

        for audience in [json!(ISSUER), json!(TOKEN), json!(["other", TOKEN])] {
            assert_eq!(
                shown(None, &statement(&[("aud", audience)], &key), &client),
                Ok(Proven::Assertion {
                    id: "one".to_owned(),
                    until
                }),
            );
        }
    }
}

/// RFC 9101 §10.8: the person's browser carries request objects, and must not pass for the client by one.
#[test]
fn a_request_object_is_no_statement_of_the_client() {
    let key = key(TokenAlgorithm::Es256);
    let client = signing_client(&key);
    for (name, value) in [
        ("response_type", json!("code")),
        ("redirect_uri", json!("https://cloud.example.org/callback")),
    ] {
        let refusal = shown(None, &statement(&[(name, value)], &key), &client).unwrap_err();
        assert_eq!(refusal.code(), Code::InvalidClient, "{name}");
    }
    let payload = json!({
        "iss": "cloud", "sub": "cloud", "aud": ISSUER, "jti": "one", "exp": now().as_seconds() + 60,
    });
    let object = sign("oauth-authz-req+jwt", &payload, &key).unwrap();
    let body = format!(
        "client_assertion_type={}&client_assertion={object}",
        encoded(KIND)
    );
    assert!(shown(None, &body, &client).is_err());
}

#[test]
fn a_statement_that_is_not_quite_right_is_refused() {
    let own = key(TokenAlgorithm::Es256);
    let client = signing_client(&own);
    let seconds = now().as_seconds();
    for (name, value) in [
        ("iss", json!("other")),
        ("sub", json!("other")),
        ("aud", json!("https://evil.example")),
        ("aud", json!(null)),
        ("exp", json!(seconds)),
        ("exp", json!(null)),
        ("exp", json!(seconds + 3601)),
        ("jti", json!(null)),
        ("jti", json!("")),
    ] {
        let body = statement(&[(name, value.clone())], &own);
        let refusal = shown(None, &body, &client).unwrap_err();
        assert_eq!(refusal.code(), Code::InvalidClient, "{name} {value}");
    }
    let foreign = statement(&[], &key(TokenAlgorithm::Es256));
    assert!(shown(None, &foreign, &client).is_err());
    // Nobody gets in by a secret where there are keys, nor by a signature where there is a secret.
    assert!(shown(None, "client_id=cloud&client_secret=x", &client).is_err());
    assert!(shown(None, &statement(&[], &own), &secret_client()).is_err());
    let untyped = statement(&[], &own).replace("jwt-bearer", "saml2-bearer");
    assert!(shown(None, &untyped.replace("%6A", "%6B"), &client).is_err());
}
