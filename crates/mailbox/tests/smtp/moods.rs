//! One server in all its moods, with one question in between: each answer is of its own moment.

use std::net::Ipv4Addr;
use std::sync::Arc;

use testkit::smtp::{Encryption, Mailboxes, Mood};

use super::*;

#[tokio::test]
async fn a_server_is_asked_anew_each_time() {
    let trusted = Trusted::new();
    let identity = trusted
        .authority
        .issue(&["127.0.0.1"], Quality::Good)
        .unwrap();
    let mailboxes = Mailboxes::new(Encryption::StartTls(Arc::new(identity)))
        .with("alice@example.test", "correct horse");
    let server = SmtpServer::honest(Ipv4Addr::LOCALHOST.into(), mailboxes)
        .await
        .unwrap();
    let url = MailboxUrl::parse(&trusted.url(Way::StartTls, &server)).unwrap();
    let check = mailbox::open(&url, &impatient()).unwrap();
    let (alice, right) = (login("alice@example.test"), password("correct horse"));

    for (mood, class) in [
        (Mood::Open, "opens"),
        (Mood::Forgetful, "temporary"),
        (Mood::Silent, "timeout"),
        (Mood::Dropping, "closed"),
        (Mood::Confused, "gibberish"),
        (Mood::Hiding, "tls-required"),
        (Mood::Open, "opens"),
    ] {
        server.feel(mood);

        let answer = check.check(Question::new(&alice, &right)).await;

        assert_eq!(word(&answer), class, "{mood:?}: {answer:?}");
    }
}
