//! The step from clear text to TLS, and everybody who would like to prevent it (`mail.md` §7).

use testkit::smtp::{Act, close, handshake};

use super::*;

/// Asserts that a login over STARTTLS ends in this class, and that no credentials were sent at all.
async fn stops(class: &str, name: &str, acts: Vec<Act>) {
    let (answer, heard) = Trusted::new()
        .ask_script(Way::StartTls, acts, &patient())
        .await;

    assert_eq!(word(&answer), class, "{name}: {answer:?}");
    assert!(!heard.has_credentials(), "{name}");
}

#[tokio::test]
async fn a_stripped_starttls_is_never_answered_with_clear_text() {
    for offer in [
        "250-mail.example.test\r\n250 AUTH PLAIN LOGIN\r\n",
        "250-mail.example.test\r\n250-XXXXXXXA\r\n250 AUTH PLAIN LOGIN\r\n",
        "250-mail.example.test\r\n250-XSTARTTLS\r\n250-STARTTLSX\r\n250 AUTH PLAIN\r\n",
        "250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n",
        "250 mail.example.test\r\n",
    ] {
        stops("tls-required", offer, to_ehlo(offer)).await;
    }
}

#[tokio::test]
async fn a_host_that_is_not_this_machine_by_definition_gets_no_clear_text() {
    let server = SmtpServer::scripted(to_ehlo(OFFER), None).await.unwrap();
    let port = server.address().port();

    // The unspecified address leads to this machine, but nothing promises that.
    for host in ["0.0.0.0", "[::ffff:127.0.0.1]"] {
        let answer = ask(&format!("smtp://{host}:{port}"), &patient()).await;

        let heard = server.sessions().await.unwrap().remove(0);
        assert_eq!(word(&answer), "tls-required", "{host}: {answer:?}");
        assert_eq!(heard.lines(), ["EHLO idp.example.test\r\n"], "{host}");
    }
}

#[tokio::test]
async fn a_refused_starttls_is_the_end() {
    for (reply, class) in [
        (
            "454 4.7.0 TLS not available due to local problem\r\n",
            "temporary",
        ),
        ("421 4.3.0 bye\r\n", "temporary"),
        ("501 5.5.4 Syntax: STARTTLS\r\n", "tls-required"),
        (
            "502 5.5.1 Error: command not implemented\r\n",
            "tls-required",
        ),
        ("554 5.5.1 no\r\n", "tls-required"),
        ("250 ok\r\n", "gibberish"),
        ("235 2.7.0 ok\r\n", "gibberish"),
    ] {
        stops(class, reply, to_starttls(reply)).await;
    }
}

#[tokio::test]
async fn a_refused_starttls_is_the_end_on_this_machine_too() {
    let acts = to_starttls("454 4.7.0 TLS not available due to local problem\r\n");

    let (answer, heard) = Trusted::new()
        .ask_script(Way::Clear, acts, &patient())
        .await;

    assert_eq!(word(&answer), "temporary");
    assert!(!heard.has_credentials());
}

#[tokio::test]
async fn octets_behind_the_220_are_an_attack() {
    let ready = "220 2.0.0 Ready to start TLS\r\n";
    for forged in [
        "250-mail.example.test\r\n250 AUTH PLAIN\r\n",
        "250-mail.example.test\r\n250 AUTH PLAIN\r\n235 2.7.0 Authentication successful\r\n",
        "235 2.7.0 Authentication successful\r\n",
        "2",
        "\r\n",
    ] {
        let mut acts = to_starttls(format!("{ready}{forged}"));
        acts.extend([handshake(), hear()]);

        stops("gibberish", forged, acts).await;
    }
}

#[tokio::test]
async fn lines_forged_into_the_handshake_are_never_read_as_replies() {
    // They come late, when nothing checks for them any more but TLS itself.
    let mut acts = to_starttls("220 2.0.0 Ready to start TLS\r\n");
    acts.push(Act::Drip(
        b"250 AUTH PLAIN\r\n235 ok\r\n".to_vec(),
        Duration::from_millis(5),
    ));

    let (answer, heard) = Trusted::new()
        .ask_script(Way::StartTls, acts, &patient())
        .await;

    assert!(
        matches!(word(&answer), "misconfigured" | "gibberish"),
        "{answer:?}"
    );
    assert!(!heard.has_credentials());
}

#[tokio::test]
async fn what_was_offered_in_clear_is_forgotten() {
    let both = "250-mail.example.test\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n";
    let mut acts = vec![say(GREETING), hear(), say(both), hear(), say("220 go\r\n")];
    acts.extend([handshake(), hear(), say("250 mail.example.test\r\n")]);

    stops("no-mechanism", "AUTH before TLS and not after", acts).await;
}

#[tokio::test]
async fn a_connection_that_ends_around_the_handshake_is_temporary() {
    let mut in_handshake = to_starttls("220 2.0.0 Ready to start TLS\r\n");
    in_handshake.push(close());
    // Postfix, when its authentication server is gone (mail.md §1 fact 8).
    let mut after_ehlo = to_starttls("220 2.0.0 Ready to start TLS\r\n");
    after_ehlo.extend([handshake(), hear(), close()]);

    stops("closed", "in the handshake", in_handshake).await;
    stops("closed", "after EHLO", after_ehlo).await;
    stops(
        "closed",
        "instead of an answer",
        vec![say(GREETING), hear(), close()],
    )
    .await;
}

#[tokio::test]
async fn ehlo_is_judged_again_after_tls() {
    for (reply, class) in [
        ("421 4.3.0 Server local error\r\n", "temporary"),
        ("550 no\r\n", "misconfigured"),
        ("235 2.7.0 ok\r\n", "gibberish"),
        ("250-m\r\n250 AUTH CRAM-MD5 XOAUTH2\r\n", "no-mechanism"),
    ] {
        let mut acts = to_starttls("220 2.0.0 Ready to start TLS\r\n");
        acts.extend([handshake(), hear(), say(reply)]);

        stops(class, reply, acts).await;
    }
}

#[tokio::test]
async fn a_port_of_the_other_kind_is_noticed() {
    let trusted = Trusted::new();
    let speaks_tls = SmtpServer::scripted(vec![handshake()], Some(&trusted.identity))
        .await
        .unwrap();
    let speaks_first = SmtpServer::scripted(greeting(GREETING), None)
        .await
        .unwrap();

    let clear_to_tls = ask(&trusted.url(Way::StartTls, &speaks_tls), &impatient()).await;
    let tls_to_clear = ask(&trusted.url(Way::Encrypted, &speaks_first), &patient()).await;

    assert_eq!(word(&clear_to_tls), "timeout", "{clear_to_tls:?}");
    assert_eq!(word(&tls_to_clear), "misconfigured", "{tls_to_clear:?}");
}

#[tokio::test]
async fn the_words_of_a_good_starttls_are_these() {
    let mut acts = to_starttls("220 2.0.0 Ready to start TLS\r\n");
    acts.extend([
        handshake(),
        hear(),
        say(OFFER),
        hear(),
        say("235 2.7.0 ok\r\n"),
    ]);

    let (answer, heard) = Trusted::new()
        .ask_script(Way::StartTls, acts, &patient())
        .await;

    assert_eq!(word(&answer), "opens", "{answer:?}");
    let clear = String::from_utf8_lossy(&heard.clear);
    assert_eq!(clear, "EHLO idp.example.test\r\nSTARTTLS\r\n");
    assert_eq!(
        heard.lines(),
        [
            "EHLO idp.example.test\r\n",
            "AUTH PLAIN AGFsaWNlQGV4YW1wbGUudGVzdABjb3JyZWN0IGhvcnNl\r\n",
            "QUIT\r\n"
        ]
    );
}
