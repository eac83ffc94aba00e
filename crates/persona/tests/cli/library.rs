//! The commands as functions of a library, by the example that shows them.

#[expect(dead_code, reason = "the example's own `main` reads a command line")]
#[path = "../../examples/installation.rs"]
mod example;

use std::net::Ipv4Addr;

use testkit::smtp::{Encryption, Mailboxes, SmtpServer};

use crate::check::RIGHT;

const ALICE: &str = "alice@example.org";

async fn mail_server() -> SmtpServer {
    let mailboxes = Mailboxes::new(Encryption::None).with(ALICE, RIGHT);
    SmtpServer::honest(Ipv4Addr::LOCALHOST.into(), mailboxes)
        .await
        .unwrap()
}

/// Calls what brings a runtime of its own from a thread that may wait.
async fn waited<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(call).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_sets_up_serves_and_checks() {
    let mail = mail_server().await;
    let folder = tempfile::tempdir().unwrap();
    let (place, mailbox) = (
        folder.path().to_owned(),
        format!("smtp://{}", mail.address()),
    );

    let found = waited(move || example::installation(&place, &mailbox, ALICE, RIGHT)).await;

    let found = found.unwrap();
    let socket = folder.path().join("http.sock");
    assert!(
        found.starts_with(&format!("served at unix:{}\n", socket.display())),
        "{found}"
    );
    assert!(found.contains("nothing is wrong here"), "{found}");
    assert!(!socket.exists(), "the server was stopped in good order");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_told_what_a_person_would_be_told() {
    let mail = mail_server().await;
    let folder = tempfile::tempdir().unwrap();
    let (place, mailbox) = (
        folder.path().to_owned(),
        format!("smtp://{}", mail.address()),
    );

    let found = waited(move || example::installation(&place, &mailbox, ALICE, "wrong")).await;

    let told = found.unwrap_err();
    assert!(
        told.contains("did not accept this address and password"),
        "{told}"
    );
}

#[test]
fn wrong_use_is_an_outcome_and_nobody_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("secrets").display().to_string();

    let unknown = persona::setup(["--no-such-option"]);
    let missing = persona::setup(["--secrets", &place]);
    let no_settings = persona::check(["--config", "/no/such/file"], &[]);
    let help = persona::check(["--help"], &[]);

    assert_eq!(unknown.status, 2);
    assert!(unknown.talk.contains("--no-such-option"), "{unknown:?}");
    assert_eq!(missing.status, 2, "{missing:?}");
    assert!(missing.talk.contains("--domain"), "{missing:?}");
    assert_eq!(no_settings.status, 2, "{no_settings:?}");
    assert_eq!((help.status, help.talk.as_str()), (0, ""));
    assert!(help.data.contains("--password-stdin"), "{help:?}");
    assert!(!folder.path().join("secrets").exists());
}
