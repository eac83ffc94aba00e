//! Exim, as Debian 12 has it.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use e2e::servers::MailServer as _;
use e2e::servers::accounts::{ALICE, ALICE_PASSWORD, BROKEN, HELD};
use e2e::servers::exim::Exim;
use e2e::servers::ports::Entrance;
use mailbox::{Unavailable, Verdict};

use super::asking::{ask, ask_within, reason, refused};
use super::cases;

#[tokio::test]
async fn the_right_password_opens() {
    cases::the_right_password_opens(&exim()).await;
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    cases::a_wrong_password_is_refused(&exim(), &refusal()).await;
}

#[tokio::test]
async fn every_password_arrives_whole() {
    cases::every_password_arrives_whole(&exim(), &refusal()).await;
}

#[tokio::test]
async fn a_decomposed_password_is_composed() {
    cases::a_decomposed_password_is_composed(&exim()).await;
}

#[tokio::test]
async fn several_domains_are_kept_apart() {
    cases::several_domains_are_kept_apart(&exim(), &refusal()).await;
}

#[tokio::test]
async fn a_local_part_can_be_the_login() {
    cases::a_local_part_can_be_the_login(&exim(), &refusal()).await;
}

#[tokio::test]
async fn login_is_used_where_plain_is_not_offered() {
    cases::login_is_used_where_plain_is_not_offered(&exim(), &refusal()).await;
}

#[tokio::test]
async fn a_mechanism_that_is_not_offered_is_not_used() {
    cases::a_mechanism_that_is_not_offered_is_not_used(&exim()).await;
}

#[tokio::test]
async fn a_port_without_login_is_not_sent_a_password() {
    cases::a_port_without_login_is_not_sent_a_password(&exim()).await;
}

#[tokio::test]
async fn an_unknown_authority_is_not_sent_a_password() {
    cases::an_unknown_authority_is_not_sent_a_password(&exim()).await;
}

#[tokio::test]
async fn another_name_is_not_sent_a_password() {
    let server = Exim::start_as("other.example.test").unwrap();

    cases::another_name_is_not_sent_a_password(&server).await;
}

#[tokio::test]
async fn a_private_authority_must_be_named() {
    cases::a_private_authority_must_be_named(&exim()).await;
}

#[tokio::test]
async fn clear_text_is_for_this_machine() {
    cases::clear_text_is_for_this_machine(&exim(), &refusal()).await;
}

#[tokio::test]
async fn a_server_that_turns_us_away_is_not_a_verdict() {
    cases::a_server_that_turns_us_away_is_not_a_verdict(&exim()).await;
}

#[tokio::test]
async fn a_stopped_server_is_given_up_on() {
    cases::a_stopped_server_is_given_up_on(&mut exim()).await;
}

#[tokio::test]
async fn a_dead_server_refuses_the_connection() {
    cases::a_dead_server_refuses_the_connection(&mut exim()).await;
}

#[tokio::test]
async fn starttls_at_the_wrong_port_times_out() {
    cases::starttls_at_the_wrong_port_times_out(&exim()).await;
}

#[tokio::test]
async fn tls_at_the_wrong_port_is_a_mistake() {
    cases::tls_at_the_wrong_port_is_a_mistake(&exim()).await;
}

#[tokio::test]
async fn a_probe_sends_no_login() {
    cases::a_probe_sends_no_login(&exim(), &["PLAIN", "LOGIN"]).await;
}

#[tokio::test]
async fn answers_are_not_mixed_up() {
    cases::answers_are_not_mixed_up(&exim(), &refusal()).await;
}

/// Unlike Postfix, Exim tells a table that it cannot read from a wrong password.
#[tokio::test]
async fn a_broken_user_table_is_a_temporary_failure() {
    let server = exim();

    for (scheme, entrance) in [
        ("smtp", Entrance::Submission),
        ("smtps", Entrance::Submissions),
        ("smtp", Entrance::LoginOnly),
    ] {
        let answer = ask(&server.url(scheme, entrance), BROKEN, ALICE_PASSWORD).await;

        assert_eq!(
            answer,
            Err(Unavailable::Temporary {
                said: "435 Unable to authenticate at present".to_owned()
            })
        );
    }
}

#[tokio::test]
async fn too_many_logins_of_ours_are_not_a_wrong_password() {
    let server = exim();

    let answer = ask(&server.url("smtp", Entrance::Strict), ALICE, ALICE_PASSWORD).await;

    assert_eq!(
        answer,
        Err(Unavailable::Temporary {
            said: "451 Too many authentication attempts".to_owned()
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exim_that_dies_during_the_login_is_a_closed_connection() {
    let mut server = exim();
    let directory = directory(&server);
    let url = server.url("smtp", Entrance::Submission);
    let asking = tokio::spawn(async move { ask(&url, HELD, ALICE_PASSWORD).await });
    let (_asked, _) = directory.accept().unwrap();

    server.process.kill().unwrap();

    assert_eq!(reason(&asking.await.unwrap()), "closed");
}

#[tokio::test]
async fn a_directory_that_does_not_answer_is_a_time_out() {
    let server = exim();
    let _directory = directory(&server);
    let url = server.url("smtp", Entrance::Submission);

    let answer = ask_within(Duration::from_secs(2), &url, HELD, ALICE_PASSWORD).await;

    assert_eq!(reason(&answer), "timeout");
}

/// Listens where Exim asks about the held mailbox.
fn directory(server: &Exim) -> UnixListener {
    let path = server.folder.join("directory");
    let listener = UnixListener::bind(&path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
    listener
}

fn exim() -> Exim {
    Exim::start().unwrap()
}

fn refusal() -> Verdict {
    refused(None, "Incorrect authentication data")
}
