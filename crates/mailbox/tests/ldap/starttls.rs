//! The step from clear text to TLS, and everybody who would like to prevent it (`mail.md` §7).

use testkit::certificates::{Authority, Quality};
use testkit::smtp::handshake;

use super::*;

/// Asks over StartTLS, and asserts that nothing was said in clear but the wish for it.
async fn asks(acts: Vec<Act>) -> (Result<Verdict, Unavailable>, Session) {
    let authority = Authority::new().unwrap();
    let identity = authority.issue(&["127.0.0.1"], Quality::Good).unwrap();
    let server = SmtpServer::scripted(acts, Some(&identity)).await.unwrap();
    let ca = authority.pem_file().display();
    let url = format!("ldap://{}?ca={ca}", server.address());
    let check = open(&url, computed(), &patient());

    let answer = ask(check.as_ref()).await;

    drop(check);
    let heard = server.sessions().await.unwrap().remove(0);
    let clear = String::from_utf8_lossy(&heard.clear);
    assert!(
        !clear.contains(RIGHT) && !clear.contains("alice"),
        "{clear:?}"
    );
    (answer, heard)
}

fn started(code: u8) -> Vec<u8> {
    message(1, &outcome(0x78, code, ""))
}

#[tokio::test]
async fn a_login_over_starttls_opens() {
    let acts = vec![
        hear_message(),
        say(started(0)),
        handshake(),
        hear_message(),
        say(bound(2, 0)),
    ];

    let (answer, heard) = asks(acts).await;

    assert_eq!(word(&answer), "opens", "{answer:?}");
    assert!(has(&heard, RIGHT));
    assert_eq!(
        heard.clear,
        b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"
    );
}

#[tokio::test]
async fn a_refused_starttls_is_the_end() {
    for (answer, class) in [
        (started(2), "tls-required"),
        (started(53), "tls-required"),
        (started(1), "temporary"),
        (started(52), "temporary"),
        (started(10), "tls-required"),
        (bound(1, 0), "gibberish"),
        (message(2, &outcome(0x78, 0, "")), "gibberish"),
    ] {
        let (answer, heard) = asks(vec![hear_message(), say(answer)]).await;

        assert_eq!(word(&answer), class, "{answer:?}");
        assert!(!has(&heard, RIGHT));
    }
}

#[tokio::test]
async fn answers_forged_behind_the_answer_to_starttls_are_an_attack() {
    for forged in [bound(2, 0), bound(1, 0), b"\x30".to_vec(), b"\0".to_vec()] {
        let mut acts = vec![hear_message(), say([started(0), forged].concat())];
        acts.extend([handshake(), hear_message()]);

        let (answer, heard) = asks(acts).await;

        assert_eq!(word(&answer), "gibberish", "{answer:?}");
        assert!(!has(&heard, RIGHT));
    }
}

#[tokio::test]
async fn answers_forged_into_the_handshake_are_never_read_as_answers() {
    let late = Act::Drip(bound(2, 0), Duration::from_millis(5));

    let (answer, heard) = asks(vec![hear_message(), say(started(0)), late]).await;

    assert!(
        matches!(word(&answer), "misconfigured" | "gibberish"),
        "{answer:?}"
    );
    assert!(!has(&heard, RIGHT));
}

#[tokio::test]
async fn a_host_that_is_not_this_machine_by_definition_gets_no_clear_text() {
    let server = SmtpServer::scripted(vec![hear_message(), say(started(2))], None)
        .await
        .unwrap();
    let url = format!("ldap://0.0.0.0:{}", server.address().port());
    let check = open(&url, computed(), &patient());

    let answer = ask(check.as_ref()).await;

    drop(check);
    let heard = server.sessions().await.unwrap().remove(0);
    assert_eq!(word(&answer), "tls-required", "{answer:?}");
    assert!(!has(&heard, RIGHT));
}

#[tokio::test]
async fn a_certificate_of_a_stranger_is_not_sent_a_password() {
    let (ours, strangers) = (Authority::new().unwrap(), Authority::new().unwrap());
    let identity = strangers.issue(&["127.0.0.1"], Quality::Good).unwrap();
    for scheme in ["ldap", "ldaps"] {
        let mut acts = vec![hear_message(), say(started(0)), handshake(), hear_message()];
        if scheme == "ldaps" {
            acts = vec![handshake(), hear_message()];
        }
        let server = SmtpServer::scripted(acts, Some(&identity)).await.unwrap();
        let ca = ours.pem_file().display();
        let url = format!("{scheme}://{}?ca={ca}", server.address());
        let check = open(&url, computed(), &patient());

        let answer = ask(check.as_ref()).await;

        drop(check);
        let heard = server.sessions().await.unwrap().remove(0);
        assert_eq!(word(&answer), "certificate", "{scheme}: {answer:?}");
        assert!(!has(&heard, RIGHT));
    }
}
