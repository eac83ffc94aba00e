use proptest::prelude::*;

use super::*;

fn read(octets: &[u8]) -> Result<Option<Reply>, Gibberish> {
    let mut reader = Reader::default();
    reader.take(octets)?;
    reader.message()
}

fn complete(octets: &[u8]) -> Reply {
    read(octets).unwrap().unwrap()
}

#[test]
fn a_reply_has_a_code_and_lines() {
    let reply = complete(b"250-mail.example.test\r\n250-AUTH PLAIN LOGIN\r\n250 HELP\r\n");

    assert_eq!(reply.code, 250);
    assert_eq!(
        reply.lines().collect::<Vec<_>>(),
        [&b"mail.example.test"[..], b"AUTH PLAIN LOGIN", b"HELP"]
    );
}

#[test]
fn a_code_alone_is_a_reply() {
    assert_eq!(complete(b"250\r\n").lines().collect::<Vec<_>>(), [b""]);
    assert_eq!(complete(b"334 \r\n").text(), b"");
}

#[test]
fn half_a_reply_is_none_yet() {
    for octets in [
        &b""[..],
        b"2",
        b"235",
        b"235 ",
        b"235 ok",
        b"235 ok\r",
        b"235-ok\r\n",
        b"235-ok\r\n235",
        b"235-a\r\n235-b\r\n",
    ] {
        assert_eq!(read(octets), Ok(None), "{octets:?}");
    }
}

#[test]
fn gibberish_is_seen_as_soon_as_it_cannot_be_a_reply() {
    for &(octets, rule) in NOT_A_REPLY {
        assert_eq!(read(octets), Err(Gibberish(rule)), "{}", escape(octets));
    }
}

#[test]
fn a_line_has_2048_octets_and_a_reply_100_lines() {
    let unfinished = [b"220 ", &[b'x'; 2044][..]].concat();
    let line = [b"220 ", &[b'x'; 2044][..], b"\r\n"].concat();
    let lines = b"220-x\r\n".repeat(100);

    assert_eq!(
        read(&unfinished),
        Err(Gibberish("a line is longer than 2048 octets"))
    );
    assert_eq!(
        read(&line),
        Err(Gibberish("a line is longer than 2048 octets"))
    );
    assert_eq!(
        read(&lines),
        Err(Gibberish("a reply has more than 100 lines"))
    );
}

#[test]
fn the_limits_themselves_are_allowed() {
    let line = [b"220 ", &[b'x'; 2042][..], b"\r\n"].concat();
    let lines = [b"220-x\r\n".repeat(99), b"220 x\r\n".to_vec()].concat();

    assert_eq!(complete(&line).text().len(), 2042);
    assert_eq!(complete(&lines).lines().count(), 100);
}

#[test]
fn a_session_has_64_kib() {
    let mut reader = Reader::default();
    let line = [b"250 ", &[b'x'; 1018][..], b"\r\n"].concat();
    for _ in 0..64 {
        reader.take(&line).unwrap();
        reader.message().unwrap().unwrap();
    }

    assert_eq!(
        reader.take(b"2"),
        Err(Gibberish("it sent more than 64 KiB"))
    );
}

#[test]
fn what_follows_a_reply_is_noticed() {
    let mut reader = Reader::default();
    reader.take(b"220 ready\r\n235 2.7.0 ok\r\n").unwrap();

    assert_eq!(reader.message().unwrap().unwrap().code, 220);
    assert!(!reader.is_empty());
}

#[test]
fn enhanced_codes_are_separated_from_the_text() {
    for (octets, code, text) in [
        (&b"535 5.7.8 no\r\n"[..], Some("5.7.8"), &b"no"[..]),
        (b"535 5.7.139 no\r\n", Some("5.7.139"), b"no"),
        (
            b"535-5.7.8 Username and\r\n535 5.7.8 Password\r\n",
            Some("5.7.8"),
            b"Username and Password",
        ),
        (b"535 5.7.8\r\n", Some("5.7.8"), b""),
        (b"535 Incorrect\r\n", None, b"Incorrect"),
        (b"535 5.7.8.9 no\r\n", None, b"5.7.8.9 no"),
        (b"535 3.7.8 no\r\n", None, b"3.7.8 no"),
        (b"535 5.7 no\r\n", None, b"5.7 no"),
        (b"535 5.7.1234 no\r\n", None, b"5.7.1234 no"),
        (b"535 5..8 no\r\n", None, b"5..8 no"),
    ] {
        let reply = complete(octets);
        assert_eq!(reply.enhanced(), code, "{}", escape(octets));
        assert_eq!(reply.text(), text, "{}", escape(octets));
    }
}

#[test]
fn what_goes_to_the_log_is_escaped() {
    assert_eq!(
        complete(b"535-5.7.8 <b>\r\n535 \x1b[2J\r\n").said(),
        r"535 5.7.8 <b> \x1b[2J"
    );
}

#[test]
fn what_must_not_be_seen_is_hidden_from_the_log_and_not_from_us() {
    let mut reply = complete(b"535-5.7.8 no hunter2\r\n535 5.7.8 hunter2hunter2 [hunter]\r\n");

    reply.hide(b"hunter2");

    assert_eq!(reply.said(), "535 5.7.8 no [*] 5.7.8 [*][*] [hunter]");
    assert_eq!(reply.shown_text(), "no [*] [*][*] [hunter]");
    assert_eq!(reply.text(), b"no hunter2 hunter2hunter2 [hunter]");
}

proptest! {
    #[test]
    fn no_octets_make_it_panic_or_keep_more_than_a_line(chunks: Vec<Vec<u8>>) {
        let mut reader = Reader::default();
        for chunk in chunks {
            if reader.take(&chunk).is_err() {
                break;
            }
            match reader.message() {
                Ok(_) => {}
                Err(_) => break,
            }
            prop_assert!(reader.pending.len() <= LINE_LIMIT + chunk.len());
        }
    }

    #[test]
    fn a_reply_does_not_depend_on_how_it_is_cut(
        code in 200_u16..600,
        lines in proptest::collection::vec("[ -~]{0,40}", 1..6),
        size in 1_usize..20,
    ) {
        let mut wire = String::new();
        for (at, line) in lines.iter().enumerate() {
            let separator = if at + 1 == lines.len() { " " } else { "-" };
            wire.extend([code.to_string().as_str(), separator, line, "\r\n"]);
        }

        let mut reader = Reader::default();
        let mut replies = Vec::new();
        for chunk in wire.as_bytes().chunks(size) {
            reader.take(chunk).unwrap();
            replies.extend(reader.message().unwrap());
        }

        prop_assert_eq!(replies.len(), 1);
        prop_assert_eq!(replies[0].code, code);
        prop_assert!(replies[0].lines().eq(lines.iter().map(String::as_bytes)));
        prop_assert!(reader.is_empty());
    }

    #[test]
    fn a_cut_reply_is_never_a_reply(text in "[ -~]{0,40}", cut in 0_usize..100) {
        let wire = format!("235-{text}\r\n235 {text}\r\n");
        let cut = cut % wire.len();

        prop_assert_eq!(read(&wire.as_bytes()[..cut]), Ok(None));
    }

    #[test]
    fn damage_never_turns_a_refusal_into_a_success_of_another_length(
        at in 0_usize..11, octet: u8,
    ) {
        // The code's own digits are the server's to choose; nothing behind them may change it.
        let mut wire = b"535 5.7.8 no\r\n".to_vec();
        wire[at + 3] = octet;
        let mut reader = Reader::default();
        reader.take(&wire).unwrap();
        while let Ok(Some(reply)) = reader.message() {
            prop_assert_eq!(reply.code, 535);
        }
    }
}

const NOT_A_REPLY: &[(&[u8], &str)] = &[
    (b"H", "a line does not begin with an SMTP reply code"),
    (
        b"HTTP/1.1 400 Bad Request\r\n",
        "a line does not begin with an SMTP reply code",
    ),
    (
        b"SSH-2.0-OpenSSH_9.2\r\n",
        "a line does not begin with an SMTP reply code",
    ),
    (
        b"* OK IMAP4rev1 ready\r\n",
        "a line does not begin with an SMTP reply code",
    ),
    (
        b"+OK POP3 ready\r\n",
        "a line does not begin with an SMTP reply code",
    ),
    (
        b"\x16\x03\x01\x02",
        "a line does not begin with an SMTP reply code",
    ),
    (b"\r\n", "a line is shorter than a reply code"),
    (b"22\r\n", "a line is shorter than a reply code"),
    (
        b"22 ok\r\n",
        "a line does not begin with an SMTP reply code",
    ),
    (
        b"2200 ok\r\n",
        "a line does not begin with an SMTP reply code",
    ),
    (
        b"120 ok\r\n",
        "a line does not begin with an SMTP reply code",
    ),
    (
        b"620 ok\r\n",
        "a line does not begin with an SMTP reply code",
    ),
    (
        b"220\tok\r\n",
        "a line does not begin with an SMTP reply code",
    ),
    (
        b" 220 ok\r\n",
        "a line does not begin with an SMTP reply code",
    ),
    (
        b"-20 ok\r\n",
        "a line does not begin with an SMTP reply code",
    ),
    (
        "２２０ ok\r\n".as_bytes(),
        "a line does not begin with an SMTP reply code",
    ),
    (b"220 ok\n", "a line ends in a bare LF"),
    (b"220\n", "a line ends in a bare LF"),
    (b"22\n", "a line ends in a bare LF"),
    (b"220-a\n220 b\r\n", "a line ends in a bare LF"),
    (b"220 o\rk\r\n", "a line contains a bare CR"),
    (b"220 o\rk", "a line contains a bare CR"),
    (b"220 ok\r\r\n", "a line contains a bare CR"),
    (b"220\r\r\n", "a line contains a bare CR"),
    (b"220 o\0k\r\n", "a line contains NUL"),
    (b"220 o\0k", "a line contains NUL"),
    (b"220-a\r\n250 b\r\n", "one reply has two different codes"),
];
