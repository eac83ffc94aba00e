//! A mail server that cannot answer is left in peace for a while, and nobody is told that they were
//! wrong (`docs/decisions/0017-waits-and-rests.md`).

use std::time::Duration;

use mailbox::BindName;
use server::settings::LdapSettings;
use testkit::ldap::{DirectoryServer, Entry};
use testkit::smtp::Mood;
use testkit::world::{ALICE, Cast, PASSWORD, World};

use crate::limits::from;

const HERE: &str = "198.51.100.7";

/// Asks about alice, and says what was answered and how often the mail server was connected to.
async fn ask(world: &World) -> (u16, usize) {
    let before = world.mail.begun();
    let status = from(world, HERE, ALICE, PASSWORD).await;
    (status, world.mail.begun() - before)
}

async fn worn_out() -> World {
    let world = World::open().await;
    world.mail.feel(Mood::Confused);
    for _ in 0..5 {
        assert_eq!(ask(&world).await, (503, 1));
    }
    world
}

#[tokio::test]
async fn after_five_questions_in_a_row_that_could_not_be_asked_the_mail_server_rests() {
    let world = worn_out().await;

    for _ in 0..40 {
        assert_eq!(ask(&world).await, (503, 0));
    }
    let answer = world.browser().log_in(ALICE, PASSWORD).await;

    assert!(
        answer.text().contains("Your mail server is not answering"),
        "{}",
        answer.text()
    );
    assert!(answer.header("retry-after").is_some());
}

#[tokio::test]
async fn after_the_rest_one_looks_without_a_password_and_the_others_go_on_waiting() {
    let world = worn_out().await;
    drop(world.mail.sessions().await.unwrap());
    for rest in [5_u64, 10, 20, 40, 60, 60] {
        world.clock.advance(Duration::from_millis(rest * 1000 - 1));
        assert_eq!(ask(&world).await, (503, 0), "{rest}");
        world.clock.advance(Duration::from_millis(1));
        assert_eq!(ask(&world).await, (503, 1), "{rest}");
        assert_eq!(ask(&world).await, (503, 0), "{rest}");
    }

    for session in world.mail.sessions().await.unwrap() {
        assert!(!session.has_credentials(), "{session:?}");
    }
}

#[tokio::test]
async fn a_mail_server_that_is_back_answers_the_first_who_asks_after_the_rest() {
    let world = worn_out().await;
    world.mail.feel(Mood::Open);
    assert_eq!(ask(&world).await, (503, 0));

    world.clock.advance(Duration::from_secs(5));

    assert_eq!(ask(&world).await, (303, 2), "a look, and the question");
    assert_eq!(ask(&world).await, (303, 1));
}

#[tokio::test]
async fn questions_that_were_not_put_are_not_counted() {
    let world = worn_out().await;
    for _ in 0..40 {
        assert_eq!(ask(&world).await, (503, 0));
    }
    world.mail.feel(Mood::Open);
    world.clock.advance(Duration::from_secs(5));

    for _ in 0..3 {
        assert_eq!(from(&world, HERE, ALICE, "wrong").await, 401);
    }
    for _ in 8..30 {
        world.clock.advance(Duration::from_secs(10));
        assert_eq!(ask(&world).await, (303, 1));
    }
    assert_eq!(
        ask(&world).await,
        (429, 0),
        "30 questions in a quarter of an hour"
    );
}

#[tokio::test]
async fn domains_of_one_mail_server_share_its_rest() {
    let world = worn_out().await;
    let before = world.mail.begun();

    let carol = from(&world, HERE, "carol@example.net", "carol's own password").await;

    assert_eq!((carol, world.mail.begun() - before), (503, 0));
}

#[tokio::test]
async fn an_answer_in_between_begins_the_row_anew() {
    let world = World::open().await;

    for _ in 0..3 {
        world.mail.feel(Mood::Confused);
        for _ in 0..4 {
            assert_eq!(ask(&world).await, (503, 1));
        }
        world.mail.feel(Mood::Open);
        assert_eq!(ask(&world).await, (303, 1));
    }
}

/// The attack: somebody whose own account the server cannot judge asks again and again.
#[tokio::test]
async fn trouble_with_one_account_does_not_close_the_door_to_others() {
    let world = World::open().await;
    world.mail.feel(Mood::Forgetful);
    for _ in 0..20 {
        assert_eq!(
            from(&world, "203.0.113.66", "tina@example.org", "x").await,
            503
        );
    }

    world.mail.feel(Mood::Open);

    assert_eq!(ask(&world).await, (303, 1));
}

#[tokio::test]
async fn a_server_that_judges_nobody_rests_although_it_greets() {
    let world = World::open().await;
    world.mail.feel(Mood::Forgetful);
    let mut dialled = Vec::new();

    for number in 0..7 {
        let before = world.mail.begun();
        let (email, network) = (
            format!("user{number}@example.org"),
            format!("192.0.2.{number}"),
        );
        assert_eq!(from(&world, &network, &email, "x").await, 503);
        dialled.push(world.mail.begun() - before);
    }

    assert_eq!(dialled, [1, 1, 1, 1, 1, 0, 0]);
}

/// The attack: a stranger makes up accounts, with a password that the server cannot judge. `OpenSMTPD`
/// answers 501 to one of a single character.
#[tokio::test]
async fn made_up_accounts_do_not_close_the_door_to_others() {
    let world = World::open().await;
    world.mail.feel(Mood::Forgetful);
    for number in 0..40 {
        let email = format!("made-up-{number}@example.org");
        assert_eq!(from(&world, "203.0.113.66", &email, "x").await, 503);
    }

    world.mail.feel(Mood::Open);

    assert_eq!(ask(&world).await, (303, 1));
}

/// The attack: names that a directory could take for others', so that it is not asked about them.
#[tokio::test]
async fn names_that_cannot_be_asked_for_do_not_close_the_door_to_others() {
    let directory = DirectoryServer::start(
        vec![Entry {
            name: ALICE.to_owned(),
            ..Entry::new(ALICE, PASSWORD)
        }],
        testkit::smtp::Encryption::None,
    );
    let directory = directory.await.unwrap();
    let url = format!("ldap://{}", directory.address());
    let world = Cast::usual().settings(move |settings| {
        for domain in &mut settings.domain {
            domain.mailbox = url.parse().unwrap();
            domain.ldap = Some(LdapSettings {
                dn: Some(BindName::parse("{address}").unwrap()),
                ..LdapSettings::default()
            });
        }
    });
    let world = world.open().await;

    for number in 0..20 {
        let email = format!("a={number}@example.org");
        let network = format!("203.0.113.{number}");
        assert_eq!(from(&world, &network, &email, "x").await, 503);
    }

    assert_eq!(from(&world, HERE, ALICE, PASSWORD).await, 303);
}
