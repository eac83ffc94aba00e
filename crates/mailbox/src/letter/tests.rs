use proptest::prelude::*;

use super::*;

fn letter() -> Letter {
    Letter {
        from: EmailAddress::parse("persona@id.example").unwrap(),
        to: EmailAddress::parse("alice@example.org").unwrap(),
        subject: "Your code".to_owned(),
        text: "The code is 1234 5678.\n".to_owned(),
        id: "aB3-_".to_owned(),
        date: Timestamp::from_millis(1_795_300_000_999),
    }
}

fn wire(letter: &Letter) -> String {
    String::from_utf8(letter.wire().unwrap()).unwrap()
}

/// Gives what stands behind the empty line, up to the last dot, with the dots as they were.
fn body(letter: &Letter) -> String {
    let wire = wire(letter);
    let (_, body) = wire.split_once("\r\n\r\n").unwrap();
    let body = body.strip_suffix(".\r\n").unwrap();
    let unstuffed = body
        .split_inclusive("\r\n")
        .map(|line| line.strip_prefix('.').unwrap_or(line));
    unstuffed.collect()
}

fn header(letter: &Letter, name: &str) -> String {
    let wire = wire(letter).replace("\r\n ", " ");
    let line = wire.split("\r\n").find(|line| line.starts_with(name));
    line.unwrap().to_owned()
}

#[test]
fn a_letter_is_written_like_this() {
    assert_eq!(
        wire(&letter()),
        "From: persona@id.example\r\n\
         To: alice@example.org\r\n\
         Subject: Your code\r\n\
         Date: Sat, 21 Nov 2026 22:26:40 +0000\r\n\
         Message-ID: <aB3-_@id.example>\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 7bit\r\n\
         Auto-Submitted: auto-generated\r\n\
         \r\n\
         The code is 1234 5678.\r\n\
         .\r\n"
    );
}

#[test]
fn a_line_of_one_dot_does_not_end_the_letter() {
    let dots = Letter {
        text: ".\n..\n.hidden\na.b\n\n.".to_owned(),
        ..letter()
    };

    let wire = wire(&dots);

    let end = "\r\n\r\n..\r\n...\r\n..hidden\r\na.b\r\n\r\n..\r\n.\r\n";
    assert!(wire.ends_with(end), "{wire:?}");
}

#[test]
fn a_text_outside_ascii_is_quoted_printable() {
    let text = "Grüße = ½ \n.dot\n\ttab\t\nendü";
    let german = Letter {
        text: text.to_owned(),
        ..letter()
    };

    assert_eq!(
        body(&german),
        "Gr=C3=BC=C3=9Fe =3D =C2=BD=20\r\n.dot\r\n\ttab=09\r\nend=C3=BC\r\n"
    );
    assert_eq!(
        header(&german, "Content-Transfer"),
        "Content-Transfer-Encoding: quoted-printable"
    );
}

#[test]
fn a_line_that_is_too_long_is_broken_where_it_does_not_count() {
    let long = Letter {
        text: "x".repeat(999),
        ..letter()
    };
    let just_right = Letter {
        text: "x".repeat(998),
        ..letter()
    };

    assert_eq!(body(&just_right), format!("{}\r\n", "x".repeat(998)));
    assert_eq!(
        body(&long).replace("=\r\n", ""),
        format!("{}\r\n", "x".repeat(999))
    );
    assert!(body(&long).split("\r\n").all(|line| line.len() <= 76));
}

#[test]
fn a_dot_that_comes_to_the_beginning_of_a_broken_line_is_doubled() {
    let text = format!("{}.{}", "x".repeat(75), "é");
    let broken = Letter { text, ..letter() };

    let wire = wire(&broken);

    assert!(wire.ends_with("x=\r\n..=C3=A9\r\n.\r\n"), "{wire:?}");
    assert_eq!(body(&broken), format!("{}=\r\n.=C3=A9\r\n", "x".repeat(75)));
}

#[test]
fn subjects_outside_ascii_become_words_that_are_short_enough() {
    for (subject, written) in [
        ("Your code for x.example", "Your code for x.example"),
        ("Grüße", "=?utf-8?Q?Gr=C3=BC=C3=9Fe?="),
        (
            "=?utf-8?Q?forged?=",
            "=?utf-8?Q?=3D=3Futf=2D8=3FQ=3Fforged=3F=3D?=",
        ),
        ("", ""),
    ] {
        let letter = Letter {
            subject: subject.to_owned(),
            ..letter()
        };

        assert_eq!(header(&letter, "Subject"), format!("Subject: {written}"));
    }

    let long = Letter {
        subject: "ü".repeat(100),
        ..letter()
    };
    let folded = wire(&long);
    let words: Vec<_> = folded.split("\r\n").skip(2).take(10).collect();
    let end = "=C3=BC".repeat(10);
    assert_eq!(words[0], format!("Subject: =?utf-8?Q?{end}?="));
    assert!(
        words[1..]
            .iter()
            .all(|word| *word == format!(" =?utf-8?Q?{end}?="))
    );
}

#[test]
fn the_letter_goes_to_the_canonical_spelling() {
    let spelt = Letter {
        to: EmailAddress::parse("Alice.B@Example.ORG").unwrap(),
        ..letter()
    };

    assert_eq!(header(&spelt, "To:"), "To: alice.b@example.org");
}

#[test]
fn what_could_forge_a_header_is_refused_before_anybody_is_asked() {
    use LetterError::{From, Id, Subject, Text, To};
    let change = |change: fn(&mut Letter)| {
        let mut letter = letter();
        change(&mut letter);
        letter
    };
    for (letter, refusal) in [
        (
            change(|l| l.subject = "a\r\nBcc: eve@example.net".to_owned()),
            Subject,
        ),
        (
            change(|l| l.subject = "a\nBcc: eve@example.net".to_owned()),
            Subject,
        ),
        (change(|l| l.subject = "a\0b".to_owned()), Subject),
        (change(|l| l.subject = "x".repeat(201)), Subject),
        (change(|l| l.text = "a\r.\r\nMAIL FROM:<>".to_owned()), Text),
        (change(|l| l.text = "a\r\n".to_owned()), Text),
        (change(|l| l.text = "\u{1b}[31m".to_owned()), Text),
        (change(|l| l.text = "x".repeat(16 * 1024 + 1)), Text),
        (change(|l| l.id = "a>\r\nX: y".to_owned()), Id),
        (change(|l| l.id = "a@b".to_owned()), Id),
        (change(|l| l.id = String::new()), Id),
        (change(|l| l.id = "x".repeat(65)), Id),
        (change(|l| l.to = "jörg@example.org".parse().unwrap()), To),
        (
            change(|l| l.from = "jörg@example.org".parse().unwrap()),
            From,
        ),
    ] {
        assert_eq!(letter.wire(), Err(refusal));
    }
}

#[test]
fn a_letter_does_not_print_what_is_in_it() {
    assert_eq!(format!("{:?}", letter()), r#"Letter { id: "aB3-_", .. }"#);
}

proptest! {
    #[test]
    fn whatever_is_written_has_our_headers_and_one_end(
        subject in "\\PC{0,60}",
        text in "([\\PC\n\t.=]|\\.\n){0,300}",
        local in "[!-~]{1,20}",
    ) {
        let Ok(to) = EmailAddress::parse(&format!("{local}@example.org")) else { return Ok(()) };
        let letter = Letter { to, subject, text, ..letter() };
        let Ok(wire) = letter.wire() else { return Ok(()) };

        let wire = String::from_utf8(wire).unwrap();
        prop_assert!(wire.is_ascii());
        let lines: Vec<&str> = wire.strip_suffix("\r\n").unwrap().split("\r\n").collect();
        prop_assert!(lines.iter().all(|line| !line.contains(['\r', '\n'])));
        prop_assert!(lines.iter().all(|line| line.len() <= 999));
        // The first dot that stands alone is the last line.
        prop_assert_eq!(lines.iter().position(|line| *line == "."), Some(lines.len() - 1));
        let names: Vec<&str> = lines
            .iter()
            .take_while(|line| !line.is_empty())
            .filter(|line| !line.starts_with(' '))
            .map(|line| line.split(": ").next().unwrap())
            .collect();
        prop_assert_eq!(names, [
            "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
            "Content-Transfer-Encoding", "Auto-Submitted",
        ]);
    }

    #[test]
    fn a_text_can_be_read_again(text in "([\\PC\t=.]{0,120}\n){0,6}") {
        let letter = Letter { text: text.clone(), ..letter() };
        let quoted = header(&letter, "Content-Transfer").ends_with("quoted-printable");
        let body = body(&letter).replace("\r\n", "\n");

        let read = if quoted { decoded(&body) } else { body };

        prop_assert_eq!(read, text);
    }
}

/// Undoes quoted-printable.
fn decoded(text: &str) -> String {
    let text = text.replace("=\n", "");
    let mut octets = Vec::new();
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        if octet == b'=' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            let digits = str::from_utf8(&digits).unwrap();
            octets.push(u8::from_str_radix(digits, 16).unwrap());
        } else {
            octets.push(octet);
        }
    }
    String::from_utf8(octets).unwrap()
}
