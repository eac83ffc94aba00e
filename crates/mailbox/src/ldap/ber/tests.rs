use proptest::prelude::*;

use super::*;

fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::with_room(16);
    write(&mut writer);
    writer.finish().to_vec()
}

#[test]
fn elements_are_written_in_the_shortest_way() {
    let cases: [(Vec<u8>, &[u8]); 8] = [
        (written(|w| w.put(OCTETS, b"")), b"\x04\x00"),
        (written(|w| w.put(OCTETS, b"ab")), b"\x04\x02ab"),
        (written(|w| w.put_number(INTEGER, 0)), b"\x02\x01\x00"),
        (written(|w| w.put_number(INTEGER, 127)), b"\x02\x01\x7f"),
        (written(|w| w.put_number(INTEGER, 128)), b"\x02\x02\x00\x80"),
        (
            written(|w| w.put_number(ENUMERATED, 0x7fff_ffff)),
            b"\x0a\x04\x7f\xff\xff\xff",
        ),
        (
            written(|w| w.put_all(SEQUENCE, |w| w.put(BOOLEAN, TRUE))),
            b"\x30\x03\x01\x01\xff",
        ),
        (written(|w| w.put_all(SEQUENCE, |_| ())), b"\x30\x00"),
    ];
    for (found, expected) in cases {
        assert_eq!(found, expected);
    }
    assert_eq!(
        written(|w| w.put(OCTETS, &[7; 200]))[..4],
        [4, 0x81, 200, 7]
    );
    assert_eq!(
        written(|w| w.put(OCTETS, &[7; 300]))[..5],
        [4, 0x82, 1, 44, 7]
    );
}

#[test]
fn lengths_may_be_longer_than_they_need_be() {
    // As Active Directory writes them.
    let mut reader = Reader::new(b"\x30\x84\x00\x00\x00\x03\x02\x01\x05");

    let mut inner = Reader::new(reader.expect(SEQUENCE).unwrap());

    assert_eq!(inner.number(INTEGER), Ok(5));
    assert_eq!((reader.end(), inner.end()), (Ok(()), Ok(())));
}

#[test]
fn what_is_no_element_is_refused() {
    for octets in [
        &b"\x04"[..],
        b"\x04\x01",
        b"\x04\x82\x01",
        b"\x04\x05abcd",
        b"\x04\x80ab\0\0",
        b"\x04\x85\0\0\0\0\x01a",
        b"\x04\xff",
        b"\x1f\x01a",
        b"\x04\x83\x01\x00\x01",
        b"\x04\x84\xff\xff\xff\xff",
    ] {
        assert!(Reader::new(octets).next().is_err(), "{octets:?}");
    }
}

#[test]
fn a_message_is_known_by_its_header() {
    for (octets, length) in [
        (&b""[..], Ok(None)),
        (b"\x30", Ok(None)),
        (b"\x30\x82\x01", Ok(None)),
        (b"\x30\x05\x02", Ok(Some(7))),
        (b"\x30\x82\x01\x00", Ok(Some(260))),
        (b"\x30\x83\x01\x00\x00", Ok(Some(65_541))),
    ] {
        assert_eq!(message_length(octets), length, "{octets:?}");
    }
    for octets in [
        &b"H"[..],
        b"220 mail.example.test ESMTP\r\n",
        b"\x30\x80",
        b"\x30\x83\x01\x00\x01",
        b"\x30\x84\xff\xff\xff",
    ] {
        assert!(message_length(octets).is_err(), "{octets:?}");
    }
}

#[test]
fn numbers_are_whole_positive_and_of_four_octets() {
    for content in [&b""[..], b"\x80", b"\xff\xff", b"\x00\x00\x00\x00\x01"] {
        assert!(number(content).is_err(), "{content:?}");
    }
    assert_eq!(number(b"\x00\x80"), Ok(128));
    assert_eq!(number(b"\x7f\xff\xff\xff"), Ok(0x7fff_ffff));
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        tag in 0_u8..0x1f, content in prop::collection::vec(any::<u8>(), 0..2000),
        count in 0_u32..0x8000_0000,
    ) {
        let octets = written(|w| {
            w.put(tag, &content);
            w.put_number(ENUMERATED, count);
            w.put_all(SEQUENCE, |w| w.put(tag, &content));
        });

        let mut reader = Reader::new(&octets);
        prop_assert_eq!(reader.expect(tag).unwrap(), &content);
        prop_assert_eq!(reader.number(ENUMERATED).unwrap(), count);
        let mut inner = Reader::new(reader.expect(SEQUENCE).unwrap());
        prop_assert_eq!(inner.expect(tag).unwrap(), &content);
        prop_assert!(inner.end().is_ok() && reader.end().is_ok());
    }

    #[test]
    fn nothing_panics_and_all_comes_to_an_end(
        octets in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut reader = Reader::new(&octets);
        let mut count = 0;
        while let Ok(Some(element)) = reader.next() {
            prop_assert!(element.content.len() < octets.len());
            count += 1;
        }
        prop_assert!(count <= octets.len());
        prop_assert!(message_length(&octets).is_err() || octets.is_empty() || octets[0] == SEQUENCE);
    }

    #[test]
    fn a_cut_element_is_no_element(content in prop::collection::vec(any::<u8>(), 0..400)) {
        let octets = written(|w| w.put(OCTETS, &content));

        for end in 1..octets.len() {
            prop_assert!(Reader::new(&octets[..end]).next().is_err());
        }
    }
}
