//! A new installation in front of a real mail server, with the README's commands and no others.

#![cfg(test)]

use std::process::Output;

use e2e::servers::accounts::{
    ALICE, ALICE_PASSWORD, BROKEN, CORP, CORP_PASSWORD, UMLAUT, UMLAUT_PASSWORD,
};
use e2e::servers::dovecot::Failures;
use e2e::servers::exim::Exim;
use e2e::servers::persona::Persona;
use e2e::servers::ports::Entrance;
use e2e::servers::postfix::Postfix;
use e2e::servers::{MailServer, SERVER_NAME};
use testkit::http::Client;

#[tokio::test]
async fn a_new_installation_works_with_postfix() {
    let server = Postfix::start(Failures::Quick).unwrap();

    a_new_installation_works(&server).await;
}

#[tokio::test]
async fn a_new_installation_works_with_exim() {
    let server = Exim::start().unwrap();

    a_new_installation_works(&server).await;
}

/// `persona setup`, `persona serve` and `persona check`, then a browser's requests.
async fn a_new_installation_works(server: &dyn MailServer) {
    let mut persona = Persona::prepare(ISSUER).unwrap();
    let mailbox = server.url("smtps", Entrance::Submissions);

    let setup = persona
        .setup(&["example.test", "corp.test"], &mailbox)
        .unwrap();
    assert!(setup.status.success(), "{}", words(&setup));
    persona.serve().unwrap();

    let check = persona
        .check(&[
            (ALICE, ALICE_PASSWORD),
            (UMLAUT, UMLAUT_PASSWORD),
            (CORP, CORP_PASSWORD),
        ])
        .unwrap();
    assert!(check.status.success(), "{}", words(&check));

    let client = Client::with_cookies();
    let answer = persona
        .sign_in(&client, ALICE, ALICE_PASSWORD)
        .await
        .unwrap();
    assert_eq!(answer.status, 303, "{}", answer.text());
    let session = format!("/persona/auth/has-session/?email={ALICE}");
    assert_eq!(persona.get(&client, &session).await.unwrap().text(), "OK");
}

#[tokio::test]
async fn a_check_tells_a_wrong_password_from_a_server_that_cannot_tell() {
    let server = Exim::start().unwrap();
    let persona = running(&server);

    let check = persona
        .check(&[
            (ALICE, "wrong"),
            (BROKEN, ALICE_PASSWORD),
            (CORP, CORP_PASSWORD),
        ])
        .unwrap();

    assert_eq!(check.status.code(), Some(1), "{}", words(&check));
    let said = String::from_utf8(check.stdout).unwrap();
    let about = |address: &str| said.lines().find(|line| line.contains(address)).unwrap();
    assert!(about(ALICE).starts_with(
        "FAIL  alice@example.test: the mail server did not accept this address and password"
    ));
    assert!(
        about(BROKEN).starts_with("FAIL  tina@states.test: "),
        "{}",
        about(BROKEN)
    );
    assert!(
        about(BROKEN).contains("435 Unable to authenticate at present"),
        "{}",
        about(BROKEN)
    );
    assert!(
        about(CORP).starts_with("ok    alice@corp.test: "),
        "{}",
        about(CORP)
    );
}

#[tokio::test]
async fn a_check_names_an_unknown_authority() {
    let server = Postfix::start(Failures::Quick).unwrap();
    let mut persona = Persona::prepare(ISSUER).unwrap();
    let port = server.ports().of(Entrance::Submissions);
    let mailbox = format!("smtps://localhost:{port}?server_name={SERVER_NAME}");
    assert!(
        persona
            .setup(&["example.test"], &mailbox)
            .unwrap()
            .status
            .success()
    );
    persona.serve().unwrap();

    let check = persona.check(&[]).unwrap();

    assert_eq!(check.status.code(), Some(1), "{}", words(&check));
    let said = String::from_utf8(check.stdout).unwrap();
    let failures: Vec<_> = said
        .lines()
        .filter(|line| line.starts_with("FAIL"))
        .collect();
    assert_eq!(failures.len(), 1, "{said}");
    assert!(
        failures[0].contains("name a private authority with ?ca=FILE"),
        "{said}"
    );
}

/// Wrong password, mail server that cannot tell, and address that is not ours: three answers.
#[tokio::test]
async fn no_and_cannot_tell_do_not_look_alike() {
    let server = Exim::start().unwrap();
    let persona = running(&server);
    let client = Client::with_cookies();

    let wrong = persona.sign_in(&client, ALICE, "wrong").await.unwrap();
    let broken = persona
        .sign_in(&client, BROKEN, ALICE_PASSWORD)
        .await
        .unwrap();

    assert_eq!((wrong.status, broken.status), (401, 503));
    let session = format!("/persona/auth/has-session/?email={ALICE}");
    assert_eq!(persona.get(&client, &session).await.unwrap().status, 404);
}

/// The mail server goes away and comes back: nobody is told that their password is wrong meanwhile.
#[tokio::test]
async fn a_mail_server_that_is_gone_is_not_a_wrong_password() {
    let mut server = Exim::start().unwrap();
    let persona = running(&server);
    let client = Client::with_cookies();
    server.process().kill().unwrap();

    let answer = persona
        .sign_in(&client, ALICE, ALICE_PASSWORD)
        .await
        .unwrap();

    assert_eq!(answer.status, 503, "{}", answer.text());
}

/// Neither the log of our server nor what it keeps has a password in it.
#[tokio::test]
async fn no_password_is_left_anywhere() {
    let server = Exim::start().unwrap();
    let persona = running(&server);
    let client = Client::with_cookies();
    let signed_in = persona
        .sign_in(&client, ALICE, ALICE_PASSWORD)
        .await
        .unwrap();
    let refused = persona.sign_in(&client, CORP, WRONG).await.unwrap();
    assert_eq!((signed_in.status, refused.status), (303, 401));

    for file in std::fs::read_dir(persona.folder.path()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let content = std::fs::read(&path).unwrap();
            for secret in [ALICE_PASSWORD, WRONG] {
                let found = content
                    .windows(secret.len())
                    .any(|part| part == secret.as_bytes());
                assert!(!found, "{} has a password in it", path.display());
            }
        }
    }
}

fn running(server: &dyn MailServer) -> Persona {
    let mailbox = server.url("smtp", Entrance::Submission);
    let domains = ["example.test", "corp.test", "states.test"];

    Persona::running(ISSUER, &domains, &mailbox).unwrap()
}

fn words(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    format!("{said}\n{complaint}")
}

const ISSUER: &str = "http://id.localhost:{port}";
const WRONG: &str = "a wrong but long password";
