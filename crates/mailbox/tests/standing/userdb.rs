//! Dovecot's list of users: what it is asked, and what its answers mean.

use testkit::smtp::close;

use super::*;

const GREETING: &str = "VERSION\t1\t1\nSPID\t4711\n";

/// A list that greets, hears us out, and says these octets.
fn to_user(octets: impl AsRef<[u8]>) -> Vec<Act> {
    vec![say(GREETING), hear(), hear(), say(octets)]
}

async fn asked(acts: Vec<Act>, options: &Options) -> (&'static str, String, Vec<Vec<String>>) {
    let server = Scripted::start(acts).await;
    let url = format!("dovecot-userdb:{}", server.socket.path().display());
    let (word, whole) = ask_word(&url, options).await;
    (word, whole, server.heard().await)
}

#[tokio::test]
async fn a_user_is_asked_for_by_the_login() {
    for (form, login) in [
        (LoginForm::Address, "alice@example.test"),
        (LoginForm::LocalPart, "alice"),
    ] {
        let answer = format!("USER\t1\t{login}\tuid=1000\tgid=1000\thome=/h\n");
        let server = Scripted::start(to_user(answer)).await;
        let url = format!("dovecot-userdb:{}", server.socket.path().display());

        let answer = ask(&url, &person(ALICE, form, None), &patient()).await;

        assert_eq!(answer, Ok(Standing::There));
        let said = server.heard().await.remove(0).concat();
        assert_eq!(
            said,
            format!("VERSION\t1\t1\nUSER\t1\t{login}\tservice=persona\n")
        );
    }
}

#[tokio::test]
async fn only_notfound_makes_a_mailbox_gone() {
    for (answer, expected) in [
        ("NOTFOUND\t1\n", "missing"),
        ("SPID\t7\nNOTFOUND\t1\n", "missing"),
        ("FAIL\t1\treason=internal\n", "temporary"),
        ("NOTFOUND\t2\n", "gibberish"),
        ("NOTFOUND\t1\nUSER\t1\talice\n", "gibberish"),
        ("USER\t1\talice\nNOTFOUND\t1\n", "gibberish"),
        ("NOTFOUND\t1\r\n", "gibberish"),
    ] {
        let (word, whole, _) = asked(to_user(answer), &patient()).await;

        assert_eq!(word, expected, "{answer:?}: {whole}");
    }
}

#[tokio::test]
async fn a_list_that_is_no_list_decides_nothing() {
    let slow = Act::Drip(b"NOTFOUND\t1\n".to_vec(), Duration::from_millis(400));
    for (acts, expected) in [
        (vec![close()], "closed"),
        (vec![say("220 mail ready\r\n")], "gibberish"),
        (vec![say("VERSION\t2\t0\n")], "misconfigured"),
        (vec![say("NOTFOUND\t1\n")], "gibberish"),
        (vec![], "timeout"),
        (vec![say(GREETING)], "timeout"),
        (vec![say(GREETING), hear(), hear(), close()], "closed"),
        ([to_user("NOTFOUND\t1"), vec![close()]].concat(), "closed"),
        (
            [to_user(""), vec![Act::SayForEver(b"NEWS\tx\n".to_vec())]].concat(),
            "gibberish",
        ),
        (
            [to_user(""), vec![Act::SayForEver(b"xxxxxxxx".to_vec())]].concat(),
            "gibberish",
        ),
        ([to_user(""), vec![slow]].concat(), "timeout"),
    ] {
        let (word, whole, _) = asked(acts.clone(), &impatient()).await;

        assert_eq!(word, expected, "{acts:?}: {whole}");
    }
}

#[tokio::test]
async fn a_socket_that_is_not_there_cannot_be_asked() {
    let folder = tempfile::tempdir().unwrap();
    for scheme in ["lmtp", "dovecot-userdb"] {
        let url = format!("{scheme}:{}/none", folder.path().display());

        assert_eq!(ask_word(&url, &patient()).await.0, "refused-connection");
    }
}
