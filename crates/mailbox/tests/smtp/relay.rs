//! Letters for a relay that is honest: what is said on the wire, and what it takes.

use std::net::Ipv4Addr;
use std::sync::Arc;

use mailbox::{Letter, LetterError, NotSent, OpenError, PasswordError, Posted, Relay, ServerUrl};
use protocol::time::Timestamp;
use testkit::smtp::{Encryption, Mailboxes, Mood};

use super::*;

#[tokio::test]
async fn the_words_of_a_letter_are_these() {
    let server = honest(Mailboxes::new(Encryption::None)).await;
    let relay = relay(&format!("smtp://{}", server.address()), None);

    assert_eq!(relay.send(&letter()).await, Ok(Posted::Taken));

    let said = server.sessions().await.unwrap().remove(0).clear;
    insta::assert_snapshot!(String::from_utf8(said).unwrap().replace("\r\n", "␍\n"), @r"
    EHLO idp.example.test␍
    MAIL FROM:<persona@id.example>␍
    RCPT TO:<alice@example.test>␍
    DATA␍
    From: persona@id.example␍
    To: alice@example.test␍
    Subject: =?utf-8?Q?Your_code_for_b=C3=BCcher=2Eexample?=␍
    Date: Sat, 21 Nov 2026 22:26:40 +0000␍
    Message-ID: <0123abcd@id.example>␍
    MIME-Version: 1.0␍
    Content-Type: text/plain; charset=utf-8␍
    Content-Transfer-Encoding: 7bit␍
    Auto-Submitted: auto-generated␍
    ␍
    The code is␍
    ␍
        1234 5678␍
    ..␍
    ␍
    Or open https://id.example/persona/mailed/?k=abc␍
    .␍
    QUIT␍
    ");
}

#[tokio::test]
async fn a_relay_takes_the_letter_as_it_was_written() {
    let server = honest(Mailboxes::new(Encryption::None)).await;
    let relay = relay(&format!("smtp://{}", server.address()), None);

    relay.send(&letter()).await.unwrap();

    let taken = server.letters().remove(0);
    assert_eq!(taken.from, "persona@id.example");
    assert_eq!(taken.to, "alice@example.test");
    let (_, text) = taken.text.split_once("\r\n\r\n").unwrap();
    assert_eq!(text.replace("\r\n", "\n"), letter().text);
}

#[tokio::test]
async fn a_relay_with_users_is_logged_in_to_encrypted() {
    let trusted = Trusted::new();
    for (way, encryption) in [
        (Way::StartTls, Encryption::StartTls as fn(_) -> _),
        (Way::Encrypted, Encryption::Implicit),
    ] {
        for mechanisms in ["PLAIN LOGIN", "LOGIN"] {
            let server = honest(users(&trusted, encryption).offering(mechanisms)).await;
            let relay = relay(
                &trusted.url(way, &server),
                Some(("persona", "correct horse")),
            );

            assert_eq!(relay.send(&letter()).await, Ok(Posted::Taken), "{way:?}");

            let session = server.sessions().await.unwrap().remove(0);
            assert_eq!(server.letters().len(), 1);
            let clear = String::from_utf8(session.clear).unwrap();
            assert!(
                !clear.contains("AUTH") && !clear.contains("alice"),
                "{clear}"
            );
        }
    }
}

#[tokio::test]
async fn a_password_that_the_relay_refuses_is_a_setting_to_put_right() {
    let trusted = Trusted::new();
    let server = honest(users(&trusted, Encryption::Implicit)).await;
    let relay = relay(
        &trusted.url(Way::Encrypted, &server),
        Some(("persona", "wrong horse")),
    );

    let refusal = relay.send(&letter()).await.unwrap_err();

    assert_eq!(refusal.reason(), "misconfigured");
    assert_eq!(
        refusal.to_string(),
        "the mail server refused the user name or password that this server logs in with: \
         535 Error: authentication failed: (reason unavailable)"
    );
    assert_eq!(server.letters(), []);
}

#[tokio::test]
async fn a_relay_that_wants_a_login_and_gets_none_is_a_setting_to_put_right() {
    let trusted = Trusted::new();
    let server = honest(users(&trusted, Encryption::Implicit)).await;
    let relay = relay(&trusted.url(Way::Encrypted, &server), None);

    let refusal = relay.send(&letter()).await.unwrap_err();

    assert_eq!(
        refusal.to_string(),
        "the mail server refused this server's sender address: 530 5.7.0 Authentication required"
    );
}

#[tokio::test]
async fn a_recipient_without_a_mailbox_is_told_apart_from_trouble() {
    let server = honest(Mailboxes::new(Encryption::None).without("alice@example.test")).await;
    let relay = relay(&format!("smtp://{}", server.address()), None);

    let refusal = relay.send(&letter()).await.unwrap_err();

    let text = "Recipient address rejected: User unknown".to_owned();
    assert_eq!(refusal, NotSent::Refused { code: 550, text });
    assert_eq!(refusal.reason(), "mailbox-refused");
    let lines = server.sessions().await.unwrap().remove(0).lines();
    assert_eq!(lines.last().unwrap(), "QUIT\r\n");
}

#[tokio::test]
async fn a_relay_is_asked_anew_each_time() {
    let trusted = Trusted::new();
    let server = honest(users(&trusted, Encryption::StartTls)).await;
    let url = trusted.url(Way::StartTls, &server);
    let relay = with_limits(&url, Some(("persona", "correct horse")), &impatient());

    for (mood, end, letters) in [
        (Mood::Open, "taken", 1),
        (Mood::Forgetful, "temporary", 0),
        (Mood::Silent, "timeout", 0),
        (Mood::Dropping, "closed", 0),
        (Mood::Confused, "gibberish", 0),
        (Mood::Hiding, "tls-required", 0),
        (Mood::Open, "taken", 1),
    ] {
        server.feel(mood);

        let sent = relay.send(&letter()).await;

        assert_eq!(word(&sent), end, "{mood:?}: {sent:?}");
        assert_eq!(server.letters().len(), letters, "{mood:?}");
    }
}

#[tokio::test]
async fn a_letter_that_is_taken_without_an_answer_counts_as_posted() {
    let server = honest(Mailboxes::new(Encryption::None)).await;
    let relay = relay(&format!("smtp://{}", server.address()), None);
    server.feel(Mood::Dropping);

    let sent = relay.send(&letter()).await;

    let before = "its answer to the letter";
    assert_eq!(sent, Ok(Posted::NotKnown(Unavailable::Closed { before })));
    assert_eq!(server.letters().len(), 1);
}

#[tokio::test]
async fn a_relay_that_is_not_there_is_not_asked_for_ever() {
    let server = honest(Mailboxes::new(Encryption::None)).await;
    let relay = relay(&format!("smtp://{}", server.address()), None);
    server.stop().await;

    let sent = relay.send(&letter()).await;

    assert_eq!(word(&sent), "refused-connection", "{sent:?}");
}

#[tokio::test]
async fn where_encryption_is_required_and_missing_no_letter_is_begun() {
    let trusted = Trusted::new();
    let server = honest(Mailboxes::new(Encryption::None)).await;
    let url = trusted.url(Way::StartTls, &server);

    let sent = relay(&url, None).send(&letter()).await;

    assert_eq!(word(&sent), "tls-required", "{sent:?}");
    let lines = server.sessions().await.unwrap().remove(0).lines();
    assert_eq!(lines, ["EHLO idp.example.test\r\n"]);
}

#[tokio::test]
async fn a_letter_that_cannot_be_written_asks_nobody() {
    let server = honest(Mailboxes::new(Encryption::None)).await;
    let relay = relay(&format!("smtp://{}", server.address()), None);
    let to_joerg = Letter {
        to: EmailAddress::parse("jörg@example.test").unwrap(),
        ..letter()
    };
    let forged = Letter {
        subject: "x\r\nBcc: eve@example.net".to_owned(),
        ..letter()
    };

    for (letter, error) in [(to_joerg, LetterError::To), (forged, LetterError::Subject)] {
        assert_eq!(relay.send(&letter).await, Err(NotSent::Letter(error)));
    }

    assert_eq!(server.begun(), 0);
}

#[test]
fn credentials_that_cannot_be_sent_are_refused_when_the_program_starts() {
    let url = ServerUrl::parse("smtp://127.0.0.1:2525").unwrap();
    for (user, password, refusal) in [
        ("", "x", OpenError::User),
        ("a\0b", "x", OpenError::User),
        ("a\r\nQUIT", "x", OpenError::User),
        (&"a".repeat(256), "x", OpenError::User),
        ("a", "", OpenError::Password(PasswordError::Empty)),
    ] {
        let credentials = Some((user.to_owned(), Secret::new(password.to_owned())));

        let refused = Relay::open(&url, credentials, &patient()).unwrap_err();

        assert_eq!(refused.to_string(), refusal.to_string());
    }
}

#[test]
fn a_relay_does_not_print_its_password() {
    let relay = relay("smtp://127.0.0.1:2525", Some(("persona", "correct horse")));

    assert_eq!(
        format!("{relay:?}"),
        r#"Relay { server: "smtp://127.0.0.1:2525", .. }"#
    );
    assert_eq!(relay.describe(), "smtp://127.0.0.1:2525");
}

/// Gives one word for what became of a letter.
pub(crate) fn word(sent: &Result<Posted, NotSent>) -> &'static str {
    match sent {
        Ok(Posted::Taken) => "taken",
        Ok(Posted::NotKnown(_)) => "not-known",
        Err(not_sent) => not_sent.reason(),
    }
}

pub(crate) fn letter() -> Letter {
    Letter {
        from: EmailAddress::parse("persona@id.example").unwrap(),
        to: EmailAddress::parse("alice@example.test").unwrap(),
        subject: "Your code for bücher.example".to_owned(),
        text:
            "The code is\n\n    1234 5678\n.\n\nOr open https://id.example/persona/mailed/?k=abc\n"
                .to_owned(),
        id: "0123abcd".to_owned(),
        date: Timestamp::from_millis(1_795_300_000_999),
    }
}

pub(crate) fn with_limits(
    url: &str,
    credentials: Option<(&str, &str)>,
    options: &Options,
) -> Relay {
    let credentials =
        credentials.map(|(user, word)| (user.to_owned(), Secret::new(word.to_owned())));
    Relay::open(&ServerUrl::parse(url).unwrap(), credentials, options).unwrap()
}

fn relay(url: &str, credentials: Option<(&str, &str)>) -> Relay {
    with_limits(url, credentials, &patient())
}

async fn honest(mailboxes: Mailboxes) -> SmtpServer {
    SmtpServer::honest(Ipv4Addr::LOCALHOST.into(), mailboxes)
        .await
        .unwrap()
}

/// A server that takes letters from `persona` alone.
fn users(trusted: &Trusted, encryption: fn(Arc<Identity>) -> Encryption) -> Mailboxes {
    let identity = trusted
        .authority
        .issue(&["127.0.0.1"], Quality::Good)
        .unwrap();
    Mailboxes::new(encryption(Arc::new(identity))).with("persona", "correct horse")
}
