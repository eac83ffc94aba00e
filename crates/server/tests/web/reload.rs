//! Settings that are read again while requests come: what counts from then on, and what is remembered
//! (`docs/decisions/0024-settings-read-again.md`).

use std::time::Duration;

use server::settings::{DomainSettings, LdapSettings};
use testkit::ldap::{DirectoryServer, Entry};
use testkit::smtp::{Encryption, Mood};
use testkit::world::{ALICE, Cast, PASSWORD, World};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::limits::from;

const HERE: &str = "198.51.100.7";

#[tokio::test]
async fn a_mail_server_that_rests_goes_on_resting() {
    let mut world = World::open().await;
    world.mail.feel(Mood::Confused);
    for _ in 0..5 {
        assert_eq!(from(&world, HERE, ALICE, PASSWORD).await, 503);
    }
    world.mail.feel(Mood::Open);
    let before = world.mail.begun();

    world.reload_with(|_| {});

    assert_eq!(from(&world, HERE, ALICE, PASSWORD).await, 503);
    assert_eq!(world.mail.begun(), before, "it is left in peace");
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(from(&world, HERE, ALICE, PASSWORD).await, 303);
}

#[tokio::test]
async fn waits_after_wrong_passwords_go_on() {
    let mut world = World::open().await;
    while from(&world, HERE, ALICE, "wrong").await == 401 {}

    world.reload_with(|_| {});

    assert_eq!(from(&world, HERE, ALICE, PASSWORD).await, 429);
}

/// A directory that is asked in the same way, but for the secret, is not taken for the one of before.
#[tokio::test]
async fn the_password_of_a_directorys_account_is_read_again() {
    let person = Entry::new(ALICE, PASSWORD);
    let account = Entry {
        name: "cn=persona".to_owned(),
        ..Entry::new("persona@localhost", "new")
    };
    let directory = DirectoryServer::start(vec![person, account], Encryption::None);
    let directory = directory.await.unwrap();
    let url = format!("ldap://{}/dc=example,dc=org", directory.address());
    let ldap = |password: &str| LdapSettings {
        bind_dn: Some("cn=persona".parse().unwrap()),
        password: Some(serde_json::from_value(password.into()).unwrap()),
        ..LdapSettings::default()
    };
    let old = ldap("old");
    let world = Cast::usual().settings(move |settings| {
        settings.domain.truncate(1);
        settings.domain[0].mailbox = url.parse().unwrap();
        settings.domain[0].ldap = Some(old);
    });
    let mut world = world.open().await;
    assert_eq!(from(&world, HERE, ALICE, PASSWORD).await, 503);

    world.reload_with(|settings| settings.domain[0].ldap = Some(ldap("new")));

    assert_eq!(from(&world, HERE, ALICE, PASSWORD).await, 303);
}

#[tokio::test]
async fn on_a_connection_that_was_open_the_next_request_finds_the_new_settings() {
    let mut world = World::open().await;
    let mut connection = TcpStream::connect(world.address()).await.unwrap();
    assert_eq!(head(&mut connection, "example.com").await, 404);

    let mailbox = world.settings().domain[0].mailbox.clone();
    world.reload_with(|settings| {
        let name = "example.com".parse().unwrap();
        settings.domain.push(DomainSettings::new(name, mailbox));
    });

    assert_eq!(head(&mut connection, "example.com").await, 200);
}

/// Asks for a support document without its body, and gives the status.
async fn head(connection: &mut TcpStream, host: &str) -> u16 {
    let request = format!("HEAD /.well-known/browserid HTTP/1.1\r\nhost: {host}\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(connection.read_u8().await.unwrap());
    }
    let answer = String::from_utf8(answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}
