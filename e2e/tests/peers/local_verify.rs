//! `browserid-local-verify` 0.5.2, the library of Mozilla's own verifier, on node.

use e2e::servers::accounts::ALICE;
use serde_json::json;

use super::peer::Peer;
use super::scene::{AUDIENCE, OTHER_AUDIENCES, Scene, claims};

#[tokio::test]
async fn it_accepts_what_we_sign() {
    let mut scene = Scene::with(Peer::node()).await;
    let bundle = scene.bundle();

    let verdict = scene.verify(&bundle, AUDIENCE, scene.now);

    assert_eq!(
        verdict,
        json!({"accepted": {
            "audience": AUDIENCE,
            "email": ALICE,
            "expires": scene.expires,
            "issuer": "id.example.test",
        }})
    );
}

#[tokio::test]
async fn it_refuses_another_audience() {
    let mut scene = Scene::with(Peer::node()).await;
    let bundle = scene.bundle();

    for audience in OTHER_AUDIENCES {
        let verdict = scene.verify(&bundle, audience, scene.now);

        let reason = verdict["refused"].as_str().unwrap();
        assert!(
            reason.starts_with("audience mismatch: "),
            "{audience}: {verdict}"
        );
    }
}

#[tokio::test]
async fn it_refuses_an_expired_assertion() {
    let mut scene = Scene::with(Peer::node()).await;
    let bundle = scene.bundle();

    let last = scene.verify(&bundle, AUDIENCE, scene.expires);
    let over = scene.verify(&bundle, AUDIENCE, scene.expires + 1);

    assert_eq!(last["accepted"]["email"], ALICE);
    assert_eq!(over, json!({"refused": "expired"}));
}

/// An assertion that lives longer than the certificate does not outlive it.
#[tokio::test]
async fn it_refuses_an_expired_certificate() {
    let mut scene = Scene::with(Peer::node()).await;
    let end = claims(&scene.certificate)["exp"].as_u64().unwrap();
    scene.expires = end + 120_000;
    let bundle = scene.bundle();

    let last = scene.verify(&bundle, AUDIENCE, end);
    let over = scene.verify(&bundle, AUDIENCE, end + 1);

    assert_eq!(last["accepted"]["email"], ALICE);
    assert_eq!(over, json!({"refused": "expired"}));
}

/// This verifier does not forgive a certificate of the future, so ours are dated back.
#[tokio::test]
async fn it_accepts_what_we_sign_when_its_clock_is_slow() {
    let mut scene = Scene::with(Peer::node()).await;
    let start = claims(&scene.certificate)["iat"].as_u64().unwrap();
    let bundle = scene.bundle();

    let slow = scene.verify(&bundle, AUDIENCE, start);
    let slower = scene.verify(&bundle, AUDIENCE, start - 1);

    assert!(
        start + 10_000 <= scene.now,
        "{start} is not 10 s before {}",
        scene.now
    );
    assert_eq!(slow["accepted"]["email"], ALICE);
    assert!(slower["refused"].is_string(), "{slower}");
}

/// The issuer speaks for a domain only because the domain says so.
#[tokio::test]
async fn it_asks_the_domain_itself() {
    let mut scene = Scene::with(Peer::node()).await;
    let bundle = scene.bundle();

    let verdict = scene.verify_among(&["id.example.test"], &bundle, AUDIENCE, scene.now);

    let reason = "untrusted issuer, expected 'undefined', got 'id.example.test'";
    assert_eq!(verdict, json!({ "refused": reason }));
}

#[tokio::test]
async fn it_refuses_every_flipped_bit() {
    let mut scene = Scene::with(Peer::node()).await;

    scene.every_flipped_bit_is_refused();
}

/// The certificate is for the key that asked: another key's assertion is worth nothing with it.
#[tokio::test]
async fn it_refuses_another_persons_key() {
    let mut scene = Scene::with(Peer::node()).await;
    let stolen = scene.stolen_bundle();

    let verdict = scene.verify(&stolen, AUDIENCE, scene.now);

    assert!(verdict["refused"].is_string(), "{verdict}");
}
