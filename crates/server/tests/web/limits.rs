//! Limits stand before the mail server: how much at once, and how much in all.

use std::time::Duration;

use testkit::smtp::Mood;

use testkit::world::{ALICE, PASSWORD, World};

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

/// Logs in as a browser in some network, with a form token of its own.
pub(crate) async fn from(world: &World, network: &str, email: &str, password: &str) -> u16 {
    let browser = world.browser();
    let csrf = browser.form_token().await;
    let fields = [
        ("email", email),
        ("password", password),
        ("csrf", csrf.as_str()),
    ];
    let headers = [("x-forwarded-for", network), ("accept", "text/html")];
    browser
        .post_with("/persona/auth/login/", &headers, &fields)
        .await
        .status
}

/// Asks a question that the mail server does not answer, and goes away as soon as it has reached the
/// mail server. Says what it was answered if it did not get so far.
async fn hang(world: &World, network: &str, email: &str) -> Option<u16> {
    let before = world.mail.begun();
    let arrived = async {
        while world.mail.begun() == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        status = from(world, network, email, "guess") => Some(status),
        () = arrived => None,
    }
}

#[tokio::test]
async fn a_mail_server_that_cannot_answer_is_not_asked_without_end() {
    let world = World::open().await;
    world.mail.feel(Mood::Forgetful);
    let mut statuses = Vec::new();

    for _ in 0..40 {
        statuses.push(from(&world, "203.0.113.66", ALICE, "guess").await);
    }

    assert_eq!(statuses.iter().filter(|status| **status == 503).count(), 30);
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 10);
    assert_eq!(world.mail.sessions().await.unwrap().len(), 30);
}

#[tokio::test]
async fn a_question_under_way_from_elsewhere_does_not_bar_the_owner() {
    let world = World::open().await;
    world.mail.feel(Mood::Silent);
    assert_eq!(hang(&world, "203.0.113.66", ALICE).await, None);
    assert_eq!(
        hang(&world, "203.0.113.66", ALICE).await,
        Some(429),
        "one at a time from there"
    );

    world.mail.feel(Mood::Open);

    assert_eq!(from(&world, "198.51.100.7", ALICE, PASSWORD).await, 303);
}

#[tokio::test]
async fn one_network_does_not_take_all_places_before_a_mail_server() {
    let world = World::open().await;
    world.mail.feel(Mood::Silent);
    let ask =
        async |number: u8| hang(&world, "203.0.113.66", &format!("user{number}@example.org")).await;
    let asked = [
        ask(0).await,
        ask(1).await,
        ask(2).await,
        ask(3).await,
        ask(4).await,
    ];
    assert_eq!(asked, [None, None, None, None, Some(429)]);

    world.mail.feel(Mood::Open);

    assert_eq!(from(&world, "198.51.100.7", ALICE, PASSWORD).await, 303);
    let carol = from(
        &world,
        "198.51.100.7",
        "carol@example.net",
        "carol's own password",
    )
    .await;
    assert_eq!(carol, 303, "the other domain of the same server");
}

#[tokio::test]
async fn a_tag_or_another_spelling_is_no_new_account_to_guess_at() {
    let world = World::open().await;
    let mut refused = 0;

    for number in 0..12 {
        let spelling = format!("ALICE+{number}@example.ORG");
        refused += u32::from(from(&world, "203.0.113.66", &spelling, "guess").await == 401);
    }

    assert_eq!(refused, 3);
}

#[tokio::test]
async fn two_domains_that_lead_to_one_mailbox_share_its_limits() {
    let store = std::sync::Arc::new(store::SqliteStore::open_in_memory().unwrap());
    let world = World::with_store(store, |settings| {
        for domain in &mut settings.domain {
            domain.backend_domain = Some("internal.example".parse().unwrap());
        }
    })
    .await;
    let mut refused = 0;

    for number in 0..12 {
        let domain = if number % 2 == 0 {
            "example.org"
        } else {
            "example.net"
        };
        let email = format!("alice@{domain}");
        refused += u32::from(from(&world, "203.0.113.66", &email, "guess").await == 401);
    }

    assert_eq!(refused, 3);
}

#[tokio::test]
async fn a_customer_with_many_v6_networks_is_one_customer() {
    let world = World::open().await;
    let mut refused = 0;

    for number in 0..120 {
        let network = format!("2001:db8:1:{number:x}::1");
        let email = format!("user{number}@example.org");
        refused += u32::from(from(&world, &network, &email, "guess").await == 401);
    }

    assert_eq!(refused, 96);
}

#[tokio::test]
async fn a_customer_with_many_v6_networks_has_the_places_of_one() {
    let world = World::open().await;
    world.mail.feel(Mood::Silent);
    let ask = async |number: u8| {
        let network = format!("2001:db8:1:{number:x}::1");
        hang(&world, &network, &format!("user{number}@example.org")).await
    };

    let asked = [
        ask(0).await,
        ask(1).await,
        ask(2).await,
        ask(3).await,
        ask(4).await,
    ];

    assert_eq!(asked, [None, None, None, None, Some(429)]);
}

#[tokio::test]
async fn who_waits_for_others_is_not_told_that_they_tried_too_often() {
    let world = World::open().await;
    world.mail.feel(Mood::Silent);
    for number in 0..16 {
        let (network, email) = (number / 4, format!("user{number}@example.org"));
        assert_eq!(
            hang(&world, &format!("203.0.113.{network}"), &email).await,
            None
        );
    }

    let answer = world.browser().log_in(ALICE, PASSWORD).await;

    assert_eq!(answer.status, 503);
    assert!(
        answer.text().contains("Your mail server is not answering"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn a_browser_that_goes_away_leaves_no_wrong_password_behind() {
    let world = World::open().await;
    let browser = world.browser();
    for _ in 0..2 {
        assert_eq!(browser.log_in(ALICE, "wrong").await.status, 401);
    }
    world.mail.sessions().await.unwrap();
    world.mail.feel(Mood::Silent);
    assert_eq!(hang(&world, "127.0.0.1", ALICE).await, None);

    // The question goes on without the browser, to the end of its own limit.
    drop(world.mail.sessions().await);
    world.mail.feel(Mood::Open);
    let mut status = 429;
    for _ in 0..100 {
        status = browser.log_in(ALICE, PASSWORD).await.status;
        if status != 429 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    assert_eq!(status, 303);
}

#[tokio::test]
async fn guesses_at_one_domain_end_before_they_bar_the_others() {
    let world = World::open().await;
    let mut refused = 0;

    for number in 0..205 {
        let network = format!("203.0.113.{}", number / 5);
        let email = format!("user{number}@example.org");
        refused += u32::from(from(&world, &network, &email, "guess").await == 401);
    }

    assert_eq!(refused, 200);
    let carol = from(
        &world,
        "198.51.100.7",
        "carol@example.net",
        "carol's own password",
    )
    .await;
    assert_eq!(carol, 303, "the other domain of the same server");
}
