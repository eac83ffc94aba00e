//! BER as LDAP restricts it (RFC 4511 §5.1): definite lengths, primitive strings, tags below 31.
//!
//! Reading takes octets from somebody who may be hostile: a slice is walked from front to back, nothing
//! is copied or allocated, and there is no recursion. How deep a message is nested is decided by
//! whoever reads it, element by element, so a thousand brackets cost as much as one. Called by
//! [`super::filter`] and by [`crate::backend`].

use zeroize::Zeroizing;

use crate::unavailable::Gibberish;

/// Walks over the elements that stand side by side in some octets.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

/// One element: its tag with class and form, and what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// Gives the next element, or nothing at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Element<'a>>, Gibberish> {
        let Some((&tag, _)) = self.0.split_first() else {
            return Ok(None);
        };
        let Header { begin, length } = header(self.0)?.ok_or(CUT)?;
        let (element, rest) = self.0.split_at_checked(begin + length).ok_or(CUT)?;
        let content = element.get(begin..).ok_or(CUT)?;
        self.0 = rest;
        Ok(Some(Element { tag, content }))
    }

    /// Gives the content of the next element, which must have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<&'a [u8], Gibberish> {
        match self.next()? {
            Some(element) if element.tag == tag => Ok(element.content),
            Some(_) => Err(Gibberish("a part of an LDAP message is of the wrong kind")),
            None => Err(Gibberish("a part of an LDAP message is missing")),
        }
    }

    /// Gives the next element's content if it has this tag, and else leaves it where it is.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, Gibberish> {
        if self.0.first() == Some(&tag) {
            return self.expect(tag).map(Some);
        }
        Ok(None)
    }

    /// Gives the number in the next element, which must have this tag: INTEGER or ENUMERATED.
    ///
    /// LDAP has no number outside 0 to 2³¹-1 in what a client hears.
    pub(crate) fn number(&mut self, tag: u8) -> Result<u32, Gibberish> {
        number(self.expect(tag)?)
    }

    /// Makes sure that nothing is left.
    pub(crate) const fn end(&self) -> Result<(), Gibberish> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Gibberish(
            "a part of an LDAP message is longer than it says",
        ))
    }
}

/// Reads the content of an INTEGER or ENUMERATED.
pub(crate) fn number(content: &[u8]) -> Result<u32, Gibberish> {
    let wrong = Gibberish("a number in an LDAP message is empty, negative or too large");
    let (&first, _) = content.split_first().ok_or(wrong)?;
    if first >= 0x80 || content.len() > 4 {
        return Err(wrong);
    }
    Ok(content
        .iter()
        .fold(0, |number, octet| number << 8 | u32::from(*octet)))
}

/// Says how many octets the first message of these has, or nothing while that cannot be told yet.
///
/// What can no longer become a message, or is too long for one, is refused at the first octet that
/// shows it.
pub(crate) fn message_length(octets: &[u8]) -> Result<Option<usize>, Gibberish> {
    match octets.first() {
        None => return Ok(None),
        Some(&SEQUENCE) => {}
        Some(_) => return Err(Gibberish("what it says does not begin as an LDAP message")),
    }
    let Some(Header { begin, length }) = header(octets)? else {
        return Ok(None);
    };
    Ok(Some(begin + length))
}

struct Header {
    /// Where the content begins: the octets of tag and length.
    begin: usize,
    length: usize,
}

/// Reads tag and length; nothing if the octets end before they do.
fn header(octets: &[u8]) -> Result<Option<Header>, Gibberish> {
    let mut octets = octets.iter().copied();
    let (Some(tag), Some(first)) = (octets.next(), octets.next()) else {
        return Ok(None);
    };
    if tag & 0x1f == 0x1f {
        return Err(Gibberish(
            "a tag in an LDAP message has more than one octet",
        ));
    }
    if first < 0x80 {
        let length = usize::from(first);
        return Ok(Some(Header { begin: 2, length }));
    }
    // Four octets, with zeros in front, are what Active Directory writes for every length.
    let more = usize::from(first & 0x7f);
    if more == 0 || more > 4 {
        return Err(Gibberish(
            "a length in an LDAP message is indefinite or endless",
        ));
    }
    let mut length = 0_usize;
    for _ in 0..more {
        let Some(octet) = octets.next() else {
            return Ok(None);
        };
        length = length << 8 | usize::from(octet);
        if length > MESSAGE_LIMIT {
            return Err(Gibberish("an LDAP message is longer than 64 KiB"));
        }
    }
    let begin = 2 + more;
    Ok(Some(Header { begin, length }))
}

/// Writes elements one after the other. What was written is wiped when it is dropped.
#[derive(Debug)]
pub(crate) struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    /// Begins with room for so many octets. Below that nothing is moved while it grows, so that no
    /// unwiped copy of a password is left behind.
    pub(crate) fn with_room(octets: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(octets)))
    }

    /// Writes an element with this content.
    pub(crate) fn put(&mut self, tag: u8, content: &[u8]) {
        self.0.push(tag);
        let length = content.len();
        if let Ok(short @ 0..0x80) = u8::try_from(length) {
            self.0.push(short);
        } else {
            let octets = length.to_be_bytes();
            let zeros = octets.iter().take_while(|octet| **octet == 0).count();
            let octets = octets.get(zeros..).unwrap_or_default();
            // A length has eight octets at most.
            self.0
                .push(0x80 | u8::try_from(octets.len()).unwrap_or(0x7f));
            self.0.extend_from_slice(octets);
        }
        self.0.extend_from_slice(content);
    }

    /// Writes an INTEGER or ENUMERATED.
    pub(crate) fn put_number(&mut self, tag: u8, number: u32) {
        let octets = number.to_be_bytes();
        let zeros = octets.iter().take_while(|octet| **octet == 0).count();
        let mut content = octets.get(zeros..).unwrap_or_default().to_vec();
        // The highest bit is the sign, and there must be one octet at least.
        if content.first().is_none_or(|octet| *octet >= 0x80) {
            content.insert(0, 0);
        }
        self.put(tag, &content);
    }

    /// Writes an element whose content is written by `inside`.
    pub(crate) fn put_all(&mut self, tag: u8, inside: impl FnOnce(&mut Self)) {
        let mut content = Self::with_room(self.0.capacity());
        inside(&mut content);
        self.put(tag, &content.0);
    }

    pub(crate) fn finish(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTETS: u8 = 0x04;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const SEQUENCE: u8 = 0x30;
/// The only value of TRUE (RFC 4511 §5.1).
pub(crate) const TRUE: &[u8] = &[0xff];
pub(crate) const FALSE: &[u8] = &[0];

/// Octets of a message's content, or of any part of it.
pub(crate) const MESSAGE_LIMIT: usize = 64 * 1024;
const CUT: Gibberish = Gibberish("a part of an LDAP message is cut off");

#[cfg(test)]
mod tests;
