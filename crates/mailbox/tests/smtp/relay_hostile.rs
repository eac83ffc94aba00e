//! Letters for relays that refuse, break off, or are hostile.

use mailbox::NotSent;
use testkit::smtp::{Act, close, handshake};

use super::relay::{letter, with_limits, word};
use super::*;

const OK: &str = "250 2.0.0 ok\r\n";
const GO_ON: &str = "354 go on\r\n";

/// How many lines the letter has on the wire: headers, an empty one, the text and a dot.
const LINES: usize = 9 + 1 + 6 + 1;

/// A server that takes everything before `reply` with the usual words, and answers so in its place.
fn until_mail(reply: &str) -> Vec<Act> {
    vec![say(GREETING), hear(), say(OFFER), hear(), say(reply)]
}

fn until_rcpt(reply: &str) -> Vec<Act> {
    [until_mail(OK), vec![hear(), say(reply)]].concat()
}

fn until_data(reply: &str) -> Vec<Act> {
    [until_rcpt(OK), vec![hear(), say(reply)]].concat()
}

/// Hears a letter to the end of its last line, which is a dot, and answers.
fn until_dot(reply: &str) -> Vec<Act> {
    [until_data(GO_ON), vec![hear(); LINES], vec![say(reply)]].concat()
}

async fn scripted(trusted: &Trusted, way: Way, mut acts: Vec<Act>) -> SmtpServer {
    if way == Way::Encrypted {
        acts.insert(0, Act::Handshake);
    }
    SmtpServer::scripted(acts, Some(&trusted.identity))
        .await
        .unwrap()
}

/// Sends the letter, and gives what became of it and what the server heard.
async fn send(url: &str, server: SmtpServer, options: &Options) -> (&'static str, String, Session) {
    let sent = with_limits(url, None, options).send(&letter()).await;
    let session = server.sessions().await.unwrap().remove(0);
    (word(&sent), format!("{sent:?}"), session)
}

/// Asserts where each script ends, and whether the text of the letter had been sent by then.
async fn all_end_in(class: &str, with_text: bool, scripts: Vec<(&str, Vec<Act>)>) {
    let trusted = Trusted::new();
    for (name, acts) in scripts {
        for way in [Way::Clear, Way::Encrypted] {
            let server = scripted(&trusted, way, acts.clone()).await;
            let (end, sent, session) = send(&trusted.url(way, &server), server, &patient()).await;

            assert_eq!(end, class, "{name}, {way:?}: {sent}");
            let has_text = session.lines().iter().any(|line| line.contains("1234"));
            assert_eq!(has_text, with_text, "{name}, {way:?}");
        }
    }
}

#[tokio::test]
async fn a_4xx_anywhere_says_not_now() {
    let mail = until_mail("452 4.3.1 Insufficient system storage\r\n");
    let grey = until_rcpt("450 4.2.0 <alice@example.test>: greylisted\r\n");
    let lost = until_rcpt("454 4.7.0 TLS not available\r\n");
    let closing = until_data("421 4.3.2 shutting down\r\n");
    let before = vec![
        ("MAIL", mail),
        ("RCPT", grey),
        ("RCPT, 454", lost),
        ("DATA", closing),
    ];
    let dot = until_dot("451 4.3.0 queue file write error\r\n");

    all_end_in("temporary", false, before).await;
    all_end_in("temporary", true, vec![("the dot", dot)]).await;
}

#[tokio::test]
async fn a_5xx_that_is_about_the_mailbox_refuses_it() {
    let scripts = [
        "550 5.1.1 <alice@example.test>: User unknown\r\n",
        "550 no such user\r\n",
        "550-5.1.1 The email account that you tried to reach\r\n550 5.1.1 does not exist\r\n",
        "551 5.1.6 moved\r\n",
        "552 5.2.2 mailbox full\r\n",
        "553 5.1.3 bad address\r\n",
        "554 5.1.2 no such domain\r\n",
        "556 5.1.10 the domain takes no mail\r\n",
    ];

    let scripts = scripts.map(|reply| (reply, until_rcpt(reply)));

    all_end_in("mailbox-refused", false, scripts.into()).await;
}

#[tokio::test]
async fn a_5xx_that_is_about_us_is_a_setting_to_put_right() {
    let before = [
        until_mail("550 5.7.1 sender rejected\r\n"),
        until_mail("530 5.7.0 Must issue a STARTTLS command first\r\n"),
        until_mail("503 5.5.1 bad sequence\r\n"),
        until_rcpt("554 5.7.1 <alice@example.test>: Relay access denied\r\n"),
        until_rcpt("550 5.7.1 Relaying denied\r\n"),
        until_rcpt("530 5.7.0 Authentication required\r\n"),
        until_rcpt("503 5.5.1 bad sequence\r\n"),
        until_rcpt("501 5.5.4 Syntax\r\n"),
        until_data("554 5.5.1 no valid recipients\r\n"),
        until_data("552 5.2.3 too big\r\n"),
    ];
    let dot = [
        "552 5.3.4 message size exceeds limit\r\n",
        "554 5.7.1 looks like spam\r\n",
    ];

    let before = before.map(|acts| ("before the dot", acts));
    all_end_in("misconfigured", false, before.into()).await;
    let dot = dot.map(|reply| (reply, until_dot(reply)));
    all_end_in("misconfigured", true, dot.into()).await;
}

#[tokio::test]
async fn an_answer_that_comes_before_its_question_is_an_attack() {
    let twice = format!("{OK}{OK}");
    let early_end = format!("{GO_ON}{OK}");
    let before = vec![
        ("two answers to MAIL", until_mail(&twice)),
        ("two answers to RCPT", until_rcpt(&twice)),
        (
            "half an answer behind that to RCPT",
            until_rcpt("250 ok\r\n2"),
        ),
        ("taken before it was sent", until_data(&early_end)),
        ("refused and accepted", until_rcpt("550 no\r\n250 ok\r\n")),
    ];

    all_end_in("gibberish", false, before).await;
    let dot = vec![
        ("two answers to the dot", until_dot(&twice)),
        ("refused and accepted", until_dot("554 no\r\n250 ok\r\n")),
    ];
    all_end_in("not-known", true, dot).await;
}

#[tokio::test]
async fn lines_forged_behind_the_answer_to_starttls_are_never_answers() {
    let forged = format!("220 go\r\n{OFFER}{OK}{OK}{GO_ON}{OK}");
    let acts = [to_starttls(forged), vec![handshake(), hear()]].concat();

    let trusted = Trusted::new();
    let server = scripted(&trusted, Way::StartTls, acts).await;
    let url = trusted.url(Way::StartTls, &server);

    let (end, sent, session) = send(&url, server, &patient()).await;

    assert_eq!(end, "gibberish", "{sent}");
    let clear = String::from_utf8_lossy(&session.clear);
    assert!(!clear.contains("MAIL"), "{clear}");
}

#[tokio::test]
async fn other_answers_than_the_next_step_are_gibberish() {
    let scripts = vec![
        ("MAIL, 354", until_mail(GO_ON)),
        ("MAIL, 235", until_mail("235 ok\r\n")),
        ("RCPT, 252", until_rcpt("252 cannot tell\r\n")),
        ("RCPT, 354", until_rcpt(GO_ON)),
        ("DATA, 250", until_data(OK)),
        ("HTTP", until_mail("HTTP/1.1 400 Bad Request\r\n\r\n")),
        ("NUL", until_rcpt("250 \0\r\n")),
    ];

    all_end_in("gibberish", false, scripts).await;
}

#[tokio::test]
async fn a_forwarding_relay_is_good() {
    let acts = [
        until_rcpt("251 2.1.5 will forward\r\n"),
        vec![hear(), say(GO_ON)],
        vec![hear(); LINES],
        vec![say(OK)],
    ];

    all_end_in("taken", true, vec![("251", acts.concat())]).await;
}

#[tokio::test]
async fn an_end_before_the_letter_was_sent_is_a_letter_not_sent() {
    let closing = |acts: Vec<Act>| [acts, vec![close()]].concat();
    let scripts = vec![
        ("at once", closing(vec![])),
        (
            "after MAIL",
            closing(vec![say(GREETING), hear(), say(OFFER), hear()]),
        ),
        (
            "after RCPT",
            closing([until_mail(OK), vec![hear()]].concat()),
        ),
        (
            "after DATA",
            closing([until_rcpt(OK), vec![hear()]].concat()),
        ),
    ];

    all_end_in("closed", false, scripts).await;
}

#[tokio::test]
async fn without_a_clear_answer_to_the_dot_it_is_not_known_what_became_of_the_letter() {
    let heard = [until_data(GO_ON), vec![hear(); LINES]].concat();
    let ends = vec![
        ("hangs up", vec![close()]),
        ("half an answer", vec![say("250 o"), close()]),
        ("rubbish", vec![say("HTTP/1.1 200 OK\r\n")]),
        ("another success", vec![say("221 bye\r\n")]),
        ("more data, please", vec![say(GO_ON)]),
    ];

    let scripts = ends
        .into_iter()
        .map(|(name, end)| (name, [heard.clone(), end].concat()));

    all_end_in("not-known", true, scripts.collect()).await;
}

#[tokio::test]
async fn silence_anywhere_uses_up_one_time_limit() {
    let heard = [until_data(GO_ON), vec![hear(); LINES]].concat();
    let giant = Act::SayForEver(b"250-x\r\n".to_vec());
    let pause = Duration::from_millis(200);
    let slow = Act::Drip(GO_ON.as_bytes().repeat(20), pause);
    let scripts = [
        ("timeout", vec![]),
        ("timeout", until_mail("250-")),
        ("timeout", [until_mail(OK), vec![hear()]].concat()),
        (
            "timeout",
            [
                until_rcpt(OK),
                vec![hear(), Act::Drip(b"354-go\r\n".repeat(9), pause)],
            ]
            .concat(),
        ),
        (
            "gibberish",
            [until_mail(OK), vec![hear(), giant.clone()]].concat(),
        ),
        ("not-known", heard.clone()),
        ("not-known", [heard.clone(), vec![giant]].concat()),
        ("not-known", [heard, vec![slow]].concat()),
    ];
    let trusted = Trusted::new();
    let mut ready = Vec::new();
    for (class, acts) in scripts {
        ready.push((class, scripted(&trusted, Way::Clear, acts).await));
    }
    let mut running = JoinSet::new();
    for (class, server) in ready {
        let url = trusted.url(Way::Clear, &server);
        running.spawn(async move {
            let (end, sent, _) = send(&url, server, &impatient()).await;
            (class, end, sent)
        });
    }

    while let Some(done) = running.join_next().await {
        let (class, end, sent) = done.unwrap();
        assert_eq!(end, class, "{sent}");
    }
}

#[tokio::test]
async fn the_recipient_is_in_no_word_that_is_kept() {
    for acts in [
        until_rcpt("550 5.1.1 <alice@example.test> \x1b[31m unknown, alice@example.test\r\n"),
        until_rcpt("450 4.1.1 <alice@example.test> later\r\n"),
        until_rcpt("554 5.7.1 <alice@example.test>: Relay access denied\r\n"),
        until_dot("554 5.7.1 to alice@example.test: spam\r\n"),
    ] {
        let trusted = Trusted::new();
        let server = SmtpServer::scripted(acts, None).await.unwrap();
        let relay = with_limits(&trusted.url(Way::Clear, &server), None, &patient());

        let not_sent = relay.send(&letter()).await.unwrap_err();

        let words = format!("{not_sent} {not_sent:?}");
        assert!(!words.contains("alice"), "{words}");
        assert!(!words.contains('\x1b'), "{words}");
        assert!(words.contains("[*]"), "{words}");
        assert!(!matches!(not_sent, NotSent::Letter(_)));
    }
}

#[tokio::test]
async fn what_becomes_of_quit_does_not_matter() {
    let ends = [
        ("no answer", vec![hear()]),
        ("rubbish", vec![hear(), say(b"\0\xff HTTP\n")]),
        ("hangs up before", vec![close()]),
        ("hangs up after", vec![hear(), close()]),
    ];

    let scripts = ends.map(|(name, end)| (name, [until_dot(OK), end].concat()));

    all_end_in("taken", true, scripts.into()).await;
}
