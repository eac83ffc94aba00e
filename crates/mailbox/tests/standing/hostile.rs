//! Servers that are slow, endless, lying or out of step: none of them makes a mailbox gone.

use testkit::certificates::{Authority, Quality};
use testkit::smtp::{close, handshake};
use tokio::task::JoinSet;

use super::*;

const GREETING: &str = "220 mail.example.test ready\r\n";
const HELLO: &str = "250 mail.example.test\r\n";
const OK: &str = "250 2.1.0 ok\r\n";
const NO: &str = "550 5.1.1 no such user\r\n";

/// A server that answers MAIL with these octets.
fn to_mail(octets: impl AsRef<[u8]>) -> Vec<Act> {
    vec![say(GREETING), hear(), say(HELLO), hear(), say(octets)]
}

fn only_rcpt(octets: impl AsRef<[u8]>) -> Vec<Act> {
    [to_mail(OK), vec![hear(), say(octets)]].concat()
}

/// Rows: what a server does, and where that must end. Those that wait for a limit wait together.
async fn all_end(rows: Vec<(&'static str, &'static str, Vec<Act>)>) {
    let mut running = JoinSet::new();
    for (class, name, acts) in rows {
        running.spawn(async move {
            let server = Scripted::start(acts).await;
            let (answer, whole) = ask_word(&server.lmtp(), &impatient()).await;
            assert_eq!(answer, class, "{name}: {whole}");
            let socket = format!("lmtp:{}", server.socket.path().display());
            let (answer, whole) = ask_word(&socket, &impatient()).await;
            assert_eq!(answer, class, "{name}, socket: {whole}");
        });
    }
    while let Some(done) = running.join_next().await {
        done.unwrap();
    }
}

#[tokio::test]
async fn who_turns_us_away_says_nothing_about_a_mailbox() {
    let hello = |answer| vec![say(GREETING), hear(), say(answer)];
    all_end(vec![
        (
            "blocked",
            "greeting",
            vec![say("554 5.1.1 no such user\r\n")],
        ),
        ("temporary", "busy", vec![say("421 4.3.2 too busy\r\n")]),
        ("misconfigured", "EHLO", hello("550 5.1.1 no such user\r\n")),
        (
            "misconfigured",
            "MAIL",
            to_mail("550 5.1.1 no such user\r\n"),
        ),
        (
            "misconfigured",
            "MAIL",
            to_mail("530 5.7.0 Authentication required\r\n"),
        ),
        ("temporary", "MAIL", to_mail("452 4.3.1 no storage\r\n")),
        ("temporary", "RCPT", only_rcpt("421 5.1.1 closing\r\n")),
        (
            "unknown",
            "RCPT",
            only_rcpt("550 5.7.1 your address is blocked\r\n"),
        ),
    ])
    .await;
}

#[tokio::test]
async fn an_answer_that_is_broken_off_is_none() {
    let after = |octets: &str| [only_rcpt(octets), vec![close()]].concat();
    all_end(vec![
        ("closed", "nothing", vec![close()]),
        ("closed", "half a code", after("55")),
        ("closed", "no end of line", after("550 5.1.1 no such user")),
        (
            "closed",
            "a line of several",
            after("550-5.1.1 no such user\r\n"),
        ),
        (
            "closed",
            "before postmaster",
            [only_rcpt("550 no\r\n"), vec![hear(), close()]].concat(),
        ),
    ])
    .await;
}

#[tokio::test]
async fn who_answers_before_the_question_is_not_believed() {
    all_end(vec![
        (
            "gibberish",
            "with the greeting",
            vec![say([GREETING, HELLO, OK, NO].concat())],
        ),
        ("gibberish", "with MAIL", to_mail([OK, NO].concat())),
        ("gibberish", "twice", only_rcpt([NO, OK].concat())),
        (
            "gibberish",
            "a yes and a no",
            only_rcpt(["250 ok\r\n", NO].concat()),
        ),
        (
            "gibberish",
            "two codes in one answer",
            only_rcpt("550-5.1.1 no\r\n250 5.1.1 yes\r\n"),
        ),
    ])
    .await;
}

#[tokio::test]
async fn nonsense_is_no_answer() {
    let endless =
        |octets: &[u8]| [to_mail(OK), vec![hear(), Act::SayForEver(octets.into())]].concat();
    all_end(vec![
        (
            "gibberish",
            "HTTP",
            vec![say("HTTP/1.1 400 Bad Request\r\n\r\n")],
        ),
        ("gibberish", "no code", only_rcpt("5.1.1 no such user\r\n")),
        (
            "gibberish",
            "a bare LF",
            only_rcpt("550 5.1.1 no such user\n"),
        ),
        ("gibberish", "NUL", only_rcpt("550 5.1.1\0no\r\n")),
        ("gibberish", "three", only_rcpt("354 go on\r\n")),
        ("gibberish", "a line without end", endless(b"5501")),
        (
            "gibberish",
            "an answer without end",
            endless(b"550-5.1.1 no\r\n"),
        ),
    ])
    .await;
}

#[tokio::test]
async fn who_is_slow_is_not_waited_for() {
    let drip = |octets: &str| Act::Drip(octets.into(), Duration::from_millis(300));
    all_end(vec![
        ("timeout", "silent", vec![]),
        ("timeout", "greeting only", vec![say(GREETING)]),
        ("timeout", "silent to RCPT", to_mail(OK)),
        (
            "timeout",
            "a drop at a time",
            [to_mail(OK), vec![hear(), drip(NO)]].concat(),
        ),
        (
            "timeout",
            "silent about postmaster",
            only_rcpt("550 no\r\n"),
        ),
    ])
    .await;
}

#[tokio::test]
async fn nothing_is_asked_in_clear_where_encryption_is_wanted() {
    let authority = Authority::new().unwrap();
    let identity = authority.issue(&["127.0.0.1"], Quality::Good).unwrap();
    let ca = authority.pem_file().display();
    let offer = "250-mail.example.test\r\n250 STARTTLS\r\n";
    let mut encrypted = vec![
        say(GREETING),
        hear(),
        say(offer),
        hear(),
        say("220 go ahead\r\n"),
        handshake(),
    ];
    for answer in [HELLO, OK, NO] {
        encrypted.extend([hear(), say(answer)]);
    }
    for (acts, expected) in [
        (encrypted, "missing"),
        (to_rcpt(NO, OK), "tls-required"),
        (
            vec![say(GREETING), hear(), say(offer), hear(), say("454 no\r\n")],
            "temporary",
        ),
    ] {
        let server = SmtpServer::scripted(acts, Some(&identity)).await.unwrap();
        let url = format!("lmtp://{}?ca={ca}", server.address());

        assert_eq!(ask_word(&url, &patient()).await.0, expected);
        let session = server.sessions().await.unwrap().remove(0);
        let clear = String::from_utf8(session.clear).unwrap();
        assert!(!clear.contains("alice"), "{clear}");
    }
}
