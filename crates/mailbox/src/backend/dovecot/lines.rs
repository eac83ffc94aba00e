//! Reads the lines of Dovecot's auth protocol, from a server that may be broken or hostile.
//!
//! `mail.md` §2.3: a line has 16384 octets at most and ends in LF; its fields are separated by TAB,
//! and what would break a line inside a field is escaped with `\001`. Pure. How many lines there may
//! be is for the caller to say, who knows what they are for.

use crate::dialogue::Listener;
use crate::unavailable::Gibberish;

/// Takes what arrives and gives whole lines, without their LF.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pending: Vec<u8>,
}

impl Listener for Lines {
    type Message = Vec<u8>;

    fn take(&mut self, octets: &[u8]) -> Result<(), Gibberish> {
        self.pending.extend_from_slice(octets);
        Ok(())
    }

    fn message(&mut self) -> Result<Option<Vec<u8>>, Gibberish> {
        let end = self.pending.iter().position(|&b| b == b'\n');
        let begun = self.pending.get(..end.unwrap_or(self.pending.len()));
        let begun = begun.unwrap_or_default();
        if begun.len() >= LINE_LIMIT {
            return Err(Gibberish("a line is longer than 16384 octets"));
        }
        if begun.iter().any(|b| b"\0\r".contains(b)) {
            return Err(Gibberish("a line contains NUL or CR"));
        }
        let Some(end) = end else { return Ok(None) };
        let mut line: Vec<u8> = self.pending.drain(..=end).collect();
        line.pop();
        Ok(Some(line))
    }

    fn forget(self) -> Self {
        Self::default()
    }

    fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }
}

/// One field of a line: a bare word, or a name with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: Vec<u8>,
    pub(super) value: Option<Vec<u8>>,
}

/// Takes a line apart. The empty fields that Dovecot leaves behind what it takes out are dropped.
pub(super) fn fields(line: &[u8]) -> Result<Vec<Field>, Gibberish> {
    line.split(|&b| b == b'\t')
        .filter(|field| !field.is_empty())
        .map(field)
        .collect()
}

fn field(text: &[u8]) -> Result<Field, Gibberish> {
    let mut halves = text.splitn(2, |&b| b == b'=');
    let name = unescape(halves.next().unwrap_or_default())?;
    let value = halves.next().map(unescape).transpose()?;
    Ok(Field { name, value })
}

fn unescape(text: &[u8]) -> Result<Vec<u8>, Gibberish> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(&octet) = rest.next() {
        if octet != ESCAPE {
            plain.push(octet);
            continue;
        }
        plain.push(match rest.next() {
            Some(b't') => b'\t',
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b'0') => 0,
            Some(b'1') => ESCAPE,
            _ => return Err(Gibberish("a field has an escape that does not exist")),
        });
    }
    Ok(plain)
}

const LINE_LIMIT: usize = 16_384;
const ESCAPE: u8 = 1;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(octets: &[u8]) -> Result<Vec<Vec<u8>>, Gibberish> {
        let mut lines = Lines::default();
        lines.take(octets)?;
        let mut read = Vec::new();
        while let Some(line) = lines.message()? {
            read.push(line);
        }
        Ok(read)
    }

    fn shown(line: &[u8]) -> Vec<(String, Option<String>)> {
        let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
        let fields = fields(line).unwrap().into_iter();
        fields
            .map(|field| (text(field.name), field.value.map(text)))
            .collect()
    }

    #[test]
    fn a_line_is_given_when_its_end_is_there() {
        let mut lines = Lines::default();

        lines.take(b"OK\t1\tuser=a").unwrap();
        assert_eq!(lines.message(), Ok(None));
        lines.take(b"\nFA").unwrap();

        assert_eq!(lines.message(), Ok(Some(b"OK\t1\tuser=a".to_vec())));
        assert_eq!(lines.message(), Ok(None));
        assert!(!lines.is_empty());
        assert!(lines.forget().is_empty());
    }

    #[test]
    fn long_lines_and_control_characters_are_refused_before_their_end() {
        let longest = vec![b'x'; LINE_LIMIT - 1];
        let whole = [longest.as_slice(), b"\n"].concat();
        let too_long = [longest.as_slice(), b"x"].concat();

        assert_eq!(read(&whole).unwrap(), [longest]);
        for wrong in [&too_long[..], b"OK\t\x00", b"OK\t1\r\n", b"OK\r"] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn fields_are_names_with_or_without_a_value() {
        let some = |text: &str| Some(text.to_owned());

        assert_eq!(
            shown(b"OK\t1\tuser=alice@example.test\t\tnologin\treason=a=b"),
            [
                ("OK".to_owned(), None),
                ("1".to_owned(), None),
                ("user".to_owned(), some("alice@example.test")),
                ("nologin".to_owned(), None),
                ("reason".to_owned(), some("a=b")),
            ]
        );
    }

    #[test]
    fn escapes_are_undone_and_unknown_ones_refused() {
        assert_eq!(
            shown(b"reason=a\x01tb\x01nc\x01rd\x010e\x011"),
            [("reason".to_owned(), Some("a\tb\nc\rd\0e\u{1}".to_owned()))]
        );
        for wrong in [&b"reason=\x01"[..], b"reason=\x01x", b"\x01\x01=x"] {
            assert!(fields(wrong).is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn no_octets_make_the_reader_panic_and_no_line_is_longer_than_the_limit(
            octets: Vec<u8>,
            cut in 0_usize..200,
        ) {
            let mut lines = Lines::default();
            for part in octets.chunks(cut + 1) {
                lines.take(part).unwrap();
                while let Ok(Some(line)) = lines.message() {
                    prop_assert!(line.len() < LINE_LIMIT && !line.contains(&b'\n'));
                    drop(fields(&line));
                }
            }
        }

        #[test]
        fn lines_are_the_same_however_they_arrive(
            said in prop::collection::vec("[^\0\r\n]{0,60}", 0..6),
            cut in 1_usize..50,
        ) {
            let wire = [said.join("\n"), "\n".repeat(usize::from(!said.is_empty()))].concat();
            let mut lines = Lines::default();
            let mut read = Vec::new();
            for part in wire.as_bytes().chunks(cut) {
                lines.take(part).unwrap();
                while let Some(line) = lines.message().unwrap() {
                    read.push(String::from_utf8(line).unwrap());
                }
            }

            prop_assert_eq!(read, said);
            prop_assert!(lines.is_empty());
        }
    }
}
