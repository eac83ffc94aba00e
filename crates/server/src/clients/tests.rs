use protocol::oidc::Flow;
use protocol::secret::Secret;
use serde_json::{Value, json};

use super::*;

const SECRET: &str = "0123456789abcdefghijklmnopqrstuv";

fn registered(keys: Value) -> Result<RegisteredClient, SecretError> {
    let mut section = json!({ "id": "a", "redirect_uris": ["https://a.example/"] });
    let Value::Object(keys) = keys else {
        panic!("no section");
    };
    section.as_object_mut().unwrap().extend(keys);
    RegisteredClient::new(&serde_json::from_value(section).unwrap())
}

#[test]
fn a_secret_and_its_hash_are_the_same_client() {
    let hash = SecretHash::of(&Secret::new(SECRET.to_owned()));
    let hex = data_encoding::HEXLOWER.encode(hash.as_bytes());

    let plain = registered(json!({ "secret": SECRET })).unwrap();
    let hashed = registered(json!({ "secret": format!("sha256:{hex}") })).unwrap();

    assert_eq!(plain.client.proof, ClientProof::Secret(hash));
    assert_eq!(plain, hashed);
}

#[test]
fn what_is_no_secret_makes_no_client() {
    for (secret, expected) in [
        (json!({ "file": "/run/secret" }), SecretError::NotRead),
        (json!("hunter2"), SecretError::Short),
        (json!("sha256:"), SecretError::Hash),
        (json!("sha256:abcd"), SecretError::Hash),
        (
            json!(format!("sha256:{}", "g".repeat(64))),
            SecretError::Hash,
        ),
        (
            json!(format!("sha256:{}", "a".repeat(66))),
            SecretError::Hash,
        ),
    ] {
        let registered = registered(json!({ "secret": secret }));

        assert_eq!(registered.unwrap_err(), expected, "{secret}");
    }
}

#[test]
fn whoever_has_no_secret_needs_pkce_and_others_may_be_made_to() {
    let pkce = |keys: Value| registered(keys).unwrap().client.pkce;

    assert_eq!(pkce(json!({})), Pkce::Required);
    assert_eq!(pkce(json!({ "secret": SECRET })), Pkce::Optional);
    let required = json!({ "secret": SECRET, "pkce": "required" });
    assert_eq!(pkce(required), Pkce::Required);
}

#[test]
fn what_the_operator_says_of_a_client_is_what_it_is() {
    let client = registered(json!({
        "name": "A",
        "response_type": "id_token",
        "scopes": ["openid", "email"],
        "subject_type": "pairwise",
        "username": "address",
        "consent": "never",
        "access_token": "jwt",
        "id_token_signed_response_alg": "ES256",
        "userinfo_signed_response_alg": "RS256",
        "backchannel_logout_uri": "https://a.example/logout",
        "post_logout_redirect_uris": ["https://a.example/bye"],
        "origins": ["https://a.example"],
        "allow": ["example.org"],
    }))
    .unwrap();

    assert_eq!(client.client.name.as_deref(), Some("A"));
    assert_eq!(client.client.proof, ClientProof::Public);
    assert_eq!(client.client.flow, Flow::IdToken);
    assert_eq!(client.client.scopes.to_string(), "openid email");
    assert_eq!(client.client.subject, protocol::oidc::Subject::Pairwise);
    assert_eq!(client.client.username, protocol::oidc::Username::Address);
    assert_eq!(client.client.signing, TokenAlgorithm::Es256);
    assert!(client.client.allows_after_logout("https://a.example/bye"));
    assert_eq!(client.sector.as_deref(), Some("a.example"));
    assert_eq!(client.consent, ConsentRule::Never);
    assert_eq!(client.access_token, AccessTokenForm::Jwt);
    assert_eq!(client.userinfo_signing, Some(TokenAlgorithm::Rs256));
    assert_eq!(
        client
            .backchannel_logout_uri
            .as_ref()
            .map(RedirectUri::as_str),
        Some("https://a.example/logout")
    );
    assert_eq!(client.origins.len(), 1);
    assert_eq!(client.allow.entries().len(), 1);
}

fn row(section: &str) -> Result<ClientSettings, RowError> {
    read_row(&ClientRow {
        id: "cloud".to_owned(),
        section: section.to_owned(),
        added: protocol::time::UnixSeconds::from_seconds(0),
    })
}

/// Gives a section with `more` in it.
fn section(more: &str) -> String {
    format!("[[client]]\nid = \"cloud\"\nredirect_uris = [\"https://a.example/\"]\n{more}\n")
}

#[test]
fn a_row_is_one_section_of_its_own_client() {
    let hash = format!("secret = \"sha256:{}\"", "ab".repeat(32));

    assert_eq!(row(&section(&hash)).unwrap().id.as_str(), "cloud");
    assert!(row(&section("")).is_ok());
    for wrong in [
        String::new(),
        section("").repeat(2),
        format!("issuer = \"https://evil.example\"\n{}", section("")),
        format!("{}[[domain]]\nname = \"a.example\"\n", section("")),
        section("").replace("[[client]]", "[client]"),
        section("command = \"/bin/sh\""),
        section("allow = []"),
    ] {
        let error = row(&wrong).unwrap_err();
        assert!(matches!(error, RowError::Form(_)), "{wrong}: {error}");
    }
    let other = section("").replace("cloud", "Cloud");
    assert!(matches!(row(&other), Err(RowError::Id(_))));
    let rule = row(&section("pkce = \"optional\"")).unwrap_err();
    insta::assert_snapshot!(rule, @"pkce: a client without a secret has to use PKCE: nothing else binds a code to it");
}

#[test]
fn a_row_holds_no_secret_and_the_place_of_none() {
    for secret in [
        format!("\"{SECRET}\""),
        "{ file = \"/etc/shadow\" }".to_owned(),
        "{ env = \"HOME\" }".to_owned(),
        "\"sha256:abcd\"".to_owned(),
        format!("\"SHA256:{}\"", "ab".repeat(32)),
    ] {
        let found = row(&section(&format!("secret = {secret}")));

        assert_eq!(found.unwrap_err(), RowError::Secret, "{secret}");
    }
}
