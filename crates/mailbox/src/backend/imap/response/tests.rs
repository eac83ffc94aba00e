use proptest::prelude::*;

use super::*;
use crate::damage::{Damage, TIMES};

/// Reads all complete lines of what arrives at once.
fn read_all(octets: &[u8]) -> Result<Vec<Response>, Gibberish> {
    let mut reader = Reader::default();
    reader.take(octets)?;
    let mut responses = Vec::new();
    while let Some(response) = reader.message()? {
        responses.push(response);
    }
    Ok(responses)
}

fn read_one(text: &str) -> Response {
    let mut responses = read_all(format!("{text}\r\n").as_bytes()).unwrap();
    assert_eq!(responses.len(), 1, "{text:?}");
    responses.remove(0)
}

fn status(text: &str) -> Status {
    match read_one(text) {
        Response::Notice(status) | Response::Answer(_, status) => status,
        Response::Capabilities(_) | Response::Aside | Response::Prompt(_) => {
            panic!("{text:?} is about something else")
        }
    }
}

#[test]
fn conditions_codes_and_words_are_told_apart() {
    for (line, condition, code, words) in [
        ("* OK ready", Condition::Ok, None, "ready"),
        ("* ok", Condition::Ok, None, ""),
        ("* PREAUTH hello", Condition::Preauth, None, "hello"),
        ("* BYE going", Condition::Bye, None, "going"),
        (
            "p1 NO [AUTHENTICATIONFAILED] Authentication failed.",
            Condition::No,
            Some(("AUTHENTICATIONFAILED", "")),
            "Authentication failed.",
        ),
        (
            "p1 no [unavailable] x",
            Condition::No,
            Some(("UNAVAILABLE", "")),
            "x",
        ),
        (
            "* OK [CAPABILITY IMAP4rev1 ID] x",
            Condition::Ok,
            Some(("CAPABILITY", "IMAP4rev1 ID")),
            "x",
        ),
        (
            "p1 BAD [CLIENTBUG]",
            Condition::Bad,
            Some(("CLIENTBUG", "")),
            "",
        ),
        ("p1 NO [] x", Condition::No, None, "[] x"),
        ("p1 NO [a:b] x", Condition::No, None, "[a:b] x"),
        ("p1 NO [EXPIRED x", Condition::No, None, "[EXPIRED x"),
        (
            "p1 NO no [EXPIRED] x",
            Condition::No,
            None,
            "no [EXPIRED] x",
        ),
    ] {
        let read = status(line);

        let code_read = read.code.as_ref().map(|code| {
            let arguments = str::from_utf8(&code.arguments).unwrap();
            (code.name.as_str(), arguments)
        });
        assert_eq!(read.condition, condition, "{line}");
        assert_eq!(code_read, code, "{line}");
        assert_eq!(read.text(), words.as_bytes(), "{line}");
    }
}

#[test]
fn lines_of_each_kind_are_told_apart() {
    assert_eq!(read_one("+ "), Response::Prompt(Vec::new()));
    assert_eq!(read_one("+"), Response::Prompt(Vec::new()));
    assert_eq!(
        read_one("+ VXNlcg=="),
        Response::Prompt(b"VXNlcg==".to_vec())
    );
    assert_eq!(read_one("* 3 EXISTS"), Response::Aside);
    assert_eq!(read_one("* ID (\"name\" \"Dovecot\")"), Response::Aside);
    assert_eq!(read_one("* OKAY"), Response::Aside);
    assert_eq!(
        read_one("* capability IMAP4rev1 STARTTLS"),
        Response::Capabilities(Offer::read(b"STARTTLS"))
    );
    assert!(matches!(read_one("p17 OK x"), Response::Answer(17, _)));
}

#[test]
fn what_is_no_response_to_us_is_gibberish() {
    for wire in [
        &b"HTTP/1.1 400 Bad Request\r\n"[..],
        b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
        b"220 mail.example.test ESMTP\r\n",
        b"+OK Dovecot ready.\r\n",
        b"\r\n",
        b" * OK x\r\n",
        b"*OK x\r\n",
        b"* \r\n",
        b"*\r\n",
        b"* OK bare LF\n",
        b"* OK bare\rCR\r\n",
        b"* OK N\0UL\r\n",
        b"a1 OK x\r\n",
        b"P1 OK x\r\n",
        b"p OK x\r\n",
        b"p01 OK x\r\n",
        b"p1x OK x\r\n",
        b"p65536 OK x\r\n",
        b"p1\r\n",
        b"p1 OKAY x\r\n",
        b"p1  OK x\r\n",
        b"p1 BYE x\r\n",
        b"p1 PREAUTH x\r\n",
        b"p1 CAPABILITY IMAP4rev1\r\n",
        b"\xef\xbc\x8a OK x\r\n",
    ] {
        let shown = escape(wire);
        assert!(read_all(wire).is_err(), "{shown}");
    }
}

#[test]
fn literals_belong_nowhere() {
    for line in [
        "* ID (\"name\" {7}",
        "* OK ready {5}",
        "p1 OK {3+}",
        "+ {0}",
        "* CAPABILITY IMAP4rev1 {99999999999}",
    ] {
        let wire = format!("{line}\r\n");
        assert_eq!(
            read_all(wire.as_bytes()),
            Err(Gibberish("it sends a literal where none belongs")),
            "{line}"
        );
    }
    for line in ["* OK {}", "* OK {x}", "* OK 3}", "* OK {3} "] {
        assert!(matches!(read_one(line), Response::Notice(_)), "{line}");
    }
}

#[test]
fn what_cannot_become_a_response_is_noticed_before_its_end() {
    for beginning in [
        &b"\x16\x03\x01"[..],
        b"2",
        b"+O",
        b"*O",
        b"px",
        b"* OK a\rb",
        b"* \0",
    ] {
        let mut reader = Reader::default();
        reader.take(beginning).unwrap();
        assert!(reader.message().is_err(), "{beginning:?}");
    }
    for beginning in ["", "*", "* ", "* OK x\r", "+", "+\r", "p", "p1", "p1 OK"] {
        let mut reader = Reader::default();
        reader.take(beginning.as_bytes()).unwrap();
        assert_eq!(reader.message(), Ok(None), "{beginning:?}");
        assert_eq!(reader.is_empty(), beginning.is_empty());
    }
}

#[test]
fn lines_and_sessions_have_a_limit() {
    let longest = format!("* OK {}\r\n", "x".repeat(LINE_LIMIT - 5));
    let longer = format!("* OK {}\r\n", "x".repeat(LINE_LIMIT - 4));
    assert!(read_all(longest.as_bytes()).is_ok());
    assert!(read_all(longer.as_bytes()).is_err());

    let mut reader = Reader::default();
    reader.take(&[b'*'; LINE_LIMIT]).unwrap();
    assert!(reader.message().is_err(), "without an end, too");

    let mut reader = Reader::default();
    for _ in 0..SESSION_LIMIT / 8 {
        reader.take(b"* OK x\r\n").unwrap();
        assert!(reader.message().unwrap().is_some());
    }
    assert!(reader.take(b"*").is_err());
}

#[test]
fn forgetting_keeps_the_count() {
    let mut reader = Reader::default();
    reader.take(b"* OK forged").unwrap();

    let mut reader = reader.forget();

    assert!(reader.is_empty());
    assert!(reader.take(&vec![b'x'; SESSION_LIMIT]).is_err());
}

#[test]
fn words_are_shown_escaped_and_without_what_we_sent() {
    let mut read = status("p1 NO [EXPIRED] \x1b[31m hunter22 \u{202e} hunter22");

    read.hide(b"hunter22");

    assert_eq!(read.shown_text(), r"\x1b[31m [*] \xe2\x80\xae [*]");
    assert_eq!(read.said(), r"NO [EXPIRED] \x1b[31m [*] \xe2\x80\xae [*]");
}

/// Whatever is done to what servers say, only a whole line says OK to a command.
#[test]
fn no_damage_to_a_conversation_makes_a_yes_or_stops_the_reader() {
    const RECORDED: [&[u8]; 6] = [
        b"* OK [CAPABILITY IMAP4rev1 SASL-IR ID ENABLE IDLE STARTTLS AUTH=PLAIN] Dovecot ready.\r\n",
        b"* CAPABILITY IMAP4rev1 SASL-IR LOGINDISABLED AUTH=LOGIN\r\np1 OK done {7}.\r\n",
        b"+ \r\np2 NO [AUTHENTICATIONFAILED] Authentication failed.\r\n",
        b"* ID (\"name\" \"Dovecot\")\r\np3 OK ID completed.\r\n* BYE Logging out\r\n",
        b"p4 NO [UNAVAILABLE] Temporary authentication failure. [host:time]\r\n",
        b"* NO [REFERRAL imap://alice@elsewhere.example/] go\r\np5 BAD unknown command\r\n",
    ];
    let mut damage = Damage::new();
    for _ in 0..TIMES {
        let octets = damage.of(&RECORDED);
        let lines = octets.to_ascii_lowercase();
        for response in damage.hear::<Reader>(&octets) {
            let Response::Answer(number, status) = response else {
                continue;
            };
            assert!(status.said().len() <= 210);
            let line = format!("{} ok", tag(number)).into_bytes();
            let is_said = lines.windows(line.len()).any(|part| part == line);
            assert!(status.condition != Condition::Ok || is_said, "{octets:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_octets_are_read_or_refused_in_any_pieces(octets: Vec<u8>, at: prop::sample::Index) {
        let cut = at.index(octets.len() + 1);
        let (one, two) = octets.split_at(cut);
        let mut reader = Reader::default();
        let mut in_pieces: Result<Vec<Response>, Gibberish> = Ok(Vec::new());
        for piece in [one, two] {
            in_pieces = in_pieces.and_then(|mut before| {
                reader.take(piece)?;
                while let Some(response) = reader.message()? {
                    before.push(response);
                }
                Ok(before)
            });
        }

        // What is wrong may be noticed sooner or later; that it is wrong may not differ.
        prop_assert_eq!(in_pieces.ok(), read_all(&octets).ok());
    }

    #[test]
    fn a_line_is_never_read_before_its_end(line in "(\\* |p1 |\\+ )(OK|NO|BYE) [ -~]{0,40}") {
        let wire = format!("{line}\r\n");
        for cut in 0..wire.len() {
            let complete = read_all(&wire.as_bytes()[..cut]);
            prop_assert!(complete.is_err() || complete == Ok(Vec::new()), "{cut}");
        }
    }
}
