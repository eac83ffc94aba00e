//! Certificates with every fault that counts, over both ways to TLS (`mail.md` §7, RFC 7817).

use std::sync::Arc;

use mailbox::OpenError;
use testkit::smtp::{Encryption, Mailboxes};

use super::*;

const NAMES: &[&str] = &["127.0.0.1", "mail.localhost"];

/// Asks an honest server that shows this certificate; trusts only the authority, if there is one.
async fn show(identity: Identity, settings: &str) -> Vec<(&'static str, String, bool)> {
    let identity = Arc::new(identity);
    let ways = [
        ("smtps", Encryption::Implicit(Arc::clone(&identity))),
        ("smtp", Encryption::StartTls(identity)),
    ];
    let mut seen = Vec::new();
    for (scheme, encryption) in ways {
        let mailboxes = Mailboxes::new(encryption).with("alice@example.test", "correct horse");
        let ip = std::net::Ipv4Addr::LOCALHOST.into();
        let server = SmtpServer::honest(ip, mailboxes).await.unwrap();
        let url = format!("{scheme}://{}{settings}", server.address());
        let answer = ask(&url, &patient()).await;
        let sent = server
            .sessions()
            .await
            .unwrap()
            .iter()
            .any(Session::has_credentials);
        let sentence = answer
            .as_ref()
            .map_or_else(ToString::to_string, |_| String::new());
        seen.push((word(&answer), sentence, sent));
    }
    seen
}

#[tokio::test]
async fn a_bad_certificate_is_told_and_nothing_is_sent() {
    let authority = Authority::new().unwrap();
    let stranger = Authority::new().unwrap();
    let ca = format!("?ca={}", authority.pem_file().display());
    for (identity, sentence) in [
        (
            authority.issue(&["other.example.test"], Quality::Good),
            "it is for another name: name the right one with ?server_name=NAME \
             (it names: DnsName(\"other.example.test\"))",
        ),
        (authority.issue(NAMES, Quality::Expired), "it has expired"),
        (
            authority.issue(NAMES, Quality::NotYetValid),
            "it is not valid yet: compare the clocks of both machines",
        ),
        (
            authority.issue(NAMES, Quality::CommonNameOnly),
            "it is for another name: name the right one with ?server_name=NAME (it names: )",
        ),
        (
            authority.issue(NAMES, Quality::ForClients),
            "it is not made for a server",
        ),
        (
            Identity::self_signed(NAMES),
            "it is from an authority unknown here: name a private authority with ?ca=FILE",
        ),
        (
            // A stranger who took the authority's name.
            stranger.issue(NAMES, Quality::Good),
            "it is not signed by the authority that it names",
        ),
    ] {
        for (reason, said, sent) in show(identity.unwrap(), &ca).await {
            assert_eq!(
                said,
                format!("the mail server's certificate is not accepted: {sentence}")
            );
            assert_eq!(reason, "certificate", "{sentence}");
            assert!(!sent, "{sentence}");
        }
    }
}

#[tokio::test]
async fn on_this_machine_too_an_offered_starttls_is_verified() {
    let authority = Authority::new().unwrap();
    let identity = Arc::new(authority.issue(NAMES, Quality::Good).unwrap());
    let mailboxes = Mailboxes::new(Encryption::StartTls(identity));
    let ip = std::net::Ipv4Addr::LOCALHOST.into();
    let server = SmtpServer::honest(ip, mailboxes).await.unwrap();

    // The authority is not named, so this machine does not know it.
    let answer = ask(&format!("smtp://{}", server.address()), &patient()).await;

    assert_eq!(word(&answer), "certificate", "{answer:?}");
    let heard = server.sessions().await.unwrap().remove(0);
    assert!(!heard.has_credentials());
}

#[tokio::test]
async fn a_good_certificate_is_accepted() {
    let authority = Authority::new().unwrap();
    let identity = authority.issue(NAMES, Quality::Good).unwrap();
    let ca = format!("?ca={}", authority.pem_file().display());

    for (reason, said, sent) in show(identity, &ca).await {
        assert_eq!((reason, said.as_str(), sent), ("opens", "", true));
    }
}

#[tokio::test]
async fn the_name_to_check_is_the_one_that_the_administrator_gave() {
    let authority = Authority::new().unwrap();
    let ca = authority.pem_file().display();
    let named = |name: &str| authority.issue(&[name], Quality::Good).unwrap();
    let settings = format!("?ca={ca}&server_name=mail.example.test");

    for (reason, _, _) in show(named("mail.example.test"), &settings).await {
        assert_eq!(reason, "opens");
    }
    for (reason, _, _) in show(named("*.example.test"), &settings).await {
        assert_eq!(reason, "opens");
    }
    for (reason, _, sent) in show(named("127.0.0.1"), &settings).await {
        assert_eq!((reason, sent), ("certificate", false));
    }
}

#[tokio::test]
async fn tls_that_cannot_be_spoken_is_misconfigured() {
    let trusted = Trusted::new();
    // What a server with nothing newer than TLS 1.1 answers: a ServerHello, or an alert.
    let mut old = b"\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02".to_vec();
    old.extend([7; 32]);
    old.extend(b"\x00\x00\x2f\x00");
    for (name, octets) in [
        ("TLS 1.1", old),
        (
            "alert protocol_version",
            b"\x15\x03\x02\x00\x02\x02\x46".to_vec(),
        ),
        // OpenSMTPD 6.8 with OpenSSL 3 (mail.md §2.1).
        (
            "alert internal_error",
            b"\x15\x03\x03\x00\x02\x02\x50".to_vec(),
        ),
        (
            "alert handshake_failure",
            b"\x15\x03\x03\x00\x02\x02\x28".to_vec(),
        ),
    ] {
        let server = SmtpServer::scripted(greeting(octets), None).await.unwrap();

        let answer = ask(&trusted.url(Way::Encrypted, &server), &patient()).await;

        let heard = server.sessions().await.unwrap().remove(0);
        assert_eq!(word(&answer), "misconfigured", "{name}: {answer:?}");
        assert!(!heard.has_credentials(), "{name}");
    }
}

#[test]
fn an_authority_that_cannot_be_read_is_told_when_opening() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str, content: Option<&str>| {
        let path = folder.path().join(name);
        if let Some(content) = content {
            std::fs::write(&path, content).unwrap();
        }
        let url = format!("smtps://mail.example.org?ca={}", path.display());
        mailbox::open(&MailboxUrl::parse(&url).unwrap(), &patient()).unwrap_err()
    };
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

    assert!(matches!(
        open("missing.pem", None),
        OpenError::CaUnreadable { .. }
    ));
    assert!(matches!(
        open("broken.pem", Some(broken)),
        OpenError::CaUnreadable { .. }
    ));
    assert!(matches!(
        open("empty.pem", Some("")),
        OpenError::CaEmpty { .. }
    ));
    assert!(matches!(
        open("text.pem", Some("hello")),
        OpenError::CaEmpty { .. }
    ));
}

#[test]
fn our_own_name_must_be_sayable() {
    let url = MailboxUrl::parse("smtp://localhost").unwrap();
    for name in [
        "",
        "two words",
        "a\r\nAUTH",
        "bücher.example",
        &"a".repeat(256),
    ] {
        let refused = mailbox::open(&url, &Options::new(name)).unwrap_err();

        assert!(matches!(refused, OpenError::EhloName(_)), "{name:?}");
    }
}
