//! Connections that are kept between questions.

use testkit::smtp::close;

use super::*;

fn ok(id: u32) -> Act {
    say(format!("OK\t{id}\tuser={ALICE}\n"))
}

#[tokio::test]
async fn questions_follow_each_other_on_one_connection_with_numbers_of_their_own() {
    let acts = [
        answers(format!("OK\t1\tuser={ALICE}\n")),
        vec![hear(), ok(2)],
    ]
    .concat();
    let (server, url) = scripted(acts).await;
    let check = open(&url, &patient());

    let words = [ask(check.as_ref()).await, ask(check.as_ref()).await].map(|answer| word(&answer));
    drop(check);

    assert_eq!(words, ["opens", "opens"]);
    let sessions = server.sessions().await.unwrap();
    let [session] = sessions.as_slice() else {
        panic!("{} connections", sessions.len());
    };
    let said = said(session);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 4, "{said}");
    assert_eq!(lines[0], "VERSION\t1\t2");
    let number: u32 = lines[1].strip_prefix("CPID\t").unwrap().parse().unwrap();
    for (line, id) in [(lines[2], 1), (lines[3], 2)] {
        assert_eq!(
            line,
            format!(
                "AUTH\t{id}\tPLAIN\tservice=persona\tsecured\tno-penalty\tsession=persona-{number}-{id}\t\
                 resp=AGFsaWNlQGV4YW1wbGUudGVzdABjb3JyZWN0IGhvcnNl"
            )
        );
    }
}

#[tokio::test]
async fn a_connection_that_was_lost_is_made_anew_before_the_next_question() {
    let acts = [answers(format!("OK\t1\tuser={ALICE}\n")), vec![close()]].concat();
    let (server, url) = scripted(acts).await;
    let check = open(&url, &patient());

    let first = ask(check.as_ref()).await;
    // The server has hung up when this comes back.
    let before = server.sessions().await.unwrap().len();
    let second = ask(check.as_ref()).await;

    assert_eq!(
        (word(&first).as_str(), word(&second).as_str()),
        ("opens", "opens")
    );
    assert_eq!((before, server.begun()), (1, 1));
}

#[tokio::test]
async fn a_second_answer_that_comes_late_answers_nothing() {
    let late = format!("OK\t1\tuser={ALICE}\n");
    let pause = Duration::from_millis(5);
    let acts = [answers("FAIL\t1\n"), vec![Act::Drip(late.into(), pause)]].concat();
    let (_server, url) = scripted(acts).await;
    let check = open(&url, &patient());

    let words = [ask(check.as_ref()).await, ask(check.as_ref()).await].map(|answer| word(&answer));

    assert!(!words.contains(&"opens".to_owned()), "{words:?}");
}

#[tokio::test]
async fn a_question_that_was_given_up_on_leaves_no_connection_behind() {
    let (server, url) = scripted(answers("")).await;
    let check = open(&url, &impatient());

    let first = ask(check.as_ref()).await;
    let second = ask(check.as_ref()).await;

    assert_eq!(
        (word(&first).as_str(), word(&second).as_str()),
        ("timeout", "timeout")
    );
    assert_eq!(server.sessions().await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_odd_answer_ends_the_connection() {
    for answer in [
        "FAIL\t1\tcode=temp_fail\n",
        "CONT\t1\t\n",
        "OK\t7\tuser=x\n",
    ] {
        let (server, url) = scripted(answers(answer)).await;
        let check = open(&url, &patient());

        let words = [ask(check.as_ref()).await, ask(check.as_ref()).await];

        assert!(words.iter().all(Result::is_err), "{words:?}");
        assert_eq!(server.sessions().await.unwrap().len(), 2, "{answer:?}");
    }
}

#[tokio::test]
async fn questions_at_the_same_time_have_connections_of_their_own() {
    let (server, url) = scripted(answers(format!("OK\t1\tuser={ALICE}\n"))).await;
    let check = open(&url, &patient());

    let (one, two, three) = tokio::join!(
        ask(check.as_ref()),
        ask(check.as_ref()),
        ask(check.as_ref())
    );

    for answer in [one, two, three] {
        assert_eq!(word(&answer), "opens");
    }
    drop(check);
    assert_eq!(server.sessions().await.unwrap().len(), 3);
}
