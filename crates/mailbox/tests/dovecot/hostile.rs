//! Services that are broken or hostile, a row a test.

use mailbox::{Refusal, Verdict};
use proptest::prelude::*;
use proptest::test_runner::Config;
use testkit::smtp::close;

use super::*;

#[tokio::test]
async fn what_is_no_auth_service_is_not_told_a_password() {
    let long = [b"VERSION\t1\t2\nMECH\t".to_vec(), vec![b'X'; 16_384]].concat();
    let end_of_line = [long.clone(), b"\nDONE\n".to_vec()].concat();
    let many = format!("VERSION\t1\t2\n{}DONE\n", "MECH\tPLAIN\n".repeat(100));

    end_in(
        "gibberish",
        Asked::No,
        [
            ("SMTP", shakes("220 mail.example.test ESMTP\r\n")),
            (
                "IMAP",
                shakes("* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n"),
            ),
            ("HTTP", shakes("HTTP/1.1 400 Bad Request\r\n\r\n")),
            ("TLS", shakes(b"\x15\x03\x01\0\x02\x02\n")),
            ("the socket for masters", shakes("MECH\tPLAIN\nDONE\n")),
            ("CRLF", shakes(HANDSHAKE.replace('\n', "\r\n"))),
            ("NUL", shakes("VERSION\t1\t2\nMECH\tPLAIN\0\nDONE\n")),
            (
                "an escape that does not exist",
                shakes("VERSION\t1\t2\nMECH\t\x01x\nDONE\n"),
            ),
            (
                "two versions",
                shakes(format!("VERSION\t1\t1\n{HANDSHAKE}")),
            ),
            ("a line over 16 KiB", shakes(long)),
            ("a line over 16 KiB with its end", shakes(end_of_line)),
            ("a hundred lines", shakes(many)),
            (
                "for ever",
                vec![say("VERSION\t1\t2\n"), Act::SayForEver(b"NEWS\n".to_vec())],
            ),
            (
                "an answer before the question",
                shakes(format!("{HANDSHAKE}OK\t1\tuser={ALICE}\n")),
            ),
            (
                "half an answer before the question",
                shakes(format!("{HANDSHAKE}OK")),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn another_version_is_not_told_a_password() {
    let version = |version: &str| shakes(HANDSHAKE.replace("VERSION\t1\t2", version));

    end_in(
        "misconfigured",
        Asked::No,
        [
            ("2", version("VERSION\t2\t0")),
            ("none", version("VERSION")),
            ("12", version("VERSION\t12\t1")),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_service_without_plain_is_not_told_a_password() {
    let without = HANDSHAKE.replace("PLAIN", "PLAIN-CLIENTTOKEN");
    let nothing = "VERSION\t1\t2\nDONE\n";

    end_in(
        "no-mechanism",
        Asked::No,
        [
            ("LOGIN alone", shakes(without)),
            ("nothing", shakes(nothing)),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_ok_for_anything_but_the_login_itself_does_not_open() {
    for (expected, behind) in [
        ("other_user", "user=bob@example.test"),
        ("other_user", "user=alice"),
        ("other_user", "user=alice@example.test@other.test"),
        (
            "auth_user",
            "user=alice@example.test\toriginal_user=mailadmin\tauth_user=mailadmin",
        ),
        (
            "nologin",
            "user=alice@example.test\tnologin\treason=suspended",
        ),
        ("anonymous", "user=alice@example.test\tanonymous"),
        (
            "misconfigured",
            "user=alice@example.test\tproxy\thost=192.0.2.1",
        ),
        (
            "gibberish",
            "user=alice@example.test\tuser=alice@example.test",
        ),
        ("gibberish", ""),
    ] {
        let script = answers(format!("OK\t1\t{behind}\n"));

        end_in(expected, Asked::Yes, [(behind, script)]).await;
    }
}

#[tokio::test]
async fn an_answer_to_another_question_is_worth_nothing() {
    let long = format!("OK\t1\tuser={ALICE}\treason={}\n", "x".repeat(16_384));
    let ok = format!("OK\t1\tuser={ALICE}\n");

    end_in(
        "gibberish",
        Asked::Yes,
        [
            ("0", answers(format!("OK\t0\tuser={ALICE}\n"))),
            ("2", answers(format!("OK\t2\tuser={ALICE}\n"))),
            ("2, then 1", answers(format!("OK\t2\tuser={ALICE}\n{ok}"))),
            (
                "a number too large",
                answers(format!("OK\t4294967297\tuser={ALICE}\n")),
            ),
            ("no number", answers(format!("OK\tuser={ALICE}\n"))),
            ("two answers", answers(format!("{ok}{ok}"))),
            ("refused, then accepted", answers(format!("FAIL\t1\n{ok}"))),
            ("half a second answer", answers(format!("{ok}F"))),
            ("a line over 16 KiB", answers(long)),
            ("NUL", answers(format!("OK\t1\tuser={ALICE}\t\0\n"))),
            ("CRLF", answers(format!("OK\t1\tuser={ALICE}\r\n"))),
            ("a challenge", answers("CONT\t1\tVXNlcm5hbWU6\n")),
            ("words without end", answers("NEWS\t1\n".repeat(101))),
        ],
    )
    .await;
}

#[tokio::test]
async fn words_of_later_versions_are_passed_over() {
    let script = answers(format!("NEWS\t1\tx\n\nOK\t1\tuser={ALICE}\tnew=y\tword\n"));

    end_in("opens", Asked::Yes, [("between", script)]).await;
}

#[tokio::test]
async fn an_end_anywhere_before_the_answer_is_temporary() {
    let closing = |acts: Vec<Act>| [acts, vec![close()]].concat();
    let cut = format!("OK\t1\tuser={ALICE}");

    end_in(
        "closed",
        Asked::No,
        [
            ("at once", closing(vec![])),
            (
                "in the handshake",
                closing(shakes("VERSION\t1\t2\nMECH\tPL")),
            ),
        ],
    )
    .await;
    end_in(
        "closed",
        Asked::Yes,
        [
            ("before the answer", closing(answers(""))),
            ("in the answer", closing(answers("OK"))),
            ("before the end of the answer", closing(answers(cut))),
            ("behind another word", closing(answers("NEWS\t1\n"))),
        ],
    )
    .await;
}

#[tokio::test]
async fn who_says_nothing_or_too_little_is_given_up_on() {
    let pause = Duration::from_millis(150);
    let cut = format!("OK\t1\tuser={ALICE}");

    end_in(
        "timeout",
        Asked::No,
        [
            ("silent", vec![]),
            ("cut", shakes(HANDSHAKE.trim_end())),
            (
                "an octet at a time",
                vec![Act::Drip(HANDSHAKE.into(), pause)],
            ),
        ],
    )
    .await;
    end_in(
        "timeout",
        Asked::Yes,
        [
            ("no answer", answers("")),
            ("an answer without its end", answers(&cut)),
            (
                "an octet at a time",
                [answers(""), vec![Act::Drip(cut.into(), pause)]].concat(),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_is_temporary_says_nothing_about_the_password() {
    for (expected, answer) in [
        (
            "temporary",
            "FAIL\t1\tuser=alice@example.test\tcode=temp_fail\n",
        ),
        ("temporary", "FAIL\t1\tuser=alice@example.test\ttemp\n"),
        ("misconfigured", "FAIL\t1\tcode=invalid_base64\n"),
    ] {
        end_in(expected, Asked::Yes, [(answer, answers(answer))]).await;
    }
}

#[tokio::test]
async fn the_services_words_are_kept_escaped_and_without_what_we_sent() {
    let script = answers(
        "FAIL\t1\tcode=pass_expired\treason=\x1b[31m alice@example.test correct horse\x01n<b>\n",
    );
    let (_server, url) = scripted(script).await;

    let answer = ask(open(&url, &patient()).as_ref()).await;

    let refusal = Refusal {
        code: "pass_expired".to_owned(),
        enhanced: None,
        text: r"\x1b[31m [*] [*]\n<b>".to_owned(),
    };
    assert_eq!(answer, Ok(Verdict::Refused(refusal)));
}

proptest! {
    #![proptest_config(Config { cases: 40, ..Config::default() })]

    #[test]
    fn random_damage_never_opens_a_mailbox(at in 0_usize..10_000, octet: u8, length in 0_usize..3) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let mut script = format!("{HANDSHAKE}FAIL\t1\tuser={ALICE}\n").into_bytes();
        let start = at % script.len();
        let end = (start + length).min(script.len());
        script.splice(start..end, [octet]);
        let handshake = script.drain(..HANDSHAKE.len().min(script.len())).collect::<Vec<_>>();
        let acts = vec![say(handshake), hear(), hear(), hear(), say(script)];
        let mut options = impatient();
        options.whole_limit = Duration::from_millis(100);

        let answer = runtime.block_on(async {
            let (_server, url) = scripted(acts).await;
            ask(open(&url, &options).as_ref()).await
        });

        prop_assert_ne!(word(&answer), "opens");
    }
}
