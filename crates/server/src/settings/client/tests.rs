//! The rules for clients, each with what it refuses.

use serde_json::{Value, json};

use super::super::tests::refused;
use super::*;

/// Reads a section with these keys over those that every client needs.
fn read(keys: &Value) -> Result<ClientSettings, String> {
    let mut section = json!({
        "id": "cloud",
        "secret": "0123456789abcdefghijklmnopqrstuv",
        "redirect_uris": ["https://cloud.example.org/code"],
    });
    for (key, value) in keys.as_object().unwrap() {
        section[key] = value.clone();
        if value.is_null() {
            section.as_object_mut().unwrap().remove(key);
        }
    }
    serde_json::from_value(section).map_err(|error| error.to_string())
}

fn fault(keys: &Value) -> Option<String> {
    let client = read(keys).unwrap();
    refused(|settings| {
        settings.domain = vec![domain("example.org"), domain("example.net")];
        settings.domain[1].issuer = Some("https://id.example.net".parse().unwrap());
        settings.client = vec![client];
    })
}

fn domain(name: &str) -> super::super::DomainSettings {
    let mailbox = "smtps://mail.example.org".parse().unwrap();
    super::super::DomainSettings::new(name.parse().unwrap(), mailbox)
}

#[test]
fn what_does_not_go_together_is_refused_by_the_key_at_fault() {
    let keys = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    for (written, expected) in [
        (json!({}), None),
        (json!({ "pkce": "optional" }), None),
        (json!({ "secret": null, "pkce": "required" }), None),
        (json!({ "secret": null }), None),
        (
            json!({ "secret": null, "pkce": "optional" }),
            Some("client[0].pkce"),
        ),
        (
            json!({ "secret": null, "jwks": keys, "pkce": "optional" }),
            None,
        ),
        (json!({ "jwks": keys }), Some("client[0].jwks")),
        (json!({ "redirect_uris": [] }), Some("client[0].id")),
        (
            json!({ "redirect_uris": [], "origins": ["https://cloud.example.org"] }),
            None,
        ),
        (
            json!({ "origins": ["https://a.example", "http://b.example"] }),
            Some("client[0].origins[1]"),
        ),
        (
            json!({ "backchannel_logout_uri": "app:/logout" }),
            Some("client[0].backchannel_logout_uri"),
        ),
        (json!({ "name": "" }), Some("client[0].name")),
        (json!({ "name": "a\nb" }), Some("client[0].name")),
        (json!({ "name": "x".repeat(101) }), Some("client[0].name")),
        (json!({ "scopes": ["email"] }), Some("client[0].scopes")),
        (json!({ "issuer": "https://id.example.net" }), None),
        (
            json!({ "issuer": "https://id.example.com" }),
            Some("client[0].issuer"),
        ),
    ] {
        assert_eq!(fault(&written).as_deref(), expected, "{written}");
    }
}

#[test]
fn people_have_a_name_of_their_own_for_one_host_alone() {
    for (uris, expected) in [
        (json!(["https://a.example/1"]), true),
        (
            json!(["https://a.example/1", "https://a.example:8443/2?x"]),
            true,
        ),
        (json!(["https://a.example/", "https://b.example/"]), false),
        (json!(["https://a.example/", "app:/callback"]), false),
        (json!(["http://localhost/callback"]), false),
    ] {
        let written = json!({ "redirect_uris": uris, "subject_type": "pairwise" });

        assert_eq!(fault(&written).is_none(), expected, "{uris}");
        let written = json!({ "redirect_uris": uris });
        assert_eq!(fault(&written), None, "{uris}");
    }
}

#[test]
fn what_is_not_understood_is_not_guessed() {
    for written in [
        json!({ "redirect_uri": "https://a.example/" }),
        json!({ "redirect_uris": ["http://a.example/"] }),
        json!({ "redirect_uris": ["https://a.example/#x"] }),
        json!({ "redirect_uris": "https://a.example/" }),
        json!({ "id": "a b" }),
        json!({ "id": "" }),
        json!({ "secret": "" }),
        json!({ "pkce": "S256" }),
        json!({ "pkce": true }),
        json!({ "consent": "always" }),
        json!({ "scopes": ["openid", "roles"] }),
        json!({ "scopes": "openid" }),
        json!({ "response_type": "token" }),
        json!({ "subject_type": "private" }),
        json!({ "username": "email" }),
        json!({ "id_token_signed_response_alg": "none" }),
        json!({ "id_token_signed_response_alg": "HS256" }),
        json!({ "userinfo_signed_response_alg": "none" }),
        json!({ "access_token": "JWT" }),
        json!({ "allow": [] }),
        json!({ "allow": ["*"] }),
        json!({ "allow": "example.org" }),
        json!({ "jwks": "{}" }),
        json!({ "origins": ["https://a.example/path"] }),
    ] {
        assert!(read(&written).is_err(), "{written}");
    }
}

#[test]
fn one_issuer_knows_a_client_once_and_two_may_each_know_one_of_that_name() {
    let fault = |one: Value, other: Value| {
        refused(|settings| {
            settings.domain = vec![domain("example.org"), domain("example.net")];
            settings.domain[1].issuer = Some("https://id.example.net".parse().unwrap());
            settings.client = vec![read(&one).unwrap(), read(&other).unwrap()];
        })
    };
    let main = json!({ "issuer": "https://id.example.org" });
    let other = json!({ "issuer": "https://id.example.net" });

    assert_eq!(fault(json!({}), json!({})).as_deref(), Some("client[1].id"));
    assert_eq!(fault(json!({}), main).as_deref(), Some("client[1].id"));
    assert_eq!(fault(json!({}), other), None);
    assert_eq!(fault(json!({}), json!({ "id": "Cloud" })), None);
}
