//! `GET /persona/auth/address/`

use serde_json::json;

use testkit::world::{ALICE, NOW, World};

#[tokio::test]
async fn the_dialog_learns_whose_an_address_is() {
    let world = World::open().await;
    let stranger = world.browser();

    let ours = stranger
        .get("/persona/auth/address/?email=Alice@Example.ORG")
        .await;
    let foreign = stranger
        .get("/persona/auth/address/?email=eve@elsewhere.example")
        .await;

    assert_eq!(
        ours.json().unwrap(),
        json!({ "email": ALICE, "domain": "example.org", "ours": true, "signed_in": false,
                "server_time": NOW.as_millis() })
    );
    assert_eq!(
        foreign.json().unwrap(),
        json!({ "email": "eve@elsewhere.example", "domain": "elsewhere.example", "ours": false,
                "signed_in": false, "server_time": NOW.as_millis() })
    );
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
        assert_eq!(answer.json().unwrap()["ours"], true, "{email}");
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
