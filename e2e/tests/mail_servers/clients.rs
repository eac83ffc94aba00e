//! Real mail servers that are told where the browser is, and Dovecot behind them, which counts and logs
//! by that.

use e2e::servers::MailServer as _;
use e2e::servers::accounts::{ALICE, ALICE_PASSWORD};
use e2e::servers::dovecot::{Failures, Imap};
use e2e::servers::ports::Entrance;
use e2e::servers::postfix::Postfix;
use mailbox::{Options, Unavailable, Verdict};

use super::asking::{ask, ask_from, open};

const CLIENTS: [&str; 2] = ["203.0.113.7", "2001:db8::7"];

/// The entrances where a password may be sent, encrypted in both ways.
const ENTRANCES: [(&str, Entrance); 2] = [
    ("smtp", Entrance::Submission),
    ("smtps", Entrance::Submissions),
];

/// Asks as every browser at every entrance, rightly and wrongly, and looks for the browser in the logs.
async fn is_told(server: &Postfix, way: &str) {
    for (scheme, entrance) in ENTRANCES {
        let url = format!("{}&client={way}", server.url(scheme, entrance));
        for client in CLIENTS {
            let right = ask_from(client, &url, ALICE, ALICE_PASSWORD).await;
            let wrong = ask_from(client, &url, ALICE, "wrong").await;

            assert_eq!(right, Ok(Verdict::Opens), "{scheme} {client}");
            assert!(matches!(wrong, Ok(Verdict::Refused(_))), "{wrong:?}");
            let by_name = format!("unknown[{client}]: SASL PLAIN authentication failed");
            let lines = [
                ("postfix.log", by_name),
                ("dovecot.log", format!("{ALICE},{client}")),
            ];
            for (log, line) in lines {
                server.folder.wait_for_line(log, &[&line]).unwrap();
            }
        }
        // A question on nobody's behalf is our own.
        assert_eq!(ask(&url, ALICE, ALICE_PASSWORD).await, Ok(Verdict::Opens));
    }
}

#[tokio::test]
async fn postfix_is_told_by_xclient() {
    let server = Postfix::taking_xclient().unwrap();

    is_told(&server, "xclient").await;
}

#[tokio::test]
async fn postfix_is_told_by_the_proxy_protocol() {
    let server = Postfix::behind_a_proxy().unwrap();

    is_told(&server, "proxy").await;
}

#[tokio::test]
async fn dovecots_imap_is_told_by_the_proxy_protocol() {
    let server = Imap::behind_a_proxy().unwrap();
    for scheme in ["imap", "imaps"] {
        let url = format!("{}&client=proxy", server.url(scheme));
        for client in CLIENTS {
            let right = ask_from(client, &url, ALICE, ALICE_PASSWORD).await;
            let wrong = ask_from(client, &url, ALICE, "wrong").await;

            assert_eq!(right, Ok(Verdict::Opens), "{scheme} {client}");
            assert!(matches!(wrong, Ok(Verdict::Refused(_))), "{wrong:?}");
            let line = ["imap-login", "auth failed", &format!("rip={client},")];
            server.folder.wait_for_line("dovecot.log", &line).unwrap();
        }
        // A question on nobody's behalf is our own.
        assert_eq!(ask(&url, ALICE, ALICE_PASSWORD).await, Ok(Verdict::Opens));
        let probe = open(&url, &Options::new("idp.example.test")).probe().await;
        assert!(probe.is_ok(), "{probe:?}");
    }
}

#[tokio::test]
async fn a_probe_goes_the_same_way() {
    let options = Options::new("idp.example.test");
    for (way, server) in [
        ("xclient", Postfix::taking_xclient().unwrap()),
        ("proxy", Postfix::behind_a_proxy().unwrap()),
    ] {
        for (scheme, entrance) in ENTRANCES {
            let url = format!("{}&client={way}", server.url(scheme, entrance));

            let probe = open(&url, &options).probe().await.unwrap();

            assert_eq!(probe.mechanisms, ["PLAIN", "LOGIN"], "{way} {scheme}");
        }
    }
}

#[tokio::test]
async fn a_postfix_that_trusts_us_not_is_asked_all_the_same_and_a_probe_says_so() {
    let server = Postfix::start(Failures::Quick).unwrap();
    let url = server.url("smtp", Entrance::Submission);
    let url = format!("{url}&client=xclient");

    let answer = ask_from(CLIENTS[0], &url, ALICE, ALICE_PASSWORD).await;
    let probe = open(&url, &Options::new("idp.example.test")).probe().await;

    assert_eq!(answer, Ok(Verdict::Opens));
    assert_eq!(
        probe,
        Err(Unavailable::Misconfigured {
            what: "to be told where a browser is",
            said: "its answer to EHLO has no XCLIENT with ADDR; add this machine to \
                   smtpd_authorized_xclient_hosts, or remove client=xclient"
                .to_owned(),
        })
    );
}

/// Each side waits for something else.
#[tokio::test]
async fn a_header_that_one_side_does_not_expect_is_no_verdict() {
    let plain = Postfix::start(Failures::Quick).unwrap();
    let behind = Postfix::behind_a_proxy().unwrap();
    for (scheme, entrance) in ENTRANCES {
        let unexpected = format!("{}&client=proxy", plain.url(scheme, entrance));
        let missing = behind.url(scheme, entrance);

        let unexpected = ask_from(CLIENTS[0], &unexpected, ALICE, ALICE_PASSWORD).await;
        let missing = ask(&missing, ALICE, ALICE_PASSWORD).await;

        for answer in [unexpected, missing] {
            assert!(answer.is_err(), "{scheme}: {answer:?}");
        }
    }
}
