//! Servers that take letters: what they are asked, and what their answers mean.

use std::net::Ipv4Addr;

use testkit::smtp::{Encryption, Mailboxes, Mood};

use super::*;

#[tokio::test]
async fn a_letter_is_begun_and_nothing_is_sent() {
    let server = Scripted::start(to_rcpt("250 2.1.5 ok\r\n", "")).await;
    let socket = format!("lmtp:{}", server.socket.path().display());

    let lmtp = ask_word(&server.lmtp(), &patient()).await.0;
    let local = ask_word(&socket, &patient()).await.0;

    assert_eq!([lmtp, local], ["there", "there"]);
    let said = [
        "LHLO idp.example.test\r\n",
        "MAIL FROM:<>\r\n",
        "RCPT TO:<alice@example.test>\r\n",
        "QUIT\r\n",
    ];
    assert_eq!(server.heard().await, [said, said]);
}

#[tokio::test]
async fn smtp_is_greeted_by_its_own_word() {
    let server = Scripted::start(to_rcpt("250 ok\r\n", "")).await;

    let asked = ask_word(&format!("smtp://{}", server.server.address()), &patient()).await;

    assert_eq!(asked.0, "there");
    assert_eq!(server.heard().await[0][0], "EHLO idp.example.test\r\n");
}

#[tokio::test]
async fn a_plain_no_counts_where_postmaster_is_taken() {
    let none = "550 Unrouteable address\r\n";
    for (second, expected) in [
        ("250 ok\r\n", "missing"),
        ("251 will forward\r\n", "missing"),
        (none, "unknown"),
        ("252 perhaps\r\n", "unknown"),
        ("450 4.2.0 greylisted\r\n", "unknown"),
        ("550 5.7.1 blocked\r\n", "unknown"),
        ("421 4.3.2 too many\r\n", "unknown"),
        ("354 go on\r\n", "gibberish"),
    ] {
        let server = Scripted::start(to_rcpt(none, second)).await;

        let (answer, whole) = ask_word(&server.lmtp(), &patient()).await;

        assert_eq!(answer, expected, "{second}: {whole}");
        let said = server.heard().await.remove(0);
        assert_eq!(said[3], "RCPT TO:<postmaster@example.test>\r\n");
    }
}

#[tokio::test]
async fn a_no_that_names_the_mailbox_needs_no_second_question() {
    for (first, expected) in [
        ("550 5.1.1 User unknown\r\n", "missing"),
        ("550 5.2.1 disabled\r\n", "disabled"),
    ] {
        let server = Scripted::start(to_rcpt(first, "")).await;

        assert_eq!(ask_word(&server.lmtp(), &patient()).await.0, expected);
        assert_eq!(server.heard().await[0][3], "QUIT\r\n");
    }
}

#[tokio::test]
async fn the_address_is_that_of_the_mail_server_and_whole() {
    for (form, domain, recipient) in [
        (LoginForm::Address, None, "alice@example.test"),
        (LoginForm::LocalPart, None, "alice@example.test"),
        (
            LoginForm::LocalPart,
            Some("inside.test"),
            "alice@inside.test",
        ),
    ] {
        let server = Scripted::start(to_rcpt("550 no\r\n", "250 ok\r\n")).await;
        let who = person("Alice@Example.Test", form, domain);

        let answer = ask(&server.lmtp(), &who, &patient()).await;

        assert_eq!(word(&answer), "missing");
        let domain = domain.unwrap_or("example.test");
        let said = server.heard().await.remove(0);
        assert_eq!(
            said[2..4],
            [
                format!("RCPT TO:<{recipient}>\r\n"),
                format!("RCPT TO:<postmaster@{domain}>\r\n")
            ]
        );
    }
}

#[tokio::test]
async fn the_address_stays_out_of_what_may_be_logged() {
    let no = "550 5.1.1 <Alice@Example.test>: no such user alice@example.test\r\n";
    let server = Scripted::start(to_rcpt(no, "")).await;

    let (_, whole) = ask_word(&server.lmtp(), &patient()).await;

    assert!(
        whole.contains("no such user") && !whole.to_lowercase().contains("alice"),
        "{whole}"
    );
}

#[tokio::test]
async fn an_honest_server_is_understood_in_every_mood() {
    let mailboxes = Mailboxes::new(Encryption::None).with(ALICE, "secret");
    let server = SmtpServer::honest(Ipv4Addr::LOCALHOST.into(), mailboxes.delivering())
        .await
        .unwrap();
    let url = format!("smtp://{}", server.address());
    let ask = || async { ask_word(&url, &impatient()).await.0 };

    assert_eq!(ask().await, "there");
    server.take_away(ALICE);
    assert_eq!(ask().await, "missing");
    for (mood, expected) in [
        (Mood::Forgetful, "temporary"),
        (Mood::Silent, "timeout"),
        (Mood::Confused, "gibberish"),
    ] {
        server.feel(mood);
        assert_eq!(ask().await, expected, "{mood:?}");
    }
    server.feel(Mood::Open);
    server.give_back(ALICE);
    assert_eq!(ask().await, "there");
    assert_eq!(server.letters(), []);
    server.stop().await;
    assert_eq!(ask().await, "refused-connection");
}
