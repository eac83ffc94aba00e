//! Real servers' answers, as recorded, over a real connection: `mail.md` §2.1 and §3.

use mailbox::Kind;

use super::*;

async fn ends_in(class: &str, name: &str, acts: Vec<Act>) -> Result<Verdict, Unavailable> {
    let (answer, _) = Trusted::new()
        .ask_script(Way::Clear, acts, &patient())
        .await;
    assert_eq!(word(&answer), class, "{name}: {answer:?}");
    answer
}

#[tokio::test]
async fn banners_of_real_servers() {
    for (banner, class) in [
        (
            "421 4.7.0 mail.example.test Error: too many connections from 127.0.0.1\r\n",
            "temporary",
        ),
        (
            "421 4.3.0 mail.example.test Server local error\r\n",
            "temporary",
        ),
        (
            "451 4.7.1 Greylisting in action, please come back later\r\n",
            "temporary",
        ),
        ("550 Too many connections\r\n", "blocked"),
        (
            "554-mail.example.test\r\n554 5.7.1 Your access has been rejected\r\n",
            "blocked",
        ),
        ("521 mail.example.test does not accept mail\r\n", "blocked"),
    ] {
        let answer = ends_in(class, banner, greeting(banner)).await;
        let waiting_helps = answer.unwrap_err().kind() == Kind::Temporary;
        assert_eq!(waiting_helps, class == "temporary", "{banner}");
    }
}

#[tokio::test]
async fn verdicts_of_real_servers() {
    for (reply, class) in [
        ("235 2.7.0 Authentication successful", "opens"),
        ("235 2.7.0 Logged in.", "opens"),
        ("235 Authentication succeeded", "opens"),
        (
            "535 5.7.8 Error: authentication failed: (reason unavailable)",
            "refused",
        ),
        ("535 5.7.8 Authentication failed.", "refused"),
        ("535 Incorrect authentication data", "refused"),
        ("525 5.7.13 Account_suspended", "refused"),
        (
            "454 4.7.0 Temporary authentication failure: Connection lost to authentication server",
            "temporary",
        ),
        (
            "454 4.7.0 Temporary authentication failure. [host:time]",
            "temporary",
        ),
        ("435 Unable to authenticate at present", "temporary"),
        (
            "450 4.7.1 Error: too many AUTH commands from 127.0.0.1",
            "temporary",
        ),
        ("451 Too many authentication attempts", "temporary"),
        (
            "421 4.7.0 mail.example.test Error: too many errors",
            "temporary",
        ),
        (
            "503 5.5.1 Error: authentication not enabled",
            "misconfigured",
        ),
        ("503 AUTH command used when not advertised", "misconfigured"),
        ("500 5.5.6 SASL response limit exceeded", "misconfigured"),
        (
            "535 5.7.8 Error: authentication failed: Invalid authentication mechanism",
            "misconfigured",
        ),
        (
            "530 5.7.0 Must issue a STARTTLS command first",
            "tls-required",
        ),
        (
            "504 PLAIN authentication mechanism not supported",
            "no-mechanism",
        ),
        (
            "534-5.7.9 Application-specific password required. Learn more at\r\n534 5.7.9 x",
            "no-mechanism",
        ),
    ] {
        ends_in(class, reply, to_auth(format!("{reply}\r\n")))
            .await
            .ok();
    }
}

#[tokio::test]
async fn each_sentence_says_whose_problem_it_is() {
    for (acts, sentence) in [
        (
            to_auth("454 4.7.0 Temporary authentication failure\r\n"),
            "the mail server cannot answer now, it said: 454 4.7.0 Temporary authentication failure",
        ),
        (
            greeting("554 5.7.1 go away\r\n"),
            "the mail server does not talk to this machine: it greeted with 554 5.7.1 go away; \
             allow this machine's address there",
        ),
        (
            to_ehlo("250 mail.example.test\r\n"),
            "the mail server offers no login here: is this its port for submitting mail?",
        ),
        (
            to_ehlo("250-m\r\n250 AUTH SCRAM-SHA-256 XOAUTH2\r\n"),
            "the mail server offers neither PLAIN nor LOGIN, only SCRAM-SHA-256 XOAUTH2",
        ),
        (
            to_auth("503 5.5.1 \x1b[31mred\r\n"),
            "the mail server refused the login, which says nothing about the password: \
             503 5.5.1 \\x1b[31mred",
        ),
        (
            greeting("hello\r\n"),
            "what answers at the mail server's address is broken or hostile: \
             a line does not begin with an SMTP reply code",
        ),
    ] {
        let (answer, _) = Trusted::new()
            .ask_script(Way::Clear, acts, &patient())
            .await;

        assert_eq!(answer.unwrap_err().to_string(), sentence);
    }
}
