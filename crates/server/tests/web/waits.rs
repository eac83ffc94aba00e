//! Wrong passwords make the next try wait, and the waits are the guesser's (`docs/decisions/0017-waits-and-rests.md`).

use std::time::Duration;

use testkit::world::{ALICE, PASSWORD, World};

use crate::limits::from;

const GUESSER: &str = "203.0.113.66";
const HOME: &str = "198.51.100.7";

/// Tries a wrong password for alice as soon as that is possible, and says for how many seconds it was
/// told to wait.
async fn guess(world: &World, network: &str) -> u64 {
    let mut waited = 0;
    loop {
        let browser = world.browser();
        let csrf = browser.form_token().await;
        let fields = [
            ("email", ALICE),
            ("password", "guess"),
            ("csrf", csrf.as_str()),
        ];
        let headers = [("x-forwarded-for", network)];
        let answer = browser
            .post_with("/persona/auth/login/", &headers, &fields)
            .await;
        if answer.status == 401 {
            return waited;
        }
        assert_eq!(answer.status, 429, "{answer:?}");
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        waited += wait;
        world.clock.advance(Duration::from_secs(wait));
    }
}

#[tokio::test]
async fn after_a_few_wrong_passwords_each_try_waits_longer_than_the_one_before() {
    let world = World::open().await;
    let mut waits = Vec::new();

    for _ in 0..12 {
        waits.push(guess(&world, GUESSER).await);
    }

    assert_eq!(waits, [0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
    assert_eq!(world.mail.sessions().await.unwrap().len(), 12);
}

#[tokio::test]
async fn who_has_to_wait_is_told_how_long_and_the_mail_server_is_left_in_peace() {
    let world = World::open().await;
    let browser = world.browser();
    for _ in 0..3 {
        assert_eq!(browser.log_in(ALICE, "wrong").await.status, 401);
    }

    let early = browser.log_in(ALICE, PASSWORD).await;
    let asked = world.mail.sessions().await.unwrap().len();
    world.clock.advance(Duration::from_secs(2));
    let in_time = browser.log_in(ALICE, PASSWORD).await;

    assert_eq!(
        (early.status, early.header("retry-after")),
        (429, Some("2"))
    );
    assert!(
        early.text().contains("Please wait 2 seconds"),
        "{}",
        early.text()
    );
    assert_eq!(asked, 3);
    assert_eq!(in_time.status, 303);
}

#[tokio::test]
async fn after_the_right_password_there_is_no_wait_left() {
    let world = World::open().await;
    for _ in 0..6 {
        guess(&world, HOME).await;
    }
    world.clock.advance(Duration::from_secs(16));
    assert_eq!(from(&world, HOME, ALICE, PASSWORD).await, 303);

    assert_eq!(from(&world, HOME, ALICE, PASSWORD).await, 303);
}

#[tokio::test]
async fn after_an_hour_without_a_wrong_password_everything_is_forgotten() {
    let world = World::open().await;
    for _ in 0..8 {
        guess(&world, GUESSER).await;
    }

    world.clock.advance(Duration::from_secs(3600));

    assert_eq!(guess(&world, GUESSER).await, 0);
    assert_eq!(guess(&world, GUESSER).await, 0);
}

#[tokio::test]
async fn a_guesser_in_one_network_does_not_make_the_owner_in_another_wait() {
    let world = World::open().await;
    for _ in 0..8 {
        guess(&world, GUESSER).await;
    }

    assert_eq!(from(&world, HOME, ALICE, PASSWORD).await, 303);
}

/// The attack: each of a hundred networks guesses as often as it is let.
#[tokio::test]
async fn a_stranger_in_a_hundred_networks_does_not_keep_the_owner_out() {
    let world = World::open().await;
    let mut guesses = 0;
    for round in 0..4 {
        for network in 0..100 {
            let network = format!("203.0.113.{network}");
            guesses += u32::from(from(&world, &network, ALICE, "guess").await == 401);
        }
        let home = format!("198.51.100.{round}");
        assert_eq!(from(&world, &home, ALICE, PASSWORD).await, 303, "{home}");
        world.clock.advance(Duration::from_secs(30));
    }

    // One for each network, and one for each time that all of them together had waited.
    assert_eq!(guesses, 100 + 3);
}

/// So many that everybody in the domain is protected: an owner still gets in at once where they have
/// been before.
#[tokio::test]
async fn a_stranger_in_very_many_networks_does_not_keep_the_owner_out_of_where_they_were_before() {
    let world = World::open().await;
    assert_eq!(from(&world, HOME, ALICE, PASSWORD).await, 303);
    world.clock.advance(Duration::from_secs(29 * 24 * 3600));
    let mut guesses = 0;
    for network in 0..260 {
        let network = format!("203.0.{}.{}", network / 200, network % 200);
        guesses += u32::from(from(&world, &network, ALICE, "guess").await == 401);
    }
    assert_eq!(guesses, 200, "as many as there may be in a domain");

    assert_eq!(from(&world, "203.0.113.1", ALICE, PASSWORD).await, 429);
    assert_eq!(from(&world, HOME, ALICE, "mistyped").await, 401);
    assert_eq!(from(&world, HOME, ALICE, PASSWORD).await, 303);
    world.clock.advance(Duration::from_secs(5));
    assert_eq!(from(&world, "203.0.113.1", ALICE, PASSWORD).await, 303);
}

#[tokio::test]
async fn where_an_account_was_opened_long_ago_its_owner_is_as_strange_as_everybody() {
    let world = World::open().await;
    assert_eq!(from(&world, HOME, ALICE, PASSWORD).await, 303);
    world.clock.advance(Duration::from_secs(31 * 24 * 3600));
    for network in 0..200 {
        from(&world, &format!("203.0.113.{network}"), ALICE, "guess").await;
    }

    assert_eq!(from(&world, HOME, ALICE, PASSWORD).await, 429);
}

#[tokio::test]
async fn who_is_known_for_one_account_is_a_stranger_to_the_others() {
    let world = World::open().await;
    let carol = ("carol@example.net", "carol's own password");
    assert_eq!(from(&world, HOME, carol.0, carol.1).await, 303);
    for network in 0..200 {
        from(&world, &format!("203.0.113.{network}"), ALICE, "guess").await;
    }

    assert_eq!(from(&world, HOME, ALICE, "guess").await, 429);
    assert_eq!(from(&world, HOME, carol.0, carol.1).await, 303);
}

/// Who has opened an account somewhere is not trusted with guesses at others from there.
#[tokio::test]
async fn a_known_network_waits_like_every_other_when_it_guesses() {
    let world = World::open().await;
    assert_eq!(from(&world, HOME, ALICE, PASSWORD).await, 303);

    let mut waits = Vec::new();
    for _ in 0..5 {
        waits.push(guess(&world, HOME).await);
    }

    assert_eq!(waits, [0, 0, 0, 2, 4]);
}
