//! `POST /persona/verify`, `/verify`, `/`, `/persona/v2` and `/v2`

mod issuers;
mod once;
mod wire;

use std::time::Duration;

use protocol::jose::{RsaSigner, Signer};
use serde_json::{Value, json};
use testkit::http::{Answer, Client};

use testkit::world::{ALICE, NOW, World, bundle, user};

const SITE: &str = "https://shop.example";

async fn signed_in(world: &World) -> (String, RsaSigner) {
    let key = user();
    let alice = world.alice().await;
    let answer = alice
        .certificate(ALICE, &key.public_key().to_browserid())
        .await;
    (answer.text(), key)
}

async fn verify(world: &World, assertion: &str, audience: &str) -> Value {
    let fields = [("assertion", assertion), ("audience", audience)];
    let answer = Client::new()
        .post_form(&world.url("/persona/verify"), &[], &fields)
        .await
        .unwrap();
    assert_eq!(answer.status, 200);
    answer.json().unwrap()
}

fn reason(answer: &Value) -> &str {
    assert_eq!(answer["status"], "failure", "{answer}");
    answer["reason"].as_str().unwrap()
}

#[tokio::test]
async fn a_site_is_told_who_signed_in() {
    let world = World::open().await;
    let (certificate, key) = signed_in(&world).await;
    let expires = NOW.plus(Duration::from_secs(120));
    let assertion = bundle(&certificate, &key, SITE, expires);
    let url = world.url("/verify");
    let expected = format!(
        "{{\"audience\":\"{SITE}\",\"expires\":{},\"issuer\":\"id.example.org\",\
         \"email\":\"{ALICE}\",\"status\":\"okay\"}}",
        expires.as_millis()
    );

    let form = [("assertion", assertion.as_str()), ("audience", SITE)];
    let by_form = Client::new().post_form(&url, &[], &form).await.unwrap();
    let body = json!({ "assertion": assertion, "audience": SITE });
    let by_json = Client::new().post_json(&url, &[], &body).await.unwrap();

    for answer in [by_form, by_json] {
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.text(), expected);
    }
}

#[tokio::test]
async fn another_sites_assertion_is_not_accepted() {
    let world = World::open().await;
    let (certificate, key) = signed_in(&world).await;
    let assertion = bundle(&certificate, &key, SITE, NOW.plus(Duration::from_secs(120)));

    for audience in [
        "https://evil.example",
        "http://shop.example",
        "https://shop.example:8443",
        "shop.example",
    ] {
        let answer = verify(&world, &assertion, audience).await;
        assert!(
            reason(&answer).starts_with("audience mismatch"),
            "{audience}: {answer}"
        );
    }
    assert_eq!(
        verify(&world, &assertion, "https://shop.example:443/").await["status"],
        "okay"
    );
}

#[tokio::test]
async fn an_assertion_ends_exactly_when_it_says() {
    let world = World::open().await;
    let (certificate, key) = signed_in(&world).await;
    let assertion = bundle(&certificate, &key, SITE, NOW.plus(Duration::from_secs(120)));

    world.clock.advance(Duration::from_secs(120));
    assert_eq!(verify(&world, &assertion, SITE).await["status"], "okay");

    world.clock.advance(Duration::from_millis(1));
    assert_eq!(reason(&verify(&world, &assertion, SITE).await), "expired");
}

#[tokio::test]
async fn somebody_elses_signatures_are_refused() {
    let world = World::open().await;
    let (certificate, _) = signed_in(&world).await;
    let expires = NOW.plus(Duration::from_secs(120));
    let thief = user();
    let stolen = bundle(&certificate, &thief, SITE, expires);

    assert_eq!(
        reason(&verify(&world, &stolen, SITE).await),
        "invalid signature"
    );
}

#[tokio::test]
async fn a_certificate_of_another_installation_is_refused() {
    let world = World::open().await;
    let other = World::open().await;
    let (certificate, key) = signed_in(&other).await;
    let assertion = bundle(&certificate, &key, SITE, NOW.plus(Duration::from_secs(120)));

    assert_eq!(
        reason(&verify(&world, &assertion, SITE).await),
        "invalid signature"
    );
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let world = World::open().await;
    let post = async |fields: &[(&str, &str)]| -> Answer {
        Client::new()
            .post_form(&world.url("/verify"), &[], fields)
            .await
            .unwrap()
    };

    let nothing = post(&[]).await;
    let no_audience = post(&[("assertion", "x")]).await;
    let rubbish = post(&[("assertion", "x"), ("audience", SITE)]).await;

    assert_eq!(
        (nothing.status, no_audience.status, rubbish.status),
        (400, 400, 200)
    );
    assert_eq!(
        reason(&nothing.json().unwrap()),
        "missing assertion parameter"
    );
    assert_eq!(
        reason(&no_audience.json().unwrap()),
        "missing audience parameter"
    );
    assert_eq!(rubbish.json().unwrap()["status"], "failure");
}
