//! `PyBrowserID` 0.14, Mozilla's verifier for sites in Python, with cryptography of its own.

use e2e::servers::accounts::ALICE;
use serde_json::json;

use super::peer::Peer;
use super::scene::{AUDIENCE, OTHER_AUDIENCES, Scene, claims};

#[tokio::test]
async fn it_accepts_what_we_sign() {
    let mut scene = Scene::with(Peer::python()).await;
    let bundle = scene.bundle();

    let verdict = scene.verify(&bundle, AUDIENCE, scene.now);

    assert_eq!(
        verdict,
        json!({"accepted": {
            "status": "okay",
            "audience": AUDIENCE,
            "email": ALICE,
            "issuer": "id.example.test",
        }})
    );
}

#[tokio::test]
async fn it_refuses_another_audience() {
    let mut scene = Scene::with(Peer::python()).await;
    let bundle = scene.bundle();

    for audience in OTHER_AUDIENCES {
        let verdict = scene.verify(&bundle, audience, scene.now);

        assert_eq!(
            verdict,
            json!({"refused": "AudienceMismatchError"}),
            "{audience}"
        );
    }
}

#[tokio::test]
async fn it_refuses_what_has_expired() {
    let mut scene = Scene::with(Peer::python()).await;
    let end = claims(&scene.certificate)["exp"].as_u64().unwrap();
    let short = scene.bundle();
    let short_end = scene.expires;
    scene.expires = end + 120_000;
    let long = scene.bundle();

    for (bundle, end) in [(short, short_end), (long, end)] {
        let last = scene.verify(&bundle, AUDIENCE, end);
        let over = scene.verify(&bundle, AUDIENCE, end + 1);

        assert_eq!(last["accepted"]["email"], ALICE);
        assert_eq!(over, json!({"refused": "ExpiredSignatureError"}));
    }
}

/// The issuer speaks for a domain only because the domain says so.
#[tokio::test]
async fn it_asks_the_domain_itself() {
    let mut scene = Scene::with(Peer::python()).await;
    let bundle = scene.bundle();

    let verdict = scene.verify_among(&["id.example.test"], &bundle, AUDIENCE, scene.now);

    assert_eq!(verdict, json!({"refused": "InvalidSignatureError"}));
}

#[tokio::test]
async fn it_refuses_every_flipped_bit() {
    let mut scene = Scene::with(Peer::python()).await;

    scene.every_flipped_bit_is_refused();
}

/// The certificate is for the key that asked: another key's assertion is worth nothing with it.
#[tokio::test]
async fn it_refuses_another_persons_key() {
    let mut scene = Scene::with(Peer::python()).await;
    let stolen = scene.stolen_bundle();

    let verdict = scene.verify(&stolen, AUDIENCE, scene.now);

    assert_eq!(verdict, json!({"refused": "InvalidSignatureError"}));
}
