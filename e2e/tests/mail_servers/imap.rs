//! Dovecot 2.3's IMAP, as Debian 12 has it, over STARTTLS and over TLS from the start.

use e2e::servers::SERVER_NAME;
use e2e::servers::accounts::*;
use e2e::servers::certificates::Certificates;
use e2e::servers::dovecot::{Imap, STATES_DOMAIN, STATES_PASSWORD};
use e2e::servers::folder::Folder;
use mailbox::{LoginForm, Options, Probe, Refusal, Verdict};

use super::asking::{ask, ask_as, ask_from, open, reason};

const SCHEMES: [&str; 2] = ["imap", "imaps"];

#[tokio::test]
async fn the_right_password_opens() {
    let server = Imap::start().unwrap();
    for scheme in SCHEMES {
        for host in ["localhost", "127.0.0.1", "[::1]"] {
            let url = server.url_at(scheme, host);

            assert_eq!(
                ask(&url, ALICE, ALICE_PASSWORD).await,
                Ok(Verdict::Opens),
                "{url}"
            );
        }
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let server = Imap::start().unwrap();
    for scheme in SCHEMES {
        for (address, password) in [
            (ALICE, "wrong"),
            (ALICE, CORP_PASSWORD),
            (CORP, ALICE_PASSWORD),
            ("nobody@example.test", ALICE_PASSWORD),
            ("alice@nowhere.test", ALICE_PASSWORD),
            ("alice+tag@example.test", ALICE_PASSWORD),
        ] {
            let answer = ask(&server.url(scheme), address, password).await;

            let refusal = refused("AUTHENTICATIONFAILED", "Authentication failed.");
            assert_eq!(answer, Ok(refusal), "{scheme} {address}");
        }
    }
}

#[tokio::test]
async fn every_password_arrives_whole() {
    let server = Imap::start().unwrap();
    let url = server.url("imaps");
    let long = long_password();
    let one_less: String = long.chars().skip(1).collect();
    for (address, password, opens) in [
        (UMLAUT, UMLAUT_PASSWORD, true),
        (UMLAUT, "Gru\u{308}ße, κο\u{301}σμε 🐘", true),
        (LONG, long.as_str(), true),
        (LONG, one_less.as_str(), false),
        (QUOTED, QUOTED_PASSWORD, true),
        (QUOTED, QUOTED_PASSWORD.trim(), false),
        (PLUS, ALICE_PASSWORD, true),
        ("Hans@Bücher.TEST", BUECHER_PASSWORD, true),
    ] {
        let answer = ask(&url, address, password).await;

        let opened = answer.map(|verdict| verdict == Verdict::Opens);
        assert_eq!(opened, Ok(opens), "{address}");
    }
    let address = format!("{LOCAL_ONLY}@example.test");
    assert_eq!(
        ask_as(LoginForm::LocalPart, &url, &address, CORP_PASSWORD).await,
        Ok(Verdict::Opens)
    );
}

/// What SMTP hides (`mail.md` §1 facts 1 and 4), IMAP says.
#[tokio::test]
async fn the_state_of_a_mailbox_is_told_from_a_wrong_password() {
    let server = Imap::start().unwrap();
    let url = server.url("imaps");
    for (name, password, refusal) in [
        (
            "disabled",
            STATES_PASSWORD,
            refused("AUTHENTICATIONFAILED", "Authentication failed."),
        ),
        (
            "expired",
            STATES_PASSWORD,
            refused("EXPIRED", "Password expired"),
        ),
        (
            "suspended",
            STATES_PASSWORD,
            refused("CONTACTADMIN", "moved"),
        ),
        (
            "good",
            "wrong",
            refused("AUTHENTICATIONFAILED", "Authentication failed."),
        ),
    ] {
        let address = format!("{name}@{STATES_DOMAIN}");

        assert_eq!(ask(&url, &address, password).await, Ok(refusal), "{name}");
    }
    assert_eq!(
        ask(&url, SUSPENDED, ALICE_PASSWORD).await,
        Ok(refused("CONTACTADMIN", "suspended"))
    );
    let good = format!("good@{STATES_DOMAIN}");
    assert_eq!(ask(&url, &good, STATES_PASSWORD).await, Ok(Verdict::Opens));
}

#[tokio::test]
async fn a_broken_user_table_is_a_temporary_failure() {
    let server = Imap::start().unwrap();
    let down = format!("down@{STATES_DOMAIN}");
    for scheme in SCHEMES {
        for address in [BROKEN, &down] {
            let answer = ask(&server.url(scheme), address, STATES_PASSWORD).await;

            assert_eq!(reason(&answer), "temporary", "{scheme} {address}");
            let said = answer.unwrap_err().to_string();
            assert!(said.contains("[UNAVAILABLE]"), "{said}");
        }
    }
}

#[tokio::test]
async fn a_certificate_that_does_not_fit_is_not_sent_a_password() {
    let elsewhere = Folder::make().unwrap();
    let stranger = Certificates::make(&elsewhere, &[SERVER_NAME]).unwrap();
    let server = Imap::start().unwrap();
    let other_name = Imap::start_as("other.example.test").unwrap();
    for scheme in SCHEMES {
        let unknown = server.url(scheme).replace(
            &server.certificates.authority.display().to_string(),
            &stranger.authority.display().to_string(),
        );
        let unnamed = format!(
            "{}?server_name={SERVER_NAME}",
            server.url(scheme).split('?').next().unwrap()
        );

        for url in [unknown, unnamed, other_name.url(scheme)] {
            let answer = ask(&url, ALICE, ALICE_PASSWORD).await;

            assert_eq!(reason(&answer), "certificate", "{url}");
        }
    }
    for server in [&server, &other_name] {
        let line = ["imap-login", "no auth attempts"];
        server.folder.wait_for_line("dovecot.log", &line).unwrap();
        let log = std::fs::read_to_string(server.folder.join("dovecot.log")).unwrap();
        assert!(
            !log.contains("Login:") && !log.contains("auth failed"),
            "{log}"
        );
    }
}

#[tokio::test]
async fn a_dead_server_refuses_the_connection() {
    let mut server = Imap::start().unwrap();
    server.dovecot.process.kill().unwrap();

    let answer = ask(&server.url("imaps"), ALICE, ALICE_PASSWORD).await;

    assert_eq!(reason(&answer), "refused-connection");
}

#[tokio::test]
async fn a_dovecot_that_trusts_us_counts_and_logs_by_the_browser() {
    let server = Imap::trusting().unwrap();
    for scheme in SCHEMES {
        let url = format!("{}&client=id", server.url(scheme));
        for client in ["203.0.113.7", "2001:db8::7"] {
            let right = ask_from(client, &url, ALICE, ALICE_PASSWORD).await;
            let wrong = ask_from(client, &url, CORP, "wrong").await;

            assert_eq!(right, Ok(Verdict::Opens), "{scheme} {client}");
            assert!(matches!(wrong, Ok(Verdict::Refused(_))), "{wrong:?}");
            let rip = format!("rip={client},");
            for words in [
                [
                    "imap-login: Info: Login:",
                    "user=<alice@example.test>",
                    &rip,
                ],
                ["imap-login: Info: ", "user=<alice@corp.test>", &rip],
            ] {
                server.folder.wait_for_line("dovecot.log", &words).unwrap();
            }
            let by_auth = format!("{CORP},{client}");
            let words = [by_auth.as_str(), "mismatch"];
            server.folder.wait_for_line("dovecot.log", &words).unwrap();
        }
        assert_eq!(ask(&url, ALICE, ALICE_PASSWORD).await, Ok(Verdict::Opens));
    }
}

#[tokio::test]
async fn a_dovecot_that_does_not_trust_us_is_asked_all_the_same() {
    let server = Imap::start().unwrap();
    let url = format!("{}&client=id", server.url_at("imaps", "127.0.0.1"));

    let answer = ask_from("203.0.113.7", &url, ALICE, ALICE_PASSWORD).await;

    assert_eq!(answer, Ok(Verdict::Opens));
    let line = ["imap-login: Info: Login:", "rip=127.0.0.1,"];
    server.folder.wait_for_line("dovecot.log", &line).unwrap();
}

#[tokio::test]
async fn a_probe_sends_no_login() {
    let server = Imap::start().unwrap();
    for scheme in SCHEMES {
        let url = format!("{}&client=id", server.url(scheme));

        let probe = open(&url, &Options::new("idp.example.test")).probe().await;

        let mechanisms = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"];
        assert_eq!(
            probe,
            Ok(Probe {
                greeting_host: "Dovecot (Debian) ready.".to_owned(),
                tls: true,
                mechanisms: mechanisms.map(str::to_owned).to_vec(),
            })
        );
    }
    let line = ["imap-login", "no auth attempts"];
    server.folder.wait_for_line("dovecot.log", &line).unwrap();
}

/// Gives a refusal with its code and words.
fn refused(code: &str, text: &str) -> Verdict {
    Verdict::Refused(Refusal {
        code: code.to_owned(),
        enhanced: None,
        text: text.to_owned(),
    })
}
