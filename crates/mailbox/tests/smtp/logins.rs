//! Logins at honest servers: what is sent, over which addresses, and what can be a password.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use mailbox::Probe;
use testkit::smtp::{Encryption, Mailboxes};

use super::*;

const IPV4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const IPV6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

async fn honest(ip: IpAddr, mechanisms: &'static str, password: &str) -> SmtpServer {
    let mailboxes = Mailboxes::new(Encryption::None)
        .with("alice@example.test", password)
        .offering(mechanisms);
    SmtpServer::honest(ip, mailboxes).await.unwrap()
}

#[tokio::test]
async fn long_spaced_and_foreign_passwords_open_by_both_mechanisms() {
    let long = "p".repeat(200);
    let longest = "ü".repeat(511);
    for mechanisms in ["PLAIN LOGIN", "LOGIN"] {
        for secret in [
            "x",
            long.as_str(),
            longest.as_str(),
            "пароль 密码 🔑",
            "  spaces at both ends  ",
            "\"quotes\" \\ and 'more'",
            "AUTH PLAIN =",
        ] {
            let server = honest(IPV4, mechanisms, secret).await;
            let url = format!("smtp://{}", server.address());

            let right = ask_for(&url, "alice@example.test", secret, &patient()).await;
            let longer = format!("{secret}x");
            let wrong = ask_for(&url, "alice@example.test", &longer, &patient()).await;

            assert_eq!(word(&right), "opens", "{mechanisms}: {secret:?}");
            assert_eq!(word(&wrong), "refused", "{mechanisms}: {secret:?}");
        }
    }
}

#[tokio::test]
async fn a_password_typed_decomposed_is_sent_composed() {
    let server = honest(IPV4, "PLAIN", "gr\u{fc}n 1").await;
    let url = format!("smtp://{}", server.address());

    let answer = ask_for(&url, "alice@example.test", "gru\u{308}n\u{a0}1", &patient()).await;

    assert_eq!(word(&answer), "opens");
}

#[tokio::test]
async fn nothing_but_the_expected_line_ends_reaches_the_wire() {
    for mechanisms in ["PLAIN", "LOGIN"] {
        let server = honest(IPV4, mechanisms, "x").await;
        let url = format!("smtp://{}", server.address());
        let secret = "a'b\"c\\de %0d%0a \\r\\n=\u{1f511}".repeat(12);

        let answer = ask_for(&url, "alice+tag@example.test", &secret, &patient()).await;

        assert_eq!(word(&answer), "refused");
        let heard = server.sessions().await.unwrap().remove(0);
        let lines = heard.lines();
        assert_eq!(lines.len(), if mechanisms == "PLAIN" { 3 } else { 5 });
        for line in lines {
            let inner = line.strip_suffix("\r\n").unwrap();
            assert!(
                inner.bytes().all(|b| b == b' ' || b.is_ascii_graphic()),
                "{inner:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_server_on_ipv6_is_asked() {
    let server = honest(IPV6, "PLAIN", "correct horse").await;
    let port = server.address().port();

    let answer = ask(&format!("smtp://[::1]:{port}"), &patient()).await;

    assert_eq!(word(&answer), "opens", "{answer:?}");
}

#[tokio::test]
async fn a_name_with_several_addresses_leads_to_the_one_that_answers() {
    // `localhost` is both loopback addresses; only one of them takes connections.
    for ip in [IPV4, IPV6] {
        let server = honest(ip, "PLAIN", "correct horse").await;
        let port = server.address().port();

        let answer = ask(&format!("smtp://mail.localhost:{port}"), &patient()).await;

        assert_eq!(word(&answer), "opens", "{ip}: {answer:?}");
    }
}

#[tokio::test]
async fn one_check_is_one_connection_and_one_auth() {
    let server = honest(IPV4, "PLAIN LOGIN", "something else").await;

    let answer = ask(&format!("smtp://{}", server.address()), &patient()).await;

    assert_eq!(word(&answer), "refused");
    let sessions = server.sessions().await.unwrap();
    assert_eq!(sessions.len(), 1);
    let lines = sessions[0].lines();
    assert_eq!(
        lines.iter().filter(|line| line.starts_with("AUTH")).count(),
        1,
        "{lines:?}"
    );
    assert_eq!(lines.last().unwrap(), "QUIT\r\n");
}

#[tokio::test]
async fn a_probe_tells_what_is_there_and_sends_no_credentials() {
    let authority = Authority::new().unwrap();
    let identity = Arc::new(authority.issue(&["127.0.0.1"], Quality::Good).unwrap());
    for (encryption, scheme, tls) in [
        (Encryption::None, "smtp", false),
        (Encryption::StartTls(Arc::clone(&identity)), "smtp", true),
        (Encryption::Implicit(identity), "smtps", true),
    ] {
        let settings = if tls {
            format!("?ca={}", authority.pem_file().display())
        } else {
            String::new()
        };
        let server = SmtpServer::honest(IPV4, Mailboxes::new(encryption))
            .await
            .unwrap();
        let url = format!("{scheme}://{}{settings}", server.address());
        let check = mailbox::open(&MailboxUrl::parse(&url).unwrap(), &patient()).unwrap();

        let probe = check.probe().await;

        assert_eq!(
            probe,
            Ok(Probe {
                greeting_host: "mail.example.test".to_owned(),
                tls,
                mechanisms: vec!["PLAIN".to_owned(), "LOGIN".to_owned()],
            })
        );
        assert_eq!(check.describe(), format!("{scheme}://{}", server.address()));
        let heard = server.sessions().await.unwrap().remove(0);
        assert!(!heard.has_credentials());
        assert_eq!(heard.lines().last().unwrap(), "QUIT\r\n");
    }
}

#[tokio::test]
async fn a_probe_says_why_no_login_is_possible() {
    let server = SmtpServer::scripted(to_ehlo("250-m\r\n250 AUTH CRAM-MD5\r\n"), None)
        .await
        .unwrap();
    let url = MailboxUrl::parse(&format!("smtp://{}", server.address())).unwrap();

    let probe = mailbox::open(&url, &patient()).unwrap().probe().await;

    assert_eq!(
        probe.unwrap_err().to_string(),
        "the mail server offers neither PLAIN nor LOGIN, only CRAM-MD5"
    );
}
