//! `GET /persona/auth/has-session/`

use std::time::Duration;

use testkit::world::{ALICE, World};

#[tokio::test]
async fn a_session_is_there_for_exactly_its_own_address() {
    let world = World::open().await;
    let alice = world.alice().await;

    assert!(alice.is_signed_in_as(ALICE).await);
    assert!(alice.is_signed_in_as("ALICE@Example.org").await);
    for other in [
        "bob@example.org",
        "alice@example.net",
        "alice",
        "",
        "alice@example.org.",
        "a@b@c",
    ] {
        assert!(!alice.is_signed_in_as(other).await, "{other}");
    }
    assert!(!world.browser().is_signed_in_as(ALICE).await);
}

#[tokio::test]
async fn the_answer_is_ok_or_not_found_with_and_without_the_last_slash() {
    let world = World::open().await;
    let alice = world.alice().await;

    for path in ["/persona/auth/has-session/", "/persona/auth/has-session"] {
        let answer = alice.get(&format!("{path}?email={ALICE}")).await;

        assert_eq!((answer.status, answer.text().as_str()), (200, "OK"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test]
async fn a_session_lasts_a_month_and_not_a_second_longer() {
    let world = World::open().await;
    let alice = world.alice().await;

    world.clock.advance(Duration::from_secs(30 * 86400 - 1));
    assert!(alice.is_signed_in_as(ALICE).await);

    world.clock.advance(Duration::from_secs(1));
    assert!(!alice.is_signed_in_as(ALICE).await);
}

#[tokio::test]
async fn the_frames_cookie_speaks_here_and_at_the_certificate_and_nowhere_else() {
    let world = World::open().await;
    let alice = world.alice().await;
    let token = alice
        .client
        .cookie("127.0.0.1", "__Secure-persona-frame")
        .unwrap();
    let frame = format!("__Secure-persona-frame={token}");
    let stranger = world.browser();
    let email = format!("?email={ALICE}");

    let session = stranger
        .get_with(
            &format!("/persona/auth/has-session/{email}"),
            &[("cookie", &frame)],
        )
        .await;
    let page = stranger
        .get_with(&format!("/persona/login/{email}"), &[("cookie", &frame)])
        .await;
    let address = stranger
        .get_with(
            &format!("/persona/auth/address/{email}"),
            &[("cookie", &frame)],
        )
        .await;

    assert_eq!(session.status, 200);
    assert!(
        page.text().contains("type=\"password\""),
        "the page must not know the frame's cookie"
    );
    assert_eq!(address.json().unwrap()["signed_in"], false);
}

#[tokio::test]
async fn another_sites_page_is_not_answered() {
    let world = World::open().await;
    let alice = world.alice().await;
    let path = format!("/persona/auth/has-session/?email={ALICE}");

    for site in ["cross-site", "same-site"] {
        assert_eq!(
            alice
                .get_with(&path, &[("sec-fetch-site", site)])
                .await
                .status,
            403,
            "{site}"
        );
    }
}
