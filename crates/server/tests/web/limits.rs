//! Limits stand before the mail server.

use std::time::Duration;

use crate::world::{ALICE, PASSWORD, World};

#[tokio::test]
async fn after_six_wrong_passwords_the_mail_server_is_left_in_peace() {
    let world = World::open().await;
    let browser = world.browser();

    for _ in 0..6 {
        assert_eq!(browser.log_in(ALICE, "wrong").await.status, 401);
    }
    let answer = browser.log_in(ALICE, PASSWORD).await;

    assert_eq!(answer.status, 429);
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=900).contains(&seconds), "{seconds}");
    assert!(answer.text().contains("Please wait"), "{}", answer.text());
    assert_eq!(world.mail.sessions().await.unwrap().len(), 6);
}

#[tokio::test]
async fn after_a_quarter_of_an_hour_there_are_attempts_again() {
    let world = World::open().await;
    let browser = world.browser();
    for _ in 0..7 {
        browser.log_in(ALICE, "wrong").await;
    }

    world.clock.advance(Duration::from_secs(15 * 60));

    assert_eq!(browser.log_in(ALICE, PASSWORD).await.status, 303);
}

#[tokio::test]
async fn a_guesser_in_one_network_does_not_lock_out_the_owner_in_another() {
    let world = World::open().await;
    let (guesser, owner) = (world.browser(), world.browser());
    let guess = guesser.form_token().await;
    let own = owner.form_token().await;
    for _ in 0..8 {
        let fields = [("email", ALICE), ("password", "guess"), ("csrf", &guess)];
        guesser
            .post_with(
                "/persona/auth/login/",
                &[("x-forwarded-for", "203.0.113.66")],
                &fields,
            )
            .await;
    }

    let fields = [("email", ALICE), ("password", PASSWORD), ("csrf", &own)];
    let answer = owner
        .post_with(
            "/persona/auth/login/",
            &[("x-forwarded-for", "198.51.100.7")],
            &fields,
        )
        .await;

    assert_eq!(answer.status, 303);
}

#[tokio::test]
async fn one_network_cannot_try_all_addresses() {
    let world = World::open().await;
    let browser = world.browser();
    let mut last = 0;

    for number in 0..60 {
        last = browser
            .log_in(&format!("user{number}@example.org"), "guess")
            .await
            .status;
    }

    assert_eq!(last, 429);
    assert_eq!(world.mail.sessions().await.unwrap().len(), 48);
}

#[tokio::test]
async fn a_right_password_does_not_count() {
    let world = World::open().await;

    for _ in 0..10 {
        assert_eq!(world.browser().log_in(ALICE, PASSWORD).await.status, 303);
    }
}
