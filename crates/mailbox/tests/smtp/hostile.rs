//! Servers that are broken or hostile: `mail.md` §7, a row a test.

use mailbox::{Refusal, Verdict};
use proptest::prelude::*;
use proptest::test_runner::Config;
use testkit::smtp::{Act, close};

use super::*;

/// Asserts that each script ends in this class, both in clear and encrypted.
async fn end_in<'a>(
    class: &'static str,
    credentials: bool,
    scripts: impl IntoIterator<Item = (&'a str, Vec<Act>)>,
) {
    let rows = scripts
        .into_iter()
        .flat_map(|(name, acts)| both_ways(class, name, acts, credentials));
    all_end(rows.collect()).await;
}

const RUBBISH: &[(&str, &[u8])] = &[
    (
        "HTTP",
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    ),
    ("SSH", b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
    ("IMAP", b"* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n"),
    ("POP3", b"+OK Dovecot ready.\r\n"),
    ("random octets", b"\x8f\x02\xd1\x00\x7f\xfe\x16\x03 \x99\r"),
    ("NUL", b"220 2\x0050\x00235 ok\r\n"),
    ("bare LF", b"220 ok\n"),
    ("bare LF inside", b"220-ok\n220 ok\r\n"),
    ("bare CR", b"220 ok\r235 ok\r\n"),
    ("two codes in one reply", b"220-ok\r\n250 ok\r\n"),
    ("a code of two digits", b"22 ok\r\n"),
    ("a code of four digits", b"2200 ok\r\n"),
    ("full-width digits", "２３５ ok\r\n".as_bytes()),
    ("nothing but an end of line", b"\r\n"),
];

#[tokio::test]
async fn what_is_not_smtp_is_gibberish_as_a_greeting() {
    let scripts = RUBBISH
        .iter()
        .map(|&(name, octets)| (name, greeting(octets)));

    end_in("gibberish", false, scripts).await;
}

#[tokio::test]
async fn what_is_not_smtp_is_gibberish_as_an_answer_to_ehlo() {
    let scripts = RUBBISH
        .iter()
        .map(|&(name, octets)| (name, to_ehlo(octets)));

    end_in("gibberish", false, scripts).await;
}

#[tokio::test]
async fn what_is_not_smtp_is_gibberish_as_an_answer_to_auth() {
    let scripts = RUBBISH
        .iter()
        .map(|&(name, octets)| (name, to_auth(octets)));

    end_in("gibberish", true, scripts).await;
}

#[tokio::test]
async fn two_replies_to_one_command_are_gibberish() {
    let early_success = format!("{OFFER}235 2.7.0 Authentication successful\r\n");
    let forged_offer = format!("{GREETING}{OFFER}");
    let before = [
        ("greeting", greeting(forged_offer)),
        ("235 sent early", to_ehlo(early_success)),
    ];
    let after = [
        ("AUTH", to_auth("235 2.7.0 ok\r\n235 2.7.0 ok\r\n")),
        ("half a second reply", to_auth("235 2.7.0 ok\r\n2")),
        ("refused, then accepted", to_auth("535 no\r\n235 ok\r\n")),
    ];

    end_in("gibberish", false, before).await;
    end_in("gibberish", true, after).await;
}

#[tokio::test]
async fn a_success_that_is_not_complete_is_no_success() {
    let cuts = [
        "2",
        "235",
        "235 ",
        "235 2.7.0 ok",
        "235 2.7.0 ok\r",
        "235-2.7.0 ok\r\n",
    ];
    let closing = |cut| [to_auth(cut), vec![close()]].concat();

    end_in("timeout", true, cuts.map(|cut| (cut, to_auth(cut)))).await;
    end_in("closed", true, cuts.map(|cut| (cut, closing(cut)))).await;
}

#[tokio::test]
async fn an_end_anywhere_before_the_answer_is_temporary() {
    let closing = |acts: Vec<Act>| [acts, vec![close()]].concat();
    let before = [
        ("at once", closing(vec![])),
        ("after the greeting", closing(greeting(GREETING))),
        ("after EHLO", closing(vec![say(GREETING), hear()])),
    ];
    let after = [
        (
            "after AUTH",
            closing(vec![say(GREETING), hear(), say(OFFER), hear()]),
        ),
        ("after 334", closing(to_auth("334 \r\n"))),
    ];

    end_in("closed", false, before).await;
    end_in("closed", true, after).await;
}

#[tokio::test]
async fn other_successes_than_235_are_gibberish() {
    let codes = ["200", "220", "221", "250", "299", "354", "399"];
    let scripts = codes.map(|code| (code, to_auth(format!("{code} 2.7.0 ok\r\n"))));

    end_in("gibberish", true, scripts).await;
}

#[tokio::test]
async fn look_alikes_of_auth_offer_nothing() {
    let offers = [
        "250-m\r\n250 X-AUTH PLAIN\r\n",
        "250-m\r\n250 AUTHX PLAIN\r\n",
        "250-AUTH PLAIN LOGIN\r\n250 HELP\r\n",
        "250-m\r\n250 AUTH PLAIN-CLIENTTOKEN XPLAIN\r\n",
        "250-m\r\n250 AUTH CRAM-MD5 SCRAM-SHA-256 XOAUTH2 GSSAPI NTLM\r\n",
    ];

    end_in(
        "no-mechanism",
        false,
        offers.map(|offer| (offer, to_ehlo(offer))),
    )
    .await;
}

#[tokio::test]
async fn questions_without_end_are_cancelled() {
    let trusted = Trusted::new();
    let long = [b"334 ".to_vec(), vec![b'A'; 1_000_000], b"\r\n".to_vec()].concat();
    let login_only = "250-m\r\n250 AUTH LOGIN\r\n";
    for (name, offer, answer, cancelled) in [
        ("334 for ever to PLAIN", OFFER, b"334 \r\n".to_vec(), true),
        (
            "334 for ever to LOGIN",
            login_only,
            b"334 VXNlcm5hbWU6\r\n".to_vec(),
            true,
        ),
        (
            "334 with text to PLAIN",
            OFFER,
            b"334 VXNlcm5hbWU6\r\n".to_vec(),
            true,
        ),
        ("334 with 1 MB", OFFER, long, false),
    ] {
        let acts = vec![say(GREETING), hear(), say(offer), Act::AlwaysAnswer(answer)];

        let (verdict, heard) = trusted.ask_script(Way::Encrypted, acts, &patient()).await;

        assert_eq!(word(&verdict), "gibberish", "{name}: {verdict:?}");
        assert_eq!(
            heard.lines().contains(&"*\r\n".to_owned()),
            cancelled,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_third_prompt_of_login_gets_no_third_answer() {
    let trusted = Trusted::new();
    let offer = "250-m\r\n250 AUTH LOGIN\r\n";
    let acts = vec![
        say(GREETING),
        hear(),
        say(offer),
        Act::AlwaysAnswer(b"334 \r\n".to_vec()),
    ];

    let (_, heard) = trusted.ask_script(Way::Encrypted, acts, &patient()).await;

    assert_eq!(
        heard.lines(),
        [
            "EHLO idp.example.test\r\n",
            "AUTH LOGIN\r\n",
            "YWxpY2VAZXhhbXBsZS50ZXN0\r\n",
            "Y29ycmVjdCBob3JzZQ==\r\n",
            "*\r\n",
            "QUIT\r\n"
        ]
    );
}

#[tokio::test]
async fn plain_is_answered_once_more_when_its_initial_response_was_ignored() {
    let trusted = Trusted::new();
    let mut acts = to_auth("334 \r\n");
    acts.extend([hear(), say("235 2.7.0 ok\r\n")]);

    let (verdict, heard) = trusted.ask_script(Way::Encrypted, acts, &patient()).await;

    assert_eq!(word(&verdict), "opens");
    assert_eq!(
        heard
            .lines()
            .iter()
            .filter(|line| line.starts_with("AUTH"))
            .count(),
        1
    );
}

#[tokio::test]
async fn a_login_is_not_accepted_before_the_password_was_sent() {
    let trusted = Trusted::new();
    let login_only = "250-m\r\n250 AUTH LOGIN\r\n";
    let asked = vec![say(GREETING), hear(), say(login_only), hear()];
    let at_once = [asked.clone(), vec![say("235 2.7.0 ok\r\n")]].concat();
    let named = [
        asked,
        vec![say("334 \r\n"), hear(), say("235 2.7.0 ok\r\n")],
    ]
    .concat();
    for acts in [at_once, named] {
        let (verdict, _) = trusted.ask_script(Way::Encrypted, acts, &patient()).await;

        assert_eq!(word(&verdict), "gibberish", "{verdict:?}");
    }
}

#[tokio::test]
async fn the_servers_words_are_kept_escaped_cut_and_without_what_we_sent() {
    let trusted = Trusted::new();
    let text = format!(
        "535 5.7.8 <script> \x1b[31m \u{202e} for alice@example.test: correct horse, \
         AGFsaWNlQGV4YW1wbGUudGVzdABjb3JyZWN0IGhvcnNl {}\r\n",
        "x".repeat(1000)
    );

    let (verdict, _) = trusted
        .ask_script(Way::Clear, to_auth(text), &patient())
        .await;

    let shown = r"<script> \x1b[31m \xe2\x80\xae for [*]: [*], [*] ".to_owned();
    let text = format!("{shown}{}…", "x".repeat(200 - shown.len()));
    let enhanced = Some("5.7.8".to_owned());
    assert_eq!(
        verdict,
        Ok(Verdict::Refused(Refusal {
            code: "535".to_owned(),
            enhanced,
            text
        }))
    );
}

#[tokio::test]
async fn what_becomes_of_quit_does_not_matter() {
    let ends = [
        ("no answer", vec![hear()]),
        ("rubbish", vec![hear(), say(b"\0\xff HTTP\n")]),
        ("hangs up before", vec![close()]),
        ("hangs up after", vec![hear(), close()]),
    ];
    let scripts = ends.map(|(name, end)| (name, [to_auth("235 2.7.0 ok\r\n"), end].concat()));

    end_in("opens", true, scripts).await;
}

proptest! {
    #![proptest_config(Config { cases: 40, ..Config::default() })]

    #[test]
    fn random_damage_never_opens_a_mailbox(at in 0_usize..10_000, octet: u8, length in 0_usize..3) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let mut refusal = to_auth("535 5.7.8 no\r\n");
        let place = at % refusal.len();
        if let Some(Act::Say(octets)) = refusal.get_mut(place) {
            // The first digit of the verdict itself is the server's to choose.
            let from = usize::from(place == 4);
            let start = from + at / 7 % (octets.len() - from);
            let end = (start + length).min(octets.len());
            octets.splice(start..end, [octet]);
        }
        let mut options = impatient();
        options.whole_limit = Duration::from_millis(100);

        let answer = runtime.block_on(async {
            Trusted::new().ask_script(Way::Clear, refusal, &options).await.0
        });

        prop_assert_ne!(word(&answer), "opens");
    }
}
