//! What is said at a login, by each method, and what a server is told about the browser.

use super::*;

/// A server that offers this, answers everything with prompts as often as it must, and then with this.
fn offering(capabilities: &str, answers: &[&str]) -> Vec<Act> {
    let mut acts = vec![say(format!(
        "* OK [CAPABILITY IMAP4rev1 {capabilities}] ready\r\n"
    ))];
    for answer in answers {
        acts.extend([hear(), say(answer)]);
    }
    acts
}

async fn spoken(capabilities: &str, answers: &[&str], typed: &str) -> Vec<String> {
    let stage = Stage::set(Way::Encrypted, offering(capabilities, answers)).await;

    let asked = stage.ask(typed, None).await;

    assert_eq!(asked.word(), "opens", "{:?}", asked.answer);
    asked.heard.lines()
}

#[tokio::test]
async fn authenticate_waits_for_its_turn_where_it_must() {
    assert_eq!(
        spoken(
            "AUTH=PLAIN",
            &["+ \r\n", "p1 OK Logged in\r\n"],
            "correct horse"
        )
        .await,
        [
            "p1 AUTHENTICATE PLAIN\r\n",
            "AGFsaWNlQGV4YW1wbGUudGVzdABjb3JyZWN0IGhvcnNl\r\n",
            "p2 LOGOUT\r\n"
        ]
    );
}

#[tokio::test]
async fn login_is_used_where_there_is_no_authenticate_plain() {
    assert_eq!(
        spoken("AUTH=CRAM-MD5", &["p1 OK Logged in\r\n"], "correct horse").await,
        [
            "p1 LOGIN \"alice@example.test\" \"correct horse\"\r\n",
            "p2 LOGOUT\r\n"
        ]
    );
    assert_eq!(
        spoken("", &["+ go on\r\n", "p1 OK Logged in\r\n"], "\"gr\u{fc}n\\").await,
        [
            "p1 LOGIN \"alice@example.test\" {7}\r\n",
            "\"gr\u{fc}n\\\r\n",
            "p2 LOGOUT\r\n"
        ]
    );
}

#[tokio::test]
async fn authenticate_login_is_the_last_resort() {
    let answers = [
        "+ VXNlcm5hbWU6\r\n",
        "+ UGFzc3dvcmQ6\r\n",
        "p1 OK Logged in\r\n",
    ];

    assert_eq!(
        spoken("LOGINDISABLED AUTH=LOGIN", &answers, "correct horse").await,
        [
            "p1 AUTHENTICATE LOGIN\r\n",
            "YWxpY2VAZXhhbXBsZS50ZXN0\r\n",
            "Y29ycmVjdCBob3JzZQ==\r\n",
            "p2 LOGOUT\r\n"
        ]
    );
}

#[tokio::test]
async fn a_refusal_before_the_password_is_no_verdict_on_it() {
    let asked = ask(
        Way::Encrypted,
        offering(
            "AUTH=PLAIN",
            &["p1 NO [AUTHENTICATIONFAILED] not like this\r\n"],
        ),
    )
    .await;

    assert_eq!(asked.word(), "misconfigured", "{:?}", asked.answer);
}

/// Asks a server with these capabilities on behalf of a browser, and gives what it heard first.
async fn first_line(setting: &str, capabilities: &str, answers: &[&str], client: &str) -> String {
    let mut stage = Stage::set(Way::Encrypted, offering(capabilities, answers)).await;
    stage.url += setting;

    let asked = stage
        .ask("correct horse", Some(client.parse().unwrap()))
        .await;

    assert_eq!(asked.word(), "opens", "{:?}", asked.answer);
    asked.heard.lines().remove(0)
}

#[tokio::test]
async fn the_browsers_address_is_told_where_the_setting_says_so_and_nowhere_else() {
    let told = ["* ID NIL\r\np1 OK\r\n", "p2 OK\r\n"];
    let login = "p1 AUTHENTICATE PLAIN AGFsaWNlQGV4YW1wbGUudGVzdABjb3JyZWN0IGhvcnNl\r\n";
    let id = "SASL-IR ID AUTH=PLAIN";

    for (client, written) in [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
    ] {
        assert_eq!(
            first_line("&client=id", id, &told, client).await,
            format!("p1 ID (\"x-originating-ip\" \"{written}\")\r\n")
        );
    }
    assert_eq!(
        first_line("", id, &["p1 OK\r\n"], "203.0.113.7").await,
        login
    );
    assert_eq!(
        first_line(
            "&client=id",
            "SASL-IR AUTH=PLAIN",
            &["p1 OK\r\n"],
            "203.0.113.7"
        )
        .await,
        login
    );
}

#[tokio::test]
async fn a_server_that_does_not_want_to_know_can_be_asked_all_the_same() {
    for refused in ["p1 NO not you\r\n", "p1 BAD what?\r\n"] {
        let answers = [refused, "p2 OK Logged in\r\n"];

        first_line(
            "&client=id",
            "SASL-IR ID AUTH=PLAIN",
            &answers,
            "203.0.113.7",
        )
        .await;
    }
}

#[tokio::test]
async fn a_probe_tells_what_is_there_and_sends_no_credentials() {
    for (way, acts, tls) in [
        (Way::Clear, greeting(GREETING), false),
        (Way::Encrypted, greeting(GREETING), true),
    ] {
        let (probe, heard) = Stage::set(way, acts).await.probe().await;

        assert_eq!(
            probe,
            Ok(Probe {
                greeting_host: "ready".to_owned(),
                tls,
                mechanisms: vec!["PLAIN".to_owned(), "LOGIN".to_owned()],
            })
        );
        assert_eq!(heard.lines(), ["p1 LOGOUT\r\n"]);
    }
}

#[tokio::test]
async fn a_probe_says_why_no_login_is_possible() {
    let mut without_id = Stage::set(Way::Encrypted, offering("AUTH=PLAIN", &[])).await;
    without_id.url += "&client=id";
    let disabled = Stage::set(Way::Encrypted, offering("LOGINDISABLED", &[])).await;

    assert_eq!(
        without_id.probe().await.0.unwrap_err().to_string(),
        "the mail server refused to be told where a browser is, which says nothing about the \
         password: its list of capabilities has no ID"
    );
    assert_eq!(
        disabled.probe().await.0.unwrap_err().to_string(),
        "the mail server takes no login here, it says LOGINDISABLED: is this the right port?"
    );
}
