use proptest::prelude::*;

use super::*;
use crate::damage::{Damage, TIMES};

impl Outcome {
    pub(in crate::backend::ldap) fn for_test(code: u32, text: &str) -> Self {
        let text = text.as_bytes().to_vec();
        let shown = text.clone();
        Self { code, text, shown }
    }
}

/// Writes an answer as a directory would.
fn answer(id: u32, tag: u8, code: u32, text: &str, controls: &[u8]) -> Vec<u8> {
    let octets = message(id, text.len() + controls.len(), |w| {
        w.put_all(tag, |w| {
            w.put_number(ENUMERATED, code);
            w.put(OCTETS, b"");
            w.put(OCTETS, text.as_bytes());
        });
        if !controls.is_empty() {
            w.put(0xa0, controls);
        }
    });
    octets.to_vec()
}

fn control(kind: &[u8], value: &[u8]) -> Vec<u8> {
    let mut writer = Writer::with_room(64);
    writer.put_all(SEQUENCE, |w| {
        w.put(OCTETS, kind);
        w.put(OCTETS, value);
    });
    writer.finish().to_vec()
}

fn read(octets: &[u8]) -> Result<Message, Gibberish> {
    Message::read(octets)
}

#[test]
fn requests_are_written_as_rfc_4511_has_them() {
    assert_eq!(
        *bind(1, b"cn=a", "pw"),
        *b"\x30\x31\x02\x01\x01\x60\x0d\x02\x01\x03\x04\x04cn=a\x80\x02pw\
           \xa0\x1d\x30\x1b\x04\x191.3.6.1.4.1.42.2.27.8.5.1"
    );
    assert_eq!(
        *start_tls(1),
        *b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"
    );
    assert_eq!(*unbind(300), *b"\x30\x06\x02\x02\x01\x2c\x42\x00");
    let wanted = Search {
        base: "dc=x",
        scope: Scope::Sub,
        wanted: Wanted::Anything,
        seconds: 25,
    };
    assert_eq!(
        *search(2, wanted),
        *b"\x30\x2e\x02\x01\x02\x63\x29\x04\x04dc=x\x0a\x01\x02\x0a\x01\x00\x02\x01\x02\x02\x01\x19\
           \x01\x01\x00\x87\x0bobjectClass\x30\x05\x04\x031.1"
    );
}

#[test]
fn answers_are_read() {
    let bound = read(&answer(7, 0x61, 49, "no", b"")).unwrap();
    assert_eq!((bound.id, bound.state), (7, None));
    assert_eq!(bound.answer, Answer::Bound(Outcome::for_test(49, "no")));

    let entry = b"\x30\x10\x02\x01\x02\x64\x0b\x04\x04cn=a\x30\x03\x04\x01x";
    assert_eq!(read(entry).unwrap().answer, Answer::Entry(b"cn=a".to_vec()));

    let reference = b"\x30\x0e\x02\x01\x02\x73\x09\x04\x07ldap://";
    assert_eq!(read(reference).unwrap().answer, Answer::Reference);

    let done = read(&answer(2, 0x65, 0, "", b"")).unwrap();
    assert_eq!(done.answer, Answer::Done(Outcome::for_test(0, "")));
}

#[test]
fn unknown_parts_at_the_end_of_an_operation_are_skipped() {
    // A referral, credentials of SASL, and something of tomorrow.
    let bound = b"\x30\x18\x02\x01\x01\x61\x13\x0a\x01\x0a\x04\x00\x04\x00\xa3\x04\x04\x02ld\x87\x00\x8f\x00";

    let message = read(&fixed(bound)).unwrap();

    assert_eq!(message.answer, Answer::Bound(Outcome::for_test(10, "")));
}

/// Corrects the two outer lengths of a short message, so that a test need not count.
fn fixed(octets: &[u8]) -> Vec<u8> {
    let mut octets = octets.to_vec();
    let whole = u8::try_from(octets.len() - 2).unwrap();
    octets[1] = whole;
    octets[6] = whole - 5;
    octets
}

#[test]
fn what_is_no_answer_is_refused() {
    for octets in [
        &b"\x30\x00"[..],
        b"\x30\x03\x02\x01\x01",
        b"\x30\x05\x02\x01\x01\x61\x00",
        b"\x30\x05\x02\x01\x01\x64\x00",
        // A bind with a code that is an INTEGER, with a negative one, with one of five octets.
        b"\x30\x0c\x02\x01\x01\x61\x07\x02\x01\x00\x04\x00\x04\x00",
        b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\xff\x04\x00\x04\x00",
        b"\x30\x10\x02\x01\x01\x61\x0b\x0a\x05\0\0\0\0\0\x04\x00\x04\x00",
        // Without a text.
        b"\x30\x0a\x02\x01\x01\x61\x05\x0a\x01\x00\x04\x00",
        // Our own requests, sent back.
        b"\x30\x05\x02\x01\x01\x42\x00",
        b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00",
        // Something behind the controls, and controls that are none.
        b"\x30\x10\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00\xa0\x00\x04\x00",
        b"\x30\x10\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00\xa0\x02\x04\x00",
        b"\x30\x0e\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00\x04\x00",
    ] {
        assert!(read(octets).is_err(), "{octets:?}");
    }
}

#[test]
fn controls_tell_the_state_of_an_account() {
    use crate::backend::ldap::policy::CONTROL;

    for (controls, state) in [
        (control(CONTROL, b"\x30\x00"), None),
        (
            control(CONTROL, b"\x30\x03\x81\x01\x00"),
            Some(State::PasswordExpired),
        ),
        (
            control(CONTROL, b"\x30\x03\x81\x01\x01"),
            Some(State::Locked),
        ),
        (
            control(CONTROL, b"\x30\x03\x81\x01\x02"),
            Some(State::MustChange),
        ),
        (control(CONTROL, b"\x30\x03\x81\x01\x05"), None),
        // Three logins of grace, or a week until the password expires: it has not yet.
        (control(CONTROL, b"\x30\x05\xa0\x03\x81\x01\x03"), None),
        (
            control(CONTROL, b"\x30\x08\xa0\x03\x80\x01\x07\x81\x01\x02"),
            Some(State::MustChange),
        ),
        (
            control(b"2.16.840.1.113730.3.4.4", b"0"),
            Some(State::PasswordExpired),
        ),
        (control(b"1.2.3", b"\x81\x01\x01"), None),
        (
            [
                control(b"1.2.3", b""),
                control(CONTROL, b"\x30\x03\x81\x01\x01"),
            ]
            .concat(),
            Some(State::Locked),
        ),
    ] {
        let message = read(&answer(1, 0x61, 0, "", &controls)).unwrap();
        assert_eq!(message.state, state, "{controls:?}");
    }
    for value in [
        &b""[..],
        b"\x30",
        b"\x30\x03\x81\x01",
        b"\x30\x02\x81\x00",
        b"\x04\x00",
    ] {
        let controls = control(CONTROL, value);
        assert!(
            read(&answer(1, 0x61, 0, "", &controls)).is_err(),
            "{value:?}"
        );
    }
}

#[test]
fn messages_come_out_one_by_one_however_they_arrive() {
    let (first, second) = (answer(1, 0x61, 0, "", b""), answer(2, 0x65, 32, "x", b""));
    let both = [first.clone(), second.clone()].concat();
    let mut inbox = Inbox::default();

    let mut heard = Vec::new();
    for octet in both {
        inbox.take(&[octet]).unwrap();
        heard.extend(inbox.message().unwrap());
    }

    assert_eq!(heard, [read(&first).unwrap(), read(&second).unwrap()]);
    assert!(inbox.is_empty());
}

#[test]
fn what_is_no_message_is_refused_before_it_is_complete() {
    for octets in [
        &b"HTTP/1.1 400 Bad Request\r\n"[..],
        b"220 ",
        b"* OK",
        b"\x30\x83\x01\x00\x01",
        b"\x16\x03",
    ] {
        assert!(Inbox::default().take(octets).is_err(), "{octets:?}");
    }
}

#[test]
fn what_a_directory_says_is_named_and_safe_to_show() {
    let mut message = read(&answer(1, 0x61, 49, "bad \u{1b}[31m hunter22 \n\0", b"")).unwrap();
    message.hide("hunter22");

    let Answer::Bound(outcome) = message.answer else {
        panic!()
    };
    assert_eq!(outcome.said(), r"49 invalidCredentials bad \x1b[31m [*]");
}

/// Whatever is done to what directories say, only a code of 0 in an answer to a bind says yes.
#[test]
fn no_damage_to_a_conversation_makes_a_yes_or_stops_the_reader() {
    let policy = control(policy::CONTROL, b"\x30\x03\x81\x01\x01");
    let recorded = [
        answer(1, 0x61, 49, "80090308: LdapErr: data 52e, v4563", &policy),
        answer(2, 0x61, 53, "unauthenticated bind disallowed", b""),
        answer(3, 0x65, 4, "", b""),
        answer(4, 0x78, 52, "Start TLS request", b""),
        b"\x30\x1a\x02\x01\x05\x64\x15\x04\x11uid=alice,dc=test\x30\x00".to_vec(),
        b"\x30\x84\x00\x00\x00\x10\x02\x01\x06\x61\x84\x00\x00\x00\x07\x0a\x01\x31\x04\x00\x04\x00"
            .to_vec(),
    ];
    let recorded: Vec<&[u8]> = recorded.iter().map(Vec::as_slice).collect();
    let mut damage = Damage::new();
    for _ in 0..TIMES {
        let octets = damage.of(&recorded);
        for message in damage.hear::<Inbox>(&octets) {
            let Answer::Bound(outcome) = message.answer else {
                continue;
            };
            assert!(outcome.said().len() <= 300);
            let is_zero = octets.windows(2).any(|part| part[0] <= 4 && part[1] == 0);
            assert!(outcome.code != 0 || is_zero, "{octets:?}");
        }
    }
}

proptest! {
    #[test]
    fn nothing_panics(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(read(&octets));
        let mut inbox = Inbox::default();
        if inbox.take(&octets).is_ok() {
            while let Ok(Some(_)) = inbox.message() {}
        }
    }

    #[test]
    fn a_damaged_answer_is_never_another_yes(
        at in 0_usize..40, octet: u8, code in 1_u32..100,
    ) {
        let good = answer(5, 0x61, code, "some text here", b"");
        let mut damaged = good.clone();
        let at = at % damaged.len();
        damaged[at] = octet;

        // One wrong octet can only make a yes where it is the code itself.
        if let Ok(Message { answer: Answer::Bound(outcome), .. }) = read(&damaged) {
            prop_assert!(outcome.code != 0 || damaged[9] == 0);
        }
    }

    #[test]
    fn what_is_written_is_read(
        id in 0_u32..0x8000_0000, code in 0_u32..200, text in ".{0,200}",
    ) {
        let message = read(&answer(id, 0x61, code, &text, b"")).unwrap();

        prop_assert_eq!(message.id, id);
        prop_assert_eq!(message.answer, Answer::Bound(Outcome::for_test(code, &text)));
    }

    #[test]
    fn a_bind_has_name_and_password_and_nothing_else(
        id in 1_u32..0x8000_0000, name in ".{1,100}", password in ".{1,300}",
    ) {
        let octets = bind(id, name.as_bytes(), &password);

        let mut reader = Reader::new(&octets);
        let mut whole = Reader::new(reader.expect(SEQUENCE).unwrap());
        prop_assert_eq!(whole.number(INTEGER).unwrap(), id);
        let mut request = Reader::new(whole.expect(0x60).unwrap());
        prop_assert_eq!(request.number(INTEGER).unwrap(), 3);
        prop_assert_eq!(request.expect(OCTETS).unwrap(), name.as_bytes());
        prop_assert_eq!(request.expect(0x80).unwrap(), password.as_bytes());
        prop_assert!(request.end().is_ok() && reader.end().is_ok());
    }
}
