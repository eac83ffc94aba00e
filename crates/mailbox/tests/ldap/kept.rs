//! Connections that are used again: whose question, whose answer.

use testkit::ldap::{DirectoryServer, Entry};
use testkit::smtp::Encryption;

use super::*;

async fn directory() -> DirectoryServer {
    let entries = vec![
        Entry {
            name: OURS.to_owned(),
            mail: Vec::new(),
            password: OUR_PASSWORD.to_owned(),
            mark: None,
        },
        Entry {
            name: ALICE.to_owned(),
            mail: vec![
                "alice@example.test".to_owned(),
                "postmaster@example.test".to_owned(),
            ],
            password: RIGHT.to_owned(),
            mark: None,
        },
        Entry {
            name: "uid=bob,dc=example".to_owned(),
            mail: vec!["bob@example.test".to_owned()],
            password: "battery staple".to_owned(),
            mark: None,
        },
    ];
    DirectoryServer::start(entries, Encryption::None)
        .await
        .unwrap()
}

#[tokio::test]
async fn many_questions_need_few_connections() {
    let server = directory().await;
    let url = format!("ldap://{}/dc=example", server.address());
    let check = open(&url, searched(), &patient());

    for round in 0..20 {
        for (address, typed, expected) in [
            ("alice@example.test", RIGHT, "opens"),
            ("alice@example.test", "battery staple", "refused"),
            ("bob@example.test", RIGHT, "refused"),
            ("bob@example.test", "battery staple", "opens"),
            ("nobody@example.test", RIGHT, "refused"),
            ("postmaster@example.test", RIGHT, "opens"),
        ] {
            let answer = ask_for(check.as_ref(), address, typed).await;
            assert_eq!(word(&answer), expected, "{round} {address}: {answer:?}");
        }
    }

    // One that searches and one that binds.
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn questions_at_once_are_never_on_one_connection() {
    let server = directory().await;
    let url = format!("ldap://{}", server.address());
    let check = open(&url, computed(), &patient());

    let mut asked = tokio::task::JoinSet::new();
    for number in 0..60 {
        let check = Arc::clone(&check);
        asked.spawn(async move {
            let (address, typed, expected) = match number % 3 {
                0 => ("alice@example.test", RIGHT, "opens"),
                1 => ("alice@example.test", "battery staple", "refused"),
                _ => ("bob@example.test", "battery staple", "opens"),
            };
            (ask_for(check.as_ref(), address, typed).await, expected)
        });
    }

    while let Some(asked) = asked.join_next().await {
        let (answer, expected) = asked.unwrap();
        assert_eq!(word(&answer), expected, "{answer:?}");
    }
}

#[tokio::test]
async fn a_connection_that_the_directory_closed_is_not_used_again() {
    let acts = vec![hear_message(), say(bound(1, 0)), Act::Close];
    let server = SmtpServer::scripted(acts, None).await.unwrap();
    let check = open(
        &format!("ldap://{}", server.address()),
        computed(),
        &patient(),
    );

    for _ in 0..10 {
        assert_eq!(word(&ask(check.as_ref()).await), "opens");
        // Its end has arrived here when the session has ended there.
        server.sessions().await.unwrap();
    }
}

#[tokio::test]
async fn what_a_directory_says_between_two_questions_answers_neither() {
    // The number is that of the question that comes next.
    let acts = vec![
        hear_message(),
        say(bound(1, 49)),
        Act::Drip(bound(2, 0), Duration::from_millis(1)),
        Act::Close,
    ];
    let server = SmtpServer::scripted(acts, None).await.unwrap();
    let check = open(
        &format!("ldap://{}", server.address()),
        computed(),
        &patient(),
    );

    for _ in 0..10 {
        let answer = ask(check.as_ref()).await;
        // All of it has arrived here when the session has ended there.
        let sessions = server.sessions().await.unwrap();

        assert!(
            matches!(word(&answer), "refused" | "gibberish"),
            "{answer:?}"
        );
        assert_eq!(
            sessions.len(),
            1,
            "each question has a connection of its own"
        );
    }
}

#[tokio::test]
async fn a_question_that_was_given_up_leaves_no_answer_behind() {
    let server = SmtpServer::scripted(vec![hear_message()], None)
        .await
        .unwrap();
    let check = open(
        &format!("ldap://{}", server.address()),
        computed(),
        &impatient(),
    );
    let given_up = tokio::time::timeout(Duration::from_millis(300), ask(check.as_ref())).await;
    assert!(given_up.is_err());

    let answer = ask(check.as_ref()).await;

    assert_eq!(word(&answer), "timeout");
    assert_eq!(server.begun(), 2);
}

#[tokio::test]
async fn a_kept_search_connection_does_not_hide_that_the_directory_is_gone() {
    let server = directory().await;
    let address = server.address();
    let check = open(
        &format!("ldap://{address}/dc=example"),
        searched(),
        &patient(),
    );
    assert_eq!(word(&ask(check.as_ref()).await), "opens");

    server.stop().await;
    assert_eq!(word(&ask(check.as_ref()).await), "refused-connection");
}
