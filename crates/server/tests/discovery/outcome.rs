//! The three answers: an issuer, a definite no, and "could not ask".

use std::time::Duration;

use protocol::jose::base64url;
use serde_json::Value;
use server::journey::discovery::Discovery;
use store::Store;
use testkit::https::Reply;

use crate::world::{World, delegation, document_with, domain, issuer, not_found};

#[tokio::test]
async fn an_issuer_is_found_with_its_key_and_its_pages() {
    let document = issuer().replace("/in\"", "/in\",\"handoff\":\"/whole/page\"");
    let world = World::open(&[("idp.example", Reply::json(&document))]).await;

    let found = world.discover("idp.example").await.unwrap();

    let Discovery::Issuer(issuer) = found else {
        panic!("{found:?}");
    };
    assert_eq!(issuer.authority.as_str(), "idp.example");
    assert_eq!(issuer.authentication, "https://idp.example/in");
    assert_eq!(issuer.provisioning, "https://idp.example/give");
    assert_eq!(
        issuer.handoff.as_deref(),
        Some("https://idp.example/whole/page")
    );
    assert!(document.contains(&issuer.keys[0].to_browserid_text()));
    assert_eq!(issuer.keys.len(), 1);
}

#[tokio::test]
async fn our_own_names_are_never_asked_over_the_network() {
    let hosts = ["example.org", "id.example.org"].map(|name| (name, Reply::json(&issuer())));
    let world = World::open(&hosts).await;

    let ours = world.outcome("example.org").await;
    let own_host = world.outcome("id.example.org").await;

    assert_eq!(ours, "ours");
    assert_eq!(
        own_host,
        "no: id.example.org is not a browserid primary: id.example.org does not speak for it"
    );
    assert_eq!(world.requests(), 0);
}

#[tokio::test]
async fn a_domain_may_say_that_it_wants_no_issuer() {
    let document = issuer().replacen('{', "{\"disabled\":true,", 1);
    let world = World::open(&[("off.example", Reply::json(&document))]).await;

    assert_eq!(world.outcome("off.example").await, "disabled");
}

#[tokio::test]
async fn a_host_that_answers_and_is_no_issuer_is_a_no() {
    let world = World::open(&[("plain.example", not_found())]).await;

    assert_eq!(
        world.outcome("plain.example").await,
        "no: plain.example is not a browserid primary - \
         non-200 response code to /.well-known/browserid"
    );
}

#[tokio::test]
async fn an_issuer_in_trouble_is_not_absent() {
    let trouble = Reply::new("503 Service Unavailable", &[], "");
    let world = World::open(&[("idp.example", trouble), ("odd.example", Reply::json("{"))]).await;

    assert_eq!(
        world.outcome("idp.example").await,
        "not asked: idp.example is not a browserid primary - \
         non-200 response code to /.well-known/browserid"
    );
    assert_eq!(
        world.outcome("odd.example").await,
        "not asked: bad support document for 'odd.example': \
         Error: declaration of support is malformed (invalid json)"
    );
}

#[tokio::test]
async fn a_host_that_cannot_be_reached_is_not_absent() {
    // A port that was free a moment ago, and that nobody listens on.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = listener.local_addr().unwrap();
    drop(listener);
    let world = World::with(&[], |settings| {
        let hosts = &mut settings.outbound.hosts;
        hosts.insert(domain("gone.example"), nowhere);
    })
    .await;

    assert_eq!(
        world.outcome("gone.example").await,
        "not asked: gone.example is not a browserid primary: it could not be asked"
    );
}

#[tokio::test]
async fn an_issuer_that_was_found_is_noted_once() {
    let hosts = [
        ("idp.example", Reply::json(&issuer())),
        ("sub.example", delegation("idp.example")),
        ("plain.example", not_found()),
    ];
    let world = World::open(&hosts).await;
    let now = world.app.now().to_seconds();

    for name in ["idp.example", "sub.example", "plain.example"] {
        world.discover(name).await.unwrap();
        world.clock.advance(Duration::from_secs(1));
        world.discover(name).await.unwrap();
    }

    let seen = async |name: &str| world.store.issuer_seen(&domain(name)).await.unwrap();
    assert_eq!(seen("idp.example").await, Some(now));
    assert!(seen("sub.example").await.is_some());
    assert_eq!(seen("plain.example").await, None);
}

#[tokio::test]
async fn a_plain_no_counts_at_once_also_where_an_issuer_was() {
    let gone = Reply::new("410 Gone", &[], "");
    for plain in [not_found(), gone] {
        let world = World::open(&[("idp.example", Reply::json(&issuer()))]).await;
        world.discover("idp.example").await.unwrap();
        world.change("idp.example", plain);
        world.clock.advance(Duration::from_secs(60 * 60));

        let outcome = world.outcome("idp.example").await;

        assert!(outcome.starts_with("no: "), "{outcome}");
    }
}

#[tokio::test]
async fn a_weak_no_counts_only_where_no_issuer_was_seen_for_ninety_days() {
    for weak in weak() {
        let world = World::open(&[("idp.example", Reply::json(&issuer()))]).await;
        world.discover("idp.example").await.unwrap();
        world.change("idp.example", weak);

        world.clock.advance(Duration::from_secs(90 * 24 * 60 * 60));
        let seen = world.outcome("idp.example").await;
        world.clock.advance(Duration::from_secs(60 * 60));
        let long_ago = world.outcome("idp.example").await;

        assert!(seen.starts_with("not asked: "), "{seen}");
        assert!(long_ago.starts_with("no: "), "{long_ago}");
    }
}

/// What a plain web server says, and a broken or captured one too.
pub fn weak() -> [Reply; 4] {
    [
        Reply::new("302 Found", &["location: https://elsewhere.example/"], ""),
        Reply::new("403 Forbidden", &[], ""),
        Reply::new("200 OK", &["content-type: text/html"], "<p>Parked"),
        Reply::new("204 No Content", &[], ""),
    ]
}

#[tokio::test]
async fn an_issuer_of_the_settings_is_asked_about_the_domain() {
    let hosts = [
        ("fallback.example", Reply::json(&issuer())),
        ("elsewhere.example", delegation("fallback.example")),
    ];
    let world = World::open(&hosts).await;

    let named = world
        .issuer_named("fallback.example", "plain.example")
        .await;
    let delegating = world
        .issuer_named("elsewhere.example", "plain.example")
        .await;
    let ourselves = world.issuer_named("id.example.org", "plain.example").await;

    assert_eq!(named.unwrap().authority.as_str(), "fallback.example");
    assert_eq!(
        delegating.unwrap_err().to_string(),
        "elsewhere.example is not a browserid primary: it does not speak for plain.example"
    );
    assert!(ourselves.is_err());
    assert_eq!(
        world.asked(),
        [
            "fallback.example about plain.example",
            "elsewhere.example about plain.example"
        ]
    );
}

/// A key of 1024 bits that signs with SHA-1, from the vectors of the protocol.
fn weak_key() -> String {
    let vectors = include_str!("../../../protocol/tests/vectors/browserid.json");
    let vectors: Vec<Value> = serde_json::from_str(vectors).unwrap();
    let vector = vectors.iter().find(|one| one["name"] == "RS256-DS128");
    let certificate = vector.unwrap()["bundle"].as_str().unwrap();
    let claims = certificate.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&base64url::decode(claims).unwrap()).unwrap();
    claims["public-key"].to_string()
}

#[tokio::test]
async fn an_issuer_s_weak_key_counts_only_by_setting() {
    let hosts = [("old.example", Reply::json(&document_with(&weak_key())))];
    let strict = World::open(&hosts).await;
    let lenient = World::with(&hosts, |settings| settings.broker.ds128_issuers = true).await;

    let mut keys = Vec::new();
    for world in [strict, lenient] {
        let found = world.discover("old.example").await.unwrap();
        let Discovery::Issuer(issuer) = found else {
            panic!("it is an issuer all the same: {found:?}");
        };
        keys.push(issuer.keys.len());
    }

    assert_eq!(keys, [0, 1]);
}
