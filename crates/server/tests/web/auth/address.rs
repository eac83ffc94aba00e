//! `GET /persona/auth/address/`

use serde_json::json;
use testkit::world::{ALICE, NOW, World};

use crate::elsewhere::{BROKEN, DISABLED, Elsewhere, WITH_ISSUER, WITHOUT_ISSUER};

#[tokio::test]
async fn the_dialog_learns_who_vouches_for_an_address() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world().await;
    let stranger = world.browser();

    for (email, canonical, domain, kind) in [
        ("Alice@Example.ORG", ALICE, "example.org", "ours"),
        ("a@plain.example", "a@plain.example", WITHOUT_ISSUER, "none"),
        ("a@disabled.example", "a@disabled.example", DISABLED, "none"),
        (
            "a@broken.example",
            "a@broken.example",
            BROKEN,
            "unreachable",
        ),
    ] {
        let answer = stranger
            .get(&format!("/persona/auth/address/?email={email}"))
            .await;

        assert_eq!(
            answer.json().unwrap(),
            json!({ "email": canonical, "domain": domain, "kind": kind, "signed_in": false,
                    "server_time": NOW.as_millis() })
        );
    }
    let answer = stranger
        .get("/persona/auth/address/?email=a@issuer.example")
        .await;
    assert_eq!(
        answer.json().unwrap(),
        json!({ "email": "a@issuer.example", "domain": WITH_ISSUER, "kind": "issuer",
                "signed_in": false, "server_time": NOW.as_millis(),
                "issuer": { "authority": WITH_ISSUER,
                            "authentication": "https://issuer.example/in",
                            "provisioning": "https://issuer.example/give",
                            "handoff": "https://issuer.example/hand-off" } })
    );
}

#[tokio::test]
async fn a_fallback_mails_where_there_is_definitely_no_issuer() {
    let elsewhere = Elsewhere::start().await;
    let world = elsewhere.world_with_fallback().await;

    for (domain, kind) in [
        (WITHOUT_ISSUER, "mailed"),
        (DISABLED, "mailed"),
        (WITH_ISSUER, "issuer"),
        (BROKEN, "unreachable"),
        ("example.org", "ours"),
    ] {
        let path = format!("/persona/auth/address/?email=a@{domain}");
        let answer = world.browser().get(&path).await;

        assert_eq!(answer.json().unwrap()["kind"], kind, "{domain}");
    }
}

#[tokio::test]
async fn it_says_whether_this_browser_is_signed_in_but_not_whether_a_mailbox_exists() {
    let world = World::open().await;
    let alice = world.alice().await;

    for (email, signed_in) in [
        (ALICE, true),
        ("bob@example.org", false),
        ("ghost@example.org", false),
    ] {
        let answer = alice
            .get(&format!("/persona/auth/address/?email={email}"))
            .await;

        assert_eq!(answer.json().unwrap()["signed_in"], signed_in, "{email}");
        assert_eq!(answer.json().unwrap()["kind"], "ours", "{email}");
    }
}

#[tokio::test]
async fn what_is_no_address_is_said_to_be_none() {
    let world = World::open().await;

    for query in [
        "",
        "?email=",
        "?email=alice",
        "?email=a%00b@example.org",
        "?email=a@b.org&email=c@d.org",
    ] {
        let answer = world
            .browser()
            .get(&format!("/persona/auth/address/{query}"))
            .await;

        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.json().unwrap()["error"], "not-an-address", "{query}");
    }
}
