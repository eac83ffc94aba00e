use proptest::prelude::*;

use super::super::response::{Reader, Response};
use super::*;
use crate::dialogue::Listener;

fn status(line: &str) -> Status {
    let mut reader = Reader::default();
    reader.take(line.as_bytes()).unwrap();
    reader.take(b"\r\n").unwrap();
    match reader.message().unwrap().unwrap() {
        Response::Notice(status) | Response::Answer(_, status) => status,
        Response::Capabilities(_) | Response::Aside | Response::Prompt(_) => {
            panic!("{line:?} is about something else")
        }
    }
}

fn word<T>(result: Result<T, Unavailable>) -> &'static str {
    match result {
        Ok(_) => "on",
        Err(unavailable) => unavailable.reason(),
    }
}

fn verdict_word(line: &str, sent: Sent) -> &'static str {
    match verdict(&status(line), sent) {
        Ok(Verdict::Opens) => "opens",
        Ok(Verdict::Refused(_)) => "refused",
        Err(unavailable) => unavailable.reason(),
    }
}

#[test]
fn greetings() {
    for (line, expected) in [
        ("* OK ready", "on"),
        ("* OK [CAPABILITY IMAP4rev1] ready", "on"),
        ("* OK [ALERT] maintenance at ten", "on"),
        ("* BYE too many connections", "temporary"),
        ("* BYE [UNAVAILABLE] later", "temporary"),
        ("* PREAUTH welcome back", "gibberish"),
        ("* NO x", "gibberish"),
        ("* BAD x", "gibberish"),
        (
            "* BYE [REFERRAL imap://elsewhere.example/] x",
            "misconfigured",
        ),
        (
            "* OK [REFERRAL imap://elsewhere.example/] x",
            "misconfigured",
        ),
    ] {
        assert_eq!(word(greeting(&status(line))), expected, "{line}");
    }
}

#[test]
fn remarks_before_an_answer() {
    for (line, expected) in [
        ("* OK Still here", "on"),
        ("* NO disk is nearly full", "on"),
        ("* BAD strange", "on"),
        (
            "* BYE Temporary problem, please try again later",
            "temporary",
        ),
        ("* PREAUTH welcome back", "gibberish"),
        (
            "* NO [REFERRAL imap://elsewhere.example/] x",
            "misconfigured",
        ),
    ] {
        assert_eq!(word(notice(&status(line))), expected, "{line}");
    }
}

#[test]
fn answers_to_commands_about_the_dialogue() {
    for (line, to_command, to_starttls) in [
        ("p1 OK done", "on", "on"),
        ("p1 NO [UNAVAILABLE] later", "temporary", "temporary"),
        ("p1 NO no TLS today", "misconfigured", "tls-required"),
        ("p1 BAD what?", "misconfigured", "tls-required"),
        (
            "p1 NO [REFERRAL imap://x/] x",
            "misconfigured",
            "misconfigured",
        ),
    ] {
        let status = status(line);
        assert_eq!(word(command("CAPABILITY", &status)), to_command, "{line}");
        assert_eq!(word(starttls(&status)), to_starttls, "{line}");
    }
}

/// The IMAP rows of `mail.md` §3, what it measured in §2.2, and RFC 5530 §3 code by code.
#[test]
fn answers_to_a_login() {
    for (line, expected) in [
        ("p1 OK [CAPABILITY IMAP4rev1 IDLE] Logged in", "opens"),
        ("p1 OK", "opens"),
        (
            "p1 NO [AUTHENTICATIONFAILED] Authentication failed.",
            "refused",
        ),
        ("p1 NO LOGIN failed.", "refused"),
        ("p1 NO", "refused"),
        ("p1 NO [X-UNHEARD-OF] no", "refused"),
        ("p1 NO [ALERT] Invalid credentials (Failure)", "refused"),
        (
            "p1 NO [AUTHORIZATIONFAILED] Authorization failed",
            "refused",
        ),
        ("p1 NO [EXPIRED] Password expired", "refused"),
        ("p1 NO [CONTACTADMIN] Account_suspended", "refused"),
        ("p1 NO [NOPERM] no", "refused"),
        (
            "p1 NO [UNAVAILABLE] Temporary authentication failure. [host:time]",
            "temporary",
        ),
        ("p1 NO [SERVERBUG] Internal error occurred.", "temporary"),
        ("p1 NO [INUSE] x", "temporary"),
        ("p1 NO [LIMIT] too many of you", "temporary"),
        (
            "p1 NO [PRIVACYREQUIRED] Plaintext disallowed",
            "tls-required",
        ),
        (
            "p1 NO [ALERT] Unsupported authentication mechanism.",
            "no-mechanism",
        ),
        (
            "p1 NO [ALERT] Application-specific password required: https://x (Failure)",
            "no-mechanism",
        ),
        ("p1 NO [CANNOT] x", "misconfigured"),
        ("p1 NO [CLIENTBUG] x", "misconfigured"),
        ("p1 NO [CORRUPTION] x", "misconfigured"),
        ("p1 NO [OVERQUOTA] x", "misconfigured"),
        ("p1 NO [NONEXISTENT] x", "misconfigured"),
        ("p1 NO [ALREADYEXISTS] x", "misconfigured"),
        ("p1 NO [EXPUNGEISSUED] x", "misconfigured"),
        ("p1 BAD Authentication aborted by client.", "misconfigured"),
        ("p1 BAD [AUTHENTICATIONFAILED] x", "misconfigured"),
        (
            "p1 BAD User is authenticated but not connected.",
            "misconfigured",
        ),
        (
            "p1 OK [REFERRAL imap://alice@elsewhere.example/] x",
            "misconfigured",
        ),
        (
            "p1 NO [REFERRAL imap://alice@elsewhere.example/] x",
            "misconfigured",
        ),
    ] {
        assert_eq!(verdict_word(line, Sent::All), expected, "{line}");
    }
}

#[test]
fn an_answer_before_the_password_is_no_verdict() {
    for sent in [Sent::Nothing, Sent::UserName] {
        for (line, expected) in [
            ("p1 OK Logged in", "gibberish"),
            ("p1 NO [AUTHENTICATIONFAILED] x", "misconfigured"),
            ("p1 NO [UNAVAILABLE] x", "temporary"),
            (
                "p1 NO [ALERT] Unsupported authentication mechanism.",
                "no-mechanism",
            ),
            ("p1 BAD x", "misconfigured"),
        ] {
            assert_eq!(verdict_word(line, sent), expected, "{line} {sent:?}");
        }
    }
}

#[test]
fn a_refusal_keeps_what_the_log_needs() {
    for (line, code) in [
        ("p1 NO [contactadmin] <b>Account</b>", "CONTACTADMIN"),
        ("p1 NO <b>Account</b>", "NO"),
    ] {
        assert_eq!(
            verdict(&status(line), Sent::All),
            Ok(Verdict::Refused(Refusal {
                code: code.to_owned(),
                enhanced: None,
                text: "<b>Account</b>".to_owned(),
            }))
        );
    }
}

proptest! {
    #[test]
    fn nothing_but_ok_opens(line in "p1 (NO|BAD|no|bad)( \\[[A-Z]{1,20}\\])?( [ -z]{0,40})?") {
        prop_assert_ne!(verdict_word(&line, Sent::All), "opens");
    }
}
