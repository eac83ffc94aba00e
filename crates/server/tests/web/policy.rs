//! Who may call what: every route, and what it says to a stranger from another site.

use testkit::world::World;

/// Method, path, and the statuses for: a stranger; a stranger led here by another site's page.
const POLICIES: &[(&str, &str, u16, u16)] = &[
    ("GET", "/.well-known/browserid", 200, 200),
    ("POST", "/persona/verify", 415, 415),
    ("POST", "/verify", 415, 415),
    ("POST", "/persona/v2", 415, 415),
    ("POST", "/v2", 415, 415),
    ("GET", "/persona/include.js", 200, 200),
    ("GET", "/include.js", 200, 200),
    ("GET", "/persona/include.d.ts", 200, 200),
    ("GET", "/include.d.ts", 200, 200),
    ("GET", "/provisioning_api.js", 200, 200),
    ("GET", "/authentication_api.js", 200, 200),
    ("GET", "/.well-known/openid-configuration", 200, 200),
    ("GET", "/.well-known/webfinger", 400, 400),
    ("GET", "/persona/oidc/jwks.json", 200, 200),
    ("GET", "/persona/oidc/authorize", 400, 400),
    ("POST", "/persona/oidc/token", 400, 400),
    ("GET", "/persona/oidc/userinfo", 401, 401),
    ("POST", "/persona/oidc/revoke", 400, 400),
    ("POST", "/persona/oidc/introspect", 400, 400),
    ("POST", "/persona/oidc/consent", 415, 403),
    ("GET", "/persona/oidc/logout", 200, 200),
    ("POST", "/persona/oidc/sign-out", 415, 403),
    ("GET", "/", 303, 303),
    ("GET", "/persona", 303, 303),
    ("GET", "/persona/login", 200, 200),
    ("GET", "/persona/dialog", 200, 200),
    ("GET", "/sign_in", 200, 200),
    ("GET", "/persona/handoff", 200, 200),
    ("GET", "/persona/mailed", 404, 404),
    ("GET", "/persona/account", 303, 303),
    ("POST", "/persona/account/withdraw", 415, 403),
    ("GET", "/persona/provisioning", 200, 200),
    ("GET", "/persona/assets/none/none", 404, 404),
    ("GET", "/persona/auth/address", 400, 403),
    ("POST", "/persona/auth/check", 415, 403),
    ("POST", "/persona/auth/mail", 415, 403),
    ("POST", "/persona/auth/mail/code", 415, 403),
    ("POST", "/persona/auth/mail/link", 415, 403),
    ("GET", "/persona/auth/has-session", 404, 403),
    ("POST", "/persona/auth/login", 415, 403),
    ("POST", "/persona/auth/certificate", 415, 403),
    ("POST", "/persona/auth/logout", 415, 403),
    ("GET", "/persona/auth/ping", 200, 200),
];

#[tokio::test]
async fn every_route_keeps_its_policy_with_and_without_the_last_slash() {
    let world = World::open().await;
    let client = testkit::http::Client::new();
    let foreign = [
        ("host", "id.example.org"),
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ];

    for (method, path, stranger, led_here) in POLICIES {
        for path in [(*path).to_owned(), format!("{path}/")] {
            if path == "//" || path.starts_with("/persona/assets/") && path.ends_with('/') {
                continue;
            }
            let url = world.url(&path);
            let plain = client
                .request(method, &url, &foreign[..1], b"")
                .await
                .unwrap();
            let cross = client.request(method, &url, &foreign, b"").await.unwrap();

            assert_eq!(
                (plain.status, cross.status),
                (*stranger, *led_here),
                "{method} {path}"
            );
        }
    }
}

#[test]
fn the_table_has_every_route() {
    let source = include_str!("../../src/web/mod.rs");
    // Routers that its own tests make serve nobody.
    let (source, _) = source.split_once("#[cfg(test)]").unwrap();
    let both = source.matches(" both(").count() - source.matches("fn both(").count();
    let routes = both + source.matches(".route(\"").count();

    assert_eq!(
        routes,
        POLICIES.len(),
        "a route was added or removed: say here what its policy is"
    );
}
