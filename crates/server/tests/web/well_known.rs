//! `/.well-known/browserid`

use testkit::world::World;

use crate::elsewhere::Elsewhere;

async fn ask(world: &World, host: &str, query: &str) -> testkit::http::Answer {
    let path = format!("/.well-known/browserid{query}");
    world
        .browser()
        .get_with(&path, &[("host", host), ("accept", "application/json")])
        .await
}

#[tokio::test]
async fn the_issuers_host_publishes_its_key_and_its_pages() {
    let world = World::open().await;

    let answer = ask(&world, "id.example.org", "").await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=3600"));
    assert_eq!(
        answer.header("cross-origin-resource-policy"),
        Some("cross-origin")
    );
    let document = answer.json().unwrap();
    assert_eq!(document["authentication"], "/persona/login/");
    assert_eq!(document["provisioning"], "/persona/provisioning/");
    assert_eq!(document["handoff"], "/persona/handoff/");
    assert_eq!(document["public-key"]["algorithm"], "RS");
    assert_eq!(document["public-key"]["e"], "65537");
    let modulus = document["public-key"]["n"].as_str().unwrap();
    assert!((616..=617).contains(&modulus.len()) && modulus.bytes().all(|b| b.is_ascii_digit()));
}

#[tokio::test]
async fn a_hosted_domain_delegates_to_the_issuer() {
    let world = World::open().await;

    for host in [
        "example.org",
        "example.net",
        "EXAMPLE.org",
        "example.org:8443",
    ] {
        let answer = ask(&world, host, "").await;

        assert_eq!(answer.status, 200, "{host}");
        assert_eq!(answer.text(), r#"{"authority":"id.example.org"}"#, "{host}");
    }
}

#[tokio::test]
async fn the_answer_is_the_same_with_the_domain_in_the_question() {
    let world = World::open().await;
    let own = ask(&world, "id.example.org", "").await.text();

    for query in [
        "?domain=example.org",
        "?domain=example.net",
        "?domain=",
        "?domain=id.example.org",
    ] {
        assert_eq!(
            ask(&world, "id.example.org", query).await.text(),
            own,
            "{query}"
        );
    }
    let delegated = ask(&world, "example.net", "?domain=example.net").await;
    assert_eq!(delegated.text(), r#"{"authority":"id.example.org"}"#);
}

#[tokio::test]
async fn a_host_that_is_issuer_and_domain_does_not_delegate_to_itself() {
    let store = std::sync::Arc::new(store::SqliteStore::open_in_memory().unwrap());
    let world = World::with_store(store, |settings| {
        settings.issuer = "https://example.org".parse().unwrap();
    })
    .await;

    for host in ["example.org", "example.org:443", "EXAMPLE.ORG"] {
        let document = ask(&world, host, "").await.json().unwrap();
        assert!(document["public-key"].is_object(), "{host}: {document}");
    }
}

#[tokio::test]
async fn a_domain_or_host_that_is_not_in_the_settings_gets_nothing() {
    let world = World::open().await;

    for (host, query) in [
        ("id.example.org", "?domain=elsewhere.example"),
        ("example.org", "?domain=elsewhere.example"),
        ("elsewhere.example", ""),
        ("elsewhere.example", "?domain=example.org"),
        ("id.example.org.evil.example", ""),
        ("id.example.org:8443", ""),
        ("id.example.org:443x", ""),
        ("user@id.example.org", ""),
        ("127.0.0.1:7070", ""),
        ("not a host", ""),
    ] {
        let answer = ask(&world, host, query).await;

        assert_eq!(answer.status, 404, "{host} {query}: {answer:?}");
        assert_eq!(answer.json().unwrap()["error"], "not-served");
    }
    assert_eq!(
        ask(&world, "id.example.org", "?domain=a&domain=b")
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn a_forwarded_host_is_not_believed() {
    let world = World::open().await;
    let headers = [
        ("host", "elsewhere.example"),
        ("x-forwarded-host", "id.example.org"),
    ];

    let answer = world
        .browser()
        .get_with("/.well-known/browserid", &headers)
        .await;

    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn a_fallback_answers_at_its_own_host_about_any_domain() {
    let elsewhere = Elsewhere::start().await;
    let (plain, fallback) = tokio::join!(elsewhere.world(), elsewhere.world_with_fallback());
    let path = "/.well-known/browserid?domain=plain.example";

    let none = plain.browser().get(path).await;
    let some = fallback.browser().get(path).await;
    let own = fallback.browser().get("/.well-known/browserid").await;
    let hosted = fallback
        .browser()
        .get_with(path, &[("host", "example.org")])
        .await;

    assert_eq!(none.status, 404);
    assert_eq!((some.status, some.text()), (200, own.text()));
    assert_eq!(hosted.status, 404);
}
