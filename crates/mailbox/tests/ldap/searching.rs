//! Search, then bind: whose entry it is, and that our own account is nobody's answer.

use super::*;

/// Asks a directory whose searches and binds come on connections of their own: the script is the same
/// for both, so it answers the first message by what was asked.
async fn search_script(acts: Vec<Act>) -> (Result<Verdict, Unavailable>, Session) {
    let server = SmtpServer::scripted(acts, None).await.unwrap();
    let url = format!("ldap://{}/dc=example", server.address());
    let check = open(&url, searched(), &patient());
    let answer = ask(check.as_ref()).await;
    drop(check);
    let mut sessions = server.sessions().await.unwrap();
    let heard = sessions.remove(0);
    assert!(
        sessions.iter().all(|later| !has(later, OUR_PASSWORD)),
        "our account binds once"
    );
    (answer, heard)
}

/// Our bind, then what the search gives. A second connection is told that the bind was right.
fn finding(found: &[Vec<u8>]) -> Vec<Act> {
    vec![
        hear_message(),
        say(bound(1, 0)),
        hear_message(),
        say(found.concat()),
    ]
}

#[tokio::test]
async fn exactly_one_entry_is_bound_to() {
    let (answer, heard) = search_script(finding(&[entry(2, ALICE), done(2, 0)])).await;

    assert_eq!(word(&answer), "opens", "{answer:?}");
    assert!(has(&heard, OUR_PASSWORD) && has(&heard, "alice@example.test"));
    assert!(!has(&heard, RIGHT), "the search does not see the password");
}

#[tokio::test]
async fn nobody_is_refused_and_nothing_is_sent() {
    let (answer, heard) = search_script(finding(&[done(2, 0)])).await;

    let Ok(Verdict::Refused(refusal)) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(refusal.enhanced.as_deref(), Some("no-entry"));
    assert!(!has(&heard, RIGHT));
}

#[tokio::test]
async fn a_search_that_is_not_one_entry_is_no_verdict() {
    let referral = message(2, &element(0x73, &element(0x04, b"ldap://evil.example/")));
    let many = vec![entry(2, ALICE); 200].concat();
    for (name, found, class) in [
        (
            "two",
            vec![entry(2, ALICE), entry(2, "uid=bob"), done(2, 0)],
            "misconfigured",
        ),
        (
            "two and a limit",
            vec![entry(2, ALICE), entry(2, "uid=bob"), done(2, 4)],
            "misconfigured",
        ),
        (
            "one and a limit",
            vec![entry(2, ALICE), done(2, 4)],
            "misconfigured",
        ),
        (
            "one, then busy",
            vec![entry(2, ALICE), done(2, 51)],
            "temporary",
        ),
        ("no base", vec![done(2, 32)], "misconfigured"),
        ("not allowed", vec![done(2, 50)], "misconfigured"),
        ("a referral as result", vec![done(2, 10)], "misconfigured"),
        ("time", vec![done(2, 3)], "temporary"),
        ("an empty name", vec![entry(2, ""), done(2, 0)], "gibberish"),
        (
            "no name at all",
            vec![entry(2, " "), done(2, 0)],
            "gibberish",
        ),
        (
            "another number",
            vec![entry(3, ALICE), done(3, 0)],
            "gibberish",
        ),
        ("a bind's answer", vec![bound(2, 0)], "gibberish"),
        ("too many", vec![many, done(2, 0)], "gibberish"),
        (
            "more behind the end",
            vec![done(2, 0), entry(2, ALICE)],
            "gibberish",
        ),
    ] {
        let (answer, heard) = search_script(finding(&found)).await;

        assert_eq!(word(&answer), class, "{name}: {answer:?}");
        assert!(!has(&heard, RIGHT), "{name}");
    }
    let followed = [referral, entry(2, ALICE), done(2, 0)];
    let (answer, _) = search_script(finding(&followed)).await;
    assert_eq!(word(&answer), "opens", "a reference is passed over");
}

#[tokio::test]
async fn a_refusal_of_our_account_is_nobodys_wrong_password() {
    for (code, class) in [
        (49, "misconfigured"),
        (53, "misconfigured"),
        (52, "temporary"),
    ] {
        let (answer, heard) = search_script(vec![hear_message(), say(bound(1, code))]).await;

        assert_eq!(word(&answer), class, "{code}: {answer:?}");
        assert!(!has(&heard, RIGHT));
    }
}

#[tokio::test]
async fn what_is_typed_stays_a_value_in_the_filter() {
    // The login's allow-list lets none of `*()\` through; what is left is written as it is.
    let server = SmtpServer::scripted(finding(&[done(2, 0)]), None)
        .await
        .unwrap();
    let url = format!("ldap://{}/dc=example", server.address());
    let check = open(&url, searched(), &patient());

    let answer = ask_for(check.as_ref(), "a=b+c&d'e@example.test", RIGHT).await;

    drop(check);
    let heard = server.sessions().await.unwrap().remove(0);
    assert_eq!(word(&answer), "refused");
    let value = "\u{4}\u{4}mail\u{4}\u{16}a=b+c&d'e@example.test";
    assert!(has(&heard, value), "{:?}", heard.clear);
}
