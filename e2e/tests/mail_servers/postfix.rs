//! Postfix with Dovecot's SASL, as Debian 12 has them.

use std::time::Duration;

use e2e::servers::MailServer as _;
use e2e::servers::accounts::{ALICE, ALICE_PASSWORD, BROKEN, CORP, SUSPENDED};
use e2e::servers::dovecot::Failures;
use e2e::servers::ports::{Entrance, LOOPBACK};
use e2e::servers::postfix::Postfix;
use mailbox::{Unavailable, Verdict};
use rustix::process::Signal;
use tokio::task::JoinHandle;

use super::asking::{Answer, ask, ask_within, reason, refused};
use super::cases;

#[tokio::test]
async fn the_right_password_opens() {
    cases::the_right_password_opens(&quick()).await;
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    cases::a_wrong_password_is_refused(&quick(), &refusal()).await;
}

#[tokio::test]
async fn every_password_arrives_whole() {
    cases::every_password_arrives_whole(&quick(), &refusal()).await;
}

#[tokio::test]
async fn a_decomposed_password_is_composed() {
    cases::a_decomposed_password_is_composed(&quick()).await;
}

#[tokio::test]
async fn several_domains_are_kept_apart() {
    cases::several_domains_are_kept_apart(&quick(), &refusal()).await;
}

#[tokio::test]
async fn a_local_part_can_be_the_login() {
    cases::a_local_part_can_be_the_login(&quick(), &refusal()).await;
}

#[tokio::test]
async fn login_is_used_where_plain_is_not_offered() {
    cases::login_is_used_where_plain_is_not_offered(&quick(), &refusal()).await;
}

#[tokio::test]
async fn a_mechanism_that_is_not_offered_is_not_used() {
    cases::a_mechanism_that_is_not_offered_is_not_used(&quick()).await;
}

#[tokio::test]
async fn a_port_without_login_is_not_sent_a_password() {
    cases::a_port_without_login_is_not_sent_a_password(&quick()).await;
}

#[tokio::test]
async fn an_unknown_authority_is_not_sent_a_password() {
    cases::an_unknown_authority_is_not_sent_a_password(&quick()).await;
}

#[tokio::test]
async fn another_name_is_not_sent_a_password() {
    let server = Postfix::start_as("other.example.test", Failures::Quick, &LOOPBACK).unwrap();

    cases::another_name_is_not_sent_a_password(&server).await;
}

#[tokio::test]
async fn a_private_authority_must_be_named() {
    cases::a_private_authority_must_be_named(&quick()).await;
}

#[tokio::test]
async fn clear_text_is_for_this_machine() {
    cases::clear_text_is_for_this_machine(&quick(), &refusal()).await;
}

#[tokio::test]
async fn a_server_that_turns_us_away_is_not_a_verdict() {
    cases::a_server_that_turns_us_away_is_not_a_verdict(&quick()).await;
}

#[tokio::test]
async fn a_stopped_server_is_given_up_on() {
    cases::a_stopped_server_is_given_up_on(&mut quick()).await;
}

#[tokio::test]
async fn a_dead_server_refuses_the_connection() {
    cases::a_dead_server_refuses_the_connection(&mut quick()).await;
}

#[tokio::test]
async fn starttls_at_the_wrong_port_times_out() {
    cases::starttls_at_the_wrong_port_times_out(&quick()).await;
}

#[tokio::test]
async fn tls_at_the_wrong_port_is_a_mistake() {
    cases::tls_at_the_wrong_port_is_a_mistake(&quick()).await;
}

#[tokio::test]
async fn a_probe_sends_no_login() {
    cases::a_probe_sends_no_login(&quick(), &["PLAIN", "LOGIN"]).await;
}

#[tokio::test]
async fn answers_are_not_mixed_up() {
    cases::answers_are_not_mixed_up(&quick(), &refusal()).await;
}

/// Postfix hides a broken backend of Dovecot's behind its usual refusal (`mail.md` §1 fact 1): this
/// is why nothing durable may follow from one.
#[tokio::test]
async fn a_broken_user_table_looks_like_a_wrong_password() {
    let server = quick();

    let answer = ask(
        &server.url("smtp", Entrance::Submission),
        BROKEN,
        ALICE_PASSWORD,
    )
    .await;

    assert_eq!(answer, Ok(refusal()));
}

/// Over SMTP nobody can tell that Dovecot has suspended a mailbox (`mail.md` §1 fact 4).
#[tokio::test]
async fn a_suspended_mailbox_opens_all_the_same() {
    let server = quick();

    let answer = ask(
        &server.url("smtp", Entrance::Submission),
        SUSPENDED,
        ALICE_PASSWORD,
    )
    .await;

    assert_eq!(answer, Ok(Verdict::Opens));
}

#[tokio::test]
async fn too_many_logins_of_ours_are_not_a_wrong_password() {
    let server = quick();
    let url = server.url_at("smtp", "127.0.0.1", Entrance::Strict);

    let first = ask(&url, ALICE, ALICE_PASSWORD).await;
    let second = ask(&url, ALICE, ALICE_PASSWORD).await;

    assert_eq!(first, Ok(Verdict::Opens));
    assert_eq!(
        second,
        Err(Unavailable::Temporary {
            said: "450 4.7.1 Error: too many AUTH commands from 127.0.0.1".to_owned()
        })
    );
}

#[tokio::test]
async fn a_missing_dovecot_is_not_a_wrong_password() {
    let mut server = quick();
    server.dovecot.process.kill().unwrap();
    std::fs::remove_file(&server.dovecot.socket).unwrap();

    let answer = ask(
        &server.url("smtp", Entrance::Submission),
        ALICE,
        ALICE_PASSWORD,
    )
    .await;

    assert_eq!(reason(&answer), "closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dovecot_that_dies_during_the_login_is_a_temporary_failure() {
    let mut server = Postfix::start(Failures::Held).unwrap();
    let asking = under_way(&server);

    server.dovecot.process.kill().unwrap();

    assert_eq!(asking.await.unwrap(), Err(connection_lost()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postfix_that_dies_during_the_login_is_a_closed_connection() {
    let mut server = Postfix::start(Failures::Held).unwrap();
    let asking = under_way(&server);

    server.process.kill().unwrap();

    assert_eq!(reason(&asking.await.unwrap()), "closed");
}

#[tokio::test]
async fn a_dovecot_that_pauses_during_the_login_is_a_time_out() {
    let server = quick();
    let url = server.url("smtp", Entrance::Submission);
    // One login beforehand, so that Postfix has its list of mechanisms and gets as far as `AUTH`.
    assert_eq!(ask(&url, ALICE, ALICE_PASSWORD).await, Ok(Verdict::Opens));
    server.dovecot.process.signal(Signal::STOP).unwrap();

    let answer = ask_within(Duration::from_secs(2), &url, ALICE, ALICE_PASSWORD).await;

    assert_eq!(reason(&answer), "timeout");
}

/// The settings that Dovecot is packaged with: each wrong password makes the next answer to this
/// machine slower, 2 s, then 6 s (`mail.md` §5), and both are waited for.
#[tokio::test]
async fn a_server_that_punishes_by_waiting_is_waited_for() {
    let server = Postfix::start(Failures::AsPackaged).unwrap();
    let url = server.url("smtp", Entrance::Submission);

    assert_eq!(ask(&url, ALICE, "wrong 1").await, Ok(refusal()));
    assert_eq!(ask(&url, ALICE, "wrong 2").await, Ok(refusal()));
}

/// Postfix waits 10 s for Dovecot and then says 454, whether the password was right or wrong
/// (`mail.md` §1 fact 2). We wait longer than that, and take it for neither.
#[tokio::test]
async fn an_answer_that_dovecot_holds_back_is_a_temporary_failure() {
    let server = Postfix::start(Failures::Held).unwrap();

    let answer = ask(&server.url("smtp", Entrance::Submission), ALICE, "wrong").await;

    assert_eq!(answer, Err(connection_lost()));
}

/// Starts to ask about a wrong password whose answer Dovecot holds back, and comes back when Dovecot
/// has looked at it.
fn under_way(server: &Postfix) -> JoinHandle<Answer> {
    let url = server.url("smtp", Entrance::Submission);
    let asking = tokio::spawn(async move { ask(&url, CORP, "wrong").await });
    let looked = ["alice@corp.test", "Password mismatch"];
    server.folder.wait_for_line("dovecot.log", &looked).unwrap();
    asking
}

fn quick() -> Postfix {
    Postfix::start(Failures::Quick).unwrap()
}

fn refusal() -> Verdict {
    refused(
        Some("5.7.8"),
        "Error: authentication failed: (reason unavailable)",
    )
}

fn connection_lost() -> Unavailable {
    Unavailable::Temporary {
        said: "454 4.7.0 Temporary authentication failure: \
               Connection lost to authentication server"
            .to_owned(),
    }
}
