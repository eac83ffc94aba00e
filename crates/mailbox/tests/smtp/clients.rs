//! Telling the server where the browser is: XCLIENT and the PROXY protocol (`mail.md` §6).

use std::net::IpAddr;

use testkit::smtp::{Encryption, Mailboxes};

use super::*;

const XCLIENT_OFFER: &str = "250-mail.example.test\r\n250-XCLIENT NAME ADDR PROTO LOGIN\r\n\
                             250 AUTH PLAIN LOGIN\r\n";

/// Asks with more in the URL, on behalf of a browser.
async fn ask_telling(url: &str, told: &str, client: Option<&str>) -> Result<Verdict, Unavailable> {
    let sign = if url.contains('?') { '&' } else { '?' };
    let url = MailboxUrl::parse(&format!("{url}{sign}client={told}")).unwrap();
    let check = mailbox::open(&url, &patient()).unwrap();
    let (alice, right) = (login("alice@example.test"), password("correct horse"));
    let question = Question {
        client: client.map(|client| client.parse::<IpAddr>().unwrap()),
        ..Question::new(&alice, &right)
    };
    check.check(question).await
}

/// Asks a server that follows a script, over TLS from the start, and gives what it heard.
async fn told(
    told: &str,
    client: Option<&str>,
    mut acts: Vec<Act>,
) -> (Result<Verdict, Unavailable>, Session) {
    let trusted = Trusted::new();
    if told == "xclient" {
        acts.insert(0, Act::Handshake);
    }
    let server = SmtpServer::scripted(acts, Some(&trusted.identity))
        .await
        .unwrap();
    let answer = ask_telling(&trusted.url(Way::Encrypted, &server), told, client).await;
    let session = server.sessions().await.unwrap().remove(0);
    (answer, session)
}

#[tokio::test]
async fn xclient_is_sent_where_it_is_offered_and_everything_begins_anew() {
    let acts = vec![
        say(GREETING),
        hear(),
        say(XCLIENT_OFFER),
        hear(),
        say(GREETING),
        hear(),
        say("250-mail.example.test\r\n250 AUTH LOGIN\r\n"),
        hear(),
        say("334 \r\n"),
        hear(),
        say("334 \r\n"),
        hear(),
        say("235 2.7.0 ok\r\n"),
    ];

    let (answer, heard) = told("xclient", Some("2001:db8::7"), acts).await;

    assert_eq!(word(&answer), "opens", "{answer:?}");
    let lines = heard.lines();
    let beginning: Vec<&str> = lines.iter().take(4).map(String::as_str).collect();
    assert_eq!(
        beginning,
        [
            "EHLO idp.example.test\r\n",
            "XCLIENT NAME=[UNAVAILABLE] ADDR=IPV6:2001:db8::7\r\n",
            "EHLO idp.example.test\r\n",
            // What was offered to us counts for nothing.
            "AUTH LOGIN\r\n",
        ]
    );
    assert!(heard.clear.is_empty());
}

#[tokio::test]
async fn a_server_that_takes_no_xclient_is_asked_all_the_same() {
    for (offer, client) in [
        (OFFER, Some("203.0.113.7")),
        (
            "250-m\r\n250-XCLIENT NAME LOGIN\r\n250 AUTH PLAIN\r\n",
            Some("203.0.113.7"),
        ),
        (XCLIENT_OFFER, None),
    ] {
        let acts = vec![
            say(GREETING),
            hear(),
            say(offer),
            hear(),
            say("235 2.7.0 ok\r\n"),
        ];

        let (answer, heard) = told("xclient", client, acts).await;

        assert_eq!(word(&answer), "opens", "{offer:?}: {answer:?}");
        assert!(!heard.lines().concat().contains("XCLIENT"), "{offer:?}");
    }
}

#[tokio::test]
async fn a_refused_xclient_is_not_followed_by_a_password() {
    for (reply, class) in [
        (
            "550 5.7.0 Error: insufficient authorization\r\n",
            "misconfigured",
        ),
        ("501 5.5.4 Bad ADDR\r\n", "misconfigured"),
        ("421 4.7.0 later\r\n", "temporary"),
        ("250 ok\r\n", "gibberish"),
        ("235 2.7.0 ok\r\n", "gibberish"),
        ("220 ok\r\n250 AUTH PLAIN\r\n", "gibberish"),
        ("220 ok\r\n235 2.7.0 ok\r\n", "gibberish"),
    ] {
        let acts = vec![
            say(GREETING),
            hear(),
            say(XCLIENT_OFFER),
            hear(),
            say(reply),
        ];

        let (answer, heard) = told("xclient", Some("203.0.113.7"), acts).await;

        assert_eq!(word(&answer), class, "{reply:?}: {answer:?}");
        assert!(!heard.has_credentials(), "{reply:?}");
    }
}

#[tokio::test]
async fn xclient_is_not_sent_where_the_url_does_not_ask_for_it() {
    let trusted = Trusted::new();
    let acts = vec![
        say(GREETING),
        hear(),
        say(XCLIENT_OFFER),
        hear(),
        say("535 no\r\n"),
    ];

    let (_, heard) = trusted.ask_script(Way::Encrypted, acts, &patient()).await;

    assert!(!heard.lines().concat().contains("XCLIENT"));
}

#[tokio::test]
async fn a_probe_says_that_xclient_is_not_offered() {
    for (offer, expected) in [(XCLIENT_OFFER, None), (OFFER, Some("misconfigured"))] {
        let acts = vec![say(GREETING), hear(), say(offer)];
        let server = SmtpServer::scripted(acts, None).await.unwrap();
        let url = format!("smtp://{}?client=xclient", server.address());
        let check = mailbox::open(&MailboxUrl::parse(&url).unwrap(), &patient()).unwrap();

        let probe = check.probe().await;

        let reason = probe.as_ref().err().map(Unavailable::reason);
        assert_eq!(reason, expected, "{probe:?}");
    }
}

/// The header stands before everything, TLS included, so that it is never mistaken for a command.
#[tokio::test]
async fn the_proxy_header_comes_before_everything() {
    for (client, length, family) in [
        (Some("203.0.113.7"), 28, Some(0x11)),
        (Some("::ffff:203.0.113.7"), 28, Some(0x11)),
        (Some("2001:db8::7"), 52, Some(0x21)),
        (None, 16, None),
    ] {
        let acts = vec![
            Act::HearOctets(length),
            Act::Handshake,
            say(GREETING),
            hear(),
            say(OFFER),
            hear(),
            say("235 2.7.0 ok\r\n"),
        ];

        let (answer, heard) = told("proxy", client, acts).await;

        assert_eq!(word(&answer), "opens", "{client:?}: {answer:?}");
        assert_eq!(heard.clear.len(), length);
        assert_eq!(heard.clear[..12], *b"\r\n\r\n\0\r\nQUIT\n");
        assert_eq!(heard.clear[12], if client.is_some() { 0x21 } else { 0x20 });
        assert_eq!(heard.clear[13], family.unwrap_or_default());
        if family == Some(0x11) {
            assert_eq!(heard.clear[16..20], [203, 0, 113, 7]);
        }
    }
}

#[tokio::test]
async fn a_server_that_expects_no_header_is_not_told_a_password() {
    let mailboxes = Mailboxes::new(Encryption::None).with("alice@example.test", "correct horse");
    let ip = IpAddr::from([127, 0, 0, 1]);
    let server = SmtpServer::honest(ip, mailboxes).await.unwrap();
    let url = format!("smtp://{}", server.address());

    let answer = ask_telling(&url, "proxy", Some("203.0.113.7")).await;

    assert!(answer.is_err(), "{answer:?}");
    let sessions = server.sessions().await.unwrap();
    assert!(!sessions[0].has_credentials());
}
