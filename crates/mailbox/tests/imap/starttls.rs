//! The step from clear text to TLS, and everybody who would like to prevent it (`mail.md` §7).

use super::*;

const GO: &str = "p1 OK Begin TLS negotiation now.\r\n";

/// A server that answers STARTTLS with this.
fn to_starttls(octets: impl AsRef<[u8]>) -> Vec<Act> {
    vec![say(STARTTLS_GREETING), hear(), say(octets)]
}

/// Asserts that a login over STARTTLS ends in this class, and that no credentials were sent at all.
async fn stops(class: &str, name: &str, acts: Vec<Act>) {
    let asked = ask(Way::StartTls, acts).await;

    assert_eq!(asked.word(), class, "{name}: {:?}", asked.answer);
    assert!(!asked.heard.has_credentials(), "{name}");
}

#[tokio::test]
async fn a_stripped_starttls_is_never_answered_with_clear_text() {
    for words in [
        "AUTH=PLAIN SASL-IR",
        "XSTARTTLS STARTTLSX AUTH=PLAIN",
        "XXXXXXXA LOGIN",
        "",
    ] {
        let in_greeting = format!("* OK [CAPABILITY IMAP4rev1 {words}] ready\r\n");
        let when_asked = format!("* CAPABILITY IMAP4rev1 {words}\r\np1 OK done\r\n");

        stops("tls-required", words, greeting(in_greeting)).await;
        stops("tls-required", words, to_capability(when_asked)).await;
    }
}

#[tokio::test]
async fn a_refused_starttls_is_the_end() {
    for (answer, class) in [
        ("p1 NO [UNAVAILABLE] not now\r\n", "temporary"),
        ("* BYE not now\r\n", "temporary"),
        ("p1 NO TLS is not set up\r\n", "tls-required"),
        ("p1 BAD what?\r\n", "tls-required"),
        ("+ go on\r\n", "gibberish"),
        ("p2 OK go\r\n", "gibberish"),
        ("* PREAUTH go\r\n", "gibberish"),
    ] {
        stops(class, answer, to_starttls(answer)).await;
    }
}

#[tokio::test]
async fn a_refused_starttls_is_the_end_on_this_machine_too() {
    let asked = ask(Way::Clear, to_starttls("p1 NO TLS is not set up\r\n")).await;

    assert_eq!(asked.word(), "tls-required");
    assert!(!asked.heard.has_credentials());
}

#[tokio::test]
async fn octets_behind_the_answer_to_starttls_are_an_attack() {
    for forged in [
        "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\np2 OK\r\np3 OK Logged in\r\n",
        "p2 OK Logged in\r\n",
        "* OK injected\r\n",
        "*",
        "\r\n",
    ] {
        let mut acts = to_starttls(format!("{GO}{forged}"));
        acts.extend([handshake(), hear()]);

        stops("gibberish", forged, acts).await;
    }
}

#[tokio::test]
async fn lines_forged_into_the_handshake_are_never_read_as_answers() {
    // They come late, when nothing checks for them any more but TLS itself.
    let forged = b"* CAPABILITY AUTH=PLAIN\r\np2 OK\r\np3 OK Logged in\r\n".to_vec();
    let mut acts = to_starttls(GO);
    acts.push(Act::Drip(forged, Duration::from_millis(5)));

    let asked = ask(Way::StartTls, acts).await;

    assert!(
        matches!(asked.word(), "misconfigured" | "gibberish"),
        "{:?}",
        asked.answer
    );
    assert!(!asked.heard.has_credentials());
}

#[tokio::test]
async fn what_was_offered_in_clear_is_forgotten() {
    let both = "* OK [CAPABILITY IMAP4rev1 STARTTLS SASL-IR AUTH=PLAIN] ready\r\n";
    let nothing = "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\np2 OK\r\n";
    let with_code = "p1 OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] go\r\n";
    for go in [GO, with_code] {
        let mut acts = vec![say(both), hear(), say(go), handshake(), hear()];
        acts.push(say(nothing));

        stops("no-mechanism", go, acts).await;
    }
}

#[tokio::test]
async fn a_connection_that_ends_around_the_handshake_is_temporary() {
    let mut in_handshake = to_starttls(GO);
    in_handshake.push(close());
    let mut behind_it = to_starttls(GO);
    behind_it.extend([handshake(), hear(), close()]);

    stops("closed", "in the handshake", in_handshake).await;
    stops("closed", "behind it", behind_it).await;
}

#[tokio::test]
async fn the_words_of_a_good_starttls_are_these() {
    let offer = "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\np2 OK done\r\n";
    let mut acts = to_starttls(GO);
    acts.extend([
        handshake(),
        hear(),
        say(offer),
        hear(),
        say("p3 OK Logged in\r\n"),
    ]);

    let asked = ask(Way::StartTls, acts).await;

    assert_eq!(asked.word(), "opens", "{:?}", asked.answer);
    assert_eq!(asked.heard.clear, b"p1 STARTTLS\r\n"[..]);
    assert_eq!(
        asked.heard.lines(),
        [
            "p2 CAPABILITY\r\n",
            "p3 AUTHENTICATE PLAIN AGFsaWNlQGV4YW1wbGUudGVzdABjb3JyZWN0IGhvcnNl\r\n",
            "p4 LOGOUT\r\n"
        ]
    );
}
