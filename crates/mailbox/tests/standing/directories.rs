//! Directories say by a search who is there, and by marks whose account is closed.

use std::sync::Arc;

use mailbox::{BindName, Directory, MailboxStanding, MailboxUrl};
use testkit::ldap::{DirectoryServer, Entry, element};
use testkit::smtp::{Encryption, close, hear_message};

use super::*;

fn open(url: &str, directory: Directory) -> Option<Arc<dyn MailboxStanding>> {
    let MailboxUrl::Ldap(url) = MailboxUrl::parse(url).unwrap() else {
        panic!("{url} is a directory's")
    };
    let options = impatient();
    mailbox::open_directory(&url, directory, &options)
        .unwrap()
        .standing()
}

async fn asked(url: &str) -> (&'static str, String) {
    let standing = open(url, Directory::default()).unwrap();
    let answer = standing
        .standing(&person(ALICE, LoginForm::Address, None))
        .await;
    (word(&answer), format!("{answer:?}"))
}

#[tokio::test]
async fn somebody_is_there_gone_or_closed() {
    let alice = || Entry::new(ALICE, "secret");
    let marked = |name, value| Entry {
        mark: Some((name, value)),
        ..alice()
    };
    let twin = Entry {
        name: "uid=other,dc=example".to_owned(),
        ..alice()
    };
    for (entries, expected) in [
        (vec![alice()], "there"),
        (vec![Entry::new("bob@example.test", "secret")], "missing"),
        (vec![marked("userAccountControl", "2")], "disabled"),
        (vec![marked("nsAccountLock", "TRUE")], "disabled"),
        (
            vec![marked("pwdAccountLockedTime", "000001010000Z")],
            "disabled",
        ),
        // Somebody guessed: it goes away by itself.
        (
            vec![marked("pwdAccountLockedTime", "20261122110000Z")],
            "there",
        ),
        (vec![alice(), twin], "misconfigured"),
    ] {
        let server = DirectoryServer::start(entries, Encryption::None)
            .await
            .unwrap();

        let (answer, whole) = asked(&format!("ldap://{}/dc=example", server.address())).await;

        assert_eq!(answer, expected, "{whole}");
    }
}

#[tokio::test]
async fn a_directory_in_trouble_makes_nobody_gone() {
    let message = |operation: &[u8]| element(0x30, &[&element(0x02, &[1]), operation].concat());
    let done = |code| {
        let inside = [
            element(0x0a, &[code]),
            element(0x04, b""),
            element(0x04, b""),
        ];
        message(&element(0x65, &inside.concat()))
    };
    let referral = message(&element(0x73, &element(0x04, b"ldap://other.example/")));
    let to_search = |said: Vec<u8>| vec![hear_message(), say(said)];
    for (name, acts, expected) in [
        ("busy", to_search(done(51)), "temporary"),
        ("no such base", to_search(done(32)), "misconfigured"),
        ("no access", to_search(done(50)), "misconfigured"),
        ("referred", to_search(done(10)), "misconfigured"),
        ("too slow", to_search(done(3)), "temporary"),
        (
            "perhaps elsewhere",
            to_search([referral, done(0)].concat()),
            "unknown",
        ),
        ("broken off", vec![hear_message(), close()], "closed"),
        ("silent", vec![hear_message()], "timeout"),
        (
            "nonsense",
            to_search(b"550 5.1.1 no such user\r\n".to_vec()),
            "gibberish",
        ),
    ] {
        let server = SmtpServer::scripted(acts, None).await.unwrap();

        let (answer, whole) = asked(&format!("ldap://{}/dc=example", server.address())).await;

        assert_eq!(answer, expected, "{name}: {whole}");
    }
}

#[tokio::test]
async fn names_that_follow_from_the_address_cannot_be_asked_about() {
    let directory = Directory {
        name: Some(BindName::parse("uid={local},dc=example").unwrap()),
        account: None,
    };

    assert!(open("ldap://localhost", directory).is_none());
}
