//! Dovecot 2.3's auth service, as Debian 12 has it, asked over its socket.

use std::time::Duration;

use e2e::servers::accounts::*;
use e2e::servers::dovecot::{
    Dovecot, Failures, MASTER, MASTER_PASSWORD, MASTER_SEPARATOR, STATES_DOMAIN, STATES_PASSWORD,
};
use e2e::servers::folder::Folder;
use mailbox::{LoginForm, Options, Unavailable, Verdict};
use rustix::process::Signal;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::asking::{Answer, ask, ask_as, ask_from, ask_with, ask_within, open, reason};

/// A Dovecot and its folder, which must outlive it.
struct Scene {
    dovecot: Dovecot,
    folder: Folder,
}

impl Scene {
    fn new(failures: Failures) -> Self {
        let folder = Folder::make().unwrap();
        let dovecot = Dovecot::start(&folder, failures).unwrap();
        Self { dovecot, folder }
    }

    fn url(&self) -> String {
        format!("dovecot:{}", self.dovecot.socket.display())
    }

    async fn ask(&self, address: &str, password: &str) -> Answer {
        ask(&self.url(), address, password).await
    }
}

fn quick() -> Scene {
    Scene::new(Failures::Quick)
}

/// Gives one word for an answer: `opens`, what it was refused for, or why there is none.
fn word(answer: &Answer) -> String {
    match answer {
        Ok(Verdict::Opens) => "opens".to_owned(),
        Ok(Verdict::Refused(refusal)) => refusal.code.clone(),
        Err(unavailable) => unavailable.reason().to_owned(),
    }
}

#[tokio::test]
async fn the_right_password_opens_and_a_wrong_one_is_refused() {
    let scene = quick();
    for (address, password, expected) in [
        (ALICE, ALICE_PASSWORD, "opens"),
        ("ALICE@Example.test", ALICE_PASSWORD, "opens"),
        (CORP, CORP_PASSWORD, "opens"),
        (PLUS, ALICE_PASSWORD, "opens"),
        ("Hans@Bücher.TEST", BUECHER_PASSWORD, "opens"),
        (ALICE, "wrong", "FAIL"),
        (ALICE, CORP_PASSWORD, "FAIL"),
        (CORP, ALICE_PASSWORD, "FAIL"),
        ("nobody@example.test", ALICE_PASSWORD, "FAIL"),
        ("alice+tag@example.test", ALICE_PASSWORD, "FAIL"),
    ] {
        let answer = scene.ask(address, password).await;

        assert_eq!(word(&answer), expected, "{address}: {answer:?}");
    }
}

#[tokio::test]
async fn every_password_arrives_whole() {
    let scene = quick();
    let long = long_password();
    let one_less: String = long.chars().skip(1).collect();
    for (address, password, expected) in [
        (UMLAUT, UMLAUT_PASSWORD, "opens"),
        (UMLAUT, "Gru\u{308}ße, κο\u{301}σμε 🐘", "opens"),
        (LONG, long.as_str(), "opens"),
        (LONG, one_less.as_str(), "FAIL"),
        (QUOTED, QUOTED_PASSWORD, "opens"),
        (QUOTED, QUOTED_PASSWORD.trim(), "FAIL"),
    ] {
        let answer = scene.ask(address, password).await;

        assert_eq!(word(&answer), expected, "{address}: {answer:?}");
    }
}

#[tokio::test]
async fn a_local_part_can_be_the_login() {
    let scene = quick();
    let address = format!("{LOCAL_ONLY}@example.test");

    let answer = ask_as(LoginForm::LocalPart, &scene.url(), &address, CORP_PASSWORD).await;

    assert_eq!(answer, Ok(Verdict::Opens));
}

/// What SMTP hides (`mail.md` §1 facts 1 and 4), the socket says.
#[tokio::test]
async fn the_state_of_a_mailbox_is_told_from_a_wrong_password() {
    let scene = quick();
    for (name, password, expected) in [
        ("good", STATES_PASSWORD, "opens"),
        ("good", "wrong", "FAIL"),
        ("disabled", STATES_PASSWORD, "user_disabled"),
        ("expired", STATES_PASSWORD, "pass_expired"),
        ("down", STATES_PASSWORD, "temporary"),
        ("down", "wrong", "temporary"),
        ("suspended", STATES_PASSWORD, "nologin"),
        ("suspended", "wrong", "FAIL"),
        ("elsewhere", STATES_PASSWORD, "misconfigured"),
        ("renamed", STATES_PASSWORD, "other_user"),
    ] {
        let address = format!("{name}@{STATES_DOMAIN}");

        let answer = scene.ask(&address, password).await;

        assert_eq!(word(&answer), expected, "{name}: {answer:?}");
    }
    assert_eq!(word(&scene.ask(SUSPENDED, ALICE_PASSWORD).await), "nologin");
    assert_eq!(word(&scene.ask(SUSPENDED, "wrong").await), "FAIL");
}

#[tokio::test]
async fn a_broken_user_table_is_a_temporary_failure() {
    let answer = quick().ask(BROKEN, ALICE_PASSWORD).await;

    assert_eq!(
        answer,
        Err(Unavailable::Temporary {
            said: "FAIL temp_fail".to_owned()
        })
    );
}

/// A master user's password opens every mailbox in Dovecot, and none here (`mail.md` §9 rule 7).
#[tokio::test]
async fn a_master_user_is_refused() {
    let scene = quick();
    let mailbox = format!("{LOCAL_ONLY}{MASTER_SEPARATOR}{MASTER}");

    let answer = scene.ask(&mailbox, MASTER_PASSWORD).await;

    assert_eq!(word(&answer), "auth_user", "{answer:?}");
    assert_eq!(word(&scene.ask(&mailbox, "wrong").await), "FAIL");
    let log = [
        "passwd-file(mailadmin@example.test",
        "Master user lookup for login: carol",
    ];
    scene
        .folder
        .wait_for_line("dovecot.log", &log[..1])
        .unwrap();
}

/// As packaged, failures from one address hold the next answer back for up to 15 s, a right password's
/// too (`mail.md` §1 fact 3). Ours are not counted together: each is the browser's own.
#[tokio::test]
async fn one_guesser_does_not_slow_down_everybody() {
    let scene = Scene::new(Failures::AsPackaged);
    let mut guesses = JoinSet::new();
    for guess in 0..6 {
        let url = scene.url();
        guesses.spawn(async move {
            ask_from("203.0.113.7", &url, ALICE, &format!("wrong {guess}")).await
        });
    }
    for answer in guesses.join_all().await {
        assert_eq!(word(&answer), "FAIL");
    }

    // Also somebody behind the same address is answered long before that.
    for client in ["203.0.113.7", "203.0.113.8"] {
        let url = scene.url();
        let asking = ask_from(client, &url, CORP, CORP_PASSWORD);
        let answer = timeout(Duration::from_secs(5), asking).await;

        assert_eq!(answer, Ok(Ok(Verdict::Opens)), "{client}");
    }
}

#[tokio::test]
async fn dovecot_logs_where_the_browser_is() {
    let scene = quick();
    for (client, logged) in [
        ("203.0.113.7", "alice@example.test,203.0.113.7,<persona-"),
        ("2001:db8::7", "alice@example.test,2001:db8::7,<persona-"),
        (
            "::ffff:198.51.100.9",
            "alice@example.test,198.51.100.9,<persona-",
        ),
    ] {
        let answer = ask_from(client, &scene.url(), ALICE, "wrong").await;

        assert_eq!(word(&answer), "FAIL");
        let line = [logged, "Password mismatch"];
        scene.folder.wait_for_line("dovecot.log", &line).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_questions_at_once_are_not_mixed_up() {
    let scene = quick();
    let check = open(&scene.url(), &Options::new("idp.example.test"));
    let mut asking = JoinSet::new();
    for number in 0..200 {
        let check = check.clone();
        asking.spawn(async move {
            let (address, password, expected) = match number % 4 {
                0 => (ALICE, ALICE_PASSWORD, "opens"),
                1 => (CORP, CORP_PASSWORD, "opens"),
                2 => (CORP, ALICE_PASSWORD, "FAIL"),
                _ => (SUSPENDED, ALICE_PASSWORD, "nologin"),
            };
            let answer = ask_with(check.as_ref(), address, password).await;
            (word(&answer), expected)
        });
    }

    for (word, expected) in asking.join_all().await {
        assert_eq!(word, expected);
    }
}

#[tokio::test]
async fn a_probe_shows_the_mechanisms() {
    let scene = quick();
    let check = open(&scene.url(), &Options::new("idp.example.test"));

    let probe = check.probe().await.unwrap();

    assert_eq!(probe.greeting_host, "Dovecot's auth service, protocol 1.2");
    assert_eq!(
        probe.mechanisms,
        ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"]
    );
}

#[tokio::test]
async fn a_dovecot_that_restarts_is_asked_anew() {
    let mut scene = quick();
    let check = open(&scene.url(), &Options::new("idp.example.test"));
    let answer = ask_with(check.as_ref(), ALICE, ALICE_PASSWORD).await;
    assert_eq!(answer, Ok(Verdict::Opens));

    scene.dovecot.process.kill().unwrap();
    let gone = ask_with(check.as_ref(), ALICE, ALICE_PASSWORD).await;
    // What a crash leaves behind; the system's own start scripts take it away too.
    std::fs::remove_file(scene.folder.join("dovecot/master.pid")).unwrap();
    scene.dovecot = Dovecot::start(&scene.folder, Failures::Quick).unwrap();
    let back = ask_with(check.as_ref(), ALICE, ALICE_PASSWORD).await;

    assert_eq!(reason(&gone), "refused-connection");
    assert_eq!(back, Ok(Verdict::Opens));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dovecot_that_dies_during_the_login_is_a_closed_connection() {
    let mut scene = Scene::new(Failures::Held);
    let url = scene.url();
    let asking = tokio::spawn(async move { ask(&url, CORP, "wrong").await });
    let looked = ["alice@corp.test", "Password mismatch"];
    scene.folder.wait_for_line("dovecot.log", &looked).unwrap();

    scene.dovecot.process.kill().unwrap();

    assert_eq!(reason(&asking.await.unwrap()), "closed");
}

#[tokio::test]
async fn a_dovecot_that_pauses_is_a_time_out() {
    let scene = quick();
    scene.dovecot.process.signal(Signal::STOP).unwrap();

    let limit = Duration::from_secs(2);
    let answer = ask_within(limit, &scene.url(), ALICE, ALICE_PASSWORD).await;

    assert_eq!(reason(&answer), "timeout");
}
