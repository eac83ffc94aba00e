//! The discovery document and the keys (OpenID Connect Discovery §3, §4; RFC 7517 §5).

use testkit::world::{ISSUER, World};

use super::stage::body;

#[tokio::test]
async fn the_document_is_at_the_issuers_own_address_and_names_what_is_there() {
    let world = World::open().await;
    let browser = world.browser();

    let answer = browser.get("/.well-known/openid-configuration").await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let document = body(&answer);
    assert_eq!(document["issuer"], ISSUER);
    // Whatever it names as an endpoint is there.
    for (name, value) in document.as_object().unwrap() {
        let Some(url) = value
            .as_str()
            .filter(|_| name.ends_with("_endpoint") || name == "jwks_uri")
        else {
            continue;
        };
        let path = url.strip_prefix(ISSUER).unwrap();
        let answer = browser.get(path).await;
        assert_ne!(answer.status, 404, "{name}: {url}");
    }
}

#[tokio::test]
async fn the_keys_have_their_public_halves_alone() {
    let world = World::open().await;

    let answer = world.browser().get("/persona/oidc/jwks.json").await;

    let keys = body(&answer);
    let keys = keys["keys"].as_array().unwrap();
    let mut algorithms: Vec<&str> = keys
        .iter()
        .map(|key| key["alg"].as_str().unwrap())
        .collect();
    algorithms.sort_unstable();
    assert_eq!(algorithms, ["ES256", "EdDSA", "RS256"]);
    for key in keys {
        assert_eq!(key["use"], "sig");
        for secret in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert_eq!(key.get(secret), None, "{secret}");
        }
    }
}
