//! What a directory may answer to a bind, and never as an answer to it.

use super::*;

/// Asserts where an answer to the bind ends.
async fn ends(class: &str, name: &str, answer: impl AsRef<[u8]>) {
    let acts = vec![hear_message(), say(answer), Act::Close];

    let (answer, _) = ask_script(acts, &patient()).await;

    assert_eq!(word(&answer), class, "{name}: {answer:?}");
}

#[tokio::test]
async fn an_answer_to_the_question_is_believed() {
    ends("opens", "0", bound(1, 0)).await;
    ends("refused", "49", bound(1, 49)).await;
    ends("temporary", "52", bound(1, 52)).await;
    ends("tls-required", "13", bound(1, 13)).await;
    ends("misconfigured", "53", bound(1, 53)).await;
    ends("misconfigured", "referral", bound(1, 10)).await;
}

#[tokio::test]
async fn an_answer_to_another_question_is_not() {
    ends("gibberish", "another number", bound(2, 0)).await;
    ends("gibberish", "no number", bound(0, 0)).await;
    ends("gibberish", "the end of a search", done(1, 0)).await;
    ends("gibberish", "an entry", entry(1, ALICE)).await;
    let extended = message(1, &outcome(0x78, 0, ""));
    ends("gibberish", "an extended answer", extended).await;
    let both = [bound(1, 0), bound(2, 0)].concat();
    ends("gibberish", "two answers", both).await;
    ends(
        "gibberish",
        "no before yes",
        [bound(1, 49), bound(1, 0)].concat(),
    )
    .await;
}

#[tokio::test]
async fn a_notice_of_disconnection_is_temporary() {
    let notice = message(0, &outcome(0x78, 52, "going down"));
    ends("temporary", "unavailable", notice).await;
    let notice = message(0, &outcome(0x78, 0, ""));
    ends("temporary", "with 0", notice).await;
}

#[tokio::test]
async fn what_is_cut_off_is_temporary_and_never_accepted() {
    let whole = bound(1, 0);
    for end in 0..whole.len() {
        ends("closed", "cut", &whole[..end]).await;
    }
}

#[tokio::test]
async fn what_is_no_ldap_is_gibberish() {
    for answer in [
        &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
        b"235 2.7.0 Authentication successful\r\n",
        b"* OK\r\n",
        b"\x16\x03\x01\x00\x10",
        b"\x30\x80\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00\x00\x00",
        b"\x30\x84\x7f\xff\xff\xff",
        b"\x30\x0c\x02\x01\x01\x60\x07\x0a\x01\x00\x04\x00\x04\x00",
        b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x80\x04\x00\x04\x00",
        b"\x30\x00",
    ] {
        ends("gibberish", "", answer).await;
    }
    let nested = element(0x30, &element(0x30, &[0x30; 5000]));
    ends("gibberish", "brackets in brackets", nested).await;
}

#[tokio::test]
async fn there_is_a_limit_to_what_is_listened_to() {
    let promise = [&b"\x30\x83\x01\x00\x01"[..], &[0; 1000]].concat();
    ends("gibberish", "a message of more than 64 KiB", promise).await;
    let acts = vec![hear_message(), Act::SayForEver(entry(1, ALICE))];
    let (answer, _) = ask_script(acts, &patient()).await;
    assert_eq!(word(&answer), "gibberish");
}

#[tokio::test]
async fn silence_and_slowness_run_out_of_time() {
    let slow = Act::Drip(bound(1, 0), Duration::from_millis(200));
    let (silent, slow) = tokio::join!(
        async { ask_script(vec![hear_message()], &impatient()).await.0 },
        async { ask_script(vec![hear_message(), slow], &impatient()).await.0 },
    );

    assert_eq!((word(&silent), word(&slow)), ("timeout", "timeout"));
}

#[tokio::test]
async fn words_of_a_directory_are_made_safe_and_do_not_repeat_the_password() {
    let text = "no\u{1b}[31m: correct horse\u{202e}";
    let acts = vec![hear_message(), say(message(1, &outcome(0x61, 49, text)))];

    let (answer, _) = ask_script(acts, &patient()).await;

    let Ok(Verdict::Refused(refusal)) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(refusal.code, "49");
    assert_eq!(refusal.text, r"no\x1b[31m: [*]\xe2\x80\xae");
}

#[tokio::test]
async fn the_question_is_this_one() {
    let (_, heard) = ask_script(vec![hear_message(), say(bound(1, 0))], &patient()).await;

    assert_eq!(
        heard.clear,
        b"\x30\x4c\x02\x01\x01\
          \x60\x28\x02\x01\x03\x04\x14uid=alice,dc=example\x80\x0dcorrect horse\
          \xa0\x1d\x30\x1b\x04\x191.3.6.1.4.1.42.2.27.8.5.1"
    );
}

#[tokio::test]
async fn an_address_is_escaped_in_a_name() {
    let server = SmtpServer::scripted(vec![hear_message(), say(bound(1, 49))], None)
        .await
        .unwrap();
    let check = open(
        &format!("ldap://{}", server.address()),
        computed(),
        &patient(),
    );

    let answer = ask_for(check.as_ref(), "a+cn=admin@example.test", RIGHT).await;

    drop(check);
    let heard = server.sessions().await.unwrap().remove(0);
    assert_eq!(word(&answer), "refused");
    assert!(has(&heard, "uid=a\\2bcn\\3dadmin,dc=example"));
}
