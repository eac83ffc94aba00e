//! What must be so with every mail server: each case is given a fresh one.

use std::time::Duration;

use e2e::servers::accounts::*;
use e2e::servers::certificates::Certificates;
use e2e::servers::folder::Folder;
use e2e::servers::ports::Entrance;
use e2e::servers::{MailServer, SERVER_NAME};
use mailbox::{LoginForm, Options, TlsRequired, Unavailable, Verdict};
use rustix::process::Signal;

use super::asking::{ask, ask_as, ask_within, open, reason};

/// The right password opens, over STARTTLS and over TLS from the start, by name and both families.
pub(crate) async fn the_right_password_opens(server: &dyn MailServer) {
    for (scheme, entrance) in [
        ("smtp", Entrance::Submission),
        ("smtps", Entrance::Submissions),
    ] {
        for host in ["localhost", "127.0.0.1", "[::1]"] {
            let url = server.url_at(scheme, host, entrance);

            let answer = ask(&url, ALICE, ALICE_PASSWORD).await;

            assert_eq!(answer, Ok(Verdict::Opens), "{url}");
        }
    }
}

/// A wrong password, a mailbox that is not there and a domain that is not there are all refused.
pub(crate) async fn a_wrong_password_is_refused(server: &dyn MailServer, refusal: &Verdict) {
    for (scheme, entrance) in [
        ("smtp", Entrance::Submission),
        ("smtps", Entrance::Submissions),
    ] {
        for (address, password) in [
            (ALICE, "wrong"),
            (ALICE, CORP_PASSWORD),
            ("nobody@example.test", ALICE_PASSWORD),
            ("alice@nowhere.test", ALICE_PASSWORD),
        ] {
            let answer = ask(&server.url(scheme, entrance), address, password).await;

            assert_eq!(answer.as_ref(), Ok(refusal), "{scheme} {address}");
        }
    }
}

/// Passwords reach the server octet for octet: UTF-8, 200 characters, spaces at the ends, quotes.
pub(crate) async fn every_password_arrives_whole(server: &dyn MailServer, refusal: &Verdict) {
    let url = server.url("smtp", Entrance::Submission);
    let long = long_password();
    let one_less: String = long.chars().skip(1).collect();
    for (address, password) in [
        (UMLAUT, UMLAUT_PASSWORD),
        (LONG, long.as_str()),
        (QUOTED, QUOTED_PASSWORD),
        (PLUS, ALICE_PASSWORD),
    ] {
        assert_eq!(
            ask(&url, address, password).await,
            Ok(Verdict::Opens),
            "{address}"
        );
    }
    for (address, password) in [
        (LONG, one_less.as_str()),
        (QUOTED, QUOTED_PASSWORD.trim()),
        (UMLAUT, "Grusse, κόσμε 🐘"),
    ] {
        assert_eq!(
            ask(&url, address, password).await.as_ref(),
            Ok(refusal),
            "{address}"
        );
    }
}

/// A keyboard that types letters and accents apart gives the same password.
pub(crate) async fn a_decomposed_password_is_composed(server: &dyn MailServer) {
    let typed = "Gru\u{308}ße, κο\u{301}σμε 🐘";
    assert_ne!(typed, UMLAUT_PASSWORD);

    let answer = ask(&server.url("smtp", Entrance::Submission), UMLAUT, typed).await;

    assert_eq!(answer, Ok(Verdict::Opens));
}

/// The same name in two domains is two mailboxes, and a domain may be written in its own letters.
pub(crate) async fn several_domains_are_kept_apart(server: &dyn MailServer, refusal: &Verdict) {
    let url = server.url("smtp", Entrance::Submission);

    assert_eq!(ask(&url, CORP, CORP_PASSWORD).await, Ok(Verdict::Opens));
    assert_eq!(ask(&url, CORP, ALICE_PASSWORD).await.as_ref(), Ok(refusal));
    assert_eq!(
        ask(&url, BUECHER, BUECHER_PASSWORD).await,
        Ok(Verdict::Opens)
    );
    assert_eq!(
        ask(&url, "Hans@Bücher.TEST", BUECHER_PASSWORD).await,
        Ok(Verdict::Opens)
    );
    assert_eq!(
        ask(&url, "ALICE@Example.test", ALICE_PASSWORD).await,
        Ok(Verdict::Opens)
    );
}

/// A server that knows its users without their domain is told the local part alone.
pub(crate) async fn a_local_part_can_be_the_login(server: &dyn MailServer, refusal: &Verdict) {
    let url = server.url("smtp", Entrance::Submission);
    let address = format!("{LOCAL_ONLY}@example.test");

    let bare = ask_as(LoginForm::LocalPart, &url, &address, CORP_PASSWORD).await;
    let whole = ask_as(LoginForm::Address, &url, &address, CORP_PASSWORD).await;

    assert_eq!(bare, Ok(Verdict::Opens));
    assert_eq!(whole.as_ref(), Ok(refusal));
}

/// LOGIN is used where PLAIN is not on offer, for passwords of every kind.
pub(crate) async fn login_is_used_where_plain_is_not_offered(
    server: &dyn MailServer,
    refusal: &Verdict,
) {
    let url = server.url("smtp", Entrance::LoginOnly);

    assert_eq!(ask(&url, ALICE, ALICE_PASSWORD).await, Ok(Verdict::Opens));
    assert_eq!(ask(&url, UMLAUT, UMLAUT_PASSWORD).await, Ok(Verdict::Opens));
    assert_eq!(ask(&url, QUOTED, QUOTED_PASSWORD).await, Ok(Verdict::Opens));
    assert_eq!(ask(&url, ALICE, "wrong").await.as_ref(), Ok(refusal));
}

/// A server that offers only what we do not speak is not sent a password (Postfix would take it).
pub(crate) async fn a_mechanism_that_is_not_offered_is_not_used(server: &dyn MailServer) {
    let answer = ask(
        &server.url("smtp", Entrance::CramOnly),
        ALICE,
        ALICE_PASSWORD,
    )
    .await;

    assert_eq!(
        answer,
        Err(Unavailable::NoMechanism {
            offered: "CRAM-MD5".to_owned()
        })
    );
    assert_eq!(server.logins_sent().unwrap(), 0);
}

/// A port without any login is not a wrong password, and is not sent one.
pub(crate) async fn a_port_without_login_is_not_sent_a_password(server: &dyn MailServer) {
    let answer = ask(&server.url("smtp", Entrance::NoAuth), ALICE, ALICE_PASSWORD).await;

    assert_eq!(answer, Err(Unavailable::NoLogin));
    assert_eq!(answer.unwrap_err().reason(), "no-mechanism");
    assert_eq!(server.logins_sent().unwrap(), 0);
}

/// A certificate of an unknown authority ends the exchange before the password.
pub(crate) async fn an_unknown_authority_is_not_sent_a_password(server: &dyn MailServer) {
    let elsewhere = Folder::make().unwrap();
    let stranger = Certificates::make(&elsewhere, &[SERVER_NAME]).unwrap();
    for (scheme, entrance) in [
        ("smtps", Entrance::Submissions),
        ("smtp", Entrance::Submission),
    ] {
        let port = server.ports().of(entrance);
        let authority = stranger.authority.display();
        let url = format!("{scheme}://127.0.0.1:{port}?ca={authority}&server_name={SERVER_NAME}");

        let answer = ask(&url, ALICE, ALICE_PASSWORD).await;

        assert_eq!(reason(&answer), "certificate", "{scheme}");
    }
    assert_eq!(server.logins_sent().unwrap(), 0);
}

/// A certificate for another name, by a trusted authority, ends the exchange before the password.
pub(crate) async fn another_name_is_not_sent_a_password(server: &dyn MailServer) {
    for (scheme, entrance) in [
        ("smtps", Entrance::Submissions),
        ("smtp", Entrance::Submission),
    ] {
        let answer = ask(&server.url(scheme, entrance), ALICE, ALICE_PASSWORD).await;

        assert_eq!(reason(&answer), "certificate", "{scheme}");
    }
    assert_eq!(server.logins_sent().unwrap(), 0);
}

/// Without `?ca=` a private authority is unknown, however the machine is set up.
pub(crate) async fn a_private_authority_must_be_named(server: &dyn MailServer) {
    let port = server.ports().of(Entrance::Submissions);
    let url = format!("smtps://127.0.0.1:{port}?server_name={SERVER_NAME}");

    let answer = ask(&url, ALICE, ALICE_PASSWORD).await;

    assert_eq!(reason(&answer), "certificate");
}

/// Clear text goes to this machine itself, if the operator's setting speaks of no certificate.
pub(crate) async fn clear_text_is_for_this_machine(server: &dyn MailServer, refusal: &Verdict) {
    let with_authority = server.url("smtp", Entrance::Clear);
    let (bare, _) = with_authority.split_once('?').unwrap();

    let answer = ask(&with_authority, ALICE, ALICE_PASSWORD).await;
    assert_eq!(
        answer,
        Err(Unavailable::TlsRequired(TlsRequired::NotOffered))
    );
    assert_eq!(server.logins_sent().unwrap(), 0);

    assert_eq!(ask(bare, ALICE, ALICE_PASSWORD).await, Ok(Verdict::Opens));
    assert_eq!(ask(bare, ALICE, "wrong").await.as_ref(), Ok(refusal));
}

/// A server that does not know this machine turns it away, which says nothing about the password.
pub(crate) async fn a_server_that_turns_us_away_is_not_a_verdict(server: &dyn MailServer) {
    let answer = ask(
        &server.url("smtp", Entrance::Blocked),
        ALICE,
        ALICE_PASSWORD,
    )
    .await;

    assert_eq!(reason(&answer), "blocked");
}

/// A paused server is given up on when the time is over.
pub(crate) async fn a_stopped_server_is_given_up_on(server: &mut dyn MailServer) {
    let url = server.url("smtp", Entrance::Submission);
    server.process().signal(Signal::STOP).unwrap();

    let answer = ask_within(SHORT, &url, ALICE, ALICE_PASSWORD).await;

    assert_eq!(reason(&answer), "timeout");

    // Nothing of it is remembered: the same question is answered when the server is back.
    server.process().signal(Signal::CONT).unwrap();
    assert_eq!(ask(&url, ALICE, ALICE_PASSWORD).await, Ok(Verdict::Opens));
}

/// A server that is not there is not a wrong password.
pub(crate) async fn a_dead_server_refuses_the_connection(server: &mut dyn MailServer) {
    let url = server.url("smtp", Entrance::Submission);
    server.process().kill().unwrap();

    let answer = ask(&url, ALICE, ALICE_PASSWORD).await;

    assert_eq!(reason(&answer), "refused-connection");
}

/// A client that waits for a greeting and a server that waits for TLS give each other up.
pub(crate) async fn starttls_at_the_wrong_port_times_out(server: &dyn MailServer) {
    let url = server.url("smtp", Entrance::Submissions);

    let answer = ask_within(SHORT, &url, ALICE, ALICE_PASSWORD).await;

    assert_eq!(reason(&answer), "timeout");
}

/// A server that answers TLS with a greeting cannot be asked, and is not sent a password.
pub(crate) async fn tls_at_the_wrong_port_is_a_mistake(server: &dyn MailServer) {
    let answer = ask(
        &server.url("smtps", Entrance::Submission),
        ALICE,
        ALICE_PASSWORD,
    )
    .await;

    assert_eq!(reason(&answer), "misconfigured");
}

/// Looking at a server shows its name, its encryption and its mechanisms, and sends no login.
pub(crate) async fn a_probe_sends_no_login(server: &dyn MailServer, mechanisms: &[&str]) {
    let url = server.url("smtp", Entrance::Submission);

    let probe = open(&url, &Options::new("idp.example.test"))
        .probe()
        .await
        .unwrap();

    assert_eq!(probe.greeting_host, SERVER_NAME);
    assert!(probe.tls);
    assert_eq!(probe.mechanisms, mechanisms);
    assert_eq!(server.logins_sent().unwrap(), 0);
}

/// Many at once are each told their own answer.
pub(crate) async fn answers_are_not_mixed_up(server: &dyn MailServer, refusal: &Verdict) {
    let url = server.url("smtp", Entrance::Submission);
    let asked: Vec<_> = all()
        .into_iter()
        .filter(|account| account.login.contains('@'))
        .flat_map(|account| {
            let wrong = format!("{}x", account.password);
            [
                (account.login.clone(), account.password, true),
                (account.login, wrong, false),
            ]
        })
        .map(|(login, password, right)| {
            let url = url.clone();
            tokio::spawn(async move { (ask(&url, &login, &password).await, login, right) })
        })
        .collect();

    for task in asked {
        let (answer, login, right) = task.await.unwrap();
        if right {
            assert_eq!(answer, Ok(Verdict::Opens), "{login}");
        } else {
            assert_eq!(answer.as_ref(), Ok(refusal), "{login}");
        }
    }
}

/// Long enough for a machine under load to connect, short enough for a test.
const SHORT: Duration = Duration::from_millis(1_500);
