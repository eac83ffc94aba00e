use proptest::prelude::*;

use super::*;
use crate::dialogue::Listener;
use crate::reply::Reader;

fn reply(text: &str) -> Reply {
    let mut reader = Reader::default();
    for line in text.split('|') {
        reader.take(line.as_bytes()).unwrap();
        reader.take(b"\r\n").unwrap();
    }
    reader.message().unwrap().unwrap()
}

fn word<T>(result: Result<T, Unavailable>, good: &'static str) -> &'static str {
    match result {
        Ok(_) => good,
        Err(unavailable) => unavailable.reason(),
    }
}

fn login(text: &str) -> &'static str {
    match verdict(&reply(text), Sent::All) {
        Ok(Verdict::Opens) => "opens",
        Ok(Verdict::Refused(_)) => "refused",
        Err(unavailable) => unavailable.reason(),
    }
}

#[test]
fn greetings_are_classified_as_the_table_says() {
    for (text, class) in [
        ("220 mail.example.test ESMTP Postfix", "go on"),
        (
            "421 4.7.0 mail.example.test Error: too many connections from 127.0.0.1",
            "temporary",
        ),
        ("450 later", "temporary"),
        ("451 later", "temporary"),
        ("554 no", "blocked"),
        ("550 Too many connections", "blocked"),
        ("521 no mail here", "blocked"),
        ("250 hello", "gibberish"),
        ("235 welcome", "gibberish"),
        ("334 ", "gibberish"),
    ] {
        assert_eq!(word(greeting(&reply(text)), "go on"), class, "{text}");
    }
}

#[test]
fn answers_to_ehlo_are_classified_as_the_table_says() {
    for (text, class) in [
        ("250-mail.example.test|250 HELP", "go on"),
        ("421 4.3.0 Server local error", "temporary"),
        ("450 later", "temporary"),
        ("500 what", "misconfigured"),
        ("550 no", "misconfigured"),
        ("220 hello", "gibberish"),
        ("235 welcome", "gibberish"),
        ("334 ", "gibberish"),
    ] {
        assert_eq!(word(hello(&reply(text)), "go on"), class, "{text}");
    }
}

#[test]
fn answers_to_starttls_are_classified_as_the_table_says() {
    for (text, class) in [
        ("220 2.0.0 Ready to start TLS", "go on"),
        ("454 4.7.0 TLS not available", "temporary"),
        ("421 4.3.0 bye", "temporary"),
        ("501 5.5.4 Syntax", "tls-required"),
        ("502 5.5.1 Error: command not implemented", "tls-required"),
        (
            "503 STARTTLS command used when not advertised",
            "tls-required",
        ),
        ("250 ok", "gibberish"),
        ("235 ok", "gibberish"),
        ("334 ", "gibberish"),
    ] {
        assert_eq!(word(starttls(&reply(text)), "go on"), class, "{text}");
    }
}

#[test]
fn answers_to_a_login_are_classified_as_the_table_says() {
    for &(text, class) in LOGIN_ANSWERS {
        assert_eq!(login(text), class, "{text}");
    }
}

#[test]
fn nothing_is_accepted_before_the_password_was_sent() {
    for (text, bare_word, user_name) in [
        ("235 2.7.0 ok", "gibberish", "gibberish"),
        ("535 5.7.8 no", "misconfigured", "a verdict"),
        ("525 5.7.13 no", "misconfigured", "a verdict"),
        ("454 4.7.0 later", "temporary", "temporary"),
        ("504 no", "no-mechanism", "no-mechanism"),
        ("530 5.7.0 TLS first", "tls-required", "tls-required"),
    ] {
        let reply = reply(text);
        assert_eq!(
            word(verdict(&reply, Sent::Nothing), "a verdict"),
            bare_word,
            "{text}"
        );
        assert_eq!(
            word(verdict(&reply, Sent::UserName), "a verdict"),
            user_name,
            "{text}"
        );
    }
}

#[test]
fn a_refusal_keeps_what_the_log_needs() {
    assert_eq!(
        verdict(
            &reply("535-5.7.8 <script>\u{202e}|535 5.7.8 \u{1b}[31m"),
            Sent::All
        ),
        Ok(Verdict::Refused(Refusal {
            code: "535".to_owned(),
            enhanced: Some("5.7.8".to_owned()),
            text: r"<script>\xe2\x80\xae \x1b[31m".to_owned(),
        }))
    );
}

proptest! {
    #[test]
    fn only_235_opens(code in 200_u16..600, text in "[ -~]{0,60}") {
        let opens = verdict(&reply(&format!("{code} {text}").replace('|', "/")), Sent::All) == Ok(Verdict::Opens);

        prop_assert_eq!(opens, code == 235);
    }

    #[test]
    fn only_535_and_525_refuse(code in 200_u16..600, text in "[ -~]{0,60}") {
        let answer = verdict(&reply(&format!("{code} {text}").replace('|', "/")), Sent::All);
        let refused = matches!(answer, Ok(Verdict::Refused(_)));

        prop_assert!(!refused || code == 535 || code == 525);
    }
}

const LOGIN_ANSWERS: &[(&str, &str)] = &[
    ("235 2.7.0 Authentication successful", "opens"),
    ("235 Authentication succeeded", "opens"),
    ("235", "opens"),
    ("235-2.7.0 Welcome|235 2.7.0 back", "opens"),
    (
        "535 5.7.8 Error: authentication failed: (reason unavailable)",
        "refused",
    ),
    (
        "535 5.7.8 Error: authentication failed: Password expired",
        "refused",
    ),
    ("535 5.7.3 Authentication unsuccessful", "refused"),
    ("535 Incorrect authentication data", "refused"),
    (
        "535-5.7.8 Username and Password not accepted. Learn more at|535 5.7.8  https://x",
        "refused",
    ),
    ("535 5.7.1 Authentication failed", "refused"),
    ("535", "refused"),
    (
        "535 5.7.8 Error: authentication failed: Invalid authentication mechanism",
        "misconfigured",
    ),
    (
        "535 5.7.8 Error: authentication failed: Invalid base64 data in initial response",
        "misconfigured",
    ),
    (
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
        "misconfigured",
    ),
    (
        "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.",
        "refused",
    ),
    ("535 4.7.0 Temporary authentication failure", "temporary"),
    ("525 5.7.13 Account_suspended", "refused"),
    (
        "534-5.7.9 Application-specific password required.|534 5.7.9 See https://x",
        "no-mechanism",
    ),
    ("432 4.7.12 A password transition is needed", "no-mechanism"),
    (
        "504 5.5.4 Unsupported authentication mechanism.",
        "no-mechanism",
    ),
    (
        "504 PLAIN authentication mechanism not supported",
        "no-mechanism",
    ),
    (
        "530 5.7.0 Must issue a STARTTLS command first",
        "tls-required",
    ),
    ("538 5.7.11 Encryption required", "tls-required"),
    ("523 5.7.10 Encryption needed", "tls-required"),
    ("421 4.7.0 too many errors", "temporary"),
    ("435 Unable to authenticate at present", "temporary"),
    (
        "450 4.7.1 Error: too many AUTH commands from 127.0.0.1",
        "temporary",
    ),
    ("451 Too many authentication attempts", "temporary"),
    ("452 later", "temporary"),
    (
        "454 4.7.0 Temporary authentication failure: Connection lost",
        "temporary",
    ),
    ("499 odd", "temporary"),
    ("500 5.5.6 SASL response limit exceeded", "misconfigured"),
    (
        "501 5.5.2 Invalid base64 data in initial response",
        "misconfigured",
    ),
    ("502 5.5.1 not implemented", "misconfigured"),
    (
        "503 5.5.1 Error: authentication not enabled",
        "misconfigured",
    ),
    ("550 5.7.0 no", "misconfigured"),
    ("552 no", "misconfigured"),
    ("554 Too many nonmail commands", "misconfigured"),
    ("571 odd", "misconfigured"),
    ("250 ok", "gibberish"),
    ("220 ok", "gibberish"),
    ("200 ok", "gibberish"),
    ("299 ok", "gibberish"),
    ("221 bye", "gibberish"),
    ("334 ", "gibberish"),
    ("354 go ahead", "gibberish"),
];
