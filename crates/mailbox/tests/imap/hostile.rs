//! Servers that are broken or hostile: `mail.md` §7, as far as it can happen in IMAP.

use mailbox::{Concern, Refusal};
use proptest::prelude::*;
use proptest::test_runner::Config;

use super::*;

const RUBBISH: &[(&str, &[u8])] = &[
    ("HTTP", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    ("SSH", b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
    ("SMTP", b"220 mail.example.test ESMTP\r\n"),
    ("POP3", b"+OK Dovecot ready.\r\n"),
    ("random octets", b"\x8f\x02\xd1\x00\x7f\xfe\x16\x03 \x99\r"),
    ("NUL", b"* OK \0\r\n"),
    ("bare LF", b"* OK ready\n"),
    ("bare CR", b"* OK ready\rp1 OK\r\n"),
    ("a tag that nobody uses", b"a1 OK Logged in\r\n"),
    ("a literal", b"* ID (\"name\" {3}\r\nabc)\r\n"),
    ("a literal in a condition", b"* OK {5+}\r\nhello\r\n"),
    ("nothing but an end of line", b"\r\n"),
];

#[tokio::test]
async fn what_is_not_imap_is_gibberish_wherever_it_is_said() {
    let before = RUBBISH
        .iter()
        .flat_map(|&(name, octets)| [(name, greeting(octets)), (name, to_capability(octets))]);
    let after = RUBBISH
        .iter()
        .map(|&(name, octets)| (name, to_login(octets)));

    end_in("gibberish", false, before).await;
    end_in("gibberish", true, after).await;
}

#[tokio::test]
async fn somebody_who_is_logged_in_before_the_login_is_not_our_user() {
    let greetings = [
        "* PREAUTH welcome back\r\n",
        "* PREAUTH [CAPABILITY IMAP4rev1] Logged in as alice@example.test\r\n",
    ];
    let after = to_login("* PREAUTH welcome back\r\np1 OK Logged in\r\n");

    end_in(
        "gibberish",
        false,
        greetings.map(|text| (text, greeting(text))),
    )
    .await;
    end_in("gibberish", true, [("after the login was sent", after)]).await;
}

#[tokio::test]
async fn an_answer_that_comes_before_its_command_is_gibberish() {
    let forged = format!("{GREETING}p1 OK Logged in\r\n");
    let remark = format!("{GREETING}* OK one moment\r\n");
    let capability = "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\np1 OK\r\np2 OK Logged in\r\n";
    let scripts = [
        ("behind the greeting", greeting(forged)),
        ("a remark behind the greeting", greeting(remark)),
        ("behind the capabilities", to_capability(capability)),
        ("instead of a greeting", greeting("p1 OK Logged in\r\n")),
    ];

    end_in("gibberish", false, scripts).await;
}

#[tokio::test]
async fn an_answer_to_another_command_is_gibberish() {
    let scripts = [
        "p2 OK Logged in\r\n",
        "p0 OK Logged in\r\n",
        "p01 OK Logged in\r\n",
    ];

    end_in(
        "gibberish",
        true,
        scripts.map(|text| (text, to_login(text))),
    )
    .await;
}

#[tokio::test]
async fn two_answers_to_one_login_are_gibberish() {
    let scripts = [
        "p1 OK Logged in\r\np1 OK Logged in\r\n",
        "p1 NO [AUTHENTICATIONFAILED] no\r\np1 OK Logged in\r\n",
        "p1 OK Logged in\r\n* OK one moment\r\np1 NO no\r\n",
        "p1 OK Logged in\r\n+ \r\n",
    ];

    end_in(
        "gibberish",
        true,
        scripts.map(|text| (text, to_login(text))),
    )
    .await;
}

#[tokio::test]
async fn remarks_around_an_answer_do_no_harm() {
    let scripts = [
        "* OK Still here\r\n* NO [ALERT] the disk is full\r\n* 3 EXISTS\r\np1 OK Logged in\r\n",
        "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\np1 OK Logged in\r\n",
        "p1 OK [CAPABILITY IMAP4rev1] Logged in\r\n* OK [ALERT] 95% of the quota\r\n",
    ];

    end_in("opens", true, scripts.map(|text| (text, to_login(text)))).await;
}

#[tokio::test]
async fn a_server_that_says_good_bye_is_temporarily_not_there() {
    let bye = "* BYE Temporary problem, please try again later\r\n";
    let closing = |acts: Vec<Act>| [acts, vec![close()]].concat();

    let before = [
        ("greeting", greeting(bye)),
        ("CAPABILITY", to_capability(bye)),
    ];
    let after = [
        ("login", to_login(bye)),
        (
            "login, then OK",
            to_login(format!("{bye}p1 OK Logged in\r\n")),
        ),
        ("login, then the end", closing(to_login(bye))),
    ];

    end_in("temporary", false, before).await;
    end_in("temporary", true, after).await;
}

#[tokio::test]
async fn a_referral_is_not_followed_and_is_no_verdict() {
    for text in [
        "p1 OK [REFERRAL imap://alice@elsewhere.example/] go there\r\n",
        "p1 NO [REFERRAL imap://alice@elsewhere.example/] go there\r\n",
        "* NO [REFERRAL imap://alice@elsewhere.example/] go there\r\np1 OK Logged in\r\n",
    ] {
        let asked = ask(Way::Encrypted, to_login(text)).await;

        let unavailable = asked.answer.unwrap_err();
        assert_eq!(unavailable.reason(), "misconfigured", "{text}");
        // Others may live here: nobody may be able to have the server left in peace by his own.
        assert_eq!(unavailable.concern(), Concern::PerhapsOneAccount, "{text}");
    }
    let elsewhere = "* BYE [REFERRAL imap://elsewhere.example/] moved\r\n";

    end_in("misconfigured", false, [("greeting", greeting(elsewhere))]).await;
}

#[tokio::test]
async fn a_success_that_is_not_complete_is_no_success() {
    let closing = |text| [to_login(text), vec![close()]].concat();
    let cuts = [
        "p",
        "p1",
        "p1 ",
        "p1 OK",
        "p1 OK Logged in",
        "p1 OK Logged in\r",
    ];

    end_in("closed", true, cuts.map(|cut| (cut, closing(cut)))).await;
}

#[tokio::test]
async fn an_end_anywhere_before_the_answer_is_temporary() {
    let closing = |acts: Vec<Act>| [acts, vec![close()]].concat();
    let before = [
        ("at once", closing(vec![])),
        ("after the greeting", closing(greeting(BARE_GREETING))),
        (
            "after CAPABILITY",
            closing(vec![say(BARE_GREETING), hear()]),
        ),
    ];
    let after = [("after the login", closing(vec![say(GREETING), hear()]))];

    end_in("closed", false, before).await;
    end_in("closed", true, after).await;
}

#[tokio::test]
async fn a_list_of_capabilities_is_needed() {
    let scripts = [
        "p1 OK none\r\n",
        "+ \r\n",
        "* OK [CAPABILITY IMAP4rev1] x\r\np1 OK\r\n",
    ];
    let offers = [
        "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\np1 OK\r\n",
        "* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=CRAM-MD5 AUTH=XOAUTH2\r\np1 OK\r\n",
        "* CAPABILITY LOGINDISABLED AUTH=PLAIN-CLIENTTOKEN AUTH=XPLAIN\r\np1 OK\r\n",
    ];

    end_in(
        "gibberish",
        false,
        scripts.map(|text| (text, to_capability(text))),
    )
    .await;
    end_in(
        "no-mechanism",
        false,
        offers.map(|text| (text, to_capability(text))),
    )
    .await;
}

#[tokio::test]
async fn questions_without_end_are_cancelled() {
    for prompt in ["+ \r\n", "+ VXNlcm5hbWU6\r\n"] {
        let acts = vec![say(GREETING), Act::AlwaysAnswer(prompt.as_bytes().to_vec())];

        let asked = ask(Way::Encrypted, acts).await;

        assert_eq!(asked.word(), "gibberish", "{prompt}");
        assert!(
            asked.heard.lines().contains(&"*\r\n".to_owned()),
            "{prompt}"
        );
    }
}

#[tokio::test]
async fn a_login_is_not_accepted_before_the_password_was_sent() {
    let plain = "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n";
    let acts = vec![say(plain), hear(), say("p1 OK Logged in\r\n")];

    let asked = ask(Way::Encrypted, acts).await;

    assert_eq!(asked.word(), "gibberish");
    assert_eq!(asked.heard.lines()[0], "p1 AUTHENTICATE PLAIN\r\n");
}

#[tokio::test]
async fn the_servers_words_are_kept_escaped_and_without_what_we_sent() {
    let text = "p1 NO [AUTHENTICATIONFAILED] <b> \x1b[31m \u{202e} alice@example.test: correct \
                horse, AGFsaWNlQGV4YW1wbGUudGVzdABjb3JyZWN0IGhvcnNl\r\n";
    let bye = "* BYE not with correct horse\r\n";

    let refused = ask(Way::Encrypted, to_login(text)).await;
    let gone = ask(Way::Encrypted, to_login(bye)).await;

    assert_eq!(
        refused.answer,
        Ok(Verdict::Refused(Refusal {
            code: "AUTHENTICATIONFAILED".to_owned(),
            enhanced: None,
            text: r"<b> \x1b[31m \xe2\x80\xae [*]: [*], [*]".to_owned(),
        }))
    );
    let said = "BYE not with [*]".to_owned();
    assert_eq!(gone.answer, Err(Unavailable::Temporary { said }));
}

#[tokio::test]
async fn what_becomes_of_logout_does_not_matter() {
    let ends = [
        ("no answer", vec![hear()]),
        ("rubbish", vec![hear(), say(b"\0\xff HTTP\n")]),
        ("hangs up before", vec![close()]),
        ("hangs up after", vec![hear(), close()]),
    ];
    let good = "p1 OK Logged in\r\n";

    end_in(
        "opens",
        true,
        ends.map(|(name, end)| (name, [to_login(good), end].concat())),
    )
    .await;
}

proptest! {
    #![proptest_config(Config { cases: 40, ..Config::default() })]

    #[test]
    fn random_damage_never_opens_a_mailbox(at in 0_usize..10_000, octet: u8, length in 0_usize..3) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let mut octets = format!("{GREETING}{REFUSAL}").into_bytes();
        let login_at = GREETING.len();
        let start = at % octets.len();
        // The word of the verdict itself is the server's to choose.
        if !(login_at + 3..login_at + 5).contains(&start) {
            let end = (start + length).min(octets.len());
            octets.splice(start..end, [octet]);
        }
        let behind = octets.split_off(login_at.min(octets.len()));

        let asked = runtime.block_on(ask(Way::Clear, vec![say(octets), hear(), say(behind)]));

        prop_assert_ne!(asked.word(), "opens");
    }
}
